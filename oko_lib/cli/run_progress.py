"""How ``oko run`` shows what it is doing: one bar on a terminal, a line per event anywhere else.

Nothing is drawn from a thread and nothing stands between a report and its output streams: reports are forked off this
process, and a fork inherits whatever the display has done to it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from oko_lib.batch.estimate import Speed, built_times, speed, time_left
from oko_lib.batch.outcomes import ReportOutcome, ReportStatus
from oko_lib.batch.wording import counted, direction_title, duration, roughly, stem_of
from oko_lib.cli.plain_text import Speaker

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

    from oko_lib.batch.progress import Progress
    from oko_lib.settings.workspace import Workspace

#: Names of reports under way shown on a terminal; with more processes the rest is counted.
_NAMED = 4
_REPORTS = ("отчёт", "отчёта", "отчётов")
_PROCESSES = ("процесс", "процесса", "процессов")
_STATUS_RU = {
    ReportStatus.BUILT: "построен",
    ReportStatus.UNCHANGED: "без изменений",
    ReportStatus.FAILED: "не построен",
}
#: The forecast is made anew so often; between that it counts down.
_FORECAST_SECONDS = 1.0


@dataclass(frozen=True)
class Queue:
    """What is known of the reports before they are built.

    Parameters
    ----------
    typical : dict of float
        Stem → seconds in earlier runs.
    waiting : tuple of str
        Identifiers of all reports of this run, in their order.
    """

    typical: dict[str, float] = field(default_factory=dict)
    waiting: tuple[str, ...] = ()


def queue_of(workspace: Workspace) -> Queue:
    """Return what the journal knows; nothing is kept open, because forks would inherit it."""
    from oko_lib.batch.journal import Journal

    journal = Journal(workspace)
    try:
        state = journal.run_state()
        current = tuple(item.id for item in state.current) if state else ()
        return Queue(journal.typical_seconds(), current + state.waiting if state else ())
    finally:
        journal.close()


@dataclass
class RunView:
    """What has happened in a run so far.

    Parameters
    ----------
    ask : callable
        Returns the :class:`Queue`; called once, when everything is planned.
    clock : callable
        Seconds that only grow.
    """

    ask: Callable[[], Queue] = Queue
    clock: Callable[[], float] = time.monotonic
    phase: str = "Проверяю данные и тетради"
    total: int | None = None
    jobs: int = 1
    unchanged: int = 0
    done: list[ReportOutcome] = field(default_factory=list)
    current: dict[str, tuple[str, float]] = field(default_factory=dict)
    began: float = field(init=False)
    _queue: Queue | None = field(default=None, init=False)
    _forecast: tuple[float, float | None] | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self.began = self.clock()

    @property
    def failed(self) -> int:
        return sum(item.status is ReportStatus.FAILED for item in self.done)

    @property
    def elapsed(self) -> float:
        return self.clock() - self.began

    def plan(self, total: int, jobs: int) -> None:
        self.total, self.jobs = total, jobs
        # Asked before the first fork.
        self._queue = self.ask() if total else None

    def start(self, report_id: str, title: str) -> None:
        self.current[report_id] = (title, self.clock())

    def finish(self, outcome: ReportOutcome) -> None:
        self.current.pop(outcome.id, None)
        self.done.append(outcome)
        self._forecast = None

    def left(self) -> float | None:
        """Return the seconds until the last report; None as long as nothing can be said."""
        if self.total is None:
            return None
        now = self.clock()
        if self._forecast is None or now - self._forecast[0] >= _FORECAST_SECONDS:
            self._forecast = (now, self._time_left(now))
        made, value = self._forecast
        return None if value is None else max(0.0, value - (now - made))

    def _time_left(self, now: float) -> float | None:
        queue = self._queue or Queue()
        expected: Speed = speed(queue.typical, built_times(self.done))
        current = [(stem_of(name), now - since) for name, (_, since) in self.current.items()]
        begun = {item.id for item in self.done} | set(self.current)
        waiting = [stem_of(name) for name in queue.waiting if name not in begun]
        # A queue nobody could name is counted.
        missing = (self.total or 0) - len(self.done) - len(current) - len(waiting)
        return time_left(waiting + [""] * missing, current, self.jobs, expected)


@contextmanager
def shown_progress(out: Console, workspace: Workspace) -> Iterator[Progress]:
    """Give the callables of a run that draw on `out`; whatever was drawn is closed at the end."""
    view = RunView(ask=lambda: queue_of(workspace))
    display = Bar(out, view) if out.is_terminal and not out.is_dumb_terminal else Lines(out, view)
    try:
        yield display.progress()
    finally:
        display.close()


class Lines:
    """Events as lines of text: for files, pipes and other programs.

    Parameters
    ----------
    out : Console
        Where to.
    view : RunView
        Kept up to date here.
    """

    def __init__(self, out: Console, view: RunView) -> None:
        self.view, self._say = view, Speaker(out)

    def progress(self) -> Progress:
        """Return the callables of this display."""
        from oko_lib.batch.progress import Progress

        return Progress(
            phase=self.phase,
            planned=self.planned,
            unchanged=self.unchanged,
            started=self.started,
            finished=self.finished,
            tick=self.tick,
        )

    def phase(self, text: str) -> None:
        self.view.phase = text
        self._say.line(text)

    def planned(self, total: int, jobs: int) -> None:
        self.view.plan(total, jobs)
        if total:
            self._say.line(f"Строить: {counted(total, *_REPORTS)}, сразу {counted(jobs, *_PROCESSES)}.")

    def unchanged(self, number: int) -> None:
        self.view.unchanged = number
        if number:
            self._say.line(f"Без изменений: {counted(number, *_REPORTS)}.")

    def started(self, report_id: str, title: str) -> None:
        self.view.start(report_id, title)

    def finished(self, outcome: ReportOutcome) -> None:
        self.view.finish(outcome)
        done, total = len(self.view.done), self.view.total or len(self.view.done)
        parts = (outcome.title, direction_title(outcome.direction), _seconds(outcome.seconds))
        words = f"{str(done).rjust(len(str(total)))}/{total} {', '.join(parts)}: {_STATUS_RU[outcome.status]}"
        self._say.line(f"{words}. {outcome.error}" if outcome.error else words)

    def tick(self) -> None:
        """Nothing: a line is only worth an event."""

    def close(self) -> None:
        """Nothing is left open."""


class Bar(Lines):
    """One bar with the names of the reports under way below it, redrawn in place."""

    def __init__(self, out: Console, view: RunView) -> None:
        from rich.live import Live

        super().__init__(out, view)
        self._out = out
        # No refreshing thread, and the streams stay as they are: see the module's text.
        self._live = Live(
            console=out,
            auto_refresh=False,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
            vertical_overflow="crop",
            get_renderable=self.drawn,
        )

    def progress(self) -> Progress:
        # Planning takes seconds, and nothing is told of it.
        self._draw()
        return super().progress()

    def phase(self, text: str) -> None:
        self.view.phase = text
        self._draw()

    def planned(self, total: int, jobs: int) -> None:
        self.view.plan(total, jobs)
        self._draw()

    def unchanged(self, number: int) -> None:
        self.view.unchanged = number

    def started(self, report_id: str, title: str) -> None:
        super().started(report_id, title)
        self._draw()

    def finished(self, outcome: ReportOutcome) -> None:
        self.view.finish(outcome)
        if outcome.status is ReportStatus.FAILED:
            # It stays above the bar: who watches sees at once that something is wrong.
            self._say.line(
                f"Не построен: {outcome.title} ({direction_title(outcome.direction)}). {outcome.error or ''}"
            )
        self._draw()

    def tick(self) -> None:
        self._draw()

    def close(self) -> None:
        if self._live.is_started:  # stopping what was never shown would print an empty line
            self._live.stop()

    def _draw(self) -> None:
        if not self._live.is_started:
            self._live.start()
        self._live.refresh()

    def drawn(self) -> RenderableType:
        """Return what the terminal shows now, no line longer than it is wide."""
        from rich.console import Group
        from rich.progress_bar import ProgressBar
        from rich.table import Table
        from rich.text import Text

        view, width = self.view, self._out.width
        below = [Text(self._say.fitting(line, width), no_wrap=True) for line in self._texts()]
        if not view.total:
            return Group(*below)
        count = f"{len(view.done)}/{view.total}"
        row = Table.grid(padding=(0, 1))
        row.add_row(
            ProgressBar(total=view.total, completed=len(view.done), width=max(8, min(60, width - len(count) - 2))),
            count,
        )
        return Group(row, *below)

    def _texts(self) -> list[str]:
        view = self.view
        if not view.total:
            return [f"{view.phase}, {duration(view.elapsed)}" if view.elapsed >= 1 else view.phase]
        head = f"Прошло {duration(view.elapsed)}, осталось {roughly(view.left())}"
        if view.failed:
            head += f"; не построено: {view.failed}"
        if not view.current:
            return [head, f"  {view.phase if len(view.done) < view.total else 'Записываю сводку'}"]
        now = view.clock()
        named = list(view.current.values())
        below = [f"  {title}, {duration(now - since)}" for title, since in named[:_NAMED]]
        if len(named) > _NAMED:
            below.append(f"  и ещё {len(named) - _NAMED}")
        return [head, *below]


def _seconds(seconds: float) -> str:
    return f"{seconds:.1f} с".replace(".", ",") if seconds < 60 else duration(seconds)
