"""Observers at olympiads: whose presence is reported, where, and whether rooms are filmed."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from oko_lib.indicators.talent.units import complete_share
from oko_lib.methods.result import Estimate
from oko_lib.store import Snapshot

PROCEDURE = "ВсОШ"

_OBSERVERS = """
    select
        o.year, o.stage, o.subject, o.grade, coalesce(history.school_id, o.login) as school,
        o.rooms::double as rooms, o.rooms_with_video::double as rooms_with_video,
        o.independent_observers::double as independent_observers,
        o.own_school_observers::double as own_school_observers, o.regulation
    from observers_by_procedure as o
    left join school_logins as history on history.login = o.login
    where o.procedure_kind = ? and o.year between ? and ?
    order by year, stage, subject, grade, school
"""


@dataclass(frozen=True)
class Observation:
    """Observation of one olympiad stage in a set of venues.

    Parameters
    ----------
    stage : str
    venues : int
        Schools that hosted it.
    olympiads : Estimate
        Share of olympiads (subject × venue) with at least one independent observer among those reported; complete
        count.
    rooms : Estimate
        Share of rooms with video among rooms reported.
    own_observers : int
        Olympiads at which somebody of the hosting school observed.
    regulation : Estimate
        Share of olympiads whose regulations are approved, among those reported.
    unobserved : DataFrame
        subject, school of olympiads without an independent observer.
    """

    stage: str
    venues: int
    olympiads: Estimate
    rooms: Estimate
    own_observers: int
    regulation: Estimate
    unobserved: pd.DataFrame


def olympiad_observers(snapshot: Snapshot, first_year: int, last_year: int) -> pd.DataFrame:
    """Return what venues reported on observers at the olympiad; missing is not zero."""
    return snapshot.sql(_OBSERVERS, [PROCEDURE, first_year, last_year])


def observation(observers: pd.DataFrame, stage: str, year: int) -> Observation:
    """Put the venues of a stage together.

    Parameters
    ----------
    observers : DataFrame
        From :func:`olympiad_observers`, of the venues asked for.
    """
    own = observers[(observers["stage"] == stage) & (observers["year"] == year)]
    seen = own.dropna(subset="independent_observers")
    without = seen[seen["independent_observers"] == 0]
    rooms = own.dropna(subset=["rooms", "rooms_with_video"])
    acts = own.dropna(subset="regulation")
    return Observation(
        stage=stage,
        venues=int(own["school"].nunique()),
        olympiads=complete_share(len(seen) - len(without), len(seen) or None),
        rooms=complete_share(rooms["rooms_with_video"].sum(), rooms["rooms"].sum() or None),
        own_observers=int((own["own_school_observers"] > 0).sum()),
        regulation=complete_share(int(acts["regulation"].astype(bool).sum()), len(acts) or None),
        unobserved=without[["subject", "school"]].drop_duplicates().reset_index(drop=True),
    )
