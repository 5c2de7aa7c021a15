"""Skills, graduates, adapted programmes, own assessment and exam tasks of the whole region, put together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from oko_lib.demo.low_results.results import LowResults
from oko_lib.demo.pupils import Cohort
from oko_lib.demo.quality.assessment import adapted_programmes, internal_levels
from oko_lib.demo.quality.exam_tasks import exam_tasks
from oko_lib.demo.quality.graduates import graduates_of_year
from oko_lib.demo.quality.plants import QualityPlants
from oko_lib.demo.settings import DemoSettings
from oko_lib.demo.talent.roster import Rosters
from oko_lib.demo.works import Work


@dataclass(frozen=True)
class Quality:
    """What direction 1.1 looks at besides results of the ВПР and КДР.

    Parameters
    ----------
    skills : DataFrame
        ``year, subject, grade, task, skill_code, skill, level, max_score`` of all works.
    graduates, adapted, internal : dict of int to DataFrame
        By year.
    exam_tasks : DataFrame
        ``year, exam, subject`` and what :func:`~oko_lib.demo.quality.exam_tasks.exam_tasks` gives.
    plants : QualityPlants
    """

    skills: pd.DataFrame
    graduates: dict[int, pd.DataFrame]
    adapted: dict[int, pd.DataFrame]
    internal: dict[int, pd.DataFrame]
    exam_tasks: pd.DataFrame
    plants: QualityPlants


def simulate_quality(
    schools: pd.DataFrame,
    years: tuple[int, ...],
    works: list[Work],
    cohort_of: Callable[[int], Cohort],
    rosters: Rosters,
    enrolment: dict[int, pd.DataFrame],
    low_results: LowResults,
    plants: QualityPlants,
    demo: DemoSettings,
    seed: int,
) -> Quality:
    """Simulate all that direction 1.1 needs besides results."""
    settings = demo.quality
    takers, nosologies = demo.low_results.exam_takers, demo.low_results.nosologies
    graduates, adapted, internal = {}, {}, {}
    for year in years:
        exams = [exam for exam in low_results.exams if exam.year == year]
        works_of_year = [work for work in low_results.diagnostics if work.year == year]
        cohorts = (cohort_of(year - 9), cohort_of(year - 11))
        graduates[year] = graduates_of_year(year, schools, cohorts, exams, plants, takers, settings.graduates, seed)
        adapted[year] = adapted_programmes(
            year, rosters.of(year).frame, enrolment[year], works_of_year, nosologies, settings.adapted, seed
        )
        internal[year] = internal_levels(year, schools, cohort_of, demo.model, settings.internal, seed)
    return Quality(
        skills=_skills(works, years, demo),
        graduates=graduates,
        adapted=adapted,
        internal=internal,
        exam_tasks=_exam_tasks(years, low_results, demo, seed),
        plants=plants,
    )


def _skills(works: list[Work], years: tuple[int, ...], demo: DemoSettings) -> pd.DataFrame:
    other = demo.quality.other_skill_in_first_year
    rows = []
    for year in years:
        for work in works:
            skills = demo.quality.skills_of(work.subject, work.grade)
            for label, level, points in zip(work.labels, work.levels, work.max_points.tolist(), strict=True):
                code, skill = skills[label]
                changed = (other.subject, other.grade, other.task) == (work.subject, work.grade, label)
                if changed and year == years[0] != years[-1]:
                    code, skill = other.skill
                rows.append((year, work.subject, work.grade, label, code, skill, level, points))
    columns = ["year", "subject", "grade", "task", "skill_code", "skill", "level", "max_score"]
    return pd.DataFrame(rows, columns=columns)


def _exam_tasks(years: tuple[int, ...], low_results: LowResults, demo: DemoSettings, seed: int) -> pd.DataFrame:
    settings = demo.quality.exam_tasks
    parts = []
    for year in years[-settings.years :] if settings.years else ():
        for wanted in settings.exams:
            for exam in low_results.exams:
                if (exam.year, exam.settings.exam, exam.settings.subject) == (year, wanted.exam, wanted.subject):
                    found = exam_tasks(exam, wanted, seed)
                    parts.append(found.assign(year=year, exam=wanted.exam, subject=wanted.subject))
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()
