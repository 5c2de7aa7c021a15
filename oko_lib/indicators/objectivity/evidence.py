"""All signals together, and the border excess of schools over the regional background."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from oko_lib.methods.evidence_cells import pupil_correlation, school_cells
from oko_lib.methods.result import Refusal
from oko_lib.methods.school_border_excess import SchoolBorderExcess, school_border_excess
from oko_lib.methods.school_evidence import SchoolEvidence, school_evidence
from oko_lib.settings.norms import ObjectivityNorms


@dataclass(frozen=True)
class RegionEvidence:
    """Joint evidence over the years of the series.

    Parameters
    ----------
    result : SchoolEvidence
        The joint test.
    borders : SchoolBorderExcess
        Border excess of each school over the regional background, in the year of the report.
    """

    result: SchoolEvidence
    borders: SchoolBorderExcess

    @property
    def schools(self) -> pd.DataFrame | None:
        """One row per school, None after a refusal."""
        return self.result.schools

    @property
    def refusal(self) -> Refusal | None:
        return self.result.refusal


def region_evidence(marks: pd.DataFrame, scales: pd.DataFrame, year: int, norms: ObjectivityNorms) -> RegionEvidence:
    """Judge every school of the region by all its signals over the series.

    Parameters
    ----------
    marks : DataFrame
        Written works of the series.
    scales : DataFrame
        Scales of those years.
    year : int
        Year of the report, for the border excess.
    norms : ObjectivityNorms
        False-discovery rate and minimum numbers.
    """
    cells = school_cells(marks, scales)
    now = cells[cells["year"] == year]
    return RegionEvidence(
        result=school_evidence(
            cells,
            alpha=norms.false_discovery_rate.value,
            min_schools=int(norms.evidence_minimum_schools.value),
            pupil_correlation=pupil_correlation(marks),
        ),
        borders=school_border_excess(
            now,
            alpha=norms.false_discovery_rate.value,
            min_around=int(norms.border_minimum_near.value),
        ),
    )
