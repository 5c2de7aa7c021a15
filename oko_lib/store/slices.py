"""Slices as text: ``table|value|value…``, the unit in which one file replaces another.

In a value ``%`` is written ``%25`` and ``|`` is written ``%7C``; a missing value is ``%00``. So the bar separates
values and nothing else, and the text can be split without looking at its content.
"""

from __future__ import annotations

from oko_lib.tables import ColumnType, Table

_SQL_TYPES = {
    ColumnType.STRING: "VARCHAR",
    ColumnType.INT: "INTEGER",
    ColumnType.FLOAT: "DOUBLE",
    ColumnType.BOOL: "BOOLEAN",
    ColumnType.DATE: "DATE",
    ColumnType.TIMESTAMP: "TIMESTAMPTZ",
    ColumnType.INT_LIST: "INTEGER[]",
    ColumnType.STRING_LIST: "VARCHAR[]",
}


def sql_type(kind: ColumnType) -> str:
    """Return DuckDB's name of a column type."""
    return _SQL_TYPES[kind]


def encode_sql(definition: Table) -> str:
    """Return the SQL expression that turns a row of `definition` into the text of its slice."""
    parts = [f"'{definition.name}'"]
    for name in definition.slice_key:
        value = f"CAST({name} AS VARCHAR)"
        parts.append(f"coalesce(replace(replace({value}, '%', '%25'), '|', '%7C'), '%00')")
    return f"concat_ws('|', {', '.join(parts)})"


def decode_sql(definition: Table, text: str = "slice") -> str:
    """Return SQL select items that turn the slice in column `text` back into the table's slice columns."""
    items = []
    for position, name in enumerate(definition.slice_key):
        value = f"split_part({text}, '|', {position + 2})"
        plain = f"replace(replace({value}, '%7C', '|'), '%25', '%')"
        kind = sql_type(definition.column(name).type)
        items.append(f"CAST(CASE WHEN {value} = '%00' THEN NULL ELSE {plain} END AS {kind}) AS {name}")
    return ", ".join(items)
