"""Where reports are built: processes of this machine, or workers of a Dask cluster."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Protocol

from oko_lib.batch.options import RunOptions, memory_share
from oko_lib.batch.pool import Answer, Job, Pool, Started
from oko_lib.batch.warm import prepare_worker
from oko_lib.settings.workspace import Workspace
from oko_lib.store import Snapshot


class Executor(Protocol):
    """Gives jobs out and takes answers in."""

    def run(self, jobs: Sequence[Job]) -> Iterator[Started | Answer]:
        """Yield when each job is begun and what came of it. Closing the iterator ends everything that was started."""


def make_executor(
    workspace: Workspace,
    snapshot: Snapshot,
    options: RunOptions,
    method: str,
    jobs: int,
    tick: Callable[[], object],
) -> Executor:
    """Return the executor `options` ask for."""
    if options.scheduler:
        # Imported here: the library is an optional extra.
        from oko_lib.batch.cluster import Cluster

        return Cluster(options.scheduler, workspace, snapshot, options, tick)
    return Pool(
        jobs=jobs,
        method=method,
        timeout=options.timeout,
        memory=memory_share(options, jobs),
        prepare=None if method == "fork" else partial(prepare_worker, workspace, snapshot),
        tick=tick,
    )
