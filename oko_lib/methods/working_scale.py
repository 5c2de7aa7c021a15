"""A scale on which shares can be subtracted: the arcsine of the root, where chance is the same at every level.

The share of five pupils in a hundred moves by chance far less than the share of fifty; on this scale (radians, from
0 to about 1.57) the variance depends on the number of pupils alone, so that schools of all levels can be judged
together.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

#: Levels nearer to the edge than this (shares 0.4 % and 99.6 %) are treated as lying there.
_EDGE = 0.06


def arcsine_share(successes: ArrayLike, n: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Anscombe's transform of shares.

    Parameters
    ----------
    successes, n : array_like
        Counts and totals; ``nan`` where ``n`` is zero or a count is missing.

    Returns
    -------
    value, variance : ndarray of float
        asin√((x + 3/8) / (n + 3/4)) in radians, and its chance variance 1 / (4n + 2).

    References
    ----------
    Anscombe F. J. (1948) Biometrika 35:246-254.
    """
    x, total = np.broadcast_arrays(np.asarray(successes, dtype=float), np.asarray(n, dtype=float))
    usable = np.isfinite(x) & np.isfinite(total) & (total > 0)
    x, total = np.where(usable, x, np.nan), np.where(usable, total, np.nan)
    return np.arcsin(np.sqrt((x + 0.375) / (total + 0.75))), 1 / (4 * total + 2)


def share_difference(middle: ArrayLike, difference: ArrayLike) -> NDArray[np.float64]:
    """Difference of two shares from their middle and difference on the working scale.

    sin²(m + d/2) - sin²(m - d/2) = sin(2m)·sin(d); increasing in d and of its sign.

    Parameters
    ----------
    middle, difference : array_like
        Radians.

    Returns
    -------
    ndarray of float
        A fraction from -1 to 1.
    """
    reach = np.clip(np.asarray(difference, dtype=float), -np.pi / 2, np.pi / 2)
    return np.sin(2 * np.asarray(middle, dtype=float)) * np.sin(reach)


def difficulty_slope(middle: ArrayLike) -> NDArray[np.float64]:
    """How far a share moves on the working scale when the work becomes easier for everybody by a little.

    The threshold moves along a normal ability: p = Φ(η), and dy/dη = φ(η) / (2√(p(1-p))). Near 0 and 1 this is about
    half of its value in the middle: an easier work cannot lift a school that has nowhere to go. Without it a common
    shift of the region shows as «decline» of schools near the edges.

    Parameters
    ----------
    middle : array_like
        Level on the working scale, radians.

    Returns
    -------
    ndarray of float
        From about 0.13 at the edges to 0.40 in the middle.
    """
    angle = np.clip(np.asarray(middle, dtype=float), _EDGE, np.pi / 2 - _EDGE)
    share = np.sin(angle) ** 2
    return stats.norm.pdf(stats.norm.ppf(share)) / np.sin(2 * angle)
