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
    terms = basis.shape[1]
    products = (basis[:, :, None] * basis[:, None, :]).reshape(len(basis), terms * terms)
    result = np.log(counts + 0.5) @ np.linalg.pinv(basis).T
    moving = np.arange(len(counts))
    beta, mean = result.copy(), _mean(basis, result)
    deviance = _deviance(counts, mean)
    for _ in range(_MAX_STEPS):
        gradient = (counts - mean) @ basis
        hessian = (mean @ products).reshape(-1, terms, terms)
        hessian += 1e-9 * np.trace(hessian, axis1=1, axis2=2)[:, None, None] * np.eye(terms)
        step = np.linalg.solve(hessian, gradient[..., None])[..., 0]
        reached, mean, deviance = _damped(counts, basis, beta, mean, deviance, step)
        result[moving] = reached
        # Samples that have arrived are left alone: the last steps are of the few that need them.
        still = np.abs(reached - beta).max(axis=1, initial=0.0) >= 1e-9
        if not still.any():
            break
        moving, counts = moving[still], counts[still]
        beta, mean, deviance = reached[still], mean[still], deviance[still]
    return result


def expected_counts(basis: np.ndarray, beta: np.ndarray) -> np.ndarray:
    """Expected counts, shape (samples, bins)."""
    return _mean(basis, beta)


def quasi_aic(counts: np.ndarray, basis: np.ndarray, degrees: range) -> tuple[np.ndarray, list[np.ndarray]]:
    """Quasi-AIC of each degree for each row of `counts`, shape (samples, degrees), and the fits of the degrees.

    The deviance is scaled by the Pearson dispersion of the widest model, so that an uneven scale does not call for
    an ever more flexible polynomial. AIC rather than BIC: too stiff a counterfactual biases the excess, too flexible
    a one only widens its interval.
    """
    fits = [fit_batch(counts, basis[:, : degree + 1]) for degree in degrees]
    means = [_mean(basis[:, : degree + 1], fit) for degree, fit in zip(degrees, fits, strict=True)]
    widest = means[-1]
    spare = max(counts.shape[1] - degrees[-1] - 1, 1)
    dispersion = np.maximum((((counts - widest) ** 2) / np.maximum(widest, 1e-9)).sum(axis=1) / spare, 1.0)
    values = [
        _deviance(counts, mean) / dispersion + 2 * (degree + 1) for degree, mean in zip(degrees, means, strict=True)
    ]
    return np.stack(values, axis=1), fits


def _mean(basis: np.ndarray, beta: np.ndarray) -> np.ndarray:
    return np.exp(np.clip(beta @ basis.T, -_LARGEST_LOG_MEAN, _LARGEST_LOG_MEAN))


def _deviance(counts: np.ndarray, mean: np.ndarray) -> np.ndarray:
    with np.errstate(divide="ignore", invalid="ignore"):
        term = np.where(counts > 0, counts * np.log(counts / mean), 0.0)
    return 2 * (term - (counts - mean)).sum(axis=1)


def _damped(
    counts: np.ndarray, basis: np.ndarray, beta: np.ndarray, mean: np.ndarray, deviance: np.ndarray, step: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Newton's step, halved where it would make the fit worse: coefficients, their means and deviances."""
    scale = np.ones(len(beta))
    for _ in range(12):
        trial = beta + scale[:, None] * step
        there = _mean(basis, trial)
        reached = _deviance(counts, there)
        worse = ~(reached <= deviance + 1e-9 * (1 + np.abs(deviance)))
        if not worse.any():
            return trial, there, reached
        scale[worse] /= 2
    kept = worse[:, None]
    return np.where(kept, beta, trial), np.where(kept, mean, there), np.where(worse, deviance, reached)
