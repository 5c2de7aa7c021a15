"""What the individual results and the protocol forms have in common."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

import numpy as np

from oko_lib.intake import wording
from oko_lib.intake.drafts import Draft
from oko_lib.intake.errors import FileRefused
from oko_lib.intake.header import Field, Header
from oko_lib.intake.heading import Circumstances, Heading, Work, from_lines
from oko_lib.intake.layouts.base import Layout, Reference
from oko_lib.intake.leftovers import (
    column_warnings,
    group_heading,
    is_footnote,
    is_title_line,
    refuse_another_work,
    repeats_header,
)
from oko_lib.intake.participants import Assessment, ParticipantBlock, draft_of
from oko_lib.intake.readers import Sheet
from oko_lib.intake.subject_words import SubjectFinder
from oko_lib.intake.text import is_blank, is_blank_row
from oko_lib.intake.values import Kind, is_login, parse_participant, parse_unit

JOURNAL = Field("journal", ("Отметка по журналу*", "Отметка за предыдущ*", "Отметка в журнале*", "otc"))
GENDER = Field("gender", ("Пол", "gender"))
TEACHER = Field("teacher", ("Код учителя*",))


def required_facts(work: Work, sheet: Sheet, heading: Heading) -> Assessment:
    """Return the work of a sheet, or say what is not known about it and how to tell.

    Raises
    ------
    FileRefused
        If year, subject or grade is unknown.
    """
    place = f"Лист «{sheet.name}»: " if sheet.name else ""
    if work.subject is None and heading.unknown_subject:
        raise FileRefused(
            f"{place}предмета «{heading.unknown_subject}» нет в справочнике. Добавьте это написание в synonyms нужного "
            "предмета в parameters/subjects.yaml или укажите предмет при загрузке: --subject «Русский язык»."
        )
    lacks = [
        (word, option)
        for value, word, option in (
            (work.year, "год", "--year 2026"),
            (work.subject, "предмет", "--subject «Русский язык»"),
            (work.grade, "класс", "--grade 4"),
        )
        if value is None
    ]
    if lacks:
        names = ", ".join(word for word, _ in lacks)
        options = " ".join(option for _, option in lacks)
        raise FileRefused(
            f"{place}не указано: {names}. Искали в строках над таблицей («ВПР 2026 Русский язык 4 класс»), в имени "
            f"листа, файла и папки. Назовите файл, например, «Русский язык 4 класс ВПР 2026.xlsx» "
            f"или укажите при загрузке: {options}."
        )
    if not 2015 <= work.year <= 2100 or not 1 <= work.grade <= 11:
        raise FileRefused(
            f"{place}не похоже на работу ВПР: год {work.year}, класс {work.grade}. Бывают годы с 2015 и классы "
            "с 1 по 11. Исправьте заголовок или укажите при загрузке: --year 2026 --grade 4."
        )
    return Assessment(work.year, work.grade, work.subject, work.max_score, work.login)


class ParticipantLayout(Layout):
    """A sheet with one participant a row.

    Attributes
    ----------
    template_rows : bool
        The form comes with empty rows (codes may be filled in advance) that are nobody's.
    total_is_formula : bool
        The total is a formula of the form.
    trailing_tasks_optional : bool
        The export has more columns of tasks than the work has tasks.
    grade_from_code : bool
        Autumn 2020: the code begins with the grade the pupil is in, the work is for the grade before.
    """

    tables = frozenset({"vpr_results_by_participant", "vpr_tasks"})

    template_rows: ClassVar[bool] = False
    total_is_formula: ClassVar[bool] = False
    trailing_tasks_optional: ClassVar[bool] = False
    grade_from_code: ClassVar[bool] = False

    def draft(self, sheet: Sheet, header: Header, circumstances: Circumstances, reference: Reference) -> Draft:
        heading = from_lines(sheet.rows[: header.row], circumstances.finder)
        work = circumstances.work_of(sheet, heading)
        body = [
            (number, row)
            for number, row in enumerate(sheet.rows[header.row + 1 :], start=header.row + 1)
            if not is_blank_row(row)
        ]
        if self.trailing_tasks_optional:
            header = _without_empty_tail(header, [row for _, row in body])
        if self.grade_from_code and work.grade is None:
            work = work.or_else(Work(grade=_grade_by_codes(header, [row for _, row in body])))
        assessment = required_facts(work, sheet, heading)
        if assessment.max_score is None:
            known = reference.maxima.get((assessment.year, assessment.grade, assessment.subject))
            stated = [task.max_score for task in header.tasks]
            if known and (not stated or None in stated):
                assessment = Assessment(assessment.year, assessment.grade, assessment.subject, known, assessment.login)
        self._login_or_refuse(header, assessment, sheet)
        return self._take_apart(sheet, header, heading, assessment, body, circumstances.finder)

    def _login_or_refuse(self, header: Header, work: Assessment, sheet: Sheet) -> None:
        if any(header.column(name) is not None for name in ("login", "user", "school_name")):
            return
        if work.login is None or not is_login(work.login):
            place = f"Лист «{sheet.name}»: " if sheet.name else ""
            raise FileRefused(
                f"{place}в форме нет столбца с логином ОО, и логин не найден ни в имени листа, ни в имени "
                "файла или папки. Назовите файл или папку с логином, например «edu990389 Русский язык 4 класс.xlsx», "
                "или укажите его при загрузке: --login edu990389."
            )

    def _take_apart(
        self,
        sheet: Sheet,
        header: Header,
        heading: Heading,
        work: Assessment,
        body: list[tuple[int, list[object]]],
        finder: SubjectFinder,
    ) -> Draft:
        own_login = not any(header.column(name) is not None for name in ("login", "user", "school_name"))
        everything = ParticipantBlock(
            [row for _, row in body], header, work.max_score, self.total_is_formula, work.login if own_login else None
        )
        empty = everything.nothing_inside
        is_data = np.ones(len(body), dtype=bool)
        unrecognised = np.zeros(len(body), dtype=bool)
        headings: list[tuple[int, int, str]] = []
        kinds = everything.code_kinds
        if self.template_rows:
            is_data &= ~(empty & (kinds != Kind.BAD))
        known = [column for places in header.columns.values() for column in places]
        known += [task.column for task in header.tasks]
        for place in np.flatnonzero(is_data & ((kinds != Kind.NUMBER) | empty)):
            number, row = body[place]
            if (stated := group_heading(row)) is not None:
                headings.append((place, stated, parse_unit(next(c for c in row if not is_blank(c)))[0] or ""))
                is_data[place] = False
            elif repeats_header(row, header):
                is_data[place] = False
            elif kinds[place] != Kind.NUMBER and is_title_line(row):
                place_ru = f"Лист «{sheet.name}», строка {number + 1}"
                refuse_another_work(row, (work.year, work.grade, work.subject), finder, place_ru)
                is_data[place] = False
            elif kinds[place] != Kind.NUMBER and (
                is_footnote(row) or all(is_blank(row[column]) or row[column] == 0 for column in known)
            ):
                is_data[place] = False
            elif kinds[place] != Kind.NUMBER and empty[place]:
                unrecognised[place] = True
        block = everything if is_data.all() else everything.take(is_data)
        block.unrecognised = unrecognised[is_data]
        sheet_rows = np.array([number for number, _ in body], dtype=np.int64)[is_data]
        draft = draft_of(
            block, sheet.name, sheet_rows, int((~is_data).sum()), work, heading.levels, _pupil_grades(self, block, work)
        )
        draft.warnings += column_warnings(header, sheet.name)
        draft.warnings += _group_warnings(headings, is_data, sheet.name)
        draft.warnings += _maximum_warning(header, work, sheet.name)
        return draft


def _without_empty_tail(header: Header, rows: list[list[object]]) -> Header:
    """Return the header without the last task columns that are empty in every row."""
    tasks = list(header.tasks)
    while tasks and all(is_blank(row[tasks[-1].column]) for row in rows):
        tasks.pop()
    return replace(header, tasks=tuple(tasks))


def _code_digits(header: Header, rows: list[list[object]]) -> list[int | None]:
    column = header.column("code")
    codes = (parse_participant(row[column])[0] for row in rows)
    return [int(code[0]) if code and len(code) == 5 and code[0] in "23456789" else None for code in codes]


def _grade_by_codes(header: Header, rows: list[list[object]]) -> int | None:
    """Return the programme grade told by the codes of autumn 2020 (60001 wrote the work for grade 5)."""
    digits = {digit for digit in _code_digits(header, rows) if digit is not None}
    return min(digits) - 1 if len(digits) == 1 else None


def _pupil_grades(layout: ParticipantLayout, block: ParticipantBlock, work: Assessment) -> np.ndarray | None:
    if not layout.grade_from_code:
        return None
    digits = [int(code[0]) if code and len(code) == 5 else None for code in block.codes]
    return np.array([np.nan if digit in (None, 0, work.grade) else digit for digit in digits], dtype=np.float64)


def _group_warnings(headings: list[tuple[int, int, str]], is_data: np.ndarray, sheet: str) -> list[str]:
    """Compare the counts stated in group headings with the rows that follow them."""
    warnings = []
    for order, (place, stated, code) in enumerate(headings):
        end = headings[order + 1][0] if order + 1 < len(headings) else len(is_data)
        there = int(is_data[place:end].sum())
        if there != stated:
            whose = f" ({code})" if code else ""
            warnings.append(
                f"лист «{sheet}»: в заголовке группы{whose} указано: {wording.participants(stated)}, "
                f"а строк под ним — {there}. Проверьте, не обрезан ли файл."
            )
    return warnings


def _maximum_warning(header: Header, work: Assessment, sheet: str) -> list[str]:
    stated = [task.max_score for task in header.tasks]
    if work.max_score is None or not stated or None in stated or sum(stated) == work.max_score:
        return []
    return [
        f"лист «{sheet}»: максимальный первичный балл — {work.max_score}, а сумма максимальных баллов за задания — "
        f"{sum(stated)}. Баллы проверялись по первому числу."
    ]
