"""The same children in grade 4 and grade 6."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import pandas as pd

from oko_lib.indicators.low_results.cohorts import RegionCohorts
from oko_lib.methods.cohort_change import LevelTransitions
from oko_lib.methods.result import Estimate, Interval
from oko_lib.report.columns import ColumnSpec
from oko_lib.report.figure import ReportFigure
from oko_lib.report.figures.level_flow import level_flow
from oko_lib.report.grammar import count
from oko_lib.report.low_results import words
from oko_lib.report.numbering import Numbering
from oko_lib.report.numbers import integer, is_missing, percent, share_with_interval
from oko_lib.report.refusals import refusal_reason
from oko_lib.report.table import ReportTable


def moves_sentence(cohorts: RegionCohorts, own: LevelTransitions, region: LevelTransitions | None) -> str:
    """How many of the same children moved up, stayed, moved down; beside the region."""
    if not own.moved_up.given:
        reason = refusal_reason(own.moved_up.refusal, "ученик") if own.moved_up.refusal else "нет данных"
        return f"О продвижении одних и тех же детей вывод невозможен: {reason}."
    beside = ""
    if region is not None and region.moved_up.given:
        beside = f" По региону — {percent(region.moved_up.value)} и {percent(region.moved_down.value)}."
    return (
        f"{count(own.n, 'ученик').capitalize()} писали работу по читательской грамотности и в 4 классе "
        f"({cohorts.earlier_year} год), и в 6 классе ({cohorts.later_year} год). Поднялись на уровень и больше "
        f"{share_with_interval(own.moved_up)}, опустились {share_with_interval(own.moved_down)}.{beside} Работы 4 и 6 "
        "классов разной трудности: смотрите на отличие от региона."
    )


def flow_figure(own: LevelTransitions, numbering: Numbering) -> ReportFigure | None:
    """Levels in grade 4 and in grade 6 of the same children; None when there are too few."""
    if not own.moved_up.given:
        return None
    table = own.table.rename_axis(index="level_before", columns="level_now").reset_index()
    long = table.melt("level_before", value_name="n")
    kept = percent(own.kept.value)
    return ReportFigure(
        level_flow(long, titles=words.LEVELS),
        number=numbering.figure("fig-flow"),
        label="fig-flow",
        caption=f"Уровни одних и тех же детей в 4 и 6 классах: остались на своём уровне {kept} из {integer(own.n)}",
    )


def cohorts_table(
    cohorts: RegionCohorts, schools: Collection[str], names: Mapping[str, str], numbering: Numbering
) -> ReportTable:
    """Schools: linked children, their shares of the basic level and higher, the change beyond the region's."""
    units = cohorts.paired.units if cohorts.paired is not None else pd.DataFrame()
    linked = units[units.index.isin(list(schools))] if len(units) else units
    whole = cohorts.schools.units if cohorts.schools is not None else pd.DataFrame()
    rows = [
        {
            "school": names[school],
            "n": linked["n"].get(school) if len(linked) else None,
            "earlier": linked["share_earlier"].get(school) if len(linked) else None,
            "later": linked["share_later"].get(school) if len(linked) else None,
            "relative": _relative(linked, school),
            "state": _state(linked, school),
            "whole": _state(whole, school),
        }
        for school in schools
        if (len(linked) and school in linked.index) or (len(whole) and school in whole.index)
    ]
    columns = [
        ColumnSpec("school", "Школа"),
        ColumnSpec("n", "Учеников с обеими работами", kind="integer"),
        ColumnSpec("earlier", f"4 класс, {cohorts.earlier_year}", kind="share", group="Базовый уровень и выше"),
        ColumnSpec("later", f"6 класс, {cohorts.later_year}", kind="share", group="Базовый уровень и выше"),
        ColumnSpec("relative", "Продвижение сверх обычного по региону", kind="points"),
        ColumnSpec("state", "Вывод"),
        ColumnSpec("whole", "То же по всем детям классов"),
    ]
    return ReportTable.build(
        pd.DataFrame(rows, columns=[column.key for column in columns]),
        columns,
        caption="Одни и те же дети: читательская грамотность в 4 и 6 классах",
        number=numbering.table("tbl-cohorts"),
        label="tbl-cohorts",
        sort="school",
        notes=(
            "Последний столбец — доли всех, кто писал работу в 4 классе и через два года в 6 классе, включая "
            "пришедших и ушедших.",
        ),
        empty="Работ одних и тех же детей в 4 и 6 классах в данных нет.",
    )


def _relative(units: pd.DataFrame, school: str) -> Estimate | None:
    if school not in units.index or is_missing(units.loc[school, "relative"]):
        return None
    row = units.loc[school]
    return Estimate(
        float(row["relative"]), Interval(float(row["relative_low"]), float(row["relative_high"])), int(row["n"])
    )


def _state(units: pd.DataFrame, school: str) -> str:
    if school not in units.index:
        return "…"
    row = units.loc[school]
    return words.state(row["state"], row["refusal"])
