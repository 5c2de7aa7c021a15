"""Has a number (of participants, of prizes) grown over the years, or does it only vary from school to school?

«Positive dynamics of the number» by the letter is any rise; of two equal years one is larger by chance nearly every
time. The reliable state asks whether the ratio of the years could be 1, with schools as the units that vary: a lucky
class or a teacher brings several children at once.
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from .change import ChangeState
from .result import Estimate


@dataclass(frozen=True)
class CountChange:
    """Change of a count of a set of schools between two years.

    Parameters
    ----------
    before, after : int
        Totals of the two years (facts, given whenever there are data).
    exposure_before, exposure_after : float or None
        Totals of what the counts are related to, for example pupils; None when the counts are compared as they are.
    formal : ChangeState or None
        By the letter: growth for any rise (of the count, of the rate with exposure), ``indistinct`` when equal.
    ratio : Estimate
        After over before (of rates with exposure), with interval; ``n`` is the total of both years. The upper bound is
        infinite when nothing was counted before.
    state : ChangeState or None
        Reliable state: growth or decline when the interval leaves 1 out; None when refused.
    design_effect : float or None
        How many times wider the variance is than that of independent single events; 1 or more.
    n_schools : int
        Schools with anything counted in either year.
    n_left_out : int
        Schools lacking one of the two years: not compared.
    """

    before: int
    after: int
    exposure_before: float | None
    exposure_after: float | None
    formal: ChangeState | None
    ratio: Estimate
    state: ChangeState | None
    design_effect: float | None
    n_schools: int
    n_left_out: int


def count_change(
    counts: pd.DataFrame,
    *,
    before: str = "before",
    after: str = "after",
    exposure_before: str | None = None,
    exposure_after: str | None = None,
    minimum_total: int = 20,
    minimum_schools: int = 5,
    level: float = 0.95,
) -> CountChange:
    """Formal and reliable change of a count.

    Parameters
    ----------
    counts : DataFrame
        One row per school with the counts of both years; a school that truly sent nobody has 0, one whose data are
        lacking has a missing value and is left out of both years.
    before, after : str
        Columns of the counts.
    exposure_before, exposure_after : str, optional
        Columns of the exposures (pupils of the grades in question); both or none.
    minimum_total : int
        Fewest events of both years together.
    minimum_schools : int
        Fewest schools with anything counted: fewer cannot show how schools vary.
    level : float
        Of the interval.

    Returns
    -------
    CountChange

    Raises
    ------
    ValueError
        For negative counts, or exposures that are not positive where something was counted.
    """
    raise NotImplementedError
