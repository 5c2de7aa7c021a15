"""What a child brings to an exam or a diagnostic work: its school, its lasting abilities, the luck of the day."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from oko_lib.demo.effects import lasting_effect, school_effect
from oko_lib.demo.low_results.plants import LowPlant, planted_effect
from oko_lib.demo.pupils import Cohort
from oko_lib.demo.settings import EffectSettings, WithinSettings

#: (subject of the effect, grade, year, share of the school in the variance) → effects of schools in standard
#: deviations of pupils with the planted levels, and without them.
EffectOfSchools = Callable[[str, int, int, float], tuple[np.ndarray, np.ndarray]]


def effects_of_schools(
    schools: pd.DataFrame, settings: EffectSettings, plants: tuple[LowPlant, ...], seed: int
) -> EffectOfSchools:
    """Effects of schools by the same parts as in the ВПР, so that procedures of one school agree."""

    def effect(subject: str, grade: int, year: int, icc: float) -> tuple[np.ndarray, np.ndarray]:
        usual = np.sqrt(icc) * school_effect(schools, subject, grade, year, settings, seed)
        lasting = np.sqrt(icc) * lasting_effect(schools, subject, grade, settings, seed)
        return planted_effect(usual, lasting, plants, year), usual

    return effect


def ability_of(
    cohort: Cohort, who: np.ndarray, subject: str, icc: float, within: WithinSettings, rng: np.random.Generator
) -> np.ndarray:
    """Ability of children `who` without the effect of their school; variance 1 − `icc` in all."""
    lasting = np.sqrt(within.general) * cohort.general[who] + np.sqrt(within.subject) * cohort.by_subject[subject][who]
    return np.sqrt(1 - icc) * (lasting + np.sqrt(within.occasion) * rng.standard_normal(len(who)))
