"""Words of closed lists in cells: «Ниже базового уровня» → ``reduced``, «КДР4 ЧГ» → ``reading_literacy``."""

from __future__ import annotations

import re
from collections.abc import Callable
from difflib import get_close_matches

from oko_lib.intake.subject_words import SubjectFinder, stems_of
from oko_lib.intake.text import fold, words
from oko_lib.settings.levels import Levels
from oko_lib.settings.subjects import Area, Subjects

#: What a list is called in messages: «здесь пишут …», «в synonyms …».
_CALLED = {
    "levels": ("уровень", "нужного уровня"),
    "nosologies": ("нозологию", "нужной нозологии"),
    "pupil_groups": ("группу учеников", "нужной группы"),
    "domains": ("диагностическую работу", "нужной работы"),
    "exams": ("экзамен", "нужного экзамена"),
    "event_lists": ("перечень", "нужного перечня"),
    "event_kinds": ("вид мероприятия", "нужного вида"),
    "olympiad_stages": ("этап олимпиады", "нужного этапа"),
    "contest_stages": ("этап мероприятия", "нужного этапа"),
    "statuses": ("статус участника", "нужного статуса"),
    "procedure_kinds": ("процедуру", "нужной процедуры"),
    "education_levels": ("уровень образования", "нужного уровня"),
    "difficulties": ("уровень сложности", "нужного уровня"),
}
#: Lists of subjects a column may be written in, and the areas whose subjects belong to them.
SUBJECT_LISTS: dict[str, tuple[Area, ...]] = {
    "exam_subjects": ("exam",),
    "olympiad_subjects": ("olympiad",),
    "all_subjects": ("exam", "olympiad"),
}
#: A grade glued to a short name: «ЧГ4».
_GRADE_AT_END = re.compile(r"\d+$")

#: What is written around a word and says nothing.
_NOISE: dict[str, Callable[[str], bool]] = {
    "levels": lambda token: token.startswith("уров"),
    "domains": re.compile(r"^(?:кдр\d*|\d+|класс\w*|по|работа|г)$").match,
    "exams": re.compile(r"^(?:20\d\d|г|год)$").match,
    "procedure_kinds": re.compile(r"^(?:20\d\d|г|год)$").match,
    "difficulties": lambda token: token.startswith("уров"),
}
_NEAR = 0.6


class Vocabulary:
    """Finds codes of the lists of words and the subjects of exams and olympiads.

    Parameters
    ----------
    levels : Levels
        The lists of words.
    subjects : Subjects
        Dictionary of subjects.
    """

    def __init__(self, levels: Levels, subjects: Subjects) -> None:
        self._levels = levels
        self._finders = {name: SubjectFinder(subjects, *areas) for name, areas in SUBJECT_LISTS.items()}
        self._codes: dict[str, dict[str, str]] = {}
        for name in _CALLED:
            codes = self._codes[name] = {}
            for word in levels.words(name):
                for spelling in word.spellings:
                    codes.setdefault(_bare(name, spelling), word.code)
        self._phrases = {name: _phrases(levels, name) for name in _CALLED}
        self._nothing = {fold(word) for word in levels.nothing}

    def code(self, name: str, text: str) -> str | None:
        """Return the code of `text` in the list `name`, or None when the list has no such word."""
        return self._codes[name].get(_bare(name, text))

    def within(self, name: str, text: str) -> str | None:
        """Return the code of the word named first in running text, in any grammatical case; None if none is.

        Only spellings that cannot mean anything else are looked for: of several words («муниципальный этап») and
        abbreviations in capitals («МЭ»).
        """
        stems = stems_of(text)
        for start in range(len(stems)):
            for phrase, code in self._phrases[name]:
                if stems[start : start + len(phrase)] == phrase:
                    return code
        return None

    def is_nothing(self, text: str) -> bool:
        """Tell whether `text` says that there is nothing to say: «нет», «—»."""
        return fold(text) in self._nothing

    def subject(self, name: str, text: str) -> str | None:
        """Return the subject `text` names in a list of subjects; at exams basic and profile mathematics are two."""
        finder = self._finders[name]
        return finder.exact(text) or finder.within(text)

    def finder(self, name: str) -> SubjectFinder:
        """Return the finder of a list of subjects, for running text."""
        return self._finders[name]

    def refusal(self, name: str, text: str) -> str:
        """Say in Russian what was found, what is known, what comes nearest and where to add a spelling."""
        what, whose = _CALLED[name]
        listed = ", ".join(f"«{word.title_ru}»" for word in self._levels.words(name))
        near = self.nearest(name, text)
        hint = f" Возможно, вы имели в виду «{near}»." if near else ""
        return (
            f"Стоит «{text}», а здесь пишут {what}: {listed}.{hint} Исправьте слово; если оно у вас принято, добавьте "
            f"его в synonyms {whose} в parameters/levels.yaml."
        )

    def nearest(self, name: str, text: str) -> str | None:
        """Return the title of the word spelt most like `text`, or None when none is like it."""
        near = get_close_matches(_bare(name, text), list(self._codes[name]), n=1, cutoff=_NEAR)
        return self._levels.title(name, self._codes[name][near[0]]) if near else None


def _phrases(levels: Levels, name: str) -> list[tuple[list[str], str]]:
    """Return the telling spellings of a list as stems, the longest first."""
    spellings = ((spelling, word.code) for word in levels.words(name) for spelling in word.spellings)
    telling = [(stems_of(text), code) for text, code in spellings if " " in text or text.isupper()]
    return sorted(telling, key=lambda item: -len(item[0]))


def _bare(name: str, text: str) -> str:
    """Return the letters and digits of a text without noise words; a text of noise alone is left as it is."""
    tokens = words(text).split()
    noise = _NOISE.get(name)
    kept = [token for token in tokens if not noise(token)] if noise else tokens
    if name == "domains":
        kept = [_GRADE_AT_END.sub("", token) for token in kept]
    return "".join(kept or tokens)
