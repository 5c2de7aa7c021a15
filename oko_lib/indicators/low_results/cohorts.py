"""The same children in grade 4 and, two years later, in grade 6: their progress, apart from the changes of schools."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import pandas as pd

from oko_lib.indicators.low_results.outcomes import LEVELS, procedure_key
from oko_lib.indicators.low_results.pupils import same_children
from oko_lib.methods.change import SchoolChanges
from oko_lib.methods.cohort_change import (
    LevelTransitions,
    PairedChanges,
    cohort_changes,
    level_transitions,
    paired_changes,
)
from oko_lib.settings.norms import SeriesNorms

#: The work written in both grades, and the grades.
DOMAIN, EARLIER_GRADE, LATER_GRADE = "reading_literacy", 4, 6
_GAP = LATER_GRADE - EARLIER_GRADE


@dataclass(frozen=True)
class RegionCohorts:
    """Reading literacy of the children who are in grade 6 this year.

    Parameters
    ----------
    earlier_year, later_year : int
        When they wrote the work of grade 4 and of grade 6.
    pairs : DataFrame
        Linked children: pupil_key, school, school_before, level_before, level_after.
    schools : SchoolChanges or None
        Shares of whole schools, also of children who came or left; None when either work is missing.
    paired : PairedChanges or None
        Shares of linked children by school; None without linked children.
    """

    earlier_year: int
    later_year: int
    pairs: pd.DataFrame
    schools: SchoolChanges | None
    paired: PairedChanges | None

    def transitions(self, norms: SeriesNorms, schools: Collection[str] | None = None) -> LevelTransitions:
        """Return moves between levels of the linked children of `schools` (None: of the region)."""
        own = self.pairs if schools is None else self.pairs[self.pairs["school"].isin(set(schools))]
        return level_transitions(
            own,
            LEVELS,
            earlier="level_before",
            later="level_after",
            minimum_n=int(norms.minimum_group.value),
            level=norms.confidence_level.value,
        )


def region_cohorts(outcomes: pd.DataFrame, pupils: pd.DataFrame, year: int, norms: SeriesNorms) -> RegionCohorts:
    """Follow the children who are in grade 6 in `year`.

    Parameters
    ----------
    outcomes : DataFrame
        From :func:`~oko_lib.indicators.low_results.outcomes.outcomes_by_school`.
    pupils : DataFrame
        From :func:`~oko_lib.indicators.low_results.pupils.pupils_of_diagnostics`.
    year : int
    norms : SeriesNorms
    """
    minimum = {
        "minimum_n": int(norms.minimum_group.value),
        "minimum_schools": int(norms.dynamics_minimum_schools.value),
        "level": norms.confidence_level.value,
    }
    known = outcomes.dropna(subset="n_success")
    works = [
        known[(known["procedure"] == procedure_key("КДР", DOMAIN, grade)) & (known["year"] == when)]
        for grade, when in ((EARLIER_GRADE, year - _GAP), (LATER_GRADE, year))
    ]
    pairs = same_children(pupils, DOMAIN, (EARLIER_GRADE, year - _GAP), (LATER_GRADE, year))
    return RegionCohorts(
        earlier_year=year - _GAP,
        later_year=year,
        pairs=pairs,
        schools=cohort_changes(*works, earlier_year=year - _GAP, later_year=year, **minimum)
        if all(len(work) for work in works)
        else None,
        paired=paired_changes(pairs, LEVELS, LEVELS[2:], earlier="level_before", later="level_after", **minimum)
        if len(pairs)
        else None,
    )
