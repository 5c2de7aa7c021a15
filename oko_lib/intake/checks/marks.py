"""Marks for the work and in the journal; gender, which sometimes slips into a mark column."""

from __future__ import annotations

import numpy as np

from oko_lib.intake.checks.rule import Rule
from oko_lib.intake.values import Kind


def _not_a_mark(values: np.ndarray, kinds: np.ndarray) -> np.ndarray:
    possible = (values == 2) | (values == 3) | (values == 4) | (values == 5)
    return (kinds == Kind.BAD) | ((kinds == Kind.NUMBER) & ~possible)


MARK_BAD = Rule(
    "mark_bad",
    "Отметка не 2, 3, 4 или 5",
    "Стоит «{found}», а отметка за работу бывает только 2, 3, 4 или 5. Исправьте отметку.",
    wrong=lambda block: _not_a_mark(block.mark, block.mark_kinds),
    columns=lambda block: block.mark_columns,
)
JOURNAL_BAD = Rule(
    "journal_mark_bad",
    "Отметка по журналу не 2, 3, 4 или 5",
    "Стоит «{found}», а отметка по журналу бывает 2, 3, 4, 5 или «нет отметки». Исправьте отметку.",
    wrong=lambda block: _not_a_mark(block.journal, block.journal_kinds),
    columns=lambda block: block.journal_columns,
)
GENDER_BAD = Rule(
    "gender_bad",
    "Пол записан неверно",
    "Стоит «{found}», а пол записывают буквой «м» или «ж». Исправьте; "
    "если сдвинулся соседний столбец, исправьте и его.",
    wrong=lambda block: block.gender_kinds == Kind.BAD,
    columns=lambda block: block.gender_columns,
)

MARK_RULES = (MARK_BAD, JOURNAL_BAD, GENDER_BAD)
