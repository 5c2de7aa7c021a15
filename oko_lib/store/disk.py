"""Types on disk where they differ from a definition's."""

from __future__ import annotations

import pyarrow as pa

from oko_lib.tables import Column, Table


def disk_type(column: Column) -> pa.DataType:
    """Return the type a column has on disk.

    The Delta writer takes 15 times longer over lists of 16-bit numbers than over lists of 32-bit ones (measured), and
    Parquet stores both alike.
    """
    kind = column.arrow_field.type
    return pa.list_(pa.int32()) if kind == pa.list_(pa.int16()) else kind


def disk_schema(definition: Table) -> pa.Schema:
    """Return the schema on disk: provenance first, everything nullable.

    ``load_id`` comes first because the log keeps minima and maxima of the first columns only. Nullable, because a
    column added to a definition later is empty in rows loaded before; what must not be empty is checked on the way in.
    """
    columns = sorted(definition.all_columns, key=lambda column: column.name != "load_id")
    return pa.schema([pa.field(column.name, disk_type(column)) for column in columns])
