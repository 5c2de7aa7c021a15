"""The official signs of ФИОКО, computed exactly as published, for any number of pupils.

Every result also says on how many pupils it rests and whether that reaches the minimum the caller considers sound
(``reliable``); the sign itself never depends on that minimum. Source of all three: ФИОКО, «Методика расчёта показателя
„Уровень объективности оценки образовательных результатов в субъекте РФ“».
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from .result import Estimate, Interval, Refusal, RefusalReason

Z = 1.96  # the methodology prints t = 1.96 for every n
FENCE = 3.0  # interquartile ranges beyond the quartile


@dataclass(frozen=True)
class InflatedMean:
    """Sign A, «завышенный средний балл».

    Parameters
    ----------
    region : Estimate
        Mean of all pupils with its interval.
    units : DataFrame
        One row per school: the unit column, ``n``, ``mean``, ``sd``, ``low``, ``high``, ``sign``, ``reliable``.
    """

    region: Estimate
    units: pd.DataFrame


@dataclass(frozen=True)
class JournalMismatch:
    """Sign B, «несоответствие результатов ВПР и школьных отметок».

    Parameters
    ----------
    units : DataFrame
        One row per school: the unit column, ``n`` (pairs), ``correlation`` (Spearman, missing when undefined),
        ``sign``, ``reliable``.
    """

    units: pd.DataFrame


@dataclass(frozen=True)
class ParallelJump:
    """Signs of an abrupt rise or fall of one parallel between years.

    Parameters
    ----------
    units : DataFrame
        The given frame with ``ratio`` (K), ``rise``, ``fall``, ``n`` (the smaller of the two numbers of pupils) and
        ``reliable``.
    lower_quartile, upper_quartile : float or None
        Of K over all schools.
    lower_fence, upper_fence : float or None
        Q25 - 3 IQR and Q75 + 3 IQR.
    n_units : int
        Schools with both years.
    refusal : Refusal or None
        Set when no school has both years.
    """

    units: pd.DataFrame
    lower_quartile: float | None
    upper_quartile: float | None
    lower_fence: float | None
    upper_fence: float | None
    n_units: int
    refusal: Refusal | None = None


def region_ci(scores: ArrayLike, z: float = Z, ddof: int = 0) -> Estimate:
    """Mean with the interval mean ± z·sd/√n of the methodology.

    Parameters
    ----------
    scores : array_like
        Scores; missing ones are left out.
    z : float
        Multiplier; the methodology prints 1.96.
    ddof : int
        0: divisor n (mean squared deviation, the wording of the methodology); 1: divisor n - 1. The printed formula
        is an image that does not settle it.

    Returns
    -------
    Estimate
        One score gives an interval of zero width with ``ddof=0``: so the methodology.
    """
    x = np.asarray(scores, dtype=float)
    x = x[~np.isnan(x)]
    if x.size == 0:
        return Estimate(None, None, 0, refusal=Refusal(RefusalReason.NO_DATA, 0, 1))
    mean = float(x.mean())
    if x.size <= ddof:
        return Estimate(mean, None, int(x.size))
    reach = z * float(x.std(ddof=ddof)) / np.sqrt(x.size)
    return Estimate(mean, Interval(mean - reach, mean + reach), int(x.size))


school_ci = region_ci


def inflated_mean_sign(
    frame: pd.DataFrame,
    unit: str = "login",
    score: str = "score",
    z: float = Z,
    ddof: int = 0,
    minimum_n: int = 0,
) -> InflatedMean:
    """Sign A: the school's interval lies wholly above the region's.

    Parameters
    ----------
    frame : DataFrame
        One row per pupil of one subject, grade and year.
    unit, score : str
        Columns of the school and the primary score.
    z, ddof
        As in :func:`region_ci`.
    minimum_n : int
        Number of pupils from which the school's row is called reliable.

    Returns
    -------
    InflatedMean
        ``sign`` is strict: lower bound of the school > upper bound of the region.
    """
    known = frame[[unit, score]].dropna()
    region = region_ci(known[score], z, ddof)
    grouped = known.groupby(unit, sort=True, observed=True)[score]
    n, mean, sd = grouped.size(), grouped.mean(), grouped.std(ddof=ddof)
    reach = z * sd / np.sqrt(n)
    units = pd.DataFrame({"n": n, "mean": mean, "sd": sd, "low": mean - reach, "high": mean + reach})
    limit = region.interval.high if region.interval else np.inf
    units["sign"] = (units["low"] > limit).astype(bool)
    units["reliable"] = units["n"] >= max(minimum_n, 1)
    return InflatedMean(region, units.reset_index())


def journal_mismatch_sign(
    frame: pd.DataFrame,
    unit: str = "login",
    journal: str = "journal_mark",
    score: str = "score",
    minimum_n: int = 0,
) -> JournalMismatch:
    """Sign B: inside the school, journal mark and primary score are negatively related.

    Parameters
    ----------
    frame : DataFrame
        One row per pupil of one subject, grade and year.
    unit, journal, score : str
        Columns.
    minimum_n : int
        Number of pairs from which the school's row is called reliable.

    Returns
    -------
    JournalMismatch
        Spearman's correlation with mean ranks for ties; ``sign`` is r < 0, so exactly zero gives no sign. Undefined
        where all marks or all scores are equal: no sign then.
    """
    known = frame[[unit, journal, score]].dropna()
    grouped = known.groupby(unit, sort=True, observed=True)
    # Mean ranks are multiples of one half: doubled they are integers, and the sign of the covariance is exact.
    x = (2 * grouped[journal].rank()).astype("int64")
    y = (2 * grouped[score].rank()).astype("int64")
    sums = (
        pd.DataFrame({unit: known[unit], "x": x, "y": y, "xx": x * x, "yy": y * y, "xy": x * y})
        .groupby(unit, sort=True, observed=True)
        .sum()
    )
    n = grouped.size()
    covariance = n * sums["xy"] - sums["x"] * sums["y"]
    spread_x = (n * sums["xx"] - sums["x"] ** 2).astype(float)
    spread_y = (n * sums["yy"] - sums["y"] ** 2).astype(float)
    defined = (spread_x > 0) & (spread_y > 0)
    units = pd.DataFrame({"n": n})
    units["correlation"] = (covariance / np.sqrt((spread_x * spread_y).where(defined))).astype(float)
    units["sign"] = (defined & (covariance < 0)).astype(bool)
    units["reliable"] = units["n"] >= max(minimum_n, 1)
    return JournalMismatch(units.reset_index())


def parallel_jump_signs(
    frame: pd.DataFrame,
    before: str = "percent_before",
    after: str = "percent_after",
    n_before: str = "n_before",
    n_after: str = "n_after",
    fence: float = FENCE,
    minimum_n: int = 0,
) -> ParallelJump:
    """Signs of an abrupt rise or fall of one parallel from grade N to grade N + 1.

    Parameters
    ----------
    frame : DataFrame
        One row per school: mean percentage of the maximum score in grade N in the first year and in grade N + 1 in the
        next, and both numbers of pupils. One subject.
    before, after, n_before, n_after : str
        Columns.
    fence : float
        Interquartile ranges beyond the quartiles.
    minimum_n : int
        Number of pupils, in both years, from which the row is called reliable.

    Returns
    -------
    ParallelJump
        K = before / after; «fall» when K > Q75 + 3 IQR, «rise» when K < Q25 - 3 IQR, both strict. Quartiles are linear
        (type 7). A zero mean in the second year after a positive one gives K = inf: a fall, left out of the quartiles.
    """
    units = frame.copy()
    first, second = frame[before].to_numpy(dtype=float, na_value=np.nan), frame[after].to_numpy(float, na_value=np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = first / second
    units["ratio"] = ratio
    n = np.fmin(frame[n_before].to_numpy(float, na_value=0), frame[n_after].to_numpy(float, na_value=0))
    units["n"] = np.nan_to_num(n).astype("int64")
    units["reliable"] = (units["n"] >= max(minimum_n, 1)) & ~np.isnan(ratio)
    finite = ratio[np.isfinite(ratio)]
    n_units = int((~np.isnan(ratio)).sum())
    if finite.size == 0:
        units["rise"] = units["fall"] = False
        return ParallelJump(units, None, None, None, None, n_units, Refusal(RefusalReason.NO_DATA, 0, 1))
    q25, q75 = (float(q) for q in np.quantile(finite, [0.25, 0.75]))
    low, high = q25 - fence * (q75 - q25), q75 + fence * (q75 - q25)
    units["rise"] = ratio < low
    units["fall"] = ratio > high
    return ParallelJump(units, q25, q75, low, high, n_units)


def regional_index(signs: pd.DataFrame, columns: Sequence[str] | None = None, reliable_at: int = 0) -> Estimate:
    """Regional index: 100 − % of schools with at least one sign, as a fraction.

    Parameters
    ----------
    signs : DataFrame
        One row per school, one column per sign: True, False or missing (no sign could be computed for the school).
    columns : sequence of str, optional
        Sign columns; by default all boolean ones but ``reliable``.
    reliable_at : int
        Smallest number of schools for which the index is given.

    Returns
    -------
    Estimate
        ``n`` and ``denominator``: schools with at least one sign computed; ``numerator``: schools without any sign. No
        interval: the index counts all schools, it is not a sample.
    """
    if columns is None:
        columns = [c for c in signs.columns if pd.api.types.is_bool_dtype(signs[c]) and c != "reliable"]
    chosen = list(columns)
    table = signs[chosen].astype("boolean")
    assessed = table.notna().any(axis=1)
    n = int(assessed.sum())
    if n == 0:
        return Estimate(None, None, 0, refusal=Refusal(RefusalReason.NO_DATA, 0, 1))
    clean = n - int(table.fillna(False).any(axis=1).sum())
    if n < reliable_at:
        return Estimate(None, None, n, clean, n, Refusal(RefusalReason.TOO_FEW, n, reliable_at))
    return Estimate(clean / n, None, n, clean, n)
