"""Children of grades 4–11 of one year with everything lasting about them, and enrolment by grade."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from oko_lib.demo.low_results.diagnostics import pupil_groups
from oko_lib.demo.low_results.exams import stays_after_9
from oko_lib.demo.low_results.settings import LowResultsSettings
from oko_lib.demo.pupils import LAST_GRADE, Cohort
from oko_lib.demo.randomness import stream
from oko_lib.demo.talent.settings import EnrolmentSettings

#: Grades whose children are simulated one by one.
GRADES = tuple(range(4, 12))
_SELECTIVE = ("гимназия", "лицей")


@dataclass(frozen=True)
class Roster:
    """Children of all schools in one year, by grade and school.

    Parameters
    ----------
    year : int
    frame : DataFrame
        ``grade, school, start`` (of the cohort), ``place`` (in the cohort), ``pupil_id, class_number, general,
        disability`` (nosology or empty).
    """

    year: int
    frame: pd.DataFrame


class Rosters:
    """Makes rosters; what belongs to a cohort is made once.

    Parameters
    ----------
    schools : DataFrame
    cohort_of : callable
        Start of a cohort → its children.
    conditions : ndarray
        Social conditions of schools: the groups of pupils depend on them.
    settings : LowResultsSettings
    seed : int
    """

    def __init__(
        self,
        schools: pd.DataFrame,
        cohort_of: Callable[[int], Cohort],
        conditions: np.ndarray,
        settings: LowResultsSettings,
        seed: int,
    ) -> None:
        self._schools = schools
        self._cohort_of = cohort_of
        self._conditions = conditions
        self._settings = settings
        self._seed = seed
        self._of_cohort: dict[int, tuple[np.ndarray, np.ndarray]] = {}

    def of(self, year: int) -> Roster:
        """Children of one year."""
        parts = []
        for grade in GRADES:
            cohort = self._cohort_of(year - grade)
            stays, disability = self._lasting(cohort)
            who = cohort.at(grade)
            if grade > 9:
                who = who[stays[who]]
            parts.append(
                pd.DataFrame(
                    {
                        "grade": grade,
                        "school": cohort.school[who],
                        "start": cohort.start,
                        "place": who,
                        "pupil_id": cohort.pupil_id[who],
                        "class_number": cohort.class_number[who],
                        "general": cohort.general[who],
                        "disability": disability[who],
                    }
                )
            )
        return Roster(year, pd.concat(parts, ignore_index=True))

    def _lasting(self, cohort: Cohort) -> tuple[np.ndarray, np.ndarray]:
        if cohort.start not in self._of_cohort:
            settings = self._settings
            stays = stays_after_9(cohort, self._schools, settings.exam_takers, self._seed)
            groups = pupil_groups(cohort, self._conditions, settings.pupil_groups, settings.nosologies, self._seed)
            self._of_cohort[cohort.start] = (stays, groups["disability"].to_numpy(dtype=object))
        return self._of_cohort[cohort.start]


def enrolment_by_grade(
    schools: pd.DataFrame,
    roster: Roster,
    cohort_of: Callable[[int], Cohort],
    passport: pd.DataFrame,
    class_size: int,
    settings: EnrolmentSettings,
    seed: int,
) -> pd.DataFrame:
    """Pupils by school and grade: those of the cohorts; pupils with disabilities as in the passport where there is one.

    Parameters
    ----------
    passport : DataFrame
        Social passport of the year by ``school``: the share of pupils with disabilities the school reports.

    Returns
    -------
    DataFrame
        ``school, grade, pupils, classes, classes_advanced, pupils_advanced, pupils_with_disabilities``, by school.
    """
    count = len(schools)
    pupils = np.zeros((count, 12), dtype=int)
    disabled = np.zeros((count, 12), dtype=int)
    frame = roster.frame
    places = (frame["school"].to_numpy(), frame["grade"].to_numpy())
    np.add.at(pupils, places, 1)
    np.add.at(disabled, places, (frame["disability"] != "").to_numpy(dtype=int))
    for grade in range(1, GRADES[0]):
        cohort = cohort_of(roster.year - grade)
        pupils[:, grade] = np.bincount(cohort.school[cohort.at(GRADES[0])], minlength=count)
    rng = stream(seed, "enrolment", roster.year)
    disabled[:, 1 : GRADES[0]] = _disabled_in_primary(pupils, disabled, passport, rng)
    classes = np.ceil(pupils / class_size).astype(int)
    advanced = rng.binomial(classes, _advanced_shares(schools, settings))
    in_advanced = np.round(pupils * advanced / np.maximum(classes, 1)).astype(int)
    school, grade = np.nonzero(pupils)
    return pd.DataFrame(
        {
            "school": school,
            "grade": grade,
            "pupils": pupils[school, grade],
            "classes": classes[school, grade],
            "classes_advanced": advanced[school, grade],
            "pupils_advanced": in_advanced[school, grade],
            "pupils_with_disabilities": disabled[school, grade],
        }
    )


def _disabled_in_primary(
    pupils: np.ndarray, disabled: np.ndarray, passport: pd.DataFrame, rng: np.random.Generator
) -> np.ndarray:
    """What of the passport's share is left for grades 1–3, whose children are not simulated one by one."""
    known = passport.dropna(subset=["pupils_with_disabilities"])
    own = (known["pupils_with_disabilities"].astype(float) / known["pupils"]).to_numpy()
    share = np.full(len(pupils), own.mean() if len(own) else 0.0)
    share[known["school"].to_numpy()] = own
    total = np.round(share * pupils.sum(axis=1)).astype(int)
    left = np.maximum(total - disabled.sum(axis=1), 0)
    primary = pupils[:, 1 : GRADES[0]]
    size = primary.sum(axis=1)
    left = np.minimum(left, size // 3)
    shares = primary / np.maximum(size, 1)[:, None]
    return np.minimum(
        np.array([rng.multinomial(number, row) for number, row in zip(left, shares, strict=True)]), primary
    )


def _advanced_shares(schools: pd.DataFrame, settings: EnrolmentSettings) -> np.ndarray:
    selective = schools["school_kind"].isin(_SELECTIVE).to_numpy()
    shares = np.zeros((len(schools), 12))
    last = schools["school_kind"].map(LAST_GRADE).fillna(11).to_numpy()
    for grade in range(settings.advanced_from, 12):
        usual = settings.advanced_senior if grade > 9 else settings.advanced_other
        shares[:, grade] = np.where(selective, settings.advanced_selective, usual) * (last >= grade)
    return shares
