"""Two schools, or two years of one, beside each other in marks of ВПР."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from oko_lib.explore.choice import Choice, Offers
from oko_lib.explore.lens import Lens
from oko_lib.explore.topic import View
from oko_lib.explore.topics.parts import Comparison, Pair, compared, options
from oko_lib.explore.topics.training_quality_parts import FORMULAS, by_schools, opened, schools_with_marks
from oko_lib.indicators.share_estimates import share_estimates
from oko_lib.indicators.training_quality.comparability import compare_scales
from oko_lib.indicators.training_quality.marks import FAILING, GOOD
from oko_lib.methods.clustered_share import clustered_shares
from oko_lib.methods.result import Estimate
from oko_lib.report.training_quality import words
from oko_lib.report.training_quality.context import ReportContext
from oko_lib.settings.loading import SettingsError
from oko_lib.settings.norms import SeriesNorms

_MEASURES = [("«2»", FAILING), ("«4» и «5»", GOOD)]
_TITLES = {FAILING: "доли «2»", GOOD: "доли «4» и «5»"}
_WHOLE = "весь муниципалитет"
#: Rows of the figure: more do not fit a page.
_MOST_ROWS = 24

Work = tuple[str, int]


def schools_offers(lens: Lens, choice: Choice) -> Offers:
    """Offer two different schools."""
    context = opened(lens, choice)
    schools = options(by_schools(context, schools_with_marks(context)))
    own = choice.school if choice.school in [school for _, school in schools] else schools[0][1] if schools else ""
    return {
        "school": schools,
        "beside": [option for option in schools if option[1] != own],
        "measure": _MEASURES,
    }


def draw_schools(lens: Lens, choice: Choice) -> View:
    """Show two schools in the works both wrote."""
    context = opened(lens, choice)
    if not choice.school or not choice.beside:
        raise SettingsError("Сравнивать не с чем: в этом году в муниципалитете одна школа с отметками за ВПР.")
    norms = context.results.session.norms
    ours, theirs = (
        _shares(_rows(context, [one], choice.year), choice, norms) for one in (choice.school, choice.beside)
    )
    common = [work for work in ours if work in theirs]
    if not common:
        raise SettingsError("Работ, которые писали обе школы, в этом году нет.")
    names = [context.short_names[school] for school in (choice.school, choice.beside)]
    pairs = [Pair(words.work(*work), ours[work], theirs[work]) for work in common]
    return _compared(context, choice, pairs, names, f"{names[0]} и {names[1]}, {choice.year} год")


def years_offers(lens: Lens, choice: Choice) -> Offers:
    """Offer a school or all of them, and the years of the series before this one."""
    context = opened(lens, choice)
    years = [year for year in context.results.region.years if year < context.results.session.year]
    return {
        "school": options(by_schools(context, schools_with_marks(context)), all_of=_WHOLE),
        "beside_year": [(str(year), year) for year in reversed(years)],
        "measure": _MEASURES,
    }


def draw_years(lens: Lens, choice: Choice) -> View:
    """Show a school, or the municipality, in the works written in both years on one scale."""
    context = opened(lens, choice)
    if not choice.beside_year:
        raise SettingsError("Сравнивать не с чем: есть данные только за один год.")
    schools = [choice.school] if choice.school else list(context.results.schools)
    rows = {year: _rows(context, schools, year) for year in (choice.year, choice.beside_year)}
    norms = context.results.session.norms
    now, before = (_shares(own, choice, norms) for own in rows.values())
    scales = context.results.region.scales
    common = [work for work in now if work in before]
    found = {work: compare_scales(scales, *work, choice.beside_year, choice.year) for work in common}
    same = [work for work, scale in found.items() if scale.comparable]
    why = "; ".join(f"{words.work(*work)}: {words.scale_reason(found[work])}" for work in common if work not in same)
    if not same:
        raise SettingsError(
            f"Работ, которые писали в {choice.beside_year} и {choice.year} годах по одной шкале, нет."
            + (f" {why}." if why else "")
        )
    gaps = {} if choice.school else _changes(pd.concat(rows.values()), choice, norms)
    pairs = [Pair(words.work(*work), now[work], before[work], gaps.get(work)) for work in same]
    whose = context.short_names[choice.school] if choice.school else context.place.nominative
    names = [str(choice.year), str(choice.beside_year)]
    view = _compared(context, choice, pairs, names, f"{whose}: {names[0]} и {names[1]} годы", yearly=True)
    return replace(view, text=f"{view.text} Не сравниваются: {why}.") if why else view


def _rows(context: ReportContext, schools: list[str], year: int) -> pd.DataFrame:
    counts = context.results.region.marks.counts
    return counts[(counts["year"] == year) & counts["school"].isin(schools)]


def _shares(rows: pd.DataFrame, choice: Choice, norms: SeriesNorms) -> dict[Work, Estimate]:
    part = f"{choice.measure}_n"
    sums = rows.groupby(["subject", "grade"])[[part, "n"]].sum()
    return {
        (str(subject), int(grade)): estimate
        for (subject, grade), estimate in zip(sums.index, share_estimates(sums[part], sums["n"], norms), strict=True)
    }


def _changes(rows: pd.DataFrame, choice: Choice, norms: SeriesNorms) -> dict[Work, Estimate]:
    """Changes of all schools together: pupils of one school resemble each other."""
    return {
        (str(subject), int(grade)): clustered_shares(
            own, successes=f"{choice.measure}_n", level=norms.confidence_level.value
        ).change
        for (subject, grade), own in rows.groupby(["subject", "grade"])
        if own["year"].nunique() == 2
    }


def _compared(
    context: ReportContext, choice: Choice, pairs: list[Pair], names: list[str], caption: str, *, yearly: bool = False
) -> View:
    norms = context.results.session.norms
    formula = FORMULAS[choice.measure]
    if yearly:
        formula += "; работы двух лет — на одной шкале, но в разности есть и разница в трудности заданий"
    shown = f" (первые {_MOST_ROWS} работ из {len(pairs)})" if len(pairs) > _MOST_ROWS else ""
    return compared(
        Comparison(
            pairs=pairs[:_MOST_ROWS],
            first=names[0],
            second=names[1],
            caption=f"{caption}: {_TITLES[choice.measure]}{shown}",
            level=norms.confidence_level.value,
            minimum_n=int(norms.minimum_group.value),
            of="писали",
            formula=formula,
            norms=(norms.minimum_group, norms.confidence_level),
            method="change" if yearly else "",
        )
    )
