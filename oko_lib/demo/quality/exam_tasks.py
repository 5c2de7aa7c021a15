"""Completion of exam tasks by school: points of every participant spread over tasks, their sum as in the results."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import logit

from oko_lib.demo.low_results.exams import ExamResults
from oko_lib.demo.quality.settings import ExamTaskSettings
from oko_lib.demo.randomness import stream


@dataclass(frozen=True)
class ExamTask:
    """One task: label, most points, level, share of completion it is made for, skill."""

    label: str
    points: int
    level: str
    share: float
    skill: str


def tasks_of(settings: ExamTaskSettings) -> list[ExamTask]:
    """Tasks of an exam, one by one."""
    tasks = []
    for numbers, points, level, first, last, skill in settings.tasks:
        low, high = (int(number) for number in numbers.split("-"))
        shares = np.linspace(first, last, high - low + 1)
        tasks += [
            ExamTask(str(number), points, level, float(share), skill)
            for number, share in zip(range(low, high + 1), shares, strict=True)
        ]
    return tasks


def exam_tasks(exam: ExamResults, settings: ExamTaskSettings, seed: int) -> pd.DataFrame:
    """Completion by school and task.

    A participant's points go to the easiest steps by difficulty and luck: the sum over tasks is the primary score, or
    the part of all points a test score stands for.

    Returns
    -------
    DataFrame
        ``school, task, n_participants, completion_pct, skill, level``.
    """
    rng = stream(seed, "exam tasks", exam.year, settings.exam, settings.subject)
    tasks = tasks_of(settings)
    points = np.array([task.points for task in tasks])
    frame = exam.frame[exam.frame["present"]]
    school = frame["school"].to_numpy()
    if exam.settings.scale == "primary":
        total = frame["primary_score"].to_numpy(dtype=int)
    else:
        total = np.round(frame["test_score"].to_numpy(dtype=int) / exam.settings.maximum * points.sum()).astype(int)
    # Every point is a step of its own; a step is the likelier, the easier its task.
    of_step = np.repeat(np.arange(len(tasks)), points)
    easy = logit(np.array([task.share for task in tasks]))[of_step]
    draw = easy + rng.gumbel(size=(len(frame), len(of_step)))
    rank = np.argsort(np.argsort(-draw, axis=1), axis=1)
    done = rank < np.minimum(total, points.sum())[:, None]
    count = int(school.max()) + 1
    number = np.bincount(school, minlength=count)
    by_school = np.zeros((count, len(of_step)))
    np.add.at(by_school, school, done)
    earned = np.stack([by_school[:, of_step == task].sum(axis=1) for task in range(len(tasks))], axis=1)
    there = np.flatnonzero(number)
    percent = np.round(100 * earned[there] / (number[there, None] * points), 1)
    return pd.DataFrame(
        {
            "school": np.repeat(there, len(tasks)),
            "task": [task.label for task in tasks] * len(there),
            "n_participants": np.repeat(number[there], len(tasks)),
            "completion_pct": percent.ravel(),
            "skill": [task.skill for task in tasks] * len(there),
            "level": [task.level for task in tasks] * len(there),
        }
    )
