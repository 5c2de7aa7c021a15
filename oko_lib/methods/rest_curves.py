"""How a region does a task at every score in the other tasks, smoothed where few pupils have that score."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .logistic_fit import logistic_fit
from .rest_scores import WorkScores

#: Pupils that the smooth curve counts for at every rest score: sparse ends follow it, full ones follow the data.
CURVE_PUPILS = 20.0
_CURVE_DEGREE = 3


@dataclass(frozen=True)
class RestCurves:
    """Tables of one work. Rest scores run over columns 0, 1, 2 …; columns beyond a task's longest rest are empty.

    Parameters
    ----------
    max_points : ndarray of int, shape (tasks,)
    pupils, points : ndarray of float, shape (tasks, rest scores)
        How many pupils had that rest score, and their points in the task together.
    curve, slope : ndarray of float, same shape
        Smooth mean points given the rest, and how they rise with it; no slope beyond the rest scores that occur.
    dispersion : ndarray of float, shape (tasks,)
        Variance of a pupil's points given the rest, over e·(max - e): 1 for all or nothing, less for tasks whose points
        are earned one by one.
    """

    max_points: NDArray[np.int64]
    pupils: NDArray[np.float64]
    points: NDArray[np.float64]
    curve: NDArray[np.float64]
    slope: NDArray[np.float64]
    dispersion: NDArray[np.float64]

    @property
    def n(self) -> NDArray[np.float64]:
        """Pupils of the region in each task."""
        return self.pupils.sum(axis=1)

    @property
    def completion(self) -> NDArray[np.float64]:
        """Share of the possible points scored in the region; ``nan`` without pupils."""
        return self._mean_of(self.points) / self.max_points

    @property
    def per_logit(self) -> NDArray[np.float64]:
        """How far the region's completion moves per logit of difficulty: mean of p·(1 - p) over its pupils."""
        share = self.curve / self.max_points[:, None]
        return self._mean_of(self.pupils * share * (1 - share))

    @property
    def mean_rest(self) -> NDArray[np.float64]:
        """The region's mean rest score."""
        return self._mean_of(self.pupils * np.arange(self.pupils.shape[1]))

    def _mean_of(self, sums: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.divide(sums.sum(axis=1), self.n, out=np.full(len(self.n), np.nan), where=self.n > 0)


def rest_curves(work: WorkScores) -> RestCurves:
    """Tables of all pupils of a work.

    Parameters
    ----------
    work : WorkScores

    Returns
    -------
    RestCurves
        The smooth curve is logistic, cubic in the rest score, and flat beyond the scores that occur.
    """
    n_scores = int(work.max_points.sum()) + 1
    pupils, points, curve, slope = (np.zeros((len(work.tasks), n_scores)) for _ in range(4))
    dispersion = np.ones(len(work.tasks))
    for task, maximum in enumerate(work.max_points):
        chosen = work.usable[:, task]
        rest, scored = work.rest[chosen, task], work.points[chosen, task]
        pupils[task] = np.bincount(rest, minlength=n_scores)
        points[task] = np.bincount(rest, scored, n_scores)
        curve[task] = _curve(pupils[task], points[task], int(maximum))
        seen = np.flatnonzero(pupils[task])
        if len(seen) > 1:
            inside = slice(seen[0], seen[-1] + 1)
            slope[task, inside] = np.gradient(curve[task, inside])
        mean = smoothed(pupils[task], points[task], curve[task])
        widest = float((pupils[task] * mean * (maximum - mean)).sum())
        if widest > 0 and maximum > 1:
            dispersion[task] = ((scored - mean[rest]) ** 2).sum() / widest
    return RestCurves(work.max_points, pupils, points, curve, slope, dispersion)


def smoothed(pupils: NDArray, points: NDArray, curve: NDArray) -> NDArray[np.float64]:
    """Mean points by rest score: the data, with the curve in place of :data:`CURVE_PUPILS` more pupils."""
    return (points + CURVE_PUPILS * curve) / (pupils + CURVE_PUPILS)


def _curve(pupils: NDArray, points: NDArray, maximum: int) -> NDArray[np.float64]:
    seen = np.flatnonzero(pupils)
    overall = points.sum() / max(pupils.sum() * maximum, 1)
    if overall in (0, 1):
        return np.full(len(pupils), overall * maximum)
    # One more pupil with the overall share at every score keeps the logits finite.
    share = (points[seen] / maximum + overall) / (pupils[seen] + 1)
    middle, width = (seen[0] + seen[-1]) / 2, max((seen[-1] - seen[0]) / 2, 1)
    place = (np.arange(len(pupils)).clip(seen[0], seen[-1]) - middle) / width
    # Fewer terms than rest scores: a curve through every point smooths nothing.
    design = np.vander(place, min(max(len(seen) - 1, 1), _CURVE_DEGREE + 1))
    beta = logistic_fit(share, pupils[seen] + 1, design[seen])
    with np.errstate(over="ignore"):  # a task that hardly anybody fails: the curve may reach 0 or 1
        return maximum / (1 + np.exp(-design @ beta))
