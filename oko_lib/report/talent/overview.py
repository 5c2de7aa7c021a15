"""Page one: the title block, «Главное», «Что проверить», the funnel."""

from __future__ import annotations

from datetime import date

import pandas as pd

from oko_lib.indicators.talent.summary import TalentSummary
from oko_lib.report.figure import ReportFigure
from oko_lib.report.figures.stage_funnel import stage_funnel
from oko_lib.report.findings import Finding, FindingsBox, main_findings, what_to_check
from oko_lib.report.grammar import count, listed
from oko_lib.report.numbering import Numbering
from oko_lib.report.numbers import percent, share_with_interval
from oko_lib.report.table import natural_key
from oko_lib.report.talent import coverage, home, observers, protocols, stages, subjects, support, words
from oko_lib.report.talent.context import DIRECTION, ReportContext
from oko_lib.report.title import TitleBlock


def title_block(context: ReportContext, built_on: date) -> TitleBlock:
    """The title block of the municipality's report."""
    results = context.results
    year = results.session.year
    return TitleBlock(
        title="Выявление и развитие талантов",
        municipality=results.session.municipality_name or "",
        direction=DIRECTION,
        year=year,
        subtitle=results.session.region_name,
        facts=(("Данные", data_words(results.summary, len(results.schools))), ("Построен", built_on)),
    )


def data_words(summary: TalentSummary, n_schools: int) -> str:
    """«12 школ, 2 310 участий в олимпиаде, 240 участий в конкурсах; 2025/26 учебный год»."""
    data = summary.data
    entries, contests = len(data.entries_of(data.year)), len(data.contests_of(data.year))
    return (
        f"{count(n_schools, 'школа')}, {count(entries, 'участие')} в олимпиаде, {count(contests, 'участие')} в "
        "конкурсах; "
        f"{data.year - 1}/{data.year % 100:02d} учебный год"
    )


def findings_box(context: ReportContext) -> FindingsBox:
    """The box «Главное»."""
    results = context.results
    own, beside = results.summary, results.beside
    items = [
        Finding(stages.stage_sentence(own, "municipal", beside), context.ref(*stage_pointers(own))),
        Finding(coverage.coverage_sentence(own, context.short_names), context.ref("tbl-coverage")),
        Finding(stages.growth_sentence(own, "municipal_participants"), context.ref("tbl-growth")),
        Finding(subjects.strength_sentence(results.strength, context.short_names), context.ref("fig-map")),
        Finding(support.staff_sentence(own), context.ref("tbl-staff")),
    ]
    # The first page must have room for its figure.
    return main_findings([item for item in items if item.text][:4])


def check_box(context: ReportContext) -> FindingsBox:
    """The box «Что проверить»: addressed and doable."""
    results = context.results
    own = results.summary
    items: list[Finding] = []
    if own.coverage.holding:
        named = sorted((context.short_names[school] for school in own.coverage.holding), key=natural_key)
        items.append(
            Finding(
                f"{listed(named)}: почему охвачено мало детей 5–11 классов — расстояние, сроки, нет наставника?",
                context.ref("tbl-coverage"),
            )
        )
    away = results.home
    if len(away) and (away["state"].astype(str) == "beyond").any():
        minimum = int(own.norms.minimum_group.value)
        pointers = home.pointers(results.region.consistency, away, minimum)
        items.append(Finding(home.home_sentence(away, context.short_names, minimum), context.ref(*pointers)))
    if len(results.faults):
        items.append(Finding(protocols.faults_sentence(results.faults), context.ref("tbl-faults", "tbl-fault-places")))
    observed = own.observed["municipal"].olympiads
    if observed.given and observed.value < own.norms.observed_olympiads_target.value:
        items.append(Finding(observers.observers_sentence(own, context.short_names), context.ref("tbl-observers")))
    if silent := coverage.silent_sentence(own, context.short_names):
        items.append(Finding(silent, context.ref("tbl-coverage")))
    return what_to_check(items[:3])


def stage_pointers(own: TalentSummary) -> tuple[str, ...]:
    """Where the numbers of stages stand: the figure is not drawn for nobody."""
    return ("tbl-stages", "fig-funnel") if _has_entries(own) else ("tbl-stages",)


def _has_entries(own: TalentSummary) -> bool:
    return bool(own.funnel.loc[own.funnel["known"], "entries"].sum())


def funnel_figure(own: TalentSummary, beside: TalentSummary | None, numbering: Numbering) -> ReportFigure | None:
    """The funnel of stages; None without any stage."""
    if not _has_entries(own):
        return None
    frame = pd.DataFrame(
        [_funnel_row(own, beside, position) for position in range(len(own.funnel))],
    )
    passed = own.stage("municipal")["on_persons"]
    seen = (
        f"до муниципального этапа дошли {share_with_interval(passed)} детей {own.first_grade('municipal')}–11 классов, "
        "писавших школьный"
        if passed.given
        else "долю перешедших не посчитать"
    )
    municipal = own.stage("municipal")["prize_of_entries"]
    prizes = f"; дипломы муниципального — {percent(municipal.value)} участий" if municipal.given else ""
    return ReportFigure(
        stage_funnel(frame, hide_below=int(own.norms.minimum_group.value)),
        number=numbering.figure("fig-funnel"),
        label="fig-funnel",
        caption=f"Этапы олимпиады: {seen}{prizes}",
    )


def _funnel_row(own: TalentSummary, beside: TalentSummary | None, position: int) -> dict[str, object]:
    """A stage and the way from it to the next one, as the figure wants it."""
    row = own.funnel.iloc[position]
    known = bool(row["known"])
    found: dict[str, object] = {
        "stage": words.STAGES[row["stage"]].capitalize(),
        "persons": row["persons"] if known else None,
        "entries": row["entries"] if known else None,
        "base": None,
        "went_on": None,
        "share": None,
        "low": None,
        "high": None,
        "region_share": None,
    }
    if position + 1 == len(own.funnel):
        return found
    way = own.funnel.iloc[position + 1]["on_persons"]
    regional = beside.funnel.iloc[position + 1]["on_persons"] if beside is not None else None
    if way.denominator is not None:
        found |= {"base": way.denominator, "went_on": way.numerator}
    if way.given:
        found |= {"share": way.value, "low": way.interval.low, "high": way.interval.high}
    if regional is not None and regional.given:
        found["region_share"] = regional.value
    return found
