"""Vocabulary in which tables are defined: columns, types, keys, grain."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import pyarrow as pa


class ColumnType(StrEnum):
    """Types a column may have; the store and the data dictionary both read them."""

    STRING = "string"
    INT = "int"
    FLOAT = "float"
    BOOL = "bool"
    DATE = "date"
    TIMESTAMP = "timestamp"
    INT_LIST = "int_list"
    STRING_LIST = "string_list"


_ARROW_TYPES: dict[ColumnType, pa.DataType] = {
    ColumnType.STRING: pa.string(),
    ColumnType.INT: pa.int32(),
    ColumnType.FLOAT: pa.float64(),
    ColumnType.BOOL: pa.bool_(),
    ColumnType.DATE: pa.date32(),
    ColumnType.TIMESTAMP: pa.timestamp("us", tz="UTC"),
    ColumnType.INT_LIST: pa.list_(pa.int16()),
    ColumnType.STRING_LIST: pa.list_(pa.string()),
}


@dataclass(frozen=True)
class Column:
    """One column of a table.

    Parameters
    ----------
    name : str
        English identifier.
    type : ColumnType
        Logical type.
    title_ru : str
        Heading a methodologist sees.
    description_ru : str
        What the value means, its unit and its edge cases.
    nullable : bool
        Whether a value may be missing.
    allowed : tuple of str
        Closed list of values, empty when any value of the type is allowed.
    minimum, maximum : float or None
        Inclusive bounds of a numeric column.
    words : str
        Which list of words the intake reads the value with (see :mod:`oko_lib.settings.levels`): people write a code
        of this column in many ways. Empty when the value is written as it is kept.
    """

    name: str
    type: ColumnType
    title_ru: str
    description_ru: str = ""
    nullable: bool = True
    allowed: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    words: str = ""

    @property
    def arrow_field(self) -> pa.Field:
        return pa.field(self.name, _ARROW_TYPES[self.type], nullable=self.nullable)


#: Columns the store adds to every table of loaded rows: where the row came from.
PROVENANCE: tuple[Column, ...] = (
    Column("load_id", ColumnType.STRING, "Загрузка", "Номер загрузки, которая принесла строку.", nullable=False),
    Column("source_sheet", ColumnType.STRING, "Лист", "Лист исходного файла."),
    Column("source_row", ColumnType.INT, "Строка файла", "Номер строки на листе, как в Excel (с единицы)."),
)


@dataclass(frozen=True)
class Table:
    """Definition of one table.

    Parameters
    ----------
    name : str
        English plural identifier; the name states the grain.
    title_ru, grain_ru : str
        Title and what one row is.
    columns : tuple of Column
        Own columns, without provenance.
    key : tuple of str
        Columns that identify a row among the visible rows.
    slice_key : tuple of str
        Columns that identify the *slice* a file replaces as a whole: a corrected file supersedes its predecessor
        slice by slice (for results: one school's work in one subject, grade and year). Empty for tables that the
        store itself keeps (loads, quarantine), whose rows are never superseded by slices.
    partition_by : tuple of str
        Columns by which files are split on disk.
    personal : bool
        True when a row describes one child: such rows never leave the workbench.
    """

    name: str
    title_ru: str
    grain_ru: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    slice_key: tuple[str, ...] = ()
    partition_by: tuple[str, ...] = ()
    personal: bool = False

    def __post_init__(self) -> None:
        names = [column.name for column in self.all_columns]
        unknown = [name for name in (*self.key, *self.slice_key, *self.partition_by) if name not in names]
        if unknown or len(set(names)) != len(names):
            raise ValueError(f"table {self.name}: inconsistent columns, unknown {unknown}")

    @property
    def all_columns(self) -> tuple[Column, ...]:
        """Own columns followed by provenance."""
        return (*self.columns, *PROVENANCE)

    @property
    def arrow_schema(self) -> pa.Schema:
        """Schema on disk, provenance included."""
        return pa.schema([column.arrow_field for column in self.all_columns])

    def column(self, name: str) -> Column:
        """Return the column called `name`.

        Raises
        ------
        KeyError
            If the table has no such column.
        """
        for column in self.all_columns:
            if column.name == name:
                return column
        raise KeyError(f"{self.name} has no column {name}")
