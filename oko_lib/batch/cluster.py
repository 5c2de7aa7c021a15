"""Reports built on several machines: workers of a Dask cluster instead of processes of this one.

Plan, journal and outputs stay with the process that runs; a worker gets a task and sends back files. This process gives
each worker as many reports as it has threads, so it knows at any moment who has what: a report whose worker is lost
goes to another, and a machine with other data or another version is given nothing more.
"""

from __future__ import annotations

import contextlib
import importlib.util
import pickle
import time
import uuid
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any

from oko_lib.batch.away import description_of_run, log_files, sendable, unpacked
from oko_lib.batch.cluster_link import (
    CONNECT_SECONDS,
    END_SECONDS,
    KEPT,
    asked,
    connected,
    host,
    patience,
    refuse_unreachable,
    versions_of,
)
from oko_lib.batch.explain import unexpected
from oko_lib.batch.options import RunOptions
from oko_lib.batch.outcomes import ReportStatus
from oko_lib.batch.pool import Answer, Started
from oko_lib.batch.worker import Made, ReportTask, outcome_of
from oko_lib.settings.loading import SettingsError
from oko_lib.settings.workspace import Workspace
from oko_lib.store import Snapshot

if TYPE_CHECKING:
    from distributed import Client, Future

#: So often a report is given out again because its worker was lost.
LOSSES = 3
_TICK_SECONDS = 0.5
_ANSWER_SECONDS = 30.0


@dataclass
class Cluster:
    """Executor over the workers of a Dask scheduler.

    Parameters
    ----------
    address : str
        Of the scheduler: ``tcp://host:8786``.
    workspace, snapshot
        What the run stands on.
    options : RunOptions
        Limits of time and memory hold on the workers; ``jobs``, if given, is how many reports at once over all of them.
    tick : callable
        Called about twice a second in this thread.

    Raises
    ------
    SettingsError
        If the library is missing or nothing answers at the address.
    """

    address: str
    workspace: Workspace
    snapshot: Snapshot
    options: RunOptions
    tick: Callable[[], object]

    def __post_init__(self) -> None:
        # Now, not when the first report is ready to be given out: the region may take minutes before that.
        if importlib.util.find_spec("distributed") is None:
            raise SettingsError(
                "Для --scheduler нужна библиотека distributed: выполните pip install -e .[cluster] здесь и на других "
                "машинах. Без --scheduler отчёты строятся на этом компьютере."
            )
        self.address = self.address if "://" in self.address else f"tcp://{self.address}"
        refuse_unreachable(self.address)

    def run(self, jobs: Sequence[ReportTask]) -> Iterator[Started | Answer]:
        """Yield when each report is begun and what came of it.

        Raises
        ------
        SettingsError
            If the scheduler is lost or speaks another version, or there are no workers for too long.
        """
        with connected(self.address) as client:
            yield from _Round(self, client, deque(jobs)).events()


@dataclass
class _Given:
    task: ReportTask
    worker: str
    future: Future


@dataclass
class _Round:
    """One set of reports given out to the workers."""

    cluster: Cluster
    client: Client
    waiting: deque[ReportTask]
    id: str = field(default_factory=lambda: uuid.uuid4().hex)
    given: dict[str, _Given] = field(default_factory=dict)
    #: What the threads of the library have to say: a report is begun, or answered.
    inbox: SimpleQueue[tuple[str, str]] = field(default_factory=SimpleQueue)
    told: set[str] = field(default_factory=set)
    lost: dict[str, int] = field(default_factory=dict)
    #: Worker → why it must not be given any report; with a report's name, why not that one.
    unfit: dict[str, str] = field(default_factory=dict)
    unfit_for: dict[tuple[str, str], str] = field(default_factory=dict)
    compared: set[str] = field(default_factory=set)
    seen: float = field(default_factory=time.monotonic)

    def events(self) -> Iterator[Started | Answer]:
        """Give out and take in until all is answered."""
        cluster = self.cluster
        self.topic = f"oko-{self.id}"
        self.run = {
            **description_of_run(cluster.workspace, cluster.snapshot, cluster.options),
            "id": self.id,
            "topic": self.topic,
        }
        self.client.subscribe_topic(self.topic, lambda event: self.inbox.put(("begun", event[1])))
        try:
            while self.waiting or self.given:
                cluster.tick()
                workers = self._workers()
                yield from self._take_back(workers)
                yield from self._hand_out(workers)
                yield from self._take_in()
        finally:
            self._end()

    # --- workers -----------------------------------------------------------------------------------------------------

    def _workers(self) -> dict[str, int]:
        """Return address → number of threads of the workers there are."""
        workers = asked(self.cluster.address, lambda: self.client.sync(self.client.scheduler.ncores,
                         callback_timeout=CONNECT_SECONDS))  # fmt: skip
        now = time.monotonic()
        if workers:
            self.seen = now
        elif now - self.seen > patience():
            address = self.cluster.address
            raise SettingsError(
                f"У планировщика {address} нет ни одного исполнителя. На каждой машине, где строить отчёты, выполните: "
                f"dask worker {address} — и запустите oko run ещё раз. {KEPT}"
            )
        if workers.keys() - self.compared:
            self._compare(workers)
        return workers

    def _compare(self, workers: dict[str, int]) -> None:
        """Set aside workers whose Python or Dask could not understand what they are sent."""
        versions = asked(self.cluster.address, self.client.get_versions)
        ours = versions_of(versions["client"])
        theirs = versions_of(versions["scheduler"])
        if theirs != ours:
            raise SettingsError(
                f"На машине планировщика {self.cluster.address} {theirs}, а здесь {ours}: поставьте одинаковые версии "
                "и запустите планировщик и oko run ещё раз."
            )
        for worker in workers.keys() & versions["workers"].keys():
            self.compared.add(worker)
            theirs = versions_of(versions["workers"][worker])
            if theirs != ours:
                self.unfit[worker] = (
                    f"На машине {host(worker)} {theirs}, а здесь {ours}: поставьте одинаковые версии, запустите там "
                    "dask worker заново и oko run ещё раз."
                )

    # --- giving out --------------------------------------------------------------------------------------------------

    def _hand_out(self, workers: dict[str, int]) -> Iterator[Answer]:
        """Give each free thread a report; one that no worker may build has failed."""
        free = dict(workers)
        for item in self.given.values():
            free[item.worker] = free.get(item.worker, 0) - 1
        at_once = self.cluster.options.jobs or sum(workers.values())
        kept: deque[ReportTask] = deque()
        while self.waiting and workers:
            task = self.waiting.popleft()
            fit = [one for one in workers if one not in self.unfit and (one, task.id) not in self.unfit_for]
            if not fit:
                yield self._failed(task, self._why_unfit(task, workers))
                continue
            worker = max(fit, key=lambda one: free[one])
            if free[worker] > 0 and len(self.given) < at_once:
                self._give(task, worker)
                free[worker] -= 1
            else:
                kept.append(task)
                if not self.unfit_for:
                    break
        self.waiting.extendleft(reversed(kept))

    def _why_unfit(self, task: ReportTask, workers: dict[str, int]) -> str:
        causes = [self.unfit.get(one) or self.unfit_for[one, task.id] for one in workers]
        return " ".join(dict.fromkeys(causes))

    def _give(self, task: ReportTask, worker: str) -> None:
        from oko_lib.batch import cluster_calls

        key = f"oko-{uuid.uuid4().hex}"
        future = self.client.submit(
            cluster_calls.build, self.run, key, sendable(task), key=key, workers=[worker], pure=False
        )
        self.given[key] = _Given(task, worker, future)
        future.add_done_callback(lambda done: self.inbox.put(("done", done.key)))

    # --- taking in ---------------------------------------------------------------------------------------------------

    def _take_in(self) -> Iterator[Started | Answer]:
        """Wait a moment for news and pass them on."""
        try:
            what, key = self.inbox.get(timeout=_TICK_SECONDS)
            while True:
                if key in self.given:
                    yield from self._begun(self.given[key].task) if what == "begun" else self._done(key)
                what, key = self.inbox.get_nowait()
        except Empty:
            return

    def _begun(self, task: ReportTask) -> Iterator[Started]:
        if task.id not in self.told:
            self.told.add(task.id)
            yield Started(task)

    def _done(self, key: str) -> Iterator[Started | Answer]:
        given = self.given[key]
        task, worker = given.task, given.worker
        try:
            content = self._content(given)
            answer = None if "refused" in content else unpacked(task, content)
        except _LostError as lost:
            yield from self._again(key, str(lost))
            return
        except (ValueError, pickle.UnpicklingError, EOFError) as error:
            yield from self._again(key, str(error))
            return
        except OSError as error:
            # This machine's disk would not take the files.
            answer = self._failed(task, unexpected(error))
        self._forget(key)
        if answer is not None:
            yield from self._begun(task)
            yield answer
            return
        if content["for_all"]:
            self.unfit[worker] = content["refused"]
        else:
            self.unfit_for[worker, task.id] = content["refused"]
        self.waiting.appendleft(task)

    def _content(self, given: _Given) -> dict[str, Any]:
        """Fetch what the worker answered.

        Raises
        ------
        _LostError
            If there is nothing to fetch.
        """
        if given.future.status not in ("finished", "error"):
            raise _LostError
        try:
            return given.future.result(timeout=_ANSWER_SECONDS)
        except ImportError:
            return {
                "refused": f"На машине {host(given.worker)} нет этой программы или она старой версии: установите ту "
                "же версию в ту же среду, где dask, запустите там dask worker заново и oko run ещё раз.",
                "for_all": True,
            }
        except Exception as error:
            # Whatever the worker or the way from it ran into: another may do better.
            raise _LostError(f"{type(error).__name__}: {error}".splitlines()[0]) from error

    def _take_back(self, workers: dict[str, int]) -> Iterator[Answer]:
        """Take reports back from workers that are gone."""
        for key, item in list(self.given.items()):
            if item.worker not in workers:
                yield from self._again(key, "")

    def _again(self, key: str, why: str) -> Iterator[Answer]:
        """Give a lost report out again, but not for ever: it may be what its workers die of."""
        given = self._forget(key)
        task = given.task
        self.lost[task.id] = self.lost.get(task.id, 0) + 1
        if self.lost[task.id] < LOSSES:
            self.waiting.appendleft(task)
            return
        said = f" ({why})" if why else ""
        yield self._failed(
            task,
            f"Исполнители пропадали при построении этого отчёта {LOSSES} раза подряд, последний — на машине "
            f"{host(given.worker)}{said}. Посмотрите там, что написал dask worker и хватает ли памяти, и запустите "
            "oko run ещё раз.",
        )

    def _failed(self, task: ReportTask, cause: str) -> Answer:
        for path in log_files(task):
            path.unlink(missing_ok=True)
        return Answer(task, Made(outcome_of(task, ReportStatus.FAILED, error=cause)))

    def _forget(self, key: str) -> _Given:
        """Let go of an order, so that nobody keeps its files or works on it."""
        given = self.given.pop(key)
        with contextlib.suppress(Exception):
            if given.future.status == "finished":
                given.future.release()
            else:
                given.future.cancel()
        return given

    def _end(self) -> None:
        """Cancel what was not begun and end what runs, as far as anybody can still be reached."""
        from oko_lib.batch import cluster_calls

        for key in list(self.given):
            self._forget(key)
        with contextlib.suppress(Exception):
            self.client.unsubscribe_topic(self.topic)
            # Not Client.run itself: it would wait without limit for a worker that hangs.
            self.client.sync(
                self.client._run, cluster_calls.end, self.id, on_error="ignore", callback_timeout=END_SECONDS
            )


class _LostError(Exception):
    """A worker has gone, or failed, before its report came back."""
