"""How long a run will still take: from what such reports took before, and from how fast this run goes."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from statistics import fmean, median
from typing import TYPE_CHECKING

from oko_lib.batch.outcomes import ReportOutcome, ReportStatus
from oko_lib.batch.wording import stem_of

if TYPE_CHECKING:
    from oko_lib.batch.run_state import RunState

#: Earlier runs speak for the pace of this one with the weight of so many reports.
_PRIOR_REPORTS = 3.0
#: A report that takes longer than expected is thought to need this share of its usual time more.
_OVERDUE_SHARE = 0.15


@dataclass(frozen=True)
class Speed:
    """What reports take.

    Parameters
    ----------
    by_stem : dict of float
        Expected seconds by stem.
    other : float or None
        Expected seconds of a stem never built; None if nothing at all is known.
    """

    by_stem: dict[str, float] = field(default_factory=dict)
    other: float | None = None

    def of(self, stem: str) -> float | None:
        """Return the expected seconds of a report."""
        return self.by_stem.get(stem, self.other)


def speed(typical: Mapping[str, float], built: Iterable[tuple[str, float]] = ()) -> Speed:
    """Return what reports take in this run.

    The times of earlier runs are scaled by the pace of this one (the machine may be busier, the formats other); a stem
    that earlier runs do not know takes the median of this run.

    Parameters
    ----------
    typical : mapping
        Stem → median seconds in earlier runs.
    built : iterable of (str, float)
        Stem and seconds of the reports this run has built.
    """
    seen: dict[str, list[float]] = {}
    for stem, seconds in built:
        seen.setdefault(stem, []).append(seconds)
    known = {stem: value for stem, value in typical.items() if value > 0}
    compared = [(value, known[stem]) for stem, values in seen.items() if stem in known for value in values]
    pace = 1.0
    if compared:
        prior = _PRIOR_REPORTS * fmean(expected for _, expected in compared)
        pace = (prior + sum(value for value, _ in compared)) / (prior + sum(expected for _, expected in compared))
    by_stem = {stem: value * pace for stem, value in known.items()}
    by_stem |= {stem: median(values) for stem, values in seen.items() if stem not in known}
    return Speed(by_stem, median(by_stem.values()) if by_stem else None)


def time_left(waiting: Sequence[str], current: Sequence[tuple[str, float]], jobs: int, expected: Speed) -> float | None:
    """Return the seconds until the last report is done, or None when nothing is known of any of them.

    The processes are played forward: each takes the next report of the queue when it is free, as the run does, so that
    one long report at the end counts in full.

    Parameters
    ----------
    waiting : sequence of str
        Stems of the reports not begun, in their order.
    current : sequence of (str, float)
        Stem and seconds so far of those under way.
    jobs : int
        Processes at once.
    expected : Speed
        What reports take.
    """
    if not waiting and not current:
        return 0.0
    if expected.other is None:
        return None
    free = [_rest(expected.of(stem) or expected.other, elapsed) for stem, elapsed in current]
    free += [0.0] * (max(1, jobs) - len(free))
    heapq.heapify(free)
    for stem in waiting:
        heapq.heapreplace(free, free[0] + (expected.of(stem) or expected.other))
    return max(free)


def _rest(usual: float, elapsed: float) -> float:
    return max(usual - elapsed, _OVERDUE_SHARE * usual)


def built_times(outcomes: Iterable[ReportOutcome]) -> list[tuple[str, float]]:
    """Return stem and seconds of the reports that were built."""
    return [(stem_of(item.id), item.seconds) for item in outcomes if item.status is ReportStatus.BUILT]


def run_time_left(state: RunState, typical: Mapping[str, float], now: datetime | None = None) -> float | None:
    """Return the seconds a run under way will still take; None if that cannot be said or it is not under way."""
    if state.state != "running":
        return None
    now = now or datetime.now().astimezone()
    current = [(stem_of(item.id), (now - item.started).total_seconds()) for item in state.current]
    waiting = [stem_of(item) for item in state.waiting]
    return time_left(waiting, current, state.jobs, speed(typical, built_times(state.outcomes)))
