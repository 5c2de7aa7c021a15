"""The start page: where one stands and what to do next, with the buttons to do it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from functools import wraps
from pathlib import Path
from typing import Any

import ipywidgets as widgets
from IPython.display import display

from oko_lib.batch.explain import unexpected
from oko_lib.batch.journal import FILE_NAME, Journal
from oko_lib.batch.run_state import RunState
from oko_lib.explore import run_words, start_words
from oko_lib.explore.ahead import read_ahead
from oko_lib.explore.directions import REPORTED
from oko_lib.explore.following import Follower
from oko_lib.explore.fresh_data import FreshData
from oko_lib.explore.load_panel import LoadPanel
from oko_lib.explore.run_panel import RunPanel
from oko_lib.explore.run_process import PROGRAM, Launched, launch
from oko_lib.explore.start_cache import keep, kept
from oko_lib.explore.start_page import StartContent, start_content
from oko_lib.settings.workspace import Workspace

_DEMO_LOG = ".demo-panel.log"
#: Below ``data/raw``: where the demo region's files are.
_DEMO_FOLDER = "demo"
_SECONDS = 1.0


def start_page(root: str | Path | None = None) -> StartPanel:
    """Return the start page; show it as the last line of a cell.

    Parameters
    ----------
    root : path or None
        Working place; by default the one ``oko lab`` was opened for.
    """
    return StartPanel(Workspace.at(root))


def _in_words(action: Callable[..., None]) -> Callable[..., None]:
    """Show what goes wrong in a callback: JupyterLab hides it in a log nobody opens."""

    @wraps(action)
    def guarded(self: StartPanel, *arguments: Any) -> None:
        try:
            action(self, *arguments)
        except Exception as error:
            self.message.value = run_words.trouble(unexpected(error))

    return guarded


class StartPanel:
    """The page; ``widget`` is what is shown.

    What was last seen is shown at once; in a kernel the data are then looked at beside it, and the page is made anew.

    Parameters
    ----------
    workspace : Workspace
        Where.
    data : FreshData or None
        The data, if somebody has opened them already.
    program : sequence of str
        What makes the demo region.
    """

    def __init__(self, workspace: Workspace, data: FreshData | None = None, program: Sequence[str] = PROGRAM) -> None:
        self.workspace, self._program = workspace, tuple(program)
        self._data = data or FreshData(workspace)
        self._content: StartContent | None = None
        self._opened: LoadPanel | RunPanel | None = None
        self._demo: Launched | None = None
        self._looking: asyncio.Task | None = None
        #: Data whose newest year has been ordered to be computed.
        self._ahead_of: int | None = None
        self._build()
        self._follower = Follower(self.refresh_demo, lambda: _SECONDS)
        self.refresh()

    def _build(self) -> None:
        self.title, self.message, self.page, self.built = (widgets.HTML() for _ in range(4))
        self.load = widgets.Button(
            description="Загрузить файлы", icon="download", button_style="primary", layout=_wide()
        )
        self.build = widgets.Button(description="Построить отчёты", icon="play", layout=_wide())
        self.demo = widgets.Button(description="Создать учебный регион", icon="magic", layout=_wide("none"))
        self.explore = widgets.Button(description="Исследовать", icon="search", layout=_wide())
        self.again = widgets.Button(description="Обновить", icon="refresh", layout=_wide())
        self.load.on_click(self._load)
        self.build.on_click(self._run)
        self.explore.on_click(self._explore)
        self.demo.on_click(self._make_demo)
        self.again.on_click(self._again)
        self.place = widgets.VBox()
        buttons = widgets.HBox([self.load, self.build, self.explore, self.demo, self.again])
        self.widget = widgets.VBox([self.title, buttons, self.message, self.place, self.built, self.page])

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> Any:
        return self.widget._repr_mimebundle_(include=include, exclude=exclude)

    # --- what is shown -----------------------------------------------------------------------------------------------

    @_in_words
    def refresh(self) -> None:
        """Show how things stand."""
        self.built.value = start_words.built(self.workspace, self._last_run())
        before = self._content or kept(self.workspace)
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            self._show(self._look())
            return
        if before is not None:
            self._show(before)
        else:
            self.title.value = start_words.title(StartContent(), self.workspace)
            self.page.value = "Читаю данные…"
        if self._looking is None or self._looking.done():
            self._looking = loop.create_task(self._look_beside())

    async def _look_beside(self) -> None:
        try:
            # In a thread: opening a region's data takes a second, and the kernel must stay responsive.
            content = await asyncio.to_thread(self._look)
            self._show(content)
            self._read_ahead(content)
        except Exception as error:
            self.message.value = run_words.trouble(unexpected(error))

    def _read_ahead(self, content: StartContent) -> None:
        """Whether reports are built next or the data explored, the newest year will be asked for."""
        if content.year is not None and content.loaded != self._ahead_of:
            self._ahead_of = content.loaded
            for name in REPORTED[::-1]:  # the order given last is carried out first
                read_ahead(self.workspace, name, years=1)

    def _look(self) -> StartContent:
        snapshot = None if self._data.is_empty else self._data.snapshot
        if self._content is not None and snapshot is not None and self._content.loaded == snapshot.sequence:
            return self._content
        content = start_content(self.workspace, snapshot)
        if snapshot is not None:
            keep(self.workspace, content)
        return content

    def _show(self, content: StartContent) -> None:
        self._content = content
        self.title.value = start_words.title(content, self.workspace)
        is_empty = not content.tables
        self.demo.layout.display = None if is_empty and not self._demo_there else "none"
        self.build.disabled = self.explore.disabled = content.year is None
        if is_empty:
            self.page.value = start_words.empty(self.workspace, content, self._demo_there)
        else:
            parts = [start_words.directions(content, self.workspace), start_words.data(content)]
            self.page.value = "".join(parts)

    def _last_run(self) -> RunState | None:
        if not (self.workspace.outputs / FILE_NAME).is_file():
            return None  # to open a journal is to make one
        journal = Journal(self.workspace)
        try:
            return journal.run_state()
        finally:
            journal.close()

    # --- buttons -----------------------------------------------------------------------------------------------------

    @_in_words
    def _again(self, button: object = None) -> None:
        self.message.value = ""
        self.refresh()

    @_in_words
    def _load(self, button: object = None) -> None:
        folder = self.workspace.raw / _DEMO_FOLDER
        self._open(LoadPanel(self.workspace, folder=folder if self._demo_there else None, on_end=self.refresh))

    @_in_words
    def _run(self, button: object = None) -> None:
        self._open(RunPanel(self.workspace))

    @_in_words
    def _explore(self, button: object = None) -> None:
        # The statistics stack is heavy, and this page must come up at once.
        from oko_lib.explore.explorer import explorers

        self._let_go()
        shown = widgets.Output()
        self.place.children = (shown,)
        with shown:
            display(explorers(root=self.workspace.root))

    def _open(self, panel: LoadPanel | RunPanel) -> None:
        self._let_go()
        self._opened = panel
        self.place.children = (panel.widget,)

    def _let_go(self) -> None:
        if self._opened is not None:
            self._opened.close()
            self._opened = None

    # --- the demo region ---------------------------------------------------------------------------------------------

    @property
    def _demo_there(self) -> bool:
        return (self.workspace.raw / _DEMO_FOLDER).is_dir() and self._demo is None

    @_in_words
    def _make_demo(self, button: object = None) -> None:
        if self._demo is not None and self._demo.alive:
            return
        self.demo.disabled = True
        self.message.value = "Создаю учебный регион: это займёт около минуты."
        self._demo = launch(
            ("demo", "--json", "--root", str(self.workspace.root)), self.workspace, self._program, _DEMO_LOG
        )
        self._follower.begin()

    @_in_words
    def refresh_demo(self) -> None:
        """Look whether the demo region is there by now."""
        if self._demo is None or self._demo.alive:
            return
        words = self._demo.last_words()
        self._demo = None
        self._follower.close()
        self.demo.disabled = False
        if not self.workspace.demo_truth.is_file():
            self.message.value = run_words.trouble(words or "Учебный регион не создан. Нажмите кнопку ещё раз.")
            return
        self.message.value = "Учебный регион создан. Теперь загрузите его файлы: нажмите «Загрузить»."
        self._load()
        self.refresh()

    def close(self) -> None:
        """Stop following; what has been started goes on."""
        self._follower.close()
        self._let_go()


def _wide(display: str | None = None) -> widgets.Layout:
    """Return the layout of a button as wide as its words."""
    return widgets.Layout(width="auto", display=display)
