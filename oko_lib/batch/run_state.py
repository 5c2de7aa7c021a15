"""A run as others see it, also while it is under way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from oko_lib.batch.outcomes import ReportOutcome


@dataclass(frozen=True)
class CurrentReport:
    """A report being built.

    Parameters
    ----------
    id, title : str
        Identifier, and whom and what it is about, for people.
    started : datetime
        Since when.
    """

    id: str
    title: str
    started: datetime


@dataclass(frozen=True)
class RunState:
    """A run as the journal knows it, also while it is under way.

    Parameters
    ----------
    id : str
        Identifier of the run.
    year : int
        Year of its reports.
    started, finished : datetime
        With zone; the second is None until the run ends.
    state : str
        ``running``; ``finished``; ``stopped`` (somebody asked for it); ``interrupted`` (its process is gone).
    pid, host : int, str
        Process and computer.
    jobs : int
        Reports built at once.
    engine : str
        How notebooks are executed.
    total, built, unchanged, failed : int
        Numbers of reports; those not among the last three are waiting or being built.
    current : tuple of CurrentReport
        Being built.
    waiting : tuple of str
        Identifiers of those not begun.
    stems : mapping of str to str
        Identifier → kind of report (direction and level), for estimates of time.
    outcomes : tuple of ReportOutcome
        What has come of those that are done, in the order of the plan.
    about : mapping
        Versions of data, code and libraries, parameters, what was skipped.
    """

    id: str
    year: int
    started: datetime
    finished: datetime | None
    state: str
    pid: int
    host: str
    jobs: int
    engine: str
    total: int
    built: int
    unchanged: int
    failed: int
    current: tuple[CurrentReport, ...]
    waiting: tuple[str, ...]
    stems: Mapping[str, str]
    outcomes: tuple[ReportOutcome, ...]
    about: Mapping[str, object]
