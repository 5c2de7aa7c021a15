"""Workbooks in the real layouts, built cell by cell, independent of the demo region."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import openpyxl
import pandas as pd
import xlsxwriter

from oko_lib.intake.outcome import Outcome

Row = Sequence[object]

TASKS = ("1 (2б)", "2 (3б)", "3К1 (1б)", "3К2 (2б)")
MAXIMA = (2, 3, 1, 2)
LEVELS = ("Б", "Б", "Б", "П")
JOURNAL = "Отметка за предыдущий триместр/ четверть/полугодие"
SCHOOL = "МБОУ «СОШ № 1»(edu990389)"


def write(path: Path, sheets: dict[str, list[Row]]) -> Path:
    """Write a workbook; None is an empty cell, a text beginning with «=» a formula without a cached value."""
    path.parent.mkdir(parents=True, exist_ok=True)
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name[:31])
        for number, row in enumerate(rows, start=1):
            for column, cell in enumerate(row, start=1):
                if cell is not None:
                    sheet.cell(number, column, cell)
    book.save(path)
    return path


def write_fast(path: Path, sheets: dict[str, list[Row]]) -> Path:
    """Write a workbook by another library: formulas get the cached value 0."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with xlsxwriter.Workbook(str(path)) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name[:31])
            for number, row in enumerate(rows):
                for column, cell in enumerate(row):
                    if isinstance(cell, str) and cell.startswith("="):
                        sheet.write_formula(number, column, cell)
                    elif isinstance(cell, str):
                        sheet.write_string(number, column, cell)
                    elif cell is not None:
                        sheet.write(number, column, cell)
    return path


def frame(report: str, year: int, subject: str, grade: int, maximum: int, above: Row = ()) -> list[Row]:
    """Rows 1–7 of a report of the section «Аналитика»."""
    return [
        [report],
        [],
        [f"ВПР {year} {subject} {grade} класс"],
        ["Предмет:", subject],
        ["Максимальный первичный балл:", maximum],
        ["Дата:", f"20.04.{year}"],
        list(above),
    ]


def participant(
    code: object, scores: Sequence[object], *, login: object = "edu990389", school: str = SCHOOL, **changes: object
) -> list[object]:
    """One row of «Индивидуальные результаты»."""
    total = changes.get("total", sum(score for score in scores if isinstance(score, int)))
    return [
        login,
        "Н-ский муниципальный район",
        school,
        code,
        changes.get("klass", 1),
        changes.get("variant", 2),
        *scores,
        total,
        changes.get("mark", 4),
        changes.get("journal", 4),
    ]


INDIVIDUAL_HEADER = [
    *("ОО", "Муниципалитет", "Название ОО", "Код участника", "Класс", "Вариант"),
    *TASKS,
    *("Первичный балл", "Отметка", "Отметка по журналу"),
]


def individual(rows: list[Row], *, year: int = 2026, subject: str = "Русский язык", grade: int = 4) -> list[Row]:
    """Sheet «Индивидуальные результаты»."""
    above = ["", "", "Уровень сложности задания", "", "", "", *LEVELS]
    title = frame("Индивидуальные результаты", year, subject, grade, sum(MAXIMA), above)
    return [*title, INDIVIDUAL_HEADER, *rows]


def heading(count: int, school: str = SCHOOL) -> list[object]:
    """Group heading."""
    return [f"{school} | Кол-во участников: {count}"]


def form_2026(rows: list[Row], *, empty: int = 20, formula: bool = True) -> dict[str, list[Row]]:
    """School form in one part with template rows, service numbers beside it and service sheets."""
    header = ["Код участника", "Вариант", *TASKS, "Порядковый номер класса", JOURNAL, "Итого баллов"]
    body = [[*row, f"=SUM(C{number}:F{number})" if formula else 0] for number, row in enumerate(rows, start=2)]
    for number in range(len(rows) + 2, len(rows) + 2 + empty):
        body.append([None] * 8 + [f"=SUM(C{number}:F{number})" if formula else 0])
    for number in range(min(5, len(body))):
        body[number] = [*body[number], None, None, number, number * 10]
    service = [["Вариант", "Задание", "Отметка"], [1, 3, 5], [2, 2, 4], ["отсутствовал", "X", "нет отметки"]]
    classes = [["№", "Класс"], [1, "4А"], [2, "4Б"]]
    return {"Протокол": [header, *body], "Служебный": service, "Порядковый номер класса": classes}


MARKS_HEADER = ["Группы участников", "Кол-во ОО", "Кол-во участников", 2, 3, 4, 5]
JOURNAL_HEADER = [
    "Группы участников",
    "Кол-во участников(всего)",
    "Понизили (Отметка < Отметка по журналу) %",
    "Понизили (Отметка < Отметка по журналу) Кол-во участников",
    "Подтвердили (Отметка = Отметке по журналу) %",
    "Подтвердили (Отметка = Отметке по журналу) Кол-во участников",
    "Повысили (Отметка > Отметка по журналу) %",
    "Повысили (Отметка > Отметка по журналу) Кол-во участников",
]


def results(outcome: Outcome) -> pd.DataFrame:
    """Accepted rows of participants; what is missing is None."""
    return pd.DataFrame(outcome.tables["vpr_results_by_participant"].to_pylist(), dtype=object)
