"""What the topics of objectivity share."""

from __future__ import annotations

from collections.abc import Iterable

from oko_lib.explore.choice import Choice
from oko_lib.explore.lens import Lens
from oko_lib.explore.topics.parts import by_name
from oko_lib.report.objectivity import agreement
from oko_lib.report.objectivity.context import ReportContext
from oko_lib.report.table import ReportTable

NAME = "objectivity"

#: Direction of the difference → how its share is counted.
FORMULAS = {
    "lowered": "отметка за ВПР ниже отметки в журнале ÷ все, у кого есть обе отметки",
    "confirmed": "отметка за ВПР равна отметке в журнале ÷ все, у кого есть обе отметки",
    "raised": "отметка за ВПР выше отметки в журнале ÷ все, у кого есть обе отметки",
}


def opened(lens: Lens, choice: Choice) -> ReportContext:
    """Return what the municipality's report is made of."""
    return lens.context(NAME, choice.year, choice.municipality)


def by_schools(context: ReportContext, schools: Iterable[str]) -> dict[str, str]:
    """Return schools by name, as tables of the report call them."""
    return by_name({school: context.short_names[school] for school in schools})


def named(context: ReportContext, school: str) -> str:
    """Return a school's full name."""
    return context.school_names.get(school, school)


def classes_of(context: ReportContext, school: str) -> ReportTable:
    """Return the rows of the report's table of classes that belong to a school."""
    return agreement.classes_table(context, [school])
