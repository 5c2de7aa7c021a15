"""Has a number (of participants, of prizes) grown over the years, or does it only vary from school to school?

«Positive dynamics of the number» by the letter is any rise; of two equal years one is larger by chance nearly every
time. The reliable state asks whether the ratio of the years could be 1, with schools as the units that vary: a lucky
class or a teacher brings several children at once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from .change import ChangeState
from .quantiles import normal_quantile, student_quantile
from .result import Estimate, Interval, Refusal, RefusalReason


@dataclass(frozen=True)
class CountChange:
    """Change of a count of a set of schools between two years.

    Parameters
    ----------
    before, after : int
        Totals of the two years (facts, given whenever there are data).
    exposure_before, exposure_after : float or None
        Totals of what the counts are related to, for example pupils; None when the counts are compared as they are.
    formal : ChangeState or None
        By the letter: growth for any rise (of the count, of the rate with exposure), ``indistinct`` when equal.
    ratio : Estimate
        After over before (of rates with exposure), with interval; ``n`` is the total of both years. The upper bound is
        infinite when nothing was counted before.
    state : ChangeState or None
        Reliable state: growth or decline when the interval leaves 1 out; None when refused.
    design_effect : float or None
        How many times wider the variance is than that of independent single events; 1 or more.
    n_schools : int
        Schools with anything counted in either year.
    n_left_out : int
        Schools lacking one of the two years: not compared.
    """

    before: int
    after: int
    exposure_before: float | None
    exposure_after: float | None
    formal: ChangeState | None
    ratio: Estimate
    state: ChangeState | None
    design_effect: float | None
    n_schools: int
    n_left_out: int


def count_change(
    counts: pd.DataFrame,
    *,
    before: str = "before",
    after: str = "after",
    exposure_before: str | None = None,
    exposure_after: str | None = None,
    minimum_total: int = 20,
    minimum_schools: int = 5,
    level: float = 0.95,
) -> CountChange:
    """Formal and reliable change of a count.

    Parameters
    ----------
    counts : DataFrame
        One row per school with the counts of both years; a school that truly sent nobody has 0, one whose data are
        lacking has a missing value and is left out of both years.
    before, after : str
        Columns of the counts.
    exposure_before, exposure_after : str, optional
        Columns of the exposures (pupils of the grades in question); both or none.
    minimum_total : int
        Fewest events of both years together.
    minimum_schools : int
        Fewest schools with anything counted: fewer cannot show how schools vary.
    level : float
        Of the interval.

    Returns
    -------
    CountChange
        Given their total, the events of the later year are binomial with share p, and the ratio is p/(1-p): its exact
        (Clopper-Pearson) interval is that of single independent events. Schools vary more: p is left without each
        school in turn (of rates, where there are exposures), the design effect divides the effective numbers of
        events, Student's t with the effective number of schools stands for the normal law. The interval is never
        narrower than the exact one.

    Raises
    ------
    ValueError
        For negative counts, or exposures that are not positive where something was counted.

    Notes
    -----
    What befalls all schools at once (harder tasks, another quota) is in the ratio and is not seen as fluctuation.

    References
    ----------
    Clopper C. J., Pearson E. S. (1934) Biometrika 26:404-413; Przyborowski J., Wilenski H. (1940) Biometrika 31:313-323
    (conditional comparison of two Poisson counts); Korn E. L., Graubard B. I. (1998) Survey Methodology 24:193-201
    (effective sample size); Efron B., Stein C. (1981) Annals of Statistics 9:586-596 (jackknife variance).
    """
    x, exposure, left_out = _checked(counts, [before, after], [exposure_before, exposure_after])
    first, second = (int(total) for total in x.sum(axis=0))
    n = first + second
    weight = exposure.sum(axis=0)
    rates = exposure_before is not None
    schools = int((x.sum(axis=1) > 0).sum())
    exposed = bool((weight > 0).all())
    described = {
        "before": first,
        "after": second,
        "exposure_before": float(weight[0]) if rates else None,
        "exposure_after": float(weight[1]) if rates else None,
        "formal": _formal(first * weight[1], second * weight[0]) if exposed else None,
        "n_schools": schools,
        "n_left_out": left_out,
    }
    refusal = _refusal(n if exposed else 0, schools, minimum_total, minimum_schools)
    if refusal is not None:
        return CountChange(ratio=Estimate(None, None, n, refusal=refusal), state=None, design_effect=None, **described)
    effect = _design_effect(x, exposure)
    interval = _interval(first, second, weight[0] / weight[1], effect, _reach(x.sum(axis=1), level), level)
    ratio = Estimate(float(np.divide(second * weight[0], first * weight[1])) if first else np.inf, interval, n)
    return CountChange(ratio=ratio, state=_state(interval), design_effect=effect, **described)


def _checked(
    counts: pd.DataFrame, columns: list[str], exposures: list[str | None]
) -> tuple[NDArray[np.float64], NDArray[np.float64], int]:
    """Counts and exposures of the schools with both years, shape (schools, 2), and how many schools are left out."""
    if (exposures[0] is None) != (exposures[1] is None):
        raise ValueError("exposures of both years or of none")
    x = np.column_stack([counts[name].to_numpy(dtype=float, na_value=np.nan) for name in columns])
    if exposures[0] is None:
        # Counts as they are: every school counts alike in both years.
        exposure = np.ones_like(x)
    else:
        exposure = np.column_stack([counts[name].to_numpy(dtype=float, na_value=np.nan) for name in exposures])
    known = np.isfinite(x).all(axis=1) & np.isfinite(exposure).all(axis=1)
    x, exposure = x[known], exposure[known]
    if (x < 0).any():
        raise ValueError("counts must not be negative")
    if (exposure < 0).any() or ((exposure == 0) & (x > 0)).any():
        raise ValueError("exposures must be positive where something was counted")
    return x, exposure, int((~known).sum())


def _refusal(n: int, schools: int, minimum_total: int, minimum_schools: int) -> Refusal | None:
    if n == 0:
        return Refusal(RefusalReason.NO_DATA, 0, max(minimum_total, 1))
    if n < minimum_total:
        return Refusal(RefusalReason.TOO_FEW, n, minimum_total)
    needed = max(minimum_schools, 2)
    return Refusal(RefusalReason.TOO_FEW, schools, needed) if schools < needed else None


def _formal(before: float, after: float) -> ChangeState:
    if np.isclose(before, after, rtol=1e-12, atol=0):
        return ChangeState.INDISTINCT
    return ChangeState.GROWTH if after > before else ChangeState.DECLINE


def _design_effect(x: NDArray, exposure: NDArray) -> float:
    """Jackknife variance of the later year's part over that of independent events, at least 1."""
    total, weight = x.sum(axis=0), exposure.sum(axis=0)
    if (total == 0).any():
        return 1.0
    share = _part(total, weight)
    events = (share * (1 - share)) ** 2 * (1 / total).sum()
    with np.errstate(divide="ignore", invalid="ignore"):
        without = _part(total - x, weight - exposure)
    without = without[np.isfinite(without)]
    count = len(without)
    variance = (count - 1) / count * ((without - without.mean()) ** 2).sum()
    return max(float(variance / events), 1.0)


def _part(x: NDArray, exposure: NDArray) -> NDArray[np.float64]:
    """Rate of the later year over the sum of both rates."""
    rate = x / exposure
    return rate[..., 1] / rate.sum(axis=-1)


def _reach(n: NDArray, level: float) -> float:
    """Student's quantile for the effective number of schools over the normal one."""
    effective = n.sum() ** 2 / (n**2).sum()
    return float(student_quantile((1 + level) / 2, max(effective - 1, 1.0)) / normal_quantile((1 + level) / 2))


def _interval(before: int, after: int, scale: float, effect: float, reach: float, level: float) -> Interval:
    bounds = [_clopper_pearson(after / d, before / d, level) for d in (1.0, effect * reach**2)]
    low, high = min(low for low, _ in bounds), max(high for _, high in bounds)
    return Interval(scale * low / (1 - low), scale * high / (1 - high) if high < 1 else np.inf, level)


def _clopper_pearson(events: float, others: float, level: float) -> tuple[float, float]:
    """Exact interval of a share; effective numbers need not be whole."""
    tail = (1 - level) / 2
    low = stats.beta.ppf(tail, events, others + 1) if events > 0 else 0.0
    high = stats.beta.isf(tail, events + 1, others) if others > 0 else 1.0
    return float(low), float(high)


def _state(interval: Interval) -> ChangeState:
    if interval.low > 1:
        return ChangeState.GROWTH
    return ChangeState.DECLINE if interval.high < 1 else ChangeState.INDISTINCT
