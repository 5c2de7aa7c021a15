"""A school's excess at mark borders over what its region has there anyway."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import betabinom, binom, norm
from statsmodels.stats.multitest import multipletests

from oko_lib.methods.evidence_cells import MARKS
from oko_lib.methods.evidence_signals import expected_share_at_border, school_grid
from oko_lib.methods.result import Refusal, RefusalReason


@dataclass(frozen=True)
class SchoolBorderExcess:
    """Outcome for the schools of a region.

    Parameters
    ----------
    schools : DataFrame or None
        See :func:`school_border_excess`.
    background_sd : float
        Natural standard deviation between schools of the share «at the border», beyond chance (a fraction).
    n_schools : int
        Schools judged.
    alpha : float
        False-discovery rate controlled.
    refusal : Refusal or None
    """

    schools: pd.DataFrame | None
    background_sd: float
    n_schools: int
    alpha: float
    refusal: Refusal | None = None


def school_border_excess(
    cells: pd.DataFrame,
    *,
    alpha: float = 0.05,
    min_around: int = 20,
    min_schools: int = 10,
    level: float = 0.95,
    winsorised: float = 0.10,
) -> SchoolBorderExcess:
    """Excess of a school's pupils at mark borders over the regional background, pooled over works and borders.

    Parameters
    ----------
    cells : DataFrame
        School cells of the whole region from :func:`~oko_lib.methods.evidence_cells.school_cells` (columns ``school,
        subject, grade, year, n, mean_z`` and ``at_3, below_3 … at_5, below_5``). Give the cells of the years and
        subjects in question; all are pooled.
    alpha : float
        False-discovery rate, Benjamini–Hochberg over the schools judged.
    min_around : int
        Fewer pupils around borders → the school is refused (``too_few``).
    min_schools : int
        Fewer schools judged → the whole is refused.
    level : float
        Level of the intervals.
    winsorised : float
        Share of the schools in each tail drawn in before the natural spread is estimated.

    Returns
    -------
    SchoolBorderExcess
        ``schools``: one row per school with ``school, n_around`` (pupils at or just below a border), ``observed`` and
        ``expected`` (pupils at a border), ``share, expected_share`` (of `n_around`), ``excess`` (their difference),
        ``low, high`` (interval of the excess, natural spread included), ``p_value`` (one-sided), ``adjusted_p``,
        ``flagged``, ``refusal``. Pupils near two close borders count at both.

    Notes
    -----
    Expected share: the region's share without the school itself, in the same work at the same border, moved along a
    straight line to the school's mean result (:func:`~oko_lib.methods.evidence_signals.expected_share_at_border`).
    Spread: the sum over works and borders is Poisson-binomial; natural differences between schools add τ², by
    DerSimonian–Laird on winsorised deviations as in funnel plots (Spiegelhalter 2005). Tail: beta-binomial with the
    matching mean and variance, or binomial when τ² is 0 (a binomial is never narrower than a Poisson-binomial of the
    same mean, so p errs on the safe side).

    Assumptions: adjustment in most schools is what makes the regional background; schools are independent.
    """
    if cells.empty:
        return SchoolBorderExcess(None, 0.0, 0, alpha, Refusal(RefusalReason.NO_DATA, 0.0, float(min_schools)))
    grid = school_grid(cells)
    c, everyone = grid.columns, np.ones(len(grid.schools))
    if sum(c[f"{kind}_{mark}"].sum() for mark in MARKS for kind in ("at", "below")) == 0:
        return SchoolBorderExcess(None, 0.0, 0, alpha, Refusal(RefusalReason.NO_SCALE))
    observed, expected, variance, around = (np.zeros(len(grid.schools)) for _ in range(4))
    for mark in MARKS:
        at, total = c[f"at_{mark}"], c[f"at_{mark}"] + c[f"below_{mark}"]
        share = expected_share_at_border(at, total, c["mean_z"], c["n"] > 0, everyone)
        observed += at.sum(axis=1)
        expected += (total * share).sum(axis=1)
        variance += (total * share * (1 - share)).sum(axis=1)
        around += total.sum(axis=1)

    judged = around >= min_around
    if judged.sum() < min_schools:
        refusal = Refusal(RefusalReason.TOO_FEW, float(judged.sum()), float(min_schools))
        return SchoolBorderExcess(None, 0.0, int(judged.sum()), alpha, refusal)
    n = np.maximum(around, 1)
    excess, own_variance = (observed - expected) / n, variance / n**2
    tau2 = _natural_variance(excess[judged], own_variance[judged], winsorised)
    spread = np.sqrt(own_variance + tau2)
    p_value = np.full(len(n), np.nan)
    p_value[judged] = _upper_tail(observed[judged], around[judged], (expected / n)[judged], tau2)
    adjusted = np.full(len(n), np.nan)
    adjusted[judged] = multipletests(p_value[judged], method="fdr_bh")[1]
    half = norm.ppf((1 + level) / 2) * spread
    frame = pd.DataFrame(
        {
            "school": grid.schools,
            "n_around": around.astype(int),
            "observed": observed.astype(int),
            "expected": expected,
            "share": observed / n,
            "expected_share": expected / n,
            "excess": excess,
            "low": excess - half,
            "high": excess + half,
            "p_value": p_value,
            "adjusted_p": adjusted,
            "flagged": np.nan_to_num(adjusted, nan=1.0) <= alpha,
        }
    )
    values = ["share", "expected_share", "excess", "low", "high"]
    frame.loc[~judged, values] = np.nan
    refusals = [None if known else RefusalReason.TOO_FEW.value for known in judged]
    frame["refusal"] = pd.Series(refusals, dtype=object)
    return SchoolBorderExcess(frame, float(np.sqrt(tau2)), int(judged.sum()), alpha)


def _natural_variance(excess: np.ndarray, variance: np.ndarray, winsorised: float) -> float:
    """DerSimonian–Laird between-school variance of winsorised standardised deviations."""
    z = excess / np.sqrt(variance)
    low, high = np.quantile(z, [winsorised, 1 - winsorised])
    z = np.clip(z, low, high)
    # Drawing the tails in narrows even a normal spread; this puts the normal spread back to 1.
    bound = norm.ppf(1 - winsorised)
    shrunk = (1 - 2 * winsorised) - 2 * bound * norm.pdf(bound) + 2 * winsorised * bound**2
    phi = float((z**2).mean()) / shrunk
    weight = 1 / variance
    count = len(z)
    total = count * phi - (count - 1)
    return max(0.0, total / (weight.sum() - (weight**2).sum() / weight.sum()))


def _upper_tail(observed, around, share, tau2: float) -> np.ndarray:
    """``P(X ≥ observed)``."""
    if tau2 <= 0:
        return binom.sf(observed - 1, around, share)
    # Beta-binomial whose variance is n·p·q + n²·τ²; a spread beyond what a share can have is cut.
    correlation = np.minimum((tau2 * around) / (share * (1 - share) * np.maximum(around - 1, 1)), 0.9)
    size = 1 / correlation - 1
    return betabinom.sf(observed - 1, around, share * size, (1 - share) * size)
