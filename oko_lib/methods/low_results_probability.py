"""Probability that a rule on shares holds for the true shares, given the pupils counted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .low_results_rule import Counts, ShareCriterion
from .low_results_states import state_space
from .share_threshold import probability_at_least


def threshold_tails(
    counts: Counts, thresholds: Iterable[Fraction], prior: tuple[ArrayLike, ArrayLike]
) -> dict[Fraction, NDArray[np.float64]]:
    """Probability of every share to reach each threshold, given its counts.

    Parameters
    ----------
    counts : Counts
    thresholds : iterable of Fraction
    prior : pair of array_like
        Parameters a and b of the beta priors; they broadcast with the counts (one prior per procedure and year).

    Returns
    -------
    dict of Fraction to ndarray of float, shape (schools, procedures, years)
        ``nan`` where nothing was counted.
    """
    return {item: probability_at_least(counts.n_below, counts.n, float(item), prior) for item in set(thresholds)}


def criteria_met(
    criteria: Sequence[ShareCriterion], tails: Mapping[Fraction, NDArray[np.float64]]
) -> NDArray[np.float64]:
    """Distribution of the number of criteria that hold for the shares behind the counts.

    Parameters
    ----------
    criteria : sequence of ShareCriterion
    tails : mapping of Fraction to ndarray
        From :func:`threshold_tails`, for all thresholds of the criteria.

    Returns
    -------
    ndarray of float, shape (schools, criteria + 1)
        Exact for shares that are independent between procedures and years given their counts. A school's shares do go
        together (low in one procedure, likely low in another), and small groups would borrow from one another if that
        were modelled: without it a rule that needs several criteria at once is given too low a probability. How much
        is measured in the tests and said on the page of the method.
    """
    space = state_space(criteria)
    # Nothing counted: never reached.
    known = {threshold: np.nan_to_num(tail) for threshold, tail in tails.items()}
    n_schools, n_procedures, n_years = next(iter(known.values())).shape
    together = np.stack([_all_satisfied(known, criteria, subset, n_years) for subset in space.subsets])
    exactly = _exactly(together, space.subsets)
    mass = np.zeros((n_schools, space.step.shape[1]))
    mass[:, 0] = 1.0
    for procedure in range(n_procedures):
        reached = np.zeros_like(mass)
        for subset, step in enumerate(space.step):
            chance = exactly[subset, :, procedure, None] * mass
            for state, target in enumerate(step):
                reached[:, target] += chance[:, state]
        mass = reached
    return np.stack([mass[:, space.n_met == number].sum(axis=1) for number in range(len(criteria) + 1)], axis=1)


def rule_probability(met: NDArray[np.float64], at_least: int, n_fixed: ArrayLike = 0) -> NDArray[np.float64]:
    """Probability that `at_least` criteria hold.

    Parameters
    ----------
    met : ndarray, shape (schools, criteria + 1)
        From :func:`criteria_met`.
    at_least : int
        How many criteria must hold.
    n_fixed : array_like of int
        How many criteria of other kinds hold already, by school.

    Returns
    -------
    ndarray of float, one entry per school
    """
    enough = np.arange(met.shape[1])[None, :] + np.broadcast_to(np.asarray(n_fixed), len(met))[:, None] >= at_least
    return np.clip((met * enough).sum(axis=1), 0.0, 1.0)


def _all_satisfied(
    tails: Mapping[Fraction, NDArray[np.float64]],
    criteria: Sequence[ShareCriterion],
    subset: NDArray[np.bool_],
    n_years: int,
) -> NDArray[np.float64]:
    """Probability that a procedure satisfies all criteria of `subset`, shape (schools, procedures).

    In every year the strictest threshold asked for decides.
    """
    shape = next(iter(tails.values())).shape
    chance = np.ones(shape[:2])
    chosen = [criterion for criterion, inside in zip(criteria, subset, strict=True) if inside]
    for back in range(n_years):
        asked = [criterion.threshold for criterion in chosen if back < criterion.years_in_a_row]
        if asked:
            chance = chance * tails[max(asked)][:, :, n_years - 1 - back]
    for criterion in chosen:
        chance = chance * criterion.columns(shape[1])
    return chance


def _exactly(together: NDArray[np.float64], subsets: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Probabilities of satisfying exactly each subset, from those of satisfying at least it (Möbius inversion)."""
    exactly = together.copy()
    for criterion in range(subsets.shape[1]):
        without = np.flatnonzero(~subsets[:, criterion])
        partner = [
            int(
                np.flatnonzero((subsets == np.where(np.arange(subsets.shape[1]) == criterion, True, row)).all(axis=1))[
                    0
                ]
            )
            for row in subsets[without]
        ]
        exactly[without] -= exactly[partner]
    return np.maximum(exactly, 0.0)  # rounding may step below zero
