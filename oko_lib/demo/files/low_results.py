"""Workbooks of direction 1.2: exams, diagnostic works, and what schools report about themselves.

The headings are those of the mapping files in ``parameters/layouts``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from oko_lib.demo.files.books import Book, Rows, cells_of, municipality_schools
from oko_lib.demo.files.delivery import Delivery
from oko_lib.demo.files.registers import schools_with_old_login
from oko_lib.demo.files.workbook import Value
from oko_lib.demo.low_results.conditions import Conditions
from oko_lib.demo.low_results.diagnostics import FLAGS, DiagnosticResults
from oko_lib.demo.low_results.exams import ExamResults
from oko_lib.demo.simulate import Region

EXAM_HEADINGS = (
    "Год", "Экзамен", "Предмет", "Логин ОО", "Код участника", "Класс", "Присутствовал", "Первичный балл",
    "Тестовый балл", "Отметка",
)  # fmt: skip
EXAM_COUNT_HEADINGS = (
    "Год", "Экзамен", "Предмет", "Логин ОО", "Участников", "Получили «2»", "Получили «3»", "Получили «4»",
    "Получили «5»", "Не преодолели порог", "Более 60 баллов", "Средний тестовый балл",
)  # fmt: skip
DIAGNOSTIC_HEADINGS = (
    "Год", "Диагностическая работа", "Класс программы", "Логин ОО", "Код участника", "Ключ ученика", "Класс",
    "Присутствовал", "Процент выполнения", "Уровень", "ОВЗ (нозология)", "Группа риска", "Неродной русский",
    "Малообеспеченная семья",
)  # fmt: skip
DIAGNOSTIC_COUNT_HEADINGS = (
    "Год", "Диагностическая работа", "Класс программы", "Логин ОО", "Группа", "Участников",
)  # fmt: skip
#: Column of the passport → heading; order of the columns in the file.
PASSPORT_HEADINGS = {
    "pupils": "Обучающихся",
    "pupils_low_income": "Из малообеспеченных семей",
    "pupils_single_parent": "Из неполных семей",
    "pupils_large_families": "Из многодетных семей",
    "pupils_on_record": "На учёте",
    "pupils_at_risk": "Группа риска",
    "pupils_other_language": "Неродной русский",
    "pupils_with_disabilities": "С ОВЗ",
    "pupils_orphans": "Сироты и под опекой",
    "pupils_parents_higher_education": "Родители с высшим образованием",
    "pupils_failing": "Неуспевающих",
    "teacher_vacancies": "Вакансий учителей",
    "specialists_required": "Узких специалистов по нормативу",
    "specialists_actual": "Узких специалистов по факту",
    "equipment_pct": "Оснащённость, %",
}
ATTENDANCE_HEADINGS = {
    "lessons_planned": "Уроков по плану",
    "lessons_missed": "Пропущено уроков",
    "lessons_missed_without_reason": "Пропущено без уважительной причины",
}
SUPPORT_HEADINGS = {
    "teachers": "Педагогов",
    "teachers_diagnosed": "Прошли диагностику",
    "teachers_with_deficits": "Выявлены дефициты",
    "teachers_supported": "Охвачены поддержкой",
    "teachers_in_regional_associations": "В региональных объединениях",
    "teachers_in_municipal_associations": "В муниципальных объединениях",
    "teachers_trained": "Повысили квалификацию",
    "heads": "Управленческая команда, чел.",
    "heads_supported": "Управленцы охвачены поддержкой",
    "programme_approved": "ШППКО утверждена",
    "mentor_school": "Школа-наставник",
}
DEFICIT_HEADINGS = {
    "subject": "Предмет",
    "teachers_diagnosed": "Прошли диагностику",
    "teachers_with_deficits": "Выявлены дефициты",
}
#: The two dictionaries of levels in use; municipalities differ in which they write.
LEVEL_WORDS = (
    ("Недостаточный", "Пониженный", "Базовый", "Повышенный"),
    ("Недостаточный", "Ниже базового", "Базовый", "Выше базового"),
)
SHORT_DOMAINS = {"reading_literacy": "ЧГ", "science_literacy": "ЕНГ", "mathematical_literacy": "МГ"}
ALL_PUPILS = "все"


@dataclass(frozen=True)
class _Part:
    """Rows of one procedure in the whole region, with the school of each; schools ascend."""

    school: np.ndarray
    rows: Rows

    def of(self, schools: range) -> Rows:
        """Rows of some neighbouring schools."""
        first, last = np.searchsorted(self.school, [schools.start, schools.stop])
        return self.rows[first:last]


def results_books(region: Region, delivery: Delivery) -> Iterator[Book]:
    """Exams and diagnostic works, file by file: by participants, or only counts from a few municipalities."""
    logins = region.schools["login"].to_numpy(dtype=object)
    names = dict(region.municipalities[["municipality_code", "municipality_name"]].itertuples(index=False))
    # Municipalities differ in the dictionary they write levels by.
    style = {code: number % 2 for number, code in enumerate(names)}
    second = region.schools["municipality_code"].map(style).to_numpy()
    for year in region.years:
        exams = [exam for exam in region.low_results.exams if exam.year == year]
        works = [work for work in region.low_results.diagnostics if work.year == year]
        exam_rows = [_exam_rows(logins, exam) for exam in exams]
        exam_counts = [_exam_counts(logins, exam) for exam in exams]
        level_rows = [_level_rows(logins, work, second) for work in works]
        level_counts = [_level_counts(logins, work, second) for work in works]
        for code, schools in municipality_schools(region).items():
            folder = f"{year}/{names[code]}"
            if code in delivery.only_counts:
                yield from _book(folder, f"Итоги ГИА {year}", "exam_counts", EXAM_COUNT_HEADINGS, exam_counts, schools)
                headings = (*DIAGNOSTIC_COUNT_HEADINGS, *LEVEL_WORDS[style[code]])
                yield from _book(folder, f"Итоги КДР {year}", "diagnostic_counts", headings, level_counts, schools)
                continue
            for kind in dict.fromkeys(exam.settings.exam for exam in exams):
                own = [rows for exam, rows in zip(exams, exam_rows, strict=True) if exam.settings.exam == kind]
                yield from _book(folder, f"{kind} {year}", "exam_results", EXAM_HEADINGS, own, schools)
            yield from _book(folder, f"КДР {year}", "diagnostic_results", DIAGNOSTIC_HEADINGS, level_rows, schools)


def earlier_books(region: Region, delivery: Delivery) -> Iterator[Book]:
    """Exams of the years before the first: one workbook of counts for the region, with the logins of that time."""
    schools = schools_with_old_login(region, delivery.form_2021)
    logins = region.schools["login"].to_numpy(dtype=object)
    logins[schools.index] = schools["old_login"]
    earlier = [exam for exam in region.low_results.exams if exam.year < region.years[0]]
    everywhere = range(len(logins))
    for year in dict.fromkeys(exam.year for exam in earlier):
        parts = [_exam_counts(logins, exam) for exam in earlier if exam.year == year]
        folder, name = f"{year}/{region.settings.model.region.name}", f"Итоги ГИА {year} по школам"
        yield from _book(folder, name, "exam_counts", EXAM_COUNT_HEADINGS, parts, everywhere)


def _book(
    folder: str, name: str, layout: str, headings: Sequence[str], parts: list[_Part], schools: range
) -> Iterator[Book]:
    """A workbook of some schools; none where they have nothing to show."""
    rows = [row for part in parts for row in part.of(schools)]
    if rows:
        yield Book(folder, name, layout, [list(headings), *rows])


def condition_books(region: Region, folder: str) -> Iterator[Book]:
    """What schools report about themselves: regional workbooks, one of each kind a year."""
    for conditions in region.low_results.conditions:
        kinds = {
            "social_passport": ("Социальный паспорт школ", conditions.passport, PASSPORT_HEADINGS),
            "attendance": ("Посещаемость", conditions.attendance, ATTENDANCE_HEADINGS),
            "school_support": ("Поддержка педагогов и управленцев", conditions.support, SUPPORT_HEADINGS),
            "teacher_deficits": ("Дефициты педагогов", conditions.deficits, DEFICIT_HEADINGS),
        }
        for layout, (name, frame, headings) in kinds.items():
            yield Book(folder, f"{name} {conditions.year}", layout, _reported(region, conditions, frame, headings))


def _reported(region: Region, conditions: Conditions, frame: pd.DataFrame, headings: dict[str, str]) -> Rows:
    logins = region.schools["login"].to_numpy()[frame["school"]].tolist()
    columns = [cells_of(frame[name]) for name in headings]
    rows: Rows = [["Год", "Логин ОО", *headings.values()]]
    rows += [[conditions.year, login, *cells] for login, *cells in zip(logins, *columns, strict=True)]
    return rows


def _exam_rows(logins: np.ndarray, exam: ExamResults) -> _Part:
    frame = exam.frame
    school = frame["school"].to_numpy()
    # Only the absent are marked, as most do.
    present = np.where(frame["present"], None, "нет")
    fields = zip(
        logins[school].tolist(),
        frame["participant_code"].tolist(),
        frame["class_label"].tolist(),
        present.tolist(),
        *(cells_of(frame[name]) for name in ("primary_score", "test_score", "mark")),
        strict=True,
    )
    start = (exam.year, exam.settings.exam, exam.settings.subject)
    return _Part(school, [[*start, *cells] for cells in fields])


def _exam_counts(logins: np.ndarray, exam: ExamResults) -> _Part:
    frame = exam.frame[exam.frame["present"]]
    school = frame["school"].to_numpy()

    def per_school(weights: np.ndarray | None = None) -> np.ndarray:
        return np.bincount(school, weights, len(logins))

    number = per_school()
    took_part = np.flatnonzero(number)
    below = per_school(frame["below"].to_numpy())
    columns: list[list[Value]] = [number[took_part].tolist()]
    nothing: list[Value] = [None] * len(took_part)
    if exam.settings.marks is not None:
        mark = frame["mark"].to_numpy(dtype=int)
        columns += [per_school(mark == value)[took_part].astype(int).tolist() for value in (2, 3, 4, 5)]
        columns += [below[took_part].astype(int).tolist(), nothing, nothing]
    else:
        above = per_school(frame["success"].to_numpy())
        mean = per_school(frame["test_score"].to_numpy(dtype=int))[took_part] / number[took_part]
        columns += [nothing] * 4
        columns += [values[took_part].astype(int).tolist() for values in (below, above)]
        columns.append(np.round(mean, 2).tolist())
    start = (exam.year, exam.settings.exam, exam.settings.subject)
    fields = zip(logins[took_part].tolist(), *columns, strict=True)
    return _Part(took_part, [[*start, *cells] for cells in fields])


def _domains(work: DiagnosticResults) -> np.ndarray:
    """How the two kinds of municipalities write the work: «Читательская грамотность», «КДР4 ЧГ»."""
    settings = work.settings
    return np.array([settings.title, f"КДР{settings.grade} {SHORT_DOMAINS[settings.domain]}"], dtype=object)


def _level_rows(logins: np.ndarray, work: DiagnosticResults, second: np.ndarray) -> _Part:
    frame = work.frame
    school = frame["school"].to_numpy()
    style = second[school]
    words = np.array([(*words, None) for words in LEVEL_WORDS], dtype=object)
    absent_words = len(LEVEL_WORDS[0])
    # Some mark only the absent. An empty flag would mean that the school does not tell.
    present = np.array([["нет", "да"], ["нет", None]], dtype=object)
    fields = zip(
        _domains(work)[style].tolist(),
        [work.settings.grade] * len(frame),
        logins[school].tolist(),
        frame["participant_code"].tolist(),
        frame["pupil_key"].tolist(),
        frame["class_label"].tolist(),
        present[style, frame["present"].to_numpy(dtype=int)].tolist(),
        cells_of(frame["score_pct"]),
        words[style, frame["level"].to_numpy(dtype=int, na_value=absent_words)].tolist(),
        [nosology or None for nosology in frame["disability"].tolist()],
        *(cells_of(frame[flag]) for flag in FLAGS),
        strict=True,
    )
    return _Part(school, [[work.year, *cells] for cells in fields])


def _level_counts(logins: np.ndarray, work: DiagnosticResults, second: np.ndarray) -> _Part:
    """Levels of all pupils of a school, then of those of each nosology."""
    frame = work.frame[work.frame["present"]]
    school = frame["school"].to_numpy()
    level = frame["level"].to_numpy(dtype=int)
    disability = frame["disability"].to_numpy(dtype=object)
    groups = [ALL_PUPILS, *sorted(set(disability) - {""})]
    counts = np.zeros((len(logins), len(groups), len(LEVEL_WORDS[0])), dtype=int)
    np.add.at(counts, (school, 0, level), 1)
    for number, group in enumerate(groups[1:], start=1):
        mine = disability == group
        np.add.at(counts, (school[mine], number, level[mine]), 1)
    places, numbers = np.nonzero(counts.sum(axis=2))
    domain = _domains(work)[second]
    rows: Rows = [
        [work.year, domain[place], work.settings.grade, logins[place], groups[number], sum(found), *found]
        for place, number, found in zip(
            places.tolist(), numbers.tolist(), counts[places, numbers].tolist(), strict=True
        )
    ]
    return _Part(places, rows)
