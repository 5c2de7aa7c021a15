"""Dirt in the files: the kinds really met in one region's 1.28 million rows, each row with one kind at most."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from oko_lib.demo.files.workbook import Value
from oko_lib.demo.randomness import stream
from oko_lib.demo.simulate import Cell, Region

#: Kind → source rows that cannot be accepted because of one such cell; 0 — the cell must be understood as it is.
QUARANTINED_ROWS = {
    "variant_spaces": 0,
    "task_as_text": 0,
    "cyrillic_x": 0,
    "journal_none_words": 0,
    "journal_spaces": 0,
    "class_words": 0,
    "journal_nonsense": 1,
    "score_over_maximum": 1,
    "task_over_maximum": 1,
    "score_not_sum": 1,
    "code_missing": 1,
    "code_repeated": 2,  # two different works under one code: nobody can tell which is right
}
ABSENT_WORDS = ("отсутствовал", "Отсутствовал", "отсутствовал ", "ОТСУТствовал", "не присутствовал")
NO_JOURNAL_WORDS = ("нет отметки", "н/а", "Нет отметки")
JOURNAL_NONSENSE = ("ж", 1, 6, 8, 12)
CLASS_WORDS = ("НЕТ", "Нет", "нет", "{grade}А", "{grade}", " {grade}Б")


class Columns(NamedTuple):
    """Where things stand in a row of a layout."""

    code: int
    class_label: int
    variant: int
    tasks: tuple[int, ...]
    total: int
    journal: int


@dataclass
class DirtLog:
    """What was spoilt, for the truth file."""

    counts: Counter = field(default_factory=Counter)
    places: list[dict] = field(default_factory=list)

    def note(self, kind: str, file: str, sheet: str, row: int, login: str) -> None:
        self.counts[kind] += 1
        self.places.append({"kind": kind, "file": file, "sheet": sheet, "row": row, "login": login})


def plan_dirt(region: Region, left_out: set[tuple[int, str, int, str]], no_schools: set[str]) -> list[dict[int, str]]:
    """Choose rows to spoil: for every cell of the region, row number → kind.

    Parameters
    ----------
    left_out : set of (year, subject, grade, municipality_code)
        Slices that stay clean because they are written twice (a correction, a duplicate).
    no_schools : set of str
        Logins that stay clean for the same reason.
    """
    settings = region.settings.model.dirt
    sizes = [len(cell.frame) for cell in region.cells]
    starts = np.concatenate([[0], np.cumsum(sizes)])
    allowed = np.concatenate([_may_be_spoilt(cell, left_out, no_schools) for cell in region.cells])
    no_journal = np.concatenate([cell.frame["journal_mark"].isna().to_numpy() for cell in region.cells])
    rng = stream(region.seed, "dirt")
    plan: list[dict[int, str]] = [{} for _ in region.cells]
    taken = np.zeros(starts[-1], dtype=bool)
    for kind in QUARANTINED_ROWS:
        wanted = max(2, round(getattr(settings, kind) * allowed.sum() / 100_000))
        fits = allowed & ~taken & (no_journal == (kind == "journal_none_words"))
        pool = np.flatnonzero(fits)
        for place in np.sort(rng.choice(pool, min(wanted, len(pool)), replace=False)):
            # Neighbours are kept clean: a repeated code is the code of the row above.
            taken[max(0, place - 1) : place + 2] = True
            cell = int(np.searchsorted(starts, place, side="right")) - 1
            plan[cell][int(place - starts[cell])] = kind
    return plan


def _may_be_spoilt(cell: Cell, left_out: set, no_schools: set) -> np.ndarray:
    frame = cell.frame
    clean = {
        code
        for year, subject, grade, code in left_out
        if (year, subject, grade) == (cell.year, cell.subject, cell.grade)
    }
    present = frame["present"].to_numpy()
    after_present = np.concatenate([[False], present[:-1]])
    same_school = np.concatenate([[False], frame["school"].to_numpy()[1:] == frame["school"].to_numpy()[:-1]])
    skip = frame["municipality_code"].isin(clean).to_numpy() | frame["login"].isin(no_schools).to_numpy()
    return present & after_present & same_school & ~skip


def spoil(kind: str, row: list[Value], columns: Columns, cell: Cell, rng: np.random.Generator) -> bool:
    """Spoil a row in place; False if this row gives no occasion (no zero for a Cyrillic «Х»)."""
    tasks = columns.tasks
    which = int(rng.integers(len(tasks)))
    points = [row[column] for column in tasks]
    match kind:
        case "variant_spaces":
            row[columns.variant] = str(rng.choice([" {}", "{} ", "Var{}"])).format(row[columns.variant])
        case "task_as_text":
            row[tasks[which]] = str(points[which])
        case "cyrillic_x":
            empty = [column for column, value in zip(tasks, points, strict=True) if value in (0, "X")]
            if not empty:
                return False
            row[empty[0]] = "Х"  # Cyrillic
        case "journal_none_words":
            row[columns.journal] = str(rng.choice(NO_JOURNAL_WORDS))
        case "journal_spaces":
            row[columns.journal] = str(rng.choice([" {}", "{} "])).format(row[columns.journal])
        case "class_words":
            row[columns.class_label] = str(rng.choice(CLASS_WORDS)).format(grade=cell.grade)
        case "journal_nonsense":
            row[columns.journal] = JOURNAL_NONSENSE[int(rng.integers(len(JOURNAL_NONSENSE)))]
        case "score_over_maximum":
            row[columns.total] = cell.work.max_score + int(rng.integers(5, 42))
        case "task_over_maximum":
            row[tasks[which]] = int(cell.work.max_points[which]) + int(rng.integers(1, 4))
        case "score_not_sum":
            total = int(row[columns.total])
            row[columns.total] = total - 2 if total > 2 else total + 2
        case "code_missing":
            row[columns.code] = None
        case "code_repeated":
            row[columns.code] = int(row[columns.code]) - 1
        case _:
            raise ValueError(f"unknown kind of dirt: {kind}")
    return True
