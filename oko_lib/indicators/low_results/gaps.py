"""How far groups of pupils lag behind the others of the same schools, and whether the lag changes."""

from __future__ import annotations

from collections.abc import Collection

import pandas as pd

from oko_lib.indicators.low_results.pupils import GROUPS
from oko_lib.methods.group_gap import GapChange, counts_of_groups, group_gap_change
from oko_lib.settings.norms import SeriesNorms

#: What is compared: works of one domain and grade only.
CELLS = ("domain", "grade")


#: Group → counts by school and work of the year before and of the year.
GroupCounts = dict[str, tuple[pd.DataFrame, pd.DataFrame]]


def group_counts(pupils: pd.DataFrame, year: int) -> GroupCounts:
    """Count pupils and successes inside and outside of every group; once for the region, reports take their schools.

    Parameters
    ----------
    pupils : DataFrame
        From :func:`~oko_lib.indicators.low_results.pupils.pupils_of_diagnostics`.
    year : int
    """
    return {group: (_counts(pupils, group, year - 1), _counts(pupils, group, year)) for group in GROUPS}


def gap_changes(
    counts: GroupCounts, norms: SeriesNorms, schools: Collection[str] | None = None
) -> dict[str, GapChange]:
    """Return by group the lag in the year before and in the year, and its change, in `schools` (None: all)."""
    found = {}
    for group, years in counts.items():
        own = years if schools is None else [year[year["school"].isin(set(schools))] for year in years]
        found[group] = group_gap_change(*own, level=norms.confidence_level.value)
    return found


def _counts(pupils: pd.DataFrame, group: str, year: int) -> pd.DataFrame:
    rows = pupils[pupils["year"] == year]
    return counts_of_groups(rows.assign(group=rows[group]), cells=CELLS)
