"""Building reports from JupyterLab: choose, start, watch, stop, open the result.

The panel only starts ``oko run`` and reads the journal. So it shows any run under way in this working place, whoever
started it, also after a restart of the kernel.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from functools import wraps
from pathlib import Path
from typing import Any

import ipywidgets as widgets

from oko_lib.batch.explain import unexpected
from oko_lib.batch.journal import Journal
from oko_lib.batch.plan import Selection
from oko_lib.batch.run_state import RunState
from oko_lib.explore import run_words
from oko_lib.explore.run_choice import RunChoice
from oko_lib.explore.run_process import PROGRAM, Launched, arguments_of, launch
from oko_lib.settings.loading import SettingsError
from oko_lib.settings.workspace import Workspace
from oko_lib.store import StoreError

_BUSY_SECONDS = 1.0
_IDLE_SECONDS = 5.0
#: Between two readings pass at least so many times their own length.
_READ_SHARE = 8.0
_STOP, _STOPPING = "Остановить", "Останавливаю…"

#: The panel of each working place that is being kept up to date: a cell run again replaces it.
_FOLLOWED: dict[Path, RunPanel] = {}


def run_panel(root: str | Path | None = None, selection: Selection | None = None) -> RunPanel:
    """Return the panel to build reports; show it as the last line of a cell.

    Parameters
    ----------
    root : path or None
        Working place; by default the one ``oko lab`` was opened for.
    selection : Selection or None
        What is chosen at first; by default everything.
    """
    return RunPanel(Workspace.at(root), selection)


def _in_words(action: Callable[..., None]) -> Callable[..., None]:
    """Show what goes wrong in a callback: JupyterLab hides it in a log nobody opens."""

    @wraps(action)
    def guarded(self: RunPanel, *arguments: Any) -> None:
        try:
            action(self, *arguments)
        except Exception as error:
            self.message.value = run_words.trouble(unexpected(error))

    return guarded


class RunPanel:
    """The panel; ``widget`` is what is shown.

    Parameters
    ----------
    workspace : Workspace
        Where.
    selection : Selection or None
        What is chosen at first.
    program : sequence of str
        What builds the reports.
    """

    def __init__(
        self, workspace: Workspace, selection: Selection | None = None, program: Sequence[str] = PROGRAM
    ) -> None:
        self.workspace = workspace
        self._program = tuple(program)
        self._launched: Launched | None = None
        #: The newest run at the time of the launch: another one in the journal is ours.
        self._before: str | None = None
        self._state: RunState | None = None
        self._stopping: str | None = None
        self._read_seconds = 0.0
        self._wake: asyncio.Event | None = None
        self._task: asyncio.Task | None = None
        self._build_widgets(selection or Selection())
        self.refresh()
        self._begin_following()

    def _build_widgets(self, selection: Selection) -> None:
        self.choice: RunChoice | None = None
        self.message = widgets.HTML()
        try:
            self.choice = RunChoice(self.workspace, selection)
        except (SettingsError, StoreError) as error:
            self.message.value = run_words.trouble(str(error))
        self.start = widgets.Button(description="Построить", button_style="primary", icon="play")
        self.stop = widgets.Button(description=_STOP, icon="stop", disabled=True)
        self.heading, self.counts, self.current, self.failures, self.links = (widgets.HTML() for _ in range(5))
        self.bar = widgets.IntProgress(min=0, max=1, value=0, layout=widgets.Layout(width="100%"))
        self.start.on_click(self._start)
        self.stop.on_click(self._stop)
        self.widget = widgets.VBox(
            [
                *([self.choice.widget] if self.choice else []),
                widgets.HBox([self.start, self.stop]),
                self.message,
                self.heading,
                self.bar,
                self.counts,
                self.current,
                self.failures,
                self.links,
            ]
        )

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> Any:
        return self.widget._repr_mimebundle_(include=include, exclude=exclude)

    # --- buttons -----------------------------------------------------------------------------------------------------

    @_in_words
    def _start(self, button: object = None) -> None:
        if self.choice is None:
            return
        selection = self.choice.selection()
        self.refresh()
        if self.busy:
            return
        self._before = self._state.id if self._state else None
        arguments = arguments_of(selection, self.workspace, force=bool(self.choice.force.value))
        self._launched = launch(arguments, self.workspace, self._program)
        self.message.value = ""
        self.refresh()
        self._hurry()

    @_in_words
    def _stop(self, button: object = None) -> None:
        self.refresh()
        if self._state is not None and self._state.state == "running":
            journal = Journal(self.workspace)
            try:
                journal.request_stop(self._state.id)
            finally:
                journal.close()
            self._stopping = self._state.id
        elif self._launched is not None:
            # Not entered in the journal yet, so nothing is built that could be lost.
            self._launched.end()
        self.refresh()
        self._hurry()

    # --- what is shown -----------------------------------------------------------------------------------------------

    @property
    def starting(self) -> bool:
        """Whether our run has been started and is not yet in the journal."""
        return self._launched is not None and self._newest() == self._before

    @property
    def busy(self) -> bool:
        """Whether a run is under way here."""
        return self.starting or (self._state is not None and self._state.state == "running")

    def _newest(self) -> str | None:
        return self._state.id if self._state else None

    @_in_words
    def refresh(self) -> None:
        """Read the journal and show what it says."""
        self._show(*self._read())

    def _read(self) -> tuple[RunState | None, dict[str, float], bool]:
        # Looked at first: a process that ends between the two reads has entered its run before.
        alive = self._launched is not None and self._launched.alive
        began = time.monotonic()
        journal = Journal(self.workspace)
        try:
            state = journal.run_state()
            if state is not None and state.state == "interrupted":
                # Perhaps it has ended between two looks of one reading: then it is entered by now.
                state = journal.run_state()
            return state, journal.typical_seconds(), alive
        finally:
            journal.close()
            self._read_seconds = time.monotonic() - began

    def _show(self, state: RunState | None, typical: dict[str, float], alive: bool) -> None:
        self._state = state
        if self._launched is not None and not alive:
            if self.starting:
                words = self._launched.last_words() or "Построение не началось. Повторите или запустите oko run --all."
                self.message.value = run_words.trouble(words)
            self._launched = None
        self._show_buttons()
        if self.starting:
            self._show_starting()
        elif state is not None:
            self._show_run(state, typical)
        else:
            self.heading.value = "Отчёты здесь ещё не строили."

    def _show_buttons(self) -> None:
        busy = self.busy
        self.start.disabled = busy or self.choice is None
        stopping = busy and self._stopping is not None and self._stopping == self._newest()
        self.stop.disabled = not busy or stopping
        self.stop.description = _STOPPING if stopping else _STOP
        if self.choice is not None:
            self.choice.enable(not busy)

    def _show_starting(self) -> None:
        self.heading.value = "Запускается: проверяются данные и тетради."
        self.bar.value, self.bar.bar_style = 0, "info"
        for place in (self.counts, self.current, self.failures, self.links):
            place.value = ""

    def _show_run(self, state: RunState, typical: dict[str, float]) -> None:
        now = datetime.now().astimezone()
        self.bar.max, self.bar.value = max(1, state.total), run_words.done(state)
        whole = state.state == "finished" and not state.failed
        self.bar.bar_style = "info" if state.state == "running" else "success" if whole else "warning"
        self.heading.value = run_words.heading(state)
        self.counts.value = run_words.counts(state, typical, now)
        self.current.value = run_words.current(state, now)
        self.failures.value = run_words.failures(state.outcomes)
        self.links.value = run_words.links(self.workspace.outputs / str(state.year))

    # --- following ---------------------------------------------------------------------------------------------------

    def _begin_following(self) -> None:
        """Keep the panel up to date as long as the kernel lives; without its event loop ``refresh`` does."""
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return
        earlier = _FOLLOWED.get(self.workspace.root)
        if earlier is not None:
            earlier.close()
        _FOLLOWED[self.workspace.root] = self
        self._wake = asyncio.Event()
        self._task = loop.create_task(self._follow())

    async def _follow(self) -> None:
        assert self._wake is not None
        while True:
            with suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._wake.wait(), self._pause)
            self._wake.clear()
            try:
                # In a thread: the journal may lie on a slow network drive, and the kernel must stay responsive.
                self._show(*await asyncio.to_thread(self._read))
            except Exception as error:
                self.message.value = run_words.trouble(unexpected(error))

    @property
    def _pause(self) -> float:
        # Until its process is gone: the pages of a run appear after its end is entered.
        busy = self.busy or self._launched is not None
        # The journal of thousands of reports is not read all the time.
        return max(_BUSY_SECONDS if busy else _IDLE_SECONDS, _READ_SHARE * self._read_seconds)

    def _hurry(self) -> None:
        if self._wake is not None:
            self._wake.set()

    def close(self) -> None:
        """Stop following; the run goes on."""
        if self._task is not None:
            self._task.cancel()
            self._task = None
        if _FOLLOWED.get(self.workspace.root) is self:
            del _FOLLOWED[self.workspace.root]
