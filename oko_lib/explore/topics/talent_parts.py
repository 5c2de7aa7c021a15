"""What the topics of talent share."""

from __future__ import annotations

from collections.abc import Iterable

from oko_lib.explore.choice import Choice
from oko_lib.explore.lens import Lens
from oko_lib.explore.topics.parts import by_name
from oko_lib.indicators.talent.summary import TalentSummary
from oko_lib.methods.result import Estimate
from oko_lib.report.numbers import integer, share_with_interval
from oko_lib.report.refusals import refusal_sentence
from oko_lib.report.talent.context import ReportContext
from oko_lib.report.talent.regional_context import RegionalContext

NAME = "talent"

#: Said of numbers of children and of works beside each other.
UNITS = "участие — одна работа одного ребёнка: ребёнок, писавший по трём предметам, — один человек и три участия"


def opened(lens: Lens, choice: Choice) -> ReportContext:
    """Return what the municipality's report is made of."""
    return lens.context(NAME, choice.year, choice.municipality)


def opened_any(lens: Lens, choice: Choice) -> ReportContext | RegionalContext:
    """Return what the report of the municipality, or of the region, is made of."""
    return lens.context(NAME, choice.year, choice.municipality)


def whose(context: ReportContext | RegionalContext) -> str:
    """Return whom the numbers are of."""
    return context.place.nominative if isinstance(context, ReportContext) else context.results.session.region_name


def beside(context: ReportContext | RegionalContext) -> TalentSummary | None:
    """Return the region, where a municipality is shown and there are others."""
    return context.results.beside if isinstance(context, ReportContext) else None


def names_of(context: ReportContext | RegionalContext) -> dict[str, str]:
    """Return school → its name in figures and sentences."""
    return context.short_names if isinstance(context, ReportContext) else context.full_names


def by_schools(context: ReportContext, schools: Iterable[str]) -> dict[str, str]:
    """Return schools by name, as tables of the report call them."""
    return by_name({school: context.short_names[school] for school in schools})


def minimum_of(context: ReportContext | RegionalContext) -> int:
    """Return the smallest group that is shown."""
    return int(context.results.session.norms.minimum_group.value)


def words_of(estimate: Estimate, unit: str = "участник") -> str:
    """Return a share with its interval and what it is made of, or why there is none."""
    if not estimate.given:
        return refusal_sentence(estimate.refusal, unit) if estimate.refusal else "нет данных"
    made = ""
    if estimate.numerator is not None and estimate.denominator is not None:
        made = f", {integer(estimate.numerator)} из {integer(estimate.denominator)}"
    return share_with_interval(estimate) + made
