"""Planted truths: which schools differ, in what, when and how much; and the schools with observers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from oko_lib.demo.randomness import stream
from oko_lib.demo.settings import ControlSettings, PlantSettings, PlantsSettings

#: Grade and subject that mean «all» in the list of observed schools.
ALL_GRADES = 0
ALL_SUBJECTS = "все"


@dataclass(frozen=True)
class Plant:
    """One planted truth.

    Parameters
    ----------
    kind : str
        inflated_vpr, inflated_journal, border_pushing, honest_improvement or leaked_work.
    school : int
        Row number of the school.
    years, subjects, grades : tuple
        Where it acts.
    strength : dict of str to float
        Parameters of the distortion, as in ``model.yaml``.
    group : str or None
        Schools of one leak share a group.
    """

    kind: str
    school: int
    years: tuple[int, ...]
    subjects: tuple[str, ...]
    grades: tuple[int, ...]
    strength: dict[str, float | tuple[float, ...]]
    group: str | None = None

    def acts(self, year: int, subject: str, grade: int) -> bool:
        return year in self.years and subject in self.subjects and grade in self.grades


def choose_control_group(
    schools: pd.DataFrame,
    years: tuple[int, ...],
    grades: tuple[int, ...],
    subjects: tuple[str, ...],
    settings: ControlSettings,
    seed: int,
) -> pd.DataFrame:
    """Schools with independent observers: a simple random sample of each year.

    Returns
    -------
    DataFrame
        ``year, school, subject, grade`` with «все» and 0 where all works were observed.
    """
    rows = []
    count = min(len(schools), max(settings.at_least, round(settings.share * len(schools))))
    for year in years:
        rng = stream(seed, "control group", year)
        for school in np.sort(rng.choice(len(schools), count, replace=False)):
            if rng.random() < settings.all_works:
                rows.append((year, int(school), ALL_SUBJECTS, ALL_GRADES))
            else:
                grade = int(rng.choice(grades))
                rows.extend((year, int(school), subject, grade) for subject in subjects[:2])
    return pd.DataFrame(rows, columns=["year", "school", "subject", "grade"])


def observed_schools(control: pd.DataFrame, year: int, subject: str, grade: int) -> np.ndarray:
    """Row numbers of the schools whose work in this cell was watched."""
    here = (
        (control["year"] == year)
        & control["subject"].isin([ALL_SUBJECTS, subject])
        & control["grade"].isin([ALL_GRADES, grade])
    )
    return control.loc[here, "school"].unique()


def choose_plants(
    schools: pd.DataFrame,
    control: pd.DataFrame,
    years: tuple[int, ...],
    cells: tuple[tuple[str, int], ...],
    settings: PlantsSettings,
    seed: int,
) -> tuple[Plant, ...]:
    """Choose schools for every kind of plant; no school gets two.

    A school watched in a year is no candidate for a distortion of that year: the choice of observed schools stays
    random, and the truth stays simple.
    """
    rng = stream(seed, "plants")
    sizes = schools["pupils_per_grade"].to_numpy()
    teaches_all = ~schools["school_kind"].isin(["НОШ"]).to_numpy()
    watched = {year: set(control.loc[control["year"] == year, "school"]) for year in years}
    taken: set[int] = set()

    def candidates(large: bool, during: tuple[int, ...]) -> list[int]:
        fits = sizes >= settings.large_from if large else (sizes >= settings.small_from) & (sizes < settings.large_from)
        return [
            int(school)
            for school in np.flatnonzero(fits & teaches_all)
            if school not in taken and not any(school in watched[year] for year in during)
        ]

    def count_of(plant: PlantSettings) -> tuple[int, int]:
        total = max(1, int(plant.share * len(schools) + 0.5))
        small = int(plant.small_share * total + 0.5)
        return total - small, small

    def span(plant: PlantSettings) -> tuple[int, ...]:
        wanted = min(plant.years or len(years), len(years))
        first = int(rng.integers(0, len(years) - wanted + 1))
        return years[first : first + wanted]

    def cells_of(subjects: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[int, ...]]:
        kept = [cell for cell in cells if not subjects or cell[0] in subjects]
        return tuple(dict.fromkeys(cell[0] for cell in kept)), tuple(sorted({cell[1] for cell in kept}))

    plants: list[Plant] = []

    def plant_alone(kind: str, plant: PlantSettings, strength: dict) -> None:
        large, small = count_of(plant)
        subjects, grades = cells_of(plant.subjects)
        for is_large in [True] * large + [False] * small:
            during = span(plant)
            choice = candidates(is_large, during) or candidates(not is_large, during)
            if choice and subjects:
                school = int(rng.choice(choice))
                taken.add(school)
                plants.append(Plant(kind, school, during, subjects, grades, strength))

    plant_alone("inflated_vpr", settings.inflated_vpr, {"ability_shift": settings.inflated_vpr.ability_shift})
    plant_alone(
        "inflated_journal", settings.inflated_journal, {"ability_shift": settings.inflated_journal.ability_shift}
    )
    plant_alone("border_pushing", settings.border_pushing, {"push": settings.border_pushing.push})
    if len(years) > 1:
        strength = {"ability_shift_per_year": settings.honest_improvement.ability_shift}
        plant_alone("honest_improvement", settings.honest_improvement, strength)
    plants.extend(_leaks(schools, years, cells, settings, candidates, taken, rng))
    return tuple(plants)


def _leaks(
    schools: pd.DataFrame,
    years: tuple[int, ...],
    cells: tuple[tuple[str, int], ...],
    settings: PlantsSettings,
    candidates: Callable[[bool, tuple[int, ...]], list[int]],
    taken: set[int],
    rng: np.random.Generator,
) -> list[Plant]:
    """Leaks: one subject, one year, one grade; a few schools of one municipality together."""
    total = max(1, int(settings.leaked_work.share * len(schools) + 0.5))
    municipality = schools["municipality_code"].to_numpy()
    plants: list[Plant] = []
    number = 0
    while len(plants) < total:
        year = int(rng.choice(years))
        subject, grade = cells[int(rng.integers(len(cells)))]
        choice = candidates(True, (year,))
        if not choice:
            break
        place = municipality[int(rng.choice(choice))]
        together = [school for school in choice if municipality[school] == place]
        size = min(len(together), settings.leaked_work.group, total - len(plants))
        number += 1
        for school in rng.choice(together, size, replace=False):
            taken.add(int(school))
            strength = {"solved": settings.leaked_work.solved}
            plants.append(Plant("leaked_work", int(school), (year,), (subject,), (grade,), strength, f"leak-{number}"))
    return plants
