"""Processes that build reports: forks of a warm parent, or recycled workers where there is no fork.

The parent starts a process, hands it one report through a pipe and waits for the answer, at most so long. A process
that dies or hangs costs its own report only. Nothing outlives the parent: on Ctrl-C it ends the processes with all
their children, and each process watches a pipe that closes when the parent is gone.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path

from oko_lib.batch.worker import ReportTask, build_report
from oko_lib.report.typst_state import has_compiled

#: A recycled worker is replaced after so many reports: Typst and matplotlib keep what they have allocated.
REPORTS_PER_WORKER = 12
_GRACE_SECONDS = 5.0
_TICK_SECONDS = 0.5


@dataclass(frozen=True)
class Answer:
    """What came back for a task: an outcome, or how its process ended."""

    task: ReportTask
    outcome: object | None
    exit_code: int | None = None
    timed_out: bool = False
    seconds: float = 0.0


@dataclass
class _Worker:
    process: BaseProcess
    pipe: Connection
    left: int
    task: ReportTask | None = None
    started: float = 0.0


@dataclass
class Pool:
    """A set of report processes.

    Parameters
    ----------
    jobs : int
        How many at once.
    method : str
        ``fork`` (one process per report, inheriting the parent's memory) or ``spawn`` (workers that take several).
    timeout : float or None
        Seconds a report may take.
    prepare : callable
        Called once in each spawned worker before its first report; must be picklable. Forks need none.
    tick : callable
        Called in the parent about twice a second, to redraw a progress bar. A thread must not do that: a fork taken
        while it holds the lock of the output stream would hang.
    """

    jobs: int
    method: str
    timeout: float | None
    prepare: Callable[[], object] | None = None
    tick: Callable[[], object] | None = None
    _workers: list[_Worker] = field(default_factory=list)

    def run(self, tasks: Sequence[ReportTask]) -> Iterator[Answer]:
        """Yield an answer for every task, in the order they finish."""
        context = multiprocessing.get_context(self.method)
        lifeline, parents_end = os.pipe() if self.method == "fork" else (None, None)
        waiting = list(reversed(tasks))
        try:
            while waiting or any(worker.task for worker in self._workers):
                self._hand_out(context, waiting, lifeline, parents_end)
                yield from self._collect()
        finally:
            self.stop()
            for end in (lifeline, parents_end):
                if end is not None:
                    os.close(end)

    def stop(self) -> None:
        """End all processes with everything they started."""
        for worker in self._workers:
            if worker.task is None:
                with contextlib.suppress(OSError, ValueError):
                    worker.pipe.send(None)
            else:
                kill_tree(worker.process)
        for worker in self._workers:
            worker.process.join(_GRACE_SECONDS)
            if worker.process.is_alive():
                kill_tree(worker.process)
                worker.process.join(_GRACE_SECONDS)
            worker.pipe.close()
        self._workers = []

    def _hand_out(self, context, waiting: list[ReportTask], lifeline: int | None, parents_end: int | None) -> None:
        while waiting:
            worker = next((item for item in self._workers if item.task is None), None)
            if worker is None:
                if len(self._workers) >= self.jobs:
                    return
                worker = self._start(context, lifeline, parents_end)
            worker.task = waiting.pop()
            worker.started = time.monotonic()
            worker.left -= 1
            with contextlib.suppress(BrokenPipeError, ConnectionError):  # its death is noticed when collecting
                worker.pipe.send(worker.task)

    def _start(self, context, lifeline: int | None, parents_end: int | None) -> _Worker:
        ours, theirs = context.Pipe()
        fork = self.method == "fork"
        # A fork inherits the ends of all pipes opened so far; left open they would hide the death of their owners.
        inherited = [item.pipe.fileno() for item in self._workers] + [ours.fileno()] if fork else []
        process = context.Process(
            target=_serve,
            args=(theirs, None if fork else self.prepare, inherited, lifeline, parents_end),
            daemon=False,
        )
        process.start()
        theirs.close()
        worker = _Worker(process=process, pipe=ours, left=1 if fork else REPORTS_PER_WORKER)
        self._workers.append(worker)
        return worker

    def _collect(self) -> Iterator[Answer]:
        """Wait until something happens and yield what did."""
        busy = [worker for worker in self._workers if worker.task is not None]
        watched = [item for worker in busy for item in (worker.pipe, worker.process.sentinel)]
        wait(watched, timeout=self._pause(busy))
        if self.tick is not None:
            self.tick()
        for worker in busy:
            answer = self._answer_of(worker)
            if answer is None:
                continue
            if answer.outcome is None or worker.left <= 0:
                self._retire(worker)
            worker.task = None
            yield answer

    def _pause(self, busy: list[_Worker]) -> float:
        """Seconds until there is something to do even if no report answers."""
        if self.timeout is None or not busy:
            return _TICK_SECONDS
        deadline = min(worker.started for worker in busy) + self.timeout
        return min(_TICK_SECONDS, max(0.0, deadline - time.monotonic()))

    def _answer_of(self, worker: _Worker) -> Answer | None:
        task = worker.task
        assert task is not None
        seconds = time.monotonic() - worker.started
        try:
            if worker.pipe.poll():
                return Answer(task, worker.pipe.recv(), seconds=seconds)
        except (EOFError, OSError):
            worker.process.join(_GRACE_SECONDS)
        if not worker.process.is_alive():
            return Answer(task, None, exit_code=worker.process.exitcode, seconds=seconds)
        if self.timeout is not None and seconds >= self.timeout:
            kill_tree(worker.process)
            worker.process.join(_GRACE_SECONDS)
            return Answer(task, None, exit_code=worker.process.exitcode, timed_out=True, seconds=seconds)
        return None

    def _retire(self, worker: _Worker) -> None:
        with contextlib.suppress(OSError, ValueError):
            worker.pipe.send(None)
        worker.process.join(_GRACE_SECONDS)
        if worker.process.is_alive():
            kill_tree(worker.process)
            worker.process.join(_GRACE_SECONDS)
        worker.pipe.close()
        self._workers.remove(worker)


def default_method() -> str:
    """Return ``fork`` where it is safe and there, ``spawn`` elsewhere.

    Elsewhere is Windows, macOS (whose own libraries break forks) and a process in which Typst has compiled: a notebook
    that exported a report and then starts a batch.
    """
    can_fork = "fork" in multiprocessing.get_all_start_methods() and sys.platform != "darwin" and not has_compiled()
    return "fork" if can_fork else "spawn"


def available_cpus() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def kill_tree(process: BaseProcess) -> None:
    """End a process and everything it started (kernels, converters), children first told to go, then made to."""
    import psutil

    if process.pid is None:
        return
    try:
        root = psutil.Process(process.pid)
        family = [*root.children(recursive=True), root]
    except psutil.NoSuchProcess:
        return
    for member in family:
        with contextlib.suppress(psutil.NoSuchProcess):
            member.kill()


def _serve(
    pipe: Connection,
    prepare: Callable[[], object] | None,
    inherited: list[int],
    lifeline: int | None,
    parents_end: int | None,
) -> None:
    """Body of a report process: build what comes through `pipe` until told to stop."""
    for number in inherited:
        with contextlib.suppress(OSError):
            os.close(number)
    # Ctrl-C in a terminal reaches the whole group; the parent decides what is to end.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    if lifeline is not None and parents_end is not None:
        os.close(parents_end)
        threading.Thread(target=_leave_with_parent, args=(lifeline,), daemon=True).start()
    else:
        threading.Thread(target=_leave_when_orphaned, daemon=True).start()
    state = None
    while True:
        try:
            task = pipe.recv()
        except (EOFError, OSError):
            return
        if task is None:
            return
        with _printing_to(task.log):
            if prepare is not None:
                prepare()
                prepare = None
            if state is None:
                from oko_lib.batch.process_state import ProcessState

                state = ProcessState.capture()
            else:
                state.restore()
            outcome = build_report(task)
        pipe.send(outcome)


def _leave_with_parent(lifeline: int) -> None:
    os.read(lifeline, 1)  # nobody writes: this returns when the parent's end is closed, however the parent ended
    _end_with_children()


def _leave_when_orphaned() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        _end_with_children()


def _end_with_children() -> None:
    import psutil

    for child in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):
            child.kill()
    os._exit(1)


@contextlib.contextmanager
def _printing_to(log: Path) -> Iterator[None]:
    """Send everything printed, also by C code and programs started, to the report's log; drop the log if it is empty.

    Otherwise it would run into the progress bar, or into the JSON on standard output.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    log.write_bytes(b"")
    sys.stdout.flush()
    sys.stderr.flush()
    saved = [os.dup(1), os.dup(2)]
    target = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    try:
        os.dup2(target, 1)
        os.dup2(target, 2)
        yield
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        for number, stream in zip(saved, (1, 2), strict=True):
            os.dup2(number, stream)
            os.close(number)
        os.close(target)
        if log.stat().st_size == 0:
            log.unlink(missing_ok=True)
