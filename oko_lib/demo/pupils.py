"""Pupils: cohorts that are followed from grade to grade, with an ability of their own."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from oko_lib.demo.randomness import stream
from oko_lib.demo.settings import PupilSettings

#: Highest grade a kind of school teaches; others teach every grade.
LAST_GRADE = {"НОШ": 4, "ООШ": 9}


@dataclass(frozen=True)
class Cohort:
    """Children who were (or will be) in grade `g` in year `start` + `g`.

    Parameters
    ----------
    start : int
        Year minus grade: the same for one cohort whatever the year.
    school : ndarray of int, shape (pupils,)
        Row number of the school; non-decreasing.
    pupil_id : ndarray of int
    boy : ndarray of bool
    class_number : ndarray of int
        Number of the class inside the school, from 1.
    general : ndarray of float
        General ability, standard normal inside a school.
    by_subject : dict of str to ndarray
        Ability for one subject beyond the general one, standard normal.
    first_grade, last_grade : ndarray of int
        Grades in which the child is at this school.
    """

    start: int
    school: np.ndarray
    pupil_id: np.ndarray
    boy: np.ndarray
    class_number: np.ndarray
    general: np.ndarray
    by_subject: dict[str, np.ndarray]
    first_grade: np.ndarray
    last_grade: np.ndarray

    def at(self, grade: int) -> np.ndarray:
        """Positions of the children who are in the school in `grade`."""
        return np.flatnonzero((self.first_grade <= grade) & (grade <= self.last_grade))


def make_cohort(
    start: int,
    schools: pd.DataFrame,
    subjects: tuple[str, ...],
    grades: tuple[int, ...],
    settings: PupilSettings,
    seed: int,
) -> Cohort:
    """Draw the children of one cohort in all schools."""
    rng = stream(seed, "cohort", start)
    expected = schools["pupils_per_grade"].to_numpy() * np.exp(rng.normal(0, 0.08, len(schools)))
    # Less scattered than a Poisson number: an enrolment area has about as many children every year.
    sizes = np.maximum(1, np.round(expected + rng.normal(0, 0.6, len(schools)) * np.sqrt(expected))).astype(int)
    span = max(grades) - min(grades)
    joiners = rng.binomial(sizes, 1 - (1 - settings.join_per_year) ** span)
    school = np.repeat(np.arange(len(schools)), sizes + joiners)
    total = len(school)
    place = np.arange(total) - np.repeat(np.cumsum(sizes + joiners) - sizes - joiners, sizes + joiners)
    newcomer = place >= np.repeat(sizes, sizes + joiners)

    first = np.where(
        newcomer, rng.integers(min(grades) + 1, max(grades) + 1, total) if span else min(grades), min(grades)
    )
    stays = rng.geometric(settings.leave_per_year, total) if settings.leave_per_year else np.full(total, 99)
    ceiling = schools["school_kind"].map(LAST_GRADE).fillna(99).to_numpy().astype(int)
    last = np.minimum(first + stays - 1, ceiling[school])

    classes = np.maximum(1, np.ceil(sizes / settings.class_size)).astype(int)
    class_number = rng.permutation(total) % classes[school] + 1
    return Cohort(
        start=start,
        school=school,
        pupil_id=start * 10_000_000 + np.arange(total),
        boy=rng.random(total) < 0.515,
        class_number=class_number,
        general=rng.standard_normal(total),
        by_subject={subject: rng.standard_normal(total) for subject in subjects},
        first_grade=first,
        last_grade=last,
    )
