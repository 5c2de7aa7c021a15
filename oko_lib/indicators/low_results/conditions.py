"""Conditions a school works in: context, social passport, attendance, as shares that can be compared."""

from __future__ import annotations

import numpy as np
import pandas as pd

from oko_lib.store import Snapshot

_CONDITIONS = """
    with
    context as (
        select coalesce(history.school_id, c.login) as school, c.year,
            any_value(c.place_type) as place_type, any_value(c.place_population) as place_population,
            sum(c.pupils) as pupils, sum(c.teachers) as teachers,
            sum(c.teachers_top_category) as teachers_top_category, sum(c.teachers_under_30) as teachers_under_30,
            bool_or(c.is_boarding) as is_boarding, bool_or(c.is_correctional) as is_correctional,
            bool_or(c.is_evening) as is_evening
        from school_context_by_year as c
        left join school_logins as history on history.login = c.login
        where c.year between ? and ?
        group by all
    ),
    passport as (
        select coalesce(history.school_id, p.login) as school, p.year,
            sum(p.pupils) as passport_pupils,
            sum(pupils_low_income) as pupils_low_income, sum(pupils_single_parent) as pupils_single_parent,
            sum(pupils_large_families) as pupils_large_families, sum(pupils_on_record) as pupils_on_record,
            sum(pupils_at_risk) as pupils_at_risk, sum(pupils_other_language) as pupils_other_language,
            sum(pupils_with_disabilities) as pupils_with_disabilities, sum(pupils_orphans) as pupils_orphans,
            sum(pupils_parents_higher_education) as pupils_parents_higher_education,
            sum(pupils_failing) as pupils_failing, sum(teacher_vacancies) as teacher_vacancies,
            sum(specialists_required) as specialists_required, sum(specialists_actual) as specialists_actual,
            avg(equipment_pct) as equipment_pct
        from social_passport_by_year as p
        left join school_logins as history on history.login = p.login
        where p.year between ? and ?
        group by all
    ),
    attendance as (
        select coalesce(history.school_id, a.login) as school, a.year,
            sum(lessons_planned) as lessons_planned, sum(lessons_missed) as lessons_missed,
            sum(lessons_missed_without_reason) as lessons_missed_without_reason
        from attendance_by_school as a
        left join school_logins as history on history.login = a.login
        where a.year between ? and ?
        group by all
    )
    select *
    from context
    full join passport using (school, year)
    full join attendance using (school, year)
    order by school, year
"""

_TEXT = ("school", "place_type")
_FLAGS = ("is_boarding", "is_correctional", "is_evening")


def conditions_by_school(snapshot: Snapshot, first_year: int, last_year: int) -> pd.DataFrame:
    """Return one row per school × year with everything that is known of its conditions.

    Returns
    -------
    DataFrame
        school, year; columns of ``school_context_by_year``, ``social_passport_by_year`` (pupils of the passport as
        passport_pupils) and ``attendance_by_school`` as numbers; what nobody reported is missing, never zero.
    """
    frame = snapshot.sql(_CONDITIONS, [first_year, last_year] * 3)
    numeric = [name for name in frame.columns if name not in (*_TEXT, *_FLAGS, "year")]
    return frame.assign(**{name: frame[name].astype(float) for name in numeric}, year=frame["year"].astype(int))


def _share(part: pd.Series, whole: pd.Series) -> pd.Series:
    return (part / whole).where(whole > 0).clip(0, 1)


def context_features(conditions: pd.DataFrame) -> pd.DataFrame:
    """Return what a school's results may be expected from: things it does not choose.

    Returns
    -------
    DataFrame
        school, year and numeric features: log_pupils, rural (0/1), low_income, single_parent, other_language,
        on_record, parents_higher_education (shares), boarding (0/1). Missing stays missing. What a school can change
        itself — its teachers, its attendance — is left out: else its own work would be «expected».
    """
    pupils = conditions["passport_pupils"]
    size = conditions["pupils"].fillna(pupils)
    place = conditions["place_type"].astype("string").str.casefold()
    rural = (~place.str.contains("город", na=False)).astype(float).where(place.notna())
    return pd.DataFrame(
        {
            "school": conditions["school"],
            "year": conditions["year"],
            "log_pupils": np.log(size.where(size > 0)),
            "rural": rural,
            "low_income": _share(conditions["pupils_low_income"], pupils),
            "single_parent": _share(conditions["pupils_single_parent"], pupils),
            "other_language": _share(conditions["pupils_other_language"], pupils),
            "on_record": _share(conditions["pupils_on_record"], pupils),
            "parents_higher_education": _share(conditions["pupils_parents_higher_education"], pupils),
        }
    )
