"""Do the results a school gave its children at home hold at the next stage?

Two things are looked at apart, each against the region's children with the same home score in the same subject and
grade: did the school's winners and prize-winners come to the next stage (``coming``), and how did those who came do
(``next``). A third says how high the school's home scores are (``home``).

Not coming alone proves nothing: a village school may be far away. So the joint state is ``beyond`` only when those who
came fell short, or when prize-winners did not come *and* home scores are unusually high. Each part allows for the
natural variation between schools, which is estimated from all of them.

Columns of ``entries`` (one row per child and subject at the home stage, one year or several): ``school``, ``person``
(may be missing), ``subject``, ``grade``, ``home_score_share`` (score / maximum), ``home_prize`` (bool),
``next_present`` (bool), ``next_score_share`` (missing when absent).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum

import pandas as pd

from .result import Refusal


class PartState(StrEnum):
    """State of one part (``low``: fewer came, or they did worse, than expected; ``high``: home scores)."""

    LOW = "low"
    HIGH = "high"
    INDISTINCT = "indistinct"


class StageState(StrEnum):
    """Joint state of a school."""

    BEYOND = "beyond"
    INDISTINCT = "indistinct"


class Route(StrEnum):
    """What the joint state rests on."""

    SHORTFALL = "shortfall"
    ABSENCE_AND_HIGH_HOME = "absence_and_high_home"
    BOTH = "both"


@dataclass(frozen=True)
class StageConsistency:
    """Home results of schools against the next stage.

    Parameters
    ----------
    units : DataFrame
        One row per school, index named like the unit column, sorted.

        ``n_home`` entries at home, ``n_prizes`` winners and prize-winners among them.

        Coming: ``n_came`` of the prizes, ``expected_came`` (region, same subject, grade and score); ``coming`` = share
        that came minus expected share, ``coming_low``, ``coming_high``; ``coming_p`` (one-sided: fewer),
        ``coming_q`` (false-discovery adjusted), ``coming_state`` (low, indistinct, missing), ``coming_refusal``.

        Next: ``n_next`` (all entries that came), ``next_mean``, ``next_expected`` (mean share of the maximum, of
        children with the same home score), ``next_gap`` their difference, ``next_low``, ``next_high``; ``next_p``
        (one-sided: worse), ``next_q``, ``next_state``, ``next_refusal``.

        Home: ``home_mean``, ``home_expected`` (mean share of the maximum), ``home_gap``, ``home_low``, ``home_high``,
        ``home_p`` (one-sided: higher), ``home_q``, ``home_state`` (high, indistinct), ``home_refusal``.

        Joint: ``p_value`` = 2·min(next_p, max(coming_p, home_p)), at most 1; ``q_value``; ``state``
        (:class:`StageState`, missing when refused), ``route`` (:class:`Route`, only when beyond), ``refusal``
        (RefusalReason value, only when no part can be judged).
    coming_sd, next_sd, home_sd : float or None
        Natural variation between schools: of the log-odds of coming; of the results in standard deviations of
        children's residuals.
    n_units : int
        Schools judged.
    n_entries, n_unused : int
        Entries of the grades in question; of them in cells too small to expect anything.
    alpha : float
        False-discovery rate.
    level : float
        Of the intervals (natural variation included).
    refusal : Refusal or None
        Too few schools to tell natural variation: nothing is judged, counts stay.
    """

    units: pd.DataFrame
    coming_sd: float | None
    next_sd: float | None
    home_sd: float | None
    n_units: int
    n_entries: int
    n_unused: int
    alpha: float
    level: float
    refusal: Refusal | None = None


def stage_consistency(
    entries: pd.DataFrame,
    *,
    unit: str = "school",
    person: str = "person",
    cells: Sequence[str] = ("subject", "grade"),
    stratum: str | None = None,
    grade: str = "grade",
    grades: Collection[int] | None = None,
    minimum_prizes: int = 10,
    minimum_came: int = 5,
    minimum_units: int = 20,
    alpha: float = 0.05,
    level: float = 0.95,
) -> StageConsistency:
    """Compare every school's home results with the next stage.

    Parameters
    ----------
    entries : DataFrame
        See the module.
    unit, person : str
        Columns; a missing person counts as a person of its own.
    cells : sequence of str
        Columns within which children are compared (add the year when there are several).
    stratum : str, optional
        Column of what schools share besides: the municipality, whose jury marks the next stage and which sets the
        passing score. Its common deviation is taken off (as far as it is known without the school itself).
    grade : str
        Column of the grade.
    grades : collection of int, optional
        Grades that may go on (7–11 for the municipal stage); by default all given.
    minimum_prizes, minimum_came : int
        Fewest prizes for judging coming (entries for judging home scores), fewest who came for judging their results.
    minimum_units : int
        Fewest schools that can be judged in a part.
    alpha : float
        False-discovery rate over schools.
    level : float
        Of the intervals.

    Returns
    -------
    StageConsistency

    Raises
    ------
    ValueError
        For score shares outside 0..1 or a next score of an absent child.
    """
    raise NotImplementedError
