"""How far a group of pupils lags behind the others of the same schools, and whether the lag changes.

Pupils of difficult circumstances are more numerous in some schools than in others, so shares over the whole region mix
the lag with differences of schools. Here every pupil is compared with others of the same school (and procedure), and
uncertainty comes from schools, not pupils: each school is left out in turn.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .change import ChangeState
from .quantiles import student_quantile
from .result import Estimate, Interval, Refusal, RefusalReason

COUNTS = ("n_group", "success_group", "n_others", "success_others")


@dataclass(frozen=True)
class GroupGap:
    """Lag of a group behind the other pupils of the same schools.

    Parameters
    ----------
    gap : Estimate
        Share of success of the others minus that of the group, within cells, from -1 to 1: positive when the group
        lags. ``n`` counts pupils compared.
    share_group, share_others : float or None
        Plain shares over the compared cells (their difference is not the gap: schools mix in).
    n_group, n_others : int
        Pupils compared.
    n_schools : int
        Schools with both kinds of pupils in one cell.
    n_pupils_apart : int
        Pupils of cells with one kind only; they say nothing of the lag.
    df : float or None
        Degrees of freedom of the interval.
    """

    gap: Estimate
    share_group: float | None
    share_others: float | None
    n_group: int
    n_others: int
    n_schools: int
    n_pupils_apart: int
    df: float | None


@dataclass(frozen=True)
class GapChange:
    """Change of the lag between two years.

    Parameters
    ----------
    before, after : GroupGap
    change : Estimate
        After minus before: positive when the lag grew.
    state : ChangeState or None
        Growth or decline when the interval leaves zero out; None when refused.
    n_schools_both : int
        Schools compared in both years.
    """

    before: GroupGap
    after: GroupGap
    change: Estimate
    state: ChangeState | None
    n_schools_both: int


def counts_of_groups(
    pupils: pd.DataFrame,
    *,
    success: str = "success",
    group: str = "group",
    unit: str = "school",
    cells: Sequence[str] = (),
) -> pd.DataFrame:
    """Counts by school and cell from one row per pupil.

    Parameters
    ----------
    pupils : DataFrame
        ``success`` and ``group`` are booleans (or 0/1); rows missing either are left out: unknown is not «no».
    success, group, unit : str
    cells : sequence of str
        Columns within which pupils are compared besides the school, for example procedure and grade.

    Returns
    -------
    DataFrame
        Unit, cells, ``n_group``, ``success_group``, ``n_others``, ``success_others``.
    """
    known = pupils[[unit, *cells, success, group]].dropna()
    in_group = known[group].astype(bool).to_numpy()
    succeeded = known[success].astype(bool).to_numpy()
    counted = known[[unit, *cells]].assign(
        n_group=in_group,
        success_group=in_group & succeeded,
        n_others=~in_group,
        success_others=~in_group & succeeded,
    )
    return counted.groupby([unit, *cells], as_index=False, observed=True)[list(COUNTS)].sum()


def group_gap(
    counts: pd.DataFrame, *, unit: str = "school", minimum_n: int = 30, minimum_schools: int = 5, level: float = 0.95
) -> GroupGap:
    """Lag of the group within schools.

    Parameters
    ----------
    counts : DataFrame
        One row per school × cell: unit, ``n_group``, ``success_group``, ``n_others``, ``success_others``.
    unit : str
        Column of the school.
    minimum_n : int
        Smallest number of pupils of either kind over the compared cells.
    minimum_schools : int
        Smallest number of schools with both kinds.
    level : float
        Of the interval.

    Returns
    -------
    GroupGap
        Difference of shares with Cochran's weights n1·n0/(n1+n0) per cell (the Mantel-Haenszel risk difference).
        Variance by jackknife over schools, Student's interval with the effective number of schools less one, cut to
        -1..1.

    Raises
    ------
    ValueError
        If a count is negative, exceeds its total, or is missing.

    References
    ----------
    Cochran W. G. (1954) Biometrics 10:417-451; Greenland S., Robins J. M. (1985) Biometrics 41:55-68; MacKinnon J. G.,
    Nielsen M. Ø., Webb M. D. (2023) Journal of Econometrics 232:272-299 (jackknife over clusters).
    """
    sums = _by_school(counts, unit)
    gap, variance, df = _jackknife(sums)
    described = _described(counts, sums)
    refusal = _refusal(described, minimum_n, minimum_schools, variance)
    estimate = _estimate(gap, variance, df, refusal, described["n_group"] + described["n_others"], level, 1.0)
    return GroupGap(gap=estimate, df=None if refusal else df, **described)


def group_gap_change(
    before: pd.DataFrame,
    after: pd.DataFrame,
    *,
    unit: str = "school",
    minimum_n: int = 30,
    minimum_schools: int = 5,
    level: float = 0.95,
) -> GapChange:
    """Change of the lag between two years.

    Parameters
    ----------
    before, after : DataFrame
        Counts of the two years, see ``group_gap``.
    unit, minimum_n, minimum_schools, level
        As in ``group_gap``; either year below a minimum refuses the change.

    Returns
    -------
    GapChange
        A school is left out of both years at once, so its lasting peculiarity does not count as uncertainty twice.
    """
    gaps = [
        group_gap(year, unit=unit, minimum_n=minimum_n, minimum_schools=minimum_schools, level=level)
        for year in (before, after)
    ]
    sums = [_by_school(year, unit) for year in (before, after)]
    schools = sums[0].index.union(sums[1].index)
    both = int(sums[0].index.isin(sums[1].index).sum())
    n = sum(gap.n_group + gap.n_others for gap in gaps)
    refusal = next((gap.gap.refusal for gap in gaps if gap.gap.refusal is not None), None)
    if refusal is not None:
        return GapChange(*gaps, Estimate(None, None, n, refusal=refusal), None, both)
    whole, left_out = zip(*(_leave_one_out(part.reindex(schools, fill_value=0.0)) for part in sums), strict=True)
    variance = _spread(left_out[1] - left_out[0], whole[1] - whole[0])
    df = min(gap.df for gap in gaps)
    missing = None if variance > 0 else Refusal(RefusalReason.NO_VARIATION, len(schools))
    change = _estimate(whole[1] - whole[0], variance, df, missing, n, level, 2.0)
    return GapChange(*gaps, change, _state(change), both)


def _by_school(counts: pd.DataFrame, unit: str) -> pd.DataFrame:
    """Sums over a school's cells: weighted differences, weights, and pupils of cells with both kinds."""
    numbers = counts[list(COUNTS)].astype(float)
    n1, x1, n0, x0 = (numbers[name].to_numpy() for name in COUNTS)
    if numbers.isna().any(axis=None) or (numbers < 0).any(axis=None) or np.any(x1 > n1) or np.any(x0 > n0):
        raise ValueError("counts must satisfy 0 <= success <= n")
    both = (n1 > 0) & (n0 > 0)
    n1, x1, n0, x0 = n1[both], x1[both], n0[both], x0[both]
    weight = n1 * n0 / (n1 + n0)
    parts = {"difference": weight * (x0 / n0 - x1 / n1), "weight": weight}
    parts |= dict(zip(COUNTS, (n1, x1, n0, x0), strict=True))
    school, schools = pd.factorize(counts[unit].to_numpy()[both], sort=True)
    sums = {name: np.bincount(school, values, len(schools)) for name, values in parts.items()}
    return pd.DataFrame(sums, index=pd.Index(schools))


def _leave_one_out(sums: pd.DataFrame) -> tuple[float, NDArray[np.float64]]:
    total, weight = sums["difference"].sum(), sums["weight"].sum()
    with np.errstate(divide="ignore", invalid="ignore"):
        return total / weight, ((total - sums["difference"]) / (weight - sums["weight"])).to_numpy()


def _spread(left_out: NDArray, whole: float) -> float:
    return float((len(left_out) - 1) / len(left_out) * ((left_out - whole) ** 2).sum())


def _jackknife(sums: pd.DataFrame) -> tuple[float | None, float, float]:
    """Gap, its variance, and degrees of freedom: schools that carry the weight count, the others hardly."""
    if len(sums) < 2:
        return None, 0.0, 0.0
    whole, left_out = _leave_one_out(sums)
    freedom = max(float(sums["weight"].sum() ** 2 / (sums["weight"] ** 2).sum()) - 1, 1.0)
    return float(whole), _spread(left_out, whole), freedom


def _described(counts: pd.DataFrame, sums: pd.DataFrame) -> dict:
    n1, x1, n0, x0 = (float(sums[name].sum()) for name in COUNTS)
    every = float(counts["n_group"].sum() + counts["n_others"].sum())
    return {
        "share_group": x1 / n1 if n1 else None,
        "share_others": x0 / n0 if n0 else None,
        "n_group": int(n1),
        "n_others": int(n0),
        "n_schools": len(sums),
        "n_pupils_apart": int(every - n1 - n0),
    }


def _refusal(described: dict, minimum_n: int, minimum_schools: int, variance: float) -> Refusal | None:
    pupils, schools = min(described["n_group"], described["n_others"]), described["n_schools"]
    needed = max(minimum_schools, 2)
    if schools == 0:
        return Refusal(RefusalReason.NO_DATA, 0, needed)
    if schools < needed:
        return Refusal(RefusalReason.TOO_FEW, schools, needed)
    if pupils < minimum_n:
        return Refusal(RefusalReason.TOO_FEW, pupils, minimum_n)
    return None if variance > 0 else Refusal(RefusalReason.NO_VARIATION, schools)


def _estimate(
    value: float | None, variance: float, df: float, refusal: Refusal | None, n: int, level: float, most: float
) -> Estimate:
    if refusal is not None or value is None:
        return Estimate(None, None, n, refusal=refusal)
    reach = float(student_quantile((1 + level) / 2, df)) * float(np.sqrt(variance))
    return Estimate(float(value), Interval(max(value - reach, -most), min(value + reach, most), level), n)


def _state(change: Estimate) -> ChangeState | None:
    if not change.given:
        return None
    if change.interval.low > 0:
        return ChangeState.GROWTH
    return ChangeState.DECLINE if change.interval.high < 0 else ChangeState.INDISTINCT
