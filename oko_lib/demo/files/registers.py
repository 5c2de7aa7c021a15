"""Registers as a region keeps them in plain tables: schools, logins, scales, lists, observers, context.

The headings are those of the mapping files in ``parameters/layouts``.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from oko_lib.demo.files.workbook import Value
from oko_lib.demo.lists import adverse_conditions_list, biased_results_lists, low_results_lists
from oko_lib.demo.low_results.conditions import enrolment
from oko_lib.demo.randomness import stream
from oko_lib.demo.simulate import Region

Rows = list[Sequence[Value]]
SCALE_SOURCE = "демонстрационные данные: шкала 2021 года"
LIST_SOURCE = "Письмо министерства образования Демонстрационной области (демонстрационные данные), {year} год"
CONTROL_SOURCE = "Приказ о выборочном контроле объективности (демонстрационные данные), {year} год"
#: First year of the login history.
_LOGINS_SINCE = 2019


def municipalities_register(region: Region) -> Rows:
    model = region.settings.model.region
    rows: Rows = [["Код муниципалитета", "Муниципалитет", "Регион"]]
    for code, name in region.municipalities[["municipality_code", "municipality_name"]].itertuples(index=False):
        rows.append([code, name, model.name])
    return rows


def schools_register(region: Region, year: int) -> Rows:
    """Directory of one year."""
    rows: Rows = [["Логин ОО", "Год", "Название ОО", "Вид ОО", "Код муниципалитета", "Муниципалитет"]]
    fields = ["login", "school_name", "school_kind", "municipality_code", "municipality_name"]
    for login, name, kind, code, place in region.schools[fields].itertuples(index=False):
        rows.append([login, year, name, kind, code, place])
    return rows


def schools_with_old_login(region: Region, municipality: str | None) -> pd.DataFrame:
    """Schools that had a login sch…: a random part, and all of the municipality whose old export uses them."""
    schools = region.schools
    return schools[schools["has_old_login"] | (schools["municipality_code"] == municipality)]


def login_history(region: Region, municipality: str | None) -> Rows:
    """Old login → the login in force."""
    rows: Rows = [["Логин", "Действующий логин", "С года", "По год"]]
    for old, new in schools_with_old_login(region, municipality)[["old_login", "login"]].itertuples(index=False):
        rows.append([old, new, _LOGINS_SINCE, region.years[0]])
        rows.append([new, new, region.years[0], None])
    return rows


def scales(region: Region) -> Rows:
    """Scale of every work of every year: the official one of 2021, said so in every row."""
    rows: Rows = [["Год", "Предмет", "Класс", "Максимальный балл", "3 от", "4 от", "5 от", "Источник"]]
    for cell in region.cells:
        rows.append([cell.year, cell.subject, cell.grade, cell.work.max_score, *cell.work.borders, SCALE_SOURCE])
    return rows


def _list_rows(region: Region, frame: pd.DataFrame, title: str, year: int) -> Rows:
    rows: Rows = [["Список", "Год", "Логин ОО", "Название ОО", "Признак", "Источник"]]
    for school, sign in frame.loc[frame["year"] == year, ["school", "sign"]].itertuples(index=False):
        login, name = region.schools.loc[school, ["login", "school_name"]]
        rows.append([title, year, login, name, sign, LIST_SOURCE.format(year=year)])
    return rows


def biased_results_list(region: Region, year: int, *, repeated: int = 0) -> Rows:
    """List of one year; the last `repeated` rows stand twice, as lists glued from parts do."""
    rows = _list_rows(region, biased_results_lists(region), "признаки необъективности", year)
    return rows + [list(row) for row in rows[1:][-repeated:]] if repeated else rows


def bare_biased_results_list(region: Region, year: int) -> Rows:
    """The same list as it is sent round: the year only in the title and in the name of the file."""
    rows: Rows = [[f"Школы с признаками необъективных результатов ВПР, {year} год"], []]
    rows.append(["Логин ОО", "Название ОО", "Признак необъективности"])
    full = biased_results_list(region, year)
    return rows + [[row[2], row[3], row[4]] for row in full[1:]]


def low_results_list(region: Region, year: int) -> Rows:
    return _list_rows(region, low_results_lists(region), "ШНОР", year)


def adverse_conditions(region: Region, year: int) -> Rows:
    """List of the schools in adverse conditions; made for one year only."""
    return _list_rows(region, adverse_conditions_list(region), "ШНСУ", year)


def control_group(region: Region, year: int) -> Rows:
    rows: Rows = [["Год", "Логин ОО", "Предмет", "Класс", "Источник"]]
    logins = region.schools["login"].to_numpy()
    chosen = region.control[region.control["year"] == year]
    for school, subject, grade in chosen[["school", "subject", "grade"]].itertuples(index=False):
        rows.append([year, logins[school], subject, int(grade), CONTROL_SOURCE.format(year=year)])
    return rows


def context(region: Region, year: int) -> Rows:
    """Context of schools; «Да/да/Нет/нет» mixed as respondents write it."""
    schools = region.schools
    rng = stream(region.seed, "context", year)
    pupils, teachers = enrolment(schools, rng)
    top = rng.binomial(teachers, np.where(schools["advantage"] > 0, 0.45, 0.28))
    young = rng.binomial(teachers, 0.17)
    yes, no = ("Да", "да"), ("Нет", "нет")
    rows: Rows = [
        [
            "Логин ОО", "Год", "Тип населённого пункта", "Население пункта", "Обучающихся", "Учителей",
            "Учителей высшей категории", "Учителей до 30 лет", "Интернат", "Коррекционная", "Вечерняя",
        ]
    ]  # fmt: skip
    for index, (login, place, population) in enumerate(
        schools[["login", "place_type", "place_population"]].itertuples(index=False)
    ):
        boarding = yes if rng.random() < 0.03 else no
        rows.append(
            [
                login, year, place, int(population), int(pupils[index]), int(teachers[index]), int(top[index]),
                int(young[index]),
                str(rng.choice(boarding)), str(rng.choice(no)), str(rng.choice(no)),
            ]
        )  # fmt: skip
    return rows


def budget() -> Rows:
    """A spreadsheet that has nothing to do with results: intake must say it does not know it."""
    return [
        ["Смета расходов на проведение совещания"],
        [],
        ["№", "Статья", "Сумма, руб."],
        [1, "Канцелярские товары", 3200],
        [2, "Кофе-пауза", 5400.5],
        [3, "Печать раздаточных материалов", 1800],
        ["", "Итого", 3200 + 5400.5 + 1800],
    ]
