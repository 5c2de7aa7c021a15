"""Completion of tasks — points scored out of those possible — by school, municipality, region, with intervals."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from .proportions import wilson_bounds
from .quantiles import normal_quantile, student_quantile
from .rest_scores import checked_points
from .result import RefusalReason

#: Pupils who all scored the same leave some chance: variance is never taken below this part of that of yes-or-no
#: answers.
_LEAST_EFFECT = 0.05


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
        Per task.
    group : array_like
        What is described: class, school, municipality; one value for the region. Pupils without one are left out.
    cluster : array_like, optional
        School of each pupil when a group holds several: pupils of one school resemble each other. A group within one
        school needs none.
    minimum_n, minimum_clusters : int
        Fewest pupils of a group, fewest schools of a group of several schools, for an interval.
    level : float
        Of the intervals.

    Returns
    -------
    DataFrame
        One row per group × task with pupils: ``group``, ``task``, ``n``, ``n_clusters``, ``points``, ``possible``,
        ``completion`` (share), ``sd_pupils`` (of the pupils' own shares; missing with one pupil), ``design_effect``
        (variance of the completion over that of ``n`` independent yes-or-no answers; below 1 where a task has several
        points, above 1 where schools differ), ``low``, ``high``, ``refusal``
        (:class:`~oko_lib.methods.result.RefusalReason` value).

    Raises
    ------
    ValueError
        As :func:`~oko_lib.methods.task_functioning.task_functioning`.

    Notes
    -----
    The variance of the pupils' own shares, not p·(1 - p): points of a task of several points are spread less. For
    several schools: of the sums of deviations of the schools (linearised ratio), never below that of pupils. The
    interval is Wilson's with as many pupils as have that variance; Student's t with the effective number of schools
    (Σn)²/Σn² less one widens it.

    References
    ----------
    Korn E. L., Graubard B. I. (1998) Survey Methodology 24:193-201 (effective sample size); Cochran W. G. (1977)
    Sampling Techniques, section 9A.1 (clusters of unequal size, ratio).
    """
    points, maximum = checked_points(scores, max_points)
    owner, groups = pd.factorize(pd.Series(np.asarray(group)), sort=True)
    one_cluster = np.zeros(len(points)) if cluster is None else np.asarray(cluster)
    schools, _ = pd.factorize(one_cluster, use_na_sentinel=False)
    parts = [
        _one_task(points[:, place], int(maximum[place]), owner, schools, len(groups)).assign(task=str(task))
        for place, task in enumerate(scores.columns)
    ]
    if not parts:
        return pd.DataFrame(columns=list(_COLUMNS))
    rows = pd.concat(parts, ignore_index=True)
    rows.insert(0, "group", np.asarray(groups)[rows.pop("place")])
    return _with_bounds(rows, minimum_n, minimum_clusters, level)[list(_COLUMNS)]


def _with_bounds(rows: pd.DataFrame, minimum_n: int, minimum_clusters: int, level: float) -> pd.DataFrame:
    """Add low, high, refusal."""
    few = rows["n"] < minimum_n
    few |= (rows["n_clusters"] > 1) & (rows["n_clusters"] < minimum_clusters)
    refusal = pd.Series(RefusalReason.TOO_FEW.value, rows.index, dtype="str").where(few)
    low, high = completion_bounds(rows["completion"], rows["n"], rows["design_effect"], level, rows["df"])
    return rows.assign(low=np.where(few, np.nan, low), high=np.where(few, np.nan, high), refusal=refusal)


@dataclass(frozen=True)
class PointSums:
    """Points of one work by school: all that completion over any set of schools needs, without the pupils.

    Parameters
    ----------
    tasks : tuple of str
    max_points : ndarray of int, shape (tasks,)
    schools : Index
        Schools with pupils in the work.
    n, points, squares : ndarray of float, shape (schools, tasks)
        Pupils whose points are known, these points together, and their squares.
    """

    tasks: tuple[str, ...]
    max_points: NDArray[np.int64]
    schools: pd.Index
    n: NDArray[np.float64]
    points: NDArray[np.float64]
    squares: NDArray[np.float64]

    def of(self, schools: Collection[str]) -> PointSums:
        """Return the sums of these schools only."""
        own = self.schools.isin(list(schools))
        return PointSums(
            self.tasks, self.max_points, self.schools[own], self.n[own], self.points[own], self.squares[own]
        )


def point_sums(scores: pd.DataFrame, max_points: ArrayLike, school: ArrayLike) -> PointSums:
    """Sum the points of a work by school.

    Parameters
    ----------
    scores, max_points
        As in :func:`task_completion`.
    school : array_like
        Of each pupil.

    Raises
    ------
    ValueError
        As :func:`task_completion`.
    """
    points, maximum = checked_points(scores, max_points)
    owner, schools = pd.factorize(np.asarray(school, dtype=object), sort=True)
    known = np.isfinite(points)
    scored = np.where(known, points, 0.0)

    def summed(values: NDArray) -> NDArray[np.float64]:
        found = [np.bincount(owner, values[:, task], len(schools)) for task in range(values.shape[1])]
        return np.array(found, dtype=float).reshape(values.shape[1], len(schools)).T

    tasks = tuple(str(task) for task in scores.columns)
    return PointSums(tasks, maximum, pd.Index(schools), summed(known), summed(scored), summed(scored**2))


def pooled_completion(
    sums: PointSums, *, minimum_n: int = 10, minimum_clusters: int = 5, level: float = 0.95
) -> pd.DataFrame:
    """Completion over all schools of the sums together, as :func:`task_completion` with schools for clusters.

    Parameters
    ----------
    sums : PointSums
    minimum_n, minimum_clusters, level
        As in :func:`task_completion`.

    Returns
    -------
    DataFrame
        One row per task with pupils; the columns of :func:`task_completion` without ``group``.
    """
    n, total = sums.n.sum(axis=0), sums.points.sum(axis=0)
    there = n > 0
    n, total, maximum = n[there], total[there], sums.max_points[there]
    size, scored = sums.n[:, there], sums.points[:, there]
    spread = np.maximum(sums.squares[:, there].sum(axis=0) - total**2 / n, 0.0)
    sd = np.sqrt(np.divide(spread, n - 1, out=np.full(len(n), np.nan), where=n > 1)) / maximum
    between = ((scored / maximum - size * (total / (n * maximum))) ** 2).sum(axis=0)
    facts = _facts(n, total, maximum, sd, (size > 0).sum(axis=0), (size**2).sum(axis=0), between)
    rows = pd.DataFrame({"task": np.array(sums.tasks, dtype=object)[there].astype(str), **facts})
    return _with_bounds(rows, minimum_n, minimum_clusters, level)[list(_COLUMNS[1:])]


_COLUMNS = (
    "group",
    "task",
    "n",
    "n_clusters",
    "points",
    "possible",
    "completion",
    "sd_pupils",
    "design_effect",
    "low",
    "high",
    "refusal",
)


def completion_bounds(
    completion: ArrayLike, n: ArrayLike, design_effect: ArrayLike, level: float = 0.95, df: ArrayLike = np.inf
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Wilson's interval with the number of pupils that independent yes-or-no answers would need.

    Parameters
    ----------
    completion : array_like of float
        Shares.
    n : array_like of int
        Pupils.
    design_effect : array_like of float
        Variance over p·(1 - p)/n.
    level : float
    df : array_like of float
        Degrees of freedom of the variance.

    Returns
    -------
    low, high : ndarray of float
    """
    arrays = (np.asarray(values, dtype=float) for values in (completion, n, design_effect, df))
    share, pupils, effect, freedom = np.broadcast_arrays(*arrays)
    wider = student_quantile((1 + level) / 2, freedom) / normal_quantile((1 + level) / 2)
    effective = pupils / effect / wider**2
    low, high = wilson_bounds(share * effective, effective, level)
    return np.minimum(low, share), np.maximum(high, share)  # rounding may step over the point


def group_sums(points: NDArray, owner: NDArray, n_groups: int) -> tuple[NDArray, NDArray, NDArray]:
    """Pupils, their points and the standard deviation of these by group; pupils of no group are -1."""
    known = np.isfinite(points) & (owner >= 0)
    n, total, squares = (
        np.bincount(owner[known], points[known] ** power, n_groups).astype(float) for power in (0, 1, 2)
    )
    spread = np.maximum(squares - np.divide(total**2, n, out=np.zeros(n_groups), where=n > 0), 0.0)
    return n, total, np.sqrt(np.divide(spread, n - 1, out=np.full(n_groups, np.nan), where=n > 1))


def _one_task(points: NDArray, maximum: int, owner: NDArray, schools: NDArray, n_groups: int) -> pd.DataFrame:
    n, total, spread = group_sums(points, owner, n_groups)
    there = np.flatnonzero(n)
    n, total, sd = n[there], total[there], spread[there] / maximum
    completion = total / (n * maximum)
    known = np.isfinite(points) & (owner >= 0)
    n_schools = int(schools.max(initial=0)) + 1
    pair, pupil = np.unique(owner[known] * n_schools + schools[known], return_inverse=True)
    size, scored = np.bincount(pupil), np.bincount(pupil, points[known])
    place = np.searchsorted(there, pair // n_schools)
    deviation = scored / maximum - size * completion[place]
    count = np.bincount(place, minlength=len(there))
    size_squares = np.bincount(place, size**2.0, len(there))
    between = np.bincount(place, deviation**2, len(there))
    return pd.DataFrame({"place": there, **_facts(n, total, maximum, sd, count, size_squares, between)})


def _facts(
    n: NDArray, total: NDArray, maximum: ArrayLike, sd: NDArray, count: NDArray, size_squares: NDArray, between: NDArray
) -> dict[str, NDArray]:
    """Columns of groups or tasks from their sums.

    Parameters
    ----------
    n, total, sd : ndarray
        Pupils, their points, the standard deviation of their shares.
    maximum : array_like
        Points possible for one pupil.
    count, size_squares, between : ndarray
        Schools, the sum of their squared numbers of pupils, the sum of their squared deviations.
    """
    completion = total / (n * maximum)
    answers = completion * (1 - completion)
    # Where all scored nothing or everything, yes-or-no answers are all that can be said.
    pupils = np.divide(sd**2, answers, out=np.ones(len(n)), where=(answers > 0) & (n > 1))
    between = between * count / np.maximum(count - 1, 1)
    clustered = np.divide(between / n, answers, out=np.zeros(len(n)), where=(answers > 0) & (count > 1))
    return {
        "n": n.astype("int64"),
        "n_clusters": count,
        "points": total,
        "possible": n * maximum,
        "completion": completion,
        "sd_pupils": sd,
        "design_effect": np.maximum(np.maximum(pupils, _LEAST_EFFECT), clustered),
        "df": np.where(count > 1, np.maximum(n**2 / size_squares - 1, 1), np.maximum(n - 1, 1)),
    }
