"""Exams, diagnostics, conditions and lists of the whole region, put together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from oko_lib.demo.low_results.ability import effects_of_schools
from oko_lib.demo.low_results.conditions import Conditions, make_conditions
from oko_lib.demo.low_results.diagnostics import DiagnosticResults, hold_diagnostic
from oko_lib.demo.low_results.exams import ExamResults, hold_exam
from oko_lib.demo.low_results.plants import LowPlant
from oko_lib.demo.low_results.rule import federal_flags, outcomes
from oko_lib.demo.low_results.settings import LowResultsSettings
from oko_lib.demo.pupils import Cohort
from oko_lib.demo.settings import ModelSettings

#: Year, procedure, school and whether below the threshold of every participant of one ВПР.
Below = tuple[int, str, pd.Series, pd.Series]


@dataclass(frozen=True)
class LowResults:
    """What direction 1.2 looks at besides the ВПР.

    Parameters
    ----------
    exams : tuple of ExamResults
        Of the years of the region and of the earlier ones.
    diagnostics : tuple of DiagnosticResults
    conditions : tuple of Conditions
        By year.
    social : ndarray, shape (schools,)
        True social conditions, higher is easier, standard deviation 1.
    plants : tuple of LowPlant
    outcomes : DataFrame
        ``school, n, n_below, year, procedure`` of all procedures that have a threshold.
    flags : DataFrame
        ``year, school, several, repeated``: parts of the federal rule.
    """

    exams: tuple[ExamResults, ...]
    diagnostics: tuple[DiagnosticResults, ...]
    conditions: tuple[Conditions, ...]
    social: np.ndarray
    plants: tuple[LowPlant, ...]
    outcomes: pd.DataFrame
    flags: pd.DataFrame

    def listed(self, year: int) -> np.ndarray:
        """Schools in the official list of a year: both parts of the rule."""
        flags = self.flags[self.flags["year"] == year]
        return np.sort(flags.loc[flags["several"] & flags["repeated"], "school"].to_numpy())


def simulate_low_results(
    schools: pd.DataFrame,
    years: tuple[int, ...],
    cohort_of: Callable[[int], Cohort],
    vpr: list[Below],
    social: np.ndarray,
    plants: tuple[LowPlant, ...],
    model: ModelSettings,
    settings: LowResultsSettings,
    seed: int,
) -> LowResults:
    """Simulate all that direction 1.2 needs besides the ВПР.

    Parameters
    ----------
    cohort_of : callable
        Year minus grade → the children: the same as in the ВПР.
    vpr : list of (year, procedure, school, below)
        Participants of the ВПР, as delivered.
    social : ndarray
        Social conditions of schools.
    """
    effects = effects_of_schools(schools, model.school_effects, plants, seed)
    exam_years = (*range(years[0] - settings.earlier_exam_years, years[0]), *years)
    exams = tuple(
        hold_exam(exam, year, cohort_of(year - exam.grade), schools, effects, model.pupils, settings.exam_takers, seed)
        for year in exam_years
        for exam in settings.exams
    )
    diagnostics = tuple(
        hold_diagnostic(work, year, cohort_of(year - work.grade), social, effects, model.pupils, settings, seed)
        for year in years
        for work in settings.diagnostics
    )
    of_exams = [
        (
            exam.year,
            f"{exam.settings.exam} · {exam.settings.subject}",
            exam.frame.loc[exam.frame["present"], "school"],
            exam.frame.loc[exam.frame["present"], "below"],
        )
        for exam in exams
    ]
    counts = outcomes([*vpr, *of_exams])
    flags = federal_flags(counts, years, settings.official_lists)
    result = LowResults(exams, diagnostics, (), social, plants, counts, flags)
    shares = model.school_effects.shares
    lasting_spread = float(np.sqrt(model.school_effects.icc_default * shares.school))
    conditions = tuple(
        make_conditions(
            schools, social, plants, set(result.listed(year).tolist()), year, lasting_spread, settings, seed
        )
        for year in years
    )
    return LowResults(exams, diagnostics, conditions, social, plants, counts, flags)
