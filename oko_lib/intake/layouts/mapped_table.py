"""One table of a mapped sheet, parsed column by column: what the checks look at and the store gets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa

from oko_lib.intake.arrow import table_of
from oko_lib.intake.checks.fields import parse_field
from oko_lib.intake.columns import translate
from oko_lib.intake.drafts import Issue
from oko_lib.intake.errors import FileRefused
from oko_lib.intake.header import Header
from oko_lib.intake.heading import Circumstances
from oko_lib.intake.layouts.participation import WITH_STATUS, settle_participation
from oko_lib.intake.mapping import CODE, MappedColumn, TableMapping
from oko_lib.intake.persons import NAME_ELSEWHERE, Persons, code_faults, give_keys, person_field
from oko_lib.intake.pseudonyms import HIDDEN, PupilKeys
from oko_lib.intake.text import fold, is_blank, shown
from oko_lib.intake.values import parse_unit
from oko_lib.intake.veil import Veil
from oko_lib.tables import TABLES, Column, ColumnType

#: Results that an absent participant has none of; a form's formulas leave zeros there.
_RESULTS = {
    "exam_results_by_participant": ("primary_score", "test_score"),
    "diagnostic_results_by_participant": ("score_pct",),
    "olympiad_results_by_participant": ("score",),
}


def field_name(titles: tuple[str, ...]) -> str:
    """Return the name under which the header keeps a mapped column."""
    return "|".join(titles)


@dataclass
class MappedTable:
    """Parsed columns of one table.

    Parameters
    ----------
    name : str
        Name of the table.
    rows : list of list
        Data rows of the sheet as read.
    values : dict of str to list
        Column → value of every row; None where the cell is empty or cannot be taken.
    places : dict of str to int
        Column → column of the sheet, for those that are on it.
    faults : list of Issue
        Cells that cannot be taken.
    persons : Persons or None
        Children of the rows, where the sheet names them.
    """

    name: str
    rows: list[list[object]]
    values: dict[str, list[object]] = field(default_factory=dict)
    places: dict[str, int] = field(default_factory=dict)
    faults: list[Issue] = field(default_factory=list)
    persons: Persons | None = None

    def number(self, column: str) -> np.ndarray:
        """Return a column of numbers, NaN where there is none."""
        values = self.values.get(column) or [None] * len(self.rows)
        return np.array([np.nan if value is None else value for value in values], dtype=np.float64)

    def text(self, column: str) -> np.ndarray:
        """Return a column as it is."""
        found = np.empty(len(self.rows), dtype=object)
        found[:] = self.values.get(column) or [None] * len(self.rows)
        return found

    @property
    def sound(self) -> np.ndarray:
        """Rows all of whose cells could be taken: only there «empty» means that nothing is written."""
        found = np.ones(len(self.rows), dtype=bool)
        found[[fault.candidate for fault in self.faults]] = False
        return found

    def columns(self, *names: str) -> tuple[int, ...]:
        """Return the sheet's columns of those of `names` that are there."""
        return tuple(self.places[name] for name in names if name in self.places)

    def cell(self, candidate: int, column: int) -> object:
        """Return the cell as it stands in the file."""
        return self.rows[candidate][column]

    def details(self, candidate: int, column: int | None) -> dict[str, object]:
        """Return all values of a row, for messages; what is missing is a dash."""
        row = {name: values[candidate] for name, values in self.values.items()}
        return {name: "—" if value is None else shown(value) for name, value in row.items()}

    def key(self, place: int) -> tuple | None:
        """Return the key of a row, None when a part of it is missing."""
        parts = tuple((self.values.get(name) or [None] * len(self.rows))[place] for name in TABLES[self.name].key)
        return None if any(part is None for part in parts) else (self.name, *parts)

    def build(self, kept: np.ndarray, sheet: str, sheet_rows: np.ndarray) -> pa.Table:
        """Return the accepted rows; a key met twice (a municipality in every school's row) is kept once."""
        seen: set[tuple] = set()
        places = []
        for place in kept:
            key = self.key(place)
            if key is not None and key not in seen:
                seen.add(key)
                places.append(place)
        chosen = {column: [values[place] for place in places] for column, values in self.values.items()}
        return table_of(self.name, chosen, sheet, sheet_rows[places] if places else sheet_rows[:0])


def parse_table(
    name: str,
    mapping: TableMapping,
    rows: list[list[object]],
    header: Header,
    work: dict[str, object],
    circumstances: Circumstances,
    persons: Persons | None = None,
    veil: Veil | None = None,
) -> MappedTable:
    """Return one table of a sheet.

    Parameters
    ----------
    name : str
        Name of the table.
    mapping : TableMapping
        How its columns are found.
    rows : list of list
        Data rows.
    header : Header
        Recognised header.
    work : dict
        Facts taken from the title lines: a value, or values by grade (that of every other grade under None).
    circumstances : Circumstances
        Dictionaries, the name of the file.
    persons : Persons, optional
        Children of the rows, for a table with columns of names.
    veil : Veil, optional
        What may be shown of a sheet with names.

    Raises
    ------
    FileRefused
        If a constant of the mapping does not fit its column.
    """

    def parse(cell: object, column: Column):
        return parse_field(cell, column, circumstances.finder, circumstances.vocabulary)

    def read(column_name: str, mapped: MappedColumn, place: int | None) -> None:
        if place is None:
            table.values[column_name] = [mapped.default] * len(rows)
            return
        definition = TABLES[name].column(column_name)
        if column_name in mapping.made_of_person() or work.get(column_name) is not None:
            definition = replace(definition, nullable=True)
        parser = _cell_parser(mapped, lambda cell: parse(cell, definition))
        cells = translate([row[place] for row in rows], parser if veil is None else _discreet(parser, veil))
        table.places[column_name] = place
        table.values[column_name] = [value for value, _ in cells]
        table.faults.extend(
            Issue(number, place, fault.rule, fault.message) for number, (_, fault) in enumerate(cells) if fault
        )

    table = MappedTable(name, rows)
    for column_name, mapped in mapping.columns.items():
        read(column_name, mapped, header.column(field_name(mapped.titles)))
    for column_name, constant in mapping.constants.items():
        value, fault = parse(constant, TABLES[name].column(column_name))
        if fault:
            raise FileRefused(f"Раскладка: значение для «{column_name}» в constants неверно. {fault.message}")
        table.values[column_name] = [value] * len(rows)
    for column_name in mapping.from_heading:
        _fill_from_heading(table, column_name, work[column_name])
    for column_name in mapping.from_file_name:
        table.values[column_name] = [circumstances.file_title] * len(rows)
    if mapping.person is not None and persons is not None:
        key, titles = mapping.person.key, mapping.person.titles_key
        read(key, MappedColumn(titles=titles or (key,)), header.column(person_field(titles)) if titles else None)
        _add_keys(table, key, persons, circumstances.pupils)
    _derive(table)
    return table


def _add_keys(table: MappedTable, key: str, persons: Persons, maker: PupilKeys | None) -> None:
    """Put the keys of the children into their column, and in place of the codes that are not there."""
    if maker is None:
        raise ValueError("a sheet with names needs a maker of keys")
    table.persons = persons
    codes = table.values.setdefault(CODE, [None] * len(table.rows))
    for column in (CODE, key):
        table.faults += code_faults(persons, table.values[column], table.places.get(column))
    table.faults += _names_elsewhere(table, persons)
    faulty = {fault.candidate for fault in table.faults}
    give_keys(persons, table.rows, table.values, table.values[key], faulty, maker)
    table.faults += persons.faults
    table.values[key] = list(persons.keys)
    table.values[CODE] = [made if code is None else code for code, made in zip(codes, persons.keys, strict=True)]


def _names_elsewhere(table: MappedTable, persons: Persons) -> list[Issue]:
    """Return cells of free text that hold a name: they would get into the store as they are."""
    free = {
        column.name
        for column in TABLES[table.name].columns
        if column.type is ColumnType.STRING and not column.words and not column.allowed
    }
    return [
        Issue(number, place, NAME_ELSEWHERE, "Здесь стоит имя. Уберите его: имени место только в столбце с именем.")
        for column, place in table.places.items()
        if column in free
        for number, value in enumerate(table.values[column])
        if isinstance(value, str) and persons.named_in(number, value)
    ]


def _discreet(parser: Callable[[object], tuple], veil: Veil) -> Callable[[object], tuple]:
    """Return a parser whose messages quote a cell only when that gives nobody away."""

    def parse(cell: object) -> tuple:
        value, fault = parser(cell)
        if fault is None or veil.harmless(cell):
            return value, fault
        _, spoken = parser(HIDDEN)
        message = spoken.message if spoken else "Значение сюда не подходит (само оно здесь не показано)."
        return None, replace(fault, message=message)

    return parse


def _cell_parser(mapped: MappedColumn, parse: Callable[[object], tuple]) -> Callable[[object], tuple]:
    """Return a parser that first takes the wanted part of a cell and makes the replacements."""
    values = {fold(word): value for word, value in mapped.values.items()}

    def parser(cell: object) -> tuple:
        if mapped.part != "whole" and not is_blank(cell):
            code, name = parse_unit(cell)
            cell = (code or cell) if mapped.part == "code" else name
        if values and not is_blank(cell):
            cell = values.get(fold(shown(cell)), cell)
        return (mapped.default, None) if is_blank(cell) and mapped.default is not None else parse(cell)

    return parser


def _fill_from_heading(table: MappedTable, column: str, fact: object) -> None:
    """Put a fact of the title lines into the rows that do not say it themselves."""
    own = table.values.get(column) or [None] * len(table.rows)
    grades = table.values.get("grade") or [None] * len(table.rows)
    by_grade = fact if isinstance(fact, dict) else {None: fact}
    table.values[column] = [
        by_grade.get(grade, by_grade.get(None)) if value is None else value
        for value, grade in zip(own, grades, strict=True)
    ]


def _derive(table: MappedTable) -> None:
    """Fill what follows from other columns, and empty the zeros of those who were absent."""
    if table.name == "municipalities" and "municipality_code" in table.values:
        codes = table.values["municipality_code"]
        table.values["region_code"] = [code[3:5] if isinstance(code, str) else None for code in codes]
    if table.name in WITH_STATUS:
        settle_participation(table)
    for column in _RESULTS.get(table.name, ()):
        pairs = zip(table.values.get(column, ()), table.values["present"], strict=False)
        table.values[column] = [None if present is False and value == 0 else value for value, present in pairs]
