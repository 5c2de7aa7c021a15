"""Run a command and measure it with everything it starts: wall and CPU seconds, memory, and when its workers begin.

Linux only: memory is the proportional set size (PSS) of ``/proc``, which counts a page that forks share once in all.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil

_POLL_SECONDS = 0.02
_SAMPLE_SECONDS = 0.15


@dataclass(frozen=True)
class Usage:
    """What a command took.

    Parameters
    ----------
    wall, cpu : float
        Seconds, of the command with all its descendants.
    before_wall, before_cpu : float or None
        Seconds until its first worker (a fork of the command itself) appeared; None if it had none.
    peak_mb, worker_mb : float
        Greatest PSS of the whole tree at one moment, and of one worker.
    output, errors : str
        What it printed.
    code : int
        Exit code.
    """

    wall: float
    cpu: float
    before_wall: float | None
    before_cpu: float | None
    peak_mb: float
    worker_mb: float
    output: str
    errors: str
    code: int


@dataclass
class _Watch:
    """What is seen of a process tree while it runs."""

    root: psutil.Process
    started: float
    peak_kb: int = 0
    worker_kb: int = 0
    cpu_of: dict[int, float] = field(default_factory=dict)
    first_worker: tuple[float, float] | None = None
    _suspected: tuple[int, float, float] | None = None

    def sample(self) -> None:
        try:
            own = self.root.cmdline()
            family = self.root.children(recursive=True)
        except psutil.Error:
            return
        now = time.monotonic() - self.started
        total = self._see(self.root.pid)
        workers = []
        for process in family:
            size = self._see(process.pid)
            total += size
            if _is_fork(process, own):
                workers.append(process.pid)
                self.worker_kb = max(self.worker_kb, size)
        self.peak_kb = max(self.peak_kb, total)
        if self.first_worker is None:
            self._look_for_first(workers, now)

    def _see(self, pid: int) -> int:
        """Note the CPU seconds of a process and return its PSS in kB; a process just gone counts for nothing."""
        try:
            times = psutil.Process(pid).cpu_times()
            self.cpu_of[pid] = times.user + times.system
            return pss_kb(Path(f"/proc/{pid}/smaps_rollup").read_text())
        except (OSError, psutil.Error):
            return 0

    def _look_for_first(self, workers: list[int], now: float) -> None:
        """A program just being started looks like a fork for an instant: a worker is one seen twice."""
        if self._suspected and self._suspected[0] in workers:
            self.first_worker = self._suspected[1:]
        else:
            self._suspected = (workers[0], now, sum(self.cpu_of.values())) if workers else None


def pss_kb(rollup: str) -> int:
    """Return the PSS in a ``smaps_rollup``."""
    return next((int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:")), 0)


def _is_fork(process: psutil.Process, of: list[str]) -> bool:
    try:
        return process.cmdline() == of
    except psutil.Error:
        return False


def measure(command: Sequence[str], env: Mapping[str, str] | None = None) -> Usage:
    """Run `command` to its end and return what it took.

    Parameters
    ----------
    command : sequence of str
        Program and arguments.
    env : mapping, optional
        Variables to set besides those of this process.
    """
    with tempfile.TemporaryFile("w+") as output, tempfile.TemporaryFile("w+") as errors:
        started = time.monotonic()
        process = subprocess.Popen(command, env={**os.environ, **(env or {})}, stdout=output, stderr=errors)
        try:
            watch = _Watch(psutil.Process(process.pid), started)
            status, spent = _wait(process.pid, watch)
        except BaseException:
            process.terminate()
            raise
        wall = time.monotonic() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        errors.seek(0)
        first = watch.first_worker
        # Chromium does not wait for all its processes: what was seen of each may then be more than the sum handed up.
        cpu = max(spent.ru_utime + spent.ru_stime, sum(watch.cpu_of.values()))
        return Usage(
            wall=wall,
            cpu=cpu,
            before_wall=first[0] if first else None,
            before_cpu=first[1] if first else None,
            peak_mb=watch.peak_kb / 1024,
            worker_mb=watch.worker_kb / 1024,
            output=output.read(),
            errors=errors.read(),
            code=process.returncode,
        )


def _wait(pid: int, watch: _Watch):
    last = 0.0
    while True:
        done, status, spent = os.wait4(pid, os.WNOHANG)
        if done:
            return status, spent
        if time.monotonic() - last >= _SAMPLE_SECONDS:
            watch.sample()
            last = time.monotonic()
        time.sleep(_POLL_SECONDS)
