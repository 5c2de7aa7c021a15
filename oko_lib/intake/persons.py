"""Columns that name a child → keys of pupils; what may be said of a row once the names are gone."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from oko_lib.intake import wording
from oko_lib.intake.checks.fields import NOT_A_CODE
from oko_lib.intake.drafts import Issue
from oko_lib.intake.header import Header
from oko_lib.intake.mapping import CODE, MappedPerson
from oko_lib.intake.pseudonyms import HIDDEN, Name, NameKind, PupilKeys, read_birth_date, read_name
from oko_lib.intake.text import fold, is_blank, shown
from oko_lib.intake.veil import looks_like_name

_LETTERS = re.compile(r"[^\W\d_]+")
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")

MISSING, INCOMPLETE, BIRTH, NO_COHORT = "person_missing", "person_incomplete", "person_birth_date", "person_no_cohort"
NAME_ELSEWHERE = "person_name_elsewhere"

TITLES = {
    MISSING: "Не указано, кто это",
    INCOMPLETE: "Имя неполное, ключ ученика не составить",
    BIRTH: "Дата рождения не читается",
    NO_COHORT: "Нет даты рождения и класса, ключ ученика не составить",
    NAME_ELSEWHERE: "Имя ребёнка стоит не в столбце с именем",
}

_NOBODY = "Нет ни кода участника, ни имени, ни ключа ученика. Впишите хотя бы одно из них."
_INCOMPLETE = {
    NameKind.INITIALS: "Вместо имени инициалы: по ним детей не различить. Впишите имя и отчество полностью.",
    NameKind.PARTIAL: "Имя неполное: нужны хотя бы фамилия и имя. Впишите их полностью.",
    NameKind.STRANGE: "В имени посторонние знаки или не один человек. Впишите только фамилию, имя и отчество.",
    NameKind.WITHHELD: "Имя скрыто при возврате файла. Впишите фамилию, имя и отчество заново.",
}
_BIRTH = (
    "Дата рождения не читается или у ученика такой быть не может (сама дата здесь не показана). Впишите её заново, "
    "например 01.02.2011."
)
#: What stands in the column of dates where there is none.
_NO_DATE = {"-", "—", "–", "нет", "н/д", "не указана"}
_NO_COHORT = "Нет ни даты рождения, ни класса: ключ ученика не составить. Впишите дату рождения."
#: Why an accepted row has no key; the rest of the sentence is in :meth:`Persons.remarks`.
_WHY = {
    NameKind.INITIALS: "вместо имени инициалы",
    NameKind.PARTIAL: "имя неполное",
    NameKind.STRANGE: "в имени посторонние знаки",
    NameKind.WITHHELD: "имя скрыто при возврате файла",
    NameKind.FULL: "нет даты рождения и класса",
}


def person_field(titles: tuple[str, ...]) -> str:
    """Return the name under which the header keeps a column of a person."""
    return f"person:{'|'.join(titles)}"


@dataclass(frozen=True)
class PersonPlaces:
    """Columns of the sheet that name a child; None for those that are not there."""

    key: int | None
    names: tuple[int, ...]
    birth: int | None

    @classmethod
    def of(cls, person: MappedPerson, header: Header) -> PersonPlaces:
        """Find the columns of `person` under a header."""

        def place(titles: tuple[str, ...]) -> int | None:
            return header.column(person_field(titles)) if titles else None

        names = (place(titles) for titles in person.name_titles.values())
        return cls(place(person.titles_key), tuple(at for at in names if at is not None), place(person.birth_date))

    @property
    def secret(self) -> tuple[int, ...]:
        """Columns no cell of which leaves intake as it is."""
        return (*self.names, *(() if self.birth is None else (self.birth,)))


@dataclass
class Persons:
    """Children of the rows of one table.

    Parameters
    ----------
    places : PersonPlaces
        Where they are named.
    names : list of Name
        Name of every row.
    keys : list of (str or None)
        Key of every row.
    faults : list of Issue
        Rows that cannot be taken.
    outgoing : dict of (int, int) to str
        Row and column of every cell that names somebody → what may leave in its place.
    unlinked : dict of NameKind to list of int
        Why an accepted row has no key → such rows.
    undated : list of int
        Rows whose key stands on the school and the cohort.
    """

    places: PersonPlaces
    names: list[Name]
    keys: list[str | None] = field(default_factory=list)
    faults: list[Issue] = field(default_factory=list)
    outgoing: dict[tuple[int, int], str] = field(default_factory=dict)
    unlinked: dict[NameKind, list[int]] = field(default_factory=dict)
    undated: list[int] = field(default_factory=list)

    def named_in(self, number: int, text: str) -> bool:
        """Tell whether a text of a row holds the name of its child, or anything that looks like a full name."""
        name = self.names[number]
        if looks_like_name(text):
            return True
        return name.kind is NameKind.FULL and set(_WORD.findall(fold(text))).issuperset(name.text.split()[:2])

    def remarks(self, sheet_rows: np.ndarray) -> list[str]:
        """Say which accepted rows have no key, or one that holds within a school only."""
        wrong = {fault.candidate for fault in self.faults}
        lines = []
        for kind, rows in self.unlinked.items():
            if left := [row for row in rows if row not in wrong]:
                lines.append(
                    f"{_where(left, sheet_rows)}: {_WHY[kind]} — ключа ученика нет. Строки загружены по коду "
                    "участника, но с другими этапами и годами не связаны."
                )
        if left := [row for row in self.undated if row not in wrong]:
            lines.append(
                f"{_where(left, sheet_rows)}: нет даты рождения, ключ ученика составлен по имени, школе и году "
                "поступления. В другой школе он будет другим."
            )
        return lines


def _where(rows: list[int], sheet_rows: np.ndarray) -> str:
    return f"{wording.in_rows(len(rows))} (первая — {int(sheet_rows[rows[0]]) + 1})"


def read_persons(person: MappedPerson, header: Header, rows: list[list[object]]) -> Persons:
    """Return the children of the rows as they are named; keys come later (:func:`give_keys`)."""
    places = PersonPlaces.of(person, header)
    full = header.column(person_field(person.full_name)) if person.full_name else None
    parts = tuple(at for at in places.names if at != full)
    return Persons(places, [_name(row, full, parts) for row in rows])


def _name(row: list[object], full: int | None, parts: tuple[int, ...]) -> Name:
    """Return the name of a row: the column of full names counts unless only the three columns hold a whole name."""
    whole = Name(NameKind.NONE) if full is None else read_name(row[full])
    if whole.text or not parts:
        return whole
    joined = read_name(*(row[at] for at in parts))
    return joined if joined.text or whole.kind is NameKind.NONE else whole


def give_keys(
    persons: Persons,
    rows: list[list[object]],
    values: Mapping[str, list[object]],
    own_keys: list[object],
    faulty: set[int],
    maker: PupilKeys,
) -> None:
    """Make the keys and say what may leave in place of the names.

    Parameters
    ----------
    persons : Persons
        Children as read; gets keys and faults.
    rows : list of list
        Data rows of the sheet.
    values : mapping
        Parsed columns of the table.
    own_keys : list
        Lasting keys the file has, None where it has none.
    faulty : set of int
        Rows something else is wrong with: nothing is said about a key that may be lacking because of it.
    maker : PupilKeys
        Makes keys.
    """
    codes = values.get(CODE) or [None] * len(rows)
    for number, row in enumerate(rows):
        key, shown_as, issue = _key_of(persons, number, row, values, maker)
        if own_keys[number] is not None:
            key, shown_as, issue = str(own_keys[number]), HIDDEN, None
        elif key is None and issue is None and number not in faulty:
            issue = _judge_without_key(persons, number, codes[number])
        if issue is not None:
            persons.faults.append(issue)
        persons.keys.append(key)
        _hide(persons, number, row, shown_as)


def _key_of(
    persons: Persons, number: int, row: list[object], values: Mapping[str, list[object]], maker: PupilKeys
) -> tuple[str | None, str, Issue | None]:
    """Return the key of a row, what stands in place of its name in outgoing files, and what is wrong with it."""
    name, birth_at = persons.names[number], persons.places.birth
    if name.kind is NameKind.KEY:
        return name.text, name.text, None
    if name.kind not in (NameKind.FULL, NameKind.TOKEN):
        return None, HIDDEN, None
    token = maker.token(name.text) if name.kind is NameKind.FULL else name.text
    written = None if birth_at is None else row[birth_at]
    if not is_blank(written) and fold(shown(written)) not in _NO_DATE:
        born = read_birth_date(written, _number(values, "year", number))
        if born is None:
            return None, token, Issue(number, birth_at, BIRTH, _BIRTH)
        key = maker.dated(token, born)
        return key, key, None
    login, cohort = values["login"][number], _cohort(values, number)
    if login is None or cohort is None:
        return None, token, None
    persons.undated.append(number)
    return maker.undated(token, str(login), cohort), token, None


def _number(values: Mapping[str, list[object]], column: str, number: int) -> int | None:
    value = values[column][number] if values.get(column) else None
    return int(value) if isinstance(value, int | float) and value == value else None


def _cohort(values: Mapping[str, list[object]], number: int) -> int | None:
    """Return year − grade, the child's own class before the class it competes for."""
    year = _number(values, "year", number)
    grade = _number(values, "pupil_grade", number) or _number(values, "grade", number)
    return None if year is None or not grade else year - grade


def _judge_without_key(persons: Persons, number: int, code: object) -> Issue | None:
    """Say what is wrong with a row without a key; a code of a participant is enough to take it."""
    kind = persons.names[number].kind
    column = persons.places.names[0] if persons.places.names else persons.places.key
    if kind is NameKind.NONE:
        return None if code is not None else Issue(number, column, MISSING, _NOBODY)
    known = NameKind.FULL if kind in (NameKind.FULL, NameKind.TOKEN) else kind
    if code is not None:
        persons.unlinked.setdefault(known, []).append(number)
        return None
    if known is NameKind.FULL:
        return Issue(number, persons.places.birth or column, NO_COHORT, _NO_COHORT)
    return Issue(number, column, INCOMPLETE, _INCOMPLETE[kind])


def _hide(persons: Persons, number: int, row: list[object], shown_as: str) -> None:
    """Put the key or the token in place of the first cell of the name, «скрыто» in place of the others."""
    filled = [at for at in persons.places.names if not is_blank(row[at])]
    for at in filled:
        persons.outgoing[number, at] = shown_as if at == filled[0] else HIDDEN
    birth = persons.places.birth
    if birth is not None and not is_blank(row[birth]):
        persons.outgoing[number, birth] = HIDDEN


def code_faults(persons: Persons, codes: list[object], column: int | None) -> list[Issue]:
    """Return rows whose code has a part of the child's name in it: «Иванов7»."""
    found = []
    for number, code in enumerate(codes):
        name = persons.names[number]
        if code is None or name.kind is not NameKind.FULL:
            continue
        if {part for part in _LETTERS.findall(name.text) if len(part) > 2} & set(_LETTERS.findall(fold(str(code)))):
            found.append(Issue(number, column, NOT_A_CODE, "В коде стоит имя. Впишите код без имени или уберите его."))
    return found
