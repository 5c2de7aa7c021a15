"""A process with everything it has started: what they hold in memory, and how to end them all."""

from __future__ import annotations

import contextlib
import os
import signal

import psutil


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
        with contextlib.suppress(psutil.NoSuchProcess):
            self._root = psutil.Process(pid)

    def look(self) -> list[psutil.Process]:
        """Return the members alive, the process itself last, and remember them."""
        try:
            members = [*self._root.children(recursive=True), self._root]
        except (psutil.NoSuchProcess, AttributeError):
            members = []
        self._known.update(members)
        return members

    def memory(self) -> int:
        """Return the bytes they hold for themselves: what a fork shares with its parent does not count."""
        total = 0
        for member in self.look():
            with contextlib.suppress(psutil.Error):
                total += member.memory_full_info().uss
        return total

    def kill(self) -> None:
        """End them all; those that are gone already are no trouble."""
        self.look()
        if self._pid is not None and hasattr(os, "killpg"):
            # Only a group the process has made for itself: its number is the process's own.
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._pid, signal.SIGKILL)
        for member in self._known:
            # psutil knows a number that has since been given to another process by its time of birth.
            with contextlib.suppress(psutil.Error):
                member.kill()
