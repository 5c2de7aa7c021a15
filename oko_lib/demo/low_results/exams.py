"""Exams after grades 9 and 11: who takes them and what they get."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import ndtri

from oko_lib.demo.low_results.ability import EffectOfSchools, ability_of
from oko_lib.demo.low_results.settings import ExamSettings, ExamTakerSettings
from oko_lib.demo.pupils import Cohort
from oko_lib.demo.randomness import stream
from oko_lib.demo.settings import PupilSettings

#: Where the lowest and the highest score lie, in standard deviations of ability.
_LOWEST, _HIGHEST = -3.6, 3.2
#: How far above the border of «3» the composite rule may still give «2», points.
_COMPOSITE_REACH = 3
#: Kinds of school that have grades 10 and 11.
_SENIOR_KINDS = ("СОШ", "гимназия", "лицей")


@dataclass(frozen=True)
class ExamResults:
    """Results of one exam in one subject and year.

    Parameters
    ----------
    year : int
    settings : ExamSettings
    frame : DataFrame
        One row per participant, by school and code: ``school, pupil_id, participant_code, class_label, present,
        primary_score, test_score, mark, below, success``; the last two as reports count them (did not reach the
        threshold; «4» and «5», or more than 60 points), False for the absent.
    effects : ndarray, shape (schools,)
        True effect of each school in standard deviations of pupils.
    harder : float
        Change of difficulty common to the region, in the same units.
    """

    year: int
    settings: ExamSettings
    frame: pd.DataFrame
    effects: np.ndarray
    harder: float


def has_senior_grades(schools: pd.DataFrame, settings: ExamTakerSettings) -> np.ndarray:
    """Schools that have grades 10 and 11."""
    large = schools["pupils_per_grade"] >= settings.senior_from
    return (large & schools["school_kind"].isin(_SENIOR_KINDS)).to_numpy()


def stays_after_9(cohort: Cohort, schools: pd.DataFrame, settings: ExamTakerSettings, seed: int) -> np.ndarray:
    """Who of a cohort goes on to grade 10 of the own school."""
    stays = _decides(cohort, "stays after 9", settings.stay_after_9, settings.stay_by_ability, cohort.general, seed)
    return stays & has_senior_grades(schools, settings)[cohort.school]


def _decides(cohort: Cohort, name: str, share: float, with_ability: float, trait: np.ndarray, seed: int) -> np.ndarray:
    luck = stream(seed, name, cohort.start).standard_normal(len(cohort.school))
    return with_ability * trait + np.sqrt(1 - with_ability**2) * luck > -ndtri(share)


def _takers(
    exam: ExamSettings, cohort: Cohort, schools: pd.DataFrame, settings: ExamTakerSettings, seed: int
) -> np.ndarray:
    """Positions in the cohort of those who take the exam."""
    who = cohort.at(exam.grade)
    if exam.grade < 10:
        return who
    stays = stays_after_9(cohort, schools, settings, seed)
    # Those who stay are abler than those who were there in grade 9; the share is of those who stay.
    mathematical = (cohort.general + cohort.by_subject["Математика"]) / np.sqrt(2)
    profile = _decides(
        cohort, "profile mathematics", settings.profile, settings.profile_by_ability, mathematical - 0.3, seed
    )
    chosen = {"all": stays, "profile": stays & profile, "basic": stays & ~profile}[exam.takers]
    return who[chosen[who]]


def _scores(ability: np.ndarray, exam: ExamSettings) -> np.ndarray:
    shares = np.array(list(exam.below.values())) / 100
    nodes = np.concatenate([[_LOWEST], ndtri(shares), [_HIGHEST]])
    return np.floor(np.interp(ability, nodes, [0, *exam.below, exam.maximum])).astype(int)


def hold_exam(
    exam: ExamSettings,
    year: int,
    cohort: Cohort,
    schools: pd.DataFrame,
    effect_of_schools: EffectOfSchools,
    pupils: PupilSettings,
    settings: ExamTakerSettings,
    seed: int,
) -> ExamResults:
    """Hold one exam."""
    rng = stream(seed, "exam", year, exam.exam, exam.subject)
    harder = round(float(rng.normal(0, settings.difficulty_drift)), 3)
    who = _takers(exam, cohort, schools, settings, seed)
    school = cohort.school[who]
    effects, usual = effect_of_schools(exam.ability, exam.grade, year, exam.icc)
    own = ability_of(cohort, who, exam.ability, exam.icc, pupils.within, rng)
    # Centred on those who take it: the scale of an exam is made for them, not for the whole of the cohort.
    ability = effects[school] + own - float(np.mean(usual[school] + own) if len(who) else 0.0) - harder
    score = _scores(ability, exam)
    present = rng.random(len(who)) >= settings.absent
    on_primary = exam.scale == "primary"
    mark = np.zeros(len(who), dtype=int)
    if exam.marks is not None:
        mark = np.searchsorted(exam.marks, score, side="right") + 2
        just_above = (score >= exam.marks[0]) & (score < exam.marks[0] + _COMPOSITE_REACH)
        mark[just_above & (rng.random(len(who)) < exam.composite_rule)] = 2
        below, success = mark == 2, mark >= 4
    else:
        below, success = score < exam.threshold, score > 60

    # One code for both subjects of an exam, in an order that says nothing.
    order = np.lexsort((cohort.pupil_id[who], school))
    code = _codes(cohort, exam.grade, year, seed)[who]
    order = order[np.lexsort((code[order], school[order]))]
    nobody = np.ones(len(who), dtype=bool)

    def shown(values: np.ndarray, there: bool) -> pd.arrays.IntegerArray:
        return pd.arrays.IntegerArray(values[order].astype(np.int64), (~present if there else nobody)[order])

    frame = pd.DataFrame(
        {
            "school": school[order],
            "pupil_id": cohort.pupil_id[who][order],
            "participant_code": code[order],
            "class_label": cohort.class_number[who][order],
            "present": present[order],
            "primary_score": shown(score, on_primary),
            "test_score": shown(score, not on_primary),
            "mark": shown(mark, exam.marks is not None),
            "below": (below & present)[order],
            "success": (success & present)[order],
        }
    )
    return ExamResults(year, exam, frame, effects, harder)


def _codes(cohort: Cohort, grade: int, year: int, seed: int) -> np.ndarray:
    """Code of every child of the cohort, unique inside a school, given anew for every exam."""
    draw = stream(seed, "exam codes", year, grade).random(len(cohort.school))
    order = np.lexsort((draw, cohort.school))
    by_school = cohort.school[order]
    codes = np.empty(len(order), dtype=int)
    codes[order] = grade * 10_000 + np.arange(len(order)) - np.searchsorted(by_school, by_school) + 1
    return codes
