"""Lists of schools that others published: loaded and shown, never computed here."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from oko_lib.indicators.school_lists import lists_of_schools
from oko_lib.methods.repetition import Repetition, repetition
from oko_lib.store import Snapshot

_SCHOOLS_BY_YEAR = """
    select results.year, count(distinct coalesce(history.school_id, results.login))::int as n_schools
    from vpr_results_by_participant as results
    left join school_logins as history on history.login = results.login
    group by results.year
"""


@dataclass(frozen=True)
class PublishedLists:
    """Published lists of biased results over the years of the report.

    Parameters
    ----------
    rows : DataFrame
        list_kind, year, school, school_name, sign, source.
    repetition : Repetition or None
        Over all schools of the region with results; None when nothing was published for these years.
    """

    rows: pd.DataFrame
    repetition: Repetition | None


def published_lists(snapshot: Snapshot, first_year: int, last_year: int) -> PublishedLists:
    """Read the lists of schools with biased results of the years given."""
    rows = lists_of_schools(snapshot, first_year, last_year)
    rows = rows[rows["list_kind"] == "biased_results"].reset_index(drop=True)
    if rows.empty:
        return PublishedLists(rows, None)
    schools = snapshot.sql(_SCHOOLS_BY_YEAR).set_index("year")["n_schools"]
    # A list cannot be longer than the number of schools: where results are fewer, the list itself is the least number.
    listed = rows.groupby("year")["school"].nunique()
    totals = {int(year): int(max(schools.get(year, 0), listed.get(year, 0))) for year in listed.index}
    return PublishedLists(rows, repetition(rows, totals, unit="school"))
