"""The part of the truth file on direction 1.1: weak skills, flow of graduates, what cannot be compared.

Keys of the section ``training_quality``:

``parameters``
    Content of ``parameters/demo/training_quality.yaml``.
``weak_skills``
    One entry per school and work: who, ``year, subject, grade, skill_code``, ``shift`` (how much harder the tasks of
    the skill are for its children, standard deviations of ability), ``n`` present and per task ``completion`` of the
    school and ``completion_of_others``. Scores and marks are as without it.
``flow``
    Schools many of whose graduates of grade 9 learn no further, numbers by year; ``others`` — share elsewhere.
``not_comparable``
    Tasks that tested another skill in some year: comparison over those years is to be refused.
``graduates``
    Sums of the region by year and level, as the model has them (rows spoilt on purpose are of earlier years).
``adapted``
    By year: schools with pupils with disabilities, those with an approved programme, pupils, assessed.
``internal_schools``
    By year, logins of schools with results of their own assessment.
``clean_schools``
    Logins of schools without a planted truth about the quality of training.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from oko_lib.demo.quality.graduates import BASIC
from oko_lib.demo.quality.plants import WeakSkill
from oko_lib.demo.simulate import Region


def describe_quality(region: Region) -> dict:
    """Section ``training_quality`` of the truth file."""
    planted = region.quality.plants.schools
    logins = region.schools["login"]
    return {
        "parameters": region.settings.quality.model_dump(mode="json"),
        "weak_skills": [_weak_skill(region, plant) for plant in region.quality.plants.weak_skills],
        "flow": _flow(region),
        "not_comparable": _not_comparable(region),
        "graduates": _graduates(region),
        "adapted": {str(year): _adapted(frame) for year, frame in region.quality.adapted.items()},
        "internal_schools": {
            str(year): logins.loc[frame["school"].unique()].tolist() for year, frame in region.quality.internal.items()
        },
        "clean_schools": [login for school, login in enumerate(logins) if school not in planted],
    }


def _weak_skill(region: Region, plant: WeakSkill) -> dict:
    key = (plant.year, plant.subject, plant.grade)
    cell = next(cell for cell in region.cells if (cell.year, cell.subject, cell.grade) == key)
    present = cell.frame["present"].to_numpy()
    mine = present & (cell.frame["school"] == plant.school).to_numpy()
    solved = np.where(cell.tasks < 0, 0, cell.tasks) / cell.work.max_points
    places = [cell.work.labels.index(task) for task in plant.tasks]
    school = region.schools.loc[plant.school]
    return {
        "login": school["login"],
        "school_name": school["school_name"],
        "municipality_code": school["municipality_code"],
        "year": plant.year,
        "subject": plant.subject,
        "grade": plant.grade,
        "skill_code": plant.skill_code,
        "shift": plant.shift,
        "n": int(mine.sum()),
        "tasks": [
            {
                "task": cell.work.labels[place],
                "completion": round(float(solved[mine, place].mean()), 4) if mine.any() else None,
                "completion_of_others": round(float(solved[present & ~mine, place].mean()), 4),
            }
            for place in places
        ],
    }


def _flow(region: Region) -> dict:
    planted = {plant.school: plant for plant in region.quality.plants.flows}
    basic = pd.concat([frame.assign(year=year) for year, frame in region.quality.graduates.items()], ignore_index=True)
    basic = basic[basic["education_level"] == BASIC]
    others = basic[~basic["school"].isin(planted)]
    schools = []
    for school, plant in planted.items():
        own = basic[basic["school"] == school]
        schools.append(
            {
                "login": region.schools.loc[school, "login"],
                "municipality_code": region.schools.loc[school, "municipality_code"],
                "not_continuing": plant.not_continuing,
                "by_year": {
                    str(row.year): {"finished": int(row.finished), "not_continuing": int(row.not_continuing)}
                    for row in own.itertuples()
                },
            }
        )
    return {"schools": schools, "others": round(float(others["not_continuing"].sum() / others["finished"].sum()), 4)}


def _not_comparable(region: Region) -> list[dict]:
    other = region.settings.quality.other_skill_in_first_year
    if len(region.years) < 2:
        return []
    return [{"subject": other.subject, "grade": other.grade, "task": other.task, "years": [region.years[0]]}]


def _graduates(region: Region) -> list[dict]:
    names = ["started", "finished", "without_certificate", "employed", "not_continuing"]
    rows = []
    for year, frame in region.quality.graduates.items():
        for level, own in frame.groupby("education_level"):
            rows.append({"year": year, "education_level": level, **{name: int(own[name].sum()) for name in names}})
    return rows


def _adapted(frame: pd.DataFrame) -> dict:
    return {
        "schools": int(frame["school"].nunique()),
        "schools_approved": int(frame.loc[frame["programme_approved"], "school"].nunique()),
        "pupils": int(frame["pupils"].sum()),
        "assessed": int(frame["assessed"].sum()),
    }
