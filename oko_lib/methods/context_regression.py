"""What result the context of a school makes one expect, and how far the school is from it.

Context (place, size, families, staff) explains only a part of the differences between schools: on real data an adjusted
R² of 0.05-0.23. So an expected result is never given without two intervals (of the mean of such schools, and of one
such school), and the strength of the link is measured out of sample: every school is predicted by a fit without it.

Model (meta-regression): y_j = x_j'β + u_j + e_j; e_j is sampling of the school's pupils with known variance v_j, u_j
the school's own deviation with variance τ² estimated by restricted maximum likelihood.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import optimize, stats
from statsmodels.regression.linear_model import WLS, RegressionResults

from .result import Refusal, RefusalReason

SCHOOLS_PER_FEATURE = 8
"""Fewer schools per feature fit noise (Harrell, Regression Modeling Strategies, section 4.4, asks for 10 to 20)."""

SCHOOLS_THAT_DIFFER = 3
"""A feature in which fewer schools differ from the most common value says something of those schools only."""

SCHOOL_COLUMNS = (
    *("n", "result", "standard_error", "predicted", "expected", "expected_low", "expected_high"),
    *("expected_mean_low", "expected_mean_high", "residual", "residual_low", "residual_high", "residual_error"),
    *("shrunk", "shrunk_low", "shrunk_high"),
)
COEFFICIENT_COLUMNS = (
    *("feature", "coefficient", "low", "high", "standardised", "standardised_low", "standardised_high"),
    *("p_value", "mean", "sd"),
)


class LeftOut(StrEnum):
    """Why a school or a feature is not in the fit."""

    NO_RESULT = "no_result"
    FEATURE_MISSING = "feature_missing"
    MOSTLY_MISSING = "mostly_missing"
    CONSTANT = "constant"
    COLLINEAR = "collinear"


@dataclass(frozen=True)
class ContextFit:
    """Link of school results with context.

    Parameters
    ----------
    schools : DataFrame
        One row per school of the fit, sorted by unit. The unit, ``n`` (pupils), ``result``, ``standard_error`` (of the
        result, from its pupils); ``predicted`` (what context predicts, all schools in the fit); then from a fit without
        the school itself: ``expected``, ``expected_mean_low/high`` (interval of the mean of such schools),
        ``expected_low/high`` (interval of the level of one such school: with the spread between schools),
        ``residual`` = result - expected with ``residual_low/high`` (its pupils and the fit are uncertain) and their
        common standard error ``residual_error``; ``shrunk`` (empirical-Bayes residual) with ``shrunk_low/high``.
        All in the unit of the result; missing where the fit without the school does not determine them.
    coefficients : DataFrame
        One row per feature: ``coefficient`` per unit of the feature, ``standardised`` per standard deviation of the
        feature among schools, both with intervals from robust (HC3) standard errors; ``p_value``; ``mean``, ``sd``.
    intercept : float or None
    tau2 : float or None
        Variance of schools around what context predicts, sampling of pupils taken out.
    tau2_without_context : float or None
        The same without any feature.
    r2_adjusted : float or None
        Of the weighted fit.
    r2_out_of_sample : float or None
        Every school predicted without itself, against the mean of the others; may be negative.
    explained_between : float or None
        1 - tau2 / tau2_without_context, not below 0: part of the true differences between schools.
    without_context : DataFrame
        Schools not in the fit: unit, ``reason`` (LeftOut), ``lacking`` (names of the missing columns).
    dropped : DataFrame
        Features not in the fit: ``feature``, ``reason`` (LeftOut), ``missing`` (schools lacking it).
    level : float
        Of all intervals.
    n_schools, n_pupils : int
    refusal : Refusal or None
    """

    schools: pd.DataFrame
    coefficients: pd.DataFrame
    intercept: float | None
    tau2: float | None
    tau2_without_context: float | None
    r2_adjusted: float | None
    r2_out_of_sample: float | None
    explained_between: float | None
    without_context: pd.DataFrame
    dropped: pd.DataFrame
    level: float
    n_schools: int
    n_pupils: int
    refusal: Refusal | None = None

    @property
    def predicts(self) -> bool:
        """True when context predicts schools it has not seen better than their plain mean does."""
        return self.r2_out_of_sample is not None and self.r2_out_of_sample > 0


def between_variance(y: NDArray, sampling: NDArray, design: NDArray) -> float:
    """Residual variance between units by restricted maximum likelihood.

    Parameters
    ----------
    y : ndarray
        Estimates.
    sampling : ndarray
        Their sampling variances, positive.
    design : ndarray
        Columns of the regression, of full rank; a column of ones for none.

    Returns
    -------
    float
        tau², not below 0.

    References
    ----------
    Raudenbush S. W. (2009) in: Handbook of Research Synthesis and Meta-Analysis, 2nd ed., ch. 16; Viechtbauer W. (2005)
    J. Educ. Behav. Stat. 30:261-293.
    """

    def loss(tau2: float) -> float:
        weight = 1 / (sampling + tau2)
        information = design.T @ (weight[:, None] * design)
        left = y - design @ np.linalg.solve(information, design.T @ (weight * y))
        return float((weight * left**2).sum() - np.log(weight).sum() + np.linalg.slogdet(information)[1])

    # The likelihood may have two tops: look over a grid first. Beyond four variances of y it only falls.
    grid = np.concatenate([[0.0], np.geomspace(1e-4, 4, 40) * (np.var(y) + sampling.min())])
    best = int(np.argmin([loss(tau2) for tau2 in grid]))
    low, high = grid[max(best - 1, 0)], grid[min(best + 1, len(grid) - 1)]
    found = optimize.minimize_scalar(loss, bounds=(low, high), method="bounded", options={"xatol": 1e-7 * high})
    return float(found.x) if found.fun < loss(grid[best]) else float(grid[best])


def expected_results(
    frame: pd.DataFrame,
    *,
    features: Sequence[str],
    unit: str = "school",
    result: str = "result",
    n: str = "n",
    standard_error: str | None = None,
    sd_within: float = 1.0,
    minimum_schools: int = 30,
    most_missing: float = 0.5,
    level: float = 0.95,
) -> ContextFit:
    """Expected result of every school by its context, and the school's own residual.

    Parameters
    ----------
    frame : DataFrame
        One row per school, one year. Missing is not zero: a school lacking a feature is left out and named.
    features : sequence of str
        Numeric columns and 0/1 dummies; infinite counts as missing.
    unit, result, n : str
        Columns: the school, its mean result (in standard deviations of the region's pupils), its number of pupils.
    standard_error : str, optional
        Column with the standard error of the result; by default ``sd_within`` / √n.
    sd_within : float
        Standard deviation of pupils within a school, in the unit of the result. One regional standard deviation is on
        the cautious side (it holds the spread between schools too).
    minimum_schools : int
        Fewer schools with context give a refusal; so do fewer than eight schools per feature.
    most_missing : float
        A feature lacking in more than this share of schools is dropped and named.
    level : float
        Of all intervals.

    Returns
    -------
    ContextFit

    Raises
    ------
    ValueError
        If a school stands twice, features repeat, or a number of pupils is negative.

    Notes
    -----
    Of features that repeat one another the first given stays. School intervals use the leave-one-out fit (residual
    e / (1 - h), variance of the fit h / (w (1 - h))) and Student's quantiles; the shrunk residual's interval holds the
    uncertainty of tau² (Morris). A residual is what the listed features do not explain: it is not the «contribution of
    the school».

    References
    ----------
    Raudenbush S. W., Bryk A. S. (1985) J. Educ. Stat. 10:75-98; MacKinnon J. G., White H. (1985) J. Econometrics
    29:305-325 (HC3); Morris C. N. (1983) JASA 78:47-55; Raudenbush S. W., Willms J. D. (1995) J. Educ. Behav. Stat.
    20:307-335 (why a residual is not an effect of the school).
    """
    features = list(features)
    base, context = _checked(frame, unit, result, n, standard_error, sd_within, features)
    with_result, without_result = _split(base, base[["result", "standard_error"]], LeftOut.NO_RESULT)
    context = context.loc[with_result.index]
    missing = context.isna().sum()
    kept = [name for name in features if missing[name] <= most_missing * len(context)]
    dropped = [(name, LeftOut.MOSTLY_MISSING) for name in features if name not in kept]
    used, without_features = _split(with_result, context[kept], LeftOut.FEATURE_MISSING)
    context = context.loc[used.index]
    uninformative = _uninformative(context[kept])
    dropped += uninformative
    kept = [name for name in kept if name not in dict(uninformative)]
    left_out = pd.concat([without_result, without_features]).sort_index().reset_index(drop=True)
    described = {
        "without_context": left_out.rename(columns={"unit": unit}),
        "dropped": pd.DataFrame(
            [(name, reason, int(missing[name])) for name, reason in dropped], columns=["feature", "reason", "missing"]
        ),
        "level": level,
        "n_schools": len(used),
        "n_pupils": int(used["n"].fillna(0).sum()),
    }
    refusal = _refusal(used, kept, minimum_schools)
    if refusal is not None:
        return _refused(unit, refusal, described)
    return _fit(used.reset_index(drop=True), context[kept].reset_index(drop=True), unit, described)


def _checked(
    frame: pd.DataFrame,
    unit: str,
    result: str,
    n: str,
    standard_error: str | None,
    sd_within: float,
    features: list[str],
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Results under fixed names and features, as floats, in the order of the units."""
    if frame[unit].duplicated().any():
        raise ValueError("a school stands twice")
    if len(set(features)) != len(features):
        raise ValueError("a feature stands twice")
    if (frame[n] < 0).any():
        raise ValueError("a number of pupils is negative")
    frame = frame.sort_values(unit, ignore_index=True)
    pupils = _floats(frame[[n]])[n]
    error = _floats(frame[[standard_error]])[standard_error] if standard_error else sd_within / np.sqrt(pupils)
    base = pd.DataFrame({"unit": frame[unit], "n": pupils, "result": _floats(frame[[result]])[result]})
    base["standard_error"] = error.where((error > 0) & np.isfinite(error))
    return base, _floats(frame[features])


def _floats(columns: pd.DataFrame) -> pd.DataFrame:
    numbers = pd.DataFrame(
        {name: values.to_numpy(dtype=float, na_value=np.nan) for name, values in columns.items()}, index=columns.index
    )
    return numbers.where(np.isfinite(numbers))


def _split(data: pd.DataFrame, needed: pd.DataFrame, reason: LeftOut) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Schools that have everything needed, and the others with what they lack."""
    lacks = needed.isna()
    incomplete = lacks.any(axis=1)
    names = [tuple(needed.columns[row]) for row in lacks[incomplete].to_numpy(dtype=bool)]
    others = data.loc[incomplete, ["unit"]].assign(
        reason=reason, lacking=pd.Series(names, index=data.index[incomplete])
    )
    return data[~incomplete], others


def _uninformative(features: pd.DataFrame) -> list[tuple[str, LeftOut]]:
    """Features that do not vary, and those made up of the features before them."""
    found, basis = [], np.ones((len(features), 1))
    for name, values in features.items():
        most_common = values.value_counts().max() if len(values) else 0
        if len(values) - most_common < SCHOOLS_THAT_DIFFER:
            found.append((name, LeftOut.CONSTANT))
            continue
        standard = ((values - values.mean()) / values.std()).to_numpy()
        left = standard - basis @ np.linalg.lstsq(basis, standard, rcond=None)[0]
        if (left**2).mean() < 1e-8:
            found.append((name, LeftOut.COLLINEAR))
            continue
        basis = np.column_stack([basis, standard])
    return found


def _refusal(used: pd.DataFrame, kept: list[str], minimum_schools: int) -> Refusal | None:
    needed = max(minimum_schools, SCHOOLS_PER_FEATURE * len(kept), len(kept) + 4)
    if len(used) < needed:
        return Refusal(RefusalReason.TOO_FEW if len(used) else RefusalReason.NO_DATA, len(used), needed)
    if not kept:
        return Refusal(RefusalReason.NO_DATA, 0, 1)
    if used["result"].max() - used["result"].min() < 1e-12:
        return Refusal(RefusalReason.NO_VARIATION, len(used))
    return None


def _refused(unit: str, refusal: Refusal, described: dict) -> ContextFit:
    return ContextFit(
        schools=pd.DataFrame(columns=[unit, *SCHOOL_COLUMNS]),
        coefficients=pd.DataFrame(columns=list(COEFFICIENT_COLUMNS)),
        intercept=None,
        tau2=None,
        tau2_without_context=None,
        r2_adjusted=None,
        r2_out_of_sample=None,
        explained_between=None,
        refusal=refusal,
        **described,
    )


def _fit(used: pd.DataFrame, features: pd.DataFrame, unit: str, described: dict) -> ContextFit:
    y, sampling = used["result"].to_numpy(), used["standard_error"].to_numpy() ** 2
    mean, sd = features.mean(), features.std()
    # Standardised columns: sums stay exact however large the raw values are.
    design = np.column_stack([np.ones(len(used)), (features - mean) / sd])
    tau2 = between_variance(y, sampling, design)
    weight = 1 / (sampling + tau2)
    fit = WLS(y, design, weights=weight).fit(cov_type="HC3", use_t=True)
    leverage = weight * np.einsum("ij,jk,ik->i", design, np.linalg.inv(design.T @ (weight[:, None] * design)), design)
    tau2_plain = between_variance(y, sampling, design[:, :1])
    coefficients = _coefficients(fit, mean, sd, described["level"])
    schools = _schools(used, unit, fit.fittedvalues, leverage, weight, tau2, design.shape[1], described["level"])
    return ContextFit(
        schools=schools,
        coefficients=coefficients,
        intercept=float(fit.params[0] - (coefficients["coefficient"] * coefficients["mean"]).sum()),
        tau2=tau2,
        tau2_without_context=tau2_plain,
        r2_adjusted=float(fit.rsquared_adj),
        r2_out_of_sample=_out_of_sample(y, weight, schools["residual"].to_numpy()),
        explained_between=max(0.0, 1 - tau2 / tau2_plain) if tau2_plain > 0 else None,
        **described,
    )


def _coefficients(fit: RegressionResults, mean: pd.Series, sd: pd.Series, level: float) -> pd.DataFrame:
    low, high = fit.conf_int(alpha=1 - level)[1:].T
    table = pd.DataFrame({"feature": mean.index, "standardised": fit.params[1:]})
    table["standardised_low"], table["standardised_high"] = low, high
    table["mean"], table["sd"], table["p_value"] = mean.to_numpy(), sd.to_numpy(), fit.pvalues[1:]
    for raw, standardised in (("coefficient", "standardised"), ("low", "standardised_low")):
        table[raw] = table[standardised] / table["sd"]
    table["high"] = table["standardised_high"] / table["sd"]
    return table[list(COEFFICIENT_COLUMNS)]


def _schools(
    used: pd.DataFrame,
    unit: str,
    predicted: NDArray,
    leverage: NDArray,
    weight: NDArray,
    tau2: float,
    parameters: int,
    level: float,
) -> pd.DataFrame:
    result, sampling = used["result"].to_numpy(), used["standard_error"].to_numpy() ** 2
    free = np.where(1 - leverage > 1e-9, 1 - leverage, np.nan)
    residual = (result - predicted) / free
    expected = result - residual
    of_fit = leverage / (weight * free)
    t = stats.t.ppf((1 + level) / 2, len(used) - 1 - parameters)
    error = np.sqrt(sampling + of_fit)
    reliability = tau2 / (tau2 + error**2)
    # Morris (1983): tau² itself is estimated, which matters most for schools far from what is expected.
    of_tau2 = 2 / (len(used) - parameters - 2) * (1 - reliability) ** 2 * residual**2
    of_tau2 *= (np.nanmean(error**2) + tau2) / (error**2 + tau2)
    shrunk = reliability * residual
    of_shrunk = np.sqrt(reliability * error**2 + of_tau2)
    of_school, of_mean = np.sqrt(of_fit + tau2), np.sqrt(of_fit)
    columns = {
        unit: used["unit"],
        "n": used["n"],
        "result": result,
        "standard_error": used["standard_error"],
        "predicted": predicted,
        "expected": expected,
        "expected_low": expected - t * of_school,
        "expected_high": expected + t * of_school,
        "expected_mean_low": expected - t * of_mean,
        "expected_mean_high": expected + t * of_mean,
        "residual": residual,
        "residual_low": residual - t * error,
        "residual_high": residual + t * error,
        "residual_error": error,
        "shrunk": shrunk,
        "shrunk_low": shrunk - t * of_shrunk,
        "shrunk_high": shrunk + t * of_shrunk,
    }
    return pd.DataFrame(columns)


def _out_of_sample(y: NDArray, weight: NDArray, residual: NDArray) -> float:
    """1 - squared errors of leave-one-out predictions over those of the leave-one-out mean, weighted."""
    mean_of_others = (np.sum(weight * y) - weight * y) / (weight.sum() - weight)
    known = np.isfinite(residual)
    left = (weight * residual**2)[known].sum()
    return float(1 - left / (weight * (y - mean_of_others) ** 2)[known].sum())
