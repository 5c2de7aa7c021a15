"""Run a command and measure it with everything it starts: wall and CPU seconds, memory.

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
    peak_mb, worker_mb : float
        Greatest PSS of the whole tree at one moment, and of one worker (a fork of the command itself).
    started : float
        When, in seconds since 1970.
    course : tuple of (float, float)
        Seconds since 1970 → CPU seconds spent until then.
    output, errors : str
        What it printed.
    code : int
        Exit code.
    """

    wall: float
    cpu: float
    peak_mb: float
    worker_mb: float
    started: float
    course: tuple[tuple[float, float], ...]
    output: str
    errors: str
    code: int

    def cpu_until(self, moment: float) -> float:
        """Return the CPU seconds spent until `moment` (seconds since 1970)."""
        return max((cpu for seen, cpu in self.course if seen <= moment), default=0.0)


@dataclass
class _Watch:
    """What is seen of a process tree while it runs."""

    root: psutil.Process
    peak_kb: int = 0
    worker_kb: int = 0
    cpu_of: dict[int, float] = field(default_factory=dict)
    course: list[tuple[float, float]] = field(default_factory=list)

    def sample(self) -> None:
        try:
            own = self.root.cmdline()
            family = self.root.children(recursive=True)
        except psutil.Error:
            return
        total = self._see(self.root.pid)
        for process in family:
            size = self._see(process.pid)
            total += size
            if _is_fork(process, own):
                self.worker_kb = max(self.worker_kb, size)
        self.peak_kb = max(self.peak_kb, total)
        self.course.append((time.time(), sum(self.cpu_of.values())))

    def _see(self, pid: int) -> int:
        """Note the CPU seconds of a process and return its PSS in kB; a process just gone counts for nothing."""
        try:
            times = psutil.Process(pid).cpu_times()
            self.cpu_of[pid] = times.user + times.system
            return pss_kb(Path(f"/proc/{pid}/smaps_rollup").read_text())
        except (OSError, psutil.Error):
            return 0


def pss_kb(rollup: str) -> int:
    """Return the PSS in a ``smaps_rollup``."""
    return next((int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:")), 0)


def _is_fork(process: psutil.Process, of: list[str]) -> bool:
    try:
        return process.cmdline() == of
    except psutil.Error:
        return False


def measure(command: Sequence[str], env: Mapping[str, str] | None = None, cwd: Path | None = None) -> Usage:
    """Run `command` to its end and return what it took.

    Parameters
    ----------
    command : sequence of str
        Program and arguments.
    env : mapping, optional
        Variables to set besides those of this process.
    cwd : Path, optional
        Folder to run it in.
    """
    with tempfile.TemporaryFile("w+") as output, tempfile.TemporaryFile("w+") as errors:
        since, started = time.time(), time.monotonic()
        process = subprocess.Popen(command, cwd=cwd, env={**os.environ, **(env or {})}, stdout=output, stderr=errors)
        try:
            watch = _Watch(psutil.Process(process.pid))
            status, spent = _wait(process.pid, watch)
        except BaseException:
            process.terminate()
            raise
        wall = time.monotonic() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        errors.seek(0)
        # Chromium does not wait for all its processes: what was seen of each may then be more than the sum handed up.
        cpu = max(spent.ru_utime + spent.ru_stime, sum(watch.cpu_of.values()))
        return Usage(
            wall=wall,
            cpu=cpu,
            peak_mb=watch.peak_kb / 1024,
            worker_mb=watch.worker_kb / 1024,
            started=since,
            course=tuple(watch.course),
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
