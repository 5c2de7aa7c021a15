"""Collection forms: regional exports of the 2021 and 2022 layouts, school forms of 2025–2026."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from xlsxwriter.utility import xl_rowcol_to_cell

from oko_lib.demo.files.dirt import ABSENT_WORDS, NO_JOURNAL_WORDS, Columns, DirtLog, spoil
from oko_lib.demo.files.individual import task_headings, task_values
from oko_lib.demo.files.workbook import Formula, Value
from oko_lib.demo.randomness import stream
from oko_lib.demo.simulate import Cell, Region

Sheets = list[tuple[str, list[Sequence[Value]]]]
_JOURNAL_HEADING = "Отметка за предыдущий триместр/ четверть/полугодие"
_LETTERS = "АБВГДЕЖЗИКЛМН"


def _letter(number: int) -> str:
    return _LETTERS[(number - 1) % len(_LETTERS)]


class _Rows:
    """Rows of a form: children in order, absent ones too."""

    def __init__(self, cell: Cell, positions: np.ndarray, rng: np.random.Generator) -> None:
        frame = cell.frame.iloc[positions]
        self.positions = positions.tolist()
        self.school = frame["school"].tolist()
        self.code = frame["participant_code"].tolist()
        self.class_number = frame["class_label"].tolist()
        self.gender = frame["gender"].tolist()
        self.present = frame["present"].tolist()
        self.variant = [
            variant if present else str(rng.choice(ABSENT_WORDS, p=(0.8, 0.08, 0.04, 0.04, 0.04)))
            for variant, present in zip(frame["variant"].tolist(), self.present, strict=True)
        ]
        tasks = task_values(cell.tasks[positions])
        self.tasks = [row if present else [None] * len(row) for row, present in zip(tasks, self.present, strict=True)]
        score = frame["primary_score"].to_numpy(dtype=int, na_value=0)
        self.total = score.tolist()
        journal = frame["journal_mark"].to_numpy(dtype=int, na_value=0).tolist()
        self.journal = [mark or str(rng.choice(NO_JOURNAL_WORDS, p=(0.7, 0.2, 0.1))) for mark in journal]


def regional_2021(
    region: Region, cell: Cell, municipality: str, positions: np.ndarray, dirt: dict[int, str], file: str, log: DirtLog
) -> Sheets:
    """Export of the 2021 layout: everything is text, logins are the old ones, «регион» is the municipality."""
    rng = stream(region.seed, "form 2021", cell.year, cell.subject, cell.grade, municipality)
    place = region.municipalities.set_index("municipality_code").at[municipality, "municipality_name"]
    logins = region.schools["old_login"].to_numpy()
    count = len(cell.work.labels)
    columns = Columns(3, 6, 7, tuple(range(9, 9 + count)), 8, 4)
    headings: list[Value] = [
        "логин школы", "регион", "номер обучающегося", "код обучающегося", "отметка за предыдущую четверть/триместр",
        "пол", "класс", "вариант", "всего баллов", *[f"балл за {number + 1}" for number in range(count)],
        "Учебник", "Др.уч. автор", "Др.уч. название",
    ]  # fmt: skip
    rows: list[Sequence[Value]] = [headings]
    data = _Rows(cell, positions, rng)
    for index, position in enumerate(data.positions):
        login = logins[data.school[index]]
        row: list[Value] = [
            login, place, index + 1, data.code[index], data.journal[index], data.gender[index],
            f"{cell.grade}{_letter(data.class_number[index])}", data.variant[index], data.total[index],
            *data.tasks[index], "Учебник федерального перечня", None, None,
        ]  # fmt: skip
        _spoil_maybe(position, row, columns, cell, rng, dirt, log, file, "Sheet", len(rows) + 1, login)
        rows.append([None if value is None else str(value) for value in row])
    return [("Sheet", rows)]


def regional_2022(
    region: Region, cell: Cell, municipality: str, positions: np.ndarray, dirt: dict[int, str], file: str, log: DirtLog
) -> Sheets:
    """Export of the 2022 layout: codes stand before names, some numbers are text."""
    rng = stream(region.seed, "form 2022", cell.year, cell.subject, cell.grade, municipality)
    place = region.municipalities.set_index("municipality_code").at[municipality, "municipality_name"]
    schools = region.schools
    count = len(cell.work.labels)
    first = 8
    columns = Columns(6, first + count, 7, tuple(range(first, first + count)), first + count + 3, first + count + 2)
    headings: list[Value] = [
        "Пользователь", "Код региона", "Регион", "Муниципалитет", "Школа", "Дата загрузки", "Код", "Вариант",
        *task_headings(cell), "Наименование класса", "Пол", _JOURNAL_HEADING, "Итого баллов",
    ]  # fmt: skip
    rows: list[Sequence[Value]] = [headings]
    data = _Rows(cell, positions, rng)
    model = region.settings.model.region
    classes: dict[tuple[str, str], None] = {}
    for index, position in enumerate(data.positions):
        login = schools.at[data.school[index], "login"]
        label = f"{cell.grade}{_letter(data.class_number[index])}"
        classes[login, label] = None
        row: list[Value] = [
            login, int(model.code), model.name, f"{municipality} | {place}",
            f"{login} | {schools.at[data.school[index], 'school_name']}", f"25.04.{cell.year}",
            data.code[index], data.variant[index], *data.tasks[index], label,
            "Ж" if data.gender[index] == "ж" else "М", data.journal[index], data.total[index],
        ]  # fmt: skip
        if rng.random() < 0.1:
            row = [str(value) if type(value) is int and column >= first else value for column, value in enumerate(row)]
        _spoil_maybe(position, row, columns, cell, rng, dirt, log, file, "Протокол", len(rows) + 1, login)
        rows.append(row)
    return [("Классы", [["Логин", "Наименование класса"], *map(list, classes)]), ("Протокол", rows)]


def school_form(region: Region, cell: Cell, positions: np.ndarray) -> Sheets:
    """The school's own form of 2025–2026, with template rows left empty below the last participant."""
    rng = stream(
        region.seed, "school form", cell.year, cell.subject, cell.grade, int(cell.frame["school"].iloc[positions[0]])
    )
    data = _Rows(cell, positions, rng)
    last = 1 + len(data.code) + region.settings.model.dirt.template_rows
    layout = _two_parts if cell.work.two_parts else _one_part
    headings, make_row = layout(cell)
    rows: list[Sequence[Value]] = [headings]
    for index in range(len(data.code)):
        rows.append(make_row(data, index, index + 2))
    while len(rows) < last:
        rows.append(make_row(None, 0, len(rows) + 1))
    # Service numbers beside the table, as in the real template.
    for index, noise in enumerate((1, 2, 3, 4, 5), start=1):
        rows[index] = [*rows[index], None, None, noise, noise * 10]
    service: list[Sequence[Value]] = [["Вариант", "Задание", "Отметка"]]
    most = int(cell.work.max_points.max())
    allowed_points: list[Value] = [*range(most, -1, -1), "X"]
    for index in range(max(len(allowed_points), 5)):
        service.append(
            [
                (1, 2, "отсутствовал")[index] if index < 3 else None,
                allowed_points[index] if index < len(allowed_points) else None,
                (5, 4, 3, 2, "нет отметки")[index] if index < 5 else None,
            ]
        )
    numbers = sorted(set(data.class_number))
    class_sheet: list[Sequence[Value]] = [
        ["№", "Класс"],
        *[[number, f"{cell.grade}{_letter(number)}"] for number in numbers],
    ]
    class_sheet_name = "Классы" if cell.work.two_parts else "Порядковый номер класса"
    return [("Протокол", rows), ("Служебный", service), (class_sheet_name, class_sheet)]


#: Data (None for a template row), index of the participant, row in Excel → cells.
RowMaker = Callable[[_Rows | None, int, int], list[Value]]


def _total(first: int, last: int, row: int, value: int) -> Formula:
    return Formula(f"SUM({xl_rowcol_to_cell(row - 1, first)}:{xl_rowcol_to_cell(row - 1, last)})", value)


def _one_part(cell: Cell) -> tuple[list[Value], RowMaker]:
    count = len(cell.work.labels)
    headings: list[Value] = [
        "Код участника", "Вариант", *task_headings(cell), "Порядковый номер класса", _JOURNAL_HEADING, "Итого баллов",
    ]  # fmt: skip

    def make_row(data: _Rows | None, index: int, row: int) -> list[Value]:
        if data is None:
            return [None] * (count + 4) + [_total(2, 1 + count, row, 0)]
        return [
            data.code[index], data.variant[index], *data.tasks[index], data.class_number[index], data.journal[index],
            _total(2, 1 + count, row, data.total[index]),
        ]  # fmt: skip

    return headings, make_row


def _two_parts(cell: Cell) -> tuple[list[Value], RowMaker]:
    count = len(cell.work.labels)
    half = (count + 1) // 2
    tasks = task_headings(cell)
    headings: list[Value] = [
        "Код", "Вариант (часть 1)", *tasks[:half], "Вариант (часть 2)", *tasks[half:],
        'Класс № (список формируется из листа "Классы")', "Пол", _JOURNAL_HEADING, "Итого баллов",
    ]  # fmt: skip

    def make_row(data: _Rows | None, index: int, row: int) -> list[Value]:
        total = _total(2, 2 + count, row, data.total[index] if data else 0)
        # The variant of part 2 stands among the tasks: the template sums the two parts apart.
        first, second = _total(2, 1 + half, row, 0).text, _total(3 + half, 2 + count, row, 0).text
        total = Formula(f"{first}+{second}", total.value)
        if data is None:
            return [None] * (count + 6) + [total]
        points = data.tasks[index]
        return [
            data.code[index], data.variant[index], *points[:half], data.variant[index], *points[half:],
            f"{cell.grade}{_letter(data.class_number[index])}", data.gender[index], data.journal[index], total,
        ]  # fmt: skip

    return headings, make_row


def _spoil_maybe(
    position: int, row: list[Value], columns: Columns, cell: Cell, rng: np.random.Generator,
    dirt: dict[int, str], log: DirtLog, file: str, sheet: str, number: int, login: str,
) -> None:  # fmt: skip
    kind = dirt.get(position)
    if kind and spoil(kind, row, columns, cell, rng):
        log.note(kind, file, sheet, number, login)
