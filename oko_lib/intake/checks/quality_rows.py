"""Checks of rows about graduates and adapted programmes."""

from __future__ import annotations

import numpy as np

from oko_lib.intake.checks.parts import at, parts
from oko_lib.intake.checks.rule import Rule

_PATHS = ("continued_school", "continued_vocational", "continued_university", "employed", "not_continuing")
#: Ways that only graduates of one level of education have.
_ONLY_AFTER = {"continued_school": "basic", "continued_university": "secondary"}


def _paths_over_graduates(block) -> np.ndarray:
    """Rows whose graduates are counted on more ways than there are graduates, with a certificate or without one."""
    paths = np.nansum([block.number(name) for name in _PATHS], axis=0)
    return paths > block.number("finished") + block.number("without_certificate")


def _ways_of_another_level(block) -> np.ndarray:
    there = [name for name in _ONLY_AFTER if name in block.places]
    level = block.text("education_level")
    found = [(block.number(name) > 0) & (level != _ONLY_AFTER[name]) & (level != None) for name in there]  # noqa: E711
    return np.column_stack(found) if found else np.zeros((len(level), 0), dtype=bool)


GRADUATE_RULES = (
    parts(
        "part_over_whole",
        "Часть больше целого",
        "Стоит «{found}», а начали обучение {started}. Исправьте одно из двух чисел.",
        "started",
        "finished",
        "without_certificate",
    ),
    Rule(
        "graduates_sum",
        "Завершивших и не получивших аттестат вместе больше, чем начавших",
        "Завершили {finished}, не получили аттестат {without_certificate}, а начали обучение {started}. Исправьте одно "
        "из чисел.",
        wrong=lambda block: (
            (block.number("finished") + block.number("without_certificate") > block.number("started"))
            & (block.number("finished") <= block.number("started"))
            & (block.number("without_certificate") <= block.number("started"))
        ),
        columns=at("finished"),
    ),
    Rule(
        "graduates_paths_sum",
        "Путей больше, чем выпускников",
        "В 10 классе {continued_school}, в ПОО {continued_vocational}, в вузе {continued_university}, трудоустроены "
        "{employed}, не продолжили {not_continuing} — вместе больше, чем завершили ({finished}) и не получили аттестат "
        "({without_certificate}). Каждый выпускник считается в одном столбце; исправьте числа.",
        wrong=_paths_over_graduates,
        columns=at("finished"),
    ),
    Rule(
        "graduates_path_of_another_level",
        "Путь не этих выпускников",
        "Стоит «{found}», а в 10 класс идут только после основного общего образования, в вуз — только после среднего. "
        "Уберите число или исправьте уровень образования.",
        wrong=_ways_of_another_level,
        columns=lambda block: block.columns(*_ONLY_AFTER),
    ),
)

QUALITY_TABLE_RULES: dict[str, tuple[Rule, ...]] = {
    "graduates_by_school": GRADUATE_RULES,
    "adapted_programmes_by_school": (
        parts(
            "part_over_whole",
            "Часть больше целого",
            "Прошли КДР {found}, а обучающихся с этой нозологией {pupils}. Исправьте одно из двух чисел.",
            "pupils",
            "assessed",
        ),
    ),
}
