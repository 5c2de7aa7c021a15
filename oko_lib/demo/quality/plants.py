"""Planted truths about the quality of training: a weak skill of a school, many graduates who learn no further."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from oko_lib.demo.quality.settings import QualitySettings
from oko_lib.demo.randomness import stream


@dataclass(frozen=True)
class WeakSkill:
    """A school whose children of one work do the tasks of one skill worse than their score lets expect.

    Parameters
    ----------
    school : int
        Row number.
    year : int
    subject : str
    grade : int
    skill_code : str
    tasks : tuple of str
        Tasks of that skill in the work.
    shift : float
        How much harder these tasks are for them, in standard deviations of ability; the points lost are made in other
        tasks, so that scores and marks stay.
    """

    school: int
    year: int
    subject: str
    grade: int
    skill_code: str
    tasks: tuple[str, ...]
    shift: float


@dataclass(frozen=True)
class Flow:
    """A school many of whose graduates of grade 9 learn no further."""

    school: int
    not_continuing: float


@dataclass(frozen=True)
class QualityPlants:
    """All planted truths about the quality of training."""

    weak_skills: tuple[WeakSkill, ...]
    flows: tuple[Flow, ...]

    @property
    def schools(self) -> set[int]:
        """Row numbers of the schools that differ."""
        return {plant.school for plant in (*self.weak_skills, *self.flows)}


def choose_quality_plants(
    schools: pd.DataFrame, taken: set[int], year: int, settings: QualitySettings, seed: int
) -> QualityPlants:
    """Choose schools that have no other planted truth.

    Parameters
    ----------
    year : int
        The last year, in which skills are weak.
    """
    rng = stream(seed, "quality plants")
    used = set(taken)
    sizes = schools["pupils_per_grade"].to_numpy()
    ordinary = schools["school_kind"].isin(["СОШ", "ООШ"]).to_numpy()

    def choose(size: tuple[float, float], count: int) -> list[int]:
        fits = ordinary & (sizes >= size[0]) & (sizes <= size[1])
        fits[sorted(used)] = False
        chosen = rng.permutation(np.flatnonzero(fits))[:count].tolist()
        used.update(chosen)
        return chosen

    weak, flow = settings.plants.weak_skill, settings.plants.flow
    skills = [
        WeakSkill(
            school=school,
            year=year,
            subject=work.subject,
            grade=work.grade,
            skill_code=work.skill,
            tasks=tuple(
                task for task, (code, _) in settings.skills_of(work.subject, work.grade).items() if code == work.skill
            ),
            shift=weak.shift,
        )
        for school, works in zip(choose(weak.size, len(weak.schools)), weak.schools, strict=False)
        for work in works
    ]
    flows = [Flow(school, flow.not_continuing) for school in choose(flow.size, flow.count)]
    return QualityPlants(tuple(skills), tuple(flows))
