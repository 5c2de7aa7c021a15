"""Checks of rows about olympiads, contests and observers.

What a protocol says against the rules of the olympiad (a winner with half of the points, more prizes than the quota) is
not an error of reading: such rows are taken, and the analysis of protocols shows them.
"""

from __future__ import annotations

import numpy as np

from oko_lib.intake.checks.parts import absent, at, filled, given, parts, present
from oko_lib.intake.checks.rule import Rule
from oko_lib.intake.text import is_blank
from oko_lib.intake.values import is_absence

_PRIZES = ("winner", "prize_winner")


def _with_prize(block) -> np.ndarray:
    return np.isin(block.text("status").astype(str), _PRIZES)


def _nothing_written(block) -> np.ndarray:
    """Rows without a score in whose status cell nothing stands either: nothing says that the pupil took part."""
    (status,) = block.columns("status") or (None,)
    blank = [status is None or is_blank(block.cell(row, status)) for row in range(len(block.text("status")))]
    return ~given(block, "score") & np.array(blank, dtype=bool)


def _told_absent(block) -> np.ndarray:
    """Rows with «неявка» in place of a score."""
    (score,) = block.columns("score") or (None,)
    rows = range(len(block.text("status")))
    return np.array([score is not None and is_absence(block.cell(row, score)) for row in rows], dtype=bool)


def _no_status_written(block) -> np.ndarray:
    """All rows of those who were there, when no status cell of the sheet says anything."""
    (status,) = block.columns("status") or (None,)
    rows = range(len(block.text("status")))
    said = any(status is not None and not _says_nothing(block.cell(row, status)) for row in rows)
    return present(block) & (not said)


def _says_nothing(cell: object) -> bool:
    return is_blank(cell) or cell in {"-", "–", "—"}


def _stage_against_procedure(block, *, olympiad: bool) -> np.ndarray:
    of_olympiad = block.text("procedure_kind") == "ВсОШ"
    known = filled(block, "procedure_kind") & filled(block, "stage")
    without = block.text("stage") == ""
    return known & (of_olympiad & without if olympiad else ~of_olympiad & ~without)


_ABSENT_WITH_RESULT = Rule(
    "olympiad_absent_with_result",
    "Отсутствовал, но результат есть",
    "Участник отмечен отсутствующим, а балл, место или диплом у него есть (балл {score}, место {place}). Уберите их "
    "или поставьте «да» в столбце «Присутствовал».",
    wrong=lambda block: absent(block) & (given(block, "score", "place") | _with_prize(block)),
    columns=at("present", "score", "status"),
)

OLYMPIAD_RULES = (
    Rule(
        "olympiad_score_over_maximum",
        "Балл больше максимального",
        "Стоит «{found}», а максимальный балл — {max_score}. Исправьте балл или максимум (в столбце либо в строке над "
        "таблицей; у разных классов он бывает разным).",
        wrong=lambda block: block.number("score") > block.number("max_score"),
        columns=at("score"),
    ),
    Rule(
        "olympiad_result_missing",
        "Нет результата олимпиады",
        "Нет ни балла, ни статуса, и не указано, что участник отсутствовал. Впишите балл, статус или «неявка» вместо "
        "балла.",
        wrong=lambda block: present(block) & block.sound & _nothing_written(block),
        columns=at("score", "status"),
    ),
    _ABSENT_WITH_RESULT,
    Rule(
        "olympiad_presence_contradicts",
        "Присутствовал, но вместо балла неявка",
        "Вместо балла стоит «{found}», а в столбце «Присутствовал» — «да». Исправьте одно из двух.",
        wrong=lambda block: present(block) & _told_absent(block),
        columns=at("score"),
    ),
)

CONTEST_RULES = (
    Rule(
        "contest_absent_with_result",
        "Отсутствовал, но диплом есть",
        "Участник отмечен отсутствующим, а диплом победителя или призёра у него есть. Исправьте статус или поставьте "
        "«да» в столбце «Присутствовал».",
        wrong=lambda block: absent(block) & _with_prize(block),
        columns=at("present", "status"),
    ),
)

OBSERVER_RULES = (
    Rule(
        "observers_stage_missing",
        "Не указан этап олимпиады",
        "Процедура — ВсОШ, а этап не указан. Впишите «школьный», «муниципальный», «региональный» или «заключительный».",
        wrong=lambda block: _stage_against_procedure(block, olympiad=True),
        columns=at("stage", "procedure_kind"),
    ),
    Rule(
        "observers_stage_of_no_olympiad",
        "Этап там, где его не бывает",
        "Стоит «{found}», а процедура — {procedure_kind}: этапы есть только у ВсОШ. Уберите этап или исправьте "
        "процедуру.",
        wrong=lambda block: _stage_against_procedure(block, olympiad=False),
        columns=at("stage"),
    ),
    parts(
        "part_over_whole",
        "Часть больше целого",
        "С видеонаблюдением {found} аудиторий, а всего аудиторий {rooms}. Исправьте одно из двух чисел.",
        "rooms",
        "rooms_with_video",
    ),
    parts(
        "part_over_whole",
        "Часть больше целого",
        "Стоит «{found}», а наблюдателей всего {observers}. Исправьте одно из двух чисел.",
        "observers",
        "independent_observers",
        "own_school_observers",
    ),
    Rule(
        "observers_sum",
        "Независимых и своих наблюдателей вместе больше, чем всех",
        "Независимых {independent_observers}, из своей школы {own_school_observers}, а всего наблюдателей {observers}. "
        "Исправьте одно из чисел.",
        wrong=lambda block: (
            (block.number("independent_observers") + block.number("own_school_observers") > block.number("observers"))
            & (block.number("independent_observers") <= block.number("observers"))
            & (block.number("own_school_observers") <= block.number("observers"))
        ),
        columns=at("independent_observers"),
    ),
)

OLYMPIAD_TABLE_RULES: dict[str, tuple[Rule, ...]] = {
    "olympiad_results_by_participant": OLYMPIAD_RULES,
    "contest_results_by_participant": CONTEST_RULES,
    "observers_by_procedure": OBSERVER_RULES,
}

OLYMPIAD_TABLE_REMARKS: dict[str, tuple[Rule, ...]] = {
    "olympiad_results_by_participant": (
        Rule(
            "olympiad_maximum_unknown",
            "Максимальный балл не указан",
            "максимальный балл не указан ни в таблице, ни над ней: проверить правило о половине баллов нельзя. "
            "Допишите строку «Максимальный балл: 7 класс — 35, 8 класс — 40».",
            wrong=lambda block: given(block, "score") & ~given(block, "max_score"),
            columns=at("score"),
        ),
        Rule(
            "olympiad_no_status",
            "Статусов нет",
            "статус не указан ни у кого, все приняты участниками. Если итоги ещё не подведены, загрузите файл снова, "
            "когда статусы появятся.",
            wrong=_no_status_written,
            columns=at("status"),
        ),
        Rule(
            "olympiad_grade_below_own",
            "Класс участия младше класса обучения",
            "класс участия младше класса обучения, а выступать можно только за свой или более старший. Проверьте, не "
            "перепутаны ли столбцы.",
            wrong=lambda block: block.number("grade") < block.number("pupil_grade"),
            columns=at("grade"),
        ),
    ),
}
