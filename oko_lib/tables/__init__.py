"""What the data are: one definition per table."""

from oko_lib.tables.definition import Column, ColumnType, Table
from oko_lib.tables.registry import TABLES, table

__all__ = ["TABLES", "Column", "ColumnType", "Table", "table"]
