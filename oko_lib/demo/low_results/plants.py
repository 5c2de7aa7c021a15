"""Planted truths about levels of schools and their change over years."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from oko_lib.demo.low_results.settings import LowPlantsSettings
from oko_lib.demo.randomness import stream

KINDS = ("improving", "declining", "stable_low", "resilient", "flat_small")


@dataclass(frozen=True)
class LowPlant:
    """A school whose level in exams and diagnostic works, and its change, are known.

    Parameters
    ----------
    kind : str
        improving, declining, stable_low, resilient or flat_small.
    school : int
        Row number of the school.
    first_year : int
        First year of the region.
    level : float
        Lasting level in that year, in standard deviations of pupils of the region.
    per_year : float
        Change of the level from one year to the next, in all these procedures alike; the region itself has none.
    fluctuates : bool
        Whether the school keeps the usual fluctuation (year, cohort, session, cell); without it only children change.
    conditions : float or None
        Social conditions planted together with the level, standard deviations of schools; None — the school's own.
    """

    kind: str
    school: int
    first_year: int
    level: float
    per_year: float
    fluctuates: bool
    conditions: float | None

    def at(self, year: int) -> float:
        """Planted level in a year."""
        return self.level + self.per_year * (year - self.first_year)


def _ranks(values: np.ndarray) -> np.ndarray:
    """Place of each school among all, from 0 (lowest) to 1."""
    return (np.argsort(np.argsort(values, kind="stable"), kind="stable") + 0.5) / len(values)


def _within(ranks: np.ndarray, bounds: tuple[float, float]) -> np.ndarray:
    return (ranks >= bounds[0]) & (ranks <= bounds[1])


def choose_low_plants(
    schools: pd.DataFrame,
    standing: np.ndarray,
    taken: set[int],
    first_year: int,
    settings: LowPlantsSettings,
    seed: int,
) -> tuple[LowPlant, ...]:
    """Choose schools for every kind; none that has another planted truth.

    Parameters
    ----------
    standing : ndarray
        Lasting property of each school's results: it goes on acting on the ВПР, which have no planted levels (they
        would move what is known about objectivity), so a low school is chosen among those that stand low there too.
    taken : set of int
        Schools with planted truths about objectivity.
    """
    rng = stream(seed, "low results plants")
    sizes = schools["pupils_per_grade"].to_numpy()
    # Neither primary schools nor selective ones: a low or resilient gymnasium would be another story.
    ordinary = schools["school_kind"].isin(["СОШ", "ООШ"]).to_numpy()
    by_standing = _ranks(standing)
    free = np.ones(len(schools), dtype=bool)
    free[sorted(taken)] = False
    plants = []
    for kind in KINDS:
        plant = getattr(settings, kind)
        fits = (sizes >= plant.size[0]) & (sizes <= plant.size[1])
        fits &= _within(by_standing, plant.standing)
        candidates = np.flatnonzero(fits & ordinary & free)
        wanted = max(1, round(plant.count * len(schools) / 150)) if plant.count else 0
        for school in rng.choice(candidates, min(wanted, len(candidates)), replace=False):
            free[school] = False
            plants.append(
                LowPlant(
                    kind,
                    int(school),
                    first_year,
                    plant.level,
                    plant.per_year,
                    plant.fluctuates,
                    plant.conditions,
                )
            )
    return tuple(plants)


def planted_conditions(social: np.ndarray, plants: tuple[LowPlant, ...]) -> np.ndarray:
    """Social conditions of schools with the planted ones in place of their own."""
    result = social.copy()
    for plant in plants:
        if plant.conditions is not None:
            result[plant.school] = plant.conditions
    return result


def planted_effect(ordinary: np.ndarray, lasting: np.ndarray, plants: tuple[LowPlant, ...], year: int) -> np.ndarray:
    """School effects with the planted levels in place of the lasting part.

    Parameters
    ----------
    ordinary, lasting : ndarray, shape (schools,)
        Effect of each school in one cell and the part of it that lasts over years, in standard deviations of pupils.
    """
    result = ordinary.copy()
    for plant in plants:
        own = ordinary[plant.school] - lasting[plant.school] if plant.fluctuates else 0.0
        result[plant.school] = plant.at(year) + own
    return result
