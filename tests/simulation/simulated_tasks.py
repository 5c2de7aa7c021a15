"""Regions whose schools differ in ability and, task by task, in what was taught.

Pupils' abilities are normal with a school part; every task has its own discrimination, difficulty and maximum; in every
school every task is a little easier or harder than elsewhere (natural variation). Shares no code with the methods under
test, nor with the demo region. The part of ability that lies between schools (ICC 0.1) is what school means of ВПР in
one real region show (0.09–0.10 in grades 4 and 5).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class TaskRegion:
    """What a simulated region and its work look like.

    Parameters
    ----------
    schools, smallest, largest : int
        Sizes are log-uniform between the two.
    icc : float
        Part of the variance of ability between schools.
    tasks : int
    several_points : float
        Part of the tasks worth two or three points.
    natural_sd : float
        Standard deviation of a school × task effect, logits.
    natural_df : float or None
        Degrees of freedom of Student's t for these effects (scaled to the same standard deviation); None is normal.
    difficulty_sd : float
        Spread of the tasks' difficulties, standard deviations of ability.
    """

    schools: int = 150
    smallest: int = 10
    largest: int = 120
    icc: float = 0.1
    tasks: int = 16
    several_points: float = 0.3
    natural_sd: float = 0.3
    natural_df: float | None = None
    difficulty_sd: float = 0.9


@dataclass(frozen=True)
class SimulatedWork:
    """Points of all pupils, the truth beside."""

    scores: pd.DataFrame
    max_points: np.ndarray
    school: np.ndarray
    size: np.ndarray
    effect: np.ndarray


def simulate_work(region: TaskRegion, rng: np.random.Generator, effect: np.ndarray | None = None) -> SimulatedWork:
    """One work.

    Parameters
    ----------
    region : TaskRegion
    rng : numpy.random.Generator
    effect : ndarray of float, shape (schools, tasks), optional
        Planted: logits by which every step of a task is easier in a school, beyond natural variation.
    """
    shape = (region.schools, region.tasks)
    size = np.rint(np.exp(rng.uniform(np.log(region.smallest), np.log(region.largest), region.schools))).astype(int)
    school = np.repeat(np.arange(region.schools), size)
    planted = np.zeros(shape) if effect is None else effect
    if region.natural_df is None:
        natural = rng.standard_normal(shape)
    else:
        natural = rng.standard_t(region.natural_df, shape) * np.sqrt(1 - 2 / region.natural_df)
    easier = region.natural_sd * natural + planted
    ability = np.sqrt(region.icc) * rng.standard_normal(region.schools)[school]
    ability += np.sqrt(1 - region.icc) * rng.standard_normal(len(school))
    slope = np.exp(0.3 * rng.standard_normal(region.tasks) + np.log(1.4))
    maximum = np.where(rng.random(region.tasks) < region.several_points, rng.integers(2, 4, region.tasks), 1)
    difficulty = region.difficulty_sd * rng.standard_normal(region.tasks)
    points = np.zeros((len(school), region.tasks))
    for task in range(region.tasks):
        luck = rng.logistic(size=len(school))
        reached = slope[task] * (ability - difficulty[task]) + easier[school, task] + luck
        for step in range(maximum[task]):
            points[:, task] += reached > 0.9 * (step - (maximum[task] - 1) / 2)
    names = [f"t{task + 1}" for task in range(region.tasks)]
    return SimulatedWork(pd.DataFrame(points, columns=names), maximum, school, size, planted)
