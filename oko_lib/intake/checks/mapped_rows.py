"""Checks of rows of mapped tables: columns that must agree with each other."""

from __future__ import annotations

import numpy as np

from oko_lib.intake import wording
from oko_lib.intake.checks.olympiad_rows import OLYMPIAD_TABLE_REMARKS, OLYMPIAD_TABLE_RULES
from oko_lib.intake.checks.parts import absent, at, differs, given, parts, present, total
from oko_lib.intake.checks.quality_rows import QUALITY_TABLE_RULES
from oko_lib.intake.checks.rule import Block, Rule
from oko_lib.intake.checks.talent_rows import TALENT_TABLE_RULES

#: The subject of ЕГЭ that is marked 2–5; all others have a test score.
_MARKED = "Математика базовая"
_TWO_AT_EGE = "Математика"
_ONE_ELSEWHERE = (_MARKED, "Математика профильная")
_MARKS = ("n_mark_2", "n_mark_3", "n_mark_4", "n_mark_5")


def _ege(block) -> np.ndarray:
    return block.text("exam") == "ЕГЭ"


def _other_exam(block) -> np.ndarray:
    exam = block.text("exam")
    return (exam != "ЕГЭ") & np.array([value is not None for value in exam], dtype=bool)


def _marked(block) -> np.ndarray:
    """Rows about an exam that ends with a mark."""
    return _other_exam(block) | (_ege(block) & (block.text("subject") == _MARKED))


def _scored(block) -> np.ndarray:
    """Rows about an exam that ends with a test score."""
    subject = block.text("subject")
    named = np.array([value is not None for value in subject], dtype=bool)
    return _ege(block) & named & (subject != _MARKED) & (subject != _TWO_AT_EGE)


def _scores_of_another_exam(block) -> np.ndarray:
    """Cells with a test score at an exam without one; a zero in «более 60» says the same as an empty cell."""
    there = [name for name in ("mean_test_score", "n_above_60") if name in block.places]
    other = _other_exam(block)
    found = [other & (given(block, name) if name == "mean_test_score" else block.number(name) > 0) for name in there]
    return np.column_stack(found) if found else np.zeros((len(other), 0), dtype=bool)


_WHICH_MATHEMATICS = Rule(
    "exam_mathematics_level",
    "Не указано, базовая математика или профильная",
    "Стоит «{found}», а на ЕГЭ математик две. Впишите «Математика базовая» или «Математика профильная».",
    wrong=lambda block: _ege(block) & (block.text("subject") == _TWO_AT_EGE),
    columns=at("subject"),
)
_ONE_MATHEMATICS = Rule(
    "exam_mathematics_one",
    "Уровня математики на этом экзамене нет",
    "Стоит «{found}», а базовой и профильной математика бывает только на ЕГЭ. Впишите «Математика» или исправьте "
    "экзамен (стоит «{exam}»).",
    wrong=lambda block: _other_exam(block) & np.isin(block.text("subject").astype(str), _ONE_ELSEWHERE),
    columns=at("subject"),
)

EXAM_RESULT_RULES = (
    _WHICH_MATHEMATICS,
    _ONE_MATHEMATICS,
    Rule(
        "exam_result_missing",
        "Нет результата экзамена",
        "Нет ни отметки, ни тестового балла, и не указано, что участник отсутствовал. Впишите результат или поставьте "
        "«нет» в столбце «Присутствовал».",
        wrong=lambda block: present(block) & block.sound & ~given(block, "mark", "test_score"),
        columns=at("mark", "test_score"),
    ),
    Rule(
        "exam_absent_with_result",
        "Отсутствовал, но результат есть",
        "Участник отмечен отсутствующим, а результат у него есть (первичный балл {primary_score}, тестовый "
        "{test_score}, отметка {mark}). Уберите результат или поставьте «да» в столбце «Присутствовал».",
        wrong=lambda block: absent(block) & given(block, "primary_score", "test_score", "mark"),
        columns=at("present"),
    ),
    Rule(
        "exam_score_not_ege",
        "Тестовый балл не у ЕГЭ",
        "Стоит «{found}», а тестовый балл бывает только у ЕГЭ (стоит «{exam}»). Для ОГЭ и ГВЭ впишите отметку, "
        "тестовый балл уберите.",
        wrong=lambda block: _other_exam(block) & given(block, "test_score"),
        columns=at("test_score"),
    ),
    Rule(
        "exam_score_missing",
        "Нет тестового балла ЕГЭ",
        "Отметка {mark} есть, а тестового балла нет. Отметкой на ЕГЭ оценивают только базовую математику; впишите "
        "тестовый балл от 0 до 100.",
        wrong=lambda block: (
            _scored(block) & present(block) & block.sound & given(block, "mark") & ~given(block, "test_score")
        ),
        columns=at("test_score", "mark"),
    ),
    Rule(
        "exam_mark_missing",
        "Нет отметки за базовую математику",
        "Стоит тестовый балл «{test_score}», а отметки нет. Базовую математику оценивают отметкой от 2 до 5: впишите "
        "её; если экзамен профильный, исправьте предмет.",
        wrong=lambda block: (
            _ege(block)
            & (block.text("subject") == _MARKED)
            & present(block)
            & block.sound
            & given(block, "test_score")
            & ~given(block, "mark")
        ),
        columns=at("mark", "test_score"),
    ),
)

EXAM_COUNT_RULES = (
    _WHICH_MATHEMATICS,
    _ONE_MATHEMATICS,
    Rule(
        "counts_sum",
        "Части не складываются в целое",
        "«2» {n_mark_2}, «3» {n_mark_3}, «4» {n_mark_4}, «5» {n_mark_5} — вместе не столько, сколько участников "
        "({n_participants}). Исправьте число участников или число отметок.",
        wrong=lambda block: differs(block, _MARKS),
        columns=at("n_participants"),
    ),
    Rule(
        "counts_over",
        "Частей больше, чем целого",
        "Отметок вместе больше, чем участников ({n_participants}). Исправьте число участников или число отметок.",
        wrong=lambda block: (
            np.isnan(total(block, _MARKS))
            & (np.nansum([block.number(name) for name in _MARKS], axis=0) > block.number("n_participants"))
        ),
        columns=at("n_participants"),
    ),
    parts(
        "part_over_whole",
        "Часть больше целого",
        "Стоит «{found}», а участников всего {n_participants}. Исправьте одно из двух чисел.",
        "n_participants",
        "n_below_threshold",
        "n_above_60",
    ),
    Rule(
        "counts_below_and_above",
        "Не преодолевших порог и получивших более 60 вместе больше, чем участников",
        "Не преодолели порог {n_below_threshold}, более 60 баллов получили {n_above_60}, а участников всего "
        "{n_participants}. Исправьте одно из чисел.",
        wrong=lambda block: (
            (block.number("n_below_threshold") + block.number("n_above_60") > block.number("n_participants"))
            & (block.number("n_below_threshold") <= block.number("n_participants"))
            & (block.number("n_above_60") <= block.number("n_participants"))
        ),
        columns=at("n_below_threshold"),
    ),
    Rule(
        "exam_score_not_ege",
        "Тестовый балл не у ЕГЭ",
        "Стоит «{found}», а тестовый балл и «более 60 баллов» бывают только у ЕГЭ (стоит «{exam}»). Уберите "
        "значение или исправьте экзамен.",
        wrong=_scores_of_another_exam,
        columns=lambda block: block.columns("mean_test_score", "n_above_60"),
    ),
    Rule(
        "counts_missing",
        "Участники есть, а результатов нет",
        "Участников {n_participants}, а результаты не указаны. Впишите число отметок, не преодолевших порог, "
        "получивших более 60 баллов или средний балл.",
        wrong=lambda block: (
            (block.number("n_participants") > 0)
            & block.sound
            & ~given(block, *_MARKS, "n_below_threshold", "n_above_60", "mean_test_score")
        ),
        columns=at("n_participants"),
    ),
)

DIAGNOSTIC_RESULT_RULES = (
    Rule(
        "level_missing",
        "Нет уровня",
        "Уровень не указан, и не указано, что участник отсутствовал. Впишите уровень или поставьте «нет» в столбце "
        "«Присутствовал».",
        wrong=lambda block: (
            present(block) & block.sound & np.array([value is None for value in block.text("level")], dtype=bool)
        ),
        columns=at("level"),
    ),
    Rule(
        "level_of_absent",
        "Отсутствовал, но результат есть",
        "Участник отмечен отсутствующим, а уровень или процент выполнения у него есть. Уберите их или поставьте «да» "
        "в столбце «Присутствовал».",
        wrong=lambda block: (
            absent(block)
            & (given(block, "score_pct") | np.array([value is not None for value in block.text("level")], dtype=bool))
        ),
        columns=at("present", "level"),
    ),
)

_LEVELS = ("n_insufficient", "n_reduced", "n_basic", "n_advanced")
DIAGNOSTIC_COUNT_RULES = (
    Rule(
        "counts_sum",
        "Части не складываются в целое",
        "Недостаточный {n_insufficient}, пониженный {n_reduced}, базовый {n_basic}, повышенный {n_advanced} — вместе "
        "не столько, сколько участников ({n_participants}). Исправьте число участников или число по уровню.",
        wrong=lambda block: differs(block, _LEVELS),
        columns=at("n_participants"),
    ),
)

ATTENDANCE_RULES = (
    parts(
        "part_over_whole",
        "Часть больше целого",
        "Пропущено {found}, а по плану {lessons_planned}. Исправьте одно из двух чисел: оба — ученико-уроки за год.",
        "lessons_planned",
        "lessons_missed",
    ),
    parts(
        "part_over_whole",
        "Часть больше целого",
        "Без уважительной причины {found}, а всего пропущено {lessons_missed}. Исправьте одно из двух чисел.",
        "lessons_missed",
        "lessons_missed_without_reason",
    ),
)

SOCIAL_PASSPORT_RULES = (
    parts(
        "part_over_whole",
        "Часть больше целого",
        "Стоит «{found}», а обучающихся всего {pupils}. Исправьте одно из двух чисел.",
        "pupils",
        "pupils_low_income",
        "pupils_single_parent",
        "pupils_large_families",
        "pupils_on_record",
        "pupils_at_risk",
        "pupils_other_language",
        "pupils_with_disabilities",
        "pupils_orphans",
        "pupils_parents_higher_education",
        "pupils_failing",
    ),
)

_DEFICITS = parts(
    "part_over_whole",
    "Часть больше целого",
    "Дефициты выявлены у {found}, а диагностику прошли {teachers_diagnosed}. Исправьте одно из двух чисел.",
    "teachers_diagnosed",
    "teachers_with_deficits",
)
SCHOOL_SUPPORT_RULES = (
    parts(
        "part_over_whole",
        "Часть больше целого",
        "Стоит «{found}», а педагогов всего {teachers}. Каждый считается один раз; исправьте одно из двух чисел.",
        "teachers",
        "teachers_diagnosed",
        "teachers_with_deficits",
        "teachers_supported",
        "teachers_in_regional_associations",
        "teachers_in_municipal_associations",
        "teachers_trained",
    ),
    _DEFICITS,
    parts(
        "part_over_whole",
        "Часть больше целого",
        "Стоит «{found}», а в управленческой команде всего {heads}. Исправьте одно из двух чисел.",
        "heads",
        "heads_supported",
    ),
)


def _borders_out_of_order(block) -> np.ndarray:
    three, four, five, highest = map(block.number, ("mark3_min", "mark4_min", "mark5_min", "max_score"))
    known = ~np.isnan(three + four + five + highest)
    return known & ~((three < four) & (four < five) & (five <= highest))


SCALE_RULES = (
    Rule(
        "scale_order",
        "Границы отметок идут не по порядку",
        "Границы идут не по порядку: «3» с {mark3_min}, «4» с {mark4_min}, «5» с {mark5_min}, максимум {max_score}. "
        "Каждая следующая должна быть больше, «5» — не больше максимума. Исправьте границы.",
        wrong=_borders_out_of_order,
        columns=at("mark3_min"),
    ),
)

#: Table → checks of its rows.
TABLE_RULES: dict[str, tuple[Rule, ...]] = {
    "score_scales": SCALE_RULES,
    "exam_results_by_participant": EXAM_RESULT_RULES,
    "exam_counts_by_school": EXAM_COUNT_RULES,
    "diagnostic_results_by_participant": DIAGNOSTIC_RESULT_RULES,
    "diagnostic_counts_by_school": DIAGNOSTIC_COUNT_RULES,
    "attendance_by_school": ATTENDANCE_RULES,
    "social_passport_by_year": SOCIAL_PASSPORT_RULES,
    "school_support_by_year": SCHOOL_SUPPORT_RULES,
    "teacher_deficits_by_subject": (_DEFICITS,),
    **OLYMPIAD_TABLE_RULES,
    **TALENT_TABLE_RULES,
    **QUALITY_TABLE_RULES,
    "exam_tasks_by_school": (_WHICH_MATHEMATICS, _ONE_MATHEMATICS),
    "internal_levels_by_class": DIAGNOSTIC_COUNT_RULES,
}

#: Table → what deserves a look though the row is taken: the message is about all such rows together.
TABLE_REMARKS: dict[str, tuple[Rule, ...]] = {
    "exam_results_by_participant": (
        Rule(
            "exam_mark_not_used",
            "Отметка там, где её не ставят",
            "на ЕГЭ отметкой оценивают только базовую математику; в этих строках отметка хранится, но не используется.",
            wrong=lambda block: _scored(block) & given(block, "mark") & given(block, "test_score"),
            columns=at("mark"),
        ),
    ),
    "exam_counts_by_school": (
        Rule(
            "exam_mark_not_used",
            "Отметка там, где её не ставят",
            "на ЕГЭ отметкой оценивают только базовую математику; число отметок в этих строках не используется.",
            wrong=lambda block: _scored(block) & given(block, *_MARKS),
            columns=at(*_MARKS),
        ),
        Rule(
            "exam_below_not_twos",
            "Не преодолевших порог не столько, сколько «2»",
            "число не преодолевших порог не равно числу получивших «2». Так бывает, если одно из них после пересдачи.",
            wrong=lambda block: (
                _marked(block)
                & given(block, "n_below_threshold")
                & given(block, "n_mark_2")
                & (block.number("n_below_threshold") != block.number("n_mark_2"))
            ),
            columns=at("n_below_threshold"),
        ),
    ),
    **OLYMPIAD_TABLE_REMARKS,
}


def remarks(rules: tuple[Rule, ...], block: Block, sheet_rows: np.ndarray) -> list[str]:
    """Return what the rules find worth a look, one line per rule: how many rows and which is the first."""
    lines = []
    for rule in rules:
        found = np.flatnonzero(rule.wrong(block))
        if len(found):
            first = int(sheet_rows[found[0]]) + 1
            lines.append(f"{wording.in_rows(len(found))} (первая — {first}): {rule.message_ru}")
    return lines
