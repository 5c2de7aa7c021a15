"""Rows handed to the store → one Arrow table in the definition's types, or a developer error.

The intake has checked values and told the methodologist; what is still wrong here is a mistake in our own code, so
these are English ``ValueError``.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from oko_lib.store.connection import cursor
from oko_lib.store.disk import disk_schema, disk_type
from oko_lib.store.load import Rows
from oko_lib.tables import Column, Table

#: Number of the load within the batch: stands for ``load_id`` until ids are given out.
BATCH_INDEX = "_batch_index"


def conform(definition: Table, parts: Sequence[tuple[int, Rows]], names: Sequence[str]) -> pa.Table | None:
    """Return the rows of all loads of a batch as one table.

    Parameters
    ----------
    definition : Table
        What the rows must be.
    parts : sequence of (int, rows)
        Number of the load within the batch and its rows.
    names : sequence of str
        File names by number, for messages.

    Returns
    -------
    pyarrow.Table or None
        Definition's columns without ``load_id`` plus ``_batch_index``; None if there is no row.

    Raises
    ------
    ValueError
        If a column is unknown, missing, of another type, empty where it must not be, outside its allowed values or
        bounds, or if a key repeats within one load.
    """
    parts = [(index, rows) for index, rows in parts if len(rows)]
    if not parts:
        return None
    columns = tuple(definition.column(name) for name in disk_schema(definition).names if name != "load_id")
    for index, rows in parts:
        _check_names(definition, columns, rows, names[index])
    tables, order = [], []
    for index, rows in parts:
        if isinstance(rows, pa.Table):
            tables.append(_from_arrow(definition, columns, rows, names[index]))
            order.append(np.full(len(rows), index, dtype=np.int32))
    for group in _alike([(index, rows) for index, rows in parts if not isinstance(rows, pa.Table)]):
        tables.append(_from_frames(definition, columns, group, names))
        order.append(np.repeat(np.array([index for index, _ in group], np.int32), [len(rows) for _, rows in group]))
    whole = pa.concat_tables(tables).append_column(BATCH_INDEX, pa.array(np.concatenate(order)))
    for column in columns:
        _check_values(definition, column, whole, names)
    _check_key(definition, whole, names)
    return whole


def _where(definition: Table, name: str) -> str:
    return f"table {definition.name}, file {name}"


def _check_names(definition: Table, columns: tuple[Column, ...], rows: Rows, name: str) -> None:
    found = list(rows.column_names if isinstance(rows, pa.Table) else rows.columns)
    known = {column.name for column in columns}
    wrong = [item for item in found if item not in known]
    absent = [column.name for column in columns if not column.nullable and column.name not in found]
    if wrong or absent or len(set(found)) != len(found):
        raise ValueError(f"{_where(definition, name)}: unknown or repeated columns {wrong}, missing columns {absent}")


def _kind(kind: pa.DataType) -> str:
    """Return the family of a type; values never change family silently ("5" is not 5)."""
    if pa.types.is_dictionary(kind):
        return _kind(kind.value_type)
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        inner = _kind(kind.value_type)
        return "list" if inner == "null" else f"list of {inner}"
    for family, types in {
        "text": (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view),
        "number": (pa.types.is_integer, pa.types.is_floating),
        "null": (pa.types.is_null,),
    }.items():
        if any(test(kind) for test in types):
            return family
    return str(kind).split("[")[0]


def _from_arrow(definition: Table, columns: tuple[Column, ...], rows: pa.Table, name: str) -> pa.Table:
    arrays = []
    for column in columns:
        target = disk_type(column)
        if column.name not in rows.column_names:
            arrays.append(pa.nulls(len(rows), target))
            continue
        values = rows.column(column.name)
        if values.type != target:
            families = (_kind(values.type), _kind(target))
            if families[0] != families[1] and families[0] not in {"null", "list"}:
                raise ValueError(f"{_where(definition, name)}, column {column.name}: {values.type}, not {target}")
            try:
                values = values.cast(target)
            except pa.ArrowException as error:
                raise ValueError(f"{_where(definition, name)}, column {column.name}: {error}") from error
        arrays.append(values)
    return pa.Table.from_arrays(arrays, schema=disk_schema(definition).remove(0))


def _alike(frames: Sequence[tuple[int, pd.DataFrame]]) -> list[list[tuple[int, pd.DataFrame]]]:
    """Group frames of equal columns and types: thousands of small frames are joined, then converted once."""
    groups: dict[tuple, list[tuple[int, pd.DataFrame]]] = {}
    for index, frame in frames:
        signature = tuple(zip(frame.columns, frame.dtypes, strict=True))
        groups.setdefault(signature, []).append((index, frame))
    return list(groups.values())


def _from_frames(
    definition: Table, columns: tuple[Column, ...], frames: Sequence[tuple[int, pd.DataFrame]], names: Sequence[str]
) -> pa.Table:
    joined = frames[0][1] if len(frames) == 1 else pd.concat([frame for _, frame in frames], ignore_index=True)
    arrays = []
    for column in columns:
        try:
            arrays.append(_from_series(column, joined))
        except _WRONG_TYPE as error:
            name, cause = _culprit(column, frames, names, error)
            raise ValueError(f"{_where(definition, name)}, column {column.name}: {cause}") from error
    return pa.Table.from_arrays(arrays, schema=disk_schema(definition).remove(0))


_WRONG_TYPE = (pa.ArrowException, TypeError, ValueError, OverflowError)


def _culprit(
    column: Column, frames: Sequence[tuple[int, pd.DataFrame]], names: Sequence[str], error: Exception
) -> tuple[str, Exception]:
    """Find the file whose values cannot be converted."""
    for index, frame in frames:
        try:
            _from_series(column, frame)
        except _WRONG_TYPE as cause:
            return names[index], cause
    return names[frames[0][0]], error


def _from_series(column: Column, frame: pd.DataFrame) -> pa.Array:
    target = disk_type(column)
    if column.name not in frame.columns:
        return pa.nulls(len(frame), target)
    series = frame[column.name]
    if isinstance(series.dtype, pd.CategoricalDtype):
        series = series.astype(object)
    if series.dtype != object:
        values = pa.array(series, from_pandas=True)
        if isinstance(values, pa.ChunkedArray):
            values = values.combine_chunks()
        if _kind(values.type) not in {_kind(target), "null"}:
            raise TypeError(f"{values.type}, not {target}")
        return values.cast(target)
    if pa.types.is_integer(target):
        # Objects may be 3, 3.0, None and NaN side by side; numbers first, then the exact cast.
        if any(isinstance(value, str | bool) for value in series):
            raise TypeError("expected whole numbers, found text or true/false")
        return pa.array(pd.to_numeric(series).astype(float), from_pandas=True).cast(target)
    return pa.array(series, type=target, from_pandas=True)


def _first(mask: pa.ChunkedArray, whole: pa.Table, names: Sequence[str]) -> tuple[int, str]:
    row = pc.index(mask, pa.scalar(True)).as_py()
    return row, names[whole.column(BATCH_INDEX)[row].as_py()]


def _check_values(definition: Table, column: Column, whole: pa.Table, names: Sequence[str]) -> None:
    values = whole.column(column.name)
    wrong: list[tuple[str, pa.ChunkedArray]] = []
    if not column.nullable and values.null_count:
        wrong.append(("must not be empty", pc.is_null(values)))
    if column.allowed:
        # Membership of null is allowed here (`is_in` says False for it); emptiness has its own rule.
        inside = pc.or_(pc.is_in(values, value_set=pa.array(column.allowed)), pc.is_null(values))
        wrong.append((f"must be one of {column.allowed}", pc.invert(inside)))
    if column.minimum is not None:
        wrong.append((f"must be at least {column.minimum}", pc.fill_null(pc.less(values, column.minimum), False)))
    if column.maximum is not None:
        wrong.append((f"must be at most {column.maximum}", pc.fill_null(pc.greater(values, column.maximum), False)))
    for rule, mask in wrong:
        if pc.any(mask).as_py():
            row, name = _first(mask, whole, names)
            raise ValueError(
                f"{_where(definition, name)}, column {column.name}: {rule}, found {values[row].as_py()!r}, "
                f"source row {whole.column('source_row')[row].as_py()}"
            )


def _check_key(definition: Table, whole: pa.Table, names: Sequence[str]) -> None:
    # Quarantine is exempt: two remarks on one cell under one rule are both worth keeping.
    if not definition.slice_key:
        return
    keys = ", ".join(definition.key)
    with cursor() as own:
        own.register("whole", whole)
        found = own.execute(
            f"SELECT {BATCH_INDEX}, {keys} FROM whole GROUP BY {BATCH_INDEX}, {keys} HAVING count(*) > 1 LIMIT 1"
        ).fetchone()
    if found is not None:
        pairs = ", ".join(f"{name}={value!r}" for name, value in zip(definition.key, found[1:], strict=True))
        raise ValueError(f"{_where(definition, names[found[0]])}: key repeats within one load: {pairs}")
