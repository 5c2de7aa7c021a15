"""What all sections of the regional report on talent share: results, numbers of tables, names."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from oko_lib.indicators.talent.by_municipality import RegionalTalent
from oko_lib.report import regional_context
from oko_lib.report.numbering import Numbering

NUMBERING = Numbering.of(
    tables=[
        "tbl-stages",
        "tbl-growth",
        "tbl-municipalities",
        "tbl-coverage",
        "tbl-groups",
        "tbl-subjects",
        "tbl-strength",
        "tbl-contests",
        "tbl-staff",
        "tbl-support",
        "tbl-programmes",
        "tbl-home",
        "tbl-faults",
        "tbl-fault-places",
        "tbl-observers",
        "tbl-indicators",
        "tbl-quarantine",
        "tbl-norms",
        "tbl-fingerprint",
    ],
    figures=["fig-funnel", "fig-home"],
)


@dataclass(frozen=True)
class RegionalContext(regional_context.RegionalContext):
    """Results of the region with what is needed to put them into words.

    Parameters
    ----------
    results : RegionalTalent
        The numbers; nothing is computed above them.
    numbering : Numbering
    """

    results: RegionalTalent
    numbering: Numbering = NUMBERING

    def seen(self) -> Iterable[str]:
        region = self.results.region
        home = region.consistency.units.index if region.consistency is not None else ()
        return {*region.data.schools, *region.strength.units["school"], *(str(school) for school in home)}
