"""How much would schools chosen for a low result have recovered by themselves?

A school gets on a list in the year when its result is lowest, partly by bad luck; next year the luck is ordinary and
the result goes up although nothing was done. That part must be taken off before a programme is credited with it.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from .proportions import wilson_bounds
from .result import Estimate, Interval, Refusal, RefusalReason
from .shrinkage import shrink_means


@dataclass(frozen=True)
class RegressionToMean:
    """Change of chosen schools, taken apart. Every school counts once, whatever its size.

    Parameters
    ----------
    observed : Estimate
        Mean change of the share over the chosen schools, with an interval by schools.
    expected : Estimate
        Mean change that schools with such results make without being chosen: return to the middle and the common
        course of the region.
    beyond : Estimate
        Observed minus expected; an interval that holds 0 says that nothing more than the return is seen.
    reliability : Estimate
        How much of a deviation of a school of usual size from the region's middle is left in the later year; 1 means
        no return, 0 a complete one.
    units : DataFrame
        Chosen schools with both years, indexed by school: ``n_base``, ``n_later``, ``share_base``, ``share_later``,
        ``change``, ``expected_change``, ``beyond``, ``beyond_low``, ``beyond_high`` (for the single school).
    n_chosen, n_rest : int
        Schools with both years.
    refusal : Refusal or None
    """

    observed: Estimate
    expected: Estimate
    beyond: Estimate
    reliability: Estimate
    units: pd.DataFrame
    n_chosen: int
    n_rest: int
    refusal: Refusal | None = None


def regression_to_mean(
    counts: pd.DataFrame,
    chosen: Collection[Hashable],
    base_year: int,
    later_year: int,
    *,
    unit: str = "school",
    year: str = "year",
    successes: str = "n_success",
    total: str = "n",
    minimum_n: int = 10,
    minimum_chosen: int = 5,
    minimum_schools: int = 20,
    level: float = 0.95,
    beside: pd.Series | None = None,
) -> RegressionToMean:
    """Take the return to the mean off the change of schools chosen by their result in the base year.

    Parameters
    ----------
    counts : DataFrame
        One row per school and year of one procedure, all schools of the region.
    chosen : collection
        Schools chosen because of the base year (names not in the data are passed over).
    base_year, later_year : int
    unit, year, successes, total : str
        Columns.
    minimum_n : int
        Fewest pupils of a school in either year.
    minimum_chosen, minimum_schools : int
        Fewest chosen schools and fewest schools in all, with both years.
    level : float
        Of the intervals.
    beside : Series, optional
        By school, what else was known of its level up to the base year, for example its mean result over other
        procedures and earlier years. Needed when schools were chosen by more than this procedure and year: a school
        that is low everywhere returns to its own low level, not to the region's middle. Schools without it are left
        out.

    Returns
    -------
    RegressionToMean
        The base result is first shrunk for its size, x = λ(p_base - μ) with λ = T / (T + p(1-p)/n); then
        p_later = a + r·x + δ·chosen over all schools. Without choosing, a school is expected at a + r·x; δ is what is
        beyond. With `beside` the same with one more term; reliability is that of the fit without it. Standard errors
        HC3, Student's t with one degree less than the smaller group.

    Raises
    ------
    ValueError
        For a school and year given twice, or counts outside 0..n.

    Notes
    -----
    Valid when schools were chosen by the base result and by what `beside` tells of. If the chosen differ from the
    rest in another way that changes their course, δ holds that as well: it is not proof of a programme's effect.

    References
    ----------
    Galton F. (1886) J. Anthropological Institute 15:246-263; Barnett A. G., van der Pols J. C., Dobson A. J. (2005)
    International J. of Epidemiology 34:215-220 (analysis of covariance); MacKinnon J. G., White H. (1985) J. of
    Econometrics 29:305-325 (HC3).
    """
    both = _both_years(counts, base_year, later_year, unit, year, successes, total, minimum_n)
    if beside is not None:
        level_beside = beside.reindex(both.index).astype(float)
        both = both[level_beside.notna()]
    picked = both.index.isin(list(chosen))
    n_chosen, n_rest = int(picked.sum()), int((~picked).sum())
    refusal = None
    if n_chosen < max(minimum_chosen, 2):
        reason = RefusalReason.TOO_FEW if n_chosen else RefusalReason.NO_DATA
        refusal = Refusal(reason, n_chosen, max(minimum_chosen, 2))
    elif len(both) < minimum_schools or n_rest < max(minimum_chosen, 4):
        refusal = Refusal(RefusalReason.TOO_FEW, len(both), max(minimum_schools, n_chosen + max(minimum_chosen, 4)))
    units = both[picked].copy()
    units["change"] = units["share_later"] - units["share_base"]
    if refusal is None:
        shrunk = _shrunk_base(both)
        if shrunk is None or np.ptp(shrunk[~picked]) == 0:
            refusal = Refusal(RefusalReason.NO_VARIATION, len(both))
    if refusal is not None:
        units = units.reindex(columns=[*units.columns, "expected_change", "beyond", "beyond_low", "beyond_high"])
        nothing = [Estimate(None, None, n_chosen, refusal=refusal) for _ in range(4)]
        return RegressionToMean(*nothing, units, n_chosen, n_rest, refusal)
    later = both["share_later"].to_numpy()
    plain = _hc3(np.column_stack([np.ones(len(both)), shrunk, picked]), later)
    known = [np.ones(len(both)), shrunk]
    if beside is not None:
        known.append((beside.reindex(both.index) - beside.reindex(both.index).mean()).to_numpy(dtype=float))
    design = np.column_stack([*known, picked])
    fit = _hc3(design, later)
    beta, covariance = fit.beta, fit.covariance
    t = float(stats.t.ppf((1 + level) / 2, min(n_chosen, n_rest) - 1))

    def estimate(value: float, variance: float, n: int) -> Estimate:
        reach = t * np.sqrt(variance)
        return Estimate(float(value), Interval(float(value - reach), float(value + reach), level), n)

    # What the chosen would be expected at, were they not chosen.
    unchosen = np.where(np.arange(design.shape[1]) == design.shape[1] - 1, 0.0, design[picked])
    row = unchosen.mean(axis=0)
    base = units["share_base"].mean()
    # A typical school keeps r·λ of its plain deviation; λ is what shrinking left of the spread of plain results.
    kept = float(np.polyfit(both["share_base"], shrunk, 1)[0])
    expected = unchosen @ beta - units["share_base"]
    units["expected_change"] = expected
    units["beyond"] = units["change"] - expected
    reach = stats.t.ppf((1 + level) / 2, n_rest - 2) * _single_sd(both, fit.residual, picked)
    units["beyond_low"], units["beyond_high"] = units["beyond"] - reach, units["beyond"] + reach
    return RegressionToMean(
        estimate(units["change"].mean(), units["change"].var() / n_chosen, n_chosen),
        estimate(row @ beta - base, row @ covariance @ row, n_chosen),
        estimate(beta[-1], covariance[-1, -1], n_chosen),
        estimate(plain.beta[1] * kept, plain.covariance[1, 1] * kept**2, len(both)),
        units,
        n_chosen,
        n_rest,
    )


@dataclass(frozen=True)
class _Fit:
    """Least squares with standard errors robust to unequal variances."""

    beta: NDArray[np.float64]
    covariance: NDArray[np.float64]
    residual: NDArray[np.float64]


def _hc3(design: NDArray[np.float64], y: NDArray[np.float64]) -> _Fit:
    inverse = np.linalg.pinv(design.T @ design)
    beta = inverse @ design.T @ y
    residual = y - design @ beta
    leverage = np.einsum("ij,jk,ik->i", design, inverse, design)
    spread = residual / np.maximum(1 - leverage, 1e-6)
    return _Fit(beta, inverse @ (design * spread[:, None] ** 2).T @ design @ inverse, residual)


def _both_years(
    counts: pd.DataFrame, base: int, later: int, unit: str, year: str, successes: str, total: str, minimum_n: int
) -> pd.DataFrame:
    """Schools with enough pupils in both years, indexed by school."""
    known = counts[[unit, year, successes, total]].dropna()
    wilson_bounds(known[successes], known[total])  # refuses impossible counts
    known = known[(known[total] >= max(minimum_n, 1)) & known[year].isin([base, later])]
    if known.duplicated([unit, year]).any():
        raise ValueError("a unit has more than one row for a year")
    parts = []
    for name, which in (("base", base), ("later", later)):
        part = known[known[year] == which].set_index(unit)
        parts.append(part[total].astype(float).rename(f"n_{name}"))
        parts.append((part[successes] / part[total]).astype(float).rename(f"share_{name}"))
    both = pd.concat(parts, axis=1).dropna().sort_index()
    both.index.name = unit
    return both[["n_base", "n_later", "share_base", "share_later"]].astype({"n_base": int, "n_later": int})


def _shrunk_base(both: pd.DataFrame) -> np.ndarray | None:
    """Base results drawn to the region's middle by their size, as deviations; None when nothing varies."""
    share, n = both["share_base"].to_numpy(), both["n_base"].to_numpy(dtype=float)
    pooled = float((share * n).sum() / n.sum())
    if not 0 < pooled < 1:
        return None
    found = shrink_means(share, n, np.sqrt(pooled * (1 - pooled)), minimum_units=4)
    if not found.spread:
        return None
    return found.units["weight"].to_numpy() * (share - found.centre)


def _single_sd(both: pd.DataFrame, residual: np.ndarray, picked: np.ndarray) -> np.ndarray:
    """Standard deviation of a chosen school's result around its expectation: natural spread and its own pupils."""
    pooled = float((both["share_later"] * both["n_later"]).sum() / both["n_later"].sum())
    chance = pooled * (1 - pooled) / both["n_later"].to_numpy(dtype=float)
    natural = max(float(np.mean(residual[~picked] ** 2) - chance[~picked].mean()), 0.0)
    return np.sqrt(natural + chance[picked])
