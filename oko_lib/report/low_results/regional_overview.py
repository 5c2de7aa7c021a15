"""Page one of the regional report: the title block, «Главное», «Что проверить»."""

from __future__ import annotations

from datetime import date

from oko_lib.indicators.low_results.summary import NO_MUNICIPALITY
from oko_lib.report.findings import Finding, FindingsBox, main_findings, what_to_check
from oko_lib.report.grammar import count, count_in_words, listed
from oko_lib.report.low_results import regional_changes, regional_lists
from oko_lib.report.low_results.causes import support_sentence
from oko_lib.report.low_results.context import DIRECTION
from oko_lib.report.low_results.regional_changes import MOST_NAMED
from oko_lib.report.low_results.regional_context import RegionalContext
from oko_lib.report.table import natural_key
from oko_lib.report.title import TitleBlock


def title_block(context: RegionalContext, built_on: date) -> TitleBlock:
    """The title block of the regional report."""
    results = context.results
    own = results.region.listed
    now = results.shares[results.shares["year"] == results.session.year]
    if own.current_year is None:
        current = f"список {own.year} года не загружен"
    else:
        current = f"{len(own.current)} в {own.current_year} году"
    before = f"{len(own.base)} в {own.base_year} году, " if own.base_year != own.current_year else ""
    places = sum(code != NO_MUNICIPALITY for code in results.municipalities.index)
    schools, n = int(results.total["schools"]), int(now["n"].sum())
    return TitleBlock(
        title="Динамика результатов ШНОР: сводка по региону",
        municipality=results.session.region_name,
        direction=DIRECTION,
        year=results.session.year,
        facts=(
            (
                "Данные",
                f"{count(places, 'муниципалитет')}, "
                f"{count(schools, 'школа')}, {count(len(now), 'процедура')}, {count(n, 'результат')}",
            ),
            ("Школы списков", f"{before}{current}"),
            ("Построен", built_on),
        ),
    )


def findings_box(context: RegionalContext) -> FindingsBox:
    """The box «Главное»: first what changed and for whom."""
    ref, results = context.ref, context.results
    items = [Finding(regional_changes.changed_sentence(context), ref("tbl-municipalities"))]
    if results.region.listed.base:
        items.append(Finding(regional_changes.measures_sentence(context), ref("fig-measures", "tbl-measures")))
        if moved := regional_changes.return_sentence(context):
            items.append(Finding(moved, ref("tbl-return")))
    lists = " ".join([regional_lists.lists_sentence(context), regional_lists.near_sentence(context)]).strip()
    items.append(Finding(lists, ref("tbl-municipalities", "tbl-near")))
    if results.region.listed.schools:
        items.append(Finding(support_sentence(results.support), ref("tbl-support")))
    return main_findings(items)


def check_box(context: RegionalContext) -> FindingsBox:
    """The box «Что проверить»: addressed and doable."""
    ref, results = context.ref, context.results
    items: list[Finding | str] = []
    units = results.region.dynamics.composite.units
    fallen = [school for school in units.index[units["state"] == "decline"] if school in context.schools]
    if fallen:
        items.append(
            Finding(
                f"{_who(context, fallen)}: неслучайное снижение — почему?",
                ref("tbl-municipalities"),
            )
        )
    if grown := results.states["growth"]:
        items.append(
            Finding(
                f"{_who(context, grown)}: что помогло росту и удержится ли он?",
                ref("tbl-municipalities"),
            )
        )
    if len(results.resilient):
        items.append(
            Finding(
                f"{_who(context, results.resilient['school'])}: условия трудные, результат выше ожидаемого; предложить "
                "как наставников.",
                ref("tbl-resilient"),
            )
        )
    below = [context.municipality(code) for code, found in results.support_of.items() if found.target_met is False]
    if below:
        below = sorted(below, key=natural_key)
        named = f" ({listed(below)})" if len(below) <= MOST_NAMED else ""
        where = count_in_words(len(below), "муниципалитет", "prepositional")
        items.append(
            Finding(
                f"Охват педагогов ниже нормы в {where}{named}: кого поддержать?",
                ref("tbl-support"),
            )
        )
    return what_to_check(items)


def _who(context: RegionalContext, schools) -> str:
    """Schools by name with their municipality; only their number when they are many."""
    schools = list(schools)
    if len(schools) <= MOST_NAMED:
        return context.named(schools)
    return count(len(schools), "школа")
