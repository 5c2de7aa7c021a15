"""What the topics of quality of training share."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from oko_lib.explore.choice import Choice
from oko_lib.explore.lens import Lens
from oko_lib.explore.topics.parts import by_name
from oko_lib.report.columns import ColumnSpec
from oko_lib.report.table import ReportTable
from oko_lib.report.training_quality import words
from oko_lib.report.training_quality.context import ReportContext

NAME = "training_quality"

#: Share → how it is counted.
FORMULAS = {
    "failing": "отметки «2» ÷ все, кто писал работу",
    "good": "отметки «4» и «5» ÷ все, кто писал работу",
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


def works_of_year(context: ReportContext) -> list[tuple[str, int]]:
    """Return the works of ВПР of the year in the municipality: subject and grade."""
    counts = context.results.region.marks.counts
    now = counts[(counts["year"] == context.results.session.year) & counts["school"].isin(context.results.schools)]
    return sorted({(str(row.subject), int(row.grade)) for row in now[["subject", "grade"]].itertuples(index=False)})


def schools_with_marks(context: ReportContext) -> list[str]:
    """Return the schools of the municipality with marks of the year."""
    counts = context.results.region.marks.counts
    now = counts[(counts["year"] == context.results.session.year) & counts["school"].isin(context.results.schools)]
    return sorted(now["school"].unique())


def chosen(frame: pd.DataFrame, choice: Choice, subject: str = "subject") -> pd.DataFrame:
    """Return the rows of the subject and the grade chosen; all where none is."""
    if frame.empty:
        return frame
    if choice.subject:
        frame = frame[frame[subject] == choice.subject]
    return frame[frame["grade"] == choice.grade] if choice.grade else frame


def classes_table(context: ReportContext, school: str, work: tuple[str, int] | None = None) -> ReportTable:
    """Return what a school's shares of marks are made of: its classes, over all works or of one."""
    rows = context.results.class_marks
    rows = rows[rows["school"] == school]
    if work is not None:
        rows = rows[(rows["subject"] == work[0]) & (rows["grade"] == work[1])]
    names = [words.class_name(int(row.grade), row.class_label) for row in rows.itertuples()]
    works = [words.work(str(row.subject), int(row.grade)) for row in rows.itertuples()]
    return ReportTable.build(
        rows.assign(class_name=names, work=works),
        [
            ColumnSpec("work", "Работа"),
            ColumnSpec("class_name", "Класс"),
            ColumnSpec("n", "Писали", kind="integer"),
            ColumnSpec("failing", "«2»", kind="share"),
            ColumnSpec("mark_3", "«3»", kind="share", interval=False),
            ColumnSpec("good", "«4» и «5»", kind="share"),
        ],
        caption="Классы",
        sort=["work", "class_name"],
        empty="Классов с известной буквой в данных нет.",
    )
