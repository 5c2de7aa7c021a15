"""Aggregated reports: marks, agreement with the journal, distribution of scores; consistent with the rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from oko_lib.demo.files.report_frame import report, sheet_name, unit
from oko_lib.demo.files.workbook import Value
from oko_lib.demo.simulate import Cell, Region
from oko_lib.settings.subjects import Subjects

MARKS_TITLE = "Статистика по отметкам"
JOURNAL_TITLE = "Сравнение отметок с отметками по журналу"
SCORES_TITLE = "Распределение первичных баллов"
#: What the country took part with; the country's shares are parameters of the work.
COUNTRY_SCHOOLS, COUNTRY_PUPILS = 35_589, 1_722_202

_CHANGES = (
    "Понизили (Отметка < Отметка по журналу)",
    # The uneven spelling is the report's own.
    "Подтвердили (Отметка = Отметке по журналу)",
    "Повысили (Отметка > Отметка по журналу)",
)


@dataclass(frozen=True)
class Group:
    """One group of participants of a report."""

    name: str
    schools: int | None
    pupils: int
    marks: np.ndarray
    changes: np.ndarray
    scores: np.ndarray


def groups(region: Region, cell: Cell) -> list[Group]:
    """Region, then every municipality followed by its schools that took part."""
    return list(_groups(region, cell))


def _groups(region: Region, cell: Cell) -> Iterator[Group]:
    frame = cell.frame[cell.frame["present"]]
    school = frame["school"].to_numpy()
    count = len(region.schools)
    score = frame["primary_score"].to_numpy(dtype=int)
    mark = frame["mark"].to_numpy(dtype=int)
    has_journal = frame["journal_mark"].notna().to_numpy()
    change = np.sign(mark - frame["journal_mark"].to_numpy(dtype=int, na_value=0)) + 1

    def table(values: np.ndarray, rows: np.ndarray, width: int) -> np.ndarray:
        return np.bincount(rows * width + values, minlength=count * width).reshape(count, width)

    marks = table(mark - 2, school, 4)
    changes = table(change[has_journal], school[has_journal], 3)
    scores = table(score, school, cell.work.max_score + 1)
    pupils = marks.sum(axis=1)
    took_part = pupils > 0

    def group(name: str, members: np.ndarray, schools: int | None) -> Group:
        return Group(
            name,
            schools,
            int(pupils[members].sum()),
            marks[members].sum(0),
            changes[members].sum(0),
            scores[members].sum(0),
        )

    yield group(region.settings.model.region.name, took_part, int(took_part.sum()))
    of_school = region.schools["municipality_code"].to_numpy()
    labels = [unit(*names) for names in region.schools[["school_name", "login"]].itertuples(index=False)]
    for code, name in region.municipalities[["municipality_code", "municipality_name"]].itertuples(index=False):
        members = np.flatnonzero(took_part & (of_school == code))
        if len(members) == 0:
            continue
        yield group(unit(name, code), members, len(members))
        for place in members:
            yield group(labels[place], np.array([place]), None)


def _percents(counts: np.ndarray) -> list[float]:
    total = counts.sum()
    return [round(100 * int(count) / int(total), 2) if total else 0.0 for count in counts]


def marks_sheet(cell: Cell, parts: Sequence[Group], subjects: Subjects) -> tuple[str, list[Sequence[Value]]]:
    """«Статистика по отметкам»: marks in the heading are numbers, a school has no number of schools."""
    rows: list[Sequence[Value]] = [["Вся выборка", COUNTRY_SCHOOLS, COUNTRY_PUPILS, *cell.work.country]]
    rows += [[group.name, group.schools, group.pupils, *_percents(group.marks)] for group in parts]
    headings = ["Группы участников", "Кол-во ОО", "Кол-во участников", 2, 3, 4, 5]
    return sheet_name(cell, MARKS_TITLE, subjects), report(cell, MARKS_TITLE, headings, rows)


def journal_sheet(cell: Cell, parts: Sequence[Group], subjects: Subjects) -> tuple[str, list[Sequence[Value]]]:
    """«Сравнение отметок с отметками по журналу», one row per group; per cent of those with both marks."""
    headings: list[Value] = ["Группы участников", "Кол-во участников(всего)"]
    for change in _CHANGES:
        headings += [f"{change} %", f"{change} Кол-во участников"]
    rows = []
    for group in parts:
        row: list[Value] = [group.name, group.pupils]
        for percent, number in zip(_percents(group.changes), group.changes.tolist(), strict=True):
            row += [percent, number]
        rows.append(row)
    return sheet_name(cell, JOURNAL_TITLE, subjects), report(cell, JOURNAL_TITLE, headings, rows)


def journal_sheet_vertical(cell: Cell, parts: Sequence[Group], subjects: Subjects) -> tuple[str, list[Sequence[Value]]]:
    """The other form of the same report: the name of a group, then four lines about it."""
    rows: list[Sequence[Value]] = []
    for group in parts:
        total = int(group.changes.sum())
        rows.append([group.name])
        for name, number, percent in zip(
            ("Понизили (Отметка < Отметка по журналу)", "Подтвердили (Отметка = Отметка по журналу)", _CHANGES[2]),
            group.changes.tolist(),
            _percents(group.changes),
            strict=True,
        ):
            rows.append([name, number, percent])
        rows.append(["Всего", total, 100 if total else 0])
    headings = ["Группы участников", "Кол-во участников", "%"]
    return sheet_name(cell, JOURNAL_TITLE, subjects), report(cell, JOURNAL_TITLE, headings, rows)


def scores_sheet(
    cell: Cell, parts: Sequence[Group], subjects: Subjects, *, with_schools: bool
) -> tuple[str, list[Sequence[Value]]]:
    """«Распределение первичных баллов»: per cent of participants with each score."""
    headings = ["Группы участников", "Кол-во участников", *range(cell.work.max_score + 1)]
    rows = [
        [group.name, group.pupils, *_percents(group.scores)]
        for group in parts
        if with_schools or group.schools is not None
    ]
    return sheet_name(cell, SCORES_TITLE, subjects), report(cell, SCORES_TITLE, headings, rows)
