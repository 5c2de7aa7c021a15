"""Workbooks written fast and reproducibly: the same rows give the same bytes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import xlsxwriter
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

#: The creation date inside every file: without it two runs would differ.
CREATED = datetime(2026, 4, 1)
#: Excel's own limit for the name of a sheet; ФИС ОКО cuts its report titles the same way.
SHEET_NAME_LENGTH = 31


@dataclass(frozen=True)
class Formula:
    """A formula with the value a reader that does not calculate will see."""

    text: str
    value: int | float


Value = str | int | float | Formula | None


class _PlainSheet(Worksheet):
    """A sheet of plain values, turned into XML row by row.

    The ordinary way (a call per cell, two dictionaries) takes five times as long, and a region is three million cells.
    """

    def set_rows(self, rows: Sequence[Sequence[Value]]) -> None:
        """Take all rows of the sheet, from A1."""
        self.dim_rowmin, self.dim_colmin = 0, 0
        self.dim_rowmax = max(0, len(rows) - 1)
        self.dim_colmax = max(0, max((len(row) for row in rows), default=1) - 1)
        columns = [xl_col_to_name(column) for column in range(self.dim_colmax + 1)]
        # Shared strings must be known to the workbook before it is closed, hence the XML is made here.
        shared = self.str_table._get_shared_string_index
        self._row_xml: list[str] = []
        for number, row in enumerate(rows, start=1):
            cells = []
            for column, value in zip(columns, row, strict=False):
                kind = type(value)
                if kind is int or kind is float:
                    cells.append(f'<c r="{column}{number}"><v>{value}</v></c>')
                elif kind is str:
                    cells.append(f'<c r="{column}{number}" t="s"><v>{shared(value)}</v></c>')
                elif kind is Formula:
                    cells.append(f'<c r="{column}{number}"><f>{value.text}</f><v>{value.value}</v></c>')
                elif value is not None:
                    raise TypeError(f"a cell cannot hold {kind.__name__}")
            if cells:
                self._row_xml.append(f'<row r="{number}">{"".join(cells)}</row>')

    def _write_rows(self) -> None:  # overrides the library's cell-by-cell writer
        self.fh.write("".join(self._row_xml))


def write_workbook(path: Path, sheets: Iterable[tuple[str, Sequence[Sequence[Value]]]]) -> None:
    """Write a workbook of plain values.

    Parameters
    ----------
    path : Path
        Its folder is made if needed.
    sheets : iterable of (str, rows)
        Name of the sheet (cut to 31 characters) and its rows from A1; None leaves a cell empty.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with xlsxwriter.Workbook(str(path), {"in_memory": True}) as workbook:
        workbook.set_properties({"created": CREATED})
        for name, rows in sheets:
            sheet = workbook.add_worksheet(name[:SHEET_NAME_LENGTH], worksheet_class=_PlainSheet)
            sheet.set_rows(rows)
