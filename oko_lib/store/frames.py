"""Arrow → pandas with types that depend on the definition only, never on the values that happened to come."""

from __future__ import annotations

import pandas as pd
import pyarrow as pa

from oko_lib.tables import Column, ColumnType


def to_frame(rows: pa.Table, columns: list[Column]) -> pd.DataFrame:
    """Return `rows` as a frame.

    Whole numbers are ``int64`` where the column may not be empty and ``float64`` with NaN where it may; true/false
    likewise ``bool`` and ``boolean``; text is pandas text; moments are UTC; a list of whole numbers is a float array
    per row (NaN — no data), None where the row has no list.
    """
    arrays = [_plain(rows.column(column.name), column) for column in columns]
    plain = pa.Table.from_arrays(arrays, names=[column.name for column in columns])
    frame = plain.to_pandas()
    optional = [column.name for column in columns if column.type is ColumnType.BOOL and column.nullable]
    return frame.astype(dict.fromkeys(optional, "boolean")) if optional else frame


def _plain(values: pa.ChunkedArray, column: Column) -> pa.ChunkedArray:
    if column.type is ColumnType.INT:
        return values.cast(pa.float64() if column.nullable else pa.int64())
    if column.type is ColumnType.INT_LIST:
        return values.cast(pa.list_(pa.float64()))
    if column.type is ColumnType.TIMESTAMP:
        return values.cast(pa.timestamp("us", tz="UTC"))
    return values
