"""How many procedures satisfy each criterion of a rule, counted up to what the criterion needs.

A rule of several criteria on the same procedures cannot be weighed criterion by criterion: one procedure may serve two
of them. Distance and probability of a rule therefore go through the procedures one by one and keep, for every school,
the counts reached so far: a handful of states (three times two for «two procedures this year, one of them also last
year»).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from .low_results_rule import ShareCriterion


@dataclass(frozen=True)
class StateSpace:
    """States of a rule and the steps between them.

    Parameters
    ----------
    subsets : ndarray of bool, shape (2**criteria, criteria)
        Which criteria a procedure may satisfy together.
    step : ndarray of int, shape (2**criteria, states)
        State reached from a state when a procedure satisfies exactly that subset. State 0 is the empty count.
    n_met : ndarray of int, shape (states,)
        Number of criteria satisfied in each state.
    """

    subsets: NDArray[np.bool_]
    step: NDArray[np.int64]
    n_met: NDArray[np.int64]


def state_space(criteria: Sequence[ShareCriterion]) -> StateSpace:
    """Build the states of a rule."""
    needs = np.array([criterion.procedures_at_least for criterion in criteria])
    states = np.array(list(product(*(range(need + 1) for need in needs))))
    subsets = np.array(list(product((False, True), repeat=len(needs))))
    place = {tuple(state): number for number, state in enumerate(states)}
    step = np.array([[place[tuple(np.minimum(state + subset, needs))] for state in states] for subset in subsets])
    return StateSpace(subsets, step, (states == needs).sum(axis=1))
