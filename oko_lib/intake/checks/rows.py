"""Rows as a whole: what they are at all."""

from __future__ import annotations

from oko_lib.intake.checks.rule import Rule

ROW_UNRECOGNISED = Rule(
    "row_unrecognised",
    "Строка не похожа на данные",
    "Строка не похожа ни на данные участника, ни на заголовок группы. Если это примечание, уберите его; "
    "если данные — заполните обязательные столбцы.",
    wrong=lambda block: block.unrecognised,
    columns=lambda block: (),
)

ROW_RULES = (ROW_UNRECOGNISED,)
