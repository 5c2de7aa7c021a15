"""What all sections of the regional report on quality of training share."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from oko_lib.indicators.training_quality.summary import RegionSummary
from oko_lib.report import regional_context
from oko_lib.report.numbering import Numbering
from oko_lib.report.table import natural_key

NUMBERING = Numbering.of(
    tables=[
        "tbl-works",
        "tbl-changes",
        "tbl-municipalities",
        "tbl-skills",
        "tbl-out",
        "tbl-register",
        "tbl-transition",
        "tbl-levels",
        "tbl-exam-tasks",
        "tbl-graduates",
        "tbl-not-continuing",
        "tbl-adapted",
        "tbl-nosologies",
        "tbl-gaps",
        "tbl-indicators",
        "tbl-quarantine",
        "tbl-norms",
        "tbl-fingerprint",
    ],
    figures=["fig-marks", "fig-flow"],
)


@dataclass(frozen=True)
class RegionalContext(regional_context.RegionalContext):
    """Results of the region with what is needed to put them into words.

    Parameters
    ----------
    results : RegionSummary
        The numbers; nothing is computed above them.
    numbering : Numbering
        Of the regional report.
    """

    results: RegionSummary
    numbering: Numbering = NUMBERING

    def seen(self) -> Iterable[str]:
        return self.results.schools

    @property
    def short_names(self) -> dict[str, str]:
        """School → label with its municipality."""
        return self.full_names

    def names(self, schools: Iterable[str]) -> list[str]:
        """Labels of schools in the order of names."""
        return sorted((self.full_names[school] for school in schools), key=natural_key)
