"""Quality of training on the screen."""

from __future__ import annotations

from oko_lib.explore.topic import Explored, Topic
from oko_lib.explore.topics import training_quality_compare, training_quality_marks, training_quality_skills
from oko_lib.explore.topics.training_quality_parts import NAME
from oko_lib.indicators.training_quality.municipality import municipality_quality
from oko_lib.indicators.training_quality.region import TABLES
from oko_lib.report.training_quality.context import ReportContext
from oko_lib.settings.training_quality_norms import load_training_quality_norms

EXPLORED = Explored(
    name=NAME,
    title_ru="Качество подготовки",
    tables=TABLES,
    norms=load_training_quality_norms,
    open=lambda session: ReportContext(municipality_quality(session)),
    topics=(
        Topic(
            "marks",
            "Отметки по предметам",
            "Каких отметок за ВПР больше и меньше, чем в регионе?",
            training_quality_marks.draw_marks,
            training_quality_marks.marks_offers,
        ),
        Topic(
            "schools",
            "Школы и разброс: «2» или «4» и «5»",
            "Какие школы отличаются от региона на тех же работах больше, чем объясняет их размер?",
            training_quality_marks.draw_schools,
            training_quality_marks.schools_offers,
        ),
        Topic(
            "skills",
            "Умения и задания",
            "Какие задания даются хуже и лучше, чем можно ожидать?",
            training_quality_skills.draw_skills,
            training_quality_skills.skills_offers,
        ),
        Topic(
            "levels",
            "Уровни диагностических работ",
            "Сколько учеников не достигли базового уровня?",
            training_quality_skills.draw_levels,
            training_quality_skills.levels_offers,
        ),
        Topic(
            "compare_schools",
            "Две школы рядом",
            "Чем отметки одной школы отличаются от другой на тех же работах?",
            training_quality_compare.draw_schools,
            training_quality_compare.schools_offers,
        ),
        Topic(
            "compare_years",
            "Два года рядом",
            "Что изменилось за это время на работах с одной шкалой?",
            training_quality_compare.draw_years,
            training_quality_compare.years_offers,
        ),
    ),
)
