"""How sure one can be that a school's share lies at or above a threshold, when few pupils were counted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import optimize, special

from .result import Refusal, RefusalReason


@dataclass(frozen=True)
class BetaPrior:
    """What the region says of a school's share before the school is looked at: Beta(a, b).

    Parameters
    ----------
    a, b : float
        Parameters; ``a + b`` counts like that many pupils.
    fit : str
        ``"likelihood"``, ``"moments"`` (the search did not end) or ``"jeffreys"`` (the region could not tell).
    n_units, n : int
        Schools and pupils it was made of.
    refusal : Refusal or None
        Why Jeffreys's prior stands in; None when the region told.
    """

    a: float
    b: float
    fit: str
    n_units: int
    n: int
    refusal: Refusal | None = None

    @property
    def mean(self) -> float:
        """Share expected of a school of which nothing is known."""
        return self.a / (self.a + self.b)


#: Prior that prefers no share, for when the region cannot tell.
JEFFREYS = BetaPrior(0.5, 0.5, "jeffreys", 0, 0)


def _jeffreys(n_units: int, n: int, refusal: Refusal) -> BetaPrior:
    return BetaPrior(JEFFREYS.a, JEFFREYS.b, "jeffreys", n_units, n, refusal)


def _moments(x: NDArray, n: NDArray) -> tuple[float, float]:
    """Mean share and intra-school correlation by moments."""
    mu, count, total = float(x.sum() / n.sum()), len(n), float(n.sum())
    between = float((n * (x / n - mu) ** 2).sum()) / (mu * (1 - mu))
    spread = total - float((n**2).sum()) / total
    rho = (between - (count - 1)) / (spread - (count - 1)) if spread > count - 1 else 0.0
    return mu, float(np.clip(rho, 0.01, 0.9))


def _loss(x: NDArray[np.int64], n: NDArray[np.int64]) -> Callable[[NDArray], float]:
    """Minus the penalised log-likelihood of a beta-binomial, by the logits of mean share and intra-school correlation.

    The likelihood is a product of rising factors a (a + 1) …, so schools enter it only through the numbers of schools
    with more than 0, 1, 2 … pupils below, not below, and in all.
    """
    more = [_more_than(part, n.max()) for part in (x, n - x, n)]
    step = np.arange(n.max())

    def loss(parameter: NDArray) -> float:
        mu, rho = special.expit(parameter)
        strength = 1 / rho - 1
        starts = (mu * strength, (1 - mu) * strength, strength)
        for_a, for_b, for_all = (part @ np.log(start + step) for part, start in zip(more, starts, strict=True))
        return -float(for_a + for_b - for_all + 0.5 * np.log(rho))

    return loss


def _more_than(counts: NDArray[np.int64], largest: int) -> NDArray[np.float64]:
    """Number of entries above 0, 1, … largest - 1."""
    return np.bincount(counts, minlength=largest + 1)[::-1].cumsum()[::-1][1:].astype(float)


def beta_prior(n_below: ArrayLike, n: ArrayLike, minimum_units: int = 10) -> BetaPrior:
    """Fit the spread of schools' shares over a region by a beta distribution.

    Parameters
    ----------
    n_below, n : array_like
        Pupils below the threshold and all pupils, one entry per school; entries with ``n = 0`` or missing are left out.
    minimum_units : int
        Fewer schools, or schools that are all alike (none or all pupils below), say nothing of the spread: the answer
        is Jeffreys's prior Beta(1/2, 1/2), and ``refusal`` says why.

    Returns
    -------
    BetaPrior
        Parameters of the beta-binomial with the greatest likelihood times the square root of the intra-school
        correlation. The factor keeps the spread off zero: the plain maximum often lies there by chance, and would then
        make a school's own result count for nothing. With hundreds of schools it changes next to nothing.

    Raises
    ------
    ValueError
        If a count is negative or exceeds its total.

    References
    ----------
    Griffiths D. A. (1973) Biometrics 29:637-648; Chung Y. et al. (2013) Psychometrika 78:685-709 (the factor).
    """
    x, size = np.broadcast_arrays(np.asarray(n_below, dtype=float), np.asarray(n, dtype=float))
    known = np.isfinite(x) & np.isfinite(size) & (size > 0)
    x, size = x[known], size[known]
    if np.any((x < 0) | (x > size)):
        raise ValueError("counts must satisfy 0 <= n_below <= n")
    count, total = len(size), int(size.sum())
    if count < max(minimum_units, 2):
        reason = RefusalReason.TOO_FEW if count else RefusalReason.NO_DATA
        return _jeffreys(count, total, Refusal(reason, count, max(minimum_units, 2)))
    if x.sum() in (0, total):
        return _jeffreys(count, total, Refusal(RefusalReason.NO_VARIATION, count))

    start = _moments(x, size)
    loss = _loss(x.astype(int), size.astype(int))
    bounds = [special.logit([1e-6, 1 - 1e-6]), special.logit([1e-5, 0.95])]
    # Two parameters and a loss of microseconds: a simplex is faster than anything that calls on linear algebra.
    found = optimize.minimize(loss, special.logit(start), method="Nelder-Mead", bounds=bounds, options={"xatol": 1e-5})
    converged = bool(found.success and np.isfinite(found.fun))
    mu, rho = special.expit(found.x) if converged else start
    fit = "likelihood" if converged else "moments"
    return BetaPrior(float(mu * (1 / rho - 1)), float((1 - mu) * (1 / rho - 1)), fit, count, total)


def probability_at_least(
    n_below: ArrayLike, n: ArrayLike, threshold: ArrayLike, prior: BetaPrior | tuple[ArrayLike, ArrayLike]
) -> NDArray[np.float64]:
    """Probability that the share behind the counts is at least `threshold`.

    Parameters
    ----------
    n_below, n : array_like
        Counts, broadcast against each other.
    threshold : array_like
        Fractions from 0 to 1.
    prior : BetaPrior or pair of array_like
        Prior, or arrays of its parameters a and b that broadcast with the counts.

    Returns
    -------
    ndarray of float
        Upper tail of Beta(a + n_below, b + n - n_below); ``nan`` where nothing was counted: the prior alone is no
        finding about a school.

    Raises
    ------
    ValueError
        If a count is negative or exceeds its total.
    """
    a, b = (prior.a, prior.b) if isinstance(prior, BetaPrior) else prior
    x, size, t, a, b = np.broadcast_arrays(*(np.asarray(item, dtype=float) for item in (n_below, n, threshold, a, b)))
    known = np.isfinite(x) & np.isfinite(size) & (size > 0)
    if np.any(known & ((x < 0) | (x > size))):
        raise ValueError("counts must satisfy 0 <= n_below <= n")
    tail = np.full(size.shape, np.nan)
    # The upper tail as the lower one of the reflected distribution: as exact, and six times faster.
    tail[known] = special.betainc((b + size - x)[known], (a + x)[known], 1 - t[known])
    return tail
