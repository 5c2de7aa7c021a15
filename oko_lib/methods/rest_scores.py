"""Points of one work in order: whose they are and what each pupil scored in the other tasks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

#: A pupil with missing tasks is compared while at least this part of the other tasks' points is known.
_KNOWN_PART = 0.5


@dataclass(frozen=True)
class WorkScores:
    """Pupils × tasks of one work.

    Parameters
    ----------
    tasks : tuple of str
    max_points : ndarray of int, shape (tasks,)
    points : ndarray of float, shape (pupils, tasks)
        ``nan`` where missing.
    rest : ndarray of int, shape (pupils, tasks)
        Points in the other tasks; where some are missing, scaled up to all of them and rounded.
    usable : ndarray of bool, shape (pupils, tasks)
        The points are known, and so is enough of the rest.
    units : Index
    unit : ndarray of int, shape (pupils,)
        Position in ``units``, -1 for pupils of no unit.
    """

    tasks: tuple[str, ...]
    max_points: NDArray[np.int64]
    points: NDArray[np.float64]
    rest: NDArray[np.int64]
    usable: NDArray[np.bool_]
    units: pd.Index
    unit: NDArray[np.int64]


def checked_points(scores: pd.DataFrame, max_points: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Points and maxima as arrays.

    Raises
    ------
    ValueError
        For lengths that differ, a task with no points, a task named twice, or points outside 0..max.
    """
    points = scores.to_numpy(dtype=float, na_value=np.nan)
    maximum = np.asarray(max_points)
    if maximum.shape != (points.shape[1],):
        raise ValueError("max_points must name one maximum per task")
    if not scores.columns.is_unique:
        raise ValueError("a task is named twice")
    if np.any(maximum < 1) or np.any(maximum != np.rint(maximum)):
        raise ValueError("maximum points must be whole numbers of at least 1")
    if np.any((points < 0) | (points > maximum)):
        raise ValueError("points must lie between 0 and the maximum of the task")
    return points, maximum.astype(np.int64)


def work_scores(scores: pd.DataFrame, max_points: ArrayLike, unit: ArrayLike) -> WorkScores:
    """Put the points of one work in order.

    Parameters and errors are those of :func:`~oko_lib.methods.task_functioning.task_functioning`.
    """
    points, maximum = checked_points(scores, max_points)
    owner = pd.Series(np.asarray(unit))
    if len(owner) != len(points):
        raise ValueError("unit must name one unit per pupil")
    codes, units = pd.factorize(owner, sort=True)
    known = np.isfinite(points)
    scored = np.where(known, points, 0.0)
    others = maximum.sum() - maximum
    known_others = (known * maximum).sum(axis=1, keepdims=True) - known * maximum
    usable = known & (known_others >= _KNOWN_PART * others) & (known_others > 0)
    rest = (scored.sum(axis=1, keepdims=True) - scored) * others / np.maximum(known_others, 1)
    rest = np.where(usable, np.rint(rest), 0).astype(np.int64)
    tasks = tuple(str(task) for task in scores.columns)
    return WorkScores(tasks, maximum, points, rest, usable, pd.Index(units), codes.astype(np.int64))
