"""Independent observers at ВПР and КДР: how many schools and works were observed."""

from __future__ import annotations

from collections.abc import Collection

import pandas as pd

from oko_lib.indicators.low_results.support import complete_share
from oko_lib.methods.result import Estimate
from oko_lib.store import Snapshot

_OBSERVERS = """
    select
        own.year, own.procedure_kind, own.subject, own.grade, coalesce(history.school_id, own.login) as school,
        sum(independent_observers)::double as independent_observers, bool_or(regulation) as regulation
    from observers_by_procedure as own
    left join school_logins as history on history.login = own.login
    where own.year = ? and own.procedure_kind in ('ВПР', 'КДР')
    group by all
    order by all
"""


def observer_rows(snapshot: Snapshot, year: int) -> pd.DataFrame:
    """Return school × procedure of the year: procedure_kind, subject, grade, independent_observers, regulation."""
    return snapshot.sql(_OBSERVERS, [year])


def observed_share(rows: pd.DataFrame, kind: str, schools: Collection[str] | None = None) -> Estimate:
    """Share of reported venues of one kind of procedure with an independent observer (complete count, no interval)."""
    own = rows[rows["procedure_kind"] == kind]
    own = own if schools is None else own[own["school"].isin(set(schools))]
    return complete_share(float((own["independent_observers"] > 0).sum()), len(own))
