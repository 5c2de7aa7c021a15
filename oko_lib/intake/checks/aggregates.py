"""Rows of aggregated reports."""

from __future__ import annotations

import numpy as np

from oko_lib.intake.checks.rule import Rule
from oko_lib.intake.values import Kind

UNIT_UNKNOWN = Rule(
    "unit_unknown",
    "Непонятно, о ком строка",
    "Стоит «{found}»: нет ни кода в скобках (reg99_m012, edu990389), ни названия региона, ни «Вся выборка». "
    "Допишите код после названия, как в выгрузке ФИС ОКО.",
    wrong=lambda block: block.unit_unknown,
    columns=lambda block: block.unit_columns,
)
COUNT_BAD = Rule(
    "count_bad",
    "Количество записано неверно",
    "Стоит «{found}», а количество — целое число не меньше 0. Исправьте по выгрузке ФИС ОКО.",
    wrong=lambda block: (
        (block.count_kinds == Kind.BAD)
        | (block.counts < 0)
        | (block.counts > 1e9)
        | ~(np.isnan(block.counts) | (block.counts == np.floor(block.counts)))
    ),
    columns=lambda block: block.count_columns,
)
COUNT_MISSING = Rule(
    "participants_missing",
    "Нет количества участников",
    "Количество участников не указано. Впишите его по выгрузке ФИС ОКО.",
    wrong=lambda block: block.participants_kinds == Kind.EMPTY,
    columns=lambda block: block.participants_columns,
)
PERCENT_BAD = Rule(
    "percent_bad",
    "Процент записан неверно",
    "Стоит «{found}», а процент — число от 0 до 100. Исправьте по выгрузке ФИС ОКО.",
    wrong=lambda block: (block.percent_kinds == Kind.BAD) | (block.percents < 0) | (block.percents > 100),
    columns=lambda block: block.percent_columns,
)
PERCENT_SUM = Rule(
    "percent_sum",
    "Проценты не складываются в 100",
    "Сумма процентов в строке — {percent_sum}, а должна быть 100 (с округлением — {sum_allowed}).{sum_hint} "
    "Исправьте по выгрузке ФИС ОКО.",
    wrong=lambda block: block.percent_sum_wrong,
    columns=lambda block: block.percent_columns[:1],
)
PARTS_OVER_WHOLE = Rule(
    "parts_over_total",
    "Частей больше, чем участников",
    "Понизили, подтвердили и повысили вместе — {parts}, а участников всего {participants}. "
    "Исправьте по выгрузке ФИС ОКО.",
    wrong=lambda block: block.parts_over_whole,
    columns=lambda block: block.participants_columns,
)
SHARE_MISMATCH = Rule(
    "share_mismatch",
    "Процент не соответствует количеству",
    "Стоит {found} %, а по количеству участников в той же строке выходит {share} %. Исправьте по выгрузке ФИС ОКО.",
    wrong=lambda block: block.share_mismatch,
    columns=lambda block: block.share_columns,
)

AGGREGATE_RULES = (UNIT_UNKNOWN, COUNT_BAD, COUNT_MISSING, PERCENT_BAD, PERCENT_SUM, PARTS_OVER_WHOLE, SHARE_MISMATCH)
