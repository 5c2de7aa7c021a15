"""One state of a school from its changes in several procedures.

Procedures of one school go up and down together (the same children, the same teachers), so that four agreeing changes
are worth less than four independent ones. How much less is seen from all schools of the region.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from .change import SchoolChanges, states
from .result import Refusal, RefusalReason

#: Schools whose joined z is further out at a first look do not take part in the correlations: schools that change in
#: all procedures would make them too high, and hide themselves.
_FIRST_LOOK = 2.5
#: Median of \|z\| of the normal law, to which the joined z is held.
_MEDIAN = float(stats.norm.ppf(0.75))


@dataclass(frozen=True)
class CompositeChange:
    """Joined changes.

    Parameters
    ----------
    units : DataFrame
        One row per school judged in any procedure, indexed by school: ``n_procedures``, ``z`` (standardised mean of
        the procedures' z), ``p_value``, ``state`` (:class:`~oko_lib.methods.change.ChangeState`; missing when refused).
    correlation : DataFrame
        Correlation of z between procedures over schools, as used (never negative; a pair with too few common schools
        has the median of the others).
    scale : float or None
        Factor that z was still divided by, 1 or more: how much wider than normal the joined z of ordinary schools were.
    n_schools : int
        Schools with two procedures and more.
    refusal : Refusal or None
        Fewer schools with two procedures than needed: the correlation cannot be told, nothing is judged.
    """

    units: pd.DataFrame
    correlation: pd.DataFrame
    scale: float | None
    n_schools: int
    refusal: Refusal | None = None


def normal_scores(changes: SchoolChanges, *, trend: bool = False) -> pd.Series:
    """z of a standard normal law with the p-values of the changes (or trends) and their signs, by school."""
    p_value, sign = ("trend_p", "trend_per_year") if trend else ("p_value", "z")
    units = changes.units.dropna(subset=[p_value])
    score = stats.norm.isf(np.clip(units[p_value].to_numpy(dtype=float), 1e-15, 1) / 2)
    return pd.Series(np.sign(units[sign].to_numpy(dtype=float)) * score, index=units.index)


def composite_change(
    procedures: Mapping[str, SchoolChanges],
    *,
    trend: bool = False,
    minimum_procedures: int = 1,
    minimum_schools: int = 20,
    level: float = 0.95,
) -> CompositeChange:
    """Growth, decline or indistinct over several procedures together.

    Parameters
    ----------
    procedures : mapping
        Name of a procedure → its :func:`~oko_lib.methods.change.school_changes`.
    trend : bool
        Join trends instead of last changes.
    minimum_procedures : int
        Schools with fewer are not judged (no row).
    minimum_schools : int
        Fewest schools common to two procedures for their correlation.
    level : float
        States are called at 1 - level, two-sided.

    Returns
    -------
    CompositeChange
        z = Σz_k / √(1'R1) over the procedures a school has. R is made of rank correlations (2·sin(πρ/6) of Spearman's,
        negative ones set to 0), schools far out at a first look left out, so that schools which truly change hardly
        touch it. z is then divided by the factor that holds the median of \\|z\\| to 0.6745, if above 1.

    References
    ----------
    Stouffer's method with correlated tests: Strube M. J. (1985) Psychological Bulletin 97:334-341.
    """
    wide = pd.DataFrame({name: normal_scores(found, trend=trend) for name, found in procedures.items()}, dtype=float)
    count = wide.notna().sum(axis=1)
    several = wide[count >= 2]
    correlation = _correlation(wide, minimum_schools)
    units = pd.DataFrame({"n_procedures": count[count >= max(minimum_procedures, 1)]})
    found = len(several)
    if correlation is None:
        reason = RefusalReason.TOO_FEW if found else RefusalReason.NO_DATA
        units = units.reindex(columns=["n_procedures", "z", "p_value", "state"])
        return CompositeChange(units, pd.DataFrame(), None, found, Refusal(reason, found, minimum_schools))
    ordinary = wide[_joined(wide, correlation).abs() <= _FIRST_LOOK]
    again = _correlation(ordinary, minimum_schools)
    correlation = correlation if again is None else again
    z = _joined(wide, correlation)
    scale = max(1.0, float(z[several.index].abs().median()) / _MEDIAN)
    units["z"] = z.reindex(units.index) / scale
    units["p_value"] = 2 * stats.norm.sf(units["z"].abs())
    units["state"] = pd.Series(states(units["z"], units["p_value"], 1 - level), index=units.index, dtype="str")
    return CompositeChange(units, correlation, scale, found)


def _joined(wide: pd.DataFrame, correlation: pd.DataFrame) -> pd.Series:
    """Sum of z over the procedures a school has, standardised by their correlations."""
    present = wide.notna().to_numpy(dtype=float)
    variance = np.einsum("ij,jk,ik->i", present, correlation.to_numpy(), present)
    return wide.sum(axis=1) / np.sqrt(np.maximum(variance, 1))


def _correlation(wide: pd.DataFrame, minimum_schools: int) -> pd.DataFrame | None:
    """Correlations between procedures as used; None when no pair has enough common schools."""
    rank = wide.corr(method="spearman", min_periods=max(minimum_schools, 3))
    latent = (2 * np.sin(np.pi / 6 * rank)).clip(lower=0)
    values = latent.to_numpy(copy=True)
    np.fill_diagonal(values, np.nan)
    known = values[np.isfinite(values)]
    if not len(known):
        return None
    values = np.where(np.isfinite(values), values, np.median(known))
    np.fill_diagonal(values, 1.0)
    return pd.DataFrame(values, index=latent.index, columns=latent.columns)
