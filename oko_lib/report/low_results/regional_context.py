"""What all sections of the regional report on low results share: results, numbers of tables, names."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from oko_lib.indicators.low_results.summary import RegionSummary
from oko_lib.report import regional_context
from oko_lib.report.numbering import Numbering


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
    numbering: Numbering

    def seen(self) -> Iterable[str]:
        region = self.results.region
        return set(region.outcomes["school"].unique()) | region.listed.schools
