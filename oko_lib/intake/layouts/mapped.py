"""A layout described by a mapping file."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import pyarrow as pa

from oko_lib.intake.checks.fields import NOT_A_CODE
from oko_lib.intake.checks.mapped_rows import TABLE_REMARKS, TABLE_RULES, remarks
from oko_lib.intake.checks.rule import apply
from oko_lib.intake.drafts import Draft, Issue, RowFacts, SchoolSighting, Sightings
from oko_lib.intake.errors import FileRefused
from oko_lib.intake.header import Field, Header, HeaderSpec
from oko_lib.intake.heading import Circumstances, Work, from_lines
from oko_lib.intake.layouts.base import Layout, Reference
from oko_lib.intake.layouts.mapped_table import MappedTable, field_name, parse_table
from oko_lib.intake.leftovers import column_warnings, is_footnote, is_title_line, is_total, repeats_header
from oko_lib.intake.mapping import Mapping
from oko_lib.intake.olympiad_heading import facts_of
from oko_lib.intake.outgoing import Outgoing, hide, shut_columns
from oko_lib.intake.persons import NAME_ELSEWHERE, Persons, person_field, read_persons
from oko_lib.intake.pseudonyms import HIDDEN, NameKind
from oko_lib.intake.readers import Sheet
from oko_lib.intake.text import is_blank, is_blank_row, shown, tidy
from oko_lib.intake.values import is_login, parse_unit
from oko_lib.intake.veil import Veil
from oko_lib.tables import TABLES

#: Facts no row can do without: what to call them and the option that says them.
_NEEDED = {
    "year": ("год (для олимпиады — учебный год, «2025/2026»)", "--year 2026"),
    "grade": ("класс", "--grade 4"),
    "subject": ("предмет", "--subject …"),
    "stage": ("этап («муниципальный этап»)", ""),
}
#: Headings that are on the sheet and are not columns of a table.
_BESIDE = ("ignored", "school_name", "municipality_name")


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
        self.tables = frozenset(mapping.tables)
        fields: dict[str, Field] = {}
        for table in mapping.tables.values():
            for column in table.columns.values():
                key = field_name(column.titles)
                required = column.required or (key in fields and fields[key].required)
                fields[key] = Field(key, column.titles, required=required)
            for titles in table.person.all_titles if table.person else ():
                fields[person_field(titles)] = Field(person_field(titles), titles)
        beside = (
            Field("school_name", mapping.mentions.school_name),
            Field("municipality_name", mapping.mentions.municipality_name),
            Field("ignored", mapping.ignored_titles, many=True),
        )
        self.spec = HeaderSpec(
            fields=(*fields.values(), *(item for item in beside if item.titles)),
            optional_at_least=max(table.optional_at_least for table in mapping.tables.values()),
            optional=frozenset(name for name, item in fields.items() if not item.required),
        )

    def draft(self, sheet: Sheet, header: Header, circumstances: Circumstances, reference: Reference) -> Draft:
        places, other = self._data_rows(sheet, header)
        rows = [sheet.rows[place] for place in places]
        sheet_rows = np.array(places, dtype=np.int64)
        work = self._work(sheet, header, circumstances)
        persons = {
            name: read_persons(mapping.person, header, rows)
            for name, mapping in self.mapping.tables.items()
            if mapping.person is not None
        }
        veil = self._veil(persons, rows, circumstances) if persons else None
        tables = {
            name: parse_table(name, mapping, rows, header, work, circumstances, persons.get(name), veil)
            for name, mapping in self.mapping.tables.items()
        }
        issues: list[Issue] = []
        for name, table in tables.items():
            issues += table.faults + apply(TABLE_RULES.get(name, ()), table)
        main = next(iter(tables.values()))
        label = HIDDEN if veil is not None and veil.names_somebody(sheet.name) else sheet.name

        def build(keep: np.ndarray) -> dict[str, pa.Table]:
            kept = np.flatnonzero(keep)
            return {name: table.build(kept, label, sheet_rows) for name, table in tables.items()}

        def fact(name: str, place: int) -> object:
            found = (table.values[name][place] for table in tables.values() if name in table.values)
            return next((value for value in found if value is not None), None)

        def facts(place: int) -> RowFacts:
            return RowFacts(*(fact(name, place) for name in ("year", "grade", "subject", "login", "municipality_code")))

        def content(place: int) -> tuple[str, ...]:
            return tuple(repr(column[place]) for table in tables.values() for column in table.values.values())

        draft = Draft(
            sheet=label,
            sheet_rows=sheet_rows,
            non_data=other,
            issues=_without_repeats(issues),
            keys=[main.key(place) for place in range(len(rows))],
            content=content,
            build=build,
            facts=facts,
            found=lambda place, column: shown(rows[place][column]),
            key_column=next((found[0] for found in header.columns.values()), None),
            titles=header.titles,
            header_row=header.row,
            sightings=_sightings(main, header, issues, veil),
            carried={name: value for name, value in work.items() if value is not None},
        )
        if veil is not None:
            faults = [fault for table in tables.values() for fault in table.faults]
            _hide_names(draft, header, rows, faults, persons.values(), veil)
        draft.warnings += column_warnings(header, label)
        where = f"лист «{label}»: " if label else ""
        for name, table in tables.items():
            draft.warnings += [where + line for line in remarks(TABLE_REMARKS.get(name, ()), table, sheet_rows)]
            draft.warnings += [where + line for line in (table.persons.remarks(sheet_rows) if table.persons else ())]
        return draft

    def _veil(self, persons: dict[str, Persons], rows: list[list[object]], circumstances: Circumstances) -> Veil:
        """Return what may be shown of a sheet with names."""
        people = (name.text for found in persons.values() for name in found.names if name.kind is NameKind.FULL)
        written = (row[place] for found in persons.values() for place in found.places.secret for row in rows)
        return Veil(people, written, circumstances.known_words)

    def _data_rows(self, sheet: Sheet, header: Header) -> tuple[list[int], int]:
        """Return the rows that hold data and how many of the others are not blank."""
        known = {place for name, places in header.columns.items() if name not in _BESIDE for place in places}
        prefilled = self._places(header, lambda mapping, name: name in mapping.prefilled)
        logins = self._places(header, lambda mapping, name: name == "login")
        data, other = [], 0
        for number, row in enumerate(sheet.rows[header.row + 1 :], start=header.row + 1):
            if is_blank_row(row):
                continue
            filled = {place for place in known if not is_blank(row[place])}
            note = len(filled) <= 1 and (is_footnote(row) or is_title_line(row))
            total = is_total(row) and not any(is_login(parse_unit(row[place])[0]) for place in logins)
            if filled <= prefilled or note or total or repeats_header(row, header):
                other += 1
            else:
                data.append(number)
        return data, other

    def _places(self, header: Header, wanted) -> set[int]:
        """Return the sheet's columns of those mapped columns for which `wanted(mapping, name)` holds."""
        found = (
            header.column(field_name(column.titles))
            for mapping in self.mapping.tables.values()
            for name, column in mapping.columns.items()
            if wanted(mapping, name)
        )
        return {place for place in found if place is not None}

    def _work(self, sheet: Sheet, header: Header, circumstances: Circumstances) -> dict[str, object]:
        needed = {name for mapping in self.mapping.tables.values() for name in mapping.from_heading}
        named = {name for mapping in self.mapping.tables.values() for name in mapping.from_file_name}
        if not needed and not named:
            return {}
        above = sheet.rows[: header.row]
        if "stage" in needed:
            work = facts_of(sheet, above, circumstances)
        else:
            work = circumstances.work_of(sheet, from_lines(above, circumstances.finder))
        found = {name: getattr(work, name) for name in sorted(needed)}
        if "max_score" in needed:
            found["max_score"] = _maxima(work)
        on_sheet = self._named_on(header)
        lacks = [_NEEDED[name] for name, value in found.items() if value is None and name in _NEEDED.keys() - on_sheet]
        if lacks:
            options = " ".join(option for _, option in lacks if option)
            raise FileRefused(
                f"«{self.title_ru}»: не указано: {', '.join(word for word, _ in lacks)}. Допишите в строку "
                f"над таблицей или в имя файла{f', либо укажите при загрузке: {options}' if options else ''}."
            )
        return found

    def _named_on(self, header: Header) -> set[str]:
        """Return the columns of the tables that are on the sheet."""
        return {
            name
            for mapping in self.mapping.tables.values()
            for name, column in mapping.columns.items()
            if header.column(field_name(column.titles)) is not None
        }


def _maxima(work: Work) -> dict[int | None, float] | None:
    """Return the maximum score by grade, that of every other grade under None."""
    every = {} if work.max_score is None else {None: work.max_score}
    return every | dict(work.max_by_grade or ()) or None


def _hide_names(
    draft: Draft,
    header: Header,
    rows: list[list[object]],
    faults: list[Issue],
    persons: Iterable[Persons],
    veil: Veil,
) -> None:
    """Make a draft show keys in place of names, and of other cells what gives nobody away."""
    replaced: dict[tuple[int, int], str] = {}
    shut = set(shut_columns(header, all_unknown=True))
    for fault in faults:
        if fault.column is None:
            continue
        if fault.rule in (NOT_A_CODE, NAME_ELSEWHERE) or not veil.harmless(rows[fault.candidate][fault.column]):
            replaced[fault.candidate, fault.column] = HIDDEN
    for found in persons:
        replaced |= found.outgoing
        shut |= set(found.places.secret)
    on_sheet = {(int(draft.sheet_rows[place]), column): text for (place, column), text in replaced.items()}
    draft.issues = [replace(issue, message=veil.text(issue.message)) for issue in draft.issues]
    hide(draft, Outgoing(header.row, header.titles, on_sheet, frozenset(shut), veil))


def _without_repeats(issues: list[Issue]) -> list[Issue]:
    """One cell may feed two tables: tell about it once."""
    return list({(issue.candidate, issue.column, issue.rule): issue for issue in issues}.values())


def _sightings(table: MappedTable, header: Header, issues: list[Issue], veil: Veil | None) -> Sightings:
    """Return the schools that sound rows are about, with the names the sheet gives them.

    Registers name schools themselves, and lists of others' making may name schools of other places; what is learnt
    from here are the tables in which a school reports about a year.
    """
    found = Sightings()
    if table.name == "schools" or not {"login", "year"} <= set(TABLES[table.name].slice_key):
        return found
    wrong = {issue.candidate for issue in issues}
    name_at, municipality_at = header.column("school_name"), header.column("municipality_name")
    (login_at,) = table.columns("login") or (None,)
    named_at = login_at if name_at is None else name_at
    facts: set[tuple[str, int, object, object]] = set()
    for place, row in enumerate(table.rows):
        login, year = table.values["login"][place], table.values["year"][place]
        if place not in wrong and login is not None and year is not None:
            names = (None if at is None else row[at] for at in (named_at, municipality_at))
            facts.add((login, year, *names))
    for login, year, *names in facts:
        # A child's name in the column of schools would get into the register of schools.
        school, municipality = ("" if veil and veil.names_somebody(shown(name)) else name for name in names)
        found.schools.add(SchoolSighting(login, year, parse_unit(school)[1], None, tidy(shown(municipality)) or None))
    return found
