"""Do more children take part where more are covered by additional education? A link of schools, not of children.

Every school gives one point: share of its pupils who took part, and share covered. Size and place go with both, so they
are held fixed. What is found says how schools differ; it says nothing of a single child (the ecological fallacy) and
does not say what would happen if coverage were raised.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import pandas as pd

from .result import Estimate


class LinkState(StrEnum):
    """Direction of a link."""

    POSITIVE = "positive"
    NEGATIVE = "negative"
    INDISTINCT = "indistinct"


@dataclass(frozen=True)
class ParticipationLink:
    """Link of participation with coverage over schools.

    Parameters
    ----------
    odds_ratio : Estimate
        Odds of taking part, schools with ``step`` more coverage against others alike; ``n`` schools.
    effect : Estimate
        The same as a difference of the share of participants (fraction) per ``step``, averaged over schools.
    state : LinkState or None
        By the interval; None when refused.
    p_value : float or None
    dispersion : float or None
        Pearson's chi-square over its degrees of freedom: how much more schools vary than chance.
    curve : DataFrame
        ``coverage`` (from the 5th to the 95th percentile of schools), ``expected``, ``low``, ``high``: participation of
        schools of usual size and place; empty when refused.
    schools : DataFrame
        One row per school used: unit, ``coverage``, ``participation``, ``n`` (pupils), ``fitted``.
    step : float
        Coverage difference the estimates are per (fraction).
    n_schools, n_left_out : int
        Schools used, and those lacking something.
    """

    odds_ratio: Estimate
    effect: Estimate
    state: LinkState | None
    p_value: float | None
    dispersion: float | None
    curve: pd.DataFrame
    schools: pd.DataFrame
    step: float
    n_schools: int
    n_left_out: int


def participation_link(
    schools: pd.DataFrame,
    *,
    unit: str = "school",
    participants: str = "participants",
    covered: str = "covered",
    pupils: str = "pupils",
    place: str | None = "place",
    controls: Sequence[str] = (),
    step: float = 0.1,
    minimum_schools: int = 30,
    level: float = 0.95,
) -> ParticipationLink:
    """Quasi-binomial regression of participation on coverage, given size and place.

    Parameters
    ----------
    schools : DataFrame
        One row per school.
    unit, participants, covered, pupils : str
        Columns: pupils who took part at least once, pupils covered, all pupils of the grades in question.
    place : str, optional
        Column of the kind of place (any labels); None leaves place out.
    controls : sequence of str
        Further numeric columns held fixed.
    step : float
        Coverage difference to report the link for (0.1: ten percentage points).
    minimum_schools : int
        Fewer schools, or fewer than eight per coefficient, give a refusal.
    level : float
        Of the intervals.

    Returns
    -------
    ParticipationLink

    Raises
    ------
    ValueError
        If a school stands twice or a count does not fit its total.
    """
    raise NotImplementedError
