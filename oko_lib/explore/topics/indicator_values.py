"""All indicators: values of a region, a municipality, a school; one indicator over municipalities, over years."""

from __future__ import annotations

import pandas as pd

from oko_lib.explore.choice import Choice, Offers
from oko_lib.explore.lens import Lens
from oko_lib.explore.topic import Behind, Spot, View
from oko_lib.explore.topics.indicator_parts import (
    Gathered,
    Shown,
    behind,
    by_unit,
    keyed,
    opened,
    school_values,
    valued_schools,
)
from oko_lib.explore.topics.indicator_works import narrowed, narrowing_offers
from oko_lib.explore.topics.strip import strip
from oko_lib.indicators.all_values import ValuedDirection
from oko_lib.indicators.low_results.measures import MEASURES
from oko_lib.indicators.values import IndicatorValue
from oko_lib.indicators.years import years_with_results
from oko_lib.report.columns import ColumnSpec
from oko_lib.report.figure import ReportFigure
from oko_lib.report.figures.dynamics import dynamics
from oko_lib.report.grammar import count
from oko_lib.report.indicator_table import value_text
from oko_lib.report.numbers import number, percent, points_number
from oko_lib.report.table import ReportTable
from oko_lib.settings.loading import SettingsError

#: All directions together; no option is empty, for an empty choice is what nobody has chosen yet.
EVERY = "all"

_CODES = "Коды — по официальной таблице показателей: R — регион, M — муниципалитет, S — школа."
_SEVERAL = "Номер после точки — одно из нескольких чисел под одним кодом: формулировку можно прочесть по-разному."


# --- all values of a unit --------------------------------------------------------------------------------------------


def direction_offers(lens: Lens, choice: Choice) -> Offers:
    """Offer the directions with data, one at a time or together, and the works their values are of."""
    gathered = opened(lens, choice)
    directions = _directions(gathered)
    items = _own(gathered, choice.having(measure=_measure(choice, directions)))
    return {"measure": directions, **narrowing_offers(items, choice)}


def _measure(choice: Choice, directions: list[tuple[str, object]]) -> str:
    """Return the direction chosen, or the first where none of these is."""
    known = choice.measure in [value for _, value in directions]
    return choice.measure if known or not directions else str(directions[0][1])


def _directions(gathered: Gathered) -> list[tuple[str, object]]:
    """Return the directions with data as options; all together come last: they take longest."""
    listed = [(item.title_ru, name) for name, item in gathered.directions.items()]
    return [*listed, ("Все направления", EVERY)] if len(listed) > 1 else listed


def draw_values(lens: Lens, choice: Choice) -> View:
    """Every value of the region, or of a municipality as a whole."""
    gathered = opened(lens, choice)
    items = _own(gathered, choice)
    whose = _whose(gathered, items, choice.municipality)
    named = narrowed(keyed(items), choice)
    return _listed(gathered, named, whose, lambda item: behind(gathered, item, whose, _parts(gathered, item)))


def _own(gathered: Gathered, choice: Choice) -> list[Shown]:
    chosen = gathered.chosen(choice.measure)
    return [item for direction in chosen for item in gathered.own(direction, choice.municipality)]


def _whose(gathered: Gathered, items: list[Shown], municipality: str) -> str:
    if not municipality:
        return gathered.session.region_name
    # Names of one direction are enough: the others need not be computed for them.
    names = gathered.values(items[0].direction).names if items else {}
    return names.get(municipality, municipality)


def _listed(gathered: Gathered, named: dict[str, Shown], whose: str, each) -> View:
    items = list(named.values())
    several = len({item.direction.name for item in items}) > 1
    return View(
        table=values_table(gathered, named, f"{whose}: показатели за {gathered.session.year} год", several),
        figure=None,
        text=" ".join([_said(items, whose), "Рисунок — в теме «Показатель по муниципалитетам».", *gathered.lacking]),
        units={name: name for name in named},
        unit_title="Показатель",
        behind=lambda name: each(named[name]) if name in named else _about(gathered, whose),
    )


def values_table(gathered: Gathered, named: dict[str, Shown], caption: str, directions: bool = False) -> ReportTable:
    """Return values under their codes, as the appendices of the reports print them."""
    rows = [
        {
            "code": name,
            "title": item.title,
            "reading": item.reading or "—",
            "value": value_text(item.value),
            "of": gathered.made_of(item),
            "direction": item.direction.title_ru,
        }
        for name, item in named.items()
    ]
    columns = [
        ColumnSpec("code", "Код"),
        ColumnSpec("title", "Показатель"),
        ColumnSpec("reading", "Как считается"),
        ColumnSpec("value", "Значение", align="right"),
        ColumnSpec("of", "Из скольких", align="right"),
    ]
    if directions:
        columns.append(ColumnSpec("direction", "Направление"))
    return ReportTable.build(
        pd.DataFrame(rows, columns=["code", "title", "reading", "value", "of", "direction"]),
        columns,
        caption=caption,
        notes=(_CODES, _SEVERAL) if any("·" in name for name in named) else (_CODES,),
        empty="Показателей нет.",
    )


def _said(items: list[Shown], whose: str) -> str:
    given = sum(item.value.estimate.given for item in items)
    if not items:
        return f"{whose}: показателей этого направления нет, данных за год нет."
    return f"{whose}: {count(len(items), 'значение')}, из них посчитано {given}; остальным не хватает данных."


def _about(gathered: Gathered, whose: str) -> Behind:
    facts = [("Что здесь", "числа под кодами официальной таблицы показателей, те же, что в приложениях отчётов")]
    facts += [("Чего нет", text) for text in gathered.lacking]
    return Behind(whose, tuple(facts))


def _parts(gathered: Gathered, item: Shown) -> ReportTable | None:
    """What a value is made of: schools of a municipality, municipalities of the region, where it is known."""
    value, found = item.value, gathered.values(item.direction)
    if value.level == "municipality":
        names = gathered.school_names(value.unit, [item.direction])
        parts = [
            Shown(item.direction, each, item.title, item.reading)
            for each in found.municipalities.get(value.unit, ())
            if each.unit != value.unit and _same(each, value)
        ]
        return by_unit(gathered, parts, names, "Школа")
    if value.level != "region":
        return None
    codes = {measure.region_code: measure.municipality_code for measure in MEASURES} | {"1.1.4-R01": "1.1.4-M01"}
    if value.code not in codes:
        return None
    parts = [
        Shown(item.direction, each, item.title, item.reading)
        for code, values in found.municipalities.items()
        for each in values
        if each.unit == code and each.code == codes[value.code] and each.title_ru == value.title_ru
        and (each.reading == value.reading or value.code == "1.1.4-R01")
    ]  # fmt: skip
    return by_unit(gathered, parts, found.names, "Муниципалитет")


def _same(one: IndicatorValue, other: IndicatorValue) -> bool:
    if one.code != other.code or one.title_ru != other.title_ru:
        return False
    # The same number of a school is read «все работы школы вместе» where the municipality has «все школы и работы».
    return one.reading == other.reading or ("вместе" in one.reading and "вместе" in other.reading)


# --- values of a school ----------------------------------------------------------------------------------------------


def school_offers(lens: Lens, choice: Choice) -> Offers:
    """Offer the direction, the schools that have any value in it, and the works the values of the school are of."""
    gathered = opened(lens, choice)
    directions = _directions(gathered)
    chosen = gathered.chosen(_measure(choice, directions))
    seen = {school for each in chosen for school in valued_schools(gathered, each, choice.municipality)}
    names = gathered.school_names(choice.municipality, chosen)
    items = _of_school(lens, gathered, chosen, choice) if choice.school in seen else []
    return {
        "measure": directions,
        "school": [(name, school) for school, name in names.items() if school in seen],
        **narrowing_offers(items, choice),
    }


def _of_school(lens: Lens, gathered: Gathered, chosen: list[ValuedDirection], choice: Choice) -> list[Shown]:
    return [
        item
        for direction in chosen
        for item in school_values(lens, gathered, direction, choice.municipality, choice.school)
    ]


def draw_school(lens: Lens, choice: Choice) -> View:
    """Every value of one school."""
    gathered = opened(lens, choice)
    chosen = gathered.chosen(choice.measure)
    if not choice.school:
        lacking = " ".join(gathered.lacking)
        raise SettingsError(f"Школ с показателями этого направления в муниципалитете нет. {lacking}".strip())
    whose = gathered.school_names(choice.municipality, chosen).get(choice.school, choice.school)
    named = narrowed(keyed(_of_school(lens, gathered, chosen, choice)), choice)
    return _listed(gathered, named, whose, lambda item: behind(gathered, item, whose))


# --- one indicator over municipalities -------------------------------------------------------------------------------


def indicator_offers(lens: Lens, choice: Choice) -> Offers:
    """Offer every indicator of the municipalities."""
    gathered = opened(lens, choice)
    return {"measure": _options(of_municipalities(lens, gathered))}


def _options(found: dict[str, list[Shown]]) -> list[tuple[str, object]]:
    return [(f"{items[0].label} ({items[0].direction.title_ru})", key) for key, items in found.items()]


def of_municipalities(lens: Lens, gathered: Gathered) -> dict[str, list[Shown]]:
    """Key of an indicator → its values, one per municipality."""

    def gather() -> dict[str, list[Shown]]:
        found: dict[str, list[Shown]] = {}
        for direction in gathered.directions.values():
            own: dict[str, list[Shown]] = {}
            for code in gathered.values(direction).municipalities:
                for item in gathered.own(direction, code):
                    own.setdefault(item.key, []).append(item)
            found |= dict(sorted(own.items(), key=lambda pair: _order(pair[1][0])))
        return found

    return lens.keep(("indicators of municipalities", gathered.session.year), gather)


def _order(item: Shown) -> tuple:
    section, last = item.value.code.split("-")
    return tuple(int(part) for part in section.split(".")), last


def draw_municipalities(lens: Lens, choice: Choice) -> View:
    """One indicator of every municipality, in the order of names."""
    gathered = opened(lens, choice)
    items = of_municipalities(lens, gathered).get(choice.measure, [])
    if not items:
        raise SettingsError(" ".join(["Показателей муниципалитетов за этот год нет.", *gathered.lacking]))
    names = gathered.municipality_names
    own = {item.value.unit: item for item in items}
    first = items[0]
    label = f"{first.label}, {gathered.session.year} год"
    figure, spots = _strip(gathered, own, names, label, "Муниципалитет")
    given = sum(item.value.estimate.given for item in items)
    text = f"{first.label}: значение есть у {given} из {count(len(items), 'муниципалитет', case='genitive')}."
    return View(
        table=_units_table(gathered, own, names, label, "Муниципалитет"),
        figure=figure,
        text=text if figure else f"{text} {_why_none(first)}",
        units={code: name for code, name in names.items() if code in own},
        unit_title="Муниципалитет",
        spots=spots,
        behind=lambda code: _behind_unit(gathered, own, names, code, label),
    )


def _behind_unit(gathered: Gathered, own: dict[str, Shown], names: dict[str, str], code: str, label: str) -> Behind:
    if code in own:
        return behind(gathered, own[code], names[code], _parts(gathered, own[code]))
    norm = gathered.target(next(iter(own.values())))
    facts = (("Показатель", label), ("Порядок", "по названиям: порядок — не место"))
    return Behind(gathered.session.region_name, facts, (norm,) if norm else ())


def _strip(
    gathered: Gathered, own: dict[str, Shown], names: dict[str, str], caption: str, unit_title: str
) -> tuple[ReportFigure | None, tuple[Spot, ...]]:
    first = next(iter(own.values()))
    if first.value.kind == "flag":
        return None, ()
    target = gathered.target(first)
    title, text = _scale(first.value.kind)
    return strip(
        {unit: item.value.estimate for unit, item in own.items()},
        names,
        caption=caption,
        title=title,
        unit_title=unit_title,
        text=text,
        line=None if target is None else target.value,
        line_name="" if target is None else f"норма: {percent(target.value, 0)}",
    )


def _scale(kind: str) -> tuple[str, object]:
    if kind == "share":
        return "Доля, %", lambda value: percent(value, 0)
    if kind == "points":
        return "Разность, п.п.", lambda value: points_number(value, 0)
    if kind == "ratio":
        return "Отношение", lambda value: number(value, 1)
    return "Число", number


def _why_none(item: Shown) -> str:
    why = "ответ «да» или «нет»" if item.value.kind == "flag" else "ни одного значения"
    return f"Рисунка нет: {why}."


def _units_table(
    gathered: Gathered, own: dict[str, Shown], names: dict[str, str], caption: str, unit_title: str
) -> ReportTable:
    rows = [
        {"unit": names[unit], "value": value_text(item.value), "of": gathered.made_of(item)}
        for unit, item in own.items()
    ]
    return ReportTable.build(
        pd.DataFrame(rows),
        [
            ColumnSpec("unit", unit_title),
            ColumnSpec("value", "Значение", align="right"),
            ColumnSpec("of", "Из скольких", align="right"),
        ],
        caption=caption,
        sort="unit",
        notes=("По алфавиту: порядок — не место. Пересекающиеся интервалы не дают сказать, что значения различны.",),
    )


# --- one indicator over the years ------------------------------------------------------------------------------------


def year_offers(lens: Lens, choice: Choice) -> Offers:
    """Offer the indicators of the municipality, or of the region."""
    gathered = opened(lens, choice)
    items = [item for direction in gathered.directions.values() for item in
             gathered.own(direction, choice.municipality)]  # fmt: skip
    return {"measure": _options({item.key: [item] for item in items})}


def draw_years(lens: Lens, choice: Choice) -> View:
    """One indicator in every year with data."""
    gathered = opened(lens, choice)
    name = choice.measure.partition("|")[0]
    if name not in gathered.directions:
        raise SettingsError(" ".join(["Показателей за этот год нет.", *gathered.lacking]))
    direction = gathered.directions[name]
    own = _over_years(gathered, direction, choice)
    if not own:
        raise SettingsError("Такого показателя здесь нет: выберите другой.")
    latest = list(own.values())[-1]
    whose = gathered.values(direction).names.get(choice.municipality, gathered.session.region_name)
    caption = f"{whose}: {latest.label}"
    names = {year: year for year in own}
    figure, spots = _lines(gathered, own, caption) if latest.value.kind == "share" else _strip(
        gathered, own, names, caption, "Год"
    )  # fmt: skip
    given = sum(item.value.estimate.given for item in own.values())
    text = f"{latest.label}: значение есть за {given} из {len(own)} лет с данными."
    return View(
        table=_units_table(gathered, own, names, caption, "Год"),
        figure=figure,
        text=text if figure else f"{text} {_why_none(latest)}",
        units=names,
        unit_title="Год",
        spots=spots,
        behind=lambda year: behind(gathered, own.get(year, latest), whose),
    )


def _over_years(gathered: Gathered, direction: ValuedDirection, choice: Choice) -> dict[str, Shown]:
    found = {}
    for year in years_with_results(gathered.session.snapshot, direction.tables):
        for item in gathered.own(direction, choice.municipality, year):
            if item.key == choice.measure:
                found[str(year)] = item
    return found


def _lines(gathered: Gathered, own: dict[str, Shown], caption: str) -> tuple[ReportFigure | None, tuple[Spot, ...]]:
    rows = []
    for year, item in own.items():
        estimate = item.value.estimate
        bounds = estimate.interval if estimate.given else None
        rows.append(
            {
                "panel": item.value.code,
                "scope": "own",
                "year": int(year),
                "value": estimate.value if estimate.given else None,
                "low": bounds.low if bounds else None,
                "high": bounds.high if bounds else None,
                "n": estimate.n,
            }
        )
    ends = [row[name] for row in rows for name in ("value", "high") if row[name] is not None]
    if not ends:
        return None, ()
    top = min(1.0, max(0.1, 1.25 * max(ends)))
    figure = dynamics(pd.DataFrame(rows), y_range=(0.0, top), columns=1, panel_height=150.0, own="значение")
    spots = tuple(
        Spot(str(row["year"]), place, row["value"]) for place, row in enumerate(rows) if row["value"] is not None
    )
    return ReportFigure(figure, caption=caption, alt=f"{caption}: по годам, с интервалами."), spots
