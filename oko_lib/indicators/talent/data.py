"""All frames a report on talent is made of, and their cut for a set of schools."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from functools import cached_property

import pandas as pd

from oko_lib.indicators.memory import give_back
from oko_lib.indicators.registers import school_register
from oko_lib.indicators.talent.coverage import coverage_by_school, participation
from oko_lib.indicators.talent.entries import EVENT_LISTS, PLACES, contest_entries, olympiad_entries
from oko_lib.indicators.talent.forms import enrolment_by_grade, support_by_school
from oko_lib.indicators.talent.groups import school_groups
from oko_lib.indicators.talent.observers import olympiad_observers
from oko_lib.settings.talent_norms import TalentNorms
from oko_lib.store import Snapshot

_BY_SCHOOL = ("entries", "contests", "enrolment", "support", "observers")
_INDEXED = ("coverage", "participation", "groups")

_EVENTS = """
    select year, event_list, event, event_kind
    from listed_events_by_year
    where year between ? and ?
    order by all
"""


@dataclass(frozen=True)
class TalentData:
    """Frames of the region, or of some of its schools.

    Parameters
    ----------
    year : int
        Year of the report.
    first_year : int
        First year of the series.
    held : dict of int to frozenset of str
        Year → olympiad stages of which the *region* has data: elsewhere absence of rows says nothing.
    entries, contests : DataFrame
        See :mod:`~oko_lib.indicators.talent.entries`; all years of the series.
    enrolment, support : DataFrame
        See :mod:`~oko_lib.indicators.talent.forms`; all years.
    observers : DataFrame
        See :mod:`~oko_lib.indicators.talent.observers`; all years.
    events : DataFrame
        Registers of events of the region: year, event_list, event, event_kind.
    coverage, participation, groups : DataFrame
        By school, this year; see :mod:`~oko_lib.indicators.talent.coverage` and
        :mod:`~oko_lib.indicators.talent.groups`.
    lists : frozenset of str
        Lists of events of which the *region* has data this year; as with stages, elsewhere nothing is said.
    """

    year: int
    first_year: int
    held: dict[int, frozenset[str]]
    entries: pd.DataFrame
    contests: pd.DataFrame
    enrolment: pd.DataFrame
    support: pd.DataFrame
    observers: pd.DataFrame
    events: pd.DataFrame
    coverage: pd.DataFrame
    participation: pd.DataFrame
    groups: pd.DataFrame
    lists: frozenset[str] = frozenset(EVENT_LISTS)

    def of(self, schools: Collection[str]) -> TalentData:
        """Return the same frames with rows of these schools only."""
        wanted = set(schools)
        cut = {name: getattr(self, name) for name in (*_BY_SCHOOL, *_INDEXED)}
        cut |= {name: cut[name][cut[name]["school"].isin(wanted)] for name in _BY_SCHOOL}
        cut |= {name: cut[name][cut[name].index.isin(wanted)] for name in _INDEXED}
        return replace(self, **cut)

    def without_places(self) -> TalentData:
        """Leave out where the rows stand in files: only checks of protocols ask, and it is a third of the memory."""
        return replace(self, entries=self.entries.drop(columns=list(PLACES)))

    def entries_of(self, year: int) -> pd.DataFrame:
        """Return olympiad entries of one year."""
        return self.entries[self.entries["year"] == year]

    def contests_of(self, year: int) -> pd.DataFrame:
        """Return contest entries of one year."""
        return self.contests[self.contests["year"] == year]

    @property
    def pupils(self) -> float | None:
        """All pupils of the year, grades 1–11, of schools that reported them; None without reports."""
        now = self.enrolment.loc[self.enrolment["year"] == self.year, "pupils"]
        return float(now.sum()) if len(now) else None

    @cached_property
    def schools(self) -> pd.Index:
        """Schools met in any frame of the year."""
        met = {school for name in _BY_SCHOOL for school in self._now(name)["school"].unique()}
        return pd.Index(sorted(met), name="school")

    def _now(self, name: str) -> pd.DataFrame:
        frame = getattr(self, name)
        return frame[frame["year"] == self.year]


def talent_data(snapshot: Snapshot, year: int, norms: TalentNorms) -> TalentData:
    """Read everything the direction needs for `year` and the years before it."""
    first = year - int(norms.dynamics_years.value) + 1
    schools = school_register(snapshot).set_index("school")
    entries = olympiad_entries(snapshot, first, year)
    give_back()
    contests = contest_entries(snapshot, first, year)
    enrolment = enrolment_by_grade(snapshot, first, year)
    support = support_by_school(snapshot, first, year)
    coverage = coverage_by_school(entries, contests, enrolment, support, year, norms)
    held = entries.groupby("year")["stage"].agg(frozenset)
    return TalentData(
        year=year,
        first_year=first,
        held={each: held.get(each, frozenset()) for each in range(first, year + 1)},
        entries=entries,
        contests=contests,
        enrolment=enrolment,
        support=support,
        observers=olympiad_observers(snapshot, first, year),
        events=snapshot.sql(_EVENTS, [first, year]),
        coverage=coverage,
        participation=participation(coverage, norms),
        groups=school_groups(snapshot, schools, year),
        lists=frozenset(contests.loc[contests["year"] == year, "event_list"]),
    )
