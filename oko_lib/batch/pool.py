"""Report processes: forks of a warm parent, or recycled workers where there is no fork.

The parent starts a process, hands it one job through a pipe and waits for the answer, at most so long and while it
takes at most so much memory. A process that dies, hangs or grows costs its own job only; one that never got as far as
its job is started again. Nothing outlives the parent: on Ctrl-C it ends the processes with all their children, and each
process watches a pipe that closes when the parent is gone.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Protocol

from oko_lib.batch.families import Family
from oko_lib.report.typst_state import has_compiled

#: A recycled worker is replaced after so many jobs: Typst and matplotlib keep what they have allocated.
JOBS_PER_WORKER = 12
#: So often a job is handed out again when its process died before it had begun.
START_ATTEMPTS = 3
_GRACE_SECONDS = 5.0
_TICK_SECONDS = 0.5
_READY = "ready"


class Job(Protocol):
    """What a process of the pool does; picklable, because it may be a process of its own."""

    @property
    def id(self) -> str:
        """Identifier, unique in a run."""

    @property
    def log(self) -> Path:
        """File for everything printed."""

    def perform(self) -> object:
        """Do it and return a picklable answer; must not raise."""


@dataclass(frozen=True)
class Started:
    """A process has taken the job."""

    job: Job


@dataclass(frozen=True)
class Answer:
    """What came back for a job: what it returned, or how its process ended.

    Parameters
    ----------
    job : Job
        The job.
    result : object or None
        What :meth:`Job.perform` returned; None if its process ended without an answer.
    exit_code : int or None
        Of such a process.
    timed_out : bool
        It was stopped because it took too long.
    memory : int or None
        It was stopped because it had taken so many bytes.
    never_began : bool
        Its process could not be started, time and again.
    seconds : float
        From handing out to the answer.
    """

    job: Job
    result: object | None
    exit_code: int | None = None
    timed_out: bool = False
    memory: int | None = None
    never_began: bool = False
    seconds: float = 0.0


@dataclass
class _Worker:
    process: BaseProcess
    pipe: Connection
    left: int
    family: Family
    ready: bool = False
    job: Job | None = None
    started: float = 0.0


@dataclass
class Pool:
    """A set of report processes.

    Parameters
    ----------
    jobs : int
        How many at once.
    method : str
        ``fork`` (one process per job, inheriting the parent's memory) or ``spawn`` (workers that take several).
    timeout : float or None
        Seconds a job may take.
    memory : int or None
        Bytes a process and all it has started may hold for themselves.
    prepare : callable
        Called once in each spawned worker before its first job; must be picklable. Forks need none.
    tick : callable
        Called in the parent about twice a second, to redraw a progress bar or to look whether to stop. A thread must
        not do that: a fork taken while it holds the lock of the output stream would hang.
    """

    jobs: int
    method: str
    timeout: float | None = None
    memory: int | None = None
    prepare: Callable[[], object] | None = None
    tick: Callable[[], object] | None = None
    _workers: list[_Worker] = field(default_factory=list)
    _attempts: dict[str, int] = field(default_factory=dict)
    _begun: set[str] = field(default_factory=set)

    def run(self, jobs: Sequence[Job]) -> Iterator[Started | Answer]:
        """Yield when each job is begun and what came of it, in the order of events."""
        context = multiprocessing.get_context(self.method)
        lifeline, parents_end = os.pipe() if self.method == "fork" else (None, None)
        waiting = deque(jobs)
        self._attempts, self._begun = {}, set()
        try:
            while waiting or any(worker.job for worker in self._workers):
                yield from self._hand_out(context, waiting, lifeline, parents_end)
                yield from self._collect(waiting)
        finally:
            self.stop()
            for end in (lifeline, parents_end):
                if end is not None:
                    os.close(end)

    def stop(self) -> None:
        """End all processes with everything they started."""
        for worker in self._workers:
            if worker.job is None:
                with contextlib.suppress(OSError, ValueError):
                    worker.pipe.send(None)
            else:
                worker.family.kill()
        for worker in self._workers:
            self._bury(worker)
        self._workers = []

    def _hand_out(
        self, context, waiting: deque[Job], lifeline: int | None, parents_end: int | None
    ) -> Iterator[Started | Answer]:
        while waiting:
            worker = next((item for item in self._workers if item.job is None), None)
            if worker is None:
                if len(self._workers) >= self.jobs:
                    return
                try:
                    worker = self._start(context, lifeline, parents_end)
                except OSError:
                    # The system gives no process now (memory, limits). With others at work it may soon.
                    if any(item.job for item in self._workers):
                        return
                    yield from self._again(waiting, waiting.popleft(), None, 0.0)
                    continue
            worker.job = waiting.popleft()
            worker.started = time.monotonic()
            worker.left -= 1
            with contextlib.suppress(BrokenPipeError, ConnectionError):  # its death is noticed when collecting
                worker.pipe.send(worker.job)
            if worker.job.id not in self._begun:
                self._begun.add(worker.job.id)
                yield Started(worker.job)

    def _again(self, waiting: deque[Job], job: Job, exit_code: int | None, seconds: float) -> Iterator[Answer]:
        """Put a job whose process never began it back into the queue, or give up."""
        self._attempts[job.id] = self._attempts.get(job.id, 0) + 1
        if self._attempts[job.id] < START_ATTEMPTS:
            time.sleep(_TICK_SECONDS)
            waiting.appendleft(job)
        else:
            yield Answer(job, None, exit_code=exit_code, never_began=True, seconds=seconds)

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
        try:
            process.start()
        except BaseException:
            ours.close()
            raise
        finally:
            theirs.close()
        left = 1 if fork else JOBS_PER_WORKER
        worker = _Worker(process=process, pipe=ours, left=left, family=Family(process.pid))
        self._workers.append(worker)
        return worker

    def _collect(self, waiting: deque[Job]) -> Iterator[Answer]:
        """Wait until something happens and yield what did."""
        busy = [worker for worker in self._workers if worker.job is not None]
        watched = [item for worker in busy for item in (worker.pipe, worker.process.sentinel)]
        wait(watched, timeout=self._pause(busy))
        if self.tick is not None:
            self.tick()
        for worker in busy:
            job = worker.job
            answer = self._answer_of(worker)
            if answer is None or job is None:
                continue
            if answer.result is None or worker.left <= 0:
                self._retire(worker)
            worker.job = None
            if not worker.ready and not answer.timed_out and answer.memory is None:
                yield from self._again(waiting, job, answer.exit_code, answer.seconds)
            else:
                yield answer

    def _pause(self, busy: list[_Worker]) -> float:
        """Seconds until there is something to do even if no job answers."""
        if self.timeout is None or not busy:
            return _TICK_SECONDS
        deadline = min(worker.started for worker in busy) + self.timeout
        return min(_TICK_SECONDS, max(0.0, deadline - time.monotonic()))

    def _answer_of(self, worker: _Worker) -> Answer | None:
        job = worker.job
        assert job is not None
        seconds = time.monotonic() - worker.started
        try:
            while worker.pipe.poll():
                received = worker.pipe.recv()
                if received != _READY:
                    return Answer(job, received, seconds=seconds)
                worker.ready = True
        except (EOFError, OSError):
            worker.process.join(_GRACE_SECONDS)
        if not worker.process.is_alive():
            return Answer(job, None, exit_code=worker.process.exitcode, seconds=seconds)
        worker.family.look()
        if self.timeout is not None and seconds >= self.timeout:
            return self._stopped(worker, job, seconds, timed_out=True)
        if self.memory is not None:
            taken = worker.family.memory(self.memory)
            if taken is not None:
                return self._stopped(worker, job, seconds, memory=taken)
        return None

    def _stopped(self, worker: _Worker, job: Job, seconds: float, **why) -> Answer:
        worker.family.kill()
        worker.process.join(_GRACE_SECONDS)
        return Answer(job, None, exit_code=worker.process.exitcode, seconds=seconds, **why)

    def _retire(self, worker: _Worker) -> None:
        with contextlib.suppress(OSError, ValueError):
            worker.pipe.send(None)
        self._bury(worker)
        self._workers.remove(worker)

    def _bury(self, worker: _Worker) -> None:
        worker.process.join(_GRACE_SECONDS)
        # Also of a process that is gone: what it had started must not stay.
        worker.family.kill_rest()
        worker.process.join(_GRACE_SECONDS)
        worker.pipe.close()


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


def _serve(
    pipe: Connection,
    prepare: Callable[[], object] | None,
    inherited: list[int],
    lifeline: int | None,
    parents_end: int | None,
) -> None:
    """Body of a report process: do what comes through `pipe` until told to stop."""
    if hasattr(os, "setpgid"):
        # A group of its own, so that everything it starts can be ended also after its own death.
        with contextlib.suppress(OSError):
            os.setpgid(0, 0)
    for number in inherited:
        with contextlib.suppress(OSError):
            os.close(number)
    # On Windows Ctrl-C reaches every process of the console; the parent decides what is to end.
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
            job = pipe.recv()
        except (EOFError, OSError):
            return
        if job is None:
            return
        with _printing_to(job.log):
            if prepare is not None:
                prepare()
                prepare = None
            if state is None:
                from oko_lib.batch.process_state import ProcessState

                state = ProcessState.capture()
            else:
                state.restore()
            # From here on its death is the job's own doing.
            pipe.send(_READY)
            result = job.perform()
        pipe.send(result)


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
