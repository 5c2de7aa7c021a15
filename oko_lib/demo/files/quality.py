"""Tables of direction 1.1: skills behind tasks, graduates, adapted programmes, own assessment, exam tasks.

The headings are those of the mapping files in ``parameters/layouts``.
"""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from oko_lib.demo.files.books import Book, Rows
from oko_lib.demo.files.talent import reported
from oko_lib.demo.quality.graduates import BASIC, SECONDARY
from oko_lib.demo.simulate import Region

SKILL_HEADINGS = ("Год", "Предмет", "Класс", "Задание", "Код умения", "Умение", "Уровень", "Макс. балл")
GRADUATE_HEADINGS = {
    "education_level": "Уровень образования",
    "started": "Начали обучение",
    "finished": "Завершили обучение",
    "without_certificate": "Не получили аттестат",
    "continued_school": "Продолжили в 10 классе",
    "continued_vocational": "Поступили в ПОО",
    "continued_university": "Поступили в вуз",
    "employed": "Трудоустроены",
    "not_continuing": "Не продолжили образование",
}
ADAPTED_HEADINGS = {
    "disability": "Нозология",
    "pupils": "Обучающихся",
    "programme_approved": "АООП утверждена",
    "internal_assessment": "Внутренняя система оценки",
    "assessed": "Прошли КДР",
}
INTERNAL_HEADINGS = {
    "title": "Диагностическая работа",
    "grade": "Класс программы",
    "class_label": "Класс",
    "n_participants": "Участников",
    "n_insufficient": "Недостаточный",
    "n_reduced": "Пониженный",
    "n_basic": "Базовый",
    "n_advanced": "Повышенный",
}
EXAM_TASK_HEADINGS = (
    "Год", "Экзамен", "Предмет", "Логин ОО", "Задание", "Участников", "Процент выполнения", "Умение", "Уровень",
)  # fmt: skip
EDUCATION_LEVELS = {BASIC: "основное общее", SECONDARY: "среднее общее"}


def quality_books(region: Region, folder: str) -> Iterator[Book]:
    """Regional workbooks, one of each kind a year."""
    quality = region.quality
    for year in region.years:
        skills = quality.skills[quality.skills["year"] == year]
        yield Book(folder, f"Умения по заданиям ВПР {year}", "task_skills", [list(SKILL_HEADINGS), *_plain(skills)])
        tables = {
            "graduates": ("Выпускники", _graduates(quality.graduates[year]), GRADUATE_HEADINGS),
            "adapted_programmes": ("Адаптированные программы", quality.adapted[year], ADAPTED_HEADINGS),
            "internal_levels": ("Внутренняя аттестация", quality.internal[year], INTERNAL_HEADINGS),
        }
        for layout, (name, frame, headings) in tables.items():
            if len(frame):
                yield reported(region, folder, name, layout, year, frame, headings)
        yield from _exam_tasks(region, folder, year)


def _plain(frame: pd.DataFrame) -> Rows:
    return [list(row) for row in zip(*(frame[name].tolist() for name in frame), strict=True)]


def _graduates(frame: pd.DataFrame) -> pd.DataFrame:
    """The level in words; nothing where a way does not apply."""
    ways = ["continued_school", "continued_vocational", "continued_university"]
    shown = {name: frame[name].astype("Int64").mask(frame[name] < 0) for name in ways}
    return frame.assign(education_level=frame["education_level"].map(EDUCATION_LEVELS), **shown)


def _exam_tasks(region: Region, folder: str, year: int) -> Iterator[Book]:
    frame = region.quality.exam_tasks
    own = frame[frame["year"] == year] if len(frame) else frame
    if len(own):
        logins = region.schools["login"].to_numpy(dtype=object)[own["school"].to_numpy()]
        names = ["year", "exam", "subject", "login", "task", "n_participants", "completion_pct", "skill", "level"]
        rows = _plain(own.assign(login=logins)[names])
        yield Book(folder, f"Поэлементный анализ ГИА {year}", "exam_tasks", [list(EXAM_TASK_HEADINGS), *rows])
