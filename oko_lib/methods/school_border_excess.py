"""Excess of a school at the borders of marks over what is usual in its region.

Some excess at borders is found nearly everywhere, so a school is compared with the regional background, not with a
smooth curve. Among its pupils near a border (just below, or on it) the share on it is compared with the share in the
rest of the region at the same border of the same work; works and borders are put together.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import statsmodels.api as sm
from scipy import optimize, stats

from oko_lib.methods.evidence_cells import MARKS, WORK_KEYS
from oko_lib.methods.multiplicity import false_discovery
from oko_lib.methods.result import Refusal, RefusalReason

#: Share of schools pulled in at each end when the spread between schools is estimated.
_WINSORISE = 0.1


@dataclass(frozen=True)
class SchoolBorderExcess:
    """Schools against the regional background.

    Parameters
    ----------
    units : DataFrame
        One row per school: school, near (pupils just below or on a border), at (on it), expected, excess (share on the
        border minus the expected share, a fraction), low, high (its interval), p_value (one-sided: more than usual),
        adjusted_p, flagged, refusal (code or None).
    intra_school : float or None
        Intra-school correlation of «on the border» among ordinary schools (0: chance explains their spread).
    level_slope : float or None
        Change of the log odds per standard deviation of a school's mean score: stronger schools have more pupils above
        any border, harmlessly.
    alpha : float
        False-discovery rate controlled.
    n_schools : int
        Schools judged.
    refusal : Refusal or None
    """

    units: pd.DataFrame
    intra_school: float | None
    level_slope: float | None
    alpha: float
    n_schools: int
    refusal: Refusal | None = None


def school_border_excess(
    cells: pd.DataFrame,
    *,
    alpha: float = 0.05,
    min_near: int = 20,
    min_schools: int = 10,
    level: float = 0.95,
) -> SchoolBorderExcess:
    """Compare every school with the regional background at the borders.

    Parameters
    ----------
    cells : DataFrame
        School cells of the whole region, see :func:`~oko_lib.methods.evidence_cells.school_cells`.
    alpha : float
        False-discovery rate (Benjamini–Hochberg) among the schools judged.
    min_near : int
        Pupils near borders a school needs to be judged.
    min_schools : int
        Refuse when fewer schools can be judged: their natural spread cannot be told.
    level : float
        Confidence level of the intervals.

    Returns
    -------
    SchoolBorderExcess

    Notes
    -----
    The expected share of a border is that of all other schools, moved on the logit scale by the school's mean score.
    Schools differ a little for harmless reasons (linked tasks, habits of marking): the spread of ordinary schools,
    winsorised, gives an intra-school correlation, and tails are beta-binomial with it.
    """
    parts = [
        cells[["school", *WORK_KEYS, "mean_z"]].assign(
            border=mark, at=cells[f"at_{mark}"], near=cells[f"at_{mark}"] + cells[f"below_{mark}"]
        )
        for mark in MARKS
    ]
    rows = pd.concat(parts, ignore_index=True) if len(cells) else pd.DataFrame()
    rows = rows[rows["near"] > 0] if len(rows) else rows
    if rows.empty:
        return _refused(RefusalReason.NO_DATA, 0, min_schools, alpha)
    counts = rows.groupby([*WORK_KEYS, "border"], observed=True)[["at", "near"]].transform("sum")
    others = counts["near"] - rows["near"]
    rows = rows.assign(others=others)[others > 0]
    counts = counts.loc[rows.index]
    # Half a pupil on either side keeps a border with few others away from shares of nought and one.
    share = (counts["at"] - rows["at"] + 0.5) / (rows["others"] + 1.0)
    offset = np.log(share / (1 - share)).to_numpy()
    slope = _level_slope(rows, offset)
    usual = 1 / (1 + np.exp(-(offset + slope * rows["mean_z"].to_numpy())))
    rows = rows.assign(expected=rows["near"] * usual, variance=rows["near"] * usual * (1 - usual))
    units = rows.groupby("school", observed=True, sort=True)[["near", "at", "expected", "variance"]].sum().reset_index()
    judged = (units["near"] >= min_near).to_numpy()
    n_schools = int(judged.sum())
    if n_schools < min_schools:
        return _refused(RefusalReason.TOO_FEW, n_schools, min_schools, alpha)
    rho = _intra_school(units[judged])
    return SchoolBorderExcess(_table(units, judged, rho, alpha, level, min_near), rho, slope, alpha, n_schools)


def _refused(reason: RefusalReason, found: int, needed: int, alpha: float) -> SchoolBorderExcess:
    columns = [
        "school",
        "near",
        "at",
        "expected",
        "excess",
        "low",
        "high",
        "p_value",
        "adjusted_p",
        "flagged",
        "refusal",
    ]
    return SchoolBorderExcess(pd.DataFrame(columns=columns), None, None, alpha, found, Refusal(reason, found, needed))


def _level_slope(rows: pd.DataFrame, offset: np.ndarray) -> float:
    level = rows["mean_z"].to_numpy(dtype=float)
    if np.ptp(level) == 0:
        return 0.0
    at = rows["at"].to_numpy(dtype=float)
    fit = sm.GLM(
        np.column_stack([at, rows["near"].to_numpy(dtype=float) - at]),
        level[:, None],
        family=sm.families.Binomial(),
        offset=offset,
    ).fit()
    return float(fit.params[0])


def _intra_school(units: pd.DataFrame) -> float:
    """Intra-school correlation at which the winsorised squared deviations are as large as they should be."""
    near, variance = units["near"].to_numpy(float), units["variance"].to_numpy(float)
    deviation = (units["at"] - units["expected"]).to_numpy(float)
    edge = stats.norm.ppf(1 - _WINSORISE)
    usual = (1 - 2 * _WINSORISE) - 2 * edge * stats.norm.pdf(edge) + 2 * _WINSORISE * edge**2

    def surplus(rho: float) -> float:
        z = deviation / np.sqrt(variance * (1 + (near - 1) * rho))
        low, high = np.quantile(z, [_WINSORISE, 1 - _WINSORISE])
        return float(np.mean((np.clip(z, low, high) - np.median(z)) ** 2)) - usual

    if surplus(0.0) <= 0:
        return 0.0
    return float(optimize.brentq(surplus, 0.0, 0.9)) if surplus(0.9) < 0 else 0.9


def _table(
    units: pd.DataFrame, judged: np.ndarray, rho: float, alpha: float, level: float, min_near: int
) -> pd.DataFrame:
    near, at = units["near"].to_numpy(int), units["at"].to_numpy(int)
    share = units["expected"].to_numpy(float) / near
    p_value = np.full(len(units), np.nan)
    if rho > 0:
        scale = (1 - rho) / rho
        tail = stats.betabinom.sf(at - 1, near, share * scale, (1 - share) * scale)
    else:
        tail = stats.binom.sf(at - 1, near, share)
    p_value[judged] = np.clip(tail[judged], 0.0, 1.0)
    control = false_discovery(p_value, alpha)
    reach = stats.norm.ppf((1 + level) / 2) * np.sqrt(units["variance"] * (1 + (near - 1) * rho)) / near
    excess = at / near - share
    shown = units[["school", "near", "at", "expected"]].assign(
        excess=np.where(judged, excess, np.nan),
        low=np.where(judged, excess - reach, np.nan),
        high=np.where(judged, excess + reach, np.nan),
        p_value=p_value,
        adjusted_p=control.adjusted,
        flagged=control.rejected,
    )
    return shown.assign(refusal=np.where(near >= min_near, None, RefusalReason.TOO_FEW.value))
