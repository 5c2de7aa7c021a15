"""What units scored in a task less what the region's pupils with the same rest of the work scored."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .rest_curves import CURVE_PUPILS, RestCurves, smoothed
from .rest_scores import WorkScores
from .shrinkage import shrinkage_weight

#: Rounds in which weak tasks of one unit are told apart; each leaves a tenth of the error of the one before.
_ROUNDS = 3
#: Chance is never taken to be less than if this many pupils were expected to differ from all the others: of an event
#: that hardly ever happens, nobody knows how rare it is.
_RAREST = 0.25


@dataclass(frozen=True)
class Deviations:
    """Units × tasks, in points per pupil; ``nan`` where a unit has no pupils.

    Parameters
    ----------
    n, points : ndarray of float
        Pupils, and the points they scored together.
    plain : ndarray of float
        Points less those of the region's pupils with the same rest.
    lean : ndarray of float
        What a context of 1 takes off, see :func:`~oko_lib.methods.task_tables.task_tables`.
    variance, third_moment : ndarray of float
        Of the deviation by chance.
    slope : ndarray of float
        Points of the task per point of the rest.
    reliability : ndarray of float
        Of the unit's mean rest, 0 to 1.
    per_logit : ndarray of float
        Share of the maximum per logit of difficulty.
    """

    n: NDArray[np.float64]
    points: NDArray[np.float64]
    plain: NDArray[np.float64]
    lean: NDArray[np.float64]
    variance: NDArray[np.float64]
    third_moment: NDArray[np.float64]
    slope: NDArray[np.float64]
    reliability: NDArray[np.float64]
    per_logit: NDArray[np.float64]


def deviations(work: WorkScores, curves: RestCurves, icc: float, in_tables: bool) -> Deviations:
    """Compare all units with the region.

    Parameters
    ----------
    work : WorkScores
    curves : RestCurves
        Of the region, the same tasks.
    icc : float
        Part of the variance of total scores that lies between units.
    in_tables : bool
        The units' pupils are among those of the curves: each unit is left out of what it is compared with.

    Returns
    -------
    Deviations
        The variance is that of independent pupils given their rest, with that of the region's means added.
    """
    n_units, n_scores = len(work.units), curves.pupils.shape[1]
    shape = (n_units, len(work.tasks))
    n, points, deviation, variance, third, slope, spread, rest = (np.zeros(shape) for _ in range(8))
    for task, maximum in enumerate(curves.max_points):
        chosen = work.usable[:, task] & (work.unit >= 0)
        place = work.unit[chosen] * n_scores + work.rest[chosen, task]
        own = np.bincount(place, minlength=n_units * n_scores).reshape(n_units, n_scores)
        scored = np.bincount(place, work.points[chosen, task], n_units * n_scores).reshape(n_units, n_scores)
        pupils, gained, curve = curves.pupils[task], curves.points[task], curves.curve[task]
        if in_tables:
            pupils, gained = np.maximum(pupils - own, 0.0), np.maximum(gained - scored, 0.0)
        mean = smoothed(pupils, gained, curve)
        share = mean / maximum
        one = curves.dispersion[task] * mean * (maximum - mean)
        n[:, task], points[:, task], rest[:, task] = own.sum(axis=1), scored.sum(axis=1), own @ np.arange(n_scores)
        deviation[:, task] = (scored - own * mean).sum(axis=1)
        chance = (own * (1 + own / (pupils + CURVE_PUPILS)) * one).sum(axis=1)
        variance[:, task] = np.maximum(chance, _RAREST * curves.dispersion[task] * maximum**2)
        step = curves.dispersion[task] * maximum * (1 - 2 * share)
        third[:, task] = (own * one * step).sum(axis=1) * variance[:, task] / np.maximum(chance, 1e-12)
        slope[:, task] = own @ curves.slope[task]
        spread[:, task] = (own * share * (1 - share)).sum(axis=1)
    size = np.where(n > 0, n, np.nan)
    reliability = shrinkage_weight(icc, size)
    lean = slope / size * reliability * (rest / size - curves.mean_rest)
    return Deviations(
        n, points, deviation / size, lean, variance / size**2, third / size**3, slope / size, reliability, spread / size
    )


def corrected(found: Deviations, context: float, weak: NDArray[np.bool_] | None = None) -> NDArray[np.float64]:
    """Deviations with the context taken off, and with the rest scores cleared of the tasks that stand out.

    Parameters
    ----------
    found : Deviations
    context : float
    weak : ndarray of bool, optional
        Tasks of units that stand out, either way. A unit's deviation in such a task lowers (or raises) all its rest
        scores in the other tasks by as much; there the expectation is read at the rest that would have been.

    Returns
    -------
    ndarray of float
        Points per pupil.
    """
    base = found.plain - context * found.lean
    if weak is None or not weak.any():
        return base
    pull, result = found.slope * (1 + context * found.reliability), base
    for _ in range(_ROUNDS):
        standing_out = np.where(weak, result, 0.0)
        result = base + pull * (standing_out.sum(axis=1, keepdims=True) - standing_out)
    return result
