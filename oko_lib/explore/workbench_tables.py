"""Small tables of the workbench, with Russian headings: what there is, and the rows of any table of the store."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from oko_lib.batch.directions import DIRECTIONS, Direction
from oko_lib.batch.wording import counted
from oko_lib.explore.start_page import StartContent, TableOnPage
from oko_lib.indicators.registers import logins_of, municipality_register, school_register
from oko_lib.settings.levels import LISTS, load_levels
from oko_lib.settings.loading import SettingsError, suggest
from oko_lib.settings.workspace import Workspace
from oko_lib.store import Snapshot
from oko_lib.tables import TABLES, Column, Table

#: More rows at once fill the memory of an office computer; nobody looks through them either.
MOST_ROWS = 3_000_000


def municipalities_frame(snapshot: Snapshot | None) -> pd.DataFrame:
    """Return the municipalities with the number of their schools; none where there are no data."""
    if snapshot is None:
        return pd.DataFrame(columns=["Код", "Муниципалитет", "Школ"])
    register = municipality_register(snapshot)
    schools = school_register(snapshot)["municipality_code"].value_counts()
    return pd.DataFrame(
        {
            "Код": register["municipality_code"],
            "Муниципалитет": register["municipality_name"],
            "Школ": register["municipality_code"].map(schools).fillna(0).astype(int),
        }
    )


def schools_frame(snapshot: Snapshot | None, code: str | None) -> pd.DataFrame:
    """Return the schools of a municipality, or of all of them, by municipality and name; none without data."""
    if snapshot is None:
        return pd.DataFrame(columns=["Логин", "Школа", "Вид", "Муниципалитет"])
    schools = school_register(snapshot)
    if code is not None:
        schools = schools[schools["municipality_code"] == code]
    names = municipality_register(snapshot).set_index("municipality_code")["municipality_name"]
    frame = pd.DataFrame(
        {
            "Логин": schools["school"],
            "Школа": schools["school_name"],
            "Вид": schools["school_kind"],
            "Муниципалитет": schools["municipality_code"].map(names),
        }
    )
    return frame.sort_values(["Муниципалитет", "Школа"], ignore_index=True)


def years_frame(content: StartContent) -> pd.DataFrame:
    """Return, year by year, for how many municipalities each direction has data."""
    tables = {item.name: item for item in content.tables}
    standing = {item: [tables[name] for name in item.tables if name in tables] for item in DIRECTIONS.values()}
    years = sorted({year for found in standing.values() for table in found for year in table.years})
    counts = {
        item.title_ru: [len(frozenset().union(*(_codes(table, year) for table in found))) for year in years]
        for item, found in standing.items()
    }
    return pd.DataFrame({"Год": pd.Series(years, dtype=int), **counts})


def _codes(item: TableOnPage, year: int) -> frozenset[str]:
    there = item.years.get(year)
    return there.codes if there is not None else frozenset()


def directions_frame(content: StartContent) -> pd.DataFrame:
    """Return the directions with the years they have data of."""
    years = {item.name: item.years for item in content.directions}
    return pd.DataFrame(
        [
            {
                "Имя": item.name,
                "Направление": item.title_ru,
                "Годы с данными": ", ".join(map(str, years[item.name])) or "нет",
                "Сводка по региону": "есть" if item.region_notebook else "нет",
                "Профили школ": "есть" if item.school_notebook else "нет",
            }
            for item in DIRECTIONS.values()
        ]
    )


def tables_frame(snapshot: Snapshot | None) -> pd.DataFrame:
    """Return the tables of the store with the number of rows in each."""
    counts = {} if snapshot is None else row_counts(snapshot)
    return pd.DataFrame(
        [
            {
                "Имя": item.name,
                "Таблица": item.title_ru,
                "Одна строка": item.grain_ru,
                "Строк": counts.get(item.name, 0),
            }
            for item in TABLES.values()
        ]
    )


def row_counts(snapshot: Snapshot) -> dict[str, int]:
    """Return table → visible rows."""
    counts = snapshot.sql(" union all ".join(f"select '{name}' as name, count(*) as n from {name}" for name in TABLES))
    return dict(zip(counts["name"], counts["n"].astype(int), strict=True))


def direction_called(wanted: str) -> Direction:
    """Return a direction by its name or its Russian title.

    Raises
    ------
    SettingsError
        If there is none; the message names the nearest one and all there are.
    """
    named = {_folded(word): item for item in DIRECTIONS.values() for word in (item.name, item.title_ru)}
    found = named.get(_folded(wanted))
    if found is None:
        spelt = [word for item in DIRECTIONS.values() for word in (item.name, item.title_ru)]
        listed = "; ".join(f"{item.name} — {item.title_ru}" for item in DIRECTIONS.values())
        raise SettingsError(f"Нет направления «{wanted}».{suggest(wanted, spelt)} Есть: {listed}.")
    return found


def municipality_called(snapshot: Snapshot, wanted: str) -> str:
    """Return the code of a municipality written as a code or a name.

    Raises
    ------
    SettingsError
        If there is none, or several have the name.
    """
    register = municipality_register(snapshot)
    known = list(zip(register["municipality_code"], register["municipality_name"], strict=True))
    found = [code for code, name in known if _folded(wanted) in (_folded(code), _folded(name))]
    if len(found) > 1:
        raise SettingsError(f"Название «{wanted}» носят несколько муниципалитетов: {', '.join(found)}. Укажите код.")
    if not found:
        hint = suggest(wanted, [word for pair in known for word in pair])
        raise SettingsError(f"Нет муниципалитета «{wanted}».{hint} Весь список: wb.municipalities.")
    return found[0]


def table_called(wanted: str) -> Table:
    """Return a table by its name or its Russian title.

    Raises
    ------
    SettingsError
        If there is none; the message names the nearest one.
    """
    named = {_folded(word): item for item in TABLES.values() for word in (item.name, item.title_ru)}
    found = named.get(_folded(wanted))
    if found is None:
        hint = suggest(wanted, [word for item in TABLES.values() for word in (item.name, item.title_ru)])
        raise SettingsError(f"Нет таблицы «{wanted}».{hint} Весь список: wb.tables.")
    return found


def data_frame(
    workspace: Workspace, snapshot: Snapshot, table: Table, year: int | None, code: str | None, titles: bool
) -> pd.DataFrame:
    """Return rows of a table; see :meth:`oko_lib.explore.workbench.Workbench.data`.

    Raises
    ------
    SettingsError
        If the table does not tell years or municipalities apart, there is no such year, or the rows are too many.
    """
    where = {**_year_condition(snapshot, table, year), **_place_condition(snapshot, table, code)}
    _refuse_too_many(snapshot, table, where)
    columns = [item.name for item in table.columns if not (table.name == "loads" and item.name == "slices")]
    frame = snapshot.read(table.name, columns, where)
    return _in_words(workspace, table, frame) if titles else frame


def _year_condition(snapshot: Snapshot, table: Table, year: int | None) -> dict[str, object]:
    if year is None:
        return {}
    if not isinstance(year, int) or isinstance(year, bool):
        raise SettingsError(f"year: нужно число, например 2026, задано «{year}».")
    if "year" not in _names(table):
        raise SettingsError(f"Таблица «{table.title_ru}» не делится по годам: уберите year.")
    years = snapshot.sql(f"select distinct year from {table.name} where year is not null order by year")["year"]
    if year not in set(years):
        listed = ", ".join(str(int(item)) for item in years) or "ни за один год"
        raise SettingsError(f"В таблице «{table.title_ru}» нет строк за {year} год. Есть: {listed}.")
    return {"year": year}


def _place_condition(snapshot: Snapshot, table: Table, code: str | None) -> dict[str, object]:
    if code is None:
        return {}
    if "municipality_code" in _names(table) and "login" not in _names(table):
        return {"municipality_code": code}
    if "login" not in _names(table):
        raise SettingsError(f"Таблица «{table.title_ru}» не делится по муниципалитетам: уберите municipality.")
    schools = school_register(snapshot)
    return {"login": logins_of(snapshot, schools.loc[schools["municipality_code"] == code, "school"])}


def _refuse_too_many(snapshot: Snapshot, table: Table, where: dict[str, object]) -> None:
    if {"year", "login"} <= where.keys() or not {"year", "login"} & set(_names(table)):
        return
    condition = f" where year = {where['year']}" if "year" in where else ""
    n = int(snapshot.sql(f"select count(*) as n from {table.name}{condition}")["n"].iloc[0])
    if n > MOST_ROWS:
        raise SettingsError(
            f"В таблице «{table.title_ru}» {counted(n, 'строка', 'строки', 'строк')}: сразу они не поместятся в "
            "память. Укажите year и municipality."
        )


def _in_words(workspace: Workspace, table: Table, frame: pd.DataFrame) -> pd.DataFrame:
    """Return the frame with Russian headings, and words for codes of closed lists."""
    levels = load_levels(workspace)
    changed = {}
    for column in table.columns:
        if column.name in frame and column.words in LISTS:
            words = {word.code: word.title_ru for word in levels.words(column.words)}
            changed[column.name] = frame[column.name].map(lambda value, words=words: words.get(value, value))
    return frame.assign(**changed).rename(columns=titles_of(table.columns))


def titles_of(columns: Sequence[Column]) -> dict[str, str]:
    """Return column → Russian heading."""
    return {item.name: item.title_ru for item in columns}


def _names(table: Table) -> list[str]:
    return [item.name for item in table.columns]


def _folded(text: object) -> str:
    return " ".join(str(text).casefold().replace("ё", "е").split())
