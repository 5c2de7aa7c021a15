"""Conditions of schools: social make-up tied to lasting results, passport, attendance, support of teachers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import expit, logit, ndtr, ndtri

from oko_lib.demo.effects import persistent_effect
from oko_lib.demo.low_results.plants import LowPlant
from oko_lib.demo.low_results.settings import ConditionSettings, GroupSettings, LowResultsSettings, SupportSettings
from oko_lib.demo.randomness import stream

#: Lessons one pupil has in a school year: 34 weeks of 30.
LESSONS_PER_PUPIL = 34 * 30
#: A planted level in standard deviations of lasting school effects is no further out than this.
_FURTHEST = 2.5


def enrolment(schools: pd.DataFrame, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Pupils and teachers of each school in one year; `rng` is the stream of that year's context."""
    pupils = np.maximum(
        5, np.round(schools["pupils_per_grade"].to_numpy() * 10.3 * rng.uniform(0.95, 1.05, len(schools)))
    )
    teachers = np.maximum(3, np.round(pupils / 15 + 3 + rng.normal(0, 1.5, len(schools))))
    return pupils.astype(int), teachers.astype(int)


def social_conditions(schools: pd.DataFrame, settings: ConditionSettings, seed: int) -> np.ndarray:
    """Social conditions of each school, higher is easier; mean 0, standard deviation 1 over schools.

    Tied to the lasting property of its results and to its place, and otherwise its own.
    """
    lasting = persistent_effect(schools, seed)
    own = stream(seed, "social conditions").standard_normal(len(schools))
    share = settings.with_lasting_effect
    result = share * lasting + np.sqrt(1 - share**2) * own
    result = result + settings.village * (schools["place_type"] == "село").to_numpy()
    spread = result.std() if len(result) > 1 else 1.0
    return (result - result.mean()) / spread


def share_of_pupils(base: float, slope: float, conditions: np.ndarray) -> np.ndarray:
    """Share of pupils by school: `base` in the region, moving with the conditions on the normal scale."""
    return ndtr(ndtri(base) * np.sqrt(1 + slope**2) + slope * conditions)


def group_shares(group: GroupSettings, conditions: np.ndarray) -> np.ndarray:
    """Share of a group of pupils by school: the harder the conditions, the larger."""
    return share_of_pupils(group.share, -group.conditions, conditions)


@dataclass(frozen=True)
class Conditions:
    """What schools report about themselves in one year; columns are those of the tables of the same name.

    Parameters
    ----------
    year : int
    passport, attendance, support, deficits : DataFrame
        With ``school`` (row number) in place of year and login.
    """

    year: int
    passport: pd.DataFrame
    attendance: pd.DataFrame
    support: pd.DataFrame
    deficits: pd.DataFrame


def make_conditions(
    schools: pd.DataFrame,
    conditions: np.ndarray,
    plants: tuple[LowPlant, ...],
    listed: set[int],
    year: int,
    lasting_spread: float,
    settings: LowResultsSettings,
    seed: int,
) -> Conditions:
    """Everything schools report in one year.

    Parameters
    ----------
    listed : set of int
        Schools in the list of low results of the year: they get more support.
    lasting_spread : float
        Standard deviation of lasting school effects in standard deviations of pupils: unit of the planted levels.
    """
    pupils, teachers = enrolment(schools, stream(seed, "context", year))
    standing = persistent_effect(schools, seed)
    for plant in plants:
        standing[plant.school] = np.clip(plant.at(year) / lasting_spread, -_FURTHEST, _FURTHEST)
    subjects = tuple(dict.fromkeys(exam.ability for exam in settings.exams))
    return Conditions(
        year=year,
        passport=_passport(pupils, teachers, conditions, year, settings, seed),
        attendance=_attendance(pupils, standing, year, settings.conditions, seed),
        support=_support(teachers, standing, listed, year, settings.support, seed),
        deficits=_deficits(teachers, standing, subjects, year, settings.support, seed),
    )


def _passport(
    pupils: np.ndarray,
    teachers: np.ndarray,
    conditions: np.ndarray,
    year: int,
    settings: LowResultsSettings,
    seed: int,
) -> pd.DataFrame:
    model, groups = settings.conditions, settings.pupil_groups
    count = len(pupils)
    # What a part has besides the common conditions lasts: families of a school stay the same over years.
    lasting, yearly = stream(seed, "passport"), stream(seed, "passport", year)

    def part(share: float, slope: float) -> pd.array:
        own = lasting.standard_normal(count)
        latent = model.common * conditions + np.sqrt(1 - model.common**2) * own
        return _with_blanks(yearly.binomial(pupils, share_of_pupils(share, slope, latent)), model.blank, yearly)

    columns = {
        "pupils_low_income": part(groups.low_income.share, -groups.low_income.conditions),
        "pupils_at_risk": part(groups.at_risk.share, -groups.at_risk.conditions),
        "pupils_other_language": part(groups.other_native_language.share, -groups.other_native_language.conditions),
        "pupils_with_disabilities": part(groups.disability.share, -groups.disability.conditions),
        **{name: part(setting.share, setting.slope) for name, setting in model.parts.items()},
    }
    required = np.ceil(pupils / 220).astype(int) + 1
    equipment = model.equipment
    level = equipment.mean + equipment.slope * conditions + equipment.spread * lasting.standard_normal(count)
    frame = pd.DataFrame({"school": np.arange(count), "pupils": pupils, **columns})
    frame["teacher_vacancies"] = _with_blanks(
        yearly.poisson(teachers * model.teacher_vacancies * np.exp(-0.3 * conditions)), model.blank, yearly
    )
    frame["specialists_required"] = required
    frame["specialists_actual"] = yearly.binomial(required, ndtr(0.3 + 0.3 * conditions))
    frame["equipment_pct"] = np.round(np.clip(level, 20, 100), 0)
    return frame[yearly.random(count) >= model.no_row].reset_index(drop=True)


def _attendance(
    pupils: np.ndarray, standing: np.ndarray, year: int, settings: ConditionSettings, seed: int
) -> pd.DataFrame:
    missed = settings.missed_lessons
    rng = stream(seed, "attendance", year)
    own = stream(seed, "attendance").standard_normal(len(pupils))
    latent = missed.with_results * standing + np.sqrt(1 - missed.with_results**2) * own
    share = expit(logit(missed.share) + missed.spread * latent + 0.08 * rng.standard_normal(len(pupils)))
    planned = pupils * LESSONS_PER_PUPIL
    lost = np.round(planned * share).astype(int)
    without = rng.beta(20 * missed.without_reason, 20 * (1 - missed.without_reason), len(pupils))
    return pd.DataFrame(
        {
            "school": np.arange(len(pupils)),
            "lessons_planned": planned,
            "lessons_missed": lost,
            "lessons_missed_without_reason": _with_blanks(np.round(lost * without).astype(int), settings.blank, rng),
        }
    )


def _support(
    teachers: np.ndarray, standing: np.ndarray, listed: set[int], year: int, settings: SupportSettings, seed: int
) -> pd.DataFrame:
    rng = stream(seed, "support", year)
    count = len(teachers)
    in_list = np.isin(np.arange(count), sorted(listed))
    diagnosed = rng.binomial(teachers, settings.diagnosed)
    covered = np.where(in_list, settings.in_listed, settings.in_others)
    # Heads: the director and a deputy for every 15 teachers or so.
    heads = 1 + np.round(teachers / 15).astype(int)
    shares = {
        "teachers_supported": covered,
        "teachers_in_regional_associations": settings.associations * 0.4,
        "teachers_in_municipal_associations": settings.associations,
        "teachers_trained": settings.trained,
    }
    blank = settings.blank
    frame = pd.DataFrame({"school": np.arange(count), "teachers": teachers})
    frame["teachers_diagnosed"] = diagnosed
    frame["teachers_with_deficits"] = rng.binomial(diagnosed, _deficit_share(settings, standing))
    for name, share in shares.items():
        frame[name] = _with_blanks(rng.binomial(teachers, share), blank, rng)
    frame["heads"] = heads
    frame["heads_supported"] = _with_blanks(rng.binomial(heads, covered), blank, rng)
    frame["programme_approved"] = in_list & (rng.random(count) < settings.programme_in_listed)
    frame["mentor_school"] = in_list & (rng.random(count) < settings.mentor_in_listed)
    return frame


def _deficits(
    teachers: np.ndarray,
    standing: np.ndarray,
    subjects: tuple[str, ...],
    year: int,
    settings: SupportSettings,
    seed: int,
) -> pd.DataFrame:
    rng = stream(seed, "deficits", year)
    parts = []
    for subject in subjects:
        # About an eighth of the teachers teach one of the two main subjects.
        diagnosed = rng.binomial(teachers, settings.diagnosed / 8)
        found = rng.binomial(diagnosed, _deficit_share(settings, standing))
        parts.append(
            pd.DataFrame(
                {
                    "school": np.arange(len(teachers)),
                    "subject": subject,
                    "teachers_diagnosed": diagnosed,
                    "teachers_with_deficits": found,
                }
            )
        )
    frame = pd.concat(parts).sort_values("school", kind="stable")
    return frame[frame["teachers_diagnosed"] > 0].reset_index(drop=True)


def _deficit_share(settings: SupportSettings, standing: np.ndarray) -> np.ndarray:
    return share_of_pupils(settings.with_deficits, -0.3, standing)


def _with_blanks(values: np.ndarray, share: float, rng: np.random.Generator) -> pd.arrays.IntegerArray:
    return pd.arrays.IntegerArray(values.astype(np.int64), rng.random(len(values)) < share)
