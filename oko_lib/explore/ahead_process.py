"""Computes ahead what explorers will ask for: ``python -m oko_lib.explore.ahead_process ROOT``.

Orders come by its input, a line each (:mod:`oko_lib.explore.ahead`); the newest is done first. Results go to the cache
of regional results, where kernels and reports find them. The process ends with whoever gave the orders, or when there
has been nothing to do for a while.
"""

from __future__ import annotations

import json
import os
import queue
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from typing import IO

import psutil

from oko_lib.batch.directions import DIRECTIONS
from oko_lib.batch.run_lock import is_running
from oko_lib.explore.fresh_data import FreshData
from oko_lib.indicators import regional
from oko_lib.indicators.memory import give_back
from oko_lib.indicators.session import open_session, pin
from oko_lib.indicators.years import years_with_results
from oko_lib.settings.workspace import Workspace
from oko_lib.store import Snapshot
from oko_lib.store.lock import release, take

#: The direction over all directions.
_ALL_VALUES = "indicators"
_IDLE_SECONDS = 20.0
_PAUSE_SECONDS = 1.0
#: A region of a thousand schools takes two thirds of it; with less at hand nothing is computed in advance.
_MEMORY_NEEDED = 1_500_000_000


@dataclass(frozen=True)
class Piece:
    """One result: of a direction in a year.

    Parameters
    ----------
    direction : str
        Of the batch, or of the indicators when `is_values`.
    year : int
    is_values : bool
        Whether the values of its indicators are meant, or what its reports share.
    """

    direction: str
    year: int
    is_values: bool = False

    def compute(self, workspace: Workspace, snapshot: Snapshot) -> None:
        """Compute it into the cache, if it is not there."""
        if not self.is_values:
            prepare = DIRECTIONS[self.direction].prepare
            if prepare is not None:
                prepare(workspace, snapshot, self.year)
            return
        # Imported here: they bring the statistics stack of all directions.
        from oko_lib.indicators.all_values import direction_values, valued_directions

        found = next(item for item in valued_directions() if item.name == self.direction)
        pin(workspace.root, snapshot)
        session = open_session(workspace.root, None, self.year, norms=found.norms, tables=found.tables)
        direction_values(found, session)


def pieces_of(direction: str, years: int, snapshot: Snapshot) -> list[Piece]:
    """Return what an order asks for, the newest year first."""
    if direction != _ALL_VALUES:
        if direction not in DIRECTIONS:
            return []
        found = years_with_results(snapshot, DIRECTIONS[direction].tables)
        return [Piece(direction, year) for year in found[::-1][:years]]
    from oko_lib.indicators.all_values import valued_directions

    listed = [
        Piece(item.name, year, is_values=True)
        for item in valued_directions()
        for year in years_with_results(snapshot, item.tables)[::-1][:years]
    ]
    return sorted(listed, key=lambda piece: -piece.year)


class Orders:
    """Orders read from a stream by a thread.

    Parameters
    ----------
    stream : file of str
        When it ends, so does the process.
    ended : callable
        What is done then.
    """

    def __init__(self, stream: IO[str], ended: Callable[[], object]) -> None:
        self._stream, self._ended = stream, ended
        self._given: queue.Queue[tuple[str, int]] = queue.Queue()
        threading.Thread(target=self._listen, daemon=True).start()

    def take(self, wait_seconds: float = 0.0) -> tuple[str, int] | None:
        """Return the next order; None if none comes in time."""
        try:
            return self._given.get(timeout=wait_seconds) if wait_seconds else self._given.get_nowait()
        except queue.Empty:
            return None

    def _listen(self) -> None:
        for line in self._stream:
            with suppress(ValueError, KeyError, TypeError):
                said = json.loads(line)
                self._given.put((str(said["direction"]), int(said["years"])))
        self._ended()


def work(workspace: Workspace, orders: Orders, idle_seconds: float = _IDLE_SECONDS) -> None:
    """Do what is ordered, the newest order first, until nothing has been ordered for `idle_seconds`."""
    data = FreshData(workspace)
    waiting: list[Piece] = []
    while (order := orders.take(0.0 if waiting else idle_seconds)) is not None or waiting:
        if order is not None:
            with _told():
                asked = pieces_of(*order, data.snapshot)
                waiting = [*asked, *(piece for piece in waiting if piece not in asked)]
            continue
        if psutil.virtual_memory().available < _MEMORY_NEEDED:
            return
        piece = waiting.pop(0)
        with _told(), _turn(workspace):
            piece.compute(workspace, data.snapshot)
        regional.forget()
        give_back()


@contextmanager
def _told() -> Iterator[None]:
    """Leave what goes wrong in the log: whoever looks at this year will be told what it is."""
    try:
        yield
    except Exception:
        traceback.print_exc()


@contextmanager
def _turn(workspace: Workspace) -> Iterator[None]:
    """Wait until neither a batch nor a process like this one of another kernel computes here."""
    path = workspace.root / "data" / "cache" / "ahead.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+", encoding="utf-8") as file:
        while is_running(workspace) or not take(file):
            time.sleep(_PAUSE_SECONDS)
        try:
            yield
        finally:
            release(file)


def _step_back() -> None:
    """Take only what time nobody else wants."""
    process = psutil.Process()
    with suppress(psutil.Error, OSError):
        process.nice(psutil.IDLE_PRIORITY_CLASS if os.name == "nt" else 19)
    with suppress(psutil.Error, OSError, AttributeError):
        process.ionice(psutil.IOPRIO_VERYLOW if os.name == "nt" else psutil.IOPRIO_CLASS_IDLE)


def main(arguments: Sequence[str]) -> None:
    """Work for the working place named by the first argument."""
    _step_back()
    # At once, amid whatever is computed: files of the cache are written whole or not at all.
    work(Workspace.at(arguments[0]), Orders(sys.stdin, partial(os._exit, 0)))


if __name__ == "__main__":
    main(sys.argv[1:])
