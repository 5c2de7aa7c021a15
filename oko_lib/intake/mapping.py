"""Mapping files ``parameters/layouts/*.yaml``: other people's spreadsheets described without programming."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from oko_lib.settings.loading import SettingsError, Strict, load, suggest
from oko_lib.tables import TABLES, Table

Scalar = str | int | float | bool

#: Tables a mapping may fill: everything but what the store itself keeps.
FILLABLE = tuple(name for name, table in TABLES.items() if table.slice_key)

#: Columns that follow from others and need not be mapped: the region's code is a part of the municipality's.
DERIVED = {("municipalities", "region_code")}

#: The code of a participant in tables of participants; where a file has none, the child's key stands for it.
CODE = "participant_code"


class MappedColumn(Strict):
    """How one column of the table is found in the sheet.

    Attributes
    ----------
    titles : tuple of str
        Headings under which it comes; a trailing ``*`` means «begins with».
    required : bool
        Without this column the file is not recognised.
    part : str
        ``code`` or ``name``: that part of «МБОУ «…»(edu990389)»; ``whole``: the cell as it is.
    values : dict
        Replacements: what stands in the file → what to keep.
    default : str, int, float, bool or None
        What an empty cell or a missing column means («Присутствовал»: empty is «да»).
    """

    titles: tuple[str, ...] = Field(min_length=1)
    required: bool = True
    part: Literal["whole", "code", "name"] = "whole"
    values: dict[str, Scalar] = Field(default_factory=dict)
    default: Scalar | None = None


class MappedPerson(Strict):
    """Columns that name a child: intake makes a lasting key of them and drops them.

    Attributes
    ----------
    key : str
        Column of the table that gets the key.
    titles_key : tuple of str
        Headings of a lasting key the file already has; such a key is taken as it is.
    full_name, last_name, first_name, middle_name, birth_date : tuple of str
        Headings of the name, in one column or in three, and of the date of birth.
    """

    key: str = "pupil_key"
    titles_key: tuple[str, ...] = ()
    full_name: tuple[str, ...] = ()
    last_name: tuple[str, ...] = ()
    first_name: tuple[str, ...] = ()
    middle_name: tuple[str, ...] = ()
    birth_date: tuple[str, ...] = ()

    @property
    def name_titles(self) -> dict[str, tuple[str, ...]]:
        """Parts of the name that the mapping knows → their headings, in the order of a full name."""
        parts = ("full_name", "last_name", "first_name", "middle_name")
        return {part: getattr(self, part) for part in parts if getattr(self, part)}

    @property
    def all_titles(self) -> tuple[tuple[str, ...], ...]:
        """Headings of all columns of a person, column by column."""
        return tuple(item for item in (self.titles_key, *self.name_titles.values(), self.birth_date) if item)

    @model_validator(mode="after")
    def _names_somebody(self) -> MappedPerson:
        if not self.full_name and not (self.last_name and self.first_name):
            raise ValueError("нужен столбец full_name либо столбцы last_name и first_name.")
        return self


class TableMapping(Strict):
    """Which columns of one table a sheet fills.

    Attributes
    ----------
    columns : dict
        Column of the table → how it is found.
    constants : dict
        Column of the table → value for every row.
    from_heading : tuple
        Facts taken from the title lines, the names of sheet and file, or the command line, for rows that do not say
        them in a column of their own.
    from_file_name : tuple
        Columns of the table that receive the name of the file (a source, when nothing else tells it).
    prefilled : tuple
        Columns a collection form fills beforehand: a row in which nothing else is filled is not data.
    optional_at_least : int
        How many of the columns that are not required must be there for the sheet to be recognised.
    person : MappedPerson or None
        Columns that name a child. A row without a code of a participant then gets the child's key for a code.
    """

    columns: dict[str, MappedColumn] = Field(default_factory=dict)
    constants: dict[str, Scalar] = Field(default_factory=dict)
    from_heading: tuple[Literal["year", "grade", "subject", "stage", "max_score"], ...] = ()
    from_file_name: tuple[str, ...] = ()
    prefilled: tuple[str, ...] = ()
    optional_at_least: int = Field(default=0, ge=0)
    person: MappedPerson | None = None

    def given(self) -> set[str]:
        """Return the columns of the table the mapping fills."""
        return {*self.columns, *self.constants, *self.from_heading, *self.from_file_name, *self.made_of_person()}

    def made_of_person(self) -> set[str]:
        """Return the columns whose value may come from the columns of a person."""
        return {self.person.key, CODE} if self.person else set()


class Mentions(Strict):
    """Columns that are not data of the table but say what a school is called: for the register of schools.

    Attributes
    ----------
    school_name, municipality_name : tuple of str
        Headings of such columns.
    """

    school_name: tuple[str, ...] = ()
    municipality_name: tuple[str, ...] = ()


class FormRows(Strict):
    """Which rows a blank collection form gets for every school.

    Attributes
    ----------
    rows : tuple of dict
        One per row: column of the table → value as the table keeps it («exam: ОГЭ»). Year and login are always filled;
        a form about no school (what tasks of a work test) has no rows filled beforehand.
    copies : int
        How many times: a form with one pupil a row needs many rows for a school.
    """

    rows: tuple[dict[str, Scalar], ...] = ({},)
    copies: int = Field(default=1, ge=1, le=500)


class Mapping(Strict):
    """One mapping file.

    Attributes
    ----------
    name : str
        Identifier, kept in the journal of loads.
    title_ru : str
        What a methodologist calls such a file.
    rank : int
        2 for official reports and directories, 1 for collected forms.
    ignored_titles : tuple of str
        Headings that are known to be there and are not wanted; other unknown headings are reported.
    mentions : Mentions
        Headings of names for the register of schools.
    form : FormRows or None
        Such files are collected: a blank form can be made (``oko form make``).
    tables : dict
        Table → mapping; one sheet may fill several tables.
    """

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    title_ru: str
    rank: Literal[1, 2] = 2
    ignored_titles: tuple[str, ...] = ()
    mentions: Mentions = Mentions()
    form: FormRows | None = None
    tables: dict[str, TableMapping] = Field(min_length=1)

    @model_validator(mode="before")
    @classmethod
    def _known_keys(cls, content: object) -> object:
        """Refuse a misspelt key inside a table or a column with a hint: there the general message has none."""
        tables = content.get("tables") if isinstance(content, dict) else None
        for table, mapping in tables.items() if isinstance(tables, dict) else ():
            _refuse_unknown_keys(f"tables → {table}", mapping, TableMapping)
            columns = mapping.get("columns") if isinstance(mapping, dict) else None
            for name, column in columns.items() if isinstance(columns, dict) else ():
                _refuse_unknown_keys(f"tables → {table} → columns → {name}", column, MappedColumn)
            person = mapping.get("person") if isinstance(mapping, dict) else None
            _refuse_unknown_keys(f"tables → {table} → person", person, MappedPerson)
        return content

    @model_validator(mode="after")
    def _fits_the_tables(self) -> Mapping:
        for name, mapping in self.tables.items():
            if name not in FILLABLE:
                raise ValueError(f"таблицы «{name}» нет.{suggest(name, list(FILLABLE))} Есть: {', '.join(FILLABLE)}.")
            _check_columns(TABLES[name], mapping)
        required = {
            column.titles for mapping in self.tables.values() for column in mapping.columns.values() if column.required
        }
        if len(required) < 2:
            raise ValueError(
                "нужно хотя бы два обязательных столбца (required), иначе раскладку не отличить от других."
            )
        self._check_form()
        return self

    def _check_form(self) -> None:
        if self.form is None:
            return
        main = next(iter(self.tables.values()))
        always = [name for name in ("year", "login") if name == "year" or name in main.columns]
        if not set(always) <= set(main.prefilled):
            raise ValueError(f"form: впишите {' и '.join(always)} в prefilled: форма заполняет их заранее.")
        for row in self.form.rows:
            for name in row:
                if name not in main.prefilled:
                    raise ValueError(
                        f"form: столбца «{name}» нет в prefilled: строка, где заполнен только он, сочтётся данными."
                    )


def _refuse_unknown_keys(place: str, content: object, model: type[Strict]) -> None:
    known = list(model.model_fields)
    for key in content if isinstance(content, dict) else ():
        if key not in known:
            raise ValueError(
                f"{place}: неизвестный параметр «{key}».{suggest(key, known)} Известны: {', '.join(known)}."
            )


def _check_columns(table: Table, mapping: TableMapping) -> None:
    known = [column.name for column in table.columns]
    for name in mapping.given():
        if name not in known:
            raise ValueError(
                f"в таблице «{table.name}» нет столбца «{name}».{suggest(name, known)} Есть: {', '.join(known)}."
            )
    made = [mapping.person.key] if mapping.person else []
    #: A column that may be missing and the title lines may both tell a fact: the column comes first.
    sure = [name for name in mapping.from_heading if name not in mapping.columns or mapping.columns[name].required]
    counts = [*mapping.columns, *mapping.constants, *sure, *mapping.from_file_name, *made]
    twice = sorted({name for name in counts if counts.count(name) > 1})
    if twice:
        raise ValueError(f"столбец «{twice[0]}» таблицы «{table.name}» задан дважды.")
    lacking = [
        column.name
        for column in table.columns
        if not column.nullable and column.name not in mapping.given() and (table.name, column.name) not in DERIVED
    ]
    if lacking:
        raise ValueError(
            f"для таблицы «{table.name}» не задано: {', '.join(lacking)}. Укажите столбец (columns), "
            "значение для всех строк (constants) или возьмите из заголовка (from_heading)."
        )
    for name in lacking_required(table, mapping):
        raise ValueError(
            f"столбец «{name}» таблицы «{table.name}» обязателен: уберите required: false или задайте default — "
            "что значит пустая ячейка."
        )
    strange = [name for name in mapping.prefilled if name not in mapping.columns]
    if strange:
        raise ValueError(
            f"prefilled: столбца «{strange[0]}» нет среди columns.{suggest(strange[0], list(mapping.columns))}"
        )
    optional = sum(not column.required for column in mapping.columns.values())
    if mapping.optional_at_least > optional:
        raise ValueError(
            f"optional_at_least: {mapping.optional_at_least}, а необязательных столбцов только {optional}."
        )


def lacking_required(table: Table, mapping: TableMapping) -> list[str]:
    """Return columns the table cannot do without and the mapping allows to be missing."""
    return [
        column.name
        for column in table.columns
        if not column.nullable
        and column.name in mapping.columns
        and not mapping.columns[column.name].required
        and mapping.columns[column.name].default is None
        and column.name not in {*mapping.made_of_person(), *mapping.from_heading}
    ]


def load_mappings(folder: Path) -> list[Mapping]:
    """Return all mapping files of a folder, in the order of their names.

    Raises
    ------
    SettingsError
        If a file is wrong or two mappings have one name.
    """
    mappings: dict[str, Mapping] = {}
    for path in sorted(folder.glob("*.yaml")) if folder.is_dir() else ():
        mapping = load(path, Mapping)
        if mapping.name in mappings:
            raise SettingsError(
                f"{path.name}: раскладка «{mapping.name}» уже есть в другом файле. Дайте ей другое имя."
            )
        mappings[mapping.name] = mapping
    return list(mappings.values())
