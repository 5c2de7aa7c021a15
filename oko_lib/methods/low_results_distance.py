"""How near a school is to the other answer of a rule: the smallest number of pupils that would change it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .low_results_rule import Counts, ShareCriterion, least_below
from .low_results_states import StateSpace, state_space

_NEVER = 10**9


@dataclass(frozen=True)
class SmallestChange:
    """The nearest other answer, by school.

    Parameters
    ----------
    pupils : ndarray of int
        Pupils whose result would have to be on the other side of the procedure's threshold; -1 where no change of
        pupils changes the answer.
    moves : ndarray of int, shape (schools, procedures, years)
        One choice of pupils that does it: positive, so many more pupils below the threshold; negative, so many fewer.
        Where several choices need equally many pupils, one is given.
    """

    pupils: NDArray[np.int64]
    moves: NDArray[np.int64]


def smallest_change(
    counts: Counts, criteria: Sequence[ShareCriterion], at_least: int, n_fixed: ArrayLike = 0
) -> SmallestChange:
    """Smallest number of pupils that turns the answer of a rule, numbers of participants unchanged.

    Parameters
    ----------
    counts : Counts
    criteria : sequence of ShareCriterion
    at_least : int
        How many criteria must hold.
    n_fixed : array_like of int
        How many criteria of other kinds hold already, by school.

    Returns
    -------
    SmallestChange
        Exact: over all procedures, years and ways to satisfy (or to break) the rule.
    """
    space = state_space(criteria)
    n_schools = counts.n.shape[0]
    met = space.n_met[None, :] + np.broadcast_to(np.asarray(n_fixed), n_schools)[:, None] >= at_least
    to_hold = _cheapest(np.stack([_to_satisfy(counts, criteria, subset) for subset in space.subsets]), space, met)
    to_break = _cheapest(np.stack([_to_leave(counts, criteria, subset) for subset in space.subsets]), space, ~met)
    holds = to_hold.pupils == 0
    pupils = np.where(holds, to_break.pupils, to_hold.pupils)
    moves = np.where(holds[:, None, None], -to_break.moves, to_hold.moves)
    possible = pupils < _NEVER
    return SmallestChange(np.where(possible, pupils, -1), np.where(possible[:, None, None], moves, 0))


def _to_satisfy(counts: Counts, criteria: Sequence[ShareCriterion], subset: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Pupils to add below the threshold so that a procedure satisfies all criteria of `subset`, by year."""
    needed = np.zeros_like(counts.n)
    n_years = counts.n.shape[2]
    for criterion, inside in zip(criteria, subset, strict=True):
        if not inside:
            continue
        window = slice(n_years - criterion.years_in_a_row, n_years)
        n = counts.n[:, :, window]
        missing = np.maximum(least_below(n, criterion.threshold) - counts.n_below[:, :, window], 0)
        possible = (n > 0) & criterion.columns(n.shape[1])[None, :, None]
        needed[:, :, window] = np.maximum(needed[:, :, window], np.where(possible, missing, _NEVER))
    return needed


def _to_leave(counts: Counts, criteria: Sequence[ShareCriterion], subset: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Pupils to take from below the threshold so that a procedure satisfies no criterion outside `subset`, by year.

    A criterion is broken in one of its years: of all choices of years the one with the fewest pupils is given.
    """
    broken = [criterion for criterion, inside in zip(criteria, subset, strict=True) if not inside]
    n_years = counts.n.shape[2]
    best, fewest = np.zeros_like(counts.n), None
    for years in product(*(range(n_years - item.years_in_a_row, n_years) for item in broken)):
        needed = np.zeros_like(counts.n)
        for criterion, year in zip(broken, years, strict=True):
            surplus = counts.n_below[:, :, year] - least_below(counts.n[:, :, year], criterion.threshold) + 1
            held = (counts.n[:, :, year] > 0) & criterion.columns(counts.n.shape[1])
            needed[:, :, year] = np.maximum(needed[:, :, year], np.where(held, np.maximum(surplus, 0), 0))
        total = needed.sum(axis=2)
        if fewest is None:
            best, fewest = needed, total
            continue
        better = total < fewest
        best, fewest = np.where(better[:, :, None], needed, best), np.where(better, total, fewest)
    return best


def _cheapest(needed: NDArray[np.int64], space: StateSpace, allowed: NDArray[np.bool_]) -> SmallestChange:
    """Choose for every procedure which subset it is to satisfy, so that the pupils are fewest and the end is allowed.

    Parameters
    ----------
    needed : ndarray, shape (subsets, schools, procedures, years)
    space : StateSpace
    allowed : ndarray of bool, shape (schools, states)
    """
    n_subsets, n_schools, n_procedures, _ = needed.shape
    n_states = space.step.shape[1]
    price = np.minimum(needed.sum(axis=3), _NEVER)
    best = np.full((n_schools, n_states), _NEVER, dtype=np.int64)
    best[:, 0] = 0
    choice = np.zeros((n_procedures, n_schools, n_states), dtype=np.int16)
    origin = np.zeros_like(choice)
    for procedure in range(n_procedures):
        reached = np.full_like(best, _NEVER)
        for subset in range(n_subsets):
            total = best + price[subset, :, procedure, None]
            for state, target in enumerate(space.step[subset]):
                better = total[:, state] < reached[:, target]
                reached[better, target] = total[better, state]
                choice[procedure, better, target] = subset
                origin[procedure, better, target] = state
        best = np.minimum(reached, _NEVER)
    ends = np.where(allowed, best, _NEVER)
    state = ends.argmin(axis=1)
    row = np.arange(n_schools)
    pupils = ends[row, state]
    moves = np.zeros(needed.shape[1:], dtype=np.int64)
    for procedure in reversed(range(n_procedures)):
        subset = choice[procedure, row, state]
        moves[:, procedure] = needed[subset, row, procedure]
        state = origin[procedure, row, state]
    return SmallestChange(pupils, np.where((pupils < _NEVER)[:, None, None], moves, 0))
