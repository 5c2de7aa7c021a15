"""Talent: two schools beside each other, and two years of a municipality or a school."""

from __future__ import annotations

from collections.abc import Collection

import pandas as pd

from oko_lib.explore.choice import Choice, Offers
from oko_lib.explore.lens import Lens
from oko_lib.explore.topic import View
from oko_lib.explore.topics.parts import Comparison, Pair, compared, options
from oko_lib.explore.topics.talent_parts import by_schools, minimum_of, opened
from oko_lib.indicators.talent.stages import stage_funnel
from oko_lib.methods.clustered_share import clustered_shares
from oko_lib.methods.proportions import wilson
from oko_lib.methods.result import Estimate, Refusal, RefusalReason
from oko_lib.report.talent import words
from oko_lib.report.talent.context import ReportContext
from oko_lib.settings.loading import SettingsError

_FORMULA = (
    "участие — участники школьного этапа ÷ ученики {grades} классов; дошли — люди школьного этапа {first}–11 классов, "
    "пришедшие на муниципальный ÷ все они; дипломы — победители и призёры ÷ участники; считаются люди, каждый один раз"
)
_NO_DATA = Estimate(None, None, 0, refusal=Refusal(RefusalReason.NO_DATA))
#: Stages where a school has enough children for a share.
_STAGES = ("school", "municipal")
_LABELS = {"coming": "Дошли до муниципального этапа"} | {
    stage: f"Дипломы, {words.STAGES[stage]} этап" for stage in _STAGES
}


# --- two schools -----------------------------------------------------------------------------------------------------


def schools_offers(lens: Lens, choice: Choice) -> Offers:
    """Offer two different schools."""
    context = opened(lens, choice)
    schools = options(by_schools(context, context.results.schools))
    own = choice.school if choice.school in [school for _, school in schools] else schools[0][1] if schools else ""
    return {"school": schools, "beside": [option for option in schools if option[1] != own]}


def draw_schools(lens: Lens, choice: Choice) -> View:
    """The shares of two schools: taking part, going on, prizes."""
    context = opened(lens, choice)
    if not choice.school or not choice.beside:
        raise SettingsError("Сравнивать не с чем: в этом году в муниципалитете одна школа с данными.")
    first, second = (_shares(context, school) for school in (choice.school, choice.beside))
    pairs = [Pair(label, first[label], second[label]) for label in first]
    names = [context.short_names[school] for school in (choice.school, choice.beside)]
    return _compared(context, pairs, names, f"{names[0]} и {names[1]}: участие, переход и дипломы")


def _shares(context: ReportContext, school: str) -> dict[str, Estimate]:
    own = context.results.summary
    data, norms = own.data, own.norms
    first, last = norms.coverage_grades
    part = _NO_DATA
    if school in data.participation.index:
        row = data.participation.loc[school]
        part = wilson(row["participants"], row["n"], norms.confidence_level.value, int(norms.minimum_group.value))
    entries = data.entries_of(data.year)
    rows = stage_funnel(entries[entries["school"] == school], data.held[data.year], norms).set_index("stage")
    return {
        f"Участие в школьном этапе, {first}–{last} классы": part,
        _LABELS["coming"]: rows.loc["municipal", "on_persons"],
        **{_LABELS[stage]: rows.loc[stage, "prize_of_persons"] for stage in _STAGES},
    }


def _compared(context: ReportContext, pairs: list[Pair], names: list[str], caption: str) -> View:
    norms = context.results.session.norms
    first, last = norms.coverage_grades
    return compared(
        Comparison(
            pairs=pairs,
            first=names[0],
            second=names[1],
            caption=caption,
            level=norms.confidence_level.value,
            minimum_n=minimum_of(context),
            of="людей",
            formula=_FORMULA.format(grades=f"{first}–{last}", first=norms.first_grade("municipal")),
            norms=(norms.municipal_first_grade, norms.minimum_group, norms.confidence_level),
        )
    )


# --- two years -------------------------------------------------------------------------------------------------------


def years_offers(lens: Lens, choice: Choice) -> Offers:
    """Offer the other years of the series with protocols."""
    data = opened(lens, choice).results.summary.data
    years = sorted((year for year, held in data.held.items() if held and year != data.year), reverse=True)
    return {"beside_year": [(str(year), year) for year in years]}


def draw_years(lens: Lens, choice: Choice) -> View:
    """The same shares in two years; the difference allows for children of one school resembling each other."""
    context = opened(lens, choice)
    if not choice.beside_year:
        raise SettingsError("Сравнивать не с чем: протоколы олимпиады есть только за один год.")
    data, norms = context.results.summary.data, context.results.session.norms
    years = (choice.year, choice.beside_year)
    funnels = [stage_funnel(data.entries_of(year), data.held[year], norms).set_index("stage") for year in years]
    pairs = []
    for label, counts, stages in _measures(data.entries, norms.first_grade("municipal")):
        column = "on_persons" if label == _LABELS["coming"] else "prize_of_persons"
        now, before = (funnel.loc[stages[-1], column] for funnel in funnels)
        pairs.append(Pair(label, now, before, _change(counts, years, norms.confidence_level.value, now, before)))
    names = [str(year) for year in years]
    caption = f"{context.place.nominative}: переход и дипломы в {names[0]} и {names[1]} годах"
    return _compared(context, pairs, names, caption)


def _measures(entries: pd.DataFrame, first_grade: int) -> list[tuple[str, pd.DataFrame, tuple[str, ...]]]:
    """Label, children by school and year (all, and those that count), stages it stands on."""
    people = entries.dropna(subset="person")
    later = people.loc[people["stage"] == "municipal", ["year", "person"]].drop_duplicates().assign(hit=True)
    home = people[(people["stage"] == "school") & (people["grade"] >= first_grade)]
    home = home[["year", "school", "person"]].drop_duplicates().merge(later, on=["year", "person"], how="left")
    found = [(_LABELS["coming"], home.assign(hit=home["hit"].notna()), ("school", "municipal"))]
    for stage in _STAGES:
        own = people[people["stage"] == stage].groupby(["year", "school", "person"])["prize"].any()
        found.append((_LABELS[stage], own.rename("hit").reset_index(), (stage,)))
    return found


def _change(children: pd.DataFrame, years: Collection[int], level: float, *sides: Estimate) -> Estimate:
    """Change of a share between the two years, clustered by school; refused where a year has no answer."""
    refused = next((side.refusal for side in sides if not side.given), None)
    if refused is not None:
        return Estimate(None, None, 0, refusal=refused)
    own = children[children["year"].isin(years)]
    counts = own.groupby(["school", "year"])["hit"].agg(n_success="sum", n="size").reset_index()
    return clustered_shares(counts, level=level).change
