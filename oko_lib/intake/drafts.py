"""What a layout makes of one sheet, before the file as a whole is checked and the tables are built."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

if TYPE_CHECKING:
    from oko_lib.intake.outgoing import Outgoing


@dataclass(frozen=True)
class Issue:
    """One thing wrong with one row.

    Parameters
    ----------
    candidate : int
        Which data row of the sheet, counted among its data rows from zero.
    column : int or None
        Column of the sheet; None when it is about the whole row.
    rule : str
        Code of the check.
    message : str
        What is wrong, what is allowed, what to do; Russian.
    """

    candidate: int
    column: int | None
    rule: str
    message: str


@dataclass(frozen=True)
class RowFacts:
    """What is known about one data row, for the quarantine."""

    year: int | None = None
    grade: int | None = None
    subject: str | None = None
    login: str | None = None
    municipality_code: str | None = None


@dataclass(frozen=True)
class SchoolSighting:
    """A school as a file names it."""

    login: str
    year: int
    school_name: str = ""
    municipality_code: str | None = None
    municipality_name: str | None = None
    school_kind: str | None = None


@dataclass(frozen=True)
class MunicipalitySighting:
    """A municipality as a file names it."""

    code: str
    name: str
    region_name: str | None = None


@dataclass
class Sightings:
    """Schools and municipalities met in a sheet."""

    schools: set[SchoolSighting] = field(default_factory=set)
    municipalities: set[MunicipalitySighting] = field(default_factory=set)


@dataclass
class Draft:
    """One sheet taken apart: every non-blank row below the header is either non-data or a candidate.

    Parameters
    ----------
    sheet : str
        Name of the sheet.
    sheet_rows : ndarray of int
        Rows of the candidates on the sheet, from zero.
    non_data : int
        Rows recognised as not data: group headings, template rows, footnotes, repeated headers.
    issues : list of Issue
        What is wrong with the candidates so far.
    keys : list
        Key of every candidate (None when the row has no valid key): rows with equal keys are duplicates.
    content : callable
        Candidate → anything comparable that holds all its data; called for duplicated keys only.
    build : callable
        Boolean mask of accepted candidates → tables by name (own columns, source_sheet, source_row).
    facts : callable
        Candidate → what is known about the row.
    found : callable
        Candidate and column → the cell as its author sees it, names of children taken out.
    key_column : int or None
        Column to point at when rows are duplicates.
    titles : dict of int to str
        Column → heading.
    header_row : int
        Row of the header, from zero.
    warnings : list of str
        For the person who loads the file.
    sum_columns : tuple
        ``(total column, task columns)`` when the total is a formula in the form: the return workbook restores it.
    carried : dict
        Facts about the work that are not on the sheet and that a return workbook must carry.
    outgoing : Outgoing or None
        What may be shown of the sheet; a layout that expects names says it itself.
    """

    sheet: str
    sheet_rows: np.ndarray
    non_data: int
    issues: list[Issue]
    keys: list[Hashable | None]
    content: Callable[[int], object]
    build: Callable[[np.ndarray], dict[str, pa.Table]]
    facts: Callable[[int], RowFacts]
    found: Callable[[int, int], str]
    key_column: int | None
    titles: dict[int, str]
    header_row: int
    warnings: list[str] = field(default_factory=list)
    sightings: Sightings = field(default_factory=Sightings)
    sum_columns: tuple[int, tuple[int, ...]] | None = None
    carried: dict[str, object] = field(default_factory=dict)
    outgoing: Outgoing | None = None

    @property
    def read(self) -> int:
        """Rows below the header that are not wholly blank."""
        return self.non_data + len(self.sheet_rows)
