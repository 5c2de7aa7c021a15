"""Keeping a panel up to date as long as the kernel lives, also while no cell runs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress


class Follower:
    """Calls a function again and again between the cells of a notebook.

    Without the event loop of a kernel (in a test, in a batch) nothing is followed; whoever wants news asks.

    Parameters
    ----------
    refresh : callable
        Called each time; it must not raise.
    pause : callable
        Seconds until the next time.
    """

    def __init__(self, refresh: Callable[[], None], pause: Callable[[], float]) -> None:
        self._refresh, self._pause = refresh, pause
        self._wake: asyncio.Event | None = None
        self._task: asyncio.Task | None = None

    def begin(self) -> None:
        """Begin, if there is a loop and it has not begun."""
        if self._task is not None:
            return
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return
        self._wake = asyncio.Event()
        self._task = loop.create_task(self._follow())

    def hurry(self) -> None:
        """Call now: something has been started."""
        if self._wake is not None:
            self._wake.set()

    def close(self) -> None:
        """Stop calling."""
        if self._task is not None:
            self._task.cancel()
            self._task = None

    async def _follow(self) -> None:
        assert self._wake is not None
        while True:
            with suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._wake.wait(), self._pause())
            self._wake.clear()
            self._refresh()
