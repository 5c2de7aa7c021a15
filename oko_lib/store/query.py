"""SQL for the visible rows of one table: once by the rule, which finds their places, and then by the places."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from oko_lib.store import parquet
from oko_lib.store.connection import cursor
from oko_lib.store.places import Places, places_of
from oko_lib.store.slices import sql_type
from oko_lib.store.source import Part, TableSource
from oko_lib.tables import ColumnType, Table

#: Up to so many loads are written into the query, where the scan itself leaves them out; more go through a join.
_LISTED_LOADS = 200


def visible_rows(own: duckdb.DuckDBPyConnection, definition: Table, source: TableSource, root: Path) -> str:
    """Return a SELECT of all columns of the visible rows.

    Every file is read once: those of which all is visible as they are, in the others only rows at visible places. The
    places become variables of the cursor `own`: what is a constant to DuckDB costs a row some nanoseconds, a join by
    load and slice took longer than most questions.
    """
    if not source.parts:
        empty = ", ".join(f"NULL::{sql_type(column.type)} AS {column.name}" for column in definition.all_columns)
        return f"SELECT {empty} WHERE false"
    branches = []
    for number, part in enumerate(source.parts):
        condition = ""
        if not part.whole:
            places = _places(definition, source, part, root)
            condition = _at_places(own, f"_places_{definition.name}_{number}", places, several=len(part.files) > 1)
        branches.append(_select(definition, part) + condition)
    return " UNION ALL ".join(branches)


def _select(definition: Table, part: Part) -> str:
    items = ", ".join(
        f"d.{column.name}" if column.name in part.columns else f"NULL::{sql_type(column.type)} AS {column.name}"
        for column in definition.all_columns
    )
    return f"SELECT {items} FROM {parquet.scan(part.files)} AS d"


def find_places(definition: Table, source: TableSource, root: Path) -> None:
    """Find and keep the places of visible rows, so that no reader has to."""
    for part in source.parts:
        if not part.whole:
            _places(definition, source, part, root)


def _places(definition: Table, source: TableSource, part: Part, root: Path) -> Places:
    return places_of(part, root, lambda: _visible_places(definition, source, part))


def _at_places(own: duckdb.DuckDBPyConnection, name: str, places: Places, several: bool) -> str:
    """Return the condition (with a leading space) that leaves rows of ``d`` at `places`."""
    own.register("_bits", pa.table({"bits": pa.array([places.bits], pa.binary())}))
    own.execute(f"SET VARIABLE {name} = (SELECT bits::BIT FROM _bits)")
    own.unregister("_bits")
    place = f"d.file_index * {places.stride} + d.file_row_number" if several else "d.file_row_number"
    return f" WHERE get_bit(getvariable('{name}'), ({place})::INTEGER) = 1"


def _visible_places(definition: Table, source: TableSource, part: Part) -> Iterator[tuple[int, np.ndarray]]:
    """Yield for every file of `part` its number of rows and which of them are visible, by the rule."""
    with cursor() as own:
        condition = _condition_of(own, definition, source)
        for file in part.files:
            # One at a time: the places of a country's table would take gigabytes at once.
            rows = own.sql(f"SELECT d.file_row_number AS place FROM {parquet.scan([file])} AS d{condition}")
            yield pq.read_metadata(file).num_rows, rows.to_arrow_table().column("place").to_numpy()


def _condition_of(own: duckdb.DuckDBPyConnection, definition: Table, source: TableSource) -> str:
    """Return joins and conditions (with a leading space) that leave the visible rows of ``d``."""
    if source.winners is not None:
        return _join(own, definition, "SEMI", source.winners)
    joins = "" if source.hidden is None else _join(own, definition, "ANTI", source.hidden)
    conditions = [] if source.before is None else [f"d.load_id < {parquet.literal(source.before)}"]
    if len(source.gone) > _LISTED_LOADS:
        name = f"_gone_{definition.name}"
        own.register(name, pa.table({"load_id": pa.array(source.gone, type=pa.string())}))
        joins += f" ANTI JOIN {name} AS g ON d.load_id = g.load_id"
    elif source.gone:
        conditions.append(f"d.load_id NOT IN ({', '.join(map(parquet.literal, source.gone))})")
    return f"{joins} WHERE {' AND '.join(conditions)}" if conditions else joins


def _join(own: duckdb.DuckDBPyConnection, definition: Table, kind: str, pairs: pa.Table) -> str:
    name = f"_pairs_{definition.name}"
    own.register(name, pairs)
    conditions = ["d.load_id = p.load_id"]
    for column in definition.slice_key:
        same = "IS NOT DISTINCT FROM" if definition.column(column).nullable else "="
        conditions.append(f"d.{column} {same} p.{column}")
    return f" {kind} JOIN {name} AS p ON {' AND '.join(conditions)}"


def where_sql(definition: Table, where: Mapping[str, object]) -> str:
    """Return a WHERE clause (with a leading space) from ``{column: value or list of values}``; None means empty.

    Values are written into the text, because DuckDB then compares them with the statistics of row groups and skips
    what cannot match.

    Raises
    ------
    TypeError
        If a value is not of its column's type.
    """
    conditions = [_condition(definition, name, wanted) for name, wanted in where.items()]
    return f" WHERE {' AND '.join(conditions)}" if conditions else ""


def _condition(definition: Table, name: str, wanted: object) -> str:
    column = definition.column(name)
    if column.type in {ColumnType.INT_LIST, ColumnType.STRING_LIST}:
        raise TypeError(f"{definition.name}.{name}: по столбцу-списку отбирать нельзя")
    several = isinstance(wanted, list | tuple | set | frozenset | range | np.ndarray | pd.Series | pd.Index)
    values = list(wanted) if several else [wanted]
    given = [value for value in values if not _is_missing(value)]
    conditions = []
    if given:
        texts = sorted({_literal(definition, name, column.type, value) for value in given})
        conditions.append(f"{name} = {texts[0]}" if len(texts) == 1 else f"{name} IN ({', '.join(texts)})")
    if len(given) < len(values):
        conditions.append(f"{name} IS NULL")
    return f"({' OR '.join(conditions)})" if conditions else "false"


def _is_missing(value: object) -> bool:
    return value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and math.isnan(value))


def _literal(definition: Table, name: str, kind: ColumnType, value: object) -> str:
    if isinstance(value, np.generic):
        value = value.item()
    whole = isinstance(value, int) and not isinstance(value, bool)
    if kind is ColumnType.STRING and isinstance(value, str):
        return parquet.literal(value)
    if kind is ColumnType.INT and (whole or (isinstance(value, float) and value.is_integer())):
        return str(int(value))
    if kind is ColumnType.FLOAT and (whole or isinstance(value, float)):
        return f"{float(value)!r}::DOUBLE" if math.isfinite(value) else f"'{value}'::DOUBLE"
    if kind is ColumnType.BOOL and isinstance(value, bool):
        return str(value).lower()
    if kind is ColumnType.TIMESTAMP and isinstance(value, dt.datetime):
        return f"'{value.astimezone(dt.UTC).isoformat()}'::TIMESTAMPTZ"
    if kind is ColumnType.DATE and isinstance(value, dt.date):
        return f"'{value.isoformat()}'::DATE"
    raise TypeError(f"{definition.name}.{name}: столбец типа {kind.value}, а в отборе {value!r}")


def mentioned(query: str, names: Iterable[str]) -> list[str]:
    """Return those of `names` that occur in `query` as a word; a few too many do no harm."""
    words = set(re.findall(r"\w+", query.lower()))
    return [name for name in names if name in words]
