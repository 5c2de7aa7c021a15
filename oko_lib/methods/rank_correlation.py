"""Is a rank correlation below zero beyond chance?"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

#: Variance factor of the Fisher-transformed Spearman correlation (Fieller, Hartley, Pearson, Biometrika 44, 1957).
_FIELLER = 1.06


def negative_correlation_p(correlation: ArrayLike, n: ArrayLike, minimum_n: int = 10) -> NDArray[np.float64]:
    """One-sided p-values of «the true rank correlation is not negative».

    Parameters
    ----------
    correlation : array_like
        Spearman correlations; missing where undefined.
    n : array_like
        Numbers of pairs.
    minimum_n : int
        Fewer pairs (never fewer than 5) give no p-value.

    Returns
    -------
    ndarray of float
        Small values speak for a negative correlation; ``nan`` where refused.
    """
    r, n = np.broadcast_arrays(np.asarray(correlation, dtype=float), np.asarray(n, dtype=float))
    usable = np.isfinite(r) & (n >= max(minimum_n, 5))
    p = np.full(r.shape, np.nan)
    z = np.arctanh(np.clip(r[usable], -1 + 1e-12, 1 - 1e-12)) * np.sqrt((n[usable] - 3) / _FIELLER)
    p[usable] = stats.norm.cdf(z)
    return p
