"""A weak skill in the points for tasks: lost where the skill is asked for, made up elsewhere, the sum as before."""

from __future__ import annotations

import numpy as np

from oko_lib.demo.answers import task_points
from oko_lib.demo.works import Work


def weakened(
    points: np.ndarray, ability: np.ndarray, luck: np.ndarray, weak: np.ndarray, shift: float, work: Work
) -> np.ndarray:
    """Points of children of a school with a weak skill.

    A child loses the points of the weak tasks that it would not have had with `shift` less ability for them, and gets
    as many in those other tasks whose next point it was nearest to. No chance is drawn: everything else in the work —
    scores, marks, who was absent — stays as it is without the weak skill.

    Parameters
    ----------
    points : ndarray of int8, shape (n, tasks)
        As they are without it.
    ability : ndarray, shape (n,)
    luck : ndarray, shape (n, tasks)
        The same as `points` were made with.
    weak : ndarray of bool, shape (tasks,)
    shift : float
    work : Work

    Returns
    -------
    ndarray of int8
        The sum of each row is unchanged; a point for which there is no room elsewhere is kept.
    """
    usual = task_points(ability, luck, work)
    without = task_points(ability, luck - shift * weak, work)
    lost = np.minimum(usual - without, points) * weak
    room = ((work.max_points - points) * ~weak).sum(axis=1)
    result = points.copy()
    steps = np.concatenate([work.difficulties, np.full((len(work.labels), 1), np.inf)], axis=1)
    reached = ability[:, None] + luck
    tasks = np.arange(len(work.labels))
    for child in np.flatnonzero(lost.sum(axis=1)):
        give = min(int(lost[child].sum()), int(room[child]))
        for _ in range(give):
            result[child, int(np.argmax(lost[child]))] -= 1
            lost[child, int(np.argmax(lost[child]))] -= 1
            distance = steps[tasks, result[child]] - reached[child]
            full = weak | (result[child] >= work.max_points)
            result[child, int(np.argmin(np.where(full, np.inf, distance)))] += 1
    return result
