"""Scores: of tasks, and the primary score."""

from __future__ import annotations

import numpy as np

from oko_lib.intake.checks.rule import Rule
from oko_lib.intake.values import Kind


def _tasks(block) -> tuple[int, ...]:
    return block.task_columns


def _total(block) -> tuple[int, ...]:
    return block.total_columns


def _whole(values: np.ndarray) -> np.ndarray:
    with np.errstate(invalid="ignore"):
        return np.isnan(values) | (values == np.floor(values))


TASK_NOT_NUMBER = Rule(
    "task_not_number",
    "Балл за задание — не число",
    "Стоит «{found}». За задание ставят {allowed} или X, если участник к нему не приступал. Исправьте балл.",
    wrong=lambda block: (block.task_kinds == Kind.BAD) | ((block.task_kinds == Kind.ABSENT) & ~block.absent[:, None]),
    columns=_tasks,
)
TASK_NEGATIVE = Rule(
    "task_negative",
    "Балл за задание отрицательный",
    "Стоит «{found}», а балл не бывает меньше 0. За задание ставят {allowed} или X. Исправьте балл.",
    wrong=lambda block: block.tasks < 0,
    columns=_tasks,
)
TASK_FRACTION = Rule(
    "task_fraction",
    "Балл за задание не целый",
    "Стоит «{found}», а балл — целое число. За задание ставят {allowed} или X. Исправьте балл.",
    wrong=lambda block: ~_whole(block.tasks),
    columns=_tasks,
)
TASK_OVER_MAX = Rule(
    "task_over_max",
    "Балл за задание больше возможного",
    "Стоит «{found}», а за это задание ставят {allowed} или X. Исправьте балл.",
    wrong=lambda block: block.tasks > block.task_max[None, :],
    columns=_tasks,
)
TOTAL_NOT_NUMBER = Rule(
    "total_not_number",
    "Первичный балл — не число",
    "Стоит «{found}», а первичный балл — целое число {total_allowed}. Исправьте балл.",
    wrong=lambda block: (
        (block.total_kinds == Kind.BAD)
        | (block.total_kinds == Kind.NOT_ATTEMPTED)
        | ((block.total_kinds == Kind.ABSENT) & ~block.absent)
    ),
    columns=_total,
)
TOTAL_MISSING = Rule(
    "total_missing",
    "Нет первичного балла",
    "Первичный балл не указан, а баллы за задания есть (сумма {sum}). Впишите первичный балл.",
    wrong=lambda block: (block.total_kinds == Kind.EMPTY) & ~block.absent & block.any_task & ~block.total_is_formula,
    columns=_total,
)
TOTAL_NEGATIVE = Rule(
    "total_negative",
    "Первичный балл отрицательный",
    "Стоит «{found}», а первичный балл — целое число {total_allowed}. Исправьте балл.",
    wrong=lambda block: block.total < 0,
    columns=_total,
)
TOTAL_FRACTION = Rule(
    "total_fraction",
    "Первичный балл не целый",
    "Стоит «{found}», а первичный балл — целое число {total_allowed}. Исправьте балл.",
    wrong=lambda block: ~_whole(block.total),
    columns=_total,
)
TOTAL_OVER_MAX = Rule(
    "total_over_max",
    "Первичный балл больше максимального",
    "Стоит «{found}», а максимальный первичный балл этой работы — {max}. Проверьте баллы за задания и их сумму.",
    wrong=lambda block: block.total > block.max_score,
    columns=_total,
)
TOTAL_MISMATCH = Rule(
    "total_mismatch",
    "Первичный балл не равен сумме баллов за задания",
    "Стоит «{found}», а сумма баллов за задания — {sum}. Исправьте балл за задание или первичный балл.",
    wrong=lambda block: block.total_contradicts,
    columns=_total,
)
SUM_OVER_MAX = Rule(
    "sum_over_max",
    "Сумма баллов за задания больше максимального первичного балла",
    "Сумма баллов за задания — {sum}, а максимальный первичный балл этой работы — {max}. Проверьте баллы за задания.",
    wrong=lambda block: (
        (block.task_sum > block.max_score) & block.tasks_sound & ~(block.total > block.max_score) & ~block.absent
    ),
    columns=_total,
)
NO_SCORES = Rule(
    "no_scores",
    "Нет ни баллов, ни отметки об отсутствии",
    "Нет ни одного балла, и не указано, что участник отсутствовал. Впишите баллы или выберите «отсутствовал» "
    "в столбце «Вариант».",
    wrong=lambda block: block.without_scores,
    columns=lambda block: block.variant_columns,
)
ABSENT_WITH_SCORES = Rule(
    "absent_with_scores",
    "Отсутствовал, но баллы есть",
    "Участник отмечен отсутствующим, но баллы у него есть (сумма {sum}). Уберите баллы или укажите вариант работы.",
    wrong=lambda block: block.absent & ((block.task_sum > 0) | (block.total > 0)),
    columns=lambda block: block.variant_columns,
)

SCORE_RULES = (
    TASK_NOT_NUMBER,
    TASK_NEGATIVE,
    TASK_FRACTION,
    TASK_OVER_MAX,
    TOTAL_NOT_NUMBER,
    TOTAL_MISSING,
    TOTAL_NEGATIVE,
    TOTAL_FRACTION,
    TOTAL_OVER_MAX,
    TOTAL_MISMATCH,
    SUM_OVER_MAX,
    NO_SCORES,
    ABSENT_WITH_SCORES,
)
