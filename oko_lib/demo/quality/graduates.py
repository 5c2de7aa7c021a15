"""What becomes of graduates, consistent with the exams and with who is in grade 10 the year after."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import ndtri

from oko_lib.demo.low_results.exams import ExamResults, has_senior_grades, stays_after_9
from oko_lib.demo.low_results.settings import ExamTakerSettings
from oko_lib.demo.pupils import Cohort
from oko_lib.demo.quality.plants import QualityPlants
from oko_lib.demo.quality.settings import GraduateSettings
from oko_lib.demo.randomness import stream

BASIC, SECONDARY = "basic", "secondary"
_NONE = -1


def graduates_of_year(
    year: int,
    schools: pd.DataFrame,
    cohorts: tuple[Cohort, Cohort],
    exams: list[ExamResults],
    plants: QualityPlants,
    takers: ExamTakerSettings,
    settings: GraduateSettings,
    seed: int,
) -> pd.DataFrame:
    """Graduates by school and level.

    Parameters
    ----------
    cohorts : tuple of Cohort
        Children of grade 9 and of grade 11.
    exams : list of ExamResults
        Exams of the year.

    Returns
    -------
    DataFrame
        ``school, education_level, started, finished, without_certificate, continued_school, continued_vocational,
        continued_university, employed, not_continuing``; −1 where a column does not apply. The destinations add up to
        those who finished.
    """
    rng = stream(seed, "graduates", year)
    count = len(schools)
    ninth, eleventh = cohorts
    senior = has_senior_grades(schools, takers)
    failed = {exam: _failed(exams, exam) for exam in ("ОГЭ", "ЕГЭ")}

    who = ninth.at(9)
    school = ninth.school[who]
    without, finished = _outcome(who, ninth, failed["ОГЭ"], settings.resit_fails, settings.leave_during_year, rng)
    goes_on = stays_after_9(ninth, schools, takers, seed)[who]
    goes_on |= ~senior[school] & (rng.random(len(who)) < settings.grade_10_elsewhere)
    idle = np.full(count, settings.not_continuing)
    for plant in plants.flows:
        idle[plant.school] = plant.not_continuing
    draw = rng.random(len(who))
    # The share planted is of all graduates, and it falls on those who would not go to grade 10.
    leaving = np.bincount(school, finished & ~goes_on, minlength=count)
    share = np.minimum(0.95, idle * np.bincount(school, finished, minlength=count) / np.maximum(leaving, 1))[school]
    basic = _table(
        BASIC, school, count, finished, without,
        continued_school=goes_on,
        not_continuing=~goes_on & (draw < share),
        employed=~goes_on & (draw >= share) & (draw < share + settings.employed),
        continued_vocational=~goes_on & (draw >= share + settings.employed),
    )  # fmt: skip

    who = eleventh.at(11)
    who = who[stays_after_9(eleventh, schools, takers, seed)[who]]
    without, finished = _outcome(who, eleventh, failed["ЕГЭ"], settings.resit_fails_11, settings.leave_during_year, rng)
    with_ability = settings.university_by_ability
    wish = with_ability * eleventh.general[who] + np.sqrt(1 - with_ability**2) * rng.standard_normal(len(who))
    university = wish - float(np.mean(wish) if len(who) else 0) > -ndtri(settings.university)
    draw = rng.random(len(who)) * (1 - settings.university)
    idle_11, employed = settings.not_continuing_11, settings.not_continuing_11 + settings.employed_11
    secondary = _table(
        SECONDARY, eleventh.school[who], count, finished, without,
        continued_university=university,
        not_continuing=~university & (draw < idle_11),
        employed=~university & (draw >= idle_11) & (draw < employed),
        continued_vocational=~university & (draw >= employed),
    )  # fmt: skip
    both = pd.concat([basic, secondary], ignore_index=True)
    return both.sort_values(["school", "education_level"], kind="stable", ignore_index=True)


def _failed(exams: list[ExamResults], exam: str) -> np.ndarray:
    """Children who failed at least one exam at the first attempt."""
    frames = [held.frame for held in exams if held.settings.exam == exam]
    return np.unique(np.concatenate([frame.loc[frame["below"], "pupil_id"].to_numpy() for frame in frames]))


def _outcome(
    who: np.ndarray, cohort: Cohort, failed: np.ndarray, resit: float, leave: float, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Who got no certificate, and who finished; a few leave during the year."""
    without = np.isin(cohort.pupil_id[who], failed) & (rng.random(len(who)) < resit)
    left = ~without & (rng.random(len(who)) < leave)
    return without, ~without & ~left


def _table(
    level: str, school: np.ndarray, count: int, finished: np.ndarray, without: np.ndarray, **ways: np.ndarray
) -> pd.DataFrame:
    def number(which: np.ndarray) -> np.ndarray:
        return np.bincount(school[which], minlength=count)

    columns = {
        "started": np.bincount(school, minlength=count),
        "finished": number(finished),
        "without_certificate": number(without),
    }
    for name in ("continued_school", "continued_vocational", "continued_university", "employed", "not_continuing"):
        columns[name] = number(finished & ways[name]) if name in ways else np.full(count, _NONE)
    frame = pd.DataFrame({"school": np.arange(count), "education_level": level, **columns})
    return frame[frame["started"] > 0]
