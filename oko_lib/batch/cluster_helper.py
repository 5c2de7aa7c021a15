"""The process that builds reports for a Dask worker: warm, with one thread of its own concern, so that it can fork.

It is started by :mod:`oko_lib.batch.cluster_worker` and ends when that closes the connection or dies. It first makes
sure that it would build the same report as the machine that asks: same program, libraries, data, notebook, parameters.
"""

from __future__ import annotations

import contextlib
import gc
import multiprocessing
import os
import pickle
import platform
import signal
import socket
import sys
import traceback
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from multiprocessing.connection import Connection, wait
from typing import Any

from oko_lib.batch.away import AwayTask, AwayWorkspace, Place, RefusedError, packed
from oko_lib.batch.explain import unexpected
from oko_lib.batch.pool import Answer, Job, Pool, Started, default_method
from oko_lib.batch.warm import PrepareJob, import_heavy_modules, prepare_direction, prepare_worker, take_from_cache
from oko_lib.indicators import regional
from oko_lib.indicators.session import pin
from oko_lib.store.lock import release, take

#: Without work for so long a helper ends: its run may have gone without a word.
IDLE_SECONDS = 120.0
_LEAST_MEMORY = 1 << 30
_LOCK_LOOK_SECONDS = 0.2


class _LeftError(Exception):
    """The worker has closed the connection or is gone."""


def main() -> None:
    """Serve the worker whose port and token come on standard input."""
    # Ctrl-C on the worker's console reaches this process too; the worker decides.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    port, token = sys.stdin.readline().split()
    end = socket.create_connection(("127.0.0.1", int(port)))
    end.sendall(bytes.fromhex(token))
    end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    feed = Connection(end.detach())
    with contextlib.suppress(_LeftError, EOFError, OSError):
        _Builder.on(feed, feed.recv()).serve()


@dataclass
class _Builder(Pool):
    """A pool whose jobs come one by one, from the worker."""

    feed: Connection | None = None
    _run: dict[str, Any] = field(default_factory=dict)
    place: Place | None = None
    _inbox: deque[tuple[str, str, bytes]] = field(default_factory=deque)
    _ready: set[tuple[str, int]] = field(default_factory=set)
    _unwanted: set[str] = field(default_factory=set)

    @classmethod
    def on(cls, feed: Connection, run: dict[str, Any]) -> _Builder:
        """Return the builder for one run."""
        slots = max(1, run["slots"])
        share = max(_LEAST_MEMORY, run["worker_memory"] * 3 // 4 // slots) if run["worker_memory"] else None
        known = multiprocessing.get_all_start_methods()
        method = run["method"] if run["method"] in known else default_method()
        return cls(
            jobs=slots,
            method=method,
            timeout=run["timeout"],
            memory=run["memory"] or share,
            feed=feed,
            _run=run,
        )

    def serve(self) -> None:
        """Take orders and answer them until the worker leaves or has had nothing to do for long."""
        assert self.feed is not None
        context = multiprocessing.get_context(self.method)
        lifeline, parents_end = os.pipe() if self.method == "fork" else (None, None)
        waiting: deque[Job] = deque()
        try:
            while True:
                busy = waiting or any(worker.job for worker in self._workers)
                if not busy and not self._inbox and not self.feed.poll(IDLE_SECONDS):
                    return
                self._receive()
                while self._inbox:
                    self._attend(*self._inbox.popleft(), waiting)
                for event in self._hand_out(context, waiting, lifeline, parents_end):
                    self._tell(event)
                for event in self._collect(waiting):
                    self._tell(event)
                for job in [item for item in waiting if item.key in self._unwanted]:
                    waiting.remove(job)
        finally:
            self.stop()
            # What is still put aside when the interpreter ends is taken for a leak by libraries that count.
            gc.unfreeze()

    # --- orders ------------------------------------------------------------------------------------------------------

    def _receive(self) -> None:
        """Take in what has come, without waiting.

        Raises
        ------
        _LeftError
            If nobody is at the other end any more.
        """
        assert self.feed is not None
        try:
            while self.feed.poll():
                self._inbox.append(self.feed.recv())
        except (EOFError, OSError):
            raise _LeftError from None

    def _attend(self, what: str, key: str, content: bytes, waiting: deque[Job]) -> None:
        if what == "stop":
            self._unwanted.add(key)
            for worker in self._workers:
                if worker.job is not None and worker.job.key == key:
                    worker.family.kill()
            return
        try:
            waiting.append(self._admitted(key, content))
        except RefusedError as refused:
            self._send("done", key, {"refused": str(refused), "for_all": refused.for_all})
        except _LeftError:
            raise
        except Exception as error:
            # A module of a direction that is not here, a folder that cannot be read.
            traceback.print_exc()
            self._send("done", key, {"refused": f"На машине {platform.node()}: {unexpected(error)}", "for_all": False})

    def _admitted(self, key: str, content: bytes) -> AwayTask:
        """Return the task as it is to be done here.

        Raises
        ------
        RefusedError
            If a report built here would be another.
        """
        if self.place is None:
            self.place = Place.checked(self._run)
            import_heavy_modules()
            pin(self.place.root, self.place.snapshot)
            if self.method != "fork":
                self.prepare = partial(prepare_worker, self.place.workspace, self.place.snapshot)
        # Opened only now that the program is known to be the same.
        task = self.place.admit(pickle.loads(content), key)
        self._prepare(task)
        return task

    def _prepare(self, task: AwayTask) -> None:
        """Have the results about the region that the task's direction shares; computed once per machine if missing."""
        assert self.place is not None
        work = (task.spec.direction, task.spec.year)
        if (work[0].name, work[1]) in self._ready:
            return
        self._ready.add((work[0].name, work[1]))
        # Also its logs are made here: the folder with the data may be one that cannot be written to.
        workspace = AwayWorkspace(self.place.root, outputs_folder=self.place.folder / "prepare")
        snapshot = self.place.snapshot
        if not regional.file_cache_in_use():
            if self.method == "fork":
                prepare_direction(workspace, snapshot, *work)
        elif not take_from_cache(workspace, snapshot, *work):
            # In a process of its own, so that this one notices meanwhile when its worker is gone.
            pool = Pool(jobs=1, method=self.method, prepare=self.prepare, tick=self._receive)
            events = pool.run([_PrepareOnce(workspace, snapshot, *work)])
            if any(isinstance(event, Answer) and event.result for event in events):
                take_from_cache(workspace, snapshot, *work)
        # Collecting garbage would write into every object and so take apart the memory shared with forks.
        gc.collect()
        gc.freeze()

    # --- answers -----------------------------------------------------------------------------------------------------

    def _collect(self, waiting: deque[Job]) -> Iterator[Answer]:
        """As the pool does, but wake up for orders too."""
        busy = [worker for worker in self._workers if worker.job is not None]
        if busy:
            wait(
                [self.feed, *(item for one in busy for item in (one.pipe, one.process.sentinel))], super()._pause(busy)
            )
            yield from super()._collect(waiting)

    def _pause(self, busy: list) -> float:
        return 0.0

    def _tell(self, event: Started | Answer) -> None:
        job = event.job
        assert isinstance(job, AwayTask)
        if isinstance(event, Started):
            self._send("begun", job.key, None)
        else:
            self._attempts.pop(job.id, None)
            self._send("done", job.key, packed(job, event))

    def _send(self, what: str, key: str, content: object) -> None:
        assert self.feed is not None
        try:
            self.feed.send((what, key, content))
        except OSError:
            raise _LeftError from None


@dataclass(frozen=True)
class _PrepareOnce(PrepareJob):
    """Computes what reports share unless another worker of this machine is at it: then that one's result is taken."""

    def perform(self) -> bool:
        import time

        folder = self.workspace.root / "data" / "cache"
        with contextlib.ExitStack() as stack:
            with contextlib.suppress(OSError):  # a folder without rights: computed by each
                folder.mkdir(parents=True, exist_ok=True)
                file = stack.enter_context((folder / f".{self.direction.name}.lock").open("a+"))
                while not take(file):
                    time.sleep(_LOCK_LOOK_SECONDS)
                stack.callback(release, file)
            return take_from_cache(self.workspace, self.snapshot, self.direction, self.year) or super().perform()


if __name__ == "__main__":
    # Run as a module this file is __main__; spawned report processes must find its classes by their real name.
    from oko_lib.batch import cluster_helper

    cluster_helper.main()
