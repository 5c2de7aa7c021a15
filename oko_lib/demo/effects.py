"""School effects: what makes the mean of a school differ from the region's, and how long it lasts."""

from __future__ import annotations

import numpy as np
import pandas as pd

from oko_lib.demo.randomness import stream
from oko_lib.demo.settings import EffectSettings


def _standard(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Mean 0 and standard deviation 1 over children rather than schools: a few large schools decide the ICC."""
    centred = values - np.average(values, weights=weights)
    spread = np.sqrt(np.average(centred**2, weights=weights))
    return centred / spread if spread > 0 else centred


def persistent_effect(schools: pd.DataFrame, seed: int) -> np.ndarray:
    """Lasting property of each school: its kind, its place and everything else; mean 0, sd 1 over children."""
    own = stream(seed, "effect", "school").standard_normal(len(schools))
    return _standard(schools["advantage"].to_numpy() + own, schools["pupils_per_grade"].to_numpy())


def school_effect(
    schools: pd.DataFrame, subject: str, grade: int, year: int, settings: EffectSettings, seed: int
) -> np.ndarray:
    """Effect of each school in one cell, standard deviation about 1 over children.

    The parts are shared by the cells they belong to, which gives the correlations between subjects, grades and years.
    """

    children = schools["pupils_per_grade"].to_numpy()

    def part(*names: object) -> np.ndarray:
        return _standard(stream(seed, "effect", *names).standard_normal(len(schools)), children)

    shares = settings.shares
    stage = "primary" if grade <= 4 else "main"
    return (
        np.sqrt(shares.school) * persistent_effect(schools, seed)
        + np.sqrt(shares.stage) * part("stage", stage)
        + np.sqrt(shares.subject) * part("subject", subject, stage)
        + np.sqrt(shares.year) * part("year", year)
        + np.sqrt(shares.cohort) * part("cohort", year - grade)
        + np.sqrt(shares.session) * part("session", year, grade)
        + np.sqrt(shares.cell) * part("cell", year, grade, subject)
    )
