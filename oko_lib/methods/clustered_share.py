"""Share of a set of schools together, by year, with intervals that know that pupils of one school resemble each other.

The set is one share over all its pupils; uncertainty comes from schools, by leaving each out in turn, as in
:mod:`~oko_lib.methods.control_group` (which compares two groups of schools within a year; here the same schools are
followed over years).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from .proportions import require_counts, wilson_bounds
from .quantiles import normal_quantile, student_quantile
from .result import Estimate, Interval, Refusal, RefusalReason


@dataclass(frozen=True)
class ClusteredShares:
    """Shares of a set of schools.

    Parameters
    ----------
    change : Estimate
        Last year minus the year before it in the data; ``n`` counts pupils of both years.
    years : tuple of int
    n_schools : int
        Schools with data in either of the two years of the change.
    successes, pupils : ndarray
        Counts, schools × years; a school without pupils in a year has 0.
    minimum_schools : int
        Fewest schools for an interval.
    level : float
        Of the intervals.
    """

    change: Estimate
    years: tuple[int, ...]
    n_schools: int
    successes: NDArray[np.float64] = field(repr=False, compare=False)
    pupils: NDArray[np.float64] = field(repr=False, compare=False)
    minimum_schools: int
    level: float

    @cached_property
    def by_year(self) -> pd.DataFrame:
        """Index year: ``n_schools``, ``n``, ``n_success``, ``share``, ``low``, ``high``; no interval with too few."""
        rows = [
            _one_year(self.successes[:, place], self.pupils[:, place], self.minimum_schools, self.level)
            for place in range(len(self.years))
        ]
        columns = ["n_schools", "n", "n_success", "share", "low", "high"]
        return pd.DataFrame(rows, columns=columns, index=pd.Index(self.years, name="year"))

    def share(self, year: int) -> float | None:
        """Return the share of a year; None without data of it."""
        if year not in self.years:
            return None
        place = self.years.index(year)
        return float(self.successes[:, place].sum() / self.pupils[:, place].sum())


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
    found = several_clustered_shares(
        counts, [successes], unit=unit, year=year, total=total, minimum_schools=minimum_schools, level=level
    )
    return found[successes]


def several_clustered_shares(
    counts: pd.DataFrame,
    successes: Sequence[str],
    *,
    unit: str = "school",
    year: str = "year",
    total: str = "n",
    minimum_schools: int = 5,
    level: float = 0.95,
) -> dict[str, ClusteredShares]:
    """Return :func:`clustered_shares` of each column of `successes`, by its name."""
    school, schools = pd.factorize(counts[unit], sort=True)
    column, years = pd.factorize(counts[year], sort=True)
    shape = len(schools), len(years)
    placed, place = (school >= 0) & (column >= 0), school * len(years) + column
    pupils = _floats(counts[total])

    def one(name: str) -> ClusteredShares:
        hits = _floats(counts[name])
        known = placed & np.isfinite(hits) & np.isfinite(pupils)
        require_counts(hits[known], pupils[known])
        x, n = (np.bincount(place[known], each[known], shape[0] * shape[1]).reshape(shape) for each in (hits, pupils))
        there, held = n.any(axis=1), n.any(axis=0)
        own_years = tuple(int(value) for value in years[held])
        return _clustered(x[there][:, held], n[there][:, held], own_years, max(minimum_schools, 2), level)

    return {name: one(name) for name in successes}


def _floats(values: pd.Series) -> NDArray[np.float64]:
    return values.to_numpy(float, na_value=np.nan)


def _clustered(x: NDArray, n: NDArray, years: tuple[int, ...], needed: int, level: float) -> ClusteredShares:
    if len(years) < 2:
        change = Estimate(None, None, int(n.sum()), refusal=Refusal(RefusalReason.NO_DATA, len(years), 2))
        return ClusteredShares(change, years, len(n), x, n, needed, level)
    taking_part = n[:, -2:].any(axis=1)
    change = _change(x[taking_part, -2:], n[taking_part, -2:], needed, level)
    return ClusteredShares(change, years, int(taking_part.sum()), x, n, needed, level)


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
    require_counts(x, n)
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
