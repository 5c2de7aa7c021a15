"""Dirt in the files of direction 1.2: spoilt rows of known kinds, each row with one kind at most."""

from __future__ import annotations

from collections import Counter

import numpy as np

from oko_lib.demo.files.books import Book
from oko_lib.demo.files.low_results import (
    ATTENDANCE_HEADINGS,
    DIAGNOSTIC_COUNT_HEADINGS,
    DIAGNOSTIC_HEADINGS,
    EXAM_COUNT_HEADINGS,
    EXAM_HEADINGS,
    PASSPORT_HEADINGS,
    SUPPORT_HEADINGS,
)
from oko_lib.demo.files.row_dirt import Kind, Row, part_over, spoil_rows
from oko_lib.demo.low_results.settings import LowDirtSettings
from oko_lib.demo.randomness import stream

UNKNOWN_LEVELS = ("средний", "удовлетворительный", "не определён", "3")
_SPELLINGS = (" {}", "{} ", "{} уровень")

_TEST_SCORE = EXAM_HEADINGS.index("Тестовый балл")
_CODE = EXAM_HEADINGS.index("Код участника")
_KEY = slice(0, _CODE)
_MARK_3 = EXAM_COUNT_HEADINGS.index("Получили «3»")
_LEVEL = DIAGNOSTIC_HEADINGS.index("Уровень")
#: The third of the four levels.
_BASIC = len(DIAGNOSTIC_COUNT_HEADINGS) + 2
#: Year and login stand before the columns of what schools report.
_BEFORE = 2


def _place(headings: dict[str, str], column: str) -> int:
    return _BEFORE + list(headings).index(column)


def _score_as_text(row: Row, above: Row, rng: np.random.Generator) -> bool:
    if row[_TEST_SCORE] is None:
        return False
    row[_TEST_SCORE] = str(row[_TEST_SCORE])
    return True


def _score_over(row: Row, above: Row, rng: np.random.Generator) -> bool:
    if row[_TEST_SCORE] is None:
        return False
    row[_TEST_SCORE] = 100 + int(rng.integers(1, 60))
    return True


def _repeated(row: Row, above: Row, rng: np.random.Generator) -> bool:
    """Two different results under one code: nobody can tell which is right."""
    if row[_KEY] != above[_KEY] or row[_CODE + 1 :] == above[_CODE + 1 :]:
        return False
    row[_CODE] = above[_CODE]
    return True


def _marks_do_not_sum(row: Row, above: Row, rng: np.random.Generator) -> bool:
    if row[_MARK_3] is None:
        return False
    row[_MARK_3] += int(rng.integers(1, 5))
    return True


def _level_spelling(row: Row, above: Row, rng: np.random.Generator) -> bool:
    if row[_LEVEL] is None:
        return False
    row[_LEVEL] = str(rng.choice(_SPELLINGS)).format(str(row[_LEVEL]).lower())
    return True


def _level_unknown(row: Row, above: Row, rng: np.random.Generator) -> bool:
    if row[_LEVEL] is None:
        return False
    row[_LEVEL] = str(rng.choice(UNKNOWN_LEVELS))
    return True


def _levels_do_not_sum(row: Row, above: Row, rng: np.random.Generator) -> bool:
    row[_BASIC] += int(rng.integers(1, 5))
    return True


KINDS = {
    "exam_score_text": Kind("exam_results", 0, _score_as_text),
    "exam_score_over": Kind("exam_results", 1, _score_over),
    "exam_repeated": Kind("exam_results", 2, _repeated),
    "exam_counts_sum": Kind("exam_counts", 1, _marks_do_not_sum),
    "diagnostic_level_spelling": Kind("diagnostic_results", 0, _level_spelling),
    "diagnostic_level_unknown": Kind("diagnostic_results", 1, _level_unknown),
    "diagnostic_counts_sum": Kind("diagnostic_counts", 1, _levels_do_not_sum),
    "passport_part_over": Kind(
        "social_passport",
        1,
        part_over(_place(PASSPORT_HEADINGS, "pupils_low_income"), _place(PASSPORT_HEADINGS, "pupils")),
    ),
    "attendance_over": Kind(
        "attendance",
        1,
        part_over(_place(ATTENDANCE_HEADINGS, "lessons_missed"), _place(ATTENDANCE_HEADINGS, "lessons_planned")),
    ),
    "support_part_over": Kind(
        "school_support",
        1,
        part_over(_place(SUPPORT_HEADINGS, "teachers_supported"), _place(SUPPORT_HEADINGS, "teachers")),
    ),
}


def spoil_books(books: list[Book], settings: LowDirtSettings, seed: int) -> dict:
    """Spoil rows of the books in place; return what the truth file must know of them."""
    rows_of: Counter = Counter()
    for book in books:
        rows_of[book.layout] += len(book.rows) - 1
    wanted = {
        name: max(2, round(getattr(settings, name) * rows_of[kind.layout] / 100_000)) for name, kind in KINDS.items()
    }
    return spoil_rows(books, KINDS, wanted, stream(seed, "low results dirt"))
