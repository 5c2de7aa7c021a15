"""Resilient schools: difficult context, results above what it makes one expect, in two consecutive years.

One good year is often chance: a cohort of twenty pupils, or a year in which a school does better for no lasting reason.
So three things are asked: the school is in the lowest third by context in both years; the lower bound of its own
residual is above zero in both years (sampling of pupils); and the mean of the two residuals is above zero beyond the
natural movement of schools from year to year, which is estimated from all schools.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from .context_regression import ContextFit, between_variance
from .result import Refusal, RefusalReason

SCHOOLS_FOR_FLUCTUATION = 30
"""Fewer schools seen in both years do not tell how much schools move from year to year."""

COLUMNS = (
    *("n_before", "n_after", "low_context_before", "low_context_after"),
    *("residual_before", "residual_low_before", "residual_after", "residual_low_after"),
    *("two_year_residual", "two_year_low", "two_year_high", "resilient", "refusal"),
)


@dataclass(frozen=True)
class Resilience:
    """Resilient schools of two consecutive years.

    Parameters
    ----------
    schools : DataFrame
        One row per school of either year, sorted by unit. For each year (``_before``, ``_after``) ``n`` pupils,
        ``low_context`` (nullable boolean), ``residual`` and ``residual_low``; the mean residual of the two years with
        its interval (``two_year_residual``, ``two_year_low``, ``two_year_high``); ``resilient`` (nullable boolean,
        missing where the method does not answer) and ``refusal`` (Refusal or None).
    year : int
        The second of the two years.
    fluctuation : float or None
        Standard deviation of a school's movement around its lasting level in one year, sampling of pupils taken out.
    n_schools : int
        Schools with an answer.
    n_low_context : int
        Of them in the lowest third in both years.
    n_resilient : int
    expected_by_chance : float or None
        How many would be called resilient had no school a lasting deviation (pupils and yearly movement only).
    p_value : float or None
        Chance of at least ``n_resilient`` such schools then.
    level : float or None
        Of the intervals.
    refusal : Refusal or None
    """

    schools: pd.DataFrame
    year: int
    fluctuation: float | None
    n_schools: int
    n_low_context: int
    n_resilient: int
    expected_by_chance: float | None
    p_value: float | None
    level: float | None
    refusal: Refusal | None = None


def lowest_part(values: ArrayLike, part: Fraction = Fraction(1, 3)) -> NDArray[np.bool_]:
    """Which values are in the lowest part, exactly.

    Parameters
    ----------
    values : array_like
        Missing values are not counted and never low.
    part : Fraction
        Size of the part.

    Returns
    -------
    ndarray of bool
        True where the values as low as this one or lower make up at most ``part`` of all: exactly a third counts, and
        equal values are treated alike (a tie that would overflow the part stays outside). Values that differ by
        rounding only (1e-9) are equal.
    """
    x = np.round(np.asarray(values, dtype=float), 9)
    known = np.isfinite(x)
    as_low = np.searchsorted(np.sort(x[known]), x, side="right")
    return known & (as_low * part.denominator <= int(known.sum()) * part.numerator)


def resilient_schools(
    fits: Mapping[int, ContextFit],
    year: int,
    *,
    unit: str = "school",
    index: pd.DataFrame | None = None,
    index_value: str = "index",
    index_year: str = "year",
    part: Fraction = Fraction(1, 3),
    minimum_pupils: int = 10,
) -> Resilience:
    """Schools of difficult context with results above the expected in ``year`` and the year before it.

    Parameters
    ----------
    fits : mapping of int to ContextFit
        Links of results with context by year (see ``expected_results``).
    year : int
        The second of the two years.
    unit : str
        Column of the school.
    index : DataFrame, optional
        Index of context with columns ``unit``, ``index_year`` and ``index_value`` (high is favourable). By default
        context is what it predicts of the result (``predicted``).
    index_value, index_year : str
        Columns of ``index``.
    part : Fraction
        What part of the schools with context counts as difficult, by year; see ``lowest_part`` for the edges.
    minimum_pupils : int
        A school of difficult context with fewer pupils in either year gets a refusal.

    Returns
    -------
    Resilience
        Intervals have the level of the fits. A lower bound of exactly zero is not above zero. A refusal of the whole
        where either year has no fit, or fewer than 30 schools are in both.

    Raises
    ------
    ValueError
        If the fits of the two years differ in level.

    Notes
    -----
    The movement between years has variance ω² per year: half the residual variance of the differences between years
    (restricted maximum likelihood). Without the third condition schools that merely fluctuate would be called
    resilient: at τ = 0.3 and 100 pupils, 7 % of those of difficult context.

    References
    ----------
    Agasisti T. et al. (2018) OECD Education Working Papers 167 (resilience as results against context); Пинская М. А. и
    др. (2018) Вопросы образования 2:198-227 (such schools in Russia). The rule itself, two years and bounds, is ours.
    """
    pair = [fits.get(year - 1), fits.get(year)]
    known = [fit for fit in pair if fit is not None]
    level = known[-1].level if known else None
    if len(known) < 2:
        return _refused(unit, year, level, Refusal(RefusalReason.NO_DATA, len(known), 2))
    for fit in known:
        if fit.refusal is not None:
            return _refused(unit, year, level, fit.refusal)
    if known[0].level != level:
        raise ValueError("the fits of the two years differ in level")
    frames = [
        _one_year(fit, unit, _context(fit, unit, index, index_year, index_value, when), part)
        for fit, when in zip(pair, (year - 1, year), strict=True)
    ]
    both = frames[0].add_suffix("_before").join(frames[1].add_suffix("_after"), how="outer").sort_index()
    seen = both[["residual_before", "residual_after"]].notna().all(axis=1)
    if seen.sum() < SCHOOLS_FOR_FLUCTUATION:
        return _refused(unit, year, level, Refusal(RefusalReason.TOO_FEW, int(seen.sum()), SCHOOLS_FOR_FLUCTUATION))
    omega2 = _fluctuation(both[seen])
    z = float(stats.norm.ppf((1 + level) / 2))
    sampling = both["residual_error_before"] ** 2 + both["residual_error_after"] ** 2
    both["two_year_residual"] = (both["residual_before"] + both["residual_after"]) / 2
    reach = z * np.sqrt(sampling / 4 + omega2 / 2)
    both["two_year_low"] = both["two_year_residual"] - reach
    both["two_year_high"] = both["two_year_residual"] + reach
    low = (both["low_context_before"] & both["low_context_after"]).fillna(False).astype(bool)
    both["refusal"] = _refusals(both, seen, low, minimum_pupils)
    answered = both["refusal"].isna()
    above = (both[["residual_low_before", "residual_low_after", "two_year_low"]] > 0).all(axis=1)
    both["resilient"] = (low & above).astype("boolean").where(answered)
    judged = both[low & answered]
    chance = _chance(judged, omega2, z)
    found = int(both["resilient"].sum())
    return Resilience(
        schools=both.rename_axis(unit).reset_index()[[unit, *COLUMNS]],
        year=year,
        fluctuation=float(np.sqrt(omega2)),
        n_schools=int(answered.sum()),
        n_low_context=len(judged),
        n_resilient=found,
        expected_by_chance=float(chance.sum()),
        p_value=_at_least(found, chance),
        level=level,
    )


def _context(
    fit: ContextFit, unit: str, index: pd.DataFrame | None, index_year: str, index_value: str, year: int
) -> pd.Series:
    """Context of the schools of one year, high is favourable."""
    if index is None:
        return fit.schools.set_index(unit)["predicted"]
    return index[index[index_year] == year].set_index(unit)[index_value].dropna().astype(float)


def _one_year(fit: ContextFit, unit: str, context: pd.Series, part: Fraction) -> pd.DataFrame:
    schools = fit.schools.set_index(unit)[["n", "residual", "residual_low", "residual_error"]].astype(float)
    low = pd.Series(lowest_part(context, part), index=context.index, dtype="boolean")
    return schools.join(low.rename("low_context"), how="outer")


def _fluctuation(both: pd.DataFrame) -> float:
    """Variance of a school's yearly movement: half the excess variance of the differences."""
    difference = (both["residual_after"] - both["residual_before"]).to_numpy()
    sampling = (both["residual_error_before"] ** 2 + both["residual_error_after"] ** 2).to_numpy()
    return between_variance(difference, sampling, np.ones((len(both), 1))) / 2


def _refusals(both: pd.DataFrame, seen: pd.Series, low: pd.Series, minimum_pupils: int) -> pd.Series:
    """Why a school has no answer; a school known not to be of difficult context needs no pupils to be answered."""
    years = both[["residual_before", "residual_after"]].notna().sum(axis=1)
    context = both[["low_context_before", "low_context_after"]].notna().sum(axis=1)
    pupils = both[["n_before", "n_after"]].min(axis=1, skipna=False).fillna(0)
    refusals = [
        Refusal(RefusalReason.NO_DATA, int(min(known, placed)), 2)
        if not has_residuals or placed < 2
        else Refusal(RefusalReason.TOO_FEW, int(count), minimum_pupils)
        if difficult and count < minimum_pupils
        else None
        for known, placed, has_residuals, difficult, count in zip(years, context, seen, low, pupils, strict=True)
    ]
    return pd.Series(refusals, index=both.index, dtype=object)


def _chance(judged: pd.DataFrame, omega2: float, z: float) -> NDArray[np.float64]:
    """Probability that each school passes the bounds with a lasting deviation of zero, by quadrature."""
    error = judged[["residual_error_before", "residual_error_after"]].to_numpy()
    spread = np.sqrt(error**2 + omega2)
    bound = judged[["residual_before", "residual_after"]].to_numpy()
    bound = bound - judged[["residual_low_before", "residual_low_after"]].to_numpy()
    of_two = z * np.sqrt((error**2).sum(axis=1) / 4 + omega2 / 2)
    start, stop = stats.norm.cdf(bound[:, 0] / spread[:, 0]), 1.0
    nodes, weights = np.polynomial.legendre.leggauss(64)
    # Over the probability scale of the first year's residual: every node carries the same kind of mass.
    at = start[:, None] + (stop - start)[:, None] * (nodes + 1) / 2
    first = spread[:, :1] * stats.norm.ppf(at)
    second = np.maximum(bound[:, 1:], 2 * of_two[:, None] - first)
    return (stop - start) / 2 * (weights * stats.norm.sf(second / spread[:, 1:])).sum(axis=1)


def _at_least(found: int, chance: NDArray) -> float:
    """Tail of a sum of independent unequal trials (Poisson-binomial)."""
    if found == 0 or len(chance) == 0:
        return 1.0
    distribution = np.ones(1)
    for p in chance:
        distribution = np.convolve(distribution, [1 - p, p])
    return float(min(1.0, distribution[found:].sum()))


def _refused(unit: str, year: int, level: float | None, refusal: Refusal) -> Resilience:
    return Resilience(pd.DataFrame(columns=[unit, *COLUMNS]), year, None, 0, 0, 0, None, None, level, refusal)
