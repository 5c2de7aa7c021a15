"""Which reports there are to build: municipality or school × direction × year, from the pinned data."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from functools import cached_property

from oko_lib.batch.available import Available, survey
from oko_lib.batch.directions import DIRECTIONS, Direction, all_tables, direction
from oko_lib.batch.explain import unexpected
from oko_lib.batch.outcomes import Problem, Skipped
from oko_lib.batch.school_names import natural_order
from oko_lib.batch.schools import School, find_school, schools_of
from oko_lib.batch.spec import ReportSpec
from oko_lib.indicators.registers import municipality_register, region_name
from oko_lib.indicators.years import choose_year, lacking
from oko_lib.report.names import short_school
from oko_lib.settings.loading import SettingsError, suggest
from oko_lib.settings.workspace import Workspace
from oko_lib.store import Snapshot

#: Called with the direction that will be asked for its schools, all directions with data and the year.
BeforeList = Callable[[Direction, list[Direction], int], object]


@dataclass(frozen=True)
class Selection:
    """What was asked for; everything named is built, so the parts add up.

    Parameters
    ----------
    municipalities : tuple of str
        Codes or names.
    all : bool
        All municipalities with data and the regional summaries.
    region : bool
        The regional summaries (also beside chosen municipalities).
    directions : tuple of str
        Names; empty for all directions.
    year : int or None
        None for the newest year with data of the chosen directions.
    schools : tuple of str
        Identifiers, logins or names of schools to report, listed or not.
    no_schools : bool
        Leave out the schools a direction lists by itself.
    """

    municipalities: tuple[str, ...] = ()
    all: bool = False
    region: bool = False
    directions: tuple[str, ...] = ()
    year: int | None = None
    schools: tuple[str, ...] = ()
    no_schools: bool = False


@dataclass(frozen=True)
class Plan:
    """What is to be built, and what is not although it was asked for.

    Parameters
    ----------
    year : int
        One year for the whole run.
    specs : tuple of ReportSpec
        Regional summaries first, then municipalities, then schools.
    skipped : tuple of Skipped
        What the data do not allow.
    problems : tuple of Problem
        Lists of schools that could not be had.
    """

    year: int
    specs: tuple[ReportSpec, ...]
    skipped: tuple[Skipped, ...] = ()
    problems: tuple[Problem, ...] = ()


def plan_reports(
    workspace: Workspace,
    snapshot: Snapshot,
    selection: Selection,
    known: dict[str, Direction] | None = None,
    before_list: BeforeList | None = None,
) -> Plan:
    """Return the reports `selection` asks for.

    `before_list` is called before a direction is asked which schools to report, which takes long where what it stands
    on is not computed yet.

    Of a direction named with a municipality or a school, data are demanded; what ``all`` or an unnamed direction
    brings along is left out where there are none.

    Raises
    ------
    SettingsError
        If a municipality, school, direction or year does not exist or has no data, or nothing was asked for.
    """
    registry = DIRECTIONS if known is None else known
    places = selection.all or selection.region or bool(selection.municipalities)
    if not places and not selection.schools:
        raise SettingsError(
            "Не сказано, что строить. Все муниципалитеты: oko run --all; один: oko run --municipality КОД; "
            "список: oko list."
        )
    directions = [direction(name, registry) for name in dict.fromkeys(selection.directions)] or list(registry.values())
    with_schools = [item for item in directions if item.school_notebook]
    if selection.schools and not with_schools:
        raise SettingsError(_no_school_reports(directions, registry))
    if not places:
        directions = with_schools
    year = choose_year(snapshot, selection.year, all_tables(directions))
    if selection.directions:
        for item in directions:
            choose_year(snapshot, year, item.tables)
    return _Planner(workspace, snapshot, selection, directions, year, before_list).plan()


def _no_school_reports(chosen: list[Direction], registry: dict[str, Direction]) -> str:
    others = [item.name for item in registry.values() if item.school_notebook]
    hint = f" Они есть у направлений: {', '.join(others)}." if others else ""
    return f"Профилей школ у направления нет: {', '.join(item.name for item in chosen)}.{hint}"


@dataclass
class _Planner:
    """One plan in the making: directions and year are settled."""

    workspace: Workspace
    snapshot: Snapshot
    selection: Selection
    directions: list[Direction]
    year: int
    before_list: BeforeList | None = None
    skipped: dict[str, list[str]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def plan(self) -> Plan:
        specs = [*self._regional(), *self._municipal(), *self._of_schools()]
        if not specs:
            raise SettingsError(self._nothing())
        by_name = {item.name: item for item in self.directions}
        skipped = [
            Skipped(name, f"нет {lacking(by_name[name].tables)} за {self.year} год", tuple(whom))
            for name, whom in self.skipped.items()
        ]
        return Plan(self.year, tuple(specs), tuple(skipped), tuple(self.problems))

    def _nothing(self) -> str:
        if self.selection.region and not self.selection.all:
            return f"Сводки по региону нет у направления: {', '.join(item.name for item in self.directions)}."
        return (
            f"Строить нечего: данные за {self.year} год есть, но муниципалитеты их школ неизвестны. "
            "Загрузите справочники муниципалитетов и школ: oko ingest ПАПКА."
        )

    @cached_property
    def _data(self) -> dict[str, Available]:
        """What each direction's own tables allow."""
        by_tables = {item.tables: survey(self.snapshot, self.year, item.tables) for item in self.directions}
        return {item.name: by_tables[item.tables] for item in self.directions}

    @cached_property
    def _region_name(self) -> str:
        return region_name(self.snapshot) or "регион"

    @cached_property
    def _register(self) -> dict[str, str]:
        """Code → name of all municipalities, by name."""
        frame = municipality_register(self.snapshot)
        return dict(zip(frame["municipality_code"], frame["municipality_name"], strict=True))

    @cached_property
    def _chosen(self) -> list[str]:
        """Codes of the municipalities asked for."""
        with_data = {code for item in self._data.values() for code in item.codes}
        named = [_find_municipality(wanted, self._register, with_data) for wanted in self.selection.municipalities]
        return list(self._register) if self.selection.all else list(dict.fromkeys(named))

    @cached_property
    def _schools(self) -> dict[str, School]:
        return schools_of(self.snapshot)

    def _skip(self, item: Direction, whom: str) -> None:
        self.skipped.setdefault(item.name, []).append(whom)

    def _spec(self, item: Direction, code: str | None, school: tuple[str, str] | None = None) -> ReportSpec:
        name = self._register[code] if code is not None else None
        return ReportSpec(item, self.year, code, name, self._region_name, *(school or (None, None)))

    def _regional(self) -> list[ReportSpec]:
        specs = []
        for item in self.directions:
            if not item.region_notebook or not (self.selection.all or self.selection.region):
                continue
            if self.year in self._data[item.name].years:
                specs.append(self._spec(item, None))
            else:
                self._skip(item, "сводка по региону")
        return specs

    def _municipal(self) -> list[ReportSpec]:
        specs = []
        for code in self._chosen:
            having = [item for item in self.directions if code in self._data[item.name].codes]
            if not self.selection.all:
                self._demand(having, f"У муниципалитета «{self._register[code]}»")
            for item in self.directions:
                if item in having:
                    specs.append(self._spec(item, code))
                else:
                    self._skip(item, self._register[code])
        return specs

    def _demand(self, having: list[Direction], whose: str) -> None:
        """Refuse what was asked for by name and has no data: in a direction named, or in every one."""
        missing = [item for item in self.directions if item not in having]
        if missing and (self.selection.directions or not having):
            raise SettingsError(f"{whose} нет {lacking(all_tables(missing))} за {self.year} год.")

    def _of_schools(self) -> list[ReportSpec]:
        """Plan the schools asked for and, in the chosen municipalities, those the directions list."""
        directions = [item for item in self.directions if item.school_notebook]
        asked = [find_school(wanted, self._schools, self._chosen) for wanted in self.selection.schools]
        by_direction = {item.name: self._listed(item) for item in directions}
        for school in asked:
            self._add_asked(school, directions, by_direction)
        return [
            self._spec(item, code, school)
            for code in self._register
            for item in directions
            for school in sorted(by_direction[item.name].get(code, ()), key=_school_order)
        ]

    def _add_asked(
        self, school: School, directions: list[Direction], chosen: dict[str, dict[str, set[tuple[str, str]]]]
    ) -> None:
        code = school.municipality_code
        if code is None or code not in self._register:
            raise SettingsError(
                f"Муниципалитет школы {school.id} ({school.name}) неизвестен. Загрузите справочник школ: "
                "oko ingest ПАПКА."
            )
        having = [item for item in directions if school.id in self._with_data(item)]
        missing = [item for item in directions if item not in having]
        if missing and (self.selection.directions or not having):
            raise SettingsError(
                f"У школы {school.id} ({school.name}) нет {lacking(all_tables(missing))} за {self.year} год."
            )
        for item in missing:
            self._skip(item, school.short)
        for item in having:
            chosen[item.name].setdefault(code, set()).add((school.id, school.name))

    def _with_data(self, item: Direction) -> set[str]:
        return set(self._data[item.name].schools["school"])

    def _listed(self, item: Direction) -> dict[str, set[tuple[str, str]]]:
        """Return code → (identifier, name) of the schools the direction lists in the chosen municipalities."""
        codes = self._data[item.name].codes & set(self._chosen)
        if self.selection.no_schools or item.schools is None or not codes:
            return {}
        if self.before_list is not None:
            self.before_list(item, [one for one in self.directions if self._data[one.name].codes], self.year)
        try:
            listed = item.schools(self.workspace, self.snapshot, self.year)
            found = [(str(code), str(school), str(name)) for code, pairs in listed.items() for school, name in pairs]
        except Exception as error:  # the municipalities' own reports do not depend on it
            message = f"Перечень школ для профилей не получен: {unexpected(error)}"
            self.problems.append(Problem(item.name, message, details=traceback.format_exc()))
            return {}
        with_data = self._with_data(item)
        chosen: dict[str, set[tuple[str, str]]] = {}
        for given, school, name in found:
            known = self._schools.get(school)
            code = known.municipality_code or given if known else given
            if code not in codes:
                continue
            if school in with_data and known:
                chosen.setdefault(code, set()).add((school, known.name))
            else:
                self._skip(item, known.short if known else name)
        return chosen


def _school_order(school: tuple[str, str]) -> tuple:
    return natural_order(short_school(school[1])), school[0]


def _folded(text: str) -> str:
    return " ".join(text.casefold().replace("ё", "е").split())


def _find_municipality(wanted: str, register: dict[str, str], with_data: Collection[str]) -> str:
    """Return the code of the municipality written as a code or a name; of one name, of the one with data."""
    folded = _folded(wanted)
    found = [code for code, name in register.items() if folded in {_folded(code), _folded(name)}]
    chosen = [code for code in found if code in with_data] or found
    if len(chosen) == 1:
        return chosen[0]
    if chosen:
        raise SettingsError(f"Название «{wanted}» носят несколько муниципалитетов: укажите код (oko list).")
    raise SettingsError(f"Нет муниципалитета «{wanted}».{_nearest(folded, register) or ' Список с кодами: oko list.'}")


def _nearest(folded: str, register: dict[str, str]) -> str:
    spelt: dict[str, str] = {_folded(word): word for pair in register.items() for word in pair}
    near = suggest(folded, list(spelt))
    for key, word in spelt.items():
        near = near.replace(f"«{key}»", f"«{word}»")
    return near
