"""The same children in grade 4 and, two years later, in grade 6: their progress, apart from the changes of schools."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd


@dataclass(frozen=True)
class RegionCohorts:
    pairs: pd.DataFrame


def region_cohorts(outcomes, pupils, year, norms):
    return RegionCohorts(pd.DataFrame())
