"""What the title lines of an olympiad protocol say: stage, subject, school year, maximum score (one or by grade).

«Протокол муниципального этапа всероссийской олимпиады школьников по математике», «2025–2026 учебный год»,
«Максимальный балл: 7 класс — 35, 8 класс — 40».
"""

from __future__ import annotations

import datetime as dt
import re

from oko_lib.intake.heading import Circumstances, Work, from_name
from oko_lib.intake.readers import Sheet
from oko_lib.intake.subject_words import SubjectFinder
from oko_lib.intake.text import fold, is_blank, shown, tidy
from oko_lib.intake.values import school_year
from oko_lib.intake.vocabulary import Vocabulary

#: A line about the work itself: elsewhere «школа искусств» or «министерство труда» are no subjects.
_ABOUT_THE_WORK = re.compile(r"олимпиад|всош|этап|протокол|ведомост|результат|итог")
_AFTER_BY = re.compile(r"(?<![а-я])по\s+(?:предмету\s+)?([^,;:.\d]+)")
_YEAR = re.compile(r"(?<!\d)(20[12]\d)(?!\d)")
_LABELLED_YEAR = re.compile(r"^год\W*(20[12]\d)(?!\d)")
_DATE = re.compile(r"(?<!\d)\d{1,2}\.(\d{1,2})\.(20[12]\d)(?!\d)")
_DATE_IN_WORDS = re.compile(r"(?<!\d)\d{1,2}[\s»\"]*([а-я]{3,8})\s+(20[12]\d)(?!\d)")
_MONTHS = ("янв", "фев", "мар", "апр", "ма", "июн", "июл", "авг", "сен", "окт", "ноя", "дек")
#: The first month whose procedures belong to the school year that ends next summer.
_AUTUMN = 8
#: Stages held in autumn: a bare year in their heading may be either half of the school year.
_AUTUMN_STAGES = {"school", "municipal"}

_MAXIMUM = re.compile(r"макс\w*[^\d:]{0,40}?балл\w*|макс\w*\s+возможн\w*|балл\w*\W+макс\w*")
#: «35,8 класс» is 35 and the next grade, not 35.8.
_NUMBER = r"(\d{1,4}(?:[.,]\d{1,2}(?!\d)(?!\s*[-–—]?\s*кл))?)(?!\d)"
_GRADES = r"((?:1[01]|[1-9])(?:\s*(?:[-–—,]|и)\s*(?:1[01]|[1-9]))*)\s*(?:-?(?:й|е|го|х)\s*)?кл(?:асс\w*|\b)\.?"
_GRADES_FIRST = re.compile(rf"(?<!\d){_GRADES}[^\d,;()]{{0,60}}?(?<!\d){_NUMBER}(?!\s*[-–—]?\s*кл)")
_NUMBER_FIRST = re.compile(rf"(?<!\d){_NUMBER}\s*(?:балл\w*)?\W*(?:для\s+|за\s+)?{_GRADES}")
_ONE = re.compile(r"\d{1,4}(?:[.,]\d{1,2})?")

Maxima = dict[int, float]


def facts_of(sheet: Sheet, above: list[list[object]], circumstances: Circumstances) -> Work:
    """Return what is known about the olympiad a sheet is about.

    Sources in the order of trust: what the user said, the lines above the table, the names of the sheet, the file and
    the folder.

    Parameters
    ----------
    sheet : Sheet
        The sheet.
    above : list of list
        Its rows above the header.
    circumstances : Circumstances
        What is known besides the cells.
    """
    vocabulary = circumstances.vocabulary
    finder = vocabulary.finder("olympiad_subjects")
    names = [sheet.name, circumstances.file_title, circumstances.folder_name]
    said = circumstances.said
    work = Work(year=said.year, subject=said.subject).or_else(from_title_lines(above, vocabulary))
    work = work.or_else(Work(stage=_first(vocabulary.within("olympiad_stages", name) for name in names)))
    for name in names:
        found = from_name(name, finder)
        ended = school_year(fold(name).replace("_", " "))
        work = work.or_else(Work(year=ended or _bare_year(found.year, work.stage), subject=found.subject))
    return work


def from_title_lines(rows: list[list[object]], vocabulary: Vocabulary) -> Work:
    """Return what the lines above the table of a protocol say."""
    lines = [_line(row) for row in rows]
    stage = _first(vocabulary.within("olympiad_stages", line) for line in lines)
    one, by_grade = _maxima(rows)
    return Work(
        year=_year(rows, lines, stage),
        subject=_subject(lines, vocabulary.finder("olympiad_subjects")),
        stage=stage,
        max_score=one,
        max_by_grade=tuple(sorted(by_grade.items())) or None,
    )


def _line(row: list[object]) -> str:
    return fold(" ".join(shown(cell) for cell in row if not is_blank(cell)))


def _first(found):
    return next((item for item in found if item is not None), None)


def _subject(lines: list[str], finder: SubjectFinder) -> str | None:
    for line in lines:
        if line.startswith("предмет"):
            named = tidy(re.sub(r"^предмет\W*", "", line))
            found = finder.exact(named) or finder.within(named)
            if found:
                return found
    for line in lines:
        if _ABOUT_THE_WORK.search(line):
            parts = [tidy(part.strip(" «»\"'()")) for part in _AFTER_BY.findall(line)]
            found = _first(finder.exact(part) or finder.within(part) for part in parts) or finder.within(line)
            if found:
                return found
    return None


def _year(rows: list[list[object]], lines: list[str], stage: str | None) -> int | None:
    """Return the calendar year in which the school year of the protocol ends."""
    ended = _first(school_year(line) for line in lines)
    labelled = _first(int(found.group(1)) for line in lines if (found := _LABELLED_YEAR.match(line)))
    if ended or labelled:
        return ended or labelled
    dated = [_ends(cell.year, cell.month) for row in rows for cell in row if isinstance(cell, dt.date)]
    dated += [_ends(int(year), int(month)) for line in lines for month, year in _DATE.findall(line)]
    for line in lines:
        for word, year in _DATE_IN_WORDS.findall(line):
            month = next((place for place, start in enumerate(_MONTHS, start=1) if word.startswith(start)), None)
            dated += [_ends(int(year), month)] if month else []
    if dated:
        return dated[0]
    return _bare_year(_first(int(found.group(1)) for line in lines if (found := _YEAR.search(line))), stage)


def _ends(year: int, month: int) -> int:
    return year + (month >= _AUTUMN)


def _bare_year(year: int | None, stage: str | None) -> int | None:
    """Return a year that stands alone unless it may be either half of the school year."""
    return None if stage is None or stage in _AUTUMN_STAGES else year


def _maxima(rows: list[list[object]]) -> tuple[float | None, Maxima]:
    """Return the maximum score of all grades, and those of single grades."""
    by_grade: Maxima = {}
    one: float | None = None
    going_on = False
    for number, row in enumerate(rows):
        line = _line(row)
        label = _MAXIMUM.search(line)
        pairs = _pairs(line) if label or going_on else {}
        if label and not pairs:
            numbers = [_value(cell) for cell in row if not isinstance(cell, str) and not is_blank(cell)]
            if len(numbers) > 1:
                pairs = _in_columns(rows[number - 1] if number else [], row)
            else:
                found = _ONE.search(line, label.end())
                one = float(found.group().replace(",", ".")) if found and one is None else one
        by_grade |= pairs
        #: «Максимальный балл:» alone: the numbers stand in the lines below.
        going_on = bool(pairs) or (label is not None and not _ONE.search(line, label.end()))
    return (one if one and one > 0 else None), by_grade


def _pairs(line: str) -> Maxima:
    """Return grade → maximum written in one line, in either order: «7 класс — 35», «35 баллов (7 класс)»."""
    found = {grade: value for grades, value in _GRADES_FIRST.findall(line) for grade in _numbers(grades)}
    if not found:
        found = {grade: value for value, grades in _NUMBER_FIRST.findall(line) for grade in _numbers(grades)}
    values = {grade: float(value.replace(",", ".")) for grade, value in found.items()}
    return {grade: value for grade, value in values.items() if value > 0}


def _numbers(grades: str) -> list[int]:
    """Return the grades of «7», «7–8», «7, 8 и 9»."""
    spans = re.findall(r"(\d+)\s*[-–—]\s*(\d+)|(\d+)", grades)
    return [
        grade
        for first, last, alone in spans
        for grade in (range(int(first), int(last) + 1) if first else (int(alone),))
    ]


def _in_columns(above: list[object], row: list[object]) -> Maxima:
    """Return the maxima of a row under a row of grades: «Класс | 7 | 8», «Максимальный балл | 35 | 40»."""
    found: Maxima = {}
    for top, bottom in zip(above, row, strict=False):
        grade = re.match(r"(1[01]|[1-9])(?!\d)", shown(top))
        value = _value(bottom)
        if grade and value:
            found[int(grade.group(1))] = value
    return found


def _value(cell: object) -> float | None:
    found = None if isinstance(cell, bool) else _ONE.fullmatch(shown(cell))
    return float(found.group().replace(",", ".")) if found else None
