"""Completion of tasks — points scored out of those possible — by school, municipality, region, with intervals."""

from __future__ import annotations

import pandas as pd
from numpy.typing import ArrayLike


def task_completion(
    scores: pd.DataFrame,
    max_points: ArrayLike,
    group: ArrayLike,
    *,
    cluster: ArrayLike | None = None,
    minimum_n: int = 10,
    minimum_clusters: int = 5,
    level: float = 0.95,
) -> pd.DataFrame:
    """Completion by group and task.

    Parameters
    ----------
    scores : DataFrame
        Pupils × tasks, ``nan`` missing.
    max_points : array_like of int
    group : array_like
        What is described: class, school, municipality; one value for the region.
    cluster : array_like, optional
        School of each pupil when a group holds several: pupils of one school resemble each other.
    minimum_n, minimum_clusters : int
        Fewest pupils of a group, fewest schools of a group of schools, for an interval.
    level : float

    Returns
    -------
    DataFrame
        One row per group × task: ``group``, ``task``, ``n``, ``n_clusters``, ``points``, ``possible``, ``completion``,
        ``sd_pupils``, ``design_effect`` (variance of the completion over that of ``n`` independent yes-or-no answers;
        below 1 where a task has several points, above 1 where schools differ), ``low``, ``high``, ``refusal``.
    """
    raise NotImplementedError
