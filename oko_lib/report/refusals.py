"""Refusals in words: «вывод невозможен: 7 участников, нужно не менее 10»."""

from __future__ import annotations

from oko_lib.methods.result import Estimate, Refusal, RefusalReason
from oko_lib.report.grammar import count, noun_phrase
from oko_lib.report.numbers import NO_DATA, NOT_APPLICABLE, TOO_FEW, is_missing, number

_CODES = {RefusalReason.TOO_FEW: TOO_FEW, RefusalReason.NO_DATA: NO_DATA}

_REASONS = {
    RefusalReason.TOO_FEW: "мало данных",
    RefusalReason.SCALE_TOO_SHORT: "шкала баллов слишком короткая",
    RefusalReason.NO_SCALE: "границы отметок для этого предмета, класса и года не заданы",
    RefusalReason.NO_VARIATION: "все значения одинаковы",
    RefusalReason.NO_DATA: "нет данных",
    RefusalReason.NOT_CONVERGED: "расчёт не сошёлся",
    RefusalReason.NOT_COMPARABLE: "шкалы или умения разных лет не совпадают",
}


def refusal_code(refusal: Refusal) -> str:
    """Return what stands in a table cell instead of the number: «м.д.», «…» or «—»."""
    return _CODES.get(refusal.reason, NOT_APPLICABLE)


def refusal_reason(refusal: Refusal, unit: str = "участник") -> str:
    """Return why there is no answer, without the words «вывод невозможен».

    Parameters
    ----------
    refusal : Refusal
        What the method returned.
    unit : str
        What was counted, nominative singular: «участник», «пара отметок», «школа», «балл».
    """
    if refusal.reason is RefusalReason.TOO_FEW and not is_missing(refusal.found):
        if refusal.found == 0:
            return f"нет {noun_phrase(unit, 'genitive', plural=True)}" + _needed(refusal)
        return count(_whole(refusal.found), unit) + _needed(refusal)
    if refusal.reason is RefusalReason.SCALE_TOO_SHORT and not is_missing(refusal.found):
        points_found = count(_whole(refusal.found), "свободный балл")
        return f"{_REASONS[refusal.reason]} ({points_found} вдали от границ{_needed(refusal)})"
    return _REASONS[refusal.reason]


def _needed(refusal: Refusal) -> str:
    return "" if is_missing(refusal.needed) else f", нужно не менее {number(_whole(refusal.needed))}"


def _whole(value: float) -> float:
    return int(value) if float(value).is_integer() else value


def refusal_sentence(refusal: Refusal, unit: str = "участник") -> str:
    """Return the refusal as a clause: «вывод невозможен: 7 участников, нужно не менее 10»."""
    return f"вывод невозможен: {refusal_reason(refusal, unit)}"


def cell_code(estimate: Estimate) -> str:
    """Return the cell code of an estimate without an answer."""
    return refusal_code(estimate.refusal) if estimate.refusal else NO_DATA
