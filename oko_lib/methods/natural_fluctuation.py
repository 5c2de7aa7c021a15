"""What moves without anybody's doing: the common course of a region and the year-to-year fluctuation of its schools.

Both are estimated so that schools which truly change do not distort them: the course by medians, the fluctuation by
quantiles.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from .quantiles import normal_quantile
from .working_scale import difficulty_slope

#: Quantiles of |z| that ordinary schools must have. The middle one holds however many schools change; the outer one
#: answers for tails heavier than normal. The larger fluctuation of the two is taken.
_QUANTILES = (0.5, 0.9)
#: Every pair counts at least this part of the most telling one, so that a few large schools do not decide alone.
_LEAST_WEIGHT = 0.2
#: Relative efficiency of the median of |z|, and the most degrees of freedom granted to an estimate of fluctuation:
#: natural effects have heavier tails than normal, and more schools do not make them lighter.
_EFFICIENCY, _MOST_DF = 0.4, 30.0
_ROUNDS, _BISECTIONS = 60, 34


def weighted_quantile(values: ArrayLike, weight: ArrayLike, q: float) -> float:
    """Smallest value below or at which lies at least the share ``q`` of the weight."""
    values, weight = np.asarray(values, dtype=float), np.asarray(weight, dtype=float)
    order = np.argsort(values, kind="stable")
    cumulative = np.cumsum(weight[order])
    place = np.searchsorted(cumulative, q * cumulative[-1] * (1 - 1e-12))
    return float(values[order[min(place, len(values) - 1)]])


def natural_variance(deviation: ArrayLike, chance: ArrayLike, load: ArrayLike) -> float:
    """Fluctuation τ² of ordinary schools beyond chance, robust against those that truly change.

    Parameters
    ----------
    deviation : array_like
        Deviations from the common course.
    chance : array_like
        Their variances from the sampling of pupils alone.
    load : array_like
        How many times τ² enters each (2 for a difference of two years).

    Returns
    -------
    float
        The larger of the values that bring the weighted median of \\|z\\| to 0.6745 and its 90 % quantile to 1.645; 0
        when chance explains everything. A deviation weighs as much as it tells about τ²: τ²-part of its variance.
    """
    d = np.abs(np.asarray(deviation, dtype=float))
    chance, load = np.asarray(chance, dtype=float), np.asarray(load, dtype=float)
    typical = float(np.median(chance / load))
    weight = np.ones(len(d))
    tau2 = 0.0
    for _ in range(3):
        tau2 = max(_variance_at(d, chance, load, weight, q) for q in _QUANTILES)
        # Where nothing is seen yet, the weights are those of a fluctuation as small as a tenth of chance.
        supposed = load * max(tau2, 0.1 * typical)
        weight = supposed / (chance + supposed)
        weight = np.maximum(weight, _LEAST_WEIGHT * weight.max())
    return tau2


def _variance_at(d: NDArray, chance: NDArray, load: NDArray, weight: NDArray, q: float) -> float:
    """τ² at which the weighted q-quantile of \\|z\\| is that of the normal law."""
    expected = float(normal_quantile((1 + q) / 2))
    # A \|z\| is no longer above the normal one from this τ² on; so the quantile of these is the τ² looked for.
    enough = weighted_quantile(((d / expected) ** 2 - chance) / load, weight, q)
    if enough <= 0.0:
        return 0.0
    # Halving down to it keeps every digit of reports made when each step weighed all schools anew.
    low, high = 0.0, float(np.max(d**2 / load))
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        low, high = (middle, high) if middle < enough else (low, middle)
    return high


def reference_df(natural_part: ArrayLike, n_units: int) -> NDArray[np.float64]:
    """Degrees of freedom of Student's t for z whose variance is partly an estimated τ² (Satterthwaite).

    Parameters
    ----------
    natural_part : array_like
        Part of τ² in the variance, 0 to 1.
    n_units : int
        Schools that τ² was estimated from.

    Returns
    -------
    ndarray of float
        Infinite where chance explains everything.
    """
    known = min(_EFFICIENCY * max(n_units - 1, 1), _MOST_DF)
    part = np.asarray(natural_part, dtype=float)
    return np.divide(known, part**2, out=np.full(part.shape, np.inf), where=part > 1e-6)


def regional_course(
    difference: ArrayLike, first: ArrayLike, second: ArrayLike, slope: ArrayLike, sd: ArrayLike, n_years: int
) -> NDArray[np.float64]:
    """Common course of the region over the years, by weighted least absolute deviations.

    Parameters
    ----------
    difference : array_like
        Differences of the schools between two of their years, second minus first.
    first, second : array_like of int
        Positions of those years, 0 to ``n_years - 1``.
    slope : array_like
        How strongly each school follows the common course (1 at the regional level).
    sd : array_like
        Standard deviations of the differences.
    n_years : int
        Number of years.

    Returns
    -------
    ndarray of float
        Course of each year, 0 in the first. With neighbouring years only it is a chain of weighted medians; a year
        that no difference reaches takes the course of the year before it.
    """
    d, slope, sd = (np.asarray(values, dtype=float) for values in (difference, slope, sd))
    first, second = np.asarray(first, dtype=int), np.asarray(second, dtype=int)
    if not len(d) or n_years < 2:
        return np.zeros(n_years)
    steps = np.arange(1, n_years)
    # One unknown per step between neighbouring years; a pair with a gap crosses several of them.
    design = ((steps > first[:, None]) & (steps <= second[:, None])) * slope[:, None] / sd[:, None]
    target, weight = d / sd, np.ones(len(d))
    step = np.zeros(n_years - 1)
    for _ in range(_ROUNDS):
        root = np.sqrt(weight)
        new = np.linalg.lstsq(design * root[:, None], target * root, rcond=None)[0]
        settled = np.max(np.abs(new - step)) < 1e-7
        step = new
        if settled:
            break
        weight = 1 / np.maximum(np.abs(target - design @ step), 1e-4)
    return np.concatenate([[0.0], np.cumsum(step)])


@dataclass(frozen=True)
class RegionalMovement:
    """What moves in a region without anybody's doing, on the working scale.

    Parameters
    ----------
    course : Series
        Common course by year at the region's level, 0 in the first year, radians.
    tau2 : float
        Natural variance of one year of a school at the region's level.
    middle : float
        The region's level.
    slope : Series
        By school: how strongly its level lets it move, 1 at the region's level. The common course of a school is
        slope·course, its natural variance slope·tau2: half-way between a fluctuation of ability (slope²) and one that
        is the same at all levels.
    n_schools : int
        Schools with two years.
    """

    course: pd.Series
    tau2: float
    middle: float
    slope: pd.Series
    n_schools: int


def regional_movement(results: pd.DataFrame) -> RegionalMovement:
    """Common course and natural fluctuation from all neighbouring pairs of years of all schools.

    Parameters
    ----------
    results : DataFrame
        One row per school and year, sorted by them: ``unit``, ``year``, ``n``, ``y`` and ``v`` (see
        :func:`~oko_lib.methods.working_scale.arcsine_share`).

    Returns
    -------
    RegionalMovement
    """
    level = results.groupby("unit")["y"].mean()
    middle = float(np.average(results["y"], weights=results["n"]))
    slope = pd.Series(difficulty_slope(level) / difficulty_slope(middle), index=level.index)
    years = np.sort(results["year"].unique())
    earlier = results.groupby("unit")[["year", "y", "v"]].shift()
    paired = earlier["year"].notna().to_numpy()
    now, before = results[paired], earlier[paired]
    follows = slope.reindex(now["unit"]).to_numpy()
    d = now["y"].to_numpy() - before["y"].to_numpy()
    chance = now["v"].to_numpy() + before["v"].to_numpy()
    first, second = np.searchsorted(years, before["year"]), np.searchsorted(years, now["year"])
    tau2, course = 0.0, np.zeros(len(years))
    for _ in range(3 if len(d) else 0):  # the course needs weights, the fluctuation needs the course
        course = regional_course(d, first, second, follows, np.sqrt(chance + 2 * follows * tau2), len(years))
        tau2 = natural_variance(d - follows * (course[second] - course[first]), chance, 2 * follows)
    return RegionalMovement(pd.Series(course, index=years), tau2, middle, slope, now["unit"].nunique())
