"""Loading files from JupyterLab: choose a folder or upload, press, see what became of every file and row.

The panel only starts a process and reads what it writes. So an intake outlives a restart of the kernel, and a panel
opened later shows it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from functools import wraps
from pathlib import Path
from typing import Any

import ipywidgets as widgets
import pandas as pd

from oko_lib.batch.explain import unexpected
from oko_lib.explore import load_words, run_words
from oko_lib.explore.following import Follower
from oko_lib.explore.load_process import LOG_NAME, PROGRAM, LoadState, arguments_of, read_state
from oko_lib.explore.run_process import Launched, launch
from oko_lib.explore.sources import layout_titles
from oko_lib.explore.uploads import save_uploads
from oko_lib.lab.uploads import largest_upload_mb
from oko_lib.settings.loading import SettingsError
from oko_lib.settings.workspace import Workspace
from oko_lib.store import Store, StoreError

_KINDS = ".xlsx,.xlsm,.xls,.xlsb,.ods,.csv,.tsv"
_WIDE = {"description_width": "initial"}
_BUSY_SECONDS, _IDLE_SECONDS = 0.7, 5.0
#: More folders than this nobody looks through in a list.
_FOLDERS = 100

#: The panel of each working place that is being kept up to date: a cell run again replaces it.
_FOLLOWED: dict[Path, LoadPanel] = {}


def load_panel(root: str | Path | None = None) -> LoadPanel:
    """Return the panel to load files; show it as the last line of a cell.

    Parameters
    ----------
    root : path or None
        Working place; by default the one ``oko lab`` was opened for.
    """
    return LoadPanel(Workspace.at(root))


def _in_words(action: Callable[..., None]) -> Callable[..., None]:
    """Show what goes wrong in a callback: JupyterLab hides it in a log nobody opens."""

    @wraps(action)
    def guarded(self: LoadPanel, *arguments: Any) -> None:
        try:
            action(self, *arguments)
        except Exception as error:
            self.message.value = run_words.trouble(unexpected(error))

    return guarded


class LoadPanel:
    """The panel; ``widget`` is what is shown.

    Parameters
    ----------
    workspace : Workspace
        Where.
    program : sequence of str
        What takes files in.
    folder : Path or None
        What is chosen at first; by default ``data/raw``.
    on_end : callable or None
        Called after an intake has ended.
    """

    def __init__(
        self,
        workspace: Workspace,
        program: Sequence[str] = PROGRAM,
        folder: Path | None = None,
        on_end: Callable[[], None] | None = None,
    ) -> None:
        self.workspace = workspace
        self._program, self._on_end = tuple(program), on_end
        self._launched: Launched | None = None
        #: Start of the newest intake at the time of the launch: another one is ours.
        self._before = ""
        #: Whether an intake has been seen under way whose end has not been told yet.
        self._awaited = False
        #: What is shown: an intake and how it stood.
        self._shown: tuple[str, str] | None = None
        self._build(folder or workspace.raw)
        self._follower = Follower(self.refresh, lambda: _BUSY_SECONDS if self.busy else _IDLE_SECONDS)
        self.refresh()
        earlier = _FOLLOWED.get(workspace.root)
        if earlier is not None:
            earlier.close()
        _FOLLOWED[workspace.root] = self
        self._follower.begin()

    def _build(self, folder: Path) -> None:
        self.folder = widgets.Combobox(
            description="Папка:",
            options=self._folders(),
            value=self._as_said(folder),
            ensure_option=False,
            continuous_update=False,
            style=_WIDE,
            layout=widgets.Layout(width="98%"),
        )
        self.upload = widgets.FileUpload(
            description="Выбрать файлы…",
            multiple=True,
            accept=_KINDS,
            icon="upload",
            layout=widgets.Layout(width="auto"),
        )
        self.start = widgets.Button(description="Загрузить", button_style="primary", icon="download")
        self.year = widgets.Text(description="Год:", placeholder="например 2026", style=_WIDE)
        self.grade = widgets.Text(description="Класс:", placeholder="например 4", style=_WIDE)
        self.subject = widgets.Text(description="Предмет:", placeholder="например Русский язык", style=_WIDE)
        self.login = widgets.Text(description="Логин школы:", placeholder="например edu990389", style=_WIDE)
        self.again = widgets.Checkbox(description="Прочитать заново и то, что уже загружено", value=False, indent=False)
        said = widgets.Accordion([widgets.VBox([self.year, self.grade, self.subject, self.login, self.again])])
        said.set_title(0, "Если в самих файлах нет года, класса, предмета или школы")
        said.selected_index = None
        self.message, self.progress, self.report = (widgets.HTML() for _ in range(3))
        self.bar = widgets.IntProgress(min=0, max=1, value=0, layout=widgets.Layout(width="100%", display="none"))
        self.start.on_click(self._start)
        self.upload.observe(self._uploaded, "value")
        folder_hint = (
            "Сложите файлы в папку <code>data/raw</code> (подпапки можно) или впишите путь к своей папке. Имена файлов "
            "не важны: вид файла программа узнаёт по содержанию."
        )
        upload_hint = (
            f"Через браузер проходит не больше {largest_upload_mb()} МБ за один раз, все выбранные файлы вместе; "
            "большее не доходит, и связь с ядром на секунду обрывается. Очень много файлов просто скопируйте в "
            "<code>data/raw</code>: так быстрее и надёжнее."
        )
        self.widget = widgets.VBox(
            [
                widgets.HTML(f"<b>Папка с файлами</b><br>{folder_hint}"),
                self.folder,
                widgets.HTML(f"<b>…или файлы с этого компьютера</b><br>{upload_hint}"),
                # In a row it is as wide as its words; in a column it would be as wide as the page.
                widgets.HBox([self.upload]),
                said,
                self.start,
                self.message,
                self.bar,
                self.progress,
                self.report,
            ]
        )

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> Any:
        return self.widget._repr_mimebundle_(include=include, exclude=exclude)

    # --- choosing ----------------------------------------------------------------------------------------------------

    def _folders(self) -> list[str]:
        """Return the folders below ``data/raw``, itself first."""
        raw = self.workspace.raw
        found = [raw]
        if raw.is_dir():
            first = sorted(item for item in raw.iterdir() if item.is_dir() and not item.name.startswith("."))
            found += first
        return [self._as_said(item) for item in found[:_FOLDERS]]

    def _as_said(self, path: Path) -> str:
        try:
            return path.relative_to(self.workspace.root).as_posix()
        except ValueError:
            return str(path)

    def chosen(self) -> Path:
        """Return the folder or file that is written in the field.

        Raises
        ------
        SettingsError
            If there is none.
        """
        # Windows puts a path it copies in quotes.
        said = self.folder.value.strip().strip("\"'«»").strip()
        if not said:
            raise SettingsError("Впишите папку с файлами или выберите файлы.")
        path = Path(said).expanduser()
        path = path if path.is_absolute() else self.workspace.root / path
        if not path.exists():
            where = f"папка {self.workspace.raw}"
            raise SettingsError(f"Нет папки или файла «{said}». Проверьте путь; обычное место для файлов — {where}.")
        return path

    def options(self) -> dict[str, Any]:
        """Return what is said of files that do not say it themselves.

        Raises
        ------
        SettingsError
            If a year or a grade is not a number.
        """
        said: dict[str, Any] = {}
        for name, field, low, high in (("year", self.year, 2015, 2100), ("grade", self.grade, 1, 11)):
            text = field.value.strip()
            if text:
                if not text.isdecimal() or not low <= int(text) <= high:
                    raise SettingsError(f"{field.description} нужно число от {low} до {high}, записано «{text}».")
                said[name] = int(text)
        for name, field in (("subject", self.subject), ("login", self.login)):
            if field.value.strip():
                said[name] = field.value.strip()
        return {**said, "again": True} if self.again.value else said

    @_in_words
    def _uploaded(self, change: object = None) -> None:
        """Put what has been uploaded into the day's folder, and choose it."""
        files = tuple(self.upload.value)
        if not files:
            return
        saved = save_uploads(files, self.workspace, date.today())
        # What is on the disk need not stay in memory, twice.
        self.upload.value = ()
        self.folder.options = self._folders()
        self.folder.value = self._as_said(saved.folder)
        there = f" Уже лежали там: {', '.join(saved.there)}." if saved.there else ""
        names = ", ".join(path.name for path in saved.files)
        self.message.value = load_words.shown_text(
            f"Сохранено в {self.folder.value}: {names or 'ничего нового'}.{there} Теперь нажмите «Загрузить»."
        )

    # --- loading -----------------------------------------------------------------------------------------------------

    @_in_words
    def _start(self, button: object = None) -> None:
        if self.busy:
            return
        path, options = self.chosen(), self.options()
        state = read_state(self.workspace)
        self._before = state.started if state else ""
        arguments = arguments_of(self.workspace, [path], options)
        self._launched = launch(arguments, self.workspace, self._program, LOG_NAME)
        self.message.value = self.report.value = ""
        self._shown, self._awaited = None, True
        self.refresh()
        self._follower.hurry()

    @property
    def busy(self) -> bool:
        """Whether files are being taken in here."""
        if self._launched is not None and self._launched.alive:
            return True
        state = read_state(self.workspace)
        return state is not None and state.is_running

    @_in_words
    def refresh(self) -> None:
        """Look how the intake stands and show it."""
        # Looked at first: a process that ends between the two looks has written its end before.
        alive = self._launched is not None and self._launched.alive
        state = read_state(self.workspace)
        ours = state is not None and state.started != self._before
        if self._launched is not None and not alive:
            if not ours:
                words = self._launched.last_words() or "Загрузка не началась. Повторите."
                self.message.value = run_words.trouble(words)
            self._launched = None
        if alive and not ours:
            self._show_going(None)
        elif state is not None and state.state == "running" and (alive or state.is_running):
            self._show_going(state)
        else:
            self._show_end(state)

    def _show_going(self, state: LoadState | None) -> None:
        self.start.disabled = self._awaited = True
        self.bar.layout.display, self.bar.bar_style = None, "info"
        self.bar.max, self.bar.value = max(1, state.total if state else 1), state.done if state else 0
        self.progress.value = load_words.progress(state) if state else "Запускается…"

    def _show_end(self, state: LoadState | None) -> None:
        self.start.disabled = False
        self.bar.layout.display, self.progress.value = "none", ""
        now = (state.started, state.state) if state is not None else None
        if state is None or now == self._shown:
            return
        self._shown = now
        if state.state == "running":
            self.message.value = run_words.trouble(
                "Загрузка прервана: её процесса больше нет. Загруженное сохранено; нажмите «Загрузить» ещё раз."
            )
        elif state.state == "failed":
            self.message.value = run_words.trouble(state.error)
        else:
            self.report.value = load_words.outcome(state, self._titles(), self._quarantine(state))
        if self._awaited and self._on_end is not None:
            self._on_end()
        self._awaited = False

    def _titles(self) -> dict[str, str]:
        try:
            return layout_titles(self.workspace)
        except SettingsError:
            return {}

    def _quarantine(self, state: LoadState) -> pd.DataFrame:
        """Return what the files of an intake have in quarantine."""
        files = (state.report or {}).get("files", [])
        loads = [file["load_id"] for file in files if file["quarantined"] and file["load_id"]]
        if not loads:
            return pd.DataFrame()
        try:
            return Store(self.workspace.store).snapshot().read("quarantine", where={"load_id": loads})
        except StoreError:
            return pd.DataFrame()

    def close(self) -> None:
        """Stop following; the intake goes on."""
        self._follower.close()
        if _FOLLOWED.get(self.workspace.root) is self:
            del _FOLLOWED[self.workspace.root]
