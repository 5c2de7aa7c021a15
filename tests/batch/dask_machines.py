"""A real scheduler and real workers on this machine, for the tests of runs over a cluster."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import psutil

TESTS = Path(__file__).parent


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


class Machines:
    """A scheduler with its workers; everything printed goes to a file in `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.workers: list[subprocess.Popen] = []
        self.begin()

    def begin(self) -> None:
        port = free_port()
        self.address = f"tcp://127.0.0.1:{port}"
        self.scheduler = self._start("dask_scheduler", "--host", "127.0.0.1", "--port", str(port))
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                return
            assert self.scheduler.poll() is None, (self.folder / "dask.log").read_text(encoding="utf-8")
            time.sleep(0.1)
        raise TimeoutError("the scheduler does not listen")

    def add_worker(self, nanny: bool = False, **environment: str) -> subprocess.Popen:
        guard = "--nanny" if nanny else "--no-nanny"
        command = ("dask_worker", self.address, "--nthreads", "1", guard, "--local-directory", str(self.folder))
        self.workers.append(self._start(*command, **environment))
        return self.workers[-1]

    def remove_workers(self) -> None:
        for worker in self.workers:
            end(worker)
        self.workers = []

    def end(self) -> None:
        self.remove_workers()
        end(self.scheduler)

    def _start(self, module: str, *arguments: str, **environment: str) -> subprocess.Popen:
        log = (self.folder / "dask.log").open("a")
        command = [sys.executable, "-m", f"distributed.cli.{module}", *arguments, "--no-dashboard"]
        path = os.pathsep.join([str(TESTS), *filter(None, [os.environ.get("PYTHONPATH")])])
        given = {**os.environ, "PYTHONPATH": path, **environment}
        given = {name: value for name, value in given.items() if value}
        with log:
            return subprocess.Popen(command, env=given, cwd=self.folder, stdout=log, stderr=log)


def end(process: subprocess.Popen) -> None:
    """End a process that may be gone, gently first: a nanny has children."""
    process.terminate()
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def family(process: subprocess.Popen) -> list[psutil.Process]:
    """Return everything a worker has started, not the worker itself."""
    try:
        return psutil.Process(process.pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def are_gone(processes: list[psutil.Process], seconds: float = 30) -> bool:
    """Wait until none of them is left; a zombie is gone."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not any(_lives(item) for item in processes):
            return True
        time.sleep(0.1)
    return False


def _lives(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
