"""How far a unit (school, school × subject) is from what the others of its cells make one expect, and how sure that is.

A unit never takes part in its own expectation. Entries of one child go together (the same mind, the same illness), so
a unit of few children with many entries is less certain than its number of entries says. Both kinds of results are put
on a working scale: scores in standard deviations of children of a cell, shares as log-odds (score test, one step).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from .context_regression import between_variance
from .natural_fluctuation import natural_variance, reference_df

#: Deviations further out than this (in their standard deviations) are drawn in where a stratum's mean is formed.
_DRAWN_IN = 2.0
#: Fewest strata from which their spread can be told.
_STRATA = 4


@dataclass(frozen=True)
class Deviations:
    """Deviations of units from their expectation, arrays by unit.

    Parameters
    ----------
    n : ndarray
        Entries.
    deviation : ndarray
        On the working scale; ``nan`` without entries.
    chance : ndarray
        Variance of the deviation by children's chance and by the uncertainty of the expectation.
    """

    n: NDArray[np.float64]
    deviation: NDArray[np.float64]
    chance: NDArray[np.float64]

    def only(self, judged: NDArray[np.bool_]) -> Deviations:
        """The same with the other units taken out."""
        return replace(self, deviation=np.where(judged, self.deviation, np.nan))


def persons_of(person: pd.Series | None, length: int) -> NDArray[np.int64]:
    """Codes of persons; a missing one is a person of its own."""
    if person is None:
        return np.arange(length)
    codes = pd.factorize(person)[0]
    unknown = codes < 0
    codes[unknown] = codes.max(initial=-1) + 1 + np.arange(unknown.sum())
    return codes


def person_correlation(residual: ArrayLike, unit: ArrayLike, person: ArrayLike) -> float:
    """Correlation of a child's standardised residuals beyond what the whole unit shares, from 0 to 1.

    Parameters
    ----------
    residual : array_like
        Of about unit variance.
    unit, person : array_like of int
        Codes.

    Returns
    -------
    float
        Mean product over pairs of one child within a unit minus that over pairs of different children of a unit; 0
        without pairs.
    """
    r, unit, person = np.asarray(residual, dtype=float), np.asarray(unit), np.asarray(person)
    if not len(r):
        return 0.0
    child = pd.factorize(unit.astype(np.int64) * (int(person.max()) + 1) + person)[0]
    by_child = [np.bincount(child, weights=values) for values in (r, r**2, np.ones(len(r)))]
    by_unit = [np.bincount(unit, weights=values) for values in (r, np.ones(len(r)))]
    squares = float((by_child[0] ** 2).sum())
    own, own_pairs = squares - float(by_child[1].sum()), float((by_child[2] * (by_child[2] - 1)).sum())
    shared = float((by_unit[0] ** 2).sum()) - squares
    shared_pairs = float((by_unit[1] ** 2).sum() - (by_child[2] ** 2).sum())
    if own_pairs == 0:
        return 0.0
    common = max(shared / shared_pairs, 0.0) if shared_pairs else 0.0
    return float(np.clip(own / own_pairs - common, 0.0, 1.0))


def sum_variance(
    sd: NDArray[np.float64], unit: NDArray[np.int64], person: NDArray[np.int64], correlation: float, units: int
) -> NDArray[np.float64]:
    """Variance of each unit's sum of entries with these standard deviations, children's entries correlated."""
    variance = np.bincount(unit, weights=sd**2, minlength=units).astype(float)  # without rows numpy counts in integers
    if correlation == 0:
        return variance
    child, first = np.unique(unit.astype(np.int64) * (int(person.max(initial=0)) + 1) + person, return_inverse=True)
    sums, squares = (np.bincount(first, weights=values) for values in (sd, sd**2))
    together = np.bincount(child // (int(person.max(initial=0)) + 1), weights=sums**2 - squares, minlength=units)
    return variance + correlation * together


def others_of_cell(
    values: NDArray[np.float64], cell: NDArray[np.int64], unit: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """For each entry: mean of the other units in its cell, how many entries they have, how many its own unit has."""
    pair = pd.factorize(cell.astype(np.int64) * (int(unit.max(initial=0)) + 1) + unit)[0]
    own, own_n = np.bincount(pair, weights=values)[pair], np.bincount(pair)[pair]
    total, total_n = np.bincount(cell, weights=values)[cell], np.bincount(cell)[cell]
    others = (total_n - own_n).astype(float)
    mean = np.divide(total - own, others, out=np.full(len(values), np.nan), where=others > 0)
    return mean, others, own_n.astype(float)


def score_deviations(
    residual: NDArray[np.float64],
    borrowed: NDArray[np.float64],
    unit: NDArray[np.int64],
    person: NDArray[np.int64],
    units: int,
) -> Deviations:
    """Mean residual of every unit.

    Parameters
    ----------
    residual : ndarray
        By entry, from an expectation without the entry's unit.
    borrowed : ndarray
        By entry: entries of the unit over those of the others in the cell; how uncertain the expectation is.
    unit, person : ndarray of int
        Codes.
    units : int
        Number of units.

    Returns
    -------
    Deviations
    """
    n = np.bincount(unit, weights=np.ones(len(unit)), minlength=units)
    with np.errstate(divide="ignore", invalid="ignore"):
        deviation = np.bincount(unit, weights=residual, minlength=units) / n
        spread = _within(residual, deviation[unit], int((n > 0).sum()))
        correlation = person_correlation(residual / max(spread, 1e-9), unit, person)
        variance = sum_variance(np.full(len(residual), spread), unit, person, correlation, units)
        variance += spread**2 * np.bincount(unit, weights=borrowed, minlength=units)
        return Deviations(n, deviation, variance / n**2)


def _within(residual: NDArray[np.float64], level: NDArray[np.float64], units: int) -> float:
    """Standard deviation within units; over all where most units have a single entry."""
    free = len(residual) - units
    if free < max(units, 2):
        return float(np.std(residual)) if len(residual) else 1.0
    return float(np.sqrt(((residual - level) ** 2).sum() / free))


def without_stratum(
    deviations: Deviations, tau2: float, stratum: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """What a unit's stratum has in common, as far as its other units tell.

    Parameters
    ----------
    deviations : Deviations
    tau2 : float
        Natural variance of units.
    stratum : ndarray of int
        Code of each unit's stratum, -1 for none.

    Returns
    -------
    common : ndarray
        To be taken off the deviation: the mean of the others, drawn to 0 by how much strata differ (REML).
    variance : ndarray
        What is left uncertain of it.
    """
    nothing = np.zeros(len(stratum)), np.zeros(len(stratum))
    known = np.isfinite(deviations.deviation) & (stratum >= 0)
    if np.unique(stratum[known]).size < _STRATA:
        return nothing
    sd = np.sqrt(deviations.chance + tau2)
    weight = np.where(known, 1 / sd**2, 0.0)
    value = np.where(known, np.clip(deviations.deviation, -_DRAWN_IN * sd, _DRAWN_IN * sd), 0.0)
    place = np.maximum(stratum, 0)
    total, weights = np.bincount(place, weights=weight * value), np.bincount(place, weights=weight)
    there = weights > 0
    mean, sampling = total[there] / weights[there], 1 / weights[there]
    between = between_variance(mean, sampling, np.ones((len(mean), 1)))
    left = weights[place] - weight
    usable = (stratum >= 0) & (left > 1e-12) & (between > 0)
    others = np.divide(total[place] - weight * value, left, out=np.zeros(len(left)), where=usable)
    uncertain = np.divide(1.0, left, out=np.zeros(len(left)), where=usable)
    part = np.divide(between, between + uncertain, out=np.zeros(len(left)), where=usable)
    return part * others, np.where(usable, part * uncertain, between)


def natural_spread(deviations: Deviations) -> float:
    """Natural variance τ² of units beyond chance (see :func:`~.natural_fluctuation.natural_variance`)."""
    known = np.isfinite(deviations.deviation)
    return natural_variance(deviations.deviation[known], deviations.chance[known], np.ones(known.sum()))


def heavy_tail(p_value: NDArray[np.float64], natural_part: NDArray[np.float64], n_units: int) -> NDArray[np.float64]:
    """A one-sided normal-law p-value turned into that of Student's t: the natural variance is itself estimated."""
    return stats.t.sf(stats.norm.isf(p_value), reference_df(natural_part, n_units))


def share_tails(
    observed: NDArray[np.float64],
    n: NDArray[np.float64],
    expected: NDArray[np.float64],
    variance: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """P(X ≤ observed) and P(X ≥ observed) of a beta-binomial with this mean and variance.

    A variance below the binomial one is raised to it, which errs on the safe side.
    """
    share = expected / n
    binomial = n * share * (1 - share)
    with np.errstate(divide="ignore", invalid="ignore"):
        rho = np.where(n > 1, (variance / binomial - 1) / (n - 1), 0.0)
    rho = np.clip(rho, 1e-6, 0.95)
    a, b = share * (1 / rho - 1), (1 - share) * (1 / rho - 1)
    return stats.betabinom.cdf(observed, n, a, b), stats.betabinom.sf(observed - 1, n, a, b)
