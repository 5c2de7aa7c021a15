"""From ability to points for tasks, and what is done to the points afterwards."""

from __future__ import annotations

import numpy as np

from oko_lib.demo.works import SLOPE, Work


def answer_noise(shape: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """Luck of each pupil in each task, in units of ability (standard logistic divided by the slope)."""
    draw = rng.random(shape)
    return np.log(draw / (1 - draw)) / SLOPE


def task_points(ability: np.ndarray, luck: np.ndarray, work: Work) -> np.ndarray:
    """Points for tasks.

    Parameters
    ----------
    ability : ndarray, shape (n,)
    luck : ndarray, shape (n, tasks)
        From :func:`answer_noise`. The same luck with a higher ability never gives fewer points, so that an honest
        and a distorted result of one child can be compared.
    work : Work

    Returns
    -------
    ndarray of int8, shape (n, tasks)
    """
    reached = ability[:, None] + luck
    points = np.zeros(reached.shape, dtype=np.int8)
    for step in range(work.difficulties.shape[1]):
        points += reached > work.difficulties[:, step]
    return points


def leaked(points: np.ndarray, known: np.ndarray, solved: float, work: Work, rng: np.random.Generator) -> np.ndarray:
    """Points when pupils marked in `known` saw the work beforehand.

    Each task, easy or hard alike, is then solved in full with probability `solved`.
    """
    ready = (rng.random(points.shape) < solved) & known[:, None]
    return np.where(ready, work.max_points.astype(np.int8), points)


def push_over_borders(
    points: np.ndarray, chances: np.ndarray, one_over: float, work: Work, rng: np.random.Generator
) -> np.ndarray:
    """Lift works lying just below a mark border by adding points to tasks that have room.

    Parameters
    ----------
    points : ndarray of int8, shape (n, tasks)
    chances : ndarray, shape (n, 3, 3)
        Probability of lifting by border («3», «4», «5») and by distance below it (1, 2, 3 points).
    one_over : float
        Share of lifted works that get one point more than needed.

    Returns
    -------
    ndarray of int8
        The primary score stays the sum of the tasks.
    """
    score = points.sum(axis=1)
    missing = np.zeros(len(points), dtype=int)
    draw = rng.random(len(points))
    generous = rng.random(len(points)) < one_over
    for number, border in enumerate(work.borders):
        for below in range(1, chances.shape[2] + 1):
            lifted = (score == border - below) & (draw < chances[:, number, below - 1])
            missing[lifted] = below + generous[lifted]
    result = points.copy()
    while (missing > 0).any():
        rows = np.flatnonzero(missing > 0)
        room = result[rows] < work.max_points
        chosen = np.argmax(rng.random(room.shape) * room, axis=1)
        result[rows, chosen] += 1
        missing[rows] -= 1
    return result
