"""Conditions a school works in, and what may be expected of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import pandas as pd

from oko_lib.indicators.low_results.context import RegionContext
from oko_lib.indicators.low_results.region import RegionLowResults
from oko_lib.methods.context_regression import ContextFit
from oko_lib.methods.result import Estimate, Interval
from oko_lib.report.columns import ColumnSpec
from oko_lib.report.figure import ReportFigure
from oko_lib.report.figures.context_scatter import context_scatter
from oko_lib.report.grammar import listed
from oko_lib.report.low_results import words
from oko_lib.report.numbering import Numbering
from oko_lib.report.numbers import is_missing, percent
from oko_lib.report.refusals import refusal_reason
from oko_lib.report.table import ReportTable, natural_key

CELLS = {
    "difficult_low": "трудные · ниже",
    "difficult_high": "трудные · выше",
    "favourable_low": "благоприятные · ниже",
    "favourable_high": "благоприятные · выше",
    "undetermined": "на границе",
    "no_data": "…",
}


def link_sentence(context: RegionContext, year: int) -> str:
    """How much of the differences between schools conditions explain."""
    fit = context.fits[year]
    if fit.refusal is not None:
        return f"Связь результатов с условиями не оценена: {refusal_reason(fit.refusal, 'школа')}."
    if not fit.predicts:
        return (
            "Известные условия не предсказывают результаты школ лучше простого среднего: ожидаемый результат здесь "
            "мало что значит."
        )
    return (
        f"Известные условия объясняют {percent(fit.r2_out_of_sample)} различий между школами, если каждую "
        "предсказывать по остальным. Поэтому ожидаемый результат — широкая полоса, а не число."
    )


def resilience_sentence(context: RegionContext, schools: Collection[str], names: Mapping[str, str]) -> str:
    """Which schools do better than conditions make one expect, two years running."""
    found = context.resilience
    if found.refusal is not None:
        return f"О резильентности школ вывод невозможен: {refusal_reason(found.refusal, 'школа')}."
    own = found.schools[found.schools["school"].isin(list(schools)) & found.schools["resilient"].fillna(False)]
    if own.empty:
        return "Резильентных школ (трудные · выше ожидаемого два года подряд) среди них нет."
    return (
        "Два года подряд при трудных условиях результат выше ожидаемого: "
        f"{listed(sorted((names[school] for school in own['school']), key=natural_key))}."
    )


def own_rows(region: RegionLowResults, schools: Collection[str]) -> pd.DataFrame:
    """Schools of the fit of this year with what is said of each."""
    fit: ContextFit = region.context.fits[region.year]
    rows = fit.schools[fit.schools["school"].isin(list(schools))].set_index("school")
    resilience = region.context.resilience.schools
    resilient = resilience.set_index("school")["resilient"] if len(resilience) else pd.Series(dtype=object)
    cells = region.context.matrix.schools.set_index("school")["cell"]
    return rows.assign(resilient=resilient.reindex(rows.index), cell=cells.reindex(rows.index))


def _interval(row: pd.Series, name: str) -> Estimate | None:
    if is_missing(row[name]):
        return None
    return Estimate(float(row[name]), Interval(float(row[f"{name}_low"]), float(row[f"{name}_high"])), int(row["n"]))


def context_table(
    region: RegionLowResults, schools: Collection[str], names: Mapping[str, str], numbering: Numbering
) -> ReportTable:
    """Expected result, the school's own distance from it, the cell of the matrix, resilience."""
    fit = region.context.fits[region.year]
    rows = [
        {
            "school": names[school],
            "n": row["n"],
            "result": row["result"],
            "expected": _interval(row, "expected"),
            "residual": _interval(row, "residual"),
            "state": _beside_expected(row),
            "cell": CELLS.get(row["cell"], "…"),
            "resilient": "…" if is_missing(row["resilient"]) else ("да" if row["resilient"] else "нет"),
        }
        for school, row in own_rows(region, schools).iterrows()
    ]
    columns = [
        ColumnSpec("school", "Школа"),
        ColumnSpec("n", "Учеников", kind="integer"),
        ColumnSpec("result", "Результат", kind="number", digits=2),
        ColumnSpec("expected", "Ожидаемый по условиям", kind="number", digits=2),
        ColumnSpec("residual", "Отличие от ожидаемого", kind="number", digits=2),
        ColumnSpec("state", "Вывод"),
        ColumnSpec("cell", "Условия · результат"),
        ColumnSpec("resilient", "Резильентная", align="center"),
    ]
    without = fit.without_context
    missing = without[without["school"].isin(list(schools))] if len(without) else without
    notes = [
        "Результат и отличие — в стандартных отклонениях учеников региона. Отличие от ожидаемого — то, чего не "
        "объясняют известные условия; это не «вклад школы». «На границе» — сторону выбрал бы случай.",
    ]
    if len(missing):
        unknown = sorted((names[school] for school in missing["school"]), key=natural_key)
        notes.append(f"Условия неизвестны (пропуск — не ноль): {listed(unknown)}.")
    return ReportTable.build(
        pd.DataFrame(rows, columns=[column.key for column in columns]),
        columns,
        caption="Результаты школ и то, чего можно ожидать по условиям их работы",
        number=numbering.table("tbl-context"),
        label="tbl-context",
        wide=False,
        sort="school",
        notes=notes,
        empty="Ожидаемый результат не оценён: "
        + (refusal_reason(fit.refusal, "школа") if fit.refusal else "нет данных")
        + ".",
    )


def _beside_expected(row: pd.Series) -> str:
    if is_missing(row["residual_low"]):
        return "…"
    if row["residual_low"] > 0:
        return "выше ожидаемого"
    return "ниже ожидаемого" if row["residual_high"] < 0 else "неразличимо"


def context_figure(
    region: RegionLowResults, schools: Collection[str], names: Mapping[str, str], numbering: Numbering, own: str
) -> ReportFigure | None:
    """Expected and actual results of the region's schools, the report's own labelled; None without a fit."""
    fit = region.context.fits[region.year]
    if fit.refusal is not None or fit.schools.empty:
        return None
    rows = fit.schools
    now = region.results[region.results["year"] == region.year].set_index("school")
    mine = rows["school"].isin(list(schools))
    points = pd.DataFrame(
        {
            "expected": rows["predicted"],
            "actual": rows["result"],
            "low": now["low"].reindex(rows["school"]).to_numpy(),
            "high": now["high"].reindex(rows["school"]).to_numpy(),
            "own": mine,
            "label": [
                names.get(school, "") if is_own else "" for school, is_own in zip(rows["school"], mine, strict=True)
            ],
        }
    )
    low = rows.loc[rows["school"].isin(region.context.low_context), "predicted"]
    outside = own_rows(region, schools)
    n_above = int((outside["residual_low"] > 0).sum())
    n_below = int((outside["residual_high"] < 0).sum())
    return ReportFigure(
        context_scatter(points, low_context_to=float(low.max()) if len(low) else None, own=own),
        number=numbering.figure("fig-context"),
        label="fig-context",
        caption=(
            "Результаты школ и ожидаемое по условиям (в стандартных отклонениях учеников): выше ожидаемого неслучайно "
            f"{n_above}, ниже — {n_below} из {len(outside)}"
        ),
    )


def coefficients_table(fit: ContextFit, numbering: Numbering) -> ReportTable:
    """Which conditions results are linked with."""
    rows = [
        {
            "feature": words.FEATURES.get(row["feature"], row["feature"]),
            "effect": Estimate(
                float(row["standardised"]),
                Interval(float(row["standardised_low"]), float(row["standardised_high"])),
                fit.n_schools,
            ),
            "p": row["p_value"],
        }
        for _, row in fit.coefficients.iterrows()
    ]
    return ReportTable.build(
        pd.DataFrame(rows, columns=["feature", "effect", "p"]),
        [
            ColumnSpec("feature", "Условие"),
            ColumnSpec("effect", "Связь с результатом", kind="number", digits=3),
            ColumnSpec("p", "p", kind="p_value"),
        ],
        caption="С какими условиями связаны результаты школ",
        number=numbering.table("tbl-coefficients"),
        label="tbl-coefficients",
        notes=(
            "Связь: на сколько стандартных отклонений учеников меняется результат школы, когда условие меняется на "
            "одно стандартное отклонение школ, а остальные те же. Связь — не причина.",
        ),
        empty="Связь не оценена: школ с известными условиями мало.",
    )
