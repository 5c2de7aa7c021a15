"""One cell against the definition of its table column: type, bounds, closed lists, dictionary of subjects, codes."""

from __future__ import annotations

import datetime as dt
import math
import re
from dataclasses import dataclass

from oko_lib.intake.header import task_of
from oko_lib.intake.subject_words import SubjectFinder
from oko_lib.intake.text import fold, is_blank, shown, tidy
from oko_lib.intake.values import (
    Kind,
    is_login,
    is_municipality,
    parse_class,
    parse_count,
    parse_grade,
    parse_mark,
    parse_percent,
    parse_place,
    parse_result,
    parse_unit,
    parse_year,
)
from oko_lib.intake.vocabulary import SUBJECT_LISTS, Vocabulary
from oko_lib.settings.loading import suggest
from oko_lib.tables import Column, ColumnType

#: A child's name, an insurance number or anything else in place of a code.
NOT_A_CODE = "code_not_a_code"

TITLES = {
    "value_missing": "Нет обязательного значения",
    "value_type": "Значение не того вида",
    "value_outside": "Значение вне допустимых границ",
    "value_not_allowed": "Значения нет в перечне",
    "subject_unknown": "Предмета нет в справочнике",
    "word_unknown": "Слова нет в справочнике",
    NOT_A_CODE: "Вместо кода стоит что-то другое",
    "municipality_code_bad": "Код муниципалитета записан неверно",
}

_YES = {"да", "1", "+", "true", "истина", "имеется", "есть"}
_NO = {"нет", "0", "-", "false", "ложь", "не имеется", "отсутствует"}
_DATE = re.compile(r"^(\d{1,2})\.(\d{1,2})\.(\d{4})$")
_CODE = re.compile(r"^(?=.*\d)[\w./-]{1,40}$")
_INSURANCE = re.compile(r"^\d{3}-\d{3}-\d{3}-?\d{2}$")
_TASK_WORDS = re.compile(r"^(?:задание|задания|задача|№)\s*")
#: What stands for all subjects in tables that know such rows.
ALL_SUBJECTS = "все"
_ALL_SPELLINGS = {"все", "все предметы", "любой"}
#: Numbers people write with words around them, by the name of the column.
_NUMBER_PARSERS = {
    "year": parse_year,
    "grade": parse_grade,
    "pupil_grade": parse_grade,
    "place": parse_place,
    "score": parse_result,
}
_EXPECTED = {
    "year": "год: 2026 или 2025/2026",
    "grade": "номер класса: 7 или 7А",
    "pupil_grade": "номер класса: 7 или 7А",
}
_LOGIN_COLUMNS = {"login", "school_id"}


@dataclass(frozen=True)
class Fault:
    """Why a cell cannot be taken."""

    rule: str
    message: str


def parse_field(
    cell: object, column: Column, finder: SubjectFinder, vocabulary: Vocabulary | None = None
) -> tuple[object, Fault | None]:
    """Return the value of a cell for a table column, or what is wrong with it.

    Parameters
    ----------
    cell : object
        Cell as read.
    column : Column
        Definition the value must satisfy.
    finder : SubjectFinder
        Dictionary of subjects, for the column ``subject``.
    vocabulary : Vocabulary, optional
        Lists of words, for columns that are written in words (``Column.words``).
    """
    if is_blank(cell):
        if column.nullable:
            return None, None
        return None, Fault("value_missing", f"Не указано: {column.title_ru.lower()}. Впишите значение.")
    value, fault = _in_words(cell, column, vocabulary) if column.words else _typed(cell, column, finder)
    if fault is None and value is None and not column.nullable:
        fault = Fault("value_missing", f"Не указано: {column.title_ru.lower()}. Впишите значение.")
    return (None, fault) if fault else (value, None)


def _in_words(cell: object, column: Column, vocabulary: Vocabulary | None) -> tuple[str | None, Fault | None]:
    if vocabulary is None:
        raise ValueError(f"column {column.name} is written in words; no vocabulary given")
    text = tidy(shown(cell)).lstrip("'")
    if column.words == "task":
        return _task(cell)
    if column.words == "all_subjects" and fold(text) in _ALL_SPELLINGS:
        return ALL_SUBJECTS, None
    if column.words in SUBJECT_LISTS:
        found = vocabulary.subject(column.words, text)
        return (found, None) if found else (None, _subject_unknown(text))
    if column.nullable and vocabulary.is_nothing(text):
        return None, None
    if column.words == "code":
        return _personal_code(text)
    code = vocabulary.code(column.words, text)
    return (code, None) if code else (None, Fault("word_unknown", vocabulary.refusal(column.words, text)))


def _personal_code(text: str) -> tuple[str | None, Fault | None]:
    """Return the code of a child; a name, an insurance number or a date of birth must not get into the store."""
    if _CODE.match(text) and not _INSURANCE.match(text) and not _DATE.match(text):
        return text, None
    return None, Fault(
        NOT_A_CODE,
        "Здесь нужен код без имени: цифры и буквы без пробелов, хотя бы одна цифра, например 40001. "
        "Имена и номера документов не загружаются; замените их кодом.",
    )


def _task(cell: object) -> tuple[str | None, Fault | None]:
    """Return the label of a task as headings of results give it: «4к1» → «4К1», «9,1» → «9.1»."""
    if isinstance(cell, dt.date):
        return None, Fault(
            "value_type",
            f"Стоит дата «{shown(cell)}»: Excel принял за неё номер задания вроде 9.1. Сделайте ячейку текстовой и "
            "впишите номер заново.",
        )
    text = _TASK_WORDS.sub("", fold(shown(cell)).lstrip("'"))
    found = task_of(text, bare=True)
    return (found[0] if found else "".join(text.split()).upper()) or None, None


def _typed(cell: object, column: Column, finder: SubjectFinder) -> tuple[object, Fault | None]:
    if column.name in _LOGIN_COLUMNS:
        return _login(cell)
    if column.name == "class_label":
        return parse_class(cell), None
    if column.name == "municipality_code":
        return _municipality(cell)
    if column.name == "subject":
        return _subject(cell, finder)
    if column.type is ColumnType.INT:
        return _number(cell, column, whole=True)
    if column.type is ColumnType.FLOAT:
        return _number(cell, column, whole=False)
    if column.type is ColumnType.BOOL:
        return _bool(cell)
    if column.type is ColumnType.DATE:
        return _date(cell)
    text = tidy(shown(cell))
    if column.allowed and text not in column.allowed:
        listed = ", ".join(f"«{item}»" for item in column.allowed)
        hint = suggest(text, list(column.allowed))
        return None, Fault("value_not_allowed", f"Стоит «{text}», допустимо: {listed}.{hint} Исправьте значение.")
    return text, None


def _login(cell: object) -> tuple[str | None, Fault | None]:
    code, _ = parse_unit(cell)
    if is_login(code):
        return code, None
    return None, Fault(
        "login_bad",
        f"Стоит «{shown(cell)}», а логин ОО — это edu или sch и шесть цифр, например edu990389. Исправьте логин.",
    )


def _municipality(cell: object) -> tuple[str | None, Fault | None]:
    code, _ = parse_unit(cell)
    if is_municipality(code):
        return code, None
    return None, Fault(
        "municipality_code_bad",
        f"Стоит «{shown(cell)}», а код муниципалитета в ФИС ОКО имеет вид reg24_m012. Исправьте код.",
    )


def _subject(cell: object, finder: SubjectFinder) -> tuple[str | None, Fault | None]:
    text = tidy(shown(cell))
    if fold(text) in _ALL_SPELLINGS:
        return ALL_SUBJECTS, None
    found = finder.exact(text) or finder.within(text)
    if found:
        return found, None
    return None, _subject_unknown(text)


def _subject_unknown(text: str) -> Fault:
    return Fault(
        "subject_unknown",
        f"Предмета «{text}» нет в справочнике. Исправьте название или добавьте его в synonyms "
        "в parameters/subjects.yaml.",
    )


def _number(cell: object, column: Column, *, whole: bool) -> tuple[float | int | None, Fault | None]:
    marks = column.minimum == 2 and column.maximum == 5
    usual = parse_mark if marks else parse_count if whole else parse_percent
    value, kind = _NUMBER_PARSERS.get(column.name, usual)(cell)
    if kind is Kind.EMPTY:
        return None, None
    if kind is not Kind.NUMBER or (whole and value != math.floor(value)) or abs(value) > 2e9:
        expected = _EXPECTED.get(column.name, "целое число" if whole else "число")
        return None, Fault("value_type", f"Стоит «{shown(cell)}», а здесь нужно {expected}. Исправьте значение.")
    low, high = column.minimum, column.maximum
    if (low is not None and value < low) or (high is not None and value > high):
        bounds = " ".join(
            part
            for part in (f"от {low:g}" if low is not None else "", f"до {high:g}" if high is not None else "")
            if part
        )
        return None, Fault("value_outside", f"Стоит «{shown(cell)}», допустимо {bounds}. Исправьте значение.")
    return (int(value) if whole else value), None


def _bool(cell: object) -> tuple[bool | None, Fault | None]:
    if isinstance(cell, bool):
        return cell, None
    text = fold(shown(cell)).strip(". ")
    if text in _YES:
        return True, None
    if text in _NO:
        return False, None
    return None, Fault("value_type", f"Стоит «{shown(cell)}», а здесь нужно «да» или «нет». Исправьте значение.")


def _date(cell: object) -> tuple[dt.date | None, Fault | None]:
    if isinstance(cell, dt.datetime):
        return cell.date(), None
    if isinstance(cell, dt.date):
        return cell, None
    found = _DATE.match(shown(cell))
    if found:
        day, month, year = map(int, found.groups())
        try:
            return dt.date(year, month, day), None
        except ValueError:
            pass
    return None, Fault("value_type", f"Стоит «{shown(cell)}», а здесь нужна дата вида 20.04.2026. Исправьте дату.")
