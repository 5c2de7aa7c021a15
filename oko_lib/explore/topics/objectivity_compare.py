"""Objectivity of ВПР: a border tried on the schools, two schools beside each other, two years."""

from __future__ import annotations

import pandas as pd

from oko_lib.explore.choice import Choice, Offers, Scale
from oko_lib.explore.lens import Lens
from oko_lib.explore.topic import Behind, Spot, View
from oko_lib.explore.topics.objectivity_parts import FORMULAS, by_schools, classes_of, named, opened
from oko_lib.explore.topics.parts import Comparison, Pair, compared, options, share_facts
from oko_lib.indicators.objectivity.agreement import agreement_in_cells, agreement_of
from oko_lib.indicators.objectivity.dynamics import agreement_dynamics
from oko_lib.methods.result import Estimate
from oko_lib.report.columns import ColumnSpec
from oko_lib.report.grammar import count
from oko_lib.report.numbers import number
from oko_lib.report.objectivity import figures, words
from oko_lib.report.objectivity.context import ReportContext, row_of, share
from oko_lib.report.table import ReportTable
from oko_lib.settings.loading import SettingsError

_MEASURES = [("Понизили", "lowered"), ("Повысили", "raised")]
_ALL_MEASURES = (("lowered", "Понизили"), ("confirmed", "Подтвердили"), ("raised", "Повысили"))
_OF = "пар отметок"


# --- a border --------------------------------------------------------------------------------------------------------


def threshold_offers(lens: Lens, choice: Choice) -> Offers:
    """Offer borders in whole per cents, at first the region's own share."""
    context = opened(lens, choice)
    measure = choice.measure if choice.measure in FORMULAS else "lowered"
    theta = context.results.region.agreement.schools[measure].funnel.theta
    usual = round(100 * theta) if theta == theta else 30
    return {"measure": _MEASURES, "threshold": Scale(0, 100, 1, usual, "Граница, %")}


def draw_threshold(lens: Lens, choice: Choice) -> View:
    """Which schools lie at the border or beyond, and which of them differ beyond chance."""
    context = opened(lens, choice)
    border = (choice.threshold or 0.0) / 100
    fit = context.results.region.agreement.schools[choice.measure]
    by_school = context.results.region.agreement.by_school.set_index("school")
    beyond = {}
    for school in context.schools_of_year():
        estimate = share(by_school.loc[school], choice.measure)
        if isinstance(estimate, Estimate) and estimate.given and estimate.value >= border:
            beyond[school] = estimate
    verdicts = {school: words.unit_verdict(fit, school) for school in beyond}
    rows = [
        {
            "school": context.short_names[school],
            "pairs": estimate.n,
            "share": estimate,
            "sure": "весь выше границы" if estimate.interval.low >= border else "задевает границу",
            "verdict": verdicts[school],
        }
        for school, estimate in beyond.items()
    ]
    points = figures.funnel_points(context, choice.measure)
    figure = figures.funnel_figure(context, choice.measure, border=border)
    told = sum(text.startswith(words.DIFFERENT) for text in verdicts.values())
    judged = sum(share(by_school.loc[school], choice.measure).given for school in context.schools_of_year())
    return View(
        table=ReportTable.build(
            pd.DataFrame(rows, columns=["school", "pairs", "share", "sure", "verdict"]),
            [
                ColumnSpec("school", "Школа"),
                ColumnSpec("pairs", "Пар отметок", kind="integer"),
                ColumnSpec("share", "Доля", kind="share"),
                ColumnSpec("sure", "Интервал доли"),
                ColumnSpec("verdict", "Отличие от школ региона"),
            ],
            caption=f"Школы с долей не меньше {number(100 * border)} %",
            sort="school",
            notes=(
                "Граница — проба, а не норма. Доли малых школ скачут сами по себе: за любой границей окажутся и школы, "
                "которые ничем не отличаются; смотрят на последний столбец.",
            ),
            empty="За этой границей школ нет.",
        ),
        figure=figure,
        text=f"За границей {number(100 * border)} % — {count(len(beyond), 'школа')} из {judged}; отличие от обычного "
        f"разброса школ региона неслучайно у {count(told, 'школа', case='genitive')}.",
        units=by_schools(context, beyond),
        spots=tuple(
            Spot(row.school, row.n, row.share) for row in points.itertuples() if figure and row.school in beyond
        ),
        behind=lambda school: _behind(context, school, choice.measure),
    )


def _behind(context: ReportContext, school: str, measure: str) -> Behind:
    norms = context.results.session.norms
    if not school:
        total = getattr(context.results.total, measure)
        return Behind(context.place.nominative, share_facts(total, FORMULAS[measure], "пара отметок"))
    row = row_of(context.results.region.agreement.by_school, school=school)
    facts = share_facts(share(row, measure), FORMULAS[measure], "пара отметок")
    used = (norms.minimum_group, norms.confidence_level, norms.false_discovery_rate)
    return Behind(named(context, school), facts, used, classes_of(context, school), "funnel")


# --- two schools -----------------------------------------------------------------------------------------------------


def schools_offers(lens: Lens, choice: Choice) -> Offers:
    """Offer two different schools."""
    context = opened(lens, choice)
    schools = options(by_schools(context, context.schools_of_year()))
    own = choice.school if choice.school in [school for _, school in schools] else schools[0][1] if schools else ""
    return {"school": schools, "beside": [option for option in schools if option[1] != own]}


def draw_schools(lens: Lens, choice: Choice) -> View:
    """The shares of two schools, over all works and by work they both wrote."""
    context = opened(lens, choice)
    if not choice.school or not choice.beside:
        raise SettingsError("Сравнивать не с чем: в этом году в муниципалитете одна школа с результатами.")
    agreement = context.results.region.agreement
    first, second = (row_of(agreement.by_school, school=school) for school in (choice.school, choice.beside))
    pairs = [
        Pair(f"Все работы: {title.lower()}", _estimate(first, name), _estimate(second, name), independent=False)
        for name, title in _ALL_MEASURES
    ]
    cells = agreement.by_school_cell
    ours, theirs = (cells[cells["school"] == school] for school in (choice.school, choice.beside))
    for _, row in ours.merge(theirs[["subject", "grade"]], on=["subject", "grade"]).iterrows():
        other = row_of(theirs, subject=row["subject"], grade=row["grade"])
        label = f"{words.work(str(row['subject']), int(row['grade']))}: понизили"
        pairs.append(Pair(label, _estimate(row, "lowered"), _estimate(other, "lowered")))
    names = [context.short_names[school] for school in (choice.school, choice.beside)]
    return _compared(context, pairs, names, f"{names[0]} и {names[1]}: соответствие отметок журналу")


def _estimate(row: pd.Series | None, name: str) -> Estimate:
    found = share(row, name)
    return found if isinstance(found, Estimate) else Estimate(None, None, 0, refusal=found)


def _compared(context: ReportContext, pairs: list[Pair], names: list[str], caption: str) -> View:
    norms = context.results.session.norms
    return compared(
        Comparison(
            pairs=pairs,
            first=names[0],
            second=names[1],
            caption=caption,
            level=norms.confidence_level.value,
            minimum_n=int(norms.minimum_group.value),
            of=_OF,
            formula=f"{FORMULAS['lowered']}; «подтвердили» и «повысили» — так же",
            norms=(norms.minimum_group, norms.confidence_level),
            method="agreement",
        )
    )


# --- two years -------------------------------------------------------------------------------------------------------


def years_offers(lens: Lens, choice: Choice) -> Offers:
    """Offer the years before the one looked at, for the municipality or one of its schools."""
    context = opened(lens, choice)
    years = [year for year in reversed(context.results.region.years) if year != choice.year]
    schools = by_schools(context, context.schools_of_year())
    return {
        "school": options(schools, all_of="весь муниципалитет"),
        "beside_year": [(str(year), year) for year in years],
    }


def draw_years(lens: Lens, choice: Choice) -> View:
    """The same shares a year or two before, on works written in both years by one scale."""
    context = opened(lens, choice)
    if not choice.beside_year:
        raise SettingsError("Сравнивать не с чем: есть данные только за один год.")
    results = context.results
    works = list(results.region.dynamics.works)
    marks = results.region.marks
    schools = [choice.school] if choice.school else list(results.schools)
    years = [choice.beside_year, choice.year]
    own = marks[marks["school"].isin(schools) & marks["year"].isin(years)]
    own = own[[work in works for work in own[["subject", "grade"]].itertuples(index=False, name=None)]]
    by_year = {year: own[own["year"] == year] for year in years}
    if any(rows.empty for rows in by_year.values()):
        raise SettingsError("Работ, которые писали в оба года по одной шкале, нет.")
    pairs = _pairs_of_school(context, by_year, works) if choice.school else _pairs_of_municipality(context, own, works)
    whose = context.short_names[choice.school] if choice.school else context.place.nominative
    names = [str(year) for year in reversed(years)]
    return _compared(context, pairs, names, f"{whose}: соответствие отметок журналу в {names[0]} и {names[1]} годах")


def _pairs_of_municipality(context: ReportContext, marks: pd.DataFrame, works: list[tuple[str, int]]) -> list[Pair]:
    """All works together; the change allows for pupils of one school resembling each other, as in the report."""
    found = agreement_dynamics(marks, works, [], context.results.session.norms)
    before, now = (row_of(found.by_year, year=year) for year in found.years)
    return [
        Pair(title, _estimate(now, name), _estimate(before, name), found.changes[name]) for name, title in _ALL_MEASURES
    ]


def _pairs_of_school(
    context: ReportContext, by_year: dict[int, pd.DataFrame], works: list[tuple[str, int]]
) -> list[Pair]:
    """All works together and one by one: of one work the pupils of the two years are different children."""
    norms = context.results.session.norms
    before, now = by_year.values()
    whole, former = agreement_of(now, norms), agreement_of(before, norms)
    pairs = [
        Pair(f"Все работы: {title.lower()}", getattr(whole, name), getattr(former, name), independent=False)
        for name, title in _ALL_MEASURES
    ]
    cells, former_cells = agreement_in_cells(now, norms), agreement_in_cells(before, norms)
    for work in works:
        if work in cells and work in former_cells:
            label = f"{words.work(*work)}: понизили"
            pairs.append(Pair(label, cells[work].lowered, former_cells[work].lowered))
    return pairs
