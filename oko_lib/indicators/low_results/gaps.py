"""How far groups of pupils lag behind the others of the same schools, and whether the lag changes."""

from __future__ import annotations

import pandas as pd

from oko_lib.indicators.low_results.pupils import GROUPS
from oko_lib.methods.group_gap import GapChange, counts_of_groups, group_gap_change
from oko_lib.settings.norms import SeriesNorms

#: What is compared: works of one domain and grade only.
CELLS = ("domain", "grade")


def gap_changes(pupils: pd.DataFrame, year: int, norms: SeriesNorms) -> dict[str, GapChange]:
    """Return by group the lag in the year before and in `year`, and its change."""
    return {
        group: group_gap_change(
            _counts(pupils, group, year - 1), _counts(pupils, group, year), level=norms.confidence_level.value
        )
        for group in GROUPS
    }


def _counts(pupils: pd.DataFrame, group: str, year: int) -> pd.DataFrame:
    rows = pupils[pupils["year"] == year]
    return counts_of_groups(rows.assign(group=rows[group]), cells=CELLS)
