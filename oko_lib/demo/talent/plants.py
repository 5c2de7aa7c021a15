"""Planted truths about talents: home medals, a municipality with low coverage, a subject a school is strong in."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from oko_lib.demo.randomness import stream
from oko_lib.demo.talent.settings import TalentPlantsSettings


@dataclass(frozen=True)
class HomeMedals:
    """A school whose results of the school stage are inflated.

    Parameters
    ----------
    school : int
        Row number.
    ability_shift : float
        How much better its children look at the school stage, standard deviations.
    comes : float
        Share of its invited children who come to the municipal stage.
    """

    school: int
    ability_shift: float
    comes: float


@dataclass(frozen=True)
class LowCoverage:
    """A municipality below the norm of coverage because of a few village schools.

    Parameters
    ----------
    municipality_code : str
    villages, others : tuple of int
        Row numbers: the schools that hold it down, and the rest.
    """

    municipality_code: str
    villages: tuple[int, ...]
    others: tuple[int, ...]


@dataclass(frozen=True)
class StrongSubject:
    """A school truly strong in one subject at every stage."""

    school: int
    subject: str
    ability_shift: float


@dataclass(frozen=True)
class TalentPlants:
    """All planted truths about talents; a small region may lack some."""

    home_medals: tuple[HomeMedals, ...]
    low_coverage: LowCoverage | None
    strong_subject: StrongSubject | None

    @property
    def schools(self) -> set[int]:
        """Row numbers of the schools that differ."""
        found = {plant.school for plant in self.home_medals}
        found |= set(self.low_coverage.villages) if self.low_coverage else set()
        return found | ({self.strong_subject.school} if self.strong_subject else set())


def choose_talent_plants(
    schools: pd.DataFrame, taken: set[int], settings: TalentPlantsSettings, seed: int
) -> TalentPlants:
    """Choose schools that have no other planted truth."""
    rng = stream(seed, "talent plants")
    low = _low_coverage(schools, taken, settings)
    used = taken | set(low.villages + low.others if low else ())
    sizes = schools["pupils_per_grade"].to_numpy()
    # Neither a gymnasium nor a nine-year school: their olympiads are another story.
    ordinary = (schools["school_kind"] == "СОШ").to_numpy()

    def free(size: tuple[float, float]) -> np.ndarray:
        fits = ordinary & (sizes >= size[0]) & (sizes <= size[1])
        fits[sorted(used)] = False
        return np.flatnonzero(fits)

    home = settings.home_medals
    chosen = rng.permutation(free(home.size))[: home.count]
    used |= set(chosen.tolist())
    medals = tuple(
        HomeMedals(int(school), home.ability_shift, home.comes[index % len(home.comes)])
        for index, school in enumerate(chosen)
    )
    strong = settings.strong_subject
    candidates = free(strong.size)
    return TalentPlants(
        medals,
        low,
        StrongSubject(int(rng.choice(candidates)), strong.subject, strong.ability_shift) if len(candidates) else None,
    )


def _low_coverage(schools: pd.DataFrame, taken: set[int], settings: TalentPlantsSettings) -> LowCoverage | None:
    """The municipality whose village schools are large enough to hold it down: not the region's centre."""
    plant = settings.low_coverage_villages
    best: LowCoverage | None = None
    weight = 0.0
    for number, (code, group) in enumerate(schools.groupby("municipality_code", sort=False)):
        villages = group[(group["place_type"] == "село") & (group["school_kind"] != "НОШ")]
        villages = villages.drop(index=sorted(taken & set(villages.index)))
        largest = villages["pupils_per_grade"].sort_values(ascending=False, kind="stable")[: plant.schools]
        if number == 0 or len(group) < plant.at_least_schools or len(largest) < plant.schools:
            continue
        if largest.iloc[-1] > weight:
            weight = float(largest.iloc[-1])
            chosen = tuple(sorted(int(school) for school in largest.index))
            others = tuple(int(school) for school in group.index if school not in chosen)
            best = LowCoverage(str(code), chosen, others)
    return best
