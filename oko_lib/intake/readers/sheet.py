"""A sheet as intake sees it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Sheet:
    """Cells of one sheet.

    Parameters
    ----------
    name : str
        Name of the sheet; empty for a CSV file.
    rows : list of list
        All rows from the first of the sheet, so that ``rows[i]`` is row ``i + 1`` of Excel; every row has the same
        length. Cells are str, float, int, bool, date, datetime, time or timedelta; an empty cell is ``""``.
    """

    name: str
    rows: list[list[object]]

    @property
    def width(self) -> int:
        return len(self.rows[0]) if self.rows else 0
