"""What all sections of the report on schools with low results share: results, numbers of tables, names."""

from __future__ import annotations

from dataclasses import dataclass

from oko_lib.indicators.low_results.municipality import MunicipalityLowResults
from oko_lib.report.municipality_context import MunicipalityContext
from oko_lib.report.numbering import Numbering

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
class ReportContext(MunicipalityContext):
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
