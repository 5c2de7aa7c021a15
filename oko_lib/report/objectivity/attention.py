"""Section 6: schools that need attention, with the reasons and what to check."""

from __future__ import annotations

import pandas as pd

from oko_lib.indicators.objectivity.attention import Attention
from oko_lib.indicators.objectivity.region import RegionObjectivity
from oko_lib.report.columns import ColumnSpec
from oko_lib.report.findings import Finding, FindingsBox, what_to_check
from oko_lib.report.grammar import count, listed
from oko_lib.report.numbers import number
from oko_lib.report.objectivity import words
from oko_lib.report.objectivity.context import ReportContext
from oko_lib.report.refusals import refusal_sentence
from oko_lib.report.table import ReportTable

#: Page one names this many schools of one pattern; the table names all.
_ON_PAGE_ONE = 5


def attention_table(context: ReportContext) -> ReportTable:
    """Every school of the list: what is seen, where, how much, by which signals, and the published lists."""
    rows = [{"school": context.short_names[item.school], **described(item)} for item in context.results.attention]
    return ReportTable.build(
        pd.DataFrame(rows, columns=["school", *DESCRIBED]),
        [ColumnSpec("school", "Школа"), *description_columns()],
        caption="Школы, требующие внимания",
        number=context.numbering.table("tbl-attention"),
        label="tbl-attention",
        sort="school",
        notes=(
            "Школа попадает сюда, если совокупность её сигналов за все годы ряда неслучайно отличается от обычного "
            "разброса школ региона (доля ложных находок не более 5 %) или её называет опубликованный список этого "
            "года. Причину отличия данные не называют.",
        ),
        empty="Школ, отличие которых неслучайно, нет; в опубликованных списках этого года школ муниципалитета нет.",
    )


DESCRIBED = ("seen", "where", "size", "signals", "listed")


def description_columns() -> list[ColumnSpec]:
    """Columns for :func:`described`."""
    return [
        ColumnSpec("seen", "Что видно в данных"),
        ColumnSpec("where", "Где"),
        ColumnSpec("size", "На сколько"),
        ColumnSpec("signals", "Сигналы"),
        ColumnSpec("listed", "Годы в опубликованных списках"),
    ]


def described(item: Attention) -> dict[str, str]:
    """One school of the list in words, as the cells of a table."""
    signals = [words.SIGNALS[code] for code in item.signals if code in words.SIGNALS]
    years = sorted({year for year, _ in item.listed})
    return {
        "seen": words.SHORT_PATTERNS[item.pattern] if item.pattern else "неслучайных отличий нет",
        "where": words.works_list(item.subjects, item.grades, item.years) or "—",
        "size": _size(item) or "—",
        "signals": ", ".join(signals) or "—",
        "listed": ", ".join(map(str, years)) or "—",
    }


def _size(item: Attention) -> str:
    """Size of the shift that the pattern speaks of."""
    if item.pattern in {"results_above_journal", "results_with_journal", "results_without_journal"}:
        shift, unit = item.level_shift, "ст. откл."
    elif item.pattern in {"journal_above_results", "results_below_journal"}:
        shift, unit = item.journal_shift, "отметки"
    else:
        return ""
    if shift is None or shift != shift:
        return ""
    return f"{number(shift, 1, signed=True)}\u00a0{unit}"


def checks_box(context: ReportContext) -> FindingsBox:
    """What to check in full, once for every pattern that occurs."""
    items = []
    for pattern, check in words.CHECKS.items():
        alike = [context.short_names[item.school] for item in context.results.attention if item.pattern == pattern]
        if alike:
            seen = words.PATTERNS[pattern] if pattern else "школа названа в опубликованном списке этого года"
            items.append(Finding(f"{listed(alike)} — {seen}. Проверить: {check}"))
    return what_to_check(items)


def check_box(context: ReportContext) -> FindingsBox:
    """The box «Что проверить» of page one."""
    found = [item for item in context.results.attention if item.pattern]
    items = []
    for pattern, check in words.SHORT_CHECKS.items():
        alike = [item for item in found if item.pattern == pattern]
        if alike:
            named = [context.short_names[item.school] for item in alike[:_ON_PAGE_ONE]]
            more = f" и ещё {count(len(alike) - _ON_PAGE_ONE, 'школа')}" if len(alike) > _ON_PAGE_ONE else ""
            schools = f"{', '.join(named)}{more}" if more else listed(named)
            items.append(Finding(f"{schools}: {words.SHORT_PATTERNS[pattern]} — {check}", context.ref("tbl-attention")))
    listed_only = [item for item in context.results.attention if not item.pattern]
    if listed_only:
        items.append(
            Finding(
                f"{count(len(listed_only), 'школа')} из опубликованного списка этого года без неслучайных отличий в "
                f"наших "
                "данных: запросить пояснения и сведения о принятых мерах",
                context.ref("tbl-lists"),
            )
        )
    quarantined = context.results.quality.n_quarantined
    if quarantined:
        items.append(
            Finding(
                f"Вернуть школам {count(quarantined, 'строка', case='accusative')} с ошибками на исправление",
                context.ref("tbl-quarantine"),
            )
        )
    return what_to_check(items)


def attention_sentence(context: ReportContext) -> str:
    """How many schools of the municipality stand out by all signals together."""
    return joint_sentence(context.results.region, context.results.attention, context.results.schools)


def joint_sentence(region: RegionObjectivity, found: list[Attention], schools: pd.Index | None) -> str:
    """How many of `schools` (None: of the region) stand out by all signals together."""
    evidence = region.evidence
    if evidence.refusal is not None:
        return f"По совокупности сигналов {refusal_sentence(evidence.refusal, 'школа')}."
    judged = evidence.schools[evidence.schools["p_value"].notna()]
    if schools is not None:
        judged = judged[judged["school"].isin(schools)]
    unusual = sum(1 for item in found if item.pattern)
    years = region.years
    span = f"за {years[0]}–{years[-1]} годы" if len(years) > 1 else f"за {years[0]} год"
    if unusual == 0:
        return (
            f"По совокупности сигналов {span} отличия всех {count(len(judged), 'школа', case='genitive')} от региона "
            f"— в "
            "пределах обычного разброса."
        )
    return (
        f"По совокупности сигналов {span} отличие неслучайно у {count(unusual, 'школа', case='genitive')} из "
        f"{number(len(judged))}."
    )
