"""Page one: the title block, «Главное», «Что проверить»."""

from __future__ import annotations

from datetime import date

import pandas as pd

from oko_lib.report.findings import Finding, FindingsBox, main_findings, what_to_check
from oko_lib.report.grammar import count, listed
from oko_lib.report.low_results.causes import support_sentence
from oko_lib.report.low_results.changes import changed_sentences, strongest_sentence
from oko_lib.report.low_results.context import DIRECTION, ReportContext
from oko_lib.report.low_results.identification import lists_sentence, near_sentence
from oko_lib.report.title import TitleBlock


def title_block(context: ReportContext, built_on: date) -> TitleBlock:
    """The title block of the municipality's report."""
    results = context.results
    now = results.shares[results.shares["year"] == results.session.year]
    return TitleBlock(
        title="Динамика результатов ШНОР",
        municipality=results.session.municipality_name or "",
        direction=DIRECTION,
        year=results.session.year,
        subtitle=results.session.region_name,
        facts=(
            (
                "Данные",
                f"{count(len(results.schools), 'школа')}, {count(len(now), 'процедура')}, "
                f"{count(int(now['n'].sum()), 'результат')}",
            ),
            ("Школы списков", f"{len(results.base)} в {results.region.listed.base_year} году, {_current(context)}"),
            ("Построен", built_on),
        ),
    )


def _current(context: ReportContext) -> str:
    own = context.results.region.listed
    if own.current_year is None:
        return f"список {own.year} года не загружен"
    return f"{len(context.results.current)} в {own.current_year} году"


def findings_box(context: ReportContext) -> FindingsBox:
    """The box «Главное»: first what changed and for whom."""
    items = [Finding(text, context.ref("tbl-changes", "fig-changes")) for text in changed_sentences(context)]
    if context.results.base:
        items.append(Finding(strongest_sentence(context), context.ref("tbl-changes")))
    items.append(Finding(lists_sentence(context), context.ref("tbl-methods")))
    if near := near_sentence(context):
        items.append(Finding(near, context.ref("tbl-near")))
    if context.results.listed:
        items.append(Finding(support_sentence(context.results.support), context.ref("tbl-support")))
    return main_findings(items)


def check_box(context: ReportContext) -> FindingsBox:
    """The box «Что проверить»: addressed and doable."""
    results = context.results
    region = results.region
    items: list[Finding | str] = []
    units = region.dynamics.composite.units.reindex(list(results.schools))
    trends = region.dynamics.composite_trend.units.reindex(list(results.schools))
    fallen = units.index[(units["state"] == "decline") | (trends["state"] == "decline")]
    if len(fallen):
        items.append(
            Finding(
                f"{listed(context.named(fallen))}: результаты неслучайно снизились (за год или за ряд лет). Что "
                "изменилось в кадрах, в составе "
                "классов, в посещаемости?",
                context.ref("tbl-schools"),
            )
        )
    growing = (units["state"] == "growth") | (trends["state"] == "growth")
    grown = units.index[growing & units.index.isin(results.listed)]
    if len(grown):
        items.append(
            Finding(
                f"{listed(context.named(grown))}: что помогло росту и удержится ли он; опыт описать для других школ.",
                context.ref("tbl-changes"),
            )
        )
    if results.support.target_met is False:
        items.append(
            Finding(
                "Кто из педагогов школ списка ещё не получил поддержки и по каким предметам выявлены дефициты.",
                context.ref("tbl-support", "tbl-deficits"),
            )
        )
    strong = region.risks.schools
    strong = strong[strong["school"].isin(results.listed) & (strong["risk"] == "strong")]
    if len(strong):
        titles = {factor.code: factor.title_ru for factor in region.factors}
        named = [titles[code] for code in _most_frequent(strong["factor"], 2)]
        items.append(
            Finding(
                f"Факторы риска, которые в школах списка выражены сильно: {listed([_lower(name) for name in named])}.",
                context.ref("tbl-risks"),
            )
        )
    return what_to_check(items)


def _most_frequent(values: pd.Series, most: int) -> list[str]:
    """The commonest values; of equally common ones the first by name."""
    return list(values.value_counts().sort_index().sort_values(ascending=False, kind="stable").index[:most])


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]
