"""What all sections of the municipality's report on talent share: results, numbers of tables, names."""

from __future__ import annotations

from dataclasses import dataclass

from oko_lib.indicators.talent.municipality import MunicipalityTalent
from oko_lib.report.municipality_context import MunicipalityContext
from oko_lib.report.numbering import Numbering

DIRECTION = "Таланты"

NUMBERING = Numbering.of(
    tables=[
        "tbl-stages",
        "tbl-growth",
        "tbl-coverage",
        "tbl-groups",
        "tbl-strength",
        "tbl-subjects",
        "tbl-contests",
        "tbl-staff",
        "tbl-programmes",
        "tbl-home",
        "tbl-faults",
        "tbl-fault-places",
        "tbl-observers",
        "tbl-indicators",
        "tbl-school-indicators",
        "tbl-files",
        "tbl-quarantine",
        "tbl-norms",
        "tbl-fingerprint",
    ],
    figures=["fig-funnel", "fig-map", "fig-home"],
)


@dataclass(frozen=True)
class ReportContext(MunicipalityContext):
    """Results of one municipality with what is needed to put them into words.

    Parameters
    ----------
    results : MunicipalityTalent
        The numbers; nothing is computed above them.
    """

    results: MunicipalityTalent

    @property
    def numbering(self) -> Numbering:
        return NUMBERING
