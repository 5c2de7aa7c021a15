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


def _part(schools: pd.DataFrame, seed: int, *names: object) -> np.ndarray:
    draw = stream(seed, "effect", *names).standard_normal(len(schools))
    return _standard(draw, schools["pupils_per_grade"].to_numpy())


def _stage(grade: int) -> str:
    return "primary" if grade <= 4 else "main"


def lasting_effect(schools: pd.DataFrame, subject: str, grade: int, settings: EffectSettings, seed: int) -> np.ndarray:
    """Part of :func:`school_effect` that is the same every year, in the same units."""
    shares, stage = settings.shares, _stage(grade)
    return (
        np.sqrt(shares.school) * persistent_effect(schools, seed)
        + np.sqrt(shares.stage) * _part(schools, seed, "stage", stage)
        + np.sqrt(shares.subject) * _part(schools, seed, "subject", subject, stage)
    )


def school_effect(
    schools: pd.DataFrame, subject: str, grade: int, year: int, settings: EffectSettings, seed: int
) -> np.ndarray:
    """Effect of each school in one cell, standard deviation about 1 over children.

    The parts are shared by the cells they belong to, which gives the correlations between subjects, grades and years.
    """
    shares = settings.shares
    return (
        lasting_effect(schools, subject, grade, settings, seed)
        + np.sqrt(shares.year) * _part(schools, seed, "year", year)
        + np.sqrt(shares.cohort) * _part(schools, seed, "cohort", year - grade)
        + np.sqrt(shares.session) * _part(schools, seed, "session", year, grade)
        + np.sqrt(shares.cell) * _part(schools, seed, "cell", year, grade, subject)
    )
