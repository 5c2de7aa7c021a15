"""Many tests at once: how many of the flagged are false on average."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from statsmodels.stats.multitest import multipletests


@dataclass(frozen=True)
class FalseDiscovery:
    """Outcome of false-discovery control.

    Parameters
    ----------
    adjusted : ndarray of float
        Adjusted p-values in the order given; ``nan`` where no test was made.
    rejected : ndarray of bool
        True where the finding stands at ``alpha``.
    alpha : float
        Bound on the expected share of false findings.
    n_tests, n_rejected : int
        Tests made (missing ones are not counted) and findings that stand.
    dependent : bool
        True for the Benjamini-Yekutieli variant.
    """

    adjusted: NDArray[np.float64]
    rejected: NDArray[np.bool_]
    alpha: float
    n_tests: int
    n_rejected: int
    dependent: bool


def false_discovery(p_values: ArrayLike, alpha: float = 0.05, dependent: bool = False) -> FalseDiscovery:
    """Benjamini-Hochberg control of the false-discovery rate.

    Parameters
    ----------
    p_values : array_like
        One-dimensional; ``nan`` marks a test that was refused: it stays ``nan`` and is not counted.
    alpha : float
        Bound on the expected share of false findings among all findings.
    dependent : bool
        Use Benjamini-Yekutieli, valid under any dependence (more cautious).

    Returns
    -------
    FalseDiscovery

    Raises
    ------
    ValueError
        If a p-value lies outside 0..1.

    References
    ----------
    Benjamini Y., Hochberg Y. (1995) JRSS B 57:289-300; Benjamini Y., Yekutieli D. (2001) Annals of Statistics 29:1165.
    """
    p = np.asarray(p_values, dtype=float).ravel()
    tested = ~np.isnan(p)
    if np.any((p[tested] < 0) | (p[tested] > 1)):
        raise ValueError("p-values must lie between 0 and 1")
    adjusted = np.full(p.shape, np.nan)
    rejected = np.zeros(p.shape, dtype=bool)
    if tested.any():
        method = "fdr_by" if dependent else "fdr_bh"
        rejected[tested], adjusted[tested], _, _ = multipletests(p[tested], alpha=alpha, method=method)
    return FalseDiscovery(adjusted, rejected, alpha, int(tested.sum()), int(rejected.sum()), dependent)


def adjusted_within(p_values: ArrayLike, group: ArrayLike) -> NDArray[np.float64]:
    """Benjamini-Hochberg adjusted p-values, each group being a family of tests of its own.

    Parameters
    ----------
    p_values : array_like
        ``nan`` marks a test that was refused, as in :func:`false_discovery`.
    group : array_like
        Family of each.

    Returns
    -------
    ndarray of float
        ``adjusted`` of :func:`false_discovery` of every family, all families in one go.

    Raises
    ------
    ValueError
        If a p-value lies outside 0..1.
    """
    p, family = np.asarray(p_values, dtype=float), pd.factorize(pd.Series(group))[0]
    tested = np.flatnonzero(~np.isnan(p))
    if np.any((p[tested] < 0) | (p[tested] > 1)):
        raise ValueError("p-values must lie between 0 and 1")
    order = tested[np.lexsort((p[tested], family[tested]))]
    own = pd.Series(family[order])
    size = own.groupby(own).transform("size").to_numpy()
    rank = own.groupby(own).cumcount().to_numpy() + 1
    raised = pd.Series(p[order] / (rank / size))[::-1]
    adjusted = np.full(p.shape, np.nan)
    adjusted[order] = np.minimum(raised.groupby(own[::-1]).cummin()[::-1].to_numpy(), 1.0)
    return adjusted
