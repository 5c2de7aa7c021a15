"""Section 1.1.4 in a paragraph: agreement with the journal and observers; the rest is in the report on objectivity."""

from __future__ import annotations

from oko_lib.indicators.training_quality.observers import observed_share
from oko_lib.report.grammar import count
from oko_lib.report.numbers import integer, percent
from oko_lib.report.training_quality.context import ReportContext


def agreement_sentence(context: ReportContext) -> str:
    """Lowered and raised marks of the municipality."""
    results = context.results
    frame = results.region.objectivity.agreement.by_municipality
    own = frame[frame["municipality_code"] == results.session.municipality_code]
    if own.empty or own["lowered"].isna().all():
        return "Отметок журнала для сравнения с ВПР в данных нет или мало."
    row = own.iloc[0]
    return (
        f"По {count(int(row['n_pairs']), 'пара отметок', ('паре отметок', 'парам отметок', 'парам отметок'))} понизили "
        f"{percent(row['lowered'])}, подтвердили {percent(row['confirmed'])}, повысили {percent(row['raised'])}. "
        f"Разбор по "
        "предметам, школам и границам отметок — в отчёте «Объективность ВПР»."
    )


def observers_sentence(context: ReportContext) -> str:
    """Works of ВПР with an independent observer."""
    results = context.results
    found = observed_share(results.region.observers, "ВПР", results.schools)
    if not found.given:
        return "Сведений о независимых наблюдателях на ВПР в данных нет."
    return (
        f"Независимые наблюдатели были на {integer(found.numerator)} из {integer(found.denominator)} работ школ "
        f"({percent(found.value)})."
    )
