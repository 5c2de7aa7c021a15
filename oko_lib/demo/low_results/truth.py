"""The part of the truth file on direction 1.2: levels planted in schools, gaps of groups, common shifts, lists.

Keys of the section ``low_results``:

``parameters``
    Content of ``parameters/demo/low_results.yaml``.
``plants``
    One entry per school: ``kind``, who it is, ``level_by_year`` (planted lasting level, standard deviations of pupils
    of the region; in exams and КДР — the ВПР have no planted levels), ``per_year`` (true change a year, region's own
    change being 0), ``fluctuates``,
    ``listed_years`` (official lists) and ``effects``: by procedure and year the true effect of the school (with its
    fluctuation), participants, and how many did not reach the threshold or succeeded.
``clean_schools``
    Logins of schools without any planted level: their lasting level never changes.
``gaps``
    By group of pupils: planted gap in ability, and the difference that came out (mean level of КДР, levels 0–3).
``common_shifts``
    By procedure and year, how much harder the work was for everybody, in standard deviations of pupils.
``conditions``
    By login, true social conditions (higher is easier, standard deviation 1) and whether in the lowest third.
``federal_rule``
    By year, logins that meet each part of the rule and both, counted from the simulated results.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from oko_lib.demo.low_results.diagnostics import FLAGS, LEVELS, DiagnosticResults
from oko_lib.demo.low_results.exams import ExamResults
from oko_lib.demo.low_results.plants import LowPlant
from oko_lib.demo.simulate import Region


def procedure_of(results: ExamResults | DiagnosticResults) -> str:
    """Name of a procedure: «ОГЭ · Математика», «КДР · reading_literacy · 4»."""
    if isinstance(results, ExamResults):
        return f"{results.settings.exam} · {results.settings.subject}"
    return f"КДР · {results.settings.domain} · {results.settings.grade}"


def _outcomes(
    results: ExamResults | DiagnosticResults, schools: int
) -> tuple[np.ndarray, np.ndarray | None, np.ndarray]:
    """Participants, those below the threshold (where there is one) and those who succeeded, by school."""
    frame = results.frame[results.frame["present"]]
    school = frame["school"].to_numpy()

    def count(which: np.ndarray) -> np.ndarray:
        return np.bincount(school[which], minlength=schools)

    everybody = np.ones(len(school), dtype=bool)
    if isinstance(results, ExamResults):
        return count(everybody), count(frame["below"].to_numpy()), count(frame["success"].to_numpy())
    return count(everybody), None, count(frame["level"].to_numpy(dtype=int) >= LEVELS.index("basic"))


def _effects(region: Region) -> list[list[dict]]:
    """True effects and outcomes of every planted school, procedure by procedure."""
    plants = region.low_results.plants
    found: list[list[dict]] = [[] for _ in plants]
    for results in (*region.low_results.exams, *region.low_results.diagnostics):
        number, below, success = _outcomes(results, len(region.schools))
        for effects, plant in zip(found, plants, strict=True):
            if number[plant.school] == 0:
                continue
            effects.append(
                {
                    "procedure": procedure_of(results),
                    "year": results.year,
                    "true_effect": round(float(results.effects[plant.school]), 4),
                    "n": int(number[plant.school]),
                    "n_below": None if below is None else int(below[plant.school]),
                    "n_success": int(success[plant.school]),
                }
            )
    return found


def _describe(region: Region, plant: LowPlant, effects: list[dict]) -> dict:
    school = region.schools.loc[plant.school]
    earlier = region.settings.low_results.earlier_exam_years
    years = (*range(region.years[0] - earlier, region.years[0]), *region.years)
    return {
        "kind": plant.kind,
        "login": school["login"],
        "school_name": school["school_name"],
        "municipality_code": school["municipality_code"],
        "pupils_per_grade": round(float(school["pupils_per_grade"]), 1),
        "level_by_year": {str(year): round(plant.at(year), 4) for year in years},
        "per_year": plant.per_year,
        "fluctuates": plant.fluctuates,
        "listed_years": [year for year in region.years if plant.school in region.low_results.listed(year)],
        "effects": effects,
    }


def _gaps(region: Region) -> dict:
    settings = region.settings.low_results.pupil_groups
    frame = pd.concat([results.frame for results in region.low_results.diagnostics], ignore_index=True)
    frame = frame[frame["present"]]
    level = frame["level"].astype(float)
    members = {name: frame[name] for name in FLAGS} | {"disability": frame["disability"] != ""}
    return {
        name: {
            "planted": getattr(settings, name).gap,
            "share": round(float(member.mean()), 4),
            "level_difference": round(float(level[member].mean() - level[~member].mean()), 4)
            if member.any() and not member.all()
            else None,
        }
        for name, member in members.items()
    }


def _rule(region: Region) -> dict:
    logins = region.schools["login"].to_numpy()
    result = {}
    for year, flags in region.low_results.flags.groupby("year"):
        parts = {
            "several": flags["several"],
            "repeated": flags["repeated"],
            "both": flags["several"] & flags["repeated"],
        }
        result[str(year)] = {name: logins[flags.loc[part, "school"]].tolist() for name, part in parts.items()}
    return result


def describe_low_results(region: Region) -> dict:
    """Section ``low_results`` of the truth file."""
    results = region.low_results
    planted = {plant.school for plant in results.plants}
    logins = region.schools["login"].tolist()
    lowest = np.argsort(np.argsort(results.social, kind="stable"), kind="stable") < len(logins) / 3
    return {
        "parameters": region.settings.low_results.model_dump(mode="json"),
        "plants": [
            _describe(region, plant, effects) for plant, effects in zip(results.plants, _effects(region), strict=True)
        ],
        "clean_schools": [login for school, login in enumerate(logins) if school not in planted],
        "gaps": _gaps(region),
        "common_shifts": [
            {"procedure": procedure_of(held), "year": held.year, "harder": held.harder}
            for held in (*results.exams, *results.diagnostics)
        ],
        "conditions": {
            login: {"social": round(float(social), 4), "lowest_third": bool(low)}
            for login, social, low in zip(logins, results.social, lowest, strict=True)
        },
        "federal_rule": _rule(region),
    }
