"""A process with everything it has started: what they hold in memory, and how to end them all."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Callable

import psutil

_LOOK_SECONDS = 2.0


class Family:
    """A process of ours and its descendants, also after its death.

    A process that dies leaves its children to the system, so they are remembered while it lives; short-lived ones that
    nobody has seen are in its process group where there are groups.

    Parameters
    ----------
    pid : int
        The process.
    """

    def __init__(self, pid: int | None) -> None:
        self._pid = pid
        self._known: set[psutil.Process] = set()
        self._looked = time.monotonic()
        with contextlib.suppress(psutil.NoSuchProcess):
            self._root = psutil.Process(pid)
            self._known.add(self._root)

    def look(self) -> None:
        """Remember who is there, if the last look was a while ago: it means reading the whole table of processes."""
        now = time.monotonic()
        if now - self._looked >= _LOOK_SECONDS:
            self._looked = now
            self._find()

    def _find(self) -> None:
        with contextlib.suppress(psutil.NoSuchProcess, AttributeError):
            self._known.update([*self._root.children(recursive=True), self._root])

    def memory(self, limit: int) -> int | None:
        """Return the bytes they hold for themselves if that is more than `limit`; shared memory does not count."""
        if self._sum(lambda process: process.memory_info().rss) <= limit:
            return None  # which takes a fiftieth of the time to find out
        own = self._sum(lambda process: process.memory_full_info().uss)
        return own if own > limit else None

    def _sum(self, bytes_of: Callable[[psutil.Process], int]) -> int:
        total = 0
        for member in [*self._known]:
            with contextlib.suppress(psutil.Error):
                total += bytes_of(member)
        return total

    def kill(self) -> None:
        """End them all; those that are gone already are no trouble."""
        self._find()
        self.kill_rest()

    def kill_rest(self) -> None:
        """End those that are known of."""
        if self._pid is not None and hasattr(os, "killpg"):
            # Only a group the process has made for itself: its number is the process's own.
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._pid, signal.SIGKILL)
        for member in self._known:
            # psutil knows a number that has since been given to another process by its time of birth.
            with contextlib.suppress(psutil.Error):
                member.kill()
