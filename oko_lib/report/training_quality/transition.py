"""From grade 4 to grade 5: the same parallel in two successive years."""

from __future__ import annotations

import pandas as pd

from oko_lib.indicators.training_quality.region import RegionQuality
from oko_lib.report.columns import ColumnSpec
from oko_lib.report.grammar import listed, sentence
from oko_lib.report.low_results.changes import estimate
from oko_lib.report.numbers import percent
from oko_lib.report.table import ReportTable
from oko_lib.report.training_quality import words
from oko_lib.report.training_quality.context import QualityContext


def pooled_sentence(pooled: pd.DataFrame) -> str:
    """Shares of «4» and «5» of the parallel in both grades."""
    if pooled.empty:
        return "Работ одной параллели в 4 и 5 классах в данных нет."
    parts = [
        f"{row.subject} — {percent(row.before)} в 4 классе и {percent(row.after)} в 5 классе"
        for row in pooled.itertuples()
    ]
    return (
        f"Доля «4» и «5» у одной параллели: {'; '.join(parts)}. Работы 4 и 5 классов разной трудности, поэтому само "
        "изменение ни о чём не говорит: смотрят на отличие школы от общего по региону."
    )


def schools_sentence(context: QualityContext) -> str:
    """Schools whose parallel went down or up beyond the region."""
    found = context.results.region.transitions
    if not found:
        return ""
    parts = []
    for subject, item in found.items():
        units = item.schools.units
        own = units[units.index.isin(context.results.schools)]
        for state, text in (("decline", "снижение"), ("growth", "рост")):
            names = context.names(own.index[own["state"] == state])
            if names:
                parts.append(f"{subject}, {text} — {listed(names)}")
    if not parts:
        return "Ни в одной школе изменение при переходе в 5 класс нельзя отличить от общего по региону."
    return sentence(f"сверх общего по региону: {'; '.join(parts)}")


def transition_table(context: QualityContext, *, every: bool = True) -> ReportTable:
    """Schools' parallels: change beyond the region's in each subject; only those told from chance when not `every`."""
    region: RegionQuality = context.results.region
    subjects = list(region.transitions)
    rows = []
    for school in context.results.schools:
        row: dict[str, object] = {"school": context.short_names[str(school)]}
        for place, subject in enumerate(subjects):
            units = region.transitions[subject].schools.units
            if school not in units.index:
                continue
            unit = units.loc[school]
            row[f"n{place}"] = unit["n_last"]
            row[f"relative{place}"] = estimate(unit, "relative", unit["n_last"]) or _refused(unit)
            row[f"state{place}"] = words.told(words.STATES, unit["state"])
        told = [state for key, state in row.items() if key.startswith("state")]
        if told and (every or set(told) & {words.STATES["growth"], words.STATES["decline"]}):
            rows.append(row)
    columns = [ColumnSpec("school", "Школа")]
    for place, subject in enumerate(subjects):
        columns += [
            ColumnSpec(f"n{place}", "учеников", kind="integer", group=subject, missing="—"),
            ColumnSpec(f"relative{place}", "сверх региона", kind="points", group=subject, missing="—"),
            ColumnSpec(f"state{place}", "вывод", group=subject, missing="—"),
        ]
    return ReportTable.build(
        pd.DataFrame(rows, columns=[column.key for column in columns]),
        columns,
        caption="Переход из 4 в 5 класс: доля «4» и «5» одной параллели сверх общего изменения региона",
        number=context.numbering.table("tbl-transition"),
        label="tbl-transition",
        sort="school",
        notes=("Параллель целиком: ученики, которые пришли или ушли за год, тоже в счёте.",) if rows else (),
        empty="Работ одной параллели в 4 и 5 классах в данных нет."
        if every or not subjects
        else "Школ, изменение в которых отличимо от общего по региону, нет.",
    )


def _refused(unit: pd.Series) -> str:
    return "м.д." if unit["refusal"] == "too_few" else "…"
