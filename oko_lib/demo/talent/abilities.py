"""Lasting inclinations and abilities of children for olympiads, the same in every year and at every stage."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from oko_lib.demo.pupils import Cohort
from oko_lib.demo.randomness import stream
from oko_lib.demo.talent.settings import OlympiadSubject

#: Correlation of the talent for a subject with the ability it rests on, when that is another subject's.
_RESTS_ON = 0.7


class Abilities:
    """Traits of children of all cohorts, drawn when a cohort is first asked for.

    Parameters
    ----------
    cohort_of : callable
        Start of a cohort → its children.
    subjects : tuple of OlympiadSubject
    seed : int
    """

    def __init__(self, cohort_of: Callable[[int], Cohort], subjects: tuple[OlympiadSubject, ...], seed: int) -> None:
        self._cohort_of = cohort_of
        self._subjects = subjects
        self._seed = seed
        self._inclination: dict[int, np.ndarray] = {}
        self._talent: dict[int, np.ndarray] = {}

    def inclination(self, start: np.ndarray, place: np.ndarray) -> np.ndarray:
        """Lasting inclination of children to compete, standard normal."""
        return self._gathered(self._inclination, start, place)

    def talents(self, start: np.ndarray, place: np.ndarray) -> np.ndarray:
        """Talents beyond the general ability, shape (children, subjects), standard normal."""
        return self._gathered(self._talent, start, place)

    def _gathered(self, known: dict[int, np.ndarray], start: np.ndarray, place: np.ndarray) -> np.ndarray:
        starts = np.unique(start).tolist()
        for cohort in starts:
            self._draw(cohort)
        shape = (len(start), *(known[starts[0]].shape[1:] if starts else ()))
        result = np.empty(shape)
        for cohort in starts:
            mine = start == cohort
            result[mine] = known[cohort][place[mine]]
        return result

    def _draw(self, start: int) -> None:
        if start in self._talent:
            return
        cohort = self._cohort_of(start)
        rng = stream(self._seed, "olympiad talents", start)
        self._inclination[start] = rng.standard_normal(len(cohort.school))
        talents = rng.standard_normal((len(cohort.school), len(self._subjects)))
        for number, subject in enumerate(self._subjects):
            if subject.ability is None:
                continue
            basis = cohort.by_subject[subject.ability]
            own = talents[:, number]
            same = subject.ability == subject.subject
            talents[:, number] = basis if same else _RESTS_ON * basis + np.sqrt(1 - _RESTS_ON**2) * own
        self._talent[start] = talents
