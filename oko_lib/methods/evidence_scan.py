"""All hypotheses about a school scanned together: the largest projection, where it is, and its p-value."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri_exp
from scipy.stats import t as t_distribution

from oko_lib.methods.direction_scan import Scan, SetFamily, invert
from oko_lib.methods.evidence_signals import BORDER, JOURNAL, LEVEL, SchoolGrid
from oko_lib.methods.school_variation import CovarianceModel, Signals, Variation

#: Alternatives that are scanned. They name what moved, not why.
HYPOTHESES = ("results_raised", "journal_raised", "border_excess")
#: Below this p-value the tail is computed again with four times as many draws.
_REFINE_BELOW = 0.02


@dataclass(frozen=True)
class Scanned:
    statistic: np.ndarray
    best: np.ndarray
    tail: np.ndarray


@dataclass(frozen=True)
class Part:
    """One normal vector of signals with the directions scanned in it."""

    model: CovarianceModel
    scan: Scan

    def look(self, school: int):
        """Inverse covariance, lengths and z of all directions; None when the school has no such signals."""
        present, sigma, values = self.model.school(school)
        if not len(present):
            return None
        inverse = invert(present, sigma, self.scan.loadings.shape[1] * self.scan.loadings.shape[2])
        weighted = np.zeros((1, len(inverse.precision)))
        weighted[0, present] = inverse.precision[np.ix_(present, present)] @ values
        length = self.scan.lengths(inverse.precision)
        return inverse, length, self.scan.project(weighted, length)[0]


def parts_of_hypotheses(
    signals: Signals, grid: SchoolGrid, variation: Variation, family: SetFamily, extra: float
) -> list[Part]:
    """What is scanned, in the order of :data:`HYPOTHESES`.

    The journal is judged on its own: given the level, a school whose results and journal rose together would look
    like one whose journal is too high, because naturally a journal follows the level in part only.
    """
    ones = np.ones(len(grid.works))
    directions = (
        ((LEVEL, JOURNAL), np.stack([ones, grid.mark_slope]), extra),
        ((JOURNAL,), -ones[None], 0.0),
        ((BORDER,), ones[None], 0.0),
    )
    return [
        Part(CovarianceModel(signals, grid.cells, variation, chosen, free), Scan(family, loading[None]))
        for chosen, loading, free in directions
    ]


def parts_of_all_ways(
    signals: Signals, grid: SchoolGrid, variation: Variation, family: SetFamily, extra: float
) -> list[Part]:
    """All ways to stand out, level alone included: such a school must not define what is natural."""
    ones, nothing = np.ones(len(grid.works)), np.zeros(len(grid.works))
    results, level, journal = [ones, grid.mark_slope], [ones, nothing], [nothing, ones]
    main = CovarianceModel(signals, grid.cells, variation, (LEVEL, JOURNAL), extra)
    border = CovarianceModel(signals, grid.cells, variation, (BORDER,))
    return [
        Part(main, Scan(family, np.array([results, level, journal]))),
        Part(border, Scan(family, ones[None, None])),
    ]


def largest_either_way(parts: list[Part], schools: np.ndarray) -> np.ndarray:
    """Largest projection up or down of the given schools (others 0)."""
    result = np.zeros(len(schools))
    for school in np.flatnonzero(schools):
        for part in parts:
            seen = part.look(school)
            if seen is not None:
                result[school] = max(result[school], np.abs(seen[2][np.isfinite(seen[2])]).max(initial=0.0))
    return result


def scan_schools(parts: list[Part], judged: np.ndarray, freedom: int, draws: int, rng: np.random.Generator) -> Scanned:
    statistic, best, tail = np.full(len(judged), -np.inf), np.zeros(len(judged), dtype=int), np.ones(len(judged))
    for school in np.flatnonzero(judged):
        looks = [(part.scan, part.look(school)) for part in parts]
        for number, (_, seen) in enumerate(looks):
            if seen is not None and seen[2].max() > statistic[school]:
                statistic[school] = seen[2].max()
                best[school] = number * len(parts[0].scan) + int(seen[2].argmax())
        looks = [(scan, seen[:2]) for scan, seen in looks if seen is not None]
        height = _as_normal(statistic[school], freedom)
        tail[school] = _joint_tail(looks, height, draws, rng)
        if tail[school] < _REFINE_BELOW:
            tail[school] = _joint_tail(looks, height, 4 * draws, rng)
    return Scanned(statistic, best, tail)


def _as_normal(statistic: float, freedom: int) -> float:
    """Normal deviate as rare as `statistic` is in Student's distribution.

    The covariance comes from a limited number of schools, so a projection standardised by it has Student's tail.
    """
    upper = t_distribution.logsf(statistic, freedom)
    return float(-ndtri_exp(upper)) if np.isfinite(upper) else statistic


def _joint_tail(looks, statistic: float, draws: int, rng: np.random.Generator) -> float:
    """Tail of the largest of all parts as if they were independent.

    Where p is small this is the sum of the tails, which no dependence can exceed.
    """
    if not np.isfinite(statistic):
        return 1.0
    tails = [scan.tail(inverse, length, statistic, draws, rng) for scan, (inverse, length) in looks]
    return float(-np.expm1(np.log1p(-np.minimum(tails, 1 - 1e-12)).sum()))
