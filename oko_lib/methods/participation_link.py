"""Do more children take part where more are covered by additional education? A link of schools, not of children.

Every school gives one point: share of its pupils who took part, and share covered. Size and place go with both, so they
are held fixed. What is found says how schools differ; it says nothing of a single child (the ecological fallacy) and
does not say what would happen if coverage were raised.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import optimize, stats
from scipy.special import expit
from statsmodels.genmod.families import Binomial
from statsmodels.genmod.generalized_linear_model import GLM, GLMResults

from .context_regression import SCHOOLS_PER_FEATURE, SCHOOLS_THAT_DIFFER
from .result import Estimate, Interval, Refusal, RefusalReason


class LinkState(StrEnum):
    """Direction of a link."""

    POSITIVE = "positive"
    NEGATIVE = "negative"
    INDISTINCT = "indistinct"


@dataclass(frozen=True)
class ParticipationLink:
    """Link of participation with coverage over schools.

    Parameters
    ----------
    odds_ratio : Estimate
        Odds of taking part, schools with ``step`` more coverage against others alike; ``n`` schools.
    effect : Estimate
        The same as a difference of the share of participants (fraction) per ``step``, averaged over schools.
    state : LinkState or None
        By the interval; None when refused.
    p_value : float or None
    correlation : float or None
        Of pupils of one school, as far as coverage, size and place do not explain it: 0 when schools vary by chance
        alone.
    curve : DataFrame
        ``coverage`` (from the 5th to the 95th percentile of schools), ``expected``, ``low``, ``high``: participation of
        schools of usual size and place; empty when refused.
    schools : DataFrame
        One row per school used: unit, ``coverage``, ``participation``, ``n`` (pupils), ``fitted``.
    step : float
        Coverage difference the estimates are per (fraction).
    n_schools, n_left_out : int
        Schools used, and those lacking something.
    """

    odds_ratio: Estimate
    effect: Estimate
    state: LinkState | None
    p_value: float | None
    correlation: float | None
    curve: pd.DataFrame
    schools: pd.DataFrame
    step: float
    n_schools: int
    n_left_out: int


def participation_link(
    schools: pd.DataFrame,
    *,
    unit: str = "school",
    participants: str = "participants",
    covered: str = "covered",
    pupils: str = "pupils",
    place: str | None = "place",
    controls: Sequence[str] = (),
    step: float = 0.1,
    minimum_schools: int = 30,
    level: float = 0.95,
) -> ParticipationLink:
    """Quasi-binomial regression of participation on coverage, given size and place.

    Parameters
    ----------
    schools : DataFrame
        One row per school.
    unit, participants, covered, pupils : str
        Columns: pupils who took part at least once, pupils covered, all pupils of the grades in question.
    place : str, optional
        Column of the kind of place (any labels); None leaves place out.
    controls : sequence of str
        Further numeric columns held fixed.
    step : float
        Coverage difference to report the link for (0.1: ten percentage points).
    minimum_schools : int
        Fewer schools, or fewer than eight per coefficient, give a refusal.
    level : float
        Of the intervals.

    Returns
    -------
    ParticipationLink
        logit(share of participants) = a + b·coverage + c·log(pupils) + places (+ controls). A school of n pupils weighs
        n / (1 + (n - 1)φ): φ, the correlation of pupils of one school, is where Pearson's chi-square equals its degrees
        of freedom (Williams' quasi-likelihood; plain quasi-binomial weights would let a few large schools decide).
        Standard errors are the larger of the model's and of the sandwich that leaves schools out (HC3), Student's t.
        Places with fewer than three schools go together with the most common place.

    Raises
    ------
    ValueError
        If a school stands twice or a count does not fit its total.

    Notes
    -----
    Schools with more coverage differ in other ways too; what was not held fixed shows as the link of coverage. That
    children who are covered take part more often does not follow: the covered and the participating may be different
    children of the same school.

    References
    ----------
    Williams D. A. (1982) Applied Statistics 31:144-148; McCullagh P., Nelder J. A. (1989) Generalized Linear Models,
    2nd ed., section 4.5; MacKinnon J. G., White H. (1985) J. Econometrics 29:305-325 (HC3); Robinson W. S. (1950)
    American Sociological Review 15:351-357 (the ecological fallacy).
    """
    controls = list(controls)
    used, left_out = _checked(schools, unit, participants, covered, pupils, place, controls)
    coverage = used["coverage"].to_numpy()
    design = _design(used, place is not None, controls)
    refusal = _refusal(used, design.shape[1] + 1, minimum_schools)
    described = {"step": step, "n_schools": len(used), "n_left_out": left_out}
    if refusal is not None:
        nothing = Estimate(None, None, len(used), refusal=refusal)
        return ParticipationLink(
            nothing, nothing, None, None, None, _curve_of([]), _schools_of(used, unit, np.nan), **described
        )
    x = np.column_stack([np.ones(len(used)), coverage, design])
    fit, correlation = _williams(used["participation"].to_numpy(), x, used["pupils"].to_numpy())
    covariance = _covariance(fit, x)
    t = float(stats.t.ppf((1 + level) / 2, fit.df_resid))
    slope, error = float(fit.params[1]), float(np.sqrt(covariance[1, 1]))
    low, high = slope - t * error, slope + t * error
    # Average over schools of how fast the share of participants goes with its log-odds.
    speed = float((fit.fittedvalues * (1 - fit.fittedvalues)).mean())
    return ParticipationLink(
        odds_ratio=_estimate(np.exp(step * slope), np.exp(step * low), np.exp(step * high), len(used), level),
        effect=_estimate(step * speed * slope, step * speed * low, step * speed * high, len(used), level),
        state=_state(low, high),
        p_value=float(2 * stats.t.sf(abs(slope) / error, fit.df_resid)),
        correlation=correlation,
        curve=_curve(coverage, x, fit.params, covariance, t),
        schools=_schools_of(used, unit, fit.fittedvalues),
        **described,
    )


def _williams(y: NDArray, x: NDArray, n: NDArray) -> tuple[GLMResults, float]:
    """Binomial regression with weights n / (1 + (n - 1)φ), and φ."""

    def fitted(correlation: float) -> GLMResults:
        weights = n / (1 + (n - 1) * correlation)
        return GLM(y, x, family=Binomial(), var_weights=weights).fit(scale=1.0)

    def excess(correlation: float) -> float:
        found = fitted(correlation)
        return float(found.pearson_chi2 / found.df_resid - 1)

    if excess(0.0) <= 0:
        return fitted(0.0), 0.0
    correlation = 0.999 if excess(0.999) > 0 else float(optimize.brentq(excess, 0.0, 0.999, xtol=1e-5))
    return fitted(correlation), correlation


def _covariance(fit: GLMResults, x: NDArray) -> NDArray[np.float64]:
    """Of the model, or of the HC3 sandwich where that makes the slope less certain."""
    mu = fit.fittedvalues
    weight = fit.model.var_weights * mu * (1 - mu)
    bread = np.linalg.inv(x.T @ (weight[:, None] * x))
    leverage = np.clip(weight * np.einsum("ij,jk,ik->i", x, bread, x), 0, 0.99)
    score = x * (fit.model.var_weights * (fit.model.endog - mu) / (1 - leverage))[:, None]
    sandwich = bread @ (score.T @ score) @ bread
    return sandwich if sandwich[1, 1] > bread[1, 1] else bread


def _checked(
    schools: pd.DataFrame,
    unit: str,
    participants: str,
    covered: str,
    pupils: str,
    place: str | None,
    controls: list[str],
) -> tuple[pd.DataFrame, int]:
    """Schools with everything known, and how many lack something."""
    if schools[unit].duplicated().any():
        raise ValueError("a school stands twice")
    data = pd.DataFrame({"unit": schools[unit]})
    for name, column in (("participants", participants), ("covered", covered), ("pupils", pupils)):
        data[name] = schools[column].to_numpy(dtype=float, na_value=np.nan)
    for name in controls:
        data[f"control {name}"] = schools[name].to_numpy(dtype=float, na_value=np.nan)
    if place is not None:
        data["place"] = schools[place].astype(object)
    counts = data[["participants", "covered"]]
    if (counts < 0).any(axis=None) or counts.gt(data["pupils"], axis=0).any(axis=None):
        raise ValueError("counts must satisfy 0 <= count <= pupils")
    known = data.notna().all(axis=1) & (data["pupils"] > 0)
    used = data[known].sort_values("unit", ignore_index=True)
    used["coverage"] = used["covered"] / used["pupils"]
    used["participation"] = used["participants"] / used["pupils"]
    return used, int((~known).sum())


def _design(used: pd.DataFrame, places: bool, controls: list[str]) -> NDArray[np.float64]:
    """What is held fixed, centred: a school of usual size and place has zeros."""
    columns = [np.log(used["pupils"].to_numpy()), *(used[f"control {name}"].to_numpy() for name in controls)]
    if places and len(used):
        sizes = used["place"].value_counts()
        columns += [
            (used["place"] == name).to_numpy(dtype=float) for name in sizes.index[1:][sizes[1:] >= SCHOOLS_THAT_DIFFER]
        ]
    varying = [column - column.mean() for column in columns if len(column) and np.ptp(column) > 1e-12]
    return np.column_stack(varying) if varying else np.empty((len(used), 0))


def _refusal(used: pd.DataFrame, coefficients: int, minimum_schools: int) -> Refusal | None:
    needed = max(minimum_schools, SCHOOLS_PER_FEATURE * coefficients)
    if len(used) < needed:
        return Refusal(RefusalReason.TOO_FEW if len(used) else RefusalReason.NO_DATA, len(used), needed)
    most_common = max(used[name].value_counts().max() for name in ("coverage", "participation"))
    if len(used) - most_common < SCHOOLS_THAT_DIFFER:
        return Refusal(RefusalReason.NO_VARIATION, len(used))
    return None


def _estimate(value: float, low: float, high: float, n: int, level: float) -> Estimate:
    return Estimate(float(value), Interval(float(low), float(high), level), n)


def _state(low: float, high: float) -> LinkState:
    if low > 0:
        return LinkState.POSITIVE
    return LinkState.NEGATIVE if high < 0 else LinkState.INDISTINCT


def _curve(coverage: NDArray, x: NDArray, slopes: NDArray, covariance: NDArray, t: float) -> pd.DataFrame:
    """Expected participation of schools of usual size and place along coverage."""
    grid = np.linspace(*np.quantile(coverage, [0.05, 0.95]), 41)
    rows = np.tile(x.mean(axis=0), (len(grid), 1))
    rows[:, 1] = grid
    middle = rows @ slopes
    reach = t * np.sqrt(np.einsum("ij,jk,ik->i", rows, covariance, rows))
    return _curve_of(np.column_stack([grid, expit(middle), expit(middle - reach), expit(middle + reach)]))


def _curve_of(rows: NDArray | list) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["coverage", "expected", "low", "high"], dtype=float)


def _schools_of(used: pd.DataFrame, unit: str, fitted: NDArray | float) -> pd.DataFrame:
    table = used[["unit", "coverage", "participation", "pupils"]].assign(fitted=fitted)
    return table.rename(columns={"unit": unit, "pupils": "n"}).astype({"n": "int64"})
