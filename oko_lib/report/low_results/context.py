"""What all sections of the report on schools with low results share: results, numbers of tables, names."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from oko_lib.indicators.low_results.municipality import MunicipalityLowResults
from oko_lib.report.names import PlaceName, load_name_overrides, place
from oko_lib.report.numbering import Numbering
from oko_lib.report.school_labels import school_names, short_labels
from oko_lib.report.table import natural_key

DIRECTION = "Динамика ШНОР"

NUMBERING = Numbering.of(
    tables=[
        "tbl-measures",
        "tbl-changes",
        "tbl-schools",
        "tbl-exams",
        "tbl-cohorts",
        "tbl-methods",
        "tbl-why",
        "tbl-near",
        "tbl-context",
        "tbl-risks",
        "tbl-support",
        "tbl-deficits",
        "tbl-gaps",
        "tbl-nosologies",
        "tbl-indicators",
        "tbl-files",
        "tbl-quarantine",
        "tbl-norms",
        "tbl-rules",
        "tbl-fingerprint",
    ],
    figures=["fig-changes", "fig-flow", "fig-threshold", "fig-history", "fig-context"],
)


@dataclass(frozen=True)
class ReportContext:
    """Results of one municipality with what is needed to put them into words.

    Parameters
    ----------
    results : MunicipalityLowResults
        The numbers; nothing is computed above them.
    """

    results: MunicipalityLowResults

    @property
    def numbering(self) -> Numbering:
        return NUMBERING

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

    def named(self, schools: object) -> list[str]:
        """Short labels of schools in the order of names."""
        return sorted((self.short_names[school] for school in schools), key=natural_key)
