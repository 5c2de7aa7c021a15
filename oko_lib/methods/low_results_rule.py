"""Exact arithmetic of rules «at least t % of pupils below the threshold in k procedures, m years in a row».

Shares are compared as integers, never as rounded percentages: exactly 30 % is at least 30 %. What such a rule leaves
unsaid — how near a school is and how sure the answer is — stands in :mod:`low_results_distance` and
:mod:`low_results_probability`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

import numpy as np
from numpy.typing import ArrayLike, NDArray

#: Answers of a criterion: too little data is an answer of its own.
TRUE, FALSE, UNKNOWN = np.int8(1), np.int8(0), np.int8(-1)


@dataclass(frozen=True)
class Counts:
    """Pupils below the threshold of schools in procedures over consecutive years.

    Parameters
    ----------
    n_below, n : ndarray of int, shape (schools, procedures, years)
        The last axis runs from the oldest year to the year of the list. ``n = 0``: the procedure was not held in the
        school that year, or its threshold is unknown.
    """

    n_below: NDArray[np.int64]
    n: NDArray[np.int64]

    def __post_init__(self) -> None:
        if self.n_below.shape != self.n.shape or self.n.ndim != 3:
            raise ValueError("n_below and n must be alike, with schools, procedures and years")
        if np.any((self.n_below < 0) | (self.n_below > self.n)):
            raise ValueError("counts must satisfy 0 <= n_below <= n")


@dataclass(frozen=True)
class ShareCriterion:
    """«A share of at least `threshold` in `procedures_at_least` procedures, in each of `years_in_a_row` years».

    Parameters
    ----------
    threshold : Fraction
        Above 0, up to 1; reached when equal.
    procedures_at_least : int
        How many procedures must reach it.
    years_in_a_row : int
        In how many years, counted back from the year of the list, the same procedure must reach it.
    applies : ndarray of bool or None
        Which procedures count; None for all.
    """

    threshold: Fraction
    procedures_at_least: int = 1
    years_in_a_row: int = 1
    applies: NDArray[np.bool_] | None = None

    def __post_init__(self) -> None:
        if not 0 < self.threshold <= 1:
            raise ValueError("threshold must lie above 0 and not above 1")
        if self.procedures_at_least < 1 or self.years_in_a_row < 1:
            raise ValueError("procedures_at_least and years_in_a_row must be at least 1")

    def columns(self, n_procedures: int) -> NDArray[np.bool_]:
        """Which of `n_procedures` procedures count."""
        return np.ones(n_procedures, dtype=bool) if self.applies is None else np.asarray(self.applies, dtype=bool)


@dataclass(frozen=True)
class CriterionFlags:
    """Answers of one criterion, one entry per school.

    Parameters
    ----------
    state : ndarray of int8
        ``TRUE``, ``FALSE``, or ``UNKNOWN`` where fewer procedures were held in all the years than the criterion needs.
    n_satisfied, n_assessable : ndarray of int
        Procedures that reach the threshold in all the years; procedures held in all the years.
    critical_below, critical_n : ndarray of int
        The critical share as a fraction of whole pupils: the largest threshold at which the criterion still holds. It
        is the share of one procedure in one year. Zero over zero where the state is unknown.
    """

    state: NDArray[np.int8]
    n_satisfied: NDArray[np.int64]
    n_assessable: NDArray[np.int64]
    critical_below: NDArray[np.int64]
    critical_n: NDArray[np.int64]


def exact(threshold: Decimal | Fraction | str | int | float) -> Fraction:
    """Return a threshold as the fraction that is written: ``0.3`` is three tenths, not its nearest binary number."""
    return threshold if isinstance(threshold, Fraction) else Fraction(str(threshold))


def reaches(n_below: ArrayLike, n: ArrayLike, threshold: Fraction) -> NDArray[np.bool_]:
    """Tell where ``n_below / n >= threshold``, in integers; False where nothing was counted."""
    n_below, n = np.asarray(n_below, dtype=np.int64), np.asarray(n, dtype=np.int64)
    return (n > 0) & (n_below * threshold.denominator >= threshold.numerator * n)


def least_below(n: ArrayLike, threshold: Fraction) -> NDArray[np.int64]:
    """Smallest number of pupils below the threshold of the procedure that reaches the threshold of the rule."""
    return -(-np.asarray(n, dtype=np.int64) * threshold.numerator // threshold.denominator)


def shares(n_below: ArrayLike, n: ArrayLike) -> NDArray[np.float64]:
    """Shares as floating-point numbers, ``nan`` where nothing was counted.

    A quotient of integers below 10**7 is rounded so finely that equal shares stay equal and different ones keep their
    order: shares may be sorted by it.
    """
    n = np.asarray(n, dtype=float)
    return np.divide(np.asarray(n_below, dtype=float), n, out=np.full(n.shape, np.nan), where=n > 0)


def criterion_flags(counts: Counts, criterion: ShareCriterion) -> CriterionFlags:
    """Apply one criterion to all schools.

    Parameters
    ----------
    counts : Counts
        At least ``years_in_a_row`` years.
    criterion : ShareCriterion

    Returns
    -------
    CriterionFlags
        The critical share is the k-th largest, over procedures held in all m years, of the smallest share in these
        years (k = ``procedures_at_least``, m = ``years_in_a_row``).
    """
    k = criterion.procedures_at_least
    n_schools, n_procedures, _ = counts.n.shape
    below, n, assessable = _window(counts, criterion)
    satisfied = reaches(below, n, criterion.threshold).all(axis=2) & assessable
    n_assessable, n_satisfied = assessable.sum(axis=1), satisfied.sum(axis=1)
    state = _state(n_assessable, n_satisfied, k)
    critical_below, critical_n = np.zeros((2, n_schools), dtype=np.int64)
    if k <= n_procedures:
        share = np.where(assessable[:, :, None], shares(below, n), np.inf)
        weakest = share.argmin(axis=2)
        least = np.where(assessable, share.min(axis=2), -1.0)
        column = np.argsort(-least, axis=1, kind="stable")[:, k - 1]
        row = np.arange(n_schools)
        year = weakest[row, column]
        known = state != UNKNOWN
        critical_below = np.where(known, below[row, column, year], 0)
        critical_n = np.where(known, n[row, column, year], 0)
    return CriterionFlags(state, n_satisfied, n_assessable, critical_below, critical_n)


def criterion_state(counts: Counts, criterion: ShareCriterion) -> NDArray[np.int8]:
    """Answers of one criterion alone; see :func:`criterion_flags`."""
    below, n, assessable = _window(counts, criterion)
    satisfied = reaches(below, n, criterion.threshold).all(axis=2) & assessable
    return _state(assessable.sum(axis=1), satisfied.sum(axis=1), criterion.procedures_at_least)


def _window(counts: Counts, criterion: ShareCriterion) -> tuple[NDArray, NDArray, NDArray[np.bool_]]:
    """Counts of the years the criterion looks at, and which procedures were held in all of them."""
    n_years = counts.n.shape[2]
    first = n_years - criterion.years_in_a_row
    if first < 0:
        raise ValueError("the criterion looks back over more years than there are")
    below, n = counts.n_below[:, :, first:], counts.n[:, :, first:]
    return below, n, (n > 0).all(axis=2) & criterion.columns(n.shape[1])


def _state(n_assessable: NDArray, n_satisfied: NDArray, needed: int) -> NDArray[np.int8]:
    return np.where(n_assessable < needed, UNKNOWN, np.where(n_satisfied >= needed, TRUE, FALSE)).astype(np.int8)


def combine(states: Sequence[NDArray[np.int8]], at_least: int) -> NDArray[np.int8]:
    """Answer of a rule of several criteria of which `at_least` must hold: all of them is «and», one of them «or».

    An unknown criterion makes the answer unknown only where it could change it.
    """
    stacked = np.stack(states)
    sure, possible = (stacked == TRUE).sum(axis=0), (stacked != FALSE).sum(axis=0)
    return np.where(sure >= at_least, TRUE, np.where(possible < at_least, FALSE, UNKNOWN)).astype(np.int8)


@dataclass(frozen=True)
class CriticalShare:
    """The largest threshold at which a whole rule would still hold, one entry per school.

    Parameters
    ----------
    n_below, n : ndarray of int
        The share as a fraction of whole pupils; zero over zero where the answer is unknown or does not depend on
        shares.
    share : ndarray of float
        The same as a number, ``nan`` for zero over zero.
    """

    n_below: NDArray[np.int64]
    n: NDArray[np.int64]

    @property
    def share(self) -> NDArray[np.float64]:
        return shares(self.n_below, self.n)

    def holds_at(self, threshold: Fraction) -> NDArray[np.bool_]:
        """Tell where the rule holds with `threshold` in place of its own; False where there is no critical share."""
        return reaches(self.n_below, self.n, threshold)


def critical_share(
    flags: Sequence[CriterionFlags], at_least: int, fixed: Sequence[NDArray[np.int8]] = ()
) -> CriticalShare:
    """Combine the critical shares of criteria that have one common threshold.

    Parameters
    ----------
    flags : sequence of CriterionFlags
        Criteria on shares.
    at_least : int
        How many of all the criteria must hold: the smallest critical share decides for «and», the largest for «or».
    fixed : sequence of ndarray of int8
        States of other criteria, which no threshold on shares can change.

    Returns
    -------
    CriticalShare
    """
    n_schools = len(flags[0].state)
    parts = [np.where(item.state == UNKNOWN, np.nan, shares(item.critical_below, item.critical_n)) for item in flags]
    # A criterion that holds whatever the threshold stands above all shares, one that fails below them.
    others = [np.select([state == TRUE, state == FALSE], [np.inf, -np.inf], np.nan) for state in fixed]
    values = np.stack([*parts, *others])
    unknown = np.isnan(values)
    # Unknown criteria matter only where they could change which of the others decides.
    ordered = [np.sort(np.where(unknown, fill, values), axis=0)[::-1] for fill in (-np.inf, np.inf)]
    decided = (ordered[0][at_least - 1] == ordered[1][at_least - 1]) & np.isfinite(ordered[0][at_least - 1])
    place = np.argmax(values == ordered[0][at_least - 1], axis=0)
    below = np.stack([*(item.critical_below for item in flags), *[np.zeros(n_schools, dtype=np.int64)] * len(fixed)])
    n = np.stack([*(item.critical_n for item in flags), *[np.zeros(n_schools, dtype=np.int64)] * len(fixed)])
    row = np.arange(n_schools)
    return CriticalShare(np.where(decided, below[place, row], 0), np.where(decided, n[place, row], 0))
