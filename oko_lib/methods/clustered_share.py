"""Share of a set of schools together, by year, with intervals that know that pupils of one school resemble each other.

The set is one share over all its pupils; uncertainty comes from schools, by leaving each out in turn, as in
:mod:`~oko_lib.methods.control_group` (which compares two groups of schools within a year; here the same schools are
followed over years).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from .proportions import wilson_bounds
from .quantiles import normal_quantile, student_quantile
from .result import Estimate, Interval, Refusal, RefusalReason


@dataclass(frozen=True)
class ClusteredShares:
    """Shares of a set of schools.

    Parameters
    ----------
    by_year : DataFrame
        Index year: ``n_schools``, ``n``, ``n_success``, ``share``, ``low``, ``high``; no interval with too few schools.
    change : Estimate
        Last year minus the year before it in the data; ``n`` counts pupils of both years.
    years : tuple of int
    n_schools : int
        Schools with data in either of the two years of the change.
    """

    by_year: pd.DataFrame
    change: Estimate
    years: tuple[int, ...]
    n_schools: int


def clustered_shares(
    counts: pd.DataFrame,
    *,
    unit: str = "school",
    year: str = "year",
    successes: str = "n_success",
    total: str = "n",
    minimum_schools: int = 5,
    level: float = 0.95,
) -> ClusteredShares:
    """Pooled share by year and its last change, clustered by school.

    Parameters
    ----------
    counts : DataFrame
        Rows of the schools of the set (several rows of a school and year, for example procedures, are put together).
    unit, year, successes, total : str
        Columns.
    minimum_schools : int
        Fewest schools for an interval.
    level : float
        Of the intervals.

    Returns
    -------
    ClusteredShares
        Variance by jackknife over schools, never below that of independent pupils; Student's t with the effective
        number of schools (Σn)²/Σn² less one. Intervals of shares are Wilson's with the effective number of pupils; the
        change leaves each school out of both years at once.

    Raises
    ------
    ValueError
        For counts outside 0..n.

    References
    ----------
    Korn E. L., Graubard B. I. (1998) Survey Methodology 24:193-201 (effective sample size); Efron B., Stein C. (1981)
    Annals of Statistics 9:586-596 (jackknife variance).
    """
    known = counts[[unit, year, successes, total]].dropna()
    wilson_bounds(known[successes], known[total])  # refuses impossible counts
    known = known[known[total] > 0]
    x, n, years = _by_school_and_year(known, unit, year, successes, total)
    needed = max(minimum_schools, 2)
    rows = [_one_year(x[:, place], n[:, place], needed, level) for place in range(len(years))]
    columns = ["n_schools", "n", "n_success", "share", "low", "high"]
    by_year = pd.DataFrame(rows, columns=columns, index=pd.Index(years, name=year))
    if len(years) < 2:
        refusal = Refusal(RefusalReason.NO_DATA, len(years), 2)
        return ClusteredShares(by_year, Estimate(None, None, int(by_year["n"].sum()), refusal=refusal), years, len(n))
    taking_part = n[:, -2:].sum(axis=1) > 0
    hits, pupils = x[taking_part, -2:], n[taking_part, -2:]
    return ClusteredShares(by_year, _change(hits, pupils, needed, level), years, len(pupils))


def _by_school_and_year(
    known: pd.DataFrame, unit: str, year: str, successes: str, total: str
) -> tuple[NDArray[np.float64], NDArray[np.float64], tuple[int, ...]]:
    """Sums of successes and of pupils, schools × years, in order of both; a school without pupils in a year has 0."""
    school, schools = pd.factorize(known[unit], sort=True)
    column, years = pd.factorize(known[year], sort=True)
    size = len(schools) * len(years)
    x, n = (
        np.bincount(school * len(years) + column, known[name].to_numpy(float), size).reshape(len(schools), len(years))
        for name in (successes, total)
    )
    return x, n, tuple(int(value) for value in years)


def clustered_share(
    successes: ArrayLike, total: ArrayLike, *, minimum_schools: int = 5, level: float = 0.95
) -> Estimate:
    """Return one pooled share, as :func:`clustered_shares` does for a year, from counts of one row per school.

    Parameters
    ----------
    successes, total : array_like
        Counts of every school; schools without pupils do not count.
    minimum_schools : int
        Fewest schools for an interval.
    level : float

    Returns
    -------
    Estimate
        Without an interval when the schools are too few, refused when there is nobody.

    Raises
    ------
    ValueError
        For counts outside 0..n.
    """
    x, n = (np.asarray(values, dtype=float) for values in (successes, total))
    wilson_bounds(x, n)  # refuses impossible counts
    if not n.sum():
        return Estimate(None, None, 0, refusal=Refusal(RefusalReason.NO_DATA))
    _, pupils, hits, share, low, high = _one_year(x, n, max(minimum_schools, 2), level)
    interval = None if np.isnan(low) else Interval(low, high, level)
    return Estimate(float(share), interval, pupils, float(hits), float(pupils))


def _one_year(x: NDArray, n: NDArray, needed: int, level: float) -> tuple:
    x, n = x[n > 0], n[n > 0]
    pupils, hits = n.sum(), x.sum()
    share = hits / pupils
    low = high = np.nan
    if len(n) >= needed:
        variance = _jackknife((hits - x) / (pupils - n))
        chance = share * (1 - share) / pupils
        design_effect = max(variance / chance, 1.0) if chance > 0 else 1.0
        # Student's reach instead of the normal one is bought with fewer effective pupils.
        effective = pupils / design_effect * (normal_quantile((1 + level) / 2) / _reach(n, level)) ** 2
        low, high = (float(bound) for bound in wilson_bounds(share * effective, effective, level))
    return len(n), int(pupils), int(hits), share, low, high


def _change(x: NDArray, n: NDArray, needed: int, level: float) -> Estimate:
    pupils, hits = n.sum(axis=0), x.sum(axis=0)
    share = hits / pupils
    change = float(share[1] - share[0])
    total = int(n.sum())
    taking_part = int((n > 0).sum(axis=0).min())
    if taking_part < needed:
        return Estimate(None, None, total, refusal=Refusal(RefusalReason.TOO_FEW, taking_part, needed))
    without = (hits - x) / (pupils - n)
    # Anscombe-like smoothing keeps the chance of an even share above zero.
    smooth = (hits + 0.5) / (pupils + 1)
    chance = float((smooth * (1 - smooth) / pupils).sum())
    reach = _reach(n.sum(axis=1), level) * np.sqrt(max(_jackknife(without[:, 1] - without[:, 0]), chance))
    return Estimate(change, Interval(max(change - reach, -1.0), min(change + reach, 1.0), level), total)


def _jackknife(without: NDArray) -> float:
    count = len(without)
    return float((count - 1) / count * ((without - without.mean()) ** 2).sum())


def _reach(n: NDArray, level: float) -> float:
    """Student's quantile for the effective number of schools."""
    effective = n.sum() ** 2 / (n**2).sum()
    return float(student_quantile((1 + level) / 2, max(effective - 1, 1.0)))
