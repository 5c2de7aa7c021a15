"""How a run tells what it is doing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from oko_lib.batch.outcomes import ReportOutcome


@dataclass(frozen=True)
class Progress:
    """Callables of whoever watches a run; each may be left out. They are called in the run's own thread.

    Draw in them only, never from another thread: a fork taken while a thread holds the lock of the output stream would
    hang.

    Parameters
    ----------
    phase : callable
        ``phase(text)`` when something begins that is no report, in Russian: «Готовлю данные региона: Таланты».
    planned : callable
        ``planned(n_reports, n_jobs)`` once everything is checked; reports to be built.
    unchanged : callable
        ``unchanged(n_reports)``: so many need not be built.
    started : callable
        ``started(report_id, title)`` when a process takes a report.
    finished : callable
        ``finished(outcome)`` after each report.
    tick : callable
        ``tick()`` about twice a second.
    """

    phase: Callable[[str], object] | None = None
    planned: Callable[[int, int], object] | None = None
    unchanged: Callable[[int], object] | None = None
    started: Callable[[str, str], object] | None = None
    finished: Callable[[ReportOutcome], object] | None = None
    tick: Callable[[], object] | None = None

    def tell(self, event: str, *details: Any) -> None:
        """Call the callable named `event` with `details`, if there is one."""
        heard = getattr(self, event)
        if heard is not None:
            heard(*details)
