"""What all reports of the section «Аналитика» share: title lines, sheet name, headings on row 8."""

from __future__ import annotations

from collections.abc import Sequence

from oko_lib.demo.files.workbook import Value
from oko_lib.demo.simulate import Cell
from oko_lib.settings.subjects import Subjects

#: Day and month the report is dated by.
REPORT_DAY = "20.04"


def sheet_name(cell: Cell, title: str, subjects: Subjects) -> str:
    """«РУ 4 Индивидуальные результаты»; the writer cuts it to 31 characters as ФИС ОКО does."""
    return f"{subjects.code(cell.subject)} {cell.grade} {title}"


def report(
    cell: Cell, title: str, headings: Sequence[Value], rows: Sequence[Sequence[Value]], above: Sequence[Value] = ()
) -> list:
    """Rows of a report sheet.

    Parameters
    ----------
    headings : sequence
        Row 8.
    rows : sequence
        From row 9 on.
    above : sequence
        Row 7, empty in most reports.
    """
    return [
        [title],
        [],
        [f"ВПР {cell.year} {cell.subject} {cell.grade} класс"],
        ["Предмет:", cell.subject],
        ["Максимальный первичный балл:", cell.work.max_score],
        ["Дата:", f"{REPORT_DAY}.{cell.year}"],
        list(above),
        list(headings),
        *rows,
    ]


def unit(name: str, code: str) -> str:
    """Name with the code glued to it, as the reports print it."""
    return f"{name}({code})"
