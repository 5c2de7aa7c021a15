"""Lists of schools that others published, as every direction reads them."""

from __future__ import annotations

import pandas as pd

from oko_lib.store import Snapshot

_LISTED = """
    select
        listed.list_kind, listed.year, coalesce(history.school_id, listed.login) as school,
        listed.school_name, listed.sign, listed.source
    from published_lists as listed
    left join school_logins as history on history.login = listed.login
    where listed.year between ? and ?
    order by listed.year, school, listed.sign
"""


def lists_of_schools(snapshot: Snapshot, first_year: int, last_year: int) -> pd.DataFrame:
    """Return published lists of the years given: list_kind, year, school, school_name, sign, source."""
    return snapshot.sql(_LISTED, [first_year, last_year])
