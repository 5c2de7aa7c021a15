"""The course of every school over years, drawn towards the course of the region as far as its data are weak."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from .growth_likelihood import fit_random_lines
from .result import Refusal, RefusalReason

#: Fewest years: with two, a school's slope and the luck of a year cannot be told apart.
_YEARS = 3


@dataclass(frozen=True)
class GrowthModel:
    """Mixed model of school × year values.

    Parameters
    ----------
    units : DataFrame
        One row per school, indexed by school: ``n_years``; ``level`` (deviation from the region in the middle of the
        years) and ``slope`` (change per year beyond the region's), both shrunk; ``slope_low``, ``slope_high``;
        ``reliability`` of the slope (0: nothing known, 1: everything).
    by_year : DataFrame
        The course of the average school: index year; ``value``, ``low``, ``high``.
    sd_level, sd_slope : float or None
        Between schools, in the unit of the value (and per year).
    correlation : float or None
        Of level and slope; None at the boundary.
    sd_residual : float or None
        Of a row of weight 1.
    converged : bool
        The search ended at an optimum; False with every refusal.
    boundary : tuple of str
        ``level_variance_zero``, ``slope_variance_zero``, ``correlation_one``: the fit lies on the edge of what is
        possible. Estimates stand; with ``slope_variance_zero`` no difference of slopes between schools is shown.
    notes : tuple of str
        Codes of what happened on the way: ``retried:<method>``, ``not_converged``.
    n_schools, n : int
        Schools and rows used.
    refusal : Refusal or None
    """

    units: pd.DataFrame
    by_year: pd.DataFrame
    sd_level: float | None
    sd_slope: float | None
    correlation: float | None
    sd_residual: float | None
    converged: bool
    boundary: tuple[str, ...]
    notes: tuple[str, ...]
    n_schools: int
    n: int
    refusal: Refusal | None = None


def precision_weights(n: ArrayLike, sd_within: float, natural_sd: float = 0.0) -> NDArray[np.float64]:
    """Weight of a school's year: 1 / (sd_within²/n + natural_sd²).

    Parameters
    ----------
    n : array_like
        Pupils.
    sd_within : float
        Of one pupil; √(p(1 - p)) for a share.
    natural_sd : float
        Natural fluctuation of a school's year (see :func:`~oko_lib.methods.change.school_changes`).

    Returns
    -------
    ndarray of float
    """
    return 1 / (sd_within**2 / np.asarray(n, dtype=float) + natural_sd**2)


def growth_model(
    rows: pd.DataFrame,
    *,
    unit: str = "school",
    year: str = "year",
    value: str = "share",
    weight: str = "n",
    minimum_schools: int = 20,
    level: float = 0.95,
) -> GrowthModel:
    """Random intercept and slope per school with fixed effects of years.

    Parameters
    ----------
    rows : DataFrame
        One row per school and year; rows without a value or with a weight that is not positive are left out.
    unit, year, value, weight : str
        Columns. ``weight`` is inverse to the variance of the row: the number of pupils, or :func:`precision_weights`.
    minimum_schools : int
        Fewest schools with three years and more; schools with fewer years still take part.
    level : float
        Of the intervals.

    Returns
    -------
    GrowthModel
        value_jt = β_t + u_j + s_j·(t - t̄) + e_jt, Var(e) = σ²/weight; restricted maximum likelihood, u and s by best
        linear prediction, averaged over the spreads of slopes that the data allow.

    Raises
    ------
    ValueError
        For a school and year given twice.

    References
    ----------
    Laird N. M., Ware J. H. (1982) Biometrics 38:963-974; Robinson G. K. (1991) Statistical Science 6:15-32;
    Kass R. E., Steffey D. (1989) JASA 84:717-726 (spread of effects not taken as known).
    """
    known = rows[[unit, year, value, weight]].dropna()
    known = known[known[weight] > 0].sort_values([unit, year])
    if known.duplicated([unit, year]).any():
        raise ValueError("a unit has more than one row for a year")
    per_unit = known.groupby(unit).size()
    found, needed = int((per_unit >= _YEARS).sum()), max(minimum_schools, 2)
    if found < needed:
        reason = RefusalReason.TOO_FEW if len(known) else RefusalReason.NO_DATA
        return _refused(per_unit, len(known), Refusal(reason, found, needed))
    y = known[value].to_numpy(dtype=float)
    if np.ptp(y) == 0:
        return _refused(per_unit, len(known), Refusal(RefusalReason.NO_VARIATION, found))
    years, position = np.unique(known[year].to_numpy(dtype=float), return_inverse=True)
    time = years[position] - years.mean()
    weights = known[weight].to_numpy(dtype=float)
    # Weights around 1 and values around 0 with sd 1 keep the search well conditioned.
    weight_unit, value_unit = float(weights.mean()), float(y.std())
    fixed = np.eye(len(years))[position]
    school = per_unit.index.get_indexer(known[unit])
    fit = fit_random_lines((y - y.mean()) / value_unit, fixed, time, school, weights / weight_unit)
    if not fit.converged:
        refused = Refusal(RefusalReason.NOT_CONVERGED, found)
        return _refused(per_unit, len(known), refused, fit.boundary, fit.notes)
    between = fit.between * value_unit**2
    effects, spread = fit.effects * value_unit, fit.effects_cov * value_unit**2
    z = stats.norm.ppf((1 + level) / 2)
    slope, reach = effects[:, 1], z * np.sqrt(spread[:, 1, 1])
    units = pd.DataFrame(
        {
            "n_years": per_unit,
            "level": effects[:, 0],
            "slope": slope,
            "slope_low": slope - reach,
            "slope_high": slope + reach,
            "reliability": fit.reliability,
        },
        index=per_unit.index,
    )
    centre, error = fit.beta * value_unit + y.mean(), np.sqrt(np.diag(fit.beta_cov)) * value_unit
    by_year = pd.DataFrame(
        {"value": centre, "low": centre - z * error, "high": centre + z * error},
        index=pd.Index(years.astype(int), name=year),
    )
    sd_level, sd_slope = (float(sd) for sd in np.sqrt(np.diag(between)))
    return GrowthModel(
        units,
        by_year,
        sd_level,
        sd_slope,
        None if fit.boundary else float(between[0, 1] / (sd_level * sd_slope)),
        float(np.sqrt(fit.scale * weight_unit) * value_unit),
        True,
        fit.boundary,
        fit.notes,
        len(per_unit),
        len(known),
    )


def _refused(
    per_unit: pd.Series, n: int, refusal: Refusal, boundary: tuple[str, ...] = (), notes: tuple[str, ...] = ()
) -> GrowthModel:
    units = pd.DataFrame({"n_years": per_unit}).reindex(
        columns=["n_years", "level", "slope", "slope_low", "slope_high", "reliability"]
    )
    by_year = pd.DataFrame(columns=["value", "low", "high"], dtype=float)
    return GrowthModel(units, by_year, None, None, None, None, False, boundary, notes, len(per_unit), n, refusal)
