"""SQL for the visible rows of one table."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa

from oko_lib.store import parquet
from oko_lib.store.ledger import TableVisibility
from oko_lib.store.slices import sql_type
from oko_lib.tables import ColumnType, Table

#: Up to so many loads are written into the query, where they also spare reading; more go through a join.
_LISTED_LOADS = 200


@dataclass(frozen=True)
class TableSource:
    """Where the visible rows of one table are: files of the opened version and what to leave out.

    Parameters
    ----------
    files : tuple of str
        Absolute paths; files without a visible row are left out already.
    columns : tuple of str
        Columns the version has on disk.
    visibility : TableVisibility
        ``load_ids`` is None when every load with rows in `files` is visible at least in part.
    """

    files: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    visibility: TableVisibility = field(default_factory=TableVisibility)


def visible_rows(own: duckdb.DuckDBPyConnection, definition: Table, source: TableSource) -> str:
    """Return a SELECT of all columns of the visible rows; helper tables are registered on the cursor `own`."""
    if not source.files:
        empty = ", ".join(f"NULL::{sql_type(column.type)} AS {column.name}" for column in definition.all_columns)
        return f"SELECT {empty} WHERE false"
    items = ", ".join(
        f"d.{column.name}" if column.name in source.columns else f"NULL::{sql_type(column.type)} AS {column.name}"
        for column in definition.all_columns
    )
    select, seen = f"SELECT {items} FROM {parquet.scan(source.files)} AS d", source.visibility
    if seen.winners is not None:
        return f"{select} {_join(own, definition, 'SEMI', seen.winners)}"
    visible = None if seen.load_ids is None else _in(own, f"_seen_{definition.name}", seen.load_ids)
    if seen.hidden is None:
        return select if visible is None else f"{select} WHERE {visible}"
    cut = seen.hidden.column("load_id").unique()
    without_hidden = f"{select} {_join(own, definition, 'ANTI', seen.hidden)}"
    if len(cut) > _LISTED_LOADS:
        return without_hidden if visible is None else f"{without_hidden} WHERE {visible}"
    # Only rows of loads that lost something go through the join; twice as fast as sending all of them (measured).
    of_cut = _in(own, "", cut)
    others = f"NOT {of_cut}" if visible is None else f"{visible} AND NOT {of_cut}"
    return f"{select} WHERE {others} UNION ALL {without_hidden} WHERE {of_cut}"


def _join(own: duckdb.DuckDBPyConnection, definition: Table, kind: str, pairs: pa.Table) -> str:
    name = f"_pairs_{definition.name}"
    own.register(name, pairs)
    conditions = ["d.load_id = p.load_id"]
    for column in definition.slice_key:
        same = "IS NOT DISTINCT FROM" if definition.column(column).nullable else "="
        conditions.append(f"d.{column} {same} p.{column}")
    return f"{kind} JOIN {name} AS p ON {' AND '.join(conditions)}"


def _in(own: duckdb.DuckDBPyConnection, name: str, load_ids: pa.Array | pa.ChunkedArray) -> str:
    """Return the condition that a row's load is one of `load_ids`, which are registered as `name` if many."""
    if len(load_ids) == 0:
        return "false"
    if len(load_ids) <= _LISTED_LOADS:
        return f"(d.load_id IN ({', '.join(parquet.literal(item) for item in load_ids.to_pylist())}))"
    own.register(name, pa.table({"load_id": load_ids}))
    return f"(d.load_id IN (SELECT load_id FROM {name}))"


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
