"""Finding a subject in running text: «Проведение работы по Русскому языку, 4 класс»."""

from __future__ import annotations

import re

from oko_lib.intake.text import fold
from oko_lib.settings.subjects import Area, Subjects

_ENDING = re.compile(
    r"(?:ого|его|ому|ему|ими|ыми|ами|ями|ам|ям|ах|ях|ией|иям|ий|ый|ой|ая|яя|ое|ее|ую|юю|ия|ии|ию|ие|ье|ью|ом|ем|а|у|е|ы|и|я|ю|ь|о)$"
)
_MEMORY = 5000
_TOKEN = re.compile(r"[а-яa-z]+|\d+")


def _stem(token: str) -> str:
    stem = _ENDING.sub("", token)
    return stem if len(stem) >= 3 else token


def stems_of(text: str) -> list[str]:
    """Return the words of `text` without their endings: «муниципального этапа» and «муниципальный этап» are alike."""
    return [_stem(token) for token in _TOKEN.findall(fold(text))]


def _names_itself(stems: tuple[str, ...], name: str) -> bool:
    """Tell whether a spelling holds the first word of the subject's name, whole or shortened: «МА проф»."""
    first = stems_of(name)[0]
    return any(len(stem) >= 2 and first.startswith(stem) for stem in stems)


class SubjectFinder:
    """Finds dictionary subjects in text, in any grammatical case.

    Parameters
    ----------
    subjects : Subjects
        The dictionary of subjects.
    *areas : str
        What the texts are about: at exams «Математика базовая» is a subject of its own, at olympiads «Право» is one.
    """

    def __init__(self, subjects: Subjects, *areas: Area) -> None:
        self._subjects = subjects
        self._areas = areas
        phrases: dict[tuple[str, ...], str] = {}
        codes: dict[str, str] = {}
        #: «Профильный уровень» without the subject itself means mathematics only when nothing else stands in the cell.
        whole: dict[tuple[str, ...], str] = {}
        special = tuple(subject for area in areas for subject in subjects.of(area))
        for subject in (*special, *subjects.taught):
            codes.setdefault(fold(subject.code), subject.name)
            for phrase in (subject.name, *subject.synonyms):
                stems = tuple(stems_of(phrase))
                if len(phrase) <= 3:
                    codes.setdefault(fold(phrase), subject.name)
                elif "exam" in subject.only and not _names_itself(stems, subject.name):
                    whole.setdefault(stems, subject.name)
                else:
                    phrases.setdefault(stems, subject.name)
        self._whole = whole
        #: Longest phrases first: «Математика (углублённый уровень)» before «Математика».
        self._phrases = sorted(phrases.items(), key=lambda item: (-len(item[0]), -sum(map(len, item[0]))))
        self._codes = codes
        longest = "|".join(sorted(map(re.escape, codes), key=len, reverse=True))
        #: Texts looked at already: names of sheets and folders and title lines repeat from file to file.
        self._met: dict[str, str | None] = {}
        self._code_and_grade = re.compile(rf"(?<![а-яa-z0-9])({longest})[\s_.-]*(\d{{1,2}})(?![0-9])")

    def exact(self, text: str) -> str | None:
        """Return the subject whose name, code or synonym is exactly `text` (case and look-alikes aside)."""
        found = self._subjects.canonical(text, *self._areas) or self._codes.get(fold(text))
        if found:
            return found
        stems = tuple(stems_of(text))
        if stems in self._whole:
            return self._whole[stems]
        return next((name for phrase, name in self._phrases if phrase == stems), None)

    def within(self, text: str) -> str | None:
        """Return the subject named anywhere in `text`; the longest name wins."""
        if text not in self._met:
            if len(self._met) >= _MEMORY:
                self._met.clear()
            self._met[text] = self._search(text)
        return self._met[text]

    def _search(self, text: str) -> str | None:
        stems = stems_of(text)
        for phrase, name in self._phrases:
            size = len(phrase)
            if any(tuple(stems[start : start + size]) == phrase for start in range(len(stems) - size + 1)):
                return name
        return None

    def coded(self, text: str) -> tuple[str, int] | None:
        """Return subject and grade written as a code next to a number: «РУ 4 …», «VPR_MA-4»."""
        found = self._code_and_grade.search(fold(text).replace("_", " "))
        return (self._codes[found.group(1)], int(found.group(2))) if found else None
