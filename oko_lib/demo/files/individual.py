"""«Индивидуальные результаты»: one file per municipality and work."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from oko_lib.demo.files.dirt import Columns, DirtLog, spoil
from oko_lib.demo.files.report_frame import report, sheet_name, unit
from oko_lib.demo.files.workbook import SHEET_NAME_LENGTH, Value
from oko_lib.demo.randomness import stream
from oko_lib.demo.simulate import Cell, Region
from oko_lib.settings.subjects import Subjects
from oko_lib.tables.vpr import NOT_ATTEMPTED

TITLE = "Индивидуальные результаты"
#: Columns before the tasks.
_LEADING = ("ОО", "Муниципалитет", "Название ОО", "Код участника", "Класс", "Вариант")
_FIRST_DATA_ROW = 9


def task_headings(cell: Cell) -> list[str]:
    """«4К1 (3б)» for every task."""
    return [f"{label} ({points}б)" for label, points in zip(cell.work.labels, cell.work.max_points, strict=True)]


def task_values(points: np.ndarray) -> list[list[Value]]:
    """Points with X where the child did not start the task."""
    rows = points.tolist()
    for row, column in np.argwhere(points == NOT_ATTEMPTED).tolist():
        rows[row][column] = "X"
    return rows


def individual_sheet(
    region: Region,
    cell: Cell,
    municipality: str,
    positions: np.ndarray,
    dirt: dict[int, str],
    file: str,
    log: DirtLog,
    subjects: Subjects,
) -> tuple[str, list[Sequence[Value]]]:
    """Sheet of one municipality.

    Parameters
    ----------
    positions : ndarray of int
        Rows of ``cell.frame`` to show, by school; absent children are left out, as in the real report.
    dirt : dict of int to str
        Row of ``cell.frame`` → kind of dirt.
    file : str
        Path for the log of dirt.
    """
    place = region.municipalities.set_index("municipality_code").at[municipality, "municipality_name"]
    names = region.schools["school_name"].to_numpy()
    frame = cell.frame.iloc[positions]
    frame = frame[frame["present"]]
    positions = frame.index.to_numpy()
    count = len(cell.work.labels)
    columns = Columns(3, 4, 5, tuple(range(6, 6 + count)), 6 + count, 8 + count)
    rng = stream(region.seed, "spoil", cell.year, cell.subject, cell.grade, municipality)
    sheet = sheet_name(cell, TITLE, subjects)

    rows: list[Sequence[Value]] = []
    sizes = frame.groupby("school", sort=False).size()
    previous = -1
    fields = zip(
        positions.tolist(),
        frame["school"].tolist(),
        frame["login"].tolist(),
        frame["participant_code"].tolist(),
        frame["class_label"].tolist(),
        frame["variant"].tolist(),
        task_values(cell.tasks[positions]),
        frame["primary_score"].tolist(),
        frame["mark"].tolist(),
        [
            None if mark is None else int(mark)
            for mark in frame["journal_mark"].astype(object).where(frame["journal_mark"].notna(), None)
        ],
        strict=True,
    )
    for position, school, login, code, label, variant, tasks, score, mark, journal in fields:
        if school != previous:
            full = unit(names[school], login)
            rows.append([f"{full} | Кол-во участников: {sizes[school]}"])
            previous = school
        row: list[Value] = [login, place, full, code, label, variant, *tasks, score, mark, journal]
        kind = dirt.get(position)
        if kind and spoil(kind, row, columns, cell, rng):
            log.note(kind, file, sheet[:SHEET_NAME_LENGTH], _FIRST_DATA_ROW + len(rows), login)
        rows.append(row)
    headings = [*_LEADING, *task_headings(cell), "Первичный балл", "Отметка", "Отметка по журналу"]
    levels: list[Value] = [None, None, "Уровень сложности задания", None, None, None, *cell.work.levels]
    return sheet, report(cell, TITLE, headings, rows, levels)
