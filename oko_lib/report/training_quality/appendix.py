"""Appendices: indicators under their codes, distributions by class in the workbook."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

import pandas as pd

from oko_lib.indicators.low_results.outcomes import LEVELS
from oko_lib.indicators.training_quality.indicator_values import school_values
from oko_lib.indicators.training_quality.levels import WORK as LEVEL_WORK
from oko_lib.indicators.training_quality.levels import level_shares
from oko_lib.indicators.training_quality.marks import MARK_COLUMNS
from oko_lib.indicators.values import IndicatorValue
from oko_lib.report.columns import ColumnSpec
from oko_lib.report.indicator_table import indicator_table, of_text, value_text
from oko_lib.report.numbering import Numbering
from oko_lib.report.table import ReportTable
from oko_lib.report.training_quality import words
from oko_lib.report.training_quality.context import ReportContext
from oko_lib.report.workbook_table import WorkbookTable
from oko_lib.settings.training_quality_norms import TrainingQualityNorms

CUT_NOTE = (
    "По школам, классам и нозологиям (показатели «в разрезе» и школьные, S) — в книге Excel. Показатели 1.1.5 — в "
    "отчёте "
    "«Таланты»."
)


def readable(value: IndicatorValue) -> IndicatorValue:
    """Return the value with works named in Russian in its reading, nosologies in its title."""
    title, reading = readable_words(value.title_ru, value.reading)
    return replace(value, title_ru=title, reading=reading)


# Sixty municipalities have the same seventy pairs of them.
@lru_cache(maxsize=4096)
def readable_words(title: str, reading: str) -> tuple[str, str]:
    """Return a value's title and reading in Russian."""
    for code, name in words.NOSOLOGIES.items():
        title = title.replace(f"({code})", f"({name})")
    head, separator, tail = reading.partition("; ")
    parts = head.split(" · ")
    if len(parts) >= 2 and parts[1].isdigit():
        known = parts[0] in words.DOMAINS
        name = words.diagnostic(parts[0], int(parts[1])) if known else words.work(parts[0], int(parts[1]))
        if len(parts) == 3:
            name += f", {words.class_name(int(parts[1]), parts[2])}"
        reading = name + separator + tail
    return title, reading


def indicators_table(
    values: Sequence[IndicatorValue],
    names: Mapping[str, str],
    norms: TrainingQualityNorms,
    numbering: Numbering,
    notes: Sequence[str] = (),
) -> ReportTable:
    """Values of the report's own level."""
    return indicator_table(
        [readable(value) for value in values],
        names,
        numbering,
        caption="Показатели разделов 1.1.1–1.1.4 под их кодами",
        notes=notes,
        minimum_group=int(norms.minimum_group.value),
    )


def own_values(context: ReportContext) -> list[IndicatorValue]:
    """Values of the municipality as a whole; the many of single nosologies stand in the workbook."""
    return [item for item in context.municipal_values if _of_whole(context, item)]


def _of_whole(context: ReportContext, value: IndicatorValue) -> bool:
    single = value.code == "1.1.3-M01" and any(f"({code})" in value.title_ru for code in words.NOSOLOGIES)
    return value.unit == context.results.session.municipality_code and not single


def all_values(context: ReportContext) -> WorkbookTable:
    """Values by school and class: of municipal indicators «in the cut of schools» and of the schools' own."""
    results = context.results
    session = results.session
    values = [item for item in context.municipal_values if not _of_whole(context, item)]
    values += school_values(results.region, results.schools, session.norms)
    minimum = int(session.norms.minimum_group.value)
    rows = [
        {
            "code": value.code,
            "school": "муниципалитет"
            if value.unit == session.municipality_code
            else context.short_names.get(value.unit, value.unit),
            "title": value.title_ru,
            "reading": value.reading or "—",
            "value": value_text(value),
            "of": "—" if not value.estimate.given and value.estimate.n < minimum else of_text(value.estimate),
        }
        for value in map(readable, values)
    ]
    columns = [
        ColumnSpec("code", "Код"),
        ColumnSpec("school", "Чей"),
        ColumnSpec("title", "Показатель"),
        ColumnSpec("reading", "Работа, класс, как считается"),
        ColumnSpec("value", "Значение", align="right"),
        ColumnSpec("of", "Из скольких", align="right"),
    ]
    table = ReportTable.build(
        pd.DataFrame(rows, columns=[column.key for column in columns]),
        columns,
        caption="Показатели по школам и классам под их кодами",
        empty="Показателей по школам нет.",
    )
    return WorkbookTable(table, "Показатели школ")


def class_marks(context: ReportContext) -> WorkbookTable:
    """Distribution of marks by school, class and work."""
    rows = [
        {
            "school": context.short_names[str(row.school)],
            "class": words.class_name(row.grade, row.class_label),
            "subject": row.subject,
            "n": row.n,
            **{name: getattr(row, name) for name in MARK_COLUMNS},
        }
        for row in context.results.class_marks.itertuples()
    ]
    columns = [
        ColumnSpec("school", "Школа"),
        ColumnSpec("class", "Класс"),
        ColumnSpec("subject", "Предмет"),
        ColumnSpec("n", "Писали", kind="integer"),
        *(ColumnSpec(name, f"«{name[-1]}»", kind="share") for name in MARK_COLUMNS),
    ]
    table = ReportTable.build(
        pd.DataFrame(rows, columns=[column.key for column in columns]),
        columns,
        caption="Отметки за ВПР по классам",
        sort=["school", "class", "subject"],
        empty="Классы в файлах ВПР не названы.",
    )
    return WorkbookTable(table, "ВПР по классам")


def class_levels(context: ReportContext) -> WorkbookTable:
    """Levels of diagnostic works by school and class."""
    results = context.results
    region, session = results.region, results.session
    own = region.levels[(region.levels["year"] == session.year) & region.levels["school"].isin(results.schools)]
    shares = level_shares(own[own["class_label"].notna()], ["school", *LEVEL_WORK, "class_label"], session.norms)
    rows = [
        {
            "school": context.short_names[str(row.school)],
            "class": words.class_name(row.grade, row.class_label),
            "work": words.diagnostic(row.domain, row.grade),
            "n": row.n,
            **{level: getattr(row, level) for level in LEVELS},
        }
        for row in shares.itertuples()
    ]
    columns = [
        ColumnSpec("school", "Школа"),
        ColumnSpec("class", "Класс"),
        ColumnSpec("work", "Работа"),
        ColumnSpec("n", "Участников", kind="integer"),
        *(ColumnSpec(level, words.LEVELS[level], kind="share") for level in LEVELS),
    ]
    table = ReportTable.build(
        pd.DataFrame(rows, columns=[column.key for column in columns]),
        columns,
        caption="Уровни диагностических работ по классам",
        sort=["school", "class"],
        empty="Классы в файлах диагностических работ не названы.",
    )
    return WorkbookTable(table, "КДР по классам")
