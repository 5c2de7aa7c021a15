"""Empirical-Bayes shrinkage: what a school's figure is worth when its size and the spread between schools are known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import optimize, special, stats

from .result import Refusal, RefusalReason


@dataclass(frozen=True)
class VarianceParts:
    """Spread of pupils within schools and of schools among themselves.

    Parameters
    ----------
    sd_within, sd_between : float or None
        Standard deviations, in the unit of the value.
    icc : float or None
        sd_between² / (sd_between² + sd_within²).
    n_units, n : int
        Schools and pupils.
    refusal : Refusal or None
        Set when there are fewer than two schools or no school with two pupils.
    """

    sd_within: float | None
    sd_between: float | None
    icc: float | None
    n_units: int
    n: int
    refusal: Refusal | None = None


@dataclass(frozen=True)
class Shrinkage:
    """Shrunken figures of schools.

    Parameters
    ----------
    units : DataFrame
        One row per school in the order given: ``unit`` (when given), ``value``, ``n``, ``weight`` (lambda: the share of
        the school's own figure), ``shrunk``, ``low``, ``high``.
    centre : float or None
        Mean the figures are drawn to.
    spread : float or None
        Between-school variance tau² (means), intra-school correlation rho (shares).
    level : float
        Of the posterior intervals.
    fit : str
        ``"given"``, ``"moments"`` or ``"likelihood"``.
    n_units : int
        Schools used.
    refusal : Refusal or None
    """

    units: pd.DataFrame
    centre: float | None
    spread: float | None
    level: float
    fit: str
    n_units: int
    refusal: Refusal | None = None


def variance_parts(frame: pd.DataFrame, unit: str, value: str) -> VarianceParts:
    """Within- and between-school spread by one-way analysis of variance with unequal sizes.

    Parameters
    ----------
    frame : DataFrame
        One row per pupil.
    unit, value : str
        Columns.

    Returns
    -------
    VarianceParts
        A negative between-school variance is set to zero.

    References
    ----------
    Searle, Casella, McCulloch (1992) Variance Components, section 3.6.
    """
    known = frame[[unit, value]].dropna()
    grouped = known.groupby(unit, observed=True)[value].agg(["size", "mean", "var"])
    n, count = int(grouped["size"].sum()), len(grouped)
    if count < 2 or n - count < 1:
        return VarianceParts(None, None, None, count, n, Refusal(RefusalReason.TOO_FEW, count, 2))
    size, mean = grouped["size"].to_numpy(float), grouped["mean"].to_numpy(float)
    within = float((grouped["var"].fillna(0).to_numpy() * (size - 1)).sum() / (n - count))
    between_square = float((size * (mean - np.average(mean, weights=size)) ** 2).sum() / (count - 1))
    typical = (n - (size**2).sum() / n) / (count - 1)
    between = max(0.0, (between_square - within) / typical)
    total = within + between
    return VarianceParts(np.sqrt(within), np.sqrt(between), between / total if total > 0 else None, count, n)


def shrinkage_weight(icc: float, n: ArrayLike) -> NDArray[np.float64]:
    """Lambda = tau² / (tau² + sigma²/n), written with the intra-school correlation.

    Parameters
    ----------
    icc : float
        tau² / (tau² + sigma²), from 0 to 1.
    n : array_like
        Numbers of pupils.

    Returns
    -------
    ndarray of float
        Weight of the school's own mean (its reliability).
    """
    n = np.asarray(n, dtype=float)
    return icc * n / (icc * n + (1 - icc))


def _moment_tau2(y: NDArray, chance: NDArray) -> float:
    """Paule-Mandel estimate: tau² at which the weighted squared deviations equal their degrees of freedom."""

    def excess(tau2: float) -> float:
        weight = 1 / (chance + tau2)
        return float(np.sum(weight * (y - np.average(y, weights=weight)) ** 2) - (len(y) - 1))

    if excess(0.0) <= 0:
        return 0.0
    upper = float(np.var(y)) + float(chance.max())
    while excess(upper) > 0:
        upper *= 2
    return float(optimize.brentq(excess, 0.0, upper, xtol=1e-12, rtol=1e-12))


def _frame(units: ArrayLike | None, value: NDArray, n: NDArray) -> pd.DataFrame:
    frame = pd.DataFrame({"value": value, "n": np.where(np.isfinite(n), n, 0).astype("int64")})
    if units is not None:
        frame.insert(0, "unit", np.asarray(units))
    for column in ("weight", "shrunk", "low", "high"):
        frame[column] = np.nan
    return frame


def shrink_means(
    mean: ArrayLike,
    n: ArrayLike,
    sd_within: float,
    tau2: float | None = None,
    centre: float | None = None,
    level: float = 0.95,
    minimum_units: int = 10,
    units: ArrayLike | None = None,
) -> Shrinkage:
    """Normal empirical Bayes: theta = lambda·mean + (1 - lambda)·centre.

    Parameters
    ----------
    mean, n : array_like
        Mean and number of pupils per school.
    sd_within : float
        Standard deviation of pupils within a school.
    tau2, centre : float, optional
        Between-school variance and centre; by default estimated (Paule-Mandel; precision-weighted mean).
    level : float
        Of the posterior intervals.
    minimum_units : int
        Fewer schools give a refusal unless ``tau2`` is given.
    units : array_like, optional
        Names of the schools.

    Returns
    -------
    Shrinkage
        Posterior intervals include the uncertainty of the centre and of tau² (Morris). Estimates are biased towards the
        centre on purpose; their order may differ from that of the means.

    References
    ----------
    Morris C. N. (1983) JASA 78:47-55; Paule R. C., Mandel J. (1982) J. Res. NBS 87:377-385.
    """
    x, size = np.asarray(mean, dtype=float).ravel(), np.asarray(n, dtype=float).ravel()
    if x.shape != size.shape:
        raise ValueError("mean and n differ in length")
    usable = np.isfinite(x) & np.isfinite(size) & (size > 0)
    frame = _frame(units, np.where(usable, x, np.nan), size)
    count = int(usable.sum())
    needed = 1 if tau2 is not None else max(minimum_units, 4)
    if count < needed:
        reason = RefusalReason.TOO_FEW if count else RefusalReason.NO_DATA
        return Shrinkage(frame, None, None, level, "moments", count, Refusal(reason, count, needed))
    if not np.isfinite(sd_within) or sd_within <= 0:
        refusal = Refusal(RefusalReason.NO_VARIATION, count, None)
        return Shrinkage(frame, None, None, level, "moments", count, refusal)
    y, chance = x[usable], sd_within**2 / size[usable]
    fit = "moments" if tau2 is None else "given"
    spread = _moment_tau2(y, chance) if tau2 is None else float(tau2)
    precision = 1 / (chance + spread)
    middle = float(np.average(y, weights=precision)) if centre is None else float(centre)
    weight = spread / (spread + chance)
    shrunk = weight * y + (1 - weight) * middle
    variance = weight * chance
    if centre is None:
        variance = variance + (1 - weight) ** 2 / precision.sum()
    if tau2 is None:
        # Morris: uncertainty of the weights themselves, larger for schools far from the centre.
        variance = variance + (
            2 / (count - 3) * (1 - weight) ** 2 * (chance.mean() + spread) * precision * (y - middle) ** 2
        )
    reach = stats.norm.ppf((1 + level) / 2) * np.sqrt(variance)
    for column, values in zip(
        ("weight", "shrunk", "low", "high"), (weight, shrunk, shrunk - reach, shrunk + reach), strict=True
    ):
        frame.loc[usable, column] = values
    return Shrinkage(frame, middle, spread, level, fit, count)


def _beta_moments(x: NDArray, n: NDArray) -> tuple[float, float]:
    """Mean and intra-school correlation of a beta-binomial by moments."""
    mu = float(x.sum() / n.sum())
    total = n.sum()
    between = float((n * (x / n - mu) ** 2).sum())
    count = len(n)
    chance = mu * (1 - mu)
    spread = total - (n**2).sum() / total
    rho = (between / chance - (count - 1)) / (spread - (count - 1)) if spread > count - 1 else 0.0
    return mu, float(np.clip(rho, 0.0, 0.95))


def _beta_likelihood(x: NDArray, n: NDArray, start: tuple[float, float]) -> tuple[float, float, bool]:
    """Mean and intra-school correlation by maximum likelihood; the flag says whether the search came to an end."""

    def loss(parameter: NDArray) -> float:
        mu, rho = special.expit(parameter)
        strength = 1 / rho - 1
        a, b = mu * strength, (1 - mu) * strength
        return -float(np.sum(special.betaln(x + a, n - x + b) - special.betaln(a, b)))

    first = special.logit(np.clip([start[0], max(start[1], 0.01)], 1e-6, 1 - 1e-6))
    bounds = [(special.logit(1e-6), special.logit(1 - 1e-6)), (special.logit(1e-6), special.logit(0.95))]
    found = optimize.minimize(loss, first, method="L-BFGS-B", bounds=bounds)
    mu, rho = special.expit(found.x)
    return float(mu), float(rho), bool(found.success and np.isfinite(found.fun))


def shrink_proportions(
    events: ArrayLike,
    n: ArrayLike,
    level: float = 0.95,
    minimum_units: int = 10,
    units: ArrayLike | None = None,
) -> Shrinkage:
    """Beta-binomial empirical Bayes for shares.

    Parameters
    ----------
    events, n : array_like
        Counts per school.
    level : float
        Of the posterior intervals.
    minimum_units : int
        Fewer schools give a refusal.
    units : array_like, optional
        Names of the schools.

    Returns
    -------
    Shrinkage
        Fitted by maximum likelihood, by moments where that fails; posterior Beta(a + x, b + n - x), weight
        n / (n + a + b), interval from its quantiles. ``fit`` says which was used.

    References
    ----------
    Griffiths D. A. (1973) Biometrics 29:637-648.
    """
    x, size = np.asarray(events, dtype=float).ravel(), np.asarray(n, dtype=float).ravel()
    if x.shape != size.shape:
        raise ValueError("events and n differ in length")
    usable = np.isfinite(x) & np.isfinite(size) & (size > 0)
    if np.any(usable & ((x < 0) | (x > size))):
        raise ValueError("counts must satisfy 0 <= events <= n")
    value = np.full(x.shape, np.nan)
    value[usable] = x[usable] / size[usable]
    frame = _frame(units, value, size)
    count = int(usable.sum())
    needed = max(minimum_units, 2)
    if count < needed:
        reason = RefusalReason.TOO_FEW if count else RefusalReason.NO_DATA
        return Shrinkage(frame, None, None, level, "moments", count, Refusal(reason, count, needed))
    k, m = x[usable], size[usable]
    if k.sum() in (0, m.sum()):
        return Shrinkage(
            frame, float(k.sum() / m.sum()), None, level, "moments", count, Refusal(RefusalReason.NO_VARIATION, count)
        )
    moments = _beta_moments(k, m)
    mu, rho, converged = _beta_likelihood(k, m, moments)
    fit = "likelihood"
    if not converged:
        (mu, rho), fit = moments, "moments"
    strength = 1 / max(rho, 1e-6) - 1
    a, b = mu * strength, (1 - mu) * strength
    tail = (1 - level) / 2
    columns = (
        m / (m + strength),
        (a + k) / (strength + m),
        stats.beta.ppf(tail, a + k, b + m - k),
        stats.beta.ppf(1 - tail, a + k, b + m - k),
    )
    for column, values in zip(("weight", "shrunk", "low", "high"), columns, strict=True):
        frame.loc[usable, column] = values
    return Shrinkage(frame, mu, rho, level, fit, count)
