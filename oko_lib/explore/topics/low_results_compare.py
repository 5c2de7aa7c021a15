"""Two schools, or two years of one, beside each other in exams and diagnostic works."""

from __future__ import annotations

import pandas as pd

from oko_lib.explore.choice import Choice, Offers
from oko_lib.explore.lens import Lens
from oko_lib.explore.topic import View
from oko_lib.explore.topics.low_results_parts import (
    BELOW_FORMULA,
    SUCCESS_FORMULA,
    by_schools,
    opened,
)
from oko_lib.explore.topics.parts import Comparison, Pair, compared, options
from oko_lib.indicators.share_estimates import share_estimates
from oko_lib.methods.clustered_share import clustered_shares
from oko_lib.methods.result import Estimate
from oko_lib.report.low_results import words
from oko_lib.report.low_results.context import ReportContext
from oko_lib.settings.loading import SettingsError

_MEASURES = [("Доля успешных", "success"), ("Не преодолели порог", "below")]
_FORMULAS = {"success": SUCCESS_FORMULA, "below": BELOW_FORMULA}
_WHOLE = "весь муниципалитет"
#: Rows of the figure: more do not fit a page.
_MOST_ROWS = 22


def schools_offers(lens: Lens, choice: Choice) -> Offers:
    """Offer two different schools."""
    context = opened(lens, choice)
    schools = options(by_schools(context, context.results.schools_now))
    own = choice.school if choice.school in [school for _, school in schools] else schools[0][1] if schools else ""
    return {
        "school": schools,
        "beside": [option for option in schools if option[1] != own],
        "measure": _MEASURES,
    }


def draw_schools(lens: Lens, choice: Choice) -> View:
    """Show two schools in the procedures both took part in."""
    context = opened(lens, choice)
    if not choice.school or not choice.beside:
        raise SettingsError("Сравнивать не с чем: в этом году в муниципалитете одна школа с результатами.")
    ours, theirs = (
        _shares(context, [school], choice.year, choice.measure) for school in (choice.school, choice.beside)
    )
    common = [key for key in ours if key in theirs]
    if not common:
        raise SettingsError("Процедур, в которых участвовали обе школы, в этом году нет.")
    pairs = [Pair(words.procedure(key), ours[key], theirs[key]) for key in common]
    names = [context.short_names[school] for school in (choice.school, choice.beside)]
    return _compared(context, choice, pairs, names, f"{names[0]} и {names[1]}, {choice.year} год")


def years_offers(lens: Lens, choice: Choice) -> Offers:
    """Offer a school or all of them, and the years of the series before this one."""
    context = opened(lens, choice)
    years = [year for year in context.results.region.years if year < context.results.session.year]
    return {
        "school": options(by_schools(context, context.results.schools_now), all_of=_WHOLE),
        "beside_year": [(str(year), year) for year in reversed(years)],
        "measure": _MEASURES,
    }


def draw_years(lens: Lens, choice: Choice) -> View:
    """Show a school, or the municipality, in the procedures held in both years."""
    context = opened(lens, choice)
    if not choice.beside_year:
        raise SettingsError("Сравнивать не с чем: есть данные только за один год.")
    schools = [choice.school] if choice.school else list(context.results.schools)
    now, before = (_shares(context, schools, year, choice.measure) for year in (choice.year, choice.beside_year))
    common = [key for key in now if key in before]
    if not common:
        raise SettingsError("Процедур, результаты которых есть за оба года, нет.")
    pooled = {} if choice.school else _changes(context, schools, choice)
    pairs = [Pair(words.procedure(key), now[key], before[key], pooled.get(key)) for key in common]
    whose = context.short_names[choice.school] if choice.school else context.place.nominative
    names = [str(choice.year), str(choice.beside_year)]
    return _compared(context, choice, pairs, names, f"{whose}: {names[0]} и {names[1]} годы", yearly=True)


def _rows(context: ReportContext, schools: list[str], measure: str) -> pd.DataFrame:
    """Counts of schools in exams and diagnostic works, as the report tells of them."""
    outcomes = context.results.region.outcomes
    column = "n_success" if measure == "success" else "n_below"
    own = outcomes[outcomes["school"].isin(schools) & (outcomes["kind"] != "ВПР") & outcomes[column].notna()]
    return own.assign(events=own[column].astype(float))


def _shares(context: ReportContext, schools: list[str], year: int, measure: str) -> dict[str, Estimate]:
    rows = _rows(context, schools, measure)
    sums = rows[rows["year"] == year].groupby("procedure")[["events", "n"]].sum()
    found = share_estimates(sums["events"], sums["n"], context.results.session.norms)
    return dict(zip(sums.index, found, strict=True))


def _changes(context: ReportContext, schools: list[str], choice: Choice) -> dict[str, Estimate]:
    """Changes of all schools together: pupils of one school resemble each other."""
    rows = _rows(context, schools, choice.measure)
    rows = rows[rows["year"].isin([choice.year, choice.beside_year])]
    level = context.results.session.norms.confidence_level.value
    return {
        str(key): clustered_shares(own, successes="events", level=level).change
        for key, own in rows.groupby("procedure")
        if own["year"].nunique() == 2
    }


def _compared(
    context: ReportContext, choice: Choice, pairs: list[Pair], names: list[str], caption: str, *, yearly: bool = False
) -> View:
    norms = context.results.session.norms
    title = "доли успешных" if choice.measure == "success" else "доли не преодолевших порог"
    formula = _FORMULAS[choice.measure]
    if yearly:
        formula += "; в разности двух лет есть и разница в трудности работ (сверх сдвига региона — тема об изменениях)"
    return compared(
        Comparison(
            pairs=pairs[:_MOST_ROWS],
            first=names[0],
            second=names[1],
            caption=f"{caption}: {title}",
            level=norms.confidence_level.value,
            minimum_n=int(norms.minimum_group.value),
            of="участников",
            formula=formula,
            norms=(norms.minimum_group, norms.confidence_level),
            method="change" if yearly else "",
        )
    )
