"""In which subjects a school stands out: school × subject, with small numbers drawn in and chance kept out.

Columns of ``entries`` (one row per child and subject): ``school``, ``subject``, further ``cells`` within which children
are compared (year, grade), ``person`` (may be missing), ``value``: a score (any scale, compared within cells) or a
success (bool: winner or prize-winner).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import pandas as pd

from .result import Refusal


class StrengthState(StrEnum):
    """Where a school's subject stands."""

    ABOVE = "above"
    BELOW = "below"
    INDISTINCT = "indistinct"


@dataclass(frozen=True)
class StrengthMap:
    """Schools × subjects.

    Parameters
    ----------
    units : DataFrame
        One row per school × subject, sorted: unit, subject, ``n`` (entries), ``value`` (success: share; score: mean in
        standard deviations of the children of a cell), ``expected`` (the region's share or mean of the same cells),
        ``gap`` = value - expected; ``shrunk``, ``low``, ``high`` (empirical Bayes estimate of the true gap and its
        interval); ``level_state`` (is the level above or below that of the region: interval leaves 0 out);
        ``p_value`` (two-sided, against the natural spread of schools in the subject), ``q_value`` (over all cells of
        the map), ``state`` (does it stand out even among naturally differing schools; missing when refused);
        ``refusal`` (RefusalReason value).
    subjects : DataFrame
        One row per subject: ``n_schools`` judged, ``n``, ``natural_sd`` (spread of schools beyond chance, in the unit
        of the gap), ``refusal`` (Refusal or None: too few schools to tell the spread).
    kind : str
        ``"share"`` or ``"score"``.
    n_tests, n_found : int
        Cells judged and called.
    alpha, level : float
    refusal : Refusal or None
        Nothing could be judged in any subject.
    """

    units: pd.DataFrame
    subjects: pd.DataFrame
    kind: str
    n_tests: int
    n_found: int
    alpha: float
    level: float
    refusal: Refusal | None = None


def strength_map(
    entries: pd.DataFrame,
    *,
    value: str,
    unit: str = "school",
    subject: str = "subject",
    cells: Sequence[str] = ("year", "grade"),
    person: str | None = None,
    minimum_n: int = 10,
    minimum_units: int = 20,
    alpha: float = 0.05,
    level: float = 0.95,
) -> StrengthMap:
    """Strengths of schools by subject.

    Parameters
    ----------
    entries : DataFrame
        See the module. Rows without a value are left out.
    value : str
        Column: boolean for success shares, numeric for scores.
    unit, subject : str
    cells : sequence of str
        Columns besides the subject within which children are compared.
    person : str, optional
        Column; a child that took part several times counts for less than as many children.
    minimum_n : int
        Fewest entries of a school in a subject.
    minimum_units : int
        Fewest schools with so many, for a subject to be judged.
    alpha : float
        False-discovery rate over all cells of the map.
    level : float
        Of the empirical-Bayes intervals.

    Returns
    -------
    StrengthMap
    """
    raise NotImplementedError
