"""Conditions schools work in, what may be expected of them, and their risk factors."""

from __future__ import annotations

import pandas as pd

from oko_lib.explore.choice import Choice, Offers
from oko_lib.explore.lens import Lens
from oko_lib.explore.topic import Behind, Spot, View
from oko_lib.explore.topics.low_results_changes import sheet
from oko_lib.explore.topics.low_results_parts import by_schools, named, opened
from oko_lib.explore.topics.parts import options
from oko_lib.methods.result import Interval
from oko_lib.report.columns import ColumnSpec
from oko_lib.report.figure import ReportFigure
from oko_lib.report.figures.risk_profile import STATES
from oko_lib.report.low_results import conditions, words
from oko_lib.report.low_results.causes import factor_value
from oko_lib.report.low_results.conditions import own_rows
from oko_lib.report.low_results.context import ReportContext
from oko_lib.report.low_results.school import SchoolReport
from oko_lib.report.numbers import integer, is_missing, number, percent, share_interval, span
from oko_lib.report.refusals import refusal_reason
from oko_lib.report.table import ReportTable
from oko_lib.settings.norms import Norm
from oko_lib.settings.risk_factors import RiskFactor

_WHOLE = "весь муниципалитет"
_NO_PASSPORT = "Социальный паспорт школы за этот год не загружен: о факторах риска сказать нечего."


def offers(lens: Lens, choice: Choice) -> Offers:
    """Offer the municipality as a whole and each of its schools."""
    context = opened(lens, choice)
    return {"school": options(by_schools(context, context.results.schools_now), all_of=_WHOLE)}


def draw(lens: Lens, choice: Choice) -> View:
    """Show results beside what conditions let expect; of one school its risk factors."""
    context = opened(lens, choice)
    return _of_school(context, sheet(lens, choice)) if choice.school else _of_municipality(context)


# --- The municipality ------------------------------------------------------------------------------------------------


def _of_municipality(context: ReportContext) -> View:
    results, region, names = context.results, context.results.region, context.short_names
    rows = own_rows(region, results.schools)
    figure = conditions.context_figure(region, results.schools, names, context.numbering, "школы муниципалитета")
    return View(
        table=conditions.context_table(region, results.schools, names, context.numbering),
        figure=figure,
        text=f"{conditions.link_sentence(region.context, region.year)} "
        f"{conditions.resilience_sentence(region.context, results.schools, names)}",
        units=by_schools(context, rows.index),
        spots=_spots(rows, figure),
        behind=lambda school: _behind_school(context, rows, school),
    )


def _spots(rows: pd.DataFrame, figure: ReportFigure | None) -> tuple[Spot, ...]:
    if figure is None:
        return ()
    (x_low, x_high), (y_low, y_high) = figure.content.axes[0].get_xlim(), figure.content.axes[0].get_ylim()
    return tuple(
        Spot(
            str(school),
            min(max(float(row["predicted"]), x_low), x_high),
            min(max(float(row["result"]), y_low), y_high),
        )
        for school, row in rows.iterrows()
        if not is_missing(row["predicted"]) and not is_missing(row["result"])
    )


def _behind_school(context: ReportContext, rows: pd.DataFrame, school: str) -> Behind | None:
    region, norms = context.results.region, context.results.session.norms
    used: tuple[Norm, ...] = (norms.context_minimum_schools, norms.low_context_share, norms.confidence_level)
    how = ("Как считается", "сводный результат школы минус ожидаемый по её условиям (по остальным школам региона)")
    if not school:
        facts = [how, ("Связь с условиями", conditions.link_sentence(region.context, region.year))]
        return Behind(context.place.nominative, tuple(facts), used, method="expected_result")
    if school not in rows.index:
        return None
    row = rows.loc[school]
    facts = [
        how,
        ("Результат", f"{number(row['result'], 2)} стандартного отклонения учеников региона"),
        ("Учеников", integer(row["n"])),
    ]
    for title, name in (("Ожидаемый по условиям", "expected"), ("Отличие от ожидаемого", "residual")):
        shown = "не оценено"
        if not is_missing(row[name]) and not is_missing(row[f"{name}_low"]):
            low, high = number(row[f"{name}_low"], 2), number(row[f"{name}_high"], 2)
            shown = f"{number(row[name], 2)} ({span(low, high)})"
        facts.append((title, shown))
    facts.append(("Условия · результат", conditions.CELLS.get(row["cell"], "…")))
    facts.append(("Оговорка", "отличие от ожидаемого — то, чего не объясняют известные условия; не «вклад школы»"))
    return Behind(named(context, school), tuple(facts), used, _factors_of(context, school), "expected_result")


def _factors_of(context: ReportContext, school: str) -> ReportTable:
    region = context.results.region
    rows = region.risks.schools[region.risks.schools["school"] == school]
    medians = region.risks.factors["median"].set_axis(region.risks.factors["factor"])
    return _factors_table(rows.assign(median=rows["factor"].map(medians)), region.factors)


# --- One school ------------------------------------------------------------------------------------------------------


def _of_school(context: ReportContext, report: SchoolReport) -> View:
    rows = report.results.risks
    known = rows[rows["value"].notna()]
    drawn = report.risk_figure()
    figure = drawn if isinstance(drawn, ReportFigure) else None
    factors = {factor.code: factor for factor in report.results.region.factors}
    strong = known.loc[known["risk"] == "strong", "factor"].tolist()
    named_factors = ", ".join(factors[code].short_ru for code in strong)
    said = f"Сильно выражены: {named_factors}." if strong else "Сильно выраженных факторов риска нет."
    school = report.results.school
    return View(
        table=_factors_table(rows, report.results.region.factors),
        figure=figure,
        text=f"{context.short_names[school]}. {said if len(known) else _NO_PASSPORT}",
        units={code: factors[code].title_ru for code in known["factor"]},
        unit_title="Фактор",
        spots=_marks(rows, figure),
        behind=lambda code: _behind_factor(context, report, code),
    )


def _factors_table(rows: pd.DataFrame, known: tuple[RiskFactor, ...]) -> ReportTable:
    factors = {factor.code: factor for factor in known}
    order = {factor.code: place for place, factor in enumerate(known)}
    rows = rows.assign(place=rows["factor"].map(order)).sort_values("place")
    frame = pd.DataFrame(
        {
            "factor": [factors[code].title_ru for code in rows["factor"]],
            "group": [factors[code].group_ru for code in rows["factor"]],
            "n": rows["n"].to_numpy(),
            "value": [factor_value(*pair) for pair in zip(rows["value"], rows["n"], strict=True)],
            "median": [factor_value(*pair) for pair in zip(rows["median"], rows["n"], strict=True)],
            "risk": [words.RISKS[str(risk)] for risk in rows["risk"]],
        }
    )
    return ReportTable.build(
        frame,
        [
            ColumnSpec("factor", "Фактор риска"),
            ColumnSpec("group", "Группа"),
            ColumnSpec("n", "Из скольких", kind="integer", missing="—"),
            ColumnSpec("value", "В школе", align="right"),
            ColumnSpec("median", "Середина по региону", align="right"),
            ColumnSpec("risk", "Вывод"),
        ],
        caption="Факторы риска по социальному паспорту школы",
        notes=("Фактор — повод для разговора, а не доказанная причина.",),
        empty=_NO_PASSPORT,
    )


def _marks(rows: pd.DataFrame, figure: ReportFigure | None) -> tuple[Spot, ...]:
    """Marks of the strip, one per factor with a value and a scale, in the order of the rows."""
    if figure is None:
        return ()
    scaled = rows["far_low"].notna() & rows["far_high"].notna() & (rows["far_low"] != rows["far_high"])
    drawn = [line for line in figure.content.axes[1].lines if line.get_gid() in STATES]
    codes = rows.loc[rows["value"].notna() & scaled, "factor"]
    return tuple(
        Spot(code, float(line.get_xdata()[0]), float(line.get_ydata()[0]), 1)
        for code, line in zip(codes, drawn, strict=True)
    )


def _behind_factor(context: ReportContext, report: SchoolReport, code: str) -> Behind | None:
    norms = context.results.session.norms
    used = (norms.risk_strong_quantile, norms.risk_moderate_quantile, norms.dynamics_minimum_schools)
    whose = named(context, report.results.school)
    if not code:
        how = (("Как считается", "место школы среди школ региона по каждому фактору паспорта; доли малых групп сжаты"),)
        return Behind(whose, how, used, method="risk_position")
    rows = report.results.risks.set_index("factor")
    if code not in rows.index:
        return None
    row = rows.loc[code]
    factor = next(item for item in report.results.region.factors if item.code == code)
    side = "больше" if factor.high_is_risk else "меньше"
    facts = [
        ("Как считается", f"значение школы среди школ региона; риск там, где значение {side}"),
        ("Значение", factor_value(row["value"], row["n"])),
    ]
    if not is_missing(row["n"]):
        facts.append(("Из скольких", integer(row["n"])))
        if not is_missing(row["low"]) and not is_missing(row["high"]):
            facts.append(("Интервал", share_interval(Interval(float(row["low"]), float(row["high"])))))
    facts.append(("Середина по региону", factor_value(row["median"], row["n"])))
    if not is_missing(row["q1"]):
        ends = [factor_value(row[name], row["n"]) for name in ("q1", "q3")]
        facts.append(("Средняя половина школ региона", f"от {ends[0]} до {ends[1]}"))
    refused = report.results.region.risks.factors.set_index("factor")["refusal"].get(code)
    if refused is not None and not is_missing(refused):
        facts.append(("Вывод", f"невозможен: {refusal_reason(refused, 'школа')}"))
    else:
        facts.append(("Вывод", words.RISKS[str(row["risk"])]))
        facts.append(("Границы вывода", _borders(norms)))
    facts.append(("О чём говорить", factor.advice))
    return Behind(f"{whose}: {factor.title_ru}", tuple(facts), used, method="risk_position")


def _borders(norms) -> str:
    strong, moderate = (percent(norm.value, 0) for norm in (norms.risk_strong_quantile, norms.risk_moderate_quantile))
    return f"сильно — сильнее, чем у {strong} школ региона; умеренно — сильнее, чем у {moderate}"
