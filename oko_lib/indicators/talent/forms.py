"""What schools report in forms: pupils by grade, programmes, additional education, trained staff."""

from __future__ import annotations

from collections.abc import Collection

import pandas as pd

from oko_lib.indicators.talent.units import complete_count, complete_share
from oko_lib.methods.result import Estimate
from oko_lib.settings.talent_norms import TalentNorms
from oko_lib.store import Snapshot
from oko_lib.tables import ColumnType, table

_FORM = "talent_support_by_school"
COUNTS = tuple(
    column.name for column in table(_FORM).columns if column.type is ColumnType.INT and column.name != "year"
)
FLAGS = tuple(column.name for column in table(_FORM).columns if column.type is ColumnType.BOOL)

_SUPPORT = f"""
    select
        s.year, coalesce(history.school_id, s.login) as school,
        {", ".join(f"sum(s.{name})::double as {name}" for name in COUNTS)},
        {", ".join(f"bool_or(s.{name}) as {name}" for name in FLAGS)}
    from {_FORM} as s
    left join school_logins as history on history.login = s.login
    where s.year between ? and ?
    group by all
    order by year, school
"""

_ENROLMENT = """
    select
        e.year, coalesce(history.school_id, e.login) as school, e.grade,
        sum(e.pupils)::double as pupils, sum(e.classes)::double as classes,
        sum(e.classes_advanced)::double as classes_advanced, sum(e.pupils_advanced)::double as pupils_advanced,
        sum(e.pupils_with_disabilities)::double as pupils_with_disabilities
    from enrolment_by_grade as e
    left join school_logins as history on history.login = e.login
    where e.year between ? and ?
    group by all
    order by year, school, grade
"""


def support_by_school(snapshot: Snapshot, first_year: int, last_year: int) -> pd.DataFrame:
    """Return the forms on work with gifted children: school, year, counts (missing: not reported), flags."""
    return snapshot.sql(_SUPPORT, [first_year, last_year])


def enrolment_by_grade(snapshot: Snapshot, first_year: int, last_year: int) -> pd.DataFrame:
    """Return pupils by school, year and grade, with classes and pupils of advanced classes where reported."""
    return snapshot.sql(_ENROLMENT, [first_year, last_year])


def pupils_by_school(enrolment: pd.DataFrame, year: int, grades: tuple[int, int]) -> pd.Series:
    """Return pupils of the grades given (both ends included) by school in `year`."""
    wanted = (enrolment["year"] == year) & enrolment["grade"].between(*grades)
    return enrolment.loc[wanted, ["school", "pupils"]].groupby("school")["pupils"].sum()


def part_of(frame: pd.DataFrame, part: str, whole: str, minimum: int = 0) -> Estimate:
    """Share of the sum of one column in the sum of another over the rows where both were reported."""
    known = frame[[part, whole]].dropna()
    if known.empty:
        return complete_share(None, None)
    return complete_share(known[part].sum(), known[whole].sum(), minimum)


def total_of(frame: pd.DataFrame, column: str) -> Estimate:
    """Sum of a column over the rows that reported it."""
    known = frame[column].dropna()
    return complete_count(known.sum() if len(known) else None)


def part_of_pupils(reported: pd.Series, pupils: pd.Series, minimum: int) -> Estimate:
    """Share of pupils counted in a column of the form among all pupils of the schools that reported it.

    Parameters
    ----------
    reported, pupils : Series
        By school; missing where not reported.
    minimum : int
        Fewest pupils.
    """
    now = reported.dropna()
    both = now.index.intersection(pupils.index)
    return complete_share(now[both].sum(), pupils[both].sum(), minimum) if len(both) else complete_share(None, None)


def staff_shares(support: pd.DataFrame, year: int) -> dict[str, Estimate]:
    """Return shares of trained staff in `year`: ``teachers``, ``psychologists``, ``identifying``, ``awarded``."""
    now = support[support["year"] == year]
    return {
        "teachers": part_of(now, "teachers_trained_gifted", "teachers"),
        "psychologists": part_of(now, "psychologists_trained_gifted", "psychologists"),
        "identifying": part_of(now, "psychologists_identifying", "psychologists"),
        "awarded": part_of(now, "mentors_awarded", "mentors"),
    }


def silent_schools(support: pd.DataFrame, schools: Collection[str], year: int) -> tuple[str, ...]:
    """Return the schools that sent no form for `year`."""
    return tuple(sorted(set(schools) - set(support.loc[support["year"] == year, "school"])))


def advanced_classes(enrolment: pd.DataFrame, year: int, minimum: int) -> Estimate:
    """Share of pupils of advanced and profile classes among the pupils of grades that reported them."""
    return part_of(enrolment[enrolment["year"] == year], "pupils_advanced", "pupils", minimum)


def reporting(support: pd.DataFrame, year: int, norms: TalentNorms) -> bool:
    """Tell whether any school sent the form in `year` with the number the coverage norm speaks of."""
    now = support[support["year"] == year]
    return bool(now["pupils_talent_events"].notna().any())
