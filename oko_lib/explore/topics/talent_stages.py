"""Talent: the stages of the olympiad, and what a stage is made of."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from oko_lib.explore.choice import Choice
from oko_lib.explore.lens import Lens
from oko_lib.explore.topic import Behind, Spot, View
from oko_lib.explore.topics.talent_parts import UNITS, beside, opened_any, whose, words_of
from oko_lib.indicators.talent.summary import TalentSummary
from oko_lib.indicators.talent.units import share_of_entries
from oko_lib.report.columns import ColumnSpec
from oko_lib.report.numbers import NO_DATA, integer, is_missing
from oko_lib.report.regional_context import NO_MUNICIPALITY
from oko_lib.report.table import ReportTable
from oko_lib.report.talent import overview, stages, words
from oko_lib.report.talent.context import ReportContext
from oko_lib.report.talent.regional_context import RegionalContext


def draw_stages(lens: Lens, choice: Choice) -> View:
    """The funnel of stages, of a municipality or of the region."""
    context = opened_any(lens, choice)
    own, others = context.results.summary, beside(context)
    figure = overview.funnel_figure(own, others, context.numbering)
    held = [row["stage"] for row in own.funnel.to_dict("records") if row["known"]]
    sentences = [
        stages.stage_sentence(own, "school", others),
        stages.passage_sentence(own, "municipal", others),
        stages.stage_sentence(own, "regional", others),
        stages.retention_sentence(own, others),
    ]
    return View(
        table=stages.stages_table(own, others, context.numbering),
        figure=figure,
        text=" ".join(filter(None, sentences)) or f"{stages.NO_PROTOCOLS} Рисунка нет.",
        units={stage: words.STAGES[stage] for stage in held},
        unit_title="Этап",
        spots=_spots(figure.content, own) if figure else (),
        behind=lambda stage: _behind(context, stage),
    )


def _spots(figure: Figure, own: TalentSummary) -> tuple[Spot, ...]:
    """Middles of the bars; a stage nobody came to has none."""
    drawn = [row["stage"] for row in own.funnel.to_dict("records") if row["known"] and row["entries"]]
    bars = [patch for patch in figure.axes[0].patches if patch.get_gid() == "entries"]
    return tuple(
        Spot(stage, bar.get_x() + bar.get_width() / 2, bar.get_y() + bar.get_height() / 2)
        for stage, bar in zip(drawn, bars, strict=False)
    )


def _behind(context: ReportContext | RegionalContext, stage: str) -> Behind:
    own, norms = context.results.summary, context.results.session.norms
    used = (norms.minimum_group, norms.minimum_keyed_share, norms.confidence_level)
    if not stage:
        facts = (
            ("Как считается", "дети прошлогоднего школьного этапа, кроме выпускников, пришедшие снова ÷ все они"),
            ("Пришли снова", words_of(own.retention, "ребёнок")),
            ("Осторожно", UNITS),
        )
        return Behind(whose(context), facts, used)
    row = own.stage(stage)
    facts = [
        ("Участий", integer(row["entries"])),
        ("Людей", NO_DATA if is_missing(row["persons"]) else integer(row["persons"])),
        ("Школ", integer(row["schools"])),
    ]
    if stage != "school":
        first = own.first_grade(stage)
        facts += [
            ("Прошли сюда: как считается", f"люди предыдущего этапа {first}–11 классов, пришедшие на этот ÷ все они"),
            ("Прошли сюда, от людей", words_of(row["on_persons"], "ребёнок")),
            ("Прошли сюда, от участий", words_of(row["on_entries"], "участие")),
        ]
        used = (norms.municipal_first_grade if stage == "municipal" else norms.regional_first_grade, *used)
    facts += [
        ("Дипломы: как считается", "победители и призёры ÷ участники; от работ и от людей — разные числа"),
        ("Дипломы, от участий", words_of(row["prize_of_entries"], "участие")),
        ("Дипломы, от людей", words_of(row["prize_of_persons"], "ребёнок")),
        ("Осторожно", f"{UNITS}; число мест на этапе ограничено, доля дипломов зависит и от квоты организатора"),
    ]
    title = f"{words.STAGES[stage].capitalize()} этап: {whose(context)}"
    return Behind(title, tuple(facts), used, _units(context, stage))


def _units(context: ReportContext | RegionalContext, stage: str) -> ReportTable:
    """Schools of the stage; of the region its municipalities."""
    data, norms = context.results.summary.data, context.results.session.norms
    entries = data.entries_of(data.year)
    entries = entries.loc[entries["stage"] == stage, ["school", "person", "prize"]]
    regional = isinstance(context, RegionalContext)
    if regional:
        codes = context.results.region.schools["municipality_code"]
        entries = entries.assign(unit=entries["school"].map(codes).fillna(NO_MUNICIPALITY))
    else:
        entries = entries.assign(unit=entries["school"])
    rows = [
        {
            "unit": context.municipality(str(unit)) if regional else context.short_names[str(unit)],
            "entries": len(own),
            "prizes": share_of_entries(own[own["prize"]], own, norms),
        }
        for unit, own in entries.groupby("unit", sort=True)
    ]
    return ReportTable.build(
        pd.DataFrame(rows, columns=["unit", "entries", "prizes"]),
        [
            ColumnSpec("unit", "Муниципалитет" if regional else "Школа"),
            ColumnSpec("entries", "Участий", kind="integer"),
            ColumnSpec("prizes", "Дипломы, от участий", kind="share"),
        ],
        caption=f"Из чего складывается: {words.STAGES[stage]} этап",
        sort="unit",
        empty="Участников не было.",
    )
