"""Do different procedures and years say the same of a school?"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from .result import Estimate, Interval, Refusal, RefusalReason


@dataclass(frozen=True)
class Consistency:
    """Relation of two sets of school means.

    Parameters
    ----------
    correlation : Estimate
        Pearson correlation of the means with Fisher's interval; ``n`` counts schools.
    disattenuated : Estimate
        The same freed of the noise of small schools, when reliabilities were given; cut to -1..1.
    """

    correlation: Estimate
    disattenuated: Estimate


@dataclass(frozen=True)
class DirectionProfile:
    """How many procedures of a school point the same way.

    Parameters
    ----------
    units : DataFrame
        One row per school: the unit column, ``n_cells``, ``n_above`` and ``n_below`` (any deviation), ``n_high`` and
        ``n_low`` (beyond ``threshold``), ``direction`` (1, -1 or 0), ``mean_z``, ``p_value`` (chance of as many cells
        beyond the threshold on the prevailing side, two-sided; missing after a refusal).
    threshold : float
        Size of an adjusted z that goes beyond noise.
    correlation : float
        Correlation of two procedures of one school taken into account.
    minimum_cells : int
        Schools with fewer procedures have no p-value.
    n_units : int
        Schools with enough procedures.
    refusal : Refusal or None
    """

    units: pd.DataFrame
    threshold: float
    correlation: float
    minimum_cells: int
    n_units: int
    refusal: Refusal | None = None


def school_correlation(
    first: ArrayLike,
    second: ArrayLike,
    n_first: ArrayLike | None = None,
    n_second: ArrayLike | None = None,
    minimum_n: int = 1,
    minimum_units: int = 10,
    level: float = 0.95,
    icc_first: float | None = None,
    icc_second: float | None = None,
) -> Consistency:
    """Correlation of school means of two procedures, subjects or years.

    Parameters
    ----------
    first, second : array_like
        Means of the same schools in the same order, ``nan`` where missing.
    n_first, n_second : array_like, optional
        Pupils behind the means.
    minimum_n : int
        Schools with fewer pupils in either are left out.
    minimum_units : int
        Smallest number of schools (never below 4: Fisher's interval needs n - 3 > 0).
    level : float
        Confidence level.
    icc_first, icc_second : float, optional
        Intra-school correlations; with the numbers of pupils they give the reliability of the means and so the
        disattenuated correlation r / √(rel₁·rel₂) (its interval is Fisher's, divided by the same).

    Returns
    -------
    Consistency

    References
    ----------
    Fisher R. A. (1921) Metron 1:3-32; Spearman C. (1904) American Journal of Psychology 15:72-101.
    """
    x, y = np.asarray(first, dtype=float), np.asarray(second, dtype=float)
    if x.shape != y.shape:
        raise ValueError("first and second differ in length")
    keep = np.isfinite(x) & np.isfinite(y)
    sizes = []
    for size in (n_first, n_second):
        if size is not None:
            values = np.asarray(size, dtype=float)
            keep &= np.nan_to_num(values) >= minimum_n
            sizes.append(values)
    count, needed = int(keep.sum()), max(minimum_units, 4)
    refusal = None
    if count < needed:
        refusal = Refusal(RefusalReason.TOO_FEW if count else RefusalReason.NO_DATA, count, needed)
    elif np.ptp(x[keep]) == 0 or np.ptp(y[keep]) == 0:
        refusal = Refusal(RefusalReason.NO_VARIATION, count)
    if refusal:
        nothing = Estimate(None, None, count, refusal=refusal)
        return Consistency(nothing, nothing)
    r = float(np.clip(np.corrcoef(x[keep], y[keep])[0, 1], -1.0, 1.0))
    reach = stats.norm.ppf((1 + level) / 2) / np.sqrt(count - 3)
    middle = np.arctanh(np.clip(r, -1 + 1e-15, 1 - 1e-15))
    low, high = float(np.tanh(middle - reach)), float(np.tanh(middle + reach))
    correlation = Estimate(r, Interval(low, high, level), count)
    if len(sizes) < 2 or icc_first is None or icc_second is None:
        return Consistency(correlation, Estimate(None, None, count, refusal=Refusal(RefusalReason.NO_DATA)))
    reliability = np.sqrt(_reliability(icc_first, sizes[0][keep]) * _reliability(icc_second, sizes[1][keep]))
    if reliability <= 0:
        return Consistency(correlation, Estimate(None, None, count, refusal=Refusal(RefusalReason.NO_VARIATION, count)))
    freed, bounds = np.clip(r / reliability, -1, 1), np.clip(np.array([low, high]) / reliability, -1, 1)
    return Consistency(correlation, Estimate(float(freed), Interval(float(bounds[0]), float(bounds[1]), level), count))


def _reliability(icc: float, n: NDArray[np.float64]) -> float:
    """Share of true spread in the spread of the means: tau² / (tau² + mean of sigma²/n)."""
    return icc / (icc + (1 - icc) * float(np.mean(1 / n))) if icc > 0 else 0.0


def _wide(frame: pd.DataFrame, unit: str, procedure: str, value: str) -> pd.DataFrame:
    """Schools in rows, procedures in columns; two rows of one school and procedure are refused."""
    if frame.duplicated([unit, procedure]).any():
        raise ValueError(f"more than one row for a {unit} and {procedure}")
    return frame.pivot(index=unit, columns=procedure, values=value)  # noqa: PD010


def cell_correlation(z: pd.DataFrame) -> float:
    """Mean correlation of two procedures of one school, from all pairs of columns with at least ten schools in common.

    Parameters
    ----------
    z : DataFrame
        Schools in rows, procedures in columns, adjusted z in cells.

    Returns
    -------
    float
        Rank correlations (hardly moved by the few unusual schools sought), turned to the normal scale and weighted by
        the number of schools; never below 0.
    """
    total, weight = 0.0, 0
    values = z.to_numpy(dtype=float)
    for a, b in combinations(range(values.shape[1]), 2):
        pair = values[:, [a, b]]
        pair = pair[~np.isnan(pair).any(axis=1)]
        if len(pair) >= 10 and (np.ptp(pair, axis=0) > 0).all():
            rank = np.corrcoef(stats.rankdata(pair, axis=0), rowvar=False)[0, 1]
            total += 2 * np.sin(np.pi * rank / 6) * len(pair)
            weight += len(pair)
    return float(np.clip(total / weight, 0.0, 0.95)) if weight else 0.0


def chance_of_cells(k: int, m: int, threshold: float, correlation: float) -> float:
    """Chance that at least ``m`` of ``k`` equally correlated standard normal values exceed ``threshold``.

    Parameters
    ----------
    k, m : int
        Cells; cells beyond the threshold.
    threshold, correlation : float
        Threshold and common correlation of two cells.

    Returns
    -------
    float
    """
    if m <= 0:
        return 1.0
    node, weight = np.polynomial.hermite_e.hermegauss(80)
    share = stats.norm.sf((threshold - np.sqrt(correlation) * node) / np.sqrt(1 - correlation))
    return float(np.clip(np.sum(weight * stats.binom.sf(m - 1, k, share)) / weight.sum(), 0.0, 1.0))


def direction_profile(
    frame: pd.DataFrame,
    unit: str = "login",
    procedure: str = "procedure",
    z: str = "z_adjusted",
    threshold: float = 1.0,
    minimum_cells: int = 3,
    correlation: float | None = None,
) -> DirectionProfile:
    """For every school, how many of its procedures deviate the same way beyond noise.

    Parameters
    ----------
    frame : DataFrame
        One row per school and procedure with the adjusted z of its funnel (over-dispersion included).
    unit, procedure, z : str
        Columns.
    threshold : float
        Size of z that goes beyond noise.
    minimum_cells : int
        Schools with fewer procedures have no p-value.
    correlation : float, optional
        Correlation of two procedures of one school; by default estimated by :func:`cell_correlation`. Procedures of a
        school do resemble each other, and counting them as independent would turn that into «findings».

    Returns
    -------
    DirectionProfile
    """
    known = frame[[unit, procedure, z]].dropna()
    wide = _wide(known, unit, procedure, z)
    r = cell_correlation(wide) if correlation is None else float(correlation)
    values = wide.to_numpy(dtype=float)
    with np.errstate(invalid="ignore"):
        units = pd.DataFrame(
            {
                "n_cells": (~np.isnan(values)).sum(axis=1),
                "n_above": (values > 0).sum(axis=1),
                "n_below": (values < 0).sum(axis=1),
                "n_high": (values >= threshold).sum(axis=1),
                "n_low": (values <= -threshold).sum(axis=1),
            },
            index=wide.index,
        )
    units["direction"] = np.sign(units["n_high"] - units["n_low"])
    units["mean_z"] = wide.mean(axis=1)
    most = units[["n_high", "n_low"]].max(axis=1)
    pairs = {(k, m) for k, m in zip(units["n_cells"], most, strict=True) if k >= max(minimum_cells, 1)}
    chance = {(k, m): min(1.0, 2 * chance_of_cells(int(k), int(m), threshold, r)) for k, m in pairs}
    units["p_value"] = [chance.get(key, np.nan) for key in zip(units["n_cells"], most, strict=True)]
    enough = int((units["n_cells"] >= max(minimum_cells, 1)).sum())
    refusal = None
    if not enough:
        best = int(units["n_cells"].max()) if len(units) else 0
        refusal = Refusal(RefusalReason.TOO_FEW if best else RefusalReason.NO_DATA, best, minimum_cells)
    return DirectionProfile(units.reset_index(), threshold, r, minimum_cells, enough, refusal)
