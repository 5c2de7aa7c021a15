"""Poisson regression of counts on a polynomial of the score, many samples at once.

The samples of a bootstrap share one design, so Newton's steps are taken for all of them together: five hundred refits
take milliseconds where five hundred calls of a general GLM take seconds. Checked against statsmodels in the tests.
"""

from __future__ import annotations

import numpy as np

_MAX_STEPS = 60
_LARGEST_LOG_MEAN = 40.0


def polynomial_basis(max_score: int, degree: int) -> np.ndarray:
    """Orthonormal polynomials on the scores 0 … max_score, shape (max_score + 1, degree + 1).

    Orthogonal columns keep the regression well conditioned where raw powers of the score would not be.
    """
    scaled = np.linspace(-1.0, 1.0, max_score + 1)
    powers = np.polynomial.chebyshev.chebvander(scaled, degree)
    basis, triangle = np.linalg.qr(powers)
    return basis * np.sign(np.diag(triangle))


def fit_batch(counts: np.ndarray, basis: np.ndarray) -> np.ndarray:
    """Maximum likelihood of ``log E counts = basis @ beta`` for each row of `counts`.

    Parameters
    ----------
    counts : array, shape (samples, bins)
    basis : array, shape (bins, terms)

    Returns
    -------
    array, shape (samples, terms)
    """
    counts = np.asarray(counts, dtype=float)
    beta = np.log(counts + 0.5) @ np.linalg.pinv(basis).T
    deviance = _deviance(counts, basis, beta)
    for _ in range(_MAX_STEPS):
        mean = _mean(basis, beta)
        gradient = (counts - mean) @ basis
        hessian = np.einsum("sb,bi,bj->sij", mean, basis, basis, optimize=True)
        hessian += 1e-9 * np.trace(hessian, axis1=1, axis2=2)[:, None, None] * np.eye(basis.shape[1])
        step = np.linalg.solve(hessian, gradient[..., None])[..., 0]
        beta, deviance, moved = _damped(counts, basis, beta, deviance, step)
        if moved < 1e-9:
            break
    return beta


def expected_counts(basis: np.ndarray, beta: np.ndarray) -> np.ndarray:
    """Expected counts, shape (samples, bins)."""
    return _mean(basis, beta)


def quasi_aic(counts: np.ndarray, basis: np.ndarray, degrees: range) -> np.ndarray:
    """Quasi-AIC of each degree for each row of `counts`, shape (samples, degrees).

    The deviance is scaled by the Pearson dispersion of the widest model, so that an uneven scale does not call for
    an ever more flexible polynomial. AIC rather than BIC: too stiff a counterfactual biases the excess, too flexible
    a one only widens its interval.
    """
    widest = basis[:, : degrees[-1] + 1]
    mean = _mean(widest, fit_batch(counts, widest))
    spare = max(counts.shape[1] - degrees[-1] - 1, 1)
    dispersion = np.maximum((((counts - mean) ** 2) / np.maximum(mean, 1e-9)).sum(axis=1) / spare, 1.0)
    values = []
    for degree in degrees:
        columns = basis[:, : degree + 1]
        deviance = _deviance(counts, columns, fit_batch(counts, columns))
        values.append(deviance / dispersion + 2 * (degree + 1))
    return np.stack(values, axis=1)


def _mean(basis: np.ndarray, beta: np.ndarray) -> np.ndarray:
    return np.exp(np.clip(beta @ basis.T, -_LARGEST_LOG_MEAN, _LARGEST_LOG_MEAN))


def _deviance(counts: np.ndarray, basis: np.ndarray, beta: np.ndarray) -> np.ndarray:
    mean = _mean(basis, beta)
    with np.errstate(divide="ignore", invalid="ignore"):
        term = np.where(counts > 0, counts * np.log(counts / mean), 0.0)
    return 2 * (term - (counts - mean)).sum(axis=1)


def _damped(counts, basis, beta, deviance, step):
    """Newton's step, halved where it would make the fit worse."""
    scale = np.ones(len(beta))
    for _ in range(12):
        trial = beta + scale[:, None] * step
        reached = _deviance(counts, basis, trial)
        worse = ~(reached <= deviance + 1e-9 * (1 + np.abs(deviance)))
        if not worse.any():
            break
        scale[worse] /= 2
    trial = np.where(worse[:, None], beta, trial)
    reached = np.where(worse, deviance, reached)
    return trial, reached, float(np.max(np.abs(trial - beta), initial=0.0))
