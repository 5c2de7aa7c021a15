"""Rows below a header that are not data, and columns the layout does not use."""

from __future__ import annotations

import re

from oko_lib.intake import wording
from oko_lib.intake.errors import FileRefused
from oko_lib.intake.header import Header
from oko_lib.intake.heading import from_lines
from oko_lib.intake.subject_words import SubjectFinder
from oko_lib.intake.text import fold, is_blank, title

_GROUP = re.compile(r"кол-?\s*во\s+участников\s*:?\s*(\d+)")
_FOOTNOTE = re.compile(
    r"^(итого|всего|в среднем|среднее|исполнител|примечан|директор|руководител|подпись|ответственн|организатор|"
    r"дата(?![а-я])|[«\"]?\d{1,2}[»\"]?\s+[а-я]+\s+20\d\d|м\.\s?п\.|_{3,}|\*)"
)
#: Totals over the table and signatures below it: of a jury, of an organising committee.
_TOTAL = re.compile(
    r"^(итого|всего|в среднем|среднее|победителей|призеров|участников|председатель|заместитель председателя|жюри|"
    r"член(?:ы|ов)?\s+жюри|секретарь|оргкомитет|член(?:ы|ов)?\s+оргкомитета)(?![а-я])"
)
_TITLE_LINE = re.compile(
    r"^(впр\W|предмет\s*:|максимальный первичный|дата\s*:|уровень сложности|индивидуальные результаты|протокол|"
    r"статистика по отметкам|сравнение отметок|распределение первичных)"
)
_PERSONAL = re.compile(
    r"фио|ф\.\s*и\.\s*о|(?<![а-я])ф\s+и\s+о(?![а-я])|фамили|отчеств|^имя|телефон|почт|е-?маil|е-?маи|снилс|паспорт|"
    r"дата рожд|день рожд|адрес|директор"
)


def group_heading(row: list[object]) -> int | None:
    """Return the count a group heading states («МБОУ «…»(edu990389) | Кол-во участников: 89»), else None."""
    filled = [cell for cell in row if not is_blank(cell)]
    if not 1 <= len(filled) <= 2:
        return None
    found = _GROUP.search(fold(" ".join(map(str, filled))))
    return int(found.group(1)) if found else None


def is_footnote(row: list[object]) -> bool:
    """Tell whether a row begins as a total, a signature or a note."""
    first = next((cell for cell in row if not is_blank(cell)), "")
    return isinstance(first, str) and _FOOTNOTE.match(fold(first)) is not None


def is_total(row: list[object]) -> bool:
    """Tell whether a row begins as a total over the rows above it or as a signature below them."""
    first = next((cell for cell in row if not is_blank(cell)), "")
    return isinstance(first, str) and _TOTAL.match(fold(first)) is not None


def is_title_line(row: list[object]) -> bool:
    """Tell whether a row is a line of a report's heading, repeated where several reports were glued together."""
    first = next((cell for cell in row if not is_blank(cell)), "")
    return isinstance(first, str) and _TITLE_LINE.match(fold(first)) is not None


def repeats_header(row: list[object], header: Header) -> bool:
    """Tell whether a row is the header once more."""
    different, enough = 0, (len(header.words) + 1) // 2
    for column, heading in header.words.items():
        cell = row[column]
        # A number repeats only a heading of digits; most rows are told from the header by their first cells.
        if not heading or (not isinstance(cell, str) and not heading[0].isdigit()) or title(cell) != heading:
            different += 1
            if different >= enough:
                return False
    return len(header.words) - different >= 3


def refuse_another_work(
    row: list[object], known: tuple[int | None, int | None, str | None], finder: SubjectFinder, place: str
) -> None:
    """Refuse a sheet with reports about several works: rows of the second would be taken for rows of the first.

    Parameters
    ----------
    row : list
        A title line in the middle of the table.
    known : tuple
        Year, grade and subject of the work of the sheet.
    finder : SubjectFinder
        Dictionary of subjects.
    place : str
        Where, for the message.

    Raises
    ------
    FileRefused
        If the line names another work.
    """
    again = from_lines([row], finder).work
    found = (again.year, again.grade, again.subject)
    if any(new is not None and new != old for new, old in zip(found, known, strict=True)):
        raise FileRefused(
            f"{place}: на одном листе несколько отчётов о разных работах. Разнесите их по отдельным листам или файлам."
        )


def is_personal(column_title: str) -> bool:
    """Tell whether a column's heading promises names, phones or addresses of people."""
    return _PERSONAL.search(fold(column_title)) is not None


def column_warnings(header: Header, sheet: str) -> list[str]:
    """Return what to tell about columns that are not taken."""
    titles = [header.titles[column] for column in header.unused]
    personal = [text for text in titles if is_personal(text)]
    other = [text for text in titles if not is_personal(text)]
    place = f"лист «{sheet}»: " if sheet else ""
    warnings = []
    if personal:
        listed = ", ".join(f"«{text}»" for text in personal)
        warnings.append(f"{place}персональные данные не загружаются, столбцы пропущены: {listed}.")
    if other:
        listed = wording.listed([f"«{text}»" for text in other])
        warnings.append(f"{place}столбцы, которых нет в раскладке, не загружены: {listed}.")
    return warnings
