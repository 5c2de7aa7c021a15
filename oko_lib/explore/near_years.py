"""Years beside the one that is shown, taken into memory while nobody acts: a change of year is then like any other."""

from __future__ import annotations

import gc
import time
from collections import deque
from collections.abc import Callable, Iterator
from functools import partial

import psutil

from oko_lib.explore.following import Follower
from oko_lib.explore.lens import Lens
from oko_lib.explore.topic import Explored
from oko_lib.indicators.memory import set_aside
from oko_lib.indicators.regional import KEPT, NotComputedError, only_cached
from oko_lib.settings.loading import SettingsError
from oko_lib.store import StoreError

#: So long nobody has changed anything.
_QUIET_SECONDS = 0.7
_PAUSE_SECONDS = 0.2
#: Till another process may have computed what is not there yet.
_WAIT_SECONDS = 3.0
#: Regions of a thousand schools take some hundred megabytes each; the rest is for other programs.
_MEMORY_LEFT = 2_000_000_000


class NearYears:
    """Takes results of other years from the cache, step by step; computes none of them.

    Parameters
    ----------
    known : Explored
    lens : Lens
    on_missing : callable
        Called once when a year is found that nobody has computed yet.
    """

    def __init__(self, known: Explored, lens: Lens, on_missing: Callable[[], object]) -> None:
        self._known, self._lens, self._on_missing = known, lens, on_missing
        self._told = False
        self._steps: deque[Callable[[], object]] = deque()
        self._last_act = 0.0
        self._waits = False
        self._follower = Follower(self.step, lambda: _WAIT_SECONDS if self._waits else _PAUSE_SECONDS)

    def begin(self, year: int, municipality: str) -> None:
        """Take the years beside `year`, for views like that of `municipality`."""
        self._steps = deque(self._steps_of(year, municipality))
        self._told = False
        self.acted()
        self._follower.begin()

    def acted(self) -> None:
        """Whoever acts is not to wait: leave the kernel to him for a while."""
        self._last_act = time.monotonic()

    @property
    def done(self) -> bool:
        """Whether everything is in memory that will be."""
        return not self._steps

    def step(self) -> None:
        """Take one thing more, unless somebody has just acted."""
        if time.monotonic() - self._last_act < _QUIET_SECONDS:
            return
        if psutil.virtual_memory().available < _MEMORY_LEFT:
            self._steps.clear()
        if self.done:
            self._follower.close()
            return
        self._waits = False
        was_on = gc.isenabled()
        gc.disable()
        try:
            with only_cached():
                self._steps[0]()
            self._steps.popleft()
            set_aside()
        except NotComputedError:
            self._waits = True
            if not self._told:
                self._told = True
                self._on_missing()
        except (SettingsError, StoreError, IndexError):
            self._steps.popleft()  # whoever chooses this year is told
        finally:
            if was_on:
                gc.enable()

    def _steps_of(self, shown: int, municipality: str) -> Iterator[Callable[[], object]]:
        years = self._lens.years(self._known.name)[:KEPT]
        for year in sorted(years, key=lambda each: (each != shown, -each)):
            for part in (self._listed, partial(self._opened, municipality=municipality), *self._known.parts):
                yield partial(part, self._lens, year)

    def _listed(self, lens: Lens, year: int) -> None:
        lens.municipalities(self._known.name, year)

    def _opened(self, lens: Lens, year: int, municipality: str) -> None:
        known = [code for _, code in lens.municipalities(self._known.name, year)]
        lens.context(self._known.name, year, municipality if municipality in known else known[0])
