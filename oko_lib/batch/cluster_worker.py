"""Inside a Dask worker: reports are passed on to a process of our own, because threads of a worker must not fork.

One such helper per worker and run does the imports, reads the pinned data and starts a process per report; see
:mod:`oko_lib.batch.cluster_helper`. This module only carries bytes between it and the scheduler: it may be older than
the helper it starts, if the program was brought up to date while the worker stood.
"""

from __future__ import annotations

import contextlib
import hmac
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from concurrent.futures import Future
from multiprocessing.connection import Connection
from typing import Any

#: So often a helper is started for one report.
START_ATTEMPTS = 3
_START_SECONDS = 120.0
#: So often it is looked whether the report is still wanted.
_LOOK_SECONDS = 0.5
_GRACE_SECONDS = 5.0
_TOKEN_BYTES = 32
_THREADS_OF_LIBRARIES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "OKO_THREADS")

_lock = threading.Lock()
_helpers: dict[str, Helper] = {}
_ended: set[str] = set()


def build(run: dict[str, Any], key: str, order: bytes) -> dict[str, Any]:
    """Have one report built and return what came of it; runs in a thread of the worker.

    Parameters
    ----------
    run : dict
        What all reports of the run share; plain values.
    key : str
        Name of this task.
    order : bytes
        The pickled task, for the helper to open.
    """
    from distributed import get_worker

    worker = get_worker()
    limit = getattr(worker.memory_manager, "memory_limit", None) or 0
    given = {**run, "slots": worker.state.nthreads, "worker_memory": limit, "folder": worker.local_directory}
    begun = threading.Event()

    def say_begun() -> None:
        begun.set()
        worker.log_event(run["topic"], key)

    def is_wanted() -> bool:
        found = worker.state.tasks.get(key)
        return found is not None and found.state != "cancelled" and run["id"] not in _ended

    code: int | None = None
    try:
        for _ in range(START_ATTEMPTS):
            if not is_wanted():
                break
            try:
                return _helper(given).perform(key, order, say_begun, is_wanted)
            except HelperGoneError as gone:
                code = gone.exit_code
    finally:
        if run["id"] in _ended:
            end(run["id"])
    return {"made": None, "exit_code": code, "never_began": not begun.is_set()}


def end(run_id: str) -> None:
    """End the helper of a run with everything it has started; what comes for that run later is not begun."""
    _ended.add(run_id)
    helper = _helpers.get(run_id)
    if helper is not None:
        helper.leave()


class HelperGoneError(Exception):
    """The helper has ended, or could not be started."""

    def __init__(self, exit_code: int | None = None) -> None:
        super().__init__(f"exit code {exit_code}")
        self.exit_code = exit_code


def _helper(run: dict[str, Any]) -> Helper:
    """Return the helper of the run, started if need be; those of other runs that have nothing to do are ended."""
    with _lock:
        for run_id, other in list(_helpers.items()):
            if not other.alive or (run_id != run["id"] and not other.busy):
                other.leave()
                del _helpers[run_id]
        if run["id"] not in _helpers:
            _helpers[run["id"]] = Helper(run)
        return _helpers[run["id"]]


class Helper:
    """The worker's end of a helper process.

    Parameters
    ----------
    run : dict
        Handed to the process.

    Raises
    ------
    HelperGoneError
        If it cannot be started.
    """

    def __init__(self, run: dict[str, Any]) -> None:
        self._sending = threading.Lock()
        self._waiting: dict[str, tuple[Future, Callable[[], None]]] = {}
        # In the worker's own scratch folder, which Dask clears also after a worker that was killed.
        self._folder = tempfile.mkdtemp(prefix="oko-", dir=run["folder"])
        self._process, self._end = _start()
        # A handle of its own, so that the connection can be shut while another thread reads from it.
        self._feed = Connection(self._end.dup().detach())
        self.alive = True
        threading.Thread(target=self._listen, name="oko-helper", daemon=True).start()
        with contextlib.suppress(OSError):  # its death is noticed by the listener
            self._feed.send({**run, "folder": self._folder})

    @property
    def busy(self) -> bool:
        return bool(self._waiting)

    def perform(
        self, key: str, order: bytes, begun: Callable[[], None], is_wanted: Callable[[], bool]
    ) -> dict[str, Any]:
        """Return the helper's answer; if the report is not wanted any more, have its process ended.

        Raises
        ------
        HelperGoneError
            If the helper ends before it has answered.
        """
        future: Future = Future()
        self._waiting[key] = (future, begun)
        try:
            self._send(("order", key, order))
            while True:
                try:
                    return future.result(timeout=_LOOK_SECONDS)
                except TimeoutError:
                    if not is_wanted():
                        self._send(("stop", key, b""))
                        return {"made": None}
        finally:
            self._waiting.pop(key, None)

    def leave(self) -> None:
        """Let the process end: it does so, with all it has started, when nobody holds the other end."""
        with contextlib.suppress(OSError):
            self._end.shutdown(socket.SHUT_RDWR)

    def _send(self, message: tuple) -> None:
        if not self.alive:
            raise HelperGoneError(self._process.returncode)
        with self._sending, contextlib.suppress(OSError):
            self._feed.send(message)

    def _listen(self) -> None:
        """Hand answers to the threads that wait for them, until the helper is gone."""
        with contextlib.suppress(EOFError, OSError):
            while True:
                what, key, content = self._feed.recv()
                future, begun = self._waiting.get(key, (None, None))
                if future is None or begun is None:
                    continue
                if what == "begun":
                    begun()
                else:
                    future.set_result(content)
        self.alive = False
        try:
            self._process.wait(_GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        for future, _ in list(self._waiting.values()):
            if not future.done():
                future.set_exception(HelperGoneError(self._process.returncode))
        self._feed.close()
        self._end.close()
        shutil.rmtree(self._folder, ignore_errors=True)


def _start() -> tuple[subprocess.Popen, socket.socket]:
    """Start a helper process and return it with a connection to it.

    Not through multiprocessing: a worker under a nanny is a daemon, which may not have children of that kind; and a
    process with nothing of Dask in it can fork.
    """
    environment = {**dict.fromkeys(_THREADS_OF_LIBRARIES, "1"), **os.environ}
    command = [sys.executable, "-m", "oko_lib.batch.cluster_helper"]
    token = secrets.token_bytes(_TOKEN_BYTES)
    with socket.create_server(("127.0.0.1", 0)) as server:
        try:
            process = subprocess.Popen(command, stdin=subprocess.PIPE, env=environment)
        except OSError as error:
            raise HelperGoneError from error
        assert process.stdin is not None
        with contextlib.suppress(OSError), process.stdin:
            process.stdin.write(f"{server.getsockname()[1]} {token.hex()}\n".encode())
        server.settimeout(_LOOK_SECONDS)
        for _ in range(int(_START_SECONDS / _LOOK_SECONDS)):
            if process.poll() is not None:
                break
            with contextlib.suppress(OSError):
                end, _ = server.accept()
                end.settimeout(_GRACE_SECONDS)
                # Other processes of the machine can knock here too; nothing of theirs is opened.
                if hmac.compare_digest(end.recv(_TOKEN_BYTES, socket.MSG_WAITALL), token):
                    end.setblocking(True)
                    end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    return process, end
                end.close()
    process.kill()
    raise HelperGoneError(process.wait())
