"""What all sections of a municipality's report share in every direction: results, numbers of tables, names."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from functools import cached_property
from typing import Any

from oko_lib.report.names import PlaceName, load_name_overrides, place
from oko_lib.report.numbering import Numbering
from oko_lib.report.school_labels import school_names, short_labels
from oko_lib.report.table import natural_key


class MunicipalityContext(ABC):
    """Results of one municipality with what is needed to put them into words.

    A direction's own context is a frozen dataclass with the field ``results``: the numbers, above which nothing is
    computed. They have a ``session``, a ``region`` with the register of ``schools``, and the own ``schools``.
    """

    results: Any

    @property
    @abstractmethod
    def numbering(self) -> Numbering:
        """Order of the report's tables and figures."""

    @cached_property
    def place(self) -> PlaceName:
        """The municipality's name in its cases."""
        session = self.results.session
        return place(session.municipality_name or "", load_name_overrides(session.workspace))

    @cached_property
    def school_names(self) -> dict[str, str]:
        """School → name for tables."""
        return school_names(self.results.region.schools["school_name"], self.results.schools)

    @cached_property
    def short_names(self) -> dict[str, str]:
        """School → short label, unique within the municipality."""
        return short_labels(self.school_names)

    def ref(self, *labels: str) -> str:
        """Pointer for prose: «табл. 3»."""
        return self.numbering.ref(*labels)

    def named(self, schools: Iterable[str]) -> list[str]:
        """Short labels of schools in the order of names."""
        return sorted((self.short_names[school] for school in schools), key=natural_key)
