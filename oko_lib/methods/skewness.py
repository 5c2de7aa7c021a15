"""Tails of sums that are skewed: of few expected successes, one more is likelier than its distance in sd suggests."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

#: Skewness too small to matter; the transform divides by it.
_NONE = 1e-4


def normal_score(z: ArrayLike, skewness: ArrayLike) -> NDArray[np.float64]:
    """Value of a standard normal law that is as far in the tail.

    Parameters
    ----------
    z : array_like
        Standardised deviation.
    skewness : array_like
        Of the law of the deviation, between about -2 and 2.

    Returns
    -------
    ndarray of float
        Wilson and Hilferty's cube root of a gamma variable with this skewness; increasing in z.

    References
    ----------
    Wilson E. B., Hilferty M. M. (1931) Proceedings of the National Academy of Sciences 17:684-688.
    """
    z, skewness = np.broadcast_arrays(np.asarray(z, dtype=float), np.asarray(skewness, dtype=float))
    plain = ~(np.abs(skewness) >= _NONE)
    g = np.where(plain, 1.0, skewness)
    return np.where(plain, z, 6 / g * (np.cbrt(g * z / 2 + 1) - 1) + g / 6)
