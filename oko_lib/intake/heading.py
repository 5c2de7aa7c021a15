"""Which work a sheet is about: year, subject, grade, maximum — from its title lines, its name, the file's name.

Sources in the order of trust: what the user said on the command line, the lines above the table, the name of the
sheet, the name of the file, the name of the folder. Each fact is looked for on its own.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, fields

from oko_lib.intake.pseudonyms import PupilKeys
from oko_lib.intake.readers import Sheet
from oko_lib.intake.subject_words import SubjectFinder
from oko_lib.intake.text import fold, is_blank, latin, tidy, title
from oko_lib.intake.values import is_login, parse_score, parse_unit, school_year
from oko_lib.intake.veil import KnownWords
from oko_lib.intake.vocabulary import Vocabulary

_TITLE = re.compile(r"впр\W{0,3}(20\d\d)\s*г?\.?\W{0,3}(.+?)\W{0,3}(\d{1,2})\s*-?\s*(?:й\s*)?кл")
_YEAR = re.compile(r"(?<!\d)(20[12]\d)(?!\d)")
_GRADE = re.compile(r"(?<!\d)(1[01]|[1-9])\s*[-–]?\s*(?:й|го|ый)?\s*кл(?:асс|\b)")
_LOGIN = re.compile(r"(?<![a-z0-9])((?:edu|sch)\d{6})(?!\d)", re.IGNORECASE)


@dataclass(frozen=True)
class Work:
    """Facts about a work, each None when a source does not give it.

    The stage is that of an olympiad; its maximum may differ by grade (pairs of grade and maximum) and be a fraction.
    """

    year: int | None = None
    grade: int | None = None
    subject: str | None = None
    max_score: float | None = None
    login: str | None = None
    stage: str | None = None
    max_by_grade: tuple[tuple[int, float], ...] | None = None

    def or_else(self, other: Work) -> Work:
        """Return these facts, the missing ones taken from `other`."""
        own = {item.name: getattr(self, item.name) for item in fields(self)}
        return Work(**{name: getattr(other, name) if value is None else value for name, value in own.items()})


@dataclass(frozen=True)
class Heading:
    """What the lines above a table say."""

    work: Work
    levels: dict[int, str] = field(default_factory=dict)
    unknown_subject: str | None = None
    unit: tuple[str | None, str] = (None, "")


def from_name(name: str, finder: SubjectFinder) -> Work:
    """Return what the name of a file, a folder or a sheet says."""
    text = fold(name).replace("_", " ")
    year = _YEAR.search(text)
    grade = _GRADE.search(text)
    ended = school_year(text)
    coded = finder.coded(name)
    login = _LOGIN.search(latin(name).replace("_", " "))
    return Work(
        year=ended or (int(year.group(1)) if year else None),
        grade=int(grade.group(1)) if grade else (coded[1] if coded and 1 <= coded[1] <= 11 else None),
        subject=finder.within(name) or (coded[0] if coded else None),
        login=login.group(1).lower() if login else None,
    )


def _right_of(row: list[object], column: int) -> object:
    """Return the first filled cell to the right of a label, or the rest of the label's own cell after a colon."""
    own = str(row[column])
    if ":" in own and own.split(":", 1)[1].strip():
        return own.split(":", 1)[1]
    return next((cell for cell in row[column + 1 :] if not is_blank(cell)), "")


def from_lines(rows: list[list[object]], finder: SubjectFinder) -> Heading:
    """Return what the lines above the header row say.

    Parameters
    ----------
    rows : list of list
        Rows of the sheet above the header.
    finder : SubjectFinder
        Finds dictionary subjects.
    """
    year = grade = subject = max_score = login = None
    unknown: str | None = None
    levels: dict[int, str] = {}
    unit: tuple[str | None, str] = (None, "")
    for row in rows:
        for column, cell in enumerate(row):
            if not isinstance(cell, str) or is_blank(cell):
                continue
            text = fold(cell)
            if found := _TITLE.search(text):
                year, grade = int(found.group(1)), int(found.group(3))
                subject = finder.exact(found.group(2)) or finder.within(found.group(2)) or subject
                unknown = None if subject else tidy(found.group(2))
            elif text.startswith("предмет"):
                value = _right_of(row, column)
                named = finder.exact(str(value)) or finder.within(str(value))
                subject = subject or named
                unknown = unknown if subject or is_blank(value) else tidy(str(value))
            elif text.startswith("максимальный") and "балл" in text:
                value, _ = parse_score(_right_of(row, column))
                max_score = int(value) if value == value and value > 0 else max_score
            elif text.startswith("класс") and grade is None:
                value, _ = parse_score(_right_of(row, column))
                grade = int(value) if value == value and 1 <= value <= 11 else grade
            elif text.startswith("дата") and year is None:
                found = _YEAR.search(str(_right_of(row, column)))
                year = int(found.group(1)) if found else year
            elif text.startswith("уровень сложности"):
                levels = _levels(row, column)
            else:
                code, name = parse_unit(cell)
                if code and unit[0] is None:
                    unit = (code, name)
                    login = code if is_login(code) else login
    work = Work(year=year, grade=grade, subject=subject, max_score=max_score, login=login)
    for row in rows:
        for cell in row:
            # A title in another order: «Проведение работы по Русскому языку, 4 класс. ВПР 2021».
            if isinstance(cell, str) and "впр" in fold(cell):
                work = work.or_else(from_name(cell, finder))
    subject = work.subject
    return Heading(work, levels, None if subject else unknown, unit)


def _levels(row: list[object], label: int) -> dict[int, str]:
    names = {"б": "Б", "п": "П", "в": "В"}
    return {column: names[title(cell)] for column, cell in enumerate(row) if column > label and title(cell) in names}


@dataclass(frozen=True)
class Circumstances:
    """What is known about a file besides its cells.

    Parameters
    ----------
    said : Work
        What the user said (options).
    file_name, folder : Work
        What the names of the file and of its folder say.
    finder : SubjectFinder
        Finds dictionary subjects.
    file_title, folder_name : str
        Name of the file without extension, for mappings that keep it as the source, and of its folder.
    carried : Work
        What the sheet «Что исправить» of a return workbook carries.
    vocabulary : Vocabulary or None
        Lists of words, for layouts with columns written in words.
    pupils : PupilKeys or None
        Makes keys of pupils, for layouts with names of children.
    known_words : KnownWords
        Words that may be quoted from a sheet with names.
    """

    said: Work
    file_name: Work
    folder: Work
    finder: SubjectFinder
    file_title: str = ""
    folder_name: str = ""
    carried: Work = Work()
    vocabulary: Vocabulary | None = None
    pupils: PupilKeys | None = None
    known_words: KnownWords = field(default_factory=lambda: KnownWords(()))

    def work_of(self, sheet: Sheet, heading: Heading) -> Work:
        """Return all that is known about the work on a sheet."""
        named = from_name(sheet.name, self.finder)
        work = self.said
        for source in (heading.work, self.carried, named, self.file_name, self.folder):
            work = work.or_else(source)
        return work

    def outside(self) -> Work:
        """Return what comes from outside the file: part of what makes a load the same."""
        return self.said.or_else(self.file_name).or_else(self.folder)
