"""What a form asks for: the columns of a mapping with what its table allows in them."""

from __future__ import annotations

from dataclasses import dataclass

from oko_lib.intake.checks.fields import ALL_SUBJECTS
from oko_lib.intake.mapping import MappedColumn, Mapping, load_mappings
from oko_lib.intake.vocabulary import SUBJECT_LISTS
from oko_lib.settings.levels import LISTS, load_levels
from oko_lib.settings.loading import SettingsError, suggest
from oko_lib.settings.subjects import load_subjects
from oko_lib.settings.workspace import Workspace
from oko_lib.tables import TABLES, Column, ColumnType

#: Spellings under which no number is limited from above are given this bound: Excel wants one.
_NO_LIMIT = 1_000_000_000


@dataclass(frozen=True)
class FormColumn:
    """One column of a form.

    Parameters
    ----------
    heading : str
        Heading the intake knows.
    mapped : MappedColumn or None
        How the mapping reads it; None for the name of the school, which is there for people.
    column : Column or None
        Column of the table it fills.
    choices : tuple of str
        Closed list to choose from, empty when anything of the type goes.
    """

    heading: str
    mapped: MappedColumn | None = None
    column: Column | None = None
    choices: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Name of the table's column, empty for the school's name."""
        return self.column.name if self.column else ""

    @property
    def needed(self) -> bool:
        """Whether a row of data must have a value here."""
        if self.column is None or self.mapped.default is not None:
            return False
        # A form asks for no names, so a code that intake could make of a name must be there.
        return self.mapped.required or not self.column.nullable

    @property
    def is_number(self) -> bool:
        return self.column is not None and self.column.type in (ColumnType.INT, ColumnType.FLOAT)

    @property
    def bounds(self) -> tuple[float, float]:
        """Smallest and largest number allowed."""
        low, high = self.column.minimum, self.column.maximum
        return (-_NO_LIMIT if low is None else low), (_NO_LIMIT if high is None else high)

    @property
    def allowed_ru(self) -> str:
        """What may be written, in a few words."""
        if self.column is None:
            return "для вас; не загружается как данные"
        if self.choices:
            return "из списка: " + ", ".join(self.choices)
        if self.name == "login":
            return "логин ФИС ОКО, например edu990389"
        if self.column.words == "task":
            return "номер, как в протоколе: 1, 4К1, 9.1"
        if self.column.words == "code":
            return "цифры и буквы без пробелов, хотя бы одна цифра; имена не пишите"
        if self.is_number:
            kind = "целое число" if self.column.type is ColumnType.INT else "число"
            low, high = self.column.minimum, self.column.maximum
            parts = (f" от {low:g}" if low is not None else "", f" до {high:g}" if high is not None else "")
            return kind + "".join(parts)
        return "текст"


@dataclass(frozen=True)
class Form:
    """A form.

    Parameters
    ----------
    mapping : Mapping
        Mapping that will take the filled form in.
    table : str
        Table it fills.
    columns : tuple of FormColumn
        Columns in the order of the sheet.
    """

    mapping: Mapping
    table: str
    columns: tuple[FormColumn, ...]

    @property
    def kind(self) -> str:
        """Name by which the form is asked for."""
        return self.mapping.name

    @property
    def title_ru(self) -> str:
        return self.mapping.title_ru

    @property
    def by_school(self) -> bool:
        """Whether its rows are about schools; otherwise no school can be filled in beforehand."""
        return any(column.name == "login" for column in self.columns)

    @property
    def rows(self) -> tuple[dict[str, object], ...]:
        """What every school's rows are filled with beforehand, besides year and login."""
        return self.mapping.form.rows * self.mapping.form.copies


def all_forms(workspace: Workspace) -> dict[str, Form]:
    """Return the forms that can be made, by kind.

    Raises
    ------
    SettingsError
        If a parameter file is wrong.
    """
    lists = _Lists(workspace)
    mappings = load_mappings(workspace.parameters / "layouts")
    return {mapping.name: _form(mapping, lists) for mapping in mappings if mapping.form is not None}


def form_named(workspace: Workspace, kind: str) -> Form:
    """Return the form of a kind; the Russian title will do too.

    Raises
    ------
    SettingsError
        If there is no such form; the message names the nearest one and all there are.
    """
    forms = all_forms(workspace)
    titles = {form.title_ru.casefold(): form for form in forms.values()}
    found = forms.get(kind) or titles.get(kind.casefold())
    if found is None:
        listed = "; ".join(f"{form.kind} — {form.title_ru}" for form in forms.values())
        raise SettingsError(f"Нет формы «{kind}».{suggest(kind, [*forms, *titles])} Есть: {listed}.")
    return found


class _Lists:
    """Closed lists of values as people read them."""

    def __init__(self, workspace: Workspace) -> None:
        self._levels = load_levels(workspace)
        self._subjects = load_subjects(workspace)

    def choices(self, column: Column) -> tuple[str, ...]:
        if column.type is ColumnType.BOOL:
            return ("да", "нет")
        if column.name == "subject":
            areas = set(SUBJECT_LISTS.get(column.words, ()))
            known = self._subjects.subjects
            names = tuple(subject.name for subject in known if not subject.only or areas & set(subject.only))
            return (ALL_SUBJECTS, *names) if column.words == "all_subjects" else names
        if column.words in LISTS:
            return tuple(word.title_ru for word in self._levels.words(column.words))
        return column.allowed


def _form(mapping: Mapping, lists: _Lists) -> Form:
    name, table = next(iter(mapping.tables.items()))
    columns: list[FormColumn] = []
    for column_name, mapped in table.columns.items():
        column = TABLES[name].column(column_name)
        columns.append(FormColumn(mapped.titles[0].rstrip("*"), mapped, column, lists.choices(column)))
        if column_name == "login" and mapping.mentions.school_name:
            columns.append(FormColumn(mapping.mentions.school_name[0]))
    return Form(mapping, name, tuple(columns))


def title_of(form: Form, column: str, value: object, workspace: Workspace) -> object:
    """Return a value of a column as the form writes it: the title of a code, «да» of true."""
    definition = TABLES[form.table].column(column)
    if definition.type is ColumnType.BOOL:
        return "да" if value else "нет"
    if definition.words in LISTS:
        return load_levels(workspace).title(definition.words, str(value))
    return value
