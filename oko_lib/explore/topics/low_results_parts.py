"""What the topics of schools with low results share."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import cast

import pandas as pd

from oko_lib.explore.choice import Choice
from oko_lib.explore.lens import Lens
from oko_lib.explore.topics.parts import by_name
from oko_lib.indicators.low_results.region import RegionLowResults, region_low_results
from oko_lib.indicators.low_results.summary import RegionSummary
from oko_lib.indicators.session import Session
from oko_lib.indicators.share_estimates import share_estimates
from oko_lib.report.columns import ColumnSpec
from oko_lib.report.low_results import words
from oko_lib.report.low_results.context import ReportContext
from oko_lib.report.low_results.regional import NUMBERING
from oko_lib.report.low_results.regional_context import RegionalContext
from oko_lib.report.table import ReportTable
from oko_lib.settings.norms import SeriesNorms

NAME = "low_results_dynamics"

SUCCESS_FORMULA = "успешные ÷ участники процедуры с результатом"
BELOW_FORMULA = "не преодолевшие порог ÷ участники процедуры с результатом"


@dataclass(frozen=True)
class WholeRegion:
    """As much of the regional summary as names of schools need: all of it takes minutes, a topic none of it.

    Parameters
    ----------
    session : Session
    region : RegionLowResults
    """

    session: Session
    region: RegionLowResults


def open_region(session: Session) -> RegionalContext:
    """Return the names and the results of the region."""
    whole = WholeRegion(session, region_low_results(session))
    return RegionalContext(cast(RegionSummary, whole), NUMBERING)


def opened(lens: Lens, choice: Choice) -> ReportContext:
    """Return what the municipality's report is made of."""
    return lens.context(NAME, choice.year, choice.municipality)


def by_schools(context: ReportContext, schools: Iterable[str]) -> dict[str, str]:
    """Return schools by name, as tables of the report call them."""
    return by_name({school: context.short_names[school] for school in schools})


def named(context: ReportContext, school: str) -> str:
    """Return a school's full name."""
    return context.school_names.get(school, school)


def outcomes_table(
    region: RegionLowResults, school: str, norms: SeriesNorms, procedures: Iterable[str] | None = None
) -> ReportTable:
    """Return what a school's numbers are made of: its procedures (some, or all) by year."""
    rows = region.outcomes[region.outcomes["school"] == school]
    if procedures is not None:
        rows = rows[rows["procedure"].isin(list(procedures))]
    rows = rows.sort_values(["procedure", "year"])
    shares = {
        name: share_estimates(rows[column].fillna(0).astype(float), rows["n"].where(rows[column].notna(), 0), norms)
        for name, column in (("success", "n_success"), ("below", "n_below"))
    }
    frame = pd.DataFrame(
        {
            "procedure": [words.procedure(key) for key in rows["procedure"]],
            "year": rows["year"].to_numpy(),
            "n": rows["n"].to_numpy(),
            "n_below": rows["n_below"].to_numpy(),
            "below": shares["below"],
            "n_success": rows["n_success"].to_numpy(),
            "success": shares["success"],
        }
    )
    return ReportTable.build(
        frame,
        [
            ColumnSpec("procedure", "Процедура"),
            ColumnSpec("year", "Год", kind="year"),
            ColumnSpec("n", "Участников", kind="integer"),
            ColumnSpec("n_below", "человек", kind="integer", group="Не преодолели порог"),
            ColumnSpec("below", "доля", kind="share", group="Не преодолели порог"),
            ColumnSpec("n_success", "человек", kind="integer", group="Успешные"),
            ColumnSpec("success", "доля", kind="share", group="Успешные"),
        ],
        caption="Процедуры школы по годам",
        empty="Результатов школы нет.",
    )
