"""ВПР participants as the methods want them: one row per written work, marks in hand."""

from __future__ import annotations

import pandas as pd

from oko_lib.store import Snapshot

# A protocol has no mark: it is read off the scale of that year; a mark that the file states is never recomputed.
_MARKS = """
    with form_maxima as (
        select form_id, sum(max_score)::int as form_max
        from vpr_tasks
        group by form_id
        having count(max_score) = count(*)
    )
    select
        results.year,
        results.grade,
        results.subject,
        coalesce(history.school_id, results.login) as school,
        results.class_label,
        results.participant_code,
        results.primary_score,
        coalesce(scale.max_score, form_max) as max_score,
        coalesce(results.mark, case
            when scale.mark3_min is null or results.primary_score is null then null
            when results.primary_score >= scale.mark5_min then 5
            when results.primary_score >= scale.mark4_min then 4
            when results.primary_score >= scale.mark3_min then 3
            else 2
        end) as mark,
        results.mark is null and scale.mark3_min is not null as mark_by_scale,
        results.journal_mark
    from vpr_results_by_participant as results
    left join school_logins as history on history.login = results.login
    left join score_scales as scale
        on scale.year = results.year and scale.grade = results.grade and scale.subject = results.subject
    left join form_maxima on form_maxima.form_id = results.form_id
    where results.present and results.year between ? and ?
"""


#: The same data come in the same order: sums over them then agree to the last digit between runs.
_ORDER = "results.year, results.grade, results.subject, results.login, results.participant_code"


def marks_by_participant(snapshot: Snapshot, first_year: int, last_year: int) -> pd.DataFrame:
    """Return one row per written work of the years given.

    Returns
    -------
    DataFrame
        year, grade, subject, school (lasting identifier), class_label, participant_code (links the works of one pupil
        in one year), primary_score, max_score (None when neither a scale nor a complete form is known), mark (stated,
        or by the scale of that year, or missing), mark_by_scale, journal_mark. Absent pupils have no row.
    """
    return snapshot.sql(f"{_MARKS} order by {_ORDER}", [first_year, last_year])


def mark_counts_by_school(snapshot: Snapshot, first_year: int, last_year: int) -> pd.DataFrame:
    """Return how many works got each mark: year, grade, subject, school, mark, n; works without a mark are left out."""
    return snapshot.sql(
        f"""
        select year, grade, subject, school, mark, count(*)::int as n
        from ({_MARKS})
        where mark is not null
        group by all
        order by all
        """,
        [first_year, last_year],
    )


def mark_counts_by_class(snapshot: Snapshot, first_year: int, last_year: int) -> pd.DataFrame:
    """Return counts of marks by class.

    Returns
    -------
    DataFrame
        year, grade, subject, school, class_label (missing where the file names no class), n, mark_2 … mark_5; works
        without a mark are left out.
    """
    return snapshot.sql(
        f"""
        select
            year, grade, subject, school, class_label, count(*)::int as n,
            {", ".join(f"count(*) filter (where mark = {mark})::int as mark_{mark}" for mark in (2, 3, 4, 5))}
        from ({_MARKS})
        where mark is not null
        group by all
        order by all
        """,
        [first_year, last_year],
    )


def participation(snapshot: Snapshot, year: int) -> pd.DataFrame:
    """Return listed and present pupils by school, subject and grade of `year`."""
    return snapshot.sql(
        """
        select
            coalesce(history.school_id, results.login) as school, results.subject, results.grade,
            count(*)::int as n_listed, count(*) filter (where present)::int as n_present
        from vpr_results_by_participant as results
        left join school_logins as history on history.login = results.login
        where results.year = ?
        group by all
        order by all
        """,
        [year],
    )


def scales(snapshot: Snapshot, first_year: int, last_year: int) -> pd.DataFrame:
    """Return the score scales of the years given (columns as in the table ``score_scales``, without the note)."""
    return snapshot.sql(
        """
        select year, subject, grade, max_score, mark3_min, mark4_min, mark5_min, source
        from score_scales
        where year between ? and ?
        order by year, subject, grade
        """,
        [first_year, last_year],
    )
