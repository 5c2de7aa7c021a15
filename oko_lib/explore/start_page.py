"""What the start page tells of a working place: the data there are, what is missing, what can be built."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from oko_lib.batch.directions import DIRECTIONS, Direction
from oko_lib.explore.sources import sources_of_tables
from oko_lib.indicators.registers import municipality_register, region_name
from oko_lib.settings.workspace import Workspace
from oko_lib.store import Snapshot
from oko_lib.tables import TABLES

#: What the store keeps for itself.
_BOOKKEEPING = frozenset({"loads", "quarantine"})
#: Tables whose rows name schools, but in which no municipality need have any: registers and lists of few schools.
_OF_THE_REGION = frozenset({"schools", "school_logins", "published_lists", "control_group_schools"})
#: Two tables of one thing: a municipality that fills one need not fill the other.
_INSTEAD = {
    "exam_results_by_participant": "exam_counts_by_school",
    "exam_counts_by_school": "exam_results_by_participant",
    "diagnostic_results_by_participant": "diagnostic_counts_by_school",
    "diagnostic_counts_by_school": "diagnostic_results_by_participant",
}


@dataclass(frozen=True)
class YearOfTable:
    """Rows of one table in one year.

    Parameters
    ----------
    rows : int
    codes : frozenset of str
        Municipalities with rows; empty for a table that does not tell them apart.
    """

    rows: int
    codes: frozenset[str] = frozenset()


@dataclass(frozen=True)
class TableOnPage:
    """One table.

    Parameters
    ----------
    name, title : str
    by_place : bool
        Whether its rows belong to municipalities.
    years : mapping of int to YearOfTable
        Year → its rows; year 0 for a table without years.
    """

    name: str
    title: str
    by_place: bool
    years: Mapping[int, YearOfTable]

    @property
    def rows(self) -> int:
        """Rows of all years."""
        return sum(item.rows for item in self.years.values())

    def has(self, year: int) -> bool:
        """Tell whether a report on `year` finds rows here; a table without years serves every one."""
        return bool(self.years) and (0 in self.years or year in self.years)


@dataclass(frozen=True)
class Missing:
    """A table a direction would read and that has no rows.

    Parameters
    ----------
    title : str
    sources : tuple of str
        What fills it, in words.
    """

    title: str
    sources: tuple[str, ...]


@dataclass(frozen=True)
class DirectionOnPage:
    """What can be built of one direction for the year of the page.

    Parameters
    ----------
    name, title : str
    notebooks : tuple of str
        File names.
    codes : frozenset of str
        Municipalities it can be built for.
    years : tuple of int
        Years with data.
    needed : tuple of Missing
        When nothing can be built: the tables any of which would do.
    wanted : tuple of Missing
        Tables without which some sections stay empty.
    """

    name: str
    title: str
    notebooks: tuple[str, ...]
    codes: frozenset[str] = frozenset()
    years: tuple[int, ...] = ()
    needed: tuple[Missing, ...] = ()
    wanted: tuple[Missing, ...] = ()


@dataclass(frozen=True)
class StartContent:
    """The page.

    Parameters
    ----------
    year : int or None
        The newest year any direction has data of; the rest is about it. None without data.
    region : str
    municipalities : mapping of str to str
        Code → name, by name.
    tables : tuple of TableOnPage
        Tables with rows.
    directions : tuple of DirectionOnPage
    loaded : int
        Number of the newest load: the page is out of date when there is a newer one.
    """

    year: int | None = None
    region: str = ""
    municipalities: Mapping[str, str] = field(default_factory=dict)
    tables: tuple[TableOnPage, ...] = ()
    directions: tuple[DirectionOnPage, ...] = ()
    loaded: int = 0

    @property
    def all_years(self) -> list[int]:
        """Years any table has rows of, newest first."""
        return sorted({year for item in self.tables for year in item.years if year}, reverse=True)

    def lacking(self, item: TableOnPage, year: int) -> list[str]:
        """Return the municipalities without rows in a table that tells them apart, by name."""
        there = item.years.get(year)
        if not item.by_place or there is None:
            return []
        instead = next((other for other in self.tables if other.name == _INSTEAD.get(item.name)), None)
        also = instead.years.get(year, YearOfTable(0)).codes if instead else frozenset()
        return [name for code, name in self.municipalities.items() if code not in there.codes | also]


def start_content(workspace: Workspace, snapshot: Snapshot | None) -> StartContent:
    """Return the content of the page; `snapshot` is None in a working place without data."""
    if snapshot is None:
        return StartContent(directions=tuple(_without_data(workspace)))
    register = municipality_register(snapshot)
    names = dict(zip(register["municipality_code"], register["municipality_name"], strict=True))
    tables = _tables(snapshot, names)
    by_name = {item.name: item for item in tables}
    standing = {name for item in DIRECTIONS.values() for name in item.tables}
    year = max((year for item in tables if item.name in standing for year in item.years), default=None)
    sources = sources_of_tables(workspace)
    return StartContent(
        year=year,
        region=region_name(snapshot) or "",
        municipalities=names,
        tables=tables,
        directions=tuple(_direction(item, by_name, year or 0, sources) for item in DIRECTIONS.values()),
        loaded=snapshot.sequence,
    )


def _without_data(workspace: Workspace) -> Iterable[DirectionOnPage]:
    sources = sources_of_tables(workspace)
    return (_direction(item, {}, 0, sources) for item in DIRECTIONS.values())


def _direction(
    item: Direction, tables: Mapping[str, TableOnPage], year: int, sources: Mapping[str, tuple[str, ...]]
) -> DirectionOnPage:
    standing = [tables[name] for name in item.tables if name in tables]
    codes = frozenset().union(*(table.years[year].codes for table in standing if year in table.years))

    def is_there(name: str) -> bool:
        return name in tables and tables[name].has(year)

    read = dict.fromkeys((*item.tables, *(item.reads or ())))
    absent = [
        name
        for name in read
        if name not in _BOOKKEEPING and not is_there(name) and not is_there(_INSTEAD.get(name, ""))
    ]
    return DirectionOnPage(
        name=item.name,
        title=item.title_ru,
        notebooks=item.notebooks,
        codes=codes,
        years=tuple(sorted({one for table in standing for one in table.years})),
        needed=() if codes else _missing(item.tables, sources),
        wanted=_missing([name for name in absent if codes or name not in item.tables], sources),
    )


def _missing(names: Sequence[str], sources: Mapping[str, tuple[str, ...]]) -> tuple[Missing, ...]:
    return tuple(Missing(TABLES[name].title_ru, sources.get(name, ())) for name in names)


# A school's municipality is stated by some files and not by others: one statement in any year is enough.
_COUNTED = """
    with places as (
        select
            coalesce(history.school_id, schools.login) as school,
            arg_max(coalesce(schools.municipality_code, named.municipality_code), schools.year) as code
        from schools
        left join school_logins as history on history.login = schools.login
        left join municipalities as named
            on schools.municipality_code is null
            and lower(trim(named.municipality_name)) = lower(trim(schools.municipality_name))
        where coalesce(schools.municipality_code, named.municipality_code) is not null
        group by 1
    ),
    counted as ({selects})
    select counted.name, counted.year, places.code, sum(counted.n)::bigint as n
    from counted
    left join school_logins as history on history.login = counted.login
    left join places on places.school = coalesce(history.school_id, counted.login)
    group by all
"""


def _tables(snapshot: Snapshot, names: Mapping[str, str]) -> tuple[TableOnPage, ...]:
    """Count the rows of every table by year and municipality, in one question."""
    selects = []
    for definition in TABLES.values():
        if definition.name in _BOOKKEEPING or definition.name not in snapshot.sources:
            continue
        columns = {column.name for column in definition.columns}
        year = "year" if "year" in columns else "0"
        unit = "login" if "login" in columns else "null"
        selects.append(
            f"select '{definition.name}' as name, {year} as year, {unit}::varchar as login, count(*) as n "
            f"from {definition.name} group by all"
        )
    if not selects:
        return ()
    found: dict[str, dict[int, list[tuple[str, int]]]] = {}
    counted = snapshot.sql(_COUNTED.format(selects=" union all ".join(selects)))
    for name, year, code, n in counted.itertuples(index=False, name=None):
        found.setdefault(name, {}).setdefault(int(year), []).append((code, int(n)))
    return tuple(_table(name, found[name], names) for name in TABLES if name in found)


def _table(name: str, found: Mapping[int, Sequence[tuple[str, int]]], names: Mapping[str, str]) -> TableOnPage:
    definition = TABLES[name]
    by_place = name not in _OF_THE_REGION and any(item.name == "login" for item in definition.columns)
    years = {
        year: YearOfTable(
            rows=sum(n for _, n in parts),
            codes=frozenset(code for code, _ in parts if by_place and code in names),
        )
        for year, parts in sorted(found.items())
    }
    return TableOnPage(name, definition.title_ru, by_place, years)
