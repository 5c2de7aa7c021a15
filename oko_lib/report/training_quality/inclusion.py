"""Pupils with disabilities: adapted programmes and schools' own assessment of their results."""

from __future__ import annotations

import pandas as pd

from oko_lib.indicators.training_quality.adapted import AdaptedProgrammes
from oko_lib.methods.result import Estimate
from oko_lib.report.columns import ColumnSpec
from oko_lib.report.numbers import integer, is_missing, percent
from oko_lib.report.table import ReportTable
from oko_lib.report.training_quality.context import QualityContext
from oko_lib.settings.training_quality_norms import TrainingQualityNorms


def _of(estimate: Estimate) -> str:
    return f"{percent(estimate.value)} ({integer(estimate.numerator)} из {integer(estimate.denominator)})"


def adapted_sentence(found: AdaptedProgrammes, norms: TrainingQualityNorms) -> str:
    """Schools with programmes, own assessment against the target, pupils who took diagnostic works."""
    if not found.any_programme.given:
        return "Сведений об адаптированных программах в данных нет."
    parts = [
        f"Утверждённые АООП есть у {_of(found.any_programme)} школ, где учатся дети с ОВЗ, для каждой нозологии — у "
        f"{_of(found.every_programme)}"
    ]
    target = norms.internal_assessment.value
    if (met := found.meets(target)) is not None:
        verdict = "норма выполнена" if met else "ниже нормы"
        parts.append(
            f"внутренняя система оценки результатов — у {_of(found.assessment)} школ с АООП при норме "
            f"{percent(target, 0)}: {verdict}; для каждой нозологии — у {_of(found.every_assessment)}"
        )
    if found.assessed.given:
        parts.append(f"КДР прошли {_of(found.assessed)} обучающихся с ОВЗ")
    return f"{'; '.join(parts)}."


def schools_to_ask(context: QualityContext) -> list[str]:
    """Schools with a programme whose own assessment does not hold these pupils, or that have no programme."""
    table = context.results.own.adapted.schools
    asked = table[
        (table["approved"] < table["nosologies"])
        | (table["assessment"] < table["nosologies"]).fillna(False).astype(bool)
    ]
    return context.names(asked.index)


def adapted_table(context: QualityContext, *, every: bool = True) -> ReportTable:
    """Schools where something is lacking: a programme for a nosology, own assessment; all of it when not `every`."""
    found = context.results.own.adapted
    total = found.schools
    lacking = total[
        (total["approved"] < total["nosologies"])
        | (total["assessment"] < total["nosologies"]).fillna(False).astype(bool)
        | total["assessment"].isna()
    ]
    if not every:
        lacking = total[(total["approved"] == 0) | ~(total["assessment"] > 0).fillna(False).astype(bool)]
    rows = [
        {
            "school": context.short_names[str(school)],
            "pupils": row["pupils"],
            "programmes": f"{integer(row['approved'])} из {integer(row['nosologies'])}",
            "assessment": "…"
            if is_missing(row["assessment"])
            else f"{integer(row['assessment'])} из {integer(row['nosologies'])}",
            "assessed": row["assessed"],
        }
        for school, row in lacking.iterrows()
    ]
    columns = [
        ColumnSpec("school", "Школа"),
        ColumnSpec("pupils", "Обучающихся с ОВЗ", kind="integer"),
        ColumnSpec("programmes", "АООП: нозологий", align="right"),
        ColumnSpec("assessment", "Внутренняя оценка: нозологий", align="right"),
        ColumnSpec("assessed", "Прошли КДР", kind="integer"),
    ]
    return ReportTable.build(
        pd.DataFrame(rows, columns=[column.key for column in columns]),
        columns,
        caption="Школы, где нет АООП для нозологии или внутренней оценки этих детей"
        if every
        else "Школы, где нет ни одной АООП или внутренней оценки этих детей",
        number=context.numbering.table("tbl-adapted"),
        label="tbl-adapted",
        sort="school",
        notes=("Показаны только школы, у которых чего-то нет или об этом не сообщили.",) if rows else (),
        empty="Сведений об адаптированных программах нет, или у всех школ есть и программы, и внутренняя оценка.",
    )
