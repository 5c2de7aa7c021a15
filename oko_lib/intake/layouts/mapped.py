"""A layout described by a mapping file."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow as pa

from oko_lib.intake.arrow import table_of
from oko_lib.intake.checks.fields import parse_field
from oko_lib.intake.columns import translate
from oko_lib.intake.drafts import Draft, Issue, RowFacts
from oko_lib.intake.errors import FileRefused
from oko_lib.intake.header import Field, Header, HeaderSpec
from oko_lib.intake.heading import Circumstances, from_lines
from oko_lib.intake.layouts.base import Layout, Reference
from oko_lib.intake.leftovers import column_warnings, is_footnote, is_title_line, repeats_header
from oko_lib.intake.mapping import MappedColumn, Mapping, TableMapping
from oko_lib.intake.readers import Sheet
from oko_lib.intake.text import fold, is_blank, is_blank_row, shown
from oko_lib.intake.values import parse_unit
from oko_lib.tables import TABLES

_ORDERED = ("mark3_min", "mark4_min", "mark5_min", "max_score")


def _field_name(titles: tuple[str, ...]) -> str:
    return "|".join(titles)


class MappedLayout(Layout):
    """A layout made from a mapping.

    Parameters
    ----------
    mapping : Mapping
        The mapping file.
    """

    def __init__(self, mapping: Mapping) -> None:
        self.mapping = mapping
        self.name = mapping.name
        self.title_ru = mapping.title_ru
        self.rank = mapping.rank
        fields: dict[str, Field] = {}
        for table in mapping.tables.values():
            for column in table.columns.values():
                key = _field_name(column.titles)
                required = column.required or (key in fields and fields[key].required)
                fields[key] = Field(key, column.titles, required=required)
        ignored = (Field("ignored", mapping.ignored_titles, many=True),) if mapping.ignored_titles else ()
        self.spec = HeaderSpec(fields=(*fields.values(), *ignored))

    def draft(self, sheet: Sheet, header: Header, circumstances: Circumstances, reference: Reference) -> Draft:
        known = {column for name, places in header.columns.items() if name != "ignored" for column in places}
        data, other = [], 0
        for number, row in enumerate(sheet.rows[header.row + 1 :], start=header.row + 1):
            if is_blank_row(row):
                continue
            filled = sum(not is_blank(row[column]) for column in known)
            note = filled <= 1 and (is_footnote(row) or is_title_line(row))
            if filled == 0 or note or repeats_header(row, header):
                other += 1
            else:
                data.append((number, row))
        rows = [row for _, row in data]
        sheet_rows = np.array([number for number, _ in data], dtype=np.int64)
        work = self._work(sheet, header, circumstances)
        issues: list[Issue] = []
        parsed = {
            name: _parse_table(name, mapping, rows, header, work, circumstances, issues)
            for name, mapping in self.mapping.tables.items()
        }
        issues += _scale_issues(parsed, self.mapping, header)
        main = next(iter(self.mapping.tables))

        def build(keep: np.ndarray) -> dict[str, pa.Table]:
            kept = np.flatnonzero(keep)
            return {name: _build(name, columns, kept, sheet.name, sheet_rows) for name, columns in parsed.items()}

        def fact(name: str, place: int) -> object:
            found = (columns[name][place] for columns in parsed.values() if name in columns)
            return next((value for value in found if value is not None), None)

        def facts(place: int) -> RowFacts:
            return RowFacts(*(fact(name, place) for name in ("year", "grade", "subject", "login", "municipality_code")))

        first = next((places[0] for places in header.columns.values()), None)
        draft = Draft(
            sheet=sheet.name,
            sheet_rows=sheet_rows,
            non_data=other,
            issues=_without_repeats(issues),
            keys=[_key(main, parsed[main], place) for place in range(len(rows))],
            content=lambda place: tuple(repr(columns[name][place]) for columns in parsed.values() for name in columns),
            build=build,
            facts=facts,
            found=lambda place, column: shown(rows[place][column]),
            key_column=first,
            titles=header.titles,
            header_row=header.row,
            carried={name: value for name, value in work.items() if value is not None},
        )
        draft.warnings += column_warnings(header, sheet.name)
        return draft

    def _work(self, sheet: Sheet, header: Header, circumstances: Circumstances) -> dict[str, object]:
        needed = {name for mapping in self.mapping.tables.values() for name in mapping.from_heading}
        named = {name for mapping in self.mapping.tables.values() for name in mapping.from_file_name}
        if not needed and not named:
            return {}
        work = circumstances.work_of(sheet, from_lines(sheet.rows[: header.row], circumstances.finder))
        found = {name: getattr(work, name) for name in sorted(needed)}
        words = {"year": ("год", "--year 2026"), "grade": ("класс", "--grade 4"), "subject": ("предмет", "--subject …")}
        lacks = [words[name] for name, value in found.items() if value is None]
        if lacks:
            raise FileRefused(
                f"«{self.title_ru}»: не указано: {', '.join(word for word, _ in lacks)}. Допишите в строку "
                f"над таблицей или в имя файла, либо укажите при загрузке: {' '.join(option for _, option in lacks)}."
            )
        return found


def _cell_parser(mapped: MappedColumn, parse: Callable[[object], object]) -> Callable[[object], object]:
    """Return a parser that first takes the wanted part of a cell and makes the replacements."""
    values = {fold(word): value for word, value in mapped.values.items()}

    def parser(cell: object) -> object:
        if mapped.part != "whole" and not is_blank(cell):
            code, name = parse_unit(cell)
            cell = (code or cell) if mapped.part == "code" else name
        if values and not is_blank(cell):
            cell = values.get(fold(shown(cell)), cell)
        return parse(cell)

    return parser


def _parse_table(
    name: str,
    mapping: TableMapping,
    rows: list[list[object]],
    header: Header,
    work: dict[str, object],
    circumstances: Circumstances,
    issues: list[Issue],
) -> dict[str, list[object]]:
    """Return the columns of one table; what is wrong goes to `issues`."""
    parsed: dict[str, list[object]] = {}
    for column_name, mapped in mapping.columns.items():
        place = header.column(_field_name(mapped.titles))
        definition = TABLES[name].column(column_name)
        if place is None:
            parsed[column_name] = [None] * len(rows)
            continue
        parser = _cell_parser(mapped, lambda cell, d=definition: parse_field(cell, d, circumstances.finder))
        cells = translate([row[place] for row in rows], parser)
        parsed[column_name] = [value for value, _ in cells]
        issues.extend(
            Issue(number, place, fault.rule, fault.message) for number, (_, fault) in enumerate(cells) if fault
        )
    for column_name, constant in mapping.constants.items():
        value, fault = parse_field(constant, TABLES[name].column(column_name), circumstances.finder)
        if fault:
            raise FileRefused(f"Раскладка: значение для «{column_name}» в constants неверно. {fault.message}")
        parsed[column_name] = [value] * len(rows)
    for column_name in mapping.from_heading:
        parsed[column_name] = [work[column_name]] * len(rows)
    for column_name in mapping.from_file_name:
        parsed[column_name] = [circumstances.file_title] * len(rows)
    _derive(name, parsed)
    return parsed


def _derive(table: str, parsed: dict[str, list[object]]) -> None:
    """Fill what follows from a code: the two digits of the region."""
    if table == "municipalities" and "municipality_code" in parsed:
        codes = parsed["municipality_code"]
        parsed["region_code"] = [code[3:5] if isinstance(code, str) else None for code in codes]


def _key(table: str, columns: dict[str, list[object]], place: int) -> tuple | None:
    values = tuple(columns.get(name, [None] * (place + 1))[place] for name in TABLES[table].key)
    return None if any(value is None for value in values) else (table, *values)


def _build(
    name: str, columns: dict[str, list[object]], kept: np.ndarray, sheet: str, sheet_rows: np.ndarray
) -> pa.Table:
    """Return the table of the accepted rows; a key met twice (a municipality in every school's row) is kept once."""
    seen: set[tuple] = set()
    places = []
    for place in kept:
        key = _key(name, columns, place)
        if key is not None and key not in seen:
            seen.add(key)
            places.append(place)
    chosen = {column: [values[place] for place in places] for column, values in columns.items()}
    return table_of(name, chosen, sheet, sheet_rows[places] if places else sheet_rows[:0])


def _without_repeats(issues: list[Issue]) -> list[Issue]:
    """One cell may feed two tables: tell about it once."""
    return list({(issue.candidate, issue.column, issue.rule): issue for issue in issues}.values())


def _scale_issues(parsed: dict[str, dict[str, list[object]]], mapping: Mapping, header: Header) -> list[Issue]:
    """Borders of marks must grow: «3» < «4» < «5» ≤ maximum."""
    columns = parsed.get("score_scales")
    if columns is None or any(name not in columns for name in _ORDERED):
        return []
    place = header.column(_field_name(mapping.tables["score_scales"].columns["mark3_min"].titles))
    issues = []
    for number, borders in enumerate(zip(*(columns[name] for name in _ORDERED), strict=True)):
        if None in borders:
            continue
        three, four, five, highest = borders
        if not three < four < five <= highest:
            message = (
                f"Границы идут не по порядку: «3» с {three}, «4» с {four}, «5» с {five}, максимум {highest}. "
                "Каждая следующая должна быть больше, «5» — не больше максимума. Исправьте границы."
            )
            issues.append(Issue(number, place, "scale_order", message))
    return issues
