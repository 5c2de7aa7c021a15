"""Scan of directions: the largest standardised projection over many alternatives, and its exact tail.

For a school with residuals x, covariance Σ and a direction d the statistic ``d'Σ⁻¹x / √(d'Σ⁻¹d)`` is standard normal
when the school is natural, and is the most powerful one against a shift along d (Neyman–Pearson). The maximum over
a family of directions is compared with its own distribution under Σ. Its tail is computed by importance sampling
(Naiman & Priebe, JCGS 10(2), 2001; Adler, Blanchet & Liu, 2012): with m directions,
``P(max > t) = m Φ̄(t) E[1 / #{j : z_j > t}]``, where a direction is drawn at random, its z from the tail above t, and
the others given it. The number inside the expectation stays between 1/m and 1, so a few hundred draws give any p,
however small.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from scipy.linalg import solve_triangular
from scipy.linalg.lapack import dpotrf, dpotri
from scipy.special import log_ndtr, ndtri_exp

from oko_lib.methods.school_variation import Cells

#: Directions in which a school has next to no information are not scanned.
_SHORTEST = 1e-3


class SetFamily:
    """Scanned sets of cells: sets of subjects × (runs of consecutive years × sets of grades).

    Subjects: each, each pair (up to `max_subjects_for_pairs` of them), all. Grades: each, all. Sums over all sets are
    taken by subjects first, which is an order of magnitude less work than set by set. Cells must be sorted by subject.
    """

    def __init__(self, cells: Cells, max_subjects_for_pairs: int = 10) -> None:
        subjects, years, grades = np.unique(cells.subject), np.unique(cells.year), np.unique(cells.grade)
        if (np.diff(cells.subject) < 0).any():
            raise ValueError("cells must be sorted by subject")
        chosen = [{s} for s in subjects] + [set(subjects)]
        if len(subjects) <= max_subjects_for_pairs:
            chosen += [set(pair) for pair in combinations(subjects, 2)]
        self.subject_sets = np.unique([[s in group for s in subjects] for group in chosen], axis=0).astype(float)
        runs = [years[i : j + 1] for i in range(len(years)) for j in range(i, len(years))]
        spans = [grades[k : k + 1] for k in range(len(grades))] + [grades]
        classes = [np.isin(cells.year, run) & np.isin(cells.grade, span) for run in runs for span in spans]
        self.class_sets = np.unique(classes, axis=0).astype(float)
        #: Which pairs of subjects each set of subjects holds.
        pairs = self.subject_sets[:, :, None] * self.subject_sets[:, None, :]
        self._pairs = pairs.reshape(len(self.subject_sets), -1)
        self._columns = [np.flatnonzero(cells.subject == s) for s in subjects]

    def __len__(self) -> int:
        return len(self.class_sets) * len(self.subject_sets)

    def sums(self, values: np.ndarray) -> np.ndarray:
        """Sums of values (…, cells) over every set, shape (…, sets)."""
        by_subject = np.stack([values[..., c] @ self.class_sets[:, c].T for c in self._columns], axis=-1)
        total = by_subject @ self.subject_sets.T
        return total.reshape(*values.shape[:-1], len(self))

    def squares(self, matrix: np.ndarray) -> np.ndarray:
        """Quadratic form of each set's indicator, shape (sets,)."""
        starts = [columns[0] for columns in self._columns]
        between_subjects = np.empty((len(self.class_sets), len(self._columns), len(self._columns)))
        for v, right in enumerate(self._columns):
            half = self.class_sets[:, right] @ matrix[right]
            between_subjects[:, :, v] = np.add.reduceat(half * self.class_sets, starts, axis=1)
        return (between_subjects.reshape(len(self.class_sets), -1) @ self._pairs.T).ravel()

    def indicators(self, index: np.ndarray) -> np.ndarray:
        """Indicators of sets by number, shape (len(index), cells)."""
        class_index, subject_index = np.divmod(index, len(self.subject_sets))
        result = self.class_sets[class_index].copy()
        for subject, columns in enumerate(self._columns):
            result[:, columns] *= self.subject_sets[subject_index, subject][:, None]
        return result


@dataclass(frozen=True)
class Inverse:
    """Inverse of one school's covariance, spread over all positions (0 where missing)."""

    present: np.ndarray
    lower: np.ndarray
    precision: np.ndarray

    def draw(self, draws: int, rng: np.random.Generator) -> np.ndarray:
        """Σ⁻¹x for natural x, shape (draws, positions)."""
        normal = rng.standard_normal((len(self.present), draws))
        result = np.zeros((draws, len(self.precision)))
        result[:, self.present] = solve_triangular(self.lower, normal, lower=True, trans="T", check_finite=False).T
        return result


def invert(present: np.ndarray, sigma: np.ndarray, positions: int) -> Inverse:
    """Invert a covariance; a matrix that rounding or moment estimates made indefinite is lifted just enough."""
    lower, failed = dpotrf(sigma, lower=1, clean=1)
    if failed:
        scale = np.sqrt(sigma.diagonal())
        values, vectors = np.linalg.eigh(sigma / np.outer(scale, scale))
        sigma = (vectors * np.maximum(values, 1e-3)) @ vectors.T * np.outer(scale, scale)
        lower, _ = dpotrf(sigma, lower=1, clean=1)
    half, _ = dpotri(lower, lower=1)
    inner = np.tril(half) + np.tril(half, -1).T
    precision = np.zeros((positions, positions))
    precision[np.ix_(present, present)] = inner
    return Inverse(present, lower, precision)


class Scan:
    """Directions = hypotheses × sets of cells, for one school at a time.

    Parameters
    ----------
    family : SetFamily
    loadings : array, shape (hypotheses, signals, cells)
        How a unit shift shows in each signal under each hypothesis.
    """

    def __init__(self, family: SetFamily, loadings: np.ndarray) -> None:
        self.family = family
        self.loadings = loadings
        self._shape = loadings.shape[1:]
        #: Of every hypothesis: the pairs of signals it moves.
        moved = [[a for a in range(len(loading)) if loading[a].any()] for loading in loadings]
        self._moved = [[(a, b) for a in signals for b in signals] for signals in moved]

    def __len__(self) -> int:
        return len(self.family) * len(self.loadings)

    def lengths(self, precision: np.ndarray) -> np.ndarray:
        """√(d'Σ⁻¹d) of every direction: the expected z of a unit shift."""
        count, size = self._shape
        blocks = precision.reshape(count, size, count, size)
        rows = []
        for loading, pairs in zip(self.loadings, self._moved, strict=True):
            matrix = sum(loading[a][:, None] * blocks[a, :, b] * loading[b][None, :] for a, b in pairs)
            rows.append(self.family.squares(matrix))
        return np.sqrt(np.maximum(np.concatenate(rows), 0.0))

    def project(self, weighted: np.ndarray, length: np.ndarray) -> np.ndarray:
        """z of every direction from Σ⁻¹x, shape (draws, directions); −∞ where there is no information."""
        values = weighted.reshape(-1, *self._shape)
        raw = np.concatenate([self.family.sums((values * loading).sum(axis=1)) for loading in self.loadings], axis=1)
        return np.where(length > _SHORTEST, raw / np.maximum(length, _SHORTEST), -np.inf)

    def directions(self, index: np.ndarray) -> np.ndarray:
        """Direction vectors by number, shape (len(index), signals · cells)."""
        hypothesis, row = np.divmod(index, len(self.family))
        return (self.loadings[hypothesis] * self.family.indicators(row)[:, None, :]).reshape(len(index), -1)

    def tail(
        self, inverse: Inverse, length: np.ndarray, statistic: float, draws: int, rng: np.random.Generator
    ) -> float:
        """``P(max z > statistic)`` for a natural school."""
        usable = np.flatnonzero(length > _SHORTEST)
        if not len(usable):
            return 0.0
        picked = rng.choice(usable, draws)
        directions = self.directions(picked) / length[picked][:, None]
        free = inverse.draw(draws, rng)
        level = np.einsum("dp,dp->d", free, directions)
        # A normal above t: invert the tail in logs, so that t = 15 is no harder than t = 1.
        above = -ndtri_exp(np.log(rng.random(draws)) + log_ndtr(-statistic))
        z = self.project(free + (above - level)[:, None] * (directions @ inverse.precision), length)
        exceed = np.maximum((z > statistic - 1e-9).sum(axis=1), 1)
        return float(min(len(usable) * np.exp(log_ndtr(-statistic)) * (1.0 / exceed).mean(), 1.0))
