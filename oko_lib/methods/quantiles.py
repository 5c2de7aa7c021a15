"""Quantiles of the normal and of Student's law.

What ``scipy.stats.norm.ppf`` and ``scipy.stats.t.ppf`` return, without what they check at every call: a report asks
some thousand times, one number at a time, and the checks took longer than all the rest of its intervals.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special


def normal_quantile(probability: ArrayLike) -> NDArray[np.float64]:
    """Return the quantile of the standard normal law.

    Parameters
    ----------
    probability : array_like
        0 to 1.

    Returns
    -------
    ndarray of float
        A number for a number.
    """
    return special.ndtri(probability)


def student_quantile(probability: ArrayLike, df: ArrayLike) -> NDArray[np.float64]:
    """Return the quantile of Student's law.

    Parameters
    ----------
    probability : array_like
        0 to 1.
    df : array_like
        Degrees of freedom, above 0; infinity gives the normal law.

    Returns
    -------
    ndarray of float
        A number for a number.
    """
    return special.stdtrit(df, probability)
