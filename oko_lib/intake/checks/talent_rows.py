"""Checks of rows about enrolment and the work of schools with gifted children."""

from __future__ import annotations

from oko_lib.intake.checks.parts import parts
from oko_lib.intake.checks.rule import Rule


def _part(message: str, whole: str, *names: str) -> Rule:
    return parts("part_over_whole", "Часть больше целого", f"{message} Исправьте одно из двух чисел.", whole, *names)


ENROLMENT_RULES = (
    _part(
        "Стоит «{found}», а обучающихся в параллели всего {pupils}.",
        "pupils",
        "pupils_advanced",
        "pupils_with_disabilities",
    ),
    _part("Профильных и углублённых классов {found}, а всего классов {classes}.", "classes", "classes_advanced"),
)

TALENT_SUPPORT_RULES = (
    _part(
        "Стоит «{found}», а дополнительным образованием охвачены всего {pupils_additional_education}.",
        "pupils_additional_education",
        "pupils_additional_education_talent",
    ),
    _part(
        "Стоит «{found}», а программ дополнительного образования всего {programmes_additional}.",
        "programmes_additional",
        "programmes_additional_talent",
    ),
    _part("Стоит «{found}», а педагогов всего {teachers}.", "teachers", "teachers_trained_gifted"),
    _part(
        "Стоит «{found}», а педагогов-психологов всего {psychologists}.",
        "psychologists",
        "psychologists_trained_gifted",
        "psychologists_identifying",
    ),
    _part("Победителей конкурса {found}, а наставников всего {mentors}.", "mentors", "mentors_awarded"),
    _part(
        "Стоит «{found}», а программ ВО и ПОО всего {programmes_university_all}.",
        "programmes_university_all",
        "programmes_university",
    ),
)

TALENT_TABLE_RULES: dict[str, tuple[Rule, ...]] = {
    "enrolment_by_grade": ENROLMENT_RULES,
    "talent_support_by_school": TALENT_SUPPORT_RULES,
}
