"""All indicators: two municipalities beside each other, or two years of one."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from oko_lib.explore.choice import Choice, Offers
from oko_lib.explore.lens import Lens
from oko_lib.explore.topic import Behind, View
from oko_lib.explore.topics.indicator_parts import Gathered, Shown, behind, keyed, opened
from oko_lib.explore.topics.indicator_values import direction_offers
from oko_lib.explore.topics.indicator_works import narrowed
from oko_lib.indicators.years import years_with_results
from oko_lib.methods.result import Estimate
from oko_lib.report.columns import ColumnSpec
from oko_lib.report.figure import ReportFigure
from oko_lib.report.figures.side_by_side import side_by_side
from oko_lib.report.indicator_table import value_text
from oko_lib.report.table import ReportTable
from oko_lib.settings.loading import SettingsError

APART, TOUCHING = "не пересекаются", "пересекаются"
#: Rows a page has room for.
_MOST = 22


def municipality_offers(lens: Lens, choice: Choice) -> Offers:
    """Offer the direction, the municipality laid beside, and the works the values are of."""
    others = [pair for pair in lens.municipalities("indicators", choice.year) if pair[1] != choice.municipality]
    return {**direction_offers(lens, choice), "beside": others}


def draw_municipalities(lens: Lens, choice: Choice) -> View:
    """Every indicator of two municipalities."""
    if not choice.beside:
        raise SettingsError("Сравнивать не с чем: в данных один муниципалитет.")
    gathered = opened(lens, choice)
    names = {code: name for name, code in lens.municipalities("indicators", choice.year)}
    sides = [
        {item.key: item for direction in gathered.chosen(choice.measure) for item in gathered.own(direction, code)}
        for code in (choice.municipality, choice.beside)
    ]
    return _drawn(gathered, sides, [names[choice.municipality], names[choice.beside]], choice)


def year_offers(lens: Lens, choice: Choice) -> Offers:
    """Offer the direction, the year laid beside, and the works the values are of."""
    years = [year for year in lens.years("indicators") if year != choice.year]
    return {**direction_offers(lens, choice), "beside_year": [(str(year), year) for year in years]}


def draw_years(lens: Lens, choice: Choice) -> View:
    """Every indicator of a municipality, or of the region, in two years."""
    if not choice.beside_year:
        raise SettingsError("Сравнивать не с чем: есть данные только за один год.")
    gathered = opened(lens, choice)
    snapshot = gathered.session.snapshot
    chosen = gathered.chosen(choice.measure)
    there = [item for item in chosen if choice.beside_year in years_with_results(snapshot, item.tables)]
    if not there:
        raise SettingsError(f"За {choice.beside_year} год данных этого направления нет: выберите другой год.")
    sides = [
        {item.key: item for direction in there for item in gathered.own(direction, choice.municipality, year)}
        for year in (choice.year, choice.beside_year)
    ]
    return _drawn(gathered, sides, [str(choice.year), str(choice.beside_year)], choice)


def _drawn(gathered: Gathered, sides: list[Mapping[str, Shown]], names: list[str], choice: Choice) -> View:
    keys = list(dict.fromkeys([*sides[0], *sides[1]]))
    if not keys:
        raise SettingsError(" ".join(["Показателей этого направления здесь нет.", *gathered.lacking]))
    named = narrowed(keyed([sides[0].get(key) or sides[1][key] for key in keys]), choice)
    pairs = {name: tuple(side.get(item.key) for side in sides) for name, item in named.items()}
    caption = f"{names[0]} и {names[1]}: показатели рядом"
    figure, left_out = _figure(named, pairs, names, caption)
    verdicts = {name: intervals_of(*pair) for name, pair in pairs.items()}
    judged = [verdict for verdict in verdicts.values() if verdict != "—"]
    text = f"Интервалы не пересекаются у {sum(verdict == APART for verdict in judged)} из {len(judged)} значений, у "
    text += "которых они есть с обеих сторон."
    if left_out:
        text += f" На рисунке — первые {_MOST} долей, ещё {left_out} — в таблице."
    if figure is None:
        text += " Рисунка нет: долей, известных с обеих сторон, нет."
    return View(
        table=_table(gathered, named, pairs, verdicts, names, caption),
        figure=figure,
        text=" ".join([text, *gathered.lacking]),
        units={name: name for name in named},
        unit_title="Показатель",
        behind=lambda name: _behind(gathered, pairs.get(name), verdicts.get(name, ""), names),
    )


def intervals_of(first: Shown | None, second: Shown | None) -> str:
    """Return whether two intervals overlap; «—» where one of them is none."""
    estimates = [item.value.estimate for item in (first, second) if item is not None]
    if len(estimates) < 2 or any(not each.given or each.interval is None for each in estimates):
        return "—"
    one, other = (each.interval for each in estimates)
    return APART if one.low > other.high or other.low > one.high else TOUCHING


def _table(
    gathered: Gathered,
    named: Mapping[str, Shown],
    pairs: Mapping[str, tuple[Shown | None, Shown | None]],
    verdicts: Mapping[str, str],
    names: list[str],
    caption: str,
) -> ReportTable:
    rows = []
    for name, item in named.items():
        row = {"code": name, "title": item.title, "reading": item.reading or "—", "verdict": verdicts[name]}
        for side, one in zip(("first", "second"), pairs[name], strict=True):
            row[side] = "…" if one is None else value_text(one.value)
            row[f"{side}_of"] = "—" if one is None else gathered.made_of(one)
        rows.append(row)
    return ReportTable.build(
        pd.DataFrame(rows),
        [
            ColumnSpec("code", "Код"),
            ColumnSpec("title", "Показатель"),
            ColumnSpec("reading", "Как считается"),
            ColumnSpec("first", "значение", align="right", group=names[0]),
            ColumnSpec("first_of", "из скольких", align="right", group=names[0]),
            ColumnSpec("second", "значение", align="right", group=names[1]),
            ColumnSpec("second_of", "из скольких", align="right", group=names[1]),
            ColumnSpec("verdict", "Интервалы"),
        ],
        caption=caption,
        notes=(
            "Непересекающиеся интервалы — осторожный знак отличия: поправки на число строк в нём нет, одно-два из "
            "многих бывают и без отличий. Сравнение — повод посмотреть внимательнее, а не оценка.",
        ),
    )


def _figure(
    named: Mapping[str, Shown],
    pairs: Mapping[str, tuple[Shown | None, Shown | None]],
    names: list[str],
    caption: str,
) -> tuple[ReportFigure | None, int]:
    rows = []
    for name, (first, second) in pairs.items():
        if named[name].value.kind != "share" or first is None or second is None:
            continue
        if first.value.estimate.given and second.value.estimate.given:
            label = f"{name} {named[name].title}"
            rows.append({"label": label, **_side("first", first), **_side("second", second)})
    if not rows:
        return None, 0
    figure = side_by_side(pd.DataFrame(rows[:_MOST]), names[0], names[1])
    alt = f"По строкам — доли с интервалами: {names[0]} и {names[1]}."
    return ReportFigure(figure, caption=caption, alt=alt), max(0, len(rows) - _MOST)


def _side(side: str, item: Shown) -> dict[str, object]:
    estimate: Estimate = item.value.estimate
    bounds = estimate.interval
    return {
        side: estimate.value,
        f"{side}_low": bounds.low if bounds else None,
        f"{side}_high": bounds.high if bounds else None,
    }


def _behind(
    gathered: Gathered, pair: tuple[Shown | None, Shown | None] | None, verdict: str, names: list[str]
) -> Behind | None:
    if pair is None:
        return None
    found = [behind(gathered, item, name) for item, name in zip(pair, names, strict=True) if item is not None]
    common = found[0].facts[0], found[0].facts[2]
    facts = [*common] + [
        (f"{name}: {label.lower()}", text)
        for one, name in zip(found, [name for name, item in zip(names, pair, strict=True) if item], strict=True)
        for label, text in one.facts
        if label in ("Значение", "Из чего", "Наблюдений")
    ]
    facts.append(("Интервалы", verdict if verdict != "—" else "сравнить нельзя: интервала нет"))
    return Behind(found[0].title.partition(":")[0], tuple(facts), found[0].norms, method=found[0].method)
