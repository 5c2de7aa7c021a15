"""What all sections of a regional report share in every direction: names of schools with their municipality."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any

from oko_lib.report.columns import Cell, ColumnSpec
from oko_lib.report.grammar import listed
from oko_lib.report.names import strip_code
from oko_lib.report.numbering import Numbering
from oko_lib.report.school_labels import school_names, short_labels
from oko_lib.report.table import ReportTable, natural_key

#: The first two columns of every table with schools: there is a «СОШ № 1» in every municipality.
SCHOOL_COLUMNS = (ColumnSpec("municipality", "Муниципалитет"), ColumnSpec("school", "Школа"))
#: Schools stand in the order of names, never of results.
SCHOOL_ORDER = ("municipality", "school")

#: Code under which schools stand whose municipality nobody stated.
NO_MUNICIPALITY = ""

_UNKNOWN = "муниципалитет не указан"

#: Kinds of municipalities shortened: beside a school or many numbers the name must leave room.
_KINDS = {"муниципальный район": "район", "муниципальный округ": "округ", "городской округ": "г.\u00a0о."}


class RegionalContext(ABC):
    """Results of the region with what is needed to put them into words.

    A direction's own context is a frozen dataclass with the fields ``results`` (its ``region`` has the registers
    ``schools`` and ``municipalities``) and ``numbering``.
    """

    results: Any
    numbering: Numbering

    @abstractmethod
    def seen(self) -> Iterable[str]:
        """Schools the report may name."""

    @cached_property
    def _codes(self) -> dict[str, str]:
        codes = self.results.region.schools["municipality_code"].reindex(sorted(self.seen()))
        return {school: code if isinstance(code, str) else NO_MUNICIPALITY for school, code in codes.items()}

    @cached_property
    def schools(self) -> dict[str, str]:
        """School → short label, unique within its municipality."""
        names = school_names(self.results.region.schools["school_name"], self._codes)
        by_code: dict[str, dict[str, str]] = {}
        for school, code in self._codes.items():
            by_code.setdefault(code, {})[school] = names[school]
        return {school: label for own in by_code.values() for school, label in short_labels(own).items()}

    @cached_property
    def full_names(self) -> dict[str, str]:
        """School → label with its municipality, unique over the region."""
        return {school: f"{label} ({self.municipality_of(school)})" for school, label in self.schools.items()}

    @cached_property
    def _municipalities(self) -> dict[str, str]:
        return self.results.region.municipalities["municipality_name"].to_dict()

    def municipality(self, code: str) -> str:
        """Return the name of a municipality."""
        if code == NO_MUNICIPALITY:
            return _UNKNOWN
        return strip_code(str(self._municipalities.get(code, code)))

    def short_municipality(self, code: str) -> str:
        """Return the name of a municipality, its kind shortened: «Н-ский район»."""
        name = self.municipality(code)
        for kind, short in _KINDS.items():
            name = re.sub(rf"\b{kind}\b", short, name)
        return name

    def municipality_of(self, school: str) -> str:
        """Return the short name of a school's municipality."""
        return self.short_municipality(self._codes[school])

    def cells(self, school: str) -> dict[str, str]:
        """Return the cells of :data:`SCHOOL_COLUMNS`."""
        return {"municipality": self.municipality_of(school), "school": self.schools[school]}

    def named(self, schools: Iterable[str]) -> str:
        """Return schools with their municipalities for prose, by name."""
        return listed(sorted((self.full_names[school] for school in schools), key=natural_key))

    def ref(self, *labels: str) -> str:
        """Pointer for prose: «табл. 3»."""
        return self.numbering.ref(*labels)

    @cached_property
    def _joined(self) -> dict[str, str]:
        return {school: f"{self.municipality_of(school)} · {label}" for school, label in self.schools.items()}

    @property
    def row_names(self) -> Mapping[str, str]:
        """School → name for a table that knows one column of schools; see :meth:`beside_municipality`."""
        return self._joined

    def beside_municipality(self, table: ReportTable) -> ReportTable:
        """Return a table made with :attr:`row_names`, its first column parted into municipality and school."""
        parts = {name: self.cells(school) for school, name in self._joined.items()}
        shown = [parts[row[0].text] for row in table.cells]
        return replace(
            table,
            columns=(*SCHOOL_COLUMNS, *table.columns[1:]),
            cells=tuple(
                (Cell(names["municipality"]), Cell(names["school"]), *row[1:])
                for names, row in zip(shown, table.cells, strict=True)
            ),
            values=tuple(
                (names["municipality"], names["school"], *row[1:])
                for names, row in zip(shown, table.values, strict=True)
            ),
            _cache={},
        )
