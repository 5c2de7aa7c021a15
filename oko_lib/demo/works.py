"""Works (sets of tasks with difficulties and a scale), calibrated so that the region's marks look real."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.optimize import minimize
from scipy.special import expit, ndtri

from oko_lib.demo.settings import PushSettings, WorkSettings
from oko_lib.settings.loading import SettingsError

#: Logistic discrimination of every task per standard deviation of ability (1.7 makes the logistic nearly normal).
SLOPE = 1.7
#: Distance between neighbouring steps of a task worth several points, in standard deviations of ability.
STEP = 0.55


@dataclass(frozen=True)
class Work:
    """One work.

    Parameters
    ----------
    subject : str
    grade : int
    labels, levels : tuple of str
        Task numbers and levels of difficulty.
    max_points : ndarray of int, shape (tasks,)
    difficulties : ndarray of float, shape (tasks, most points)
        Ability at which half of the pupils reach the step; +inf where the task has fewer points.
    borders : tuple of int
        Scores from which «3», «4» and «5» begin.
    marks, country, journal : tuple of float
        Per cent of «2», «3», «4», «5»: target of the region, whole country, journal.
    two_parts : bool
        Whether the school form has two parts.
    """

    subject: str
    grade: int
    labels: tuple[str, ...]
    levels: tuple[str, ...]
    max_points: np.ndarray
    difficulties: np.ndarray
    borders: tuple[int, int, int]
    marks: tuple[float, ...]
    country: tuple[float, ...]
    journal: tuple[float, ...]
    two_parts: bool

    @cached_property
    def max_score(self) -> int:
        return int(self.max_points.sum())

    def mark(self, score: np.ndarray) -> np.ndarray:
        """Marks 2..5 of primary scores by the scale."""
        return np.searchsorted(self.borders, score, side="right") + 2

    def shifted(self, shift: float) -> Work:
        """The same work made harder by `shift` standard deviations of ability."""
        return replace(self, difficulties=self.difficulties + shift)


def score_distribution(work: Work, ability: np.ndarray) -> np.ndarray:
    """Distribution of the primary score given ability.

    Parameters
    ----------
    work : Work
    ability : ndarray, shape (m,)

    Returns
    -------
    ndarray, shape (m, max score + 1)
        Rows sum to 1. Lord & Wingersky's recursion (1984) over tasks.
    """
    result = np.zeros((len(ability), work.max_score + 1))
    result[:, 0] = 1.0
    for points, steps in zip(work.max_points, work.difficulties, strict=True):
        reached = expit(SLOPE * (ability[:, None] - steps[None, :points]))
        at_least = np.concatenate([np.ones((len(ability), 1)), reached, np.zeros((len(ability), 1))], axis=1)
        category = at_least[:, :-1] - at_least[:, 1:]
        grown = np.zeros_like(result)
        for value in range(points + 1):
            grown[:, value:] += category[:, value : value + 1] * result[:, : result.shape[1] - value]
        result = grown
    return result


def pushed(distribution: np.ndarray, work: Work, push: PushSettings) -> np.ndarray:
    """Distribution of scores, shape (scores,), after the habitual lifting over mark borders."""
    result = distribution.copy()
    for mark, border in zip((3, 4, 5), work.borders, strict=True):
        for below, probability in enumerate(push.background[mark], start=1):
            moved = distribution[border - below] * probability
            result[border - below] -= moved
            result[border] += moved * (1 - push.one_over)
            result[border + 1] += moved * push.one_over
    return result


def _ability_grid() -> tuple[np.ndarray, np.ndarray]:
    nodes, weights = np.polynomial.hermite_e.hermegauss(31)
    return nodes, weights / weights.sum()


def calibrated(work: Work, push: PushSettings, inflation: float) -> Work:
    """Shift and stretch the difficulties until the expected marks are nearest to ``work.marks``.

    Two parameters cannot meet three free shares exactly; the scale is official and stays as it is.
    """
    nodes, weights = _ability_grid()
    finite = np.where(np.isfinite(work.difficulties), work.difficulties, 0.0)
    target = np.asarray(work.marks) / 100
    edges = (0, *work.borders, work.max_score + 1)

    def moved(parameters: np.ndarray) -> Work:
        shift, stretch = parameters
        steps = np.where(np.isfinite(work.difficulties), shift + stretch * finite, np.inf)
        return replace(work, difficulties=steps)

    def distance(parameters: np.ndarray) -> float:
        scores = weights @ score_distribution(moved(parameters), nodes + inflation)
        scores = pushed(scores, work, push)
        expected = np.array([scores[low:high].sum() for low, high in pairwise(edges)])
        return float(((expected - target) ** 2 / target).sum())

    # A coarse look first: from a bad start the simplex creeps into a corner where all pupils get one mark.
    coarse = [(shift, stretch) for stretch in (0.7, 1.0, 1.4) for shift in np.linspace(-2, 2, 9)]
    start = np.array(min(coarse, key=lambda point: distance(np.array(point))))
    simplex = np.vstack([start, start + np.diag([0.2, 0.2])])
    options = {"xatol": 0.005, "fatol": 1e-6, "maxiter": 80, "initial_simplex": simplex}
    found = minimize(distance, start, method="Nelder-Mead", options=options)
    # Rounded so that the last bits of an optimiser do not decide what a file contains.
    shift, stretch = np.round(found.x, 3)
    return moved(np.array([shift, max(stretch, 0.2)]))


def reliability(work: Work) -> float:
    """Share of the variance of the primary score that is due to ability, for ability ~ N(0, 1)."""
    nodes, weights = _ability_grid()
    given = score_distribution(work, nodes)
    scores = np.arange(work.max_score + 1)
    means = given @ scores
    overall = weights @ given
    mean = overall @ scores
    return float(weights @ (means - mean) ** 2 / (overall @ (scores - mean) ** 2))


def read_scales(path: Path) -> dict[tuple[str, int], tuple[int, tuple[int, int, int]]]:
    """Official scales: (subject, grade) → (maximum, scores from which «3», «4», «5» begin)."""
    frame = pd.read_csv(path, encoding="utf-8")
    return {
        (row.subject, int(row.grade)): (
            int(row.max_primary),
            (int(row.mark3_min), int(row.mark4_min), int(row.mark5_min)),
        )
        for row in frame.itertuples()
    }


def make_work(
    settings: WorkSettings, scale: tuple[int, tuple[int, int, int]], push: PushSettings, inflation: float
) -> Work:
    """Build and calibrate one work.

    Raises
    ------
    SettingsError
        If the points of the tasks do not add up to the maximum of the scale.
    """
    points = np.array([task[0] for task in settings.tasks.values()])
    maximum, borders = scale
    if points.sum() != maximum:
        raise SettingsError(
            f"parameters/demo/works.yaml: {settings.subject}, {settings.grade} класс: задания дают "
            f"{points.sum()} баллов, а по шкале максимум {maximum}. Исправьте баллы заданий."
        )
    middle = -ndtri(np.array([task[2] for task in settings.tasks.values()])) * 1.3
    step = np.arange(points.max())[None, :]
    steps = middle[:, None] + STEP * (step - (points[:, None] - 1) / 2)
    work = Work(
        subject=settings.subject,
        grade=settings.grade,
        labels=tuple(settings.tasks),
        levels=tuple(task[1] for task in settings.tasks.values()),
        max_points=points,
        difficulties=np.where(step < points[:, None], steps, np.inf),
        borders=borders,
        marks=settings.marks,
        country=settings.country,
        journal=settings.journal,
        two_parts=settings.two_parts,
    )
    return calibrated(work, push, inflation)
