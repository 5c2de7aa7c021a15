"""Logistic regression of shares: the steps of a general GLM without its checks and tables, many times quicker."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_SMALLEST = np.finfo(float).eps
_MOST_STEPS, _CLOSE = 100, 1e-8


def logistic_fit(
    share: NDArray[np.float64], weight: NDArray[np.float64], design: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Coefficients of ``logit E share = design @ beta`` by iteratively reweighted least squares.

    Parameters
    ----------
    share : ndarray of float, shape (rows,)
        From 0 to 1.
    weight : ndarray of float, shape (rows,)
        Trials behind each share.
    design : ndarray of float, shape (rows, terms)

    Returns
    -------
    ndarray of float, shape (terms,)

    Notes
    -----
    First guess, steps and end (the deviance changes by less than 1e-8) are those of the binomial GLM of statsmodels,
    so that also a fit that has no finite maximum ends where that one does; the tests compare the two.
    """
    mean = (share + 0.5) / 2
    place = np.log(mean / (1 - mean))
    deviance = _deviance(share, mean, weight)
    beta = np.zeros(design.shape[1])
    for _ in range(_MOST_STEPS):
        inside = mean.clip(_SMALLEST, 1 - _SMALLEST)
        variance = inside * (1 - inside)
        root = np.sqrt(weight * variance)
        beta = np.linalg.lstsq(root[:, None] * design, root * (place + (share - mean) / variance), rcond=-1)[0]
        place = design @ beta
        with np.errstate(over="ignore"):
            mean = 1 / (1 + np.exp(-place))
        before, deviance = deviance, _deviance(share, mean, weight)
        if abs(deviance - before) <= _CLOSE:
            break
    return beta


def _deviance(share: NDArray[np.float64], mean: NDArray[np.float64], weight: NDArray[np.float64]) -> float:
    parts = ((share, mean), (1 - share, 1 - mean))
    logs = [part * np.log((part / (expected + 1e-20)).clip(_SMALLEST, None)) for part, expected in parts]
    return 2 * float((weight * sum(logs)).sum())
