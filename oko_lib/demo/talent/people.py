"""Invented names and dates of birth of children; a child keeps them over the years, no two children share both."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

import numpy as np

from oko_lib.demo.pupils import Cohort
from oko_lib.demo.randomness import stream
from oko_lib.demo.settings import ChildNames
from oko_lib.demo.talent.settings import PeopleSettings

#: Children of one cohort are born in the year that begins on this day, so many years before the cohort's start.
_BIRTHDAYS_FROM, _YEARS_BEFORE = (2, 1), 7
_DAYS = 365
_FEMALE_A = ("ов", "ев", "ёв", "ин", "ын")
_FEMALE_AYA = ("ский", "цкий")


def female_surname(surname: str) -> str:
    """Female form of a surname; most that do not end in -ов, -ев, -ин or -ский have none."""
    if surname.endswith(_FEMALE_AYA):
        return f"{surname[:-2]}ая"
    return f"{surname}а" if surname.endswith(_FEMALE_A) else surname


@dataclass(frozen=True)
class Names:
    """Names of some children, element by element.

    Parameters
    ----------
    last, first, middle : ndarray of object
        `middle` is empty for the few without a patronymic.
    born : ndarray of object
        «15.03.2012».
    """

    last: np.ndarray
    first: np.ndarray
    middle: np.ndarray
    born: np.ndarray


class People:
    """Names of the children of all cohorts, made when a cohort is first asked for.

    Parameters
    ----------
    cohort_of : callable
        Start of a cohort → its children.
    names : ChildNames
    settings : PeopleSettings
    seed : int
    """

    def __init__(
        self, cohort_of: Callable[[int], Cohort], names: ChildNames, settings: PeopleSettings, seed: int
    ) -> None:
        self._cohort_of = cohort_of
        self._settings = settings
        self._seed = seed
        self._cohorts: dict[int, tuple[np.ndarray, ...]] = {}
        last = np.array(names.surnames, dtype=object)
        female = np.array([female_surname(surname) for surname in names.surnames], dtype=object)
        self._surnames = np.stack([female, last])
        self._first = (np.array(names.girls, dtype=object), np.array(names.boys, dtype=object))
        self._middle = np.array([[*names.patronymics.values(), ""], [*names.patronymics, ""]], dtype=object)

    def names(self, start: np.ndarray, place: np.ndarray) -> Names:
        """Names of children by the start of their cohort and their place in it."""
        columns = [np.empty(len(start), dtype=object) for _ in range(4)]
        for cohort in np.unique(start).tolist():
            mine = np.flatnonzero(start == cohort)
            at = place[mine]
            boy, surname, double, first, middle, day = (values[at] for values in self._drawn(cohort))
            male = boy.astype(int)
            last = self._surnames[male, surname]
            second = self._surnames[male, double]
            columns[0][mine] = [
                one if other is one else f"{one}-{other}" for one, other in zip(last, second, strict=True)
            ]
            columns[1][mine] = [self._first[sex][index] for sex, index in zip(male, first, strict=True)]
            columns[2][mine] = self._middle[male, middle]
            columns[3][mine] = _birthdays(cohort)[day]
        return Names(*columns)

    def _drawn(self, start: int) -> tuple[np.ndarray, ...]:
        if start not in self._cohorts:
            cohort = self._cohort_of(start)
            rng = stream(self._seed, "names", start)
            count = len(cohort.school)
            boy = cohort.boy
            surname = rng.integers(self._surnames.shape[1], size=count)
            other = rng.integers(self._surnames.shape[1], size=count)
            double = np.where(rng.random(count) < self._settings.double_surname, other, surname)
            draw = rng.random(count)
            first = np.where(boy, draw * len(self._first[1]), draw * len(self._first[0])).astype(int)
            nameless = self._middle.shape[1] - 1
            middle = rng.integers(nameless, size=count)
            middle = np.where(rng.random(count) < self._settings.without_patronymic, nameless, middle)
            sizes = (2, self._surnames.shape[1], self._surnames.shape[1], max(map(len, self._first)), nameless + 1)
            name = np.ravel_multi_index((boy.astype(int), surname, double, first, middle), sizes)
            day = _apart(rng.integers(_DAYS, size=count), name)
            self._cohorts[start] = (boy, surname, double, first, middle, day)
        return self._cohorts[start]


@cache
def _birthdays(start: int) -> np.ndarray:
    """Days on which children of a cohort are born, as they are written."""
    since = date(start - _YEARS_BEFORE, *_BIRTHDAYS_FROM)
    return np.array([f"{since + timedelta(days=number):%d.%m.%Y}" for number in range(_DAYS)], dtype=object)


def _apart(day: np.ndarray, name: np.ndarray) -> np.ndarray:
    """Birthdays moved so that namesakes of one cohort are never born on one day."""
    day = day.copy()
    while True:
        _, first = np.unique(name * _DAYS + day, return_index=True)
        if len(first) == len(day):
            return day
        again = np.ones(len(day), dtype=bool)
        again[first] = False
        day[again] = (day[again] + 1) % _DAYS
