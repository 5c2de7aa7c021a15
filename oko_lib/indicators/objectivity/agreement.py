"""Agreement of ВПР and journal marks: by subject and grade, by municipality, by school, by class."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from oko_lib.indicators.unit_funnel import CELL, UnitFunnel, unit_funnel
from oko_lib.methods.agreement import MarkAgreement, agreement_by, mark_agreement
from oko_lib.settings.norms import ObjectivityNorms

DIRECTIONS = ("lowered", "confirmed", "raised")


@dataclass(frozen=True)
class YearAgreement:
    """Agreement of one year over the whole region.

    Parameters
    ----------
    by_cell, by_municipality_cell, by_school_cell, by_class : DataFrame
        Outputs of ``agreement_by``; by_class pools the subjects of a class.
    by_municipality, by_school : DataFrame
        The same over all subjects and grades.
    schools, municipalities : dict of str to UnitFunnel
        Funnel by direction.
    """

    by_cell: pd.DataFrame
    by_municipality_cell: pd.DataFrame
    by_municipality: pd.DataFrame
    by_school_cell: pd.DataFrame
    by_school: pd.DataFrame
    by_class: pd.DataFrame
    schools: dict[str, UnitFunnel]
    municipalities: dict[str, UnitFunnel]


def agreement_of_year(marks: pd.DataFrame, norms: ObjectivityNorms) -> YearAgreement:
    """Agreement over a region in one year.

    Parameters
    ----------
    marks : DataFrame
        Participants of the year with municipality_code, school, class_label, subject, grade, mark, journal_mark.
    norms : ObjectivityNorms
        Norms in force.
    """
    written = marks[marks["mark"].notna()]

    def by(*columns: str) -> pd.DataFrame:
        return agreement_by(
            written,
            list(columns),
            minimum_n=int(norms.minimum_group.value),
            level=norms.confidence_level.value,
            substantial=int(norms.substantial_difference.value),
        )

    by_school_cell = by("school", *CELL)
    by_municipality_cell = by("municipality_code", *CELL)
    return YearAgreement(
        by_cell=by(*CELL),
        by_municipality_cell=by_municipality_cell,
        by_municipality=by("municipality_code"),
        by_school_cell=by_school_cell,
        by_school=by("school"),
        by_class=by("school", "grade", "class_label"),
        schools={name: unit_funnel(by_school_cell, "school", name, norms) for name in DIRECTIONS},
        municipalities={
            name: unit_funnel(by_municipality_cell, "municipality_code", name, norms) for name in DIRECTIONS
        },
    )


def agreement_of(marks: pd.DataFrame, norms: ObjectivityNorms) -> MarkAgreement:
    """Full comparison (tests and kappa included) of all marks in `marks`."""
    return mark_agreement(
        marks["mark"],
        marks["journal_mark"],
        minimum_n=int(norms.minimum_group.value),
        level=norms.confidence_level.value,
        substantial=int(norms.substantial_difference.value),
    )


def agreement_in_cells(marks: pd.DataFrame, norms: ObjectivityNorms) -> dict[tuple[str, int], MarkAgreement]:
    """Full comparison of every subject and grade in `marks`."""
    return {
        (str(subject), int(grade)): agreement_of(rows, norms)
        for (subject, grade), rows in marks.groupby(CELL, observed=True, sort=True)
    }
