"""An IPython shell inside this process whose outputs are recorded in the form a kernel would have sent."""

from __future__ import annotations

import io
import os
import sys
import tempfile
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import nbformat
from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from traitlets import Type
from traitlets.config import Config

if TYPE_CHECKING:
    from collections.abc import Iterator


class Recorder:
    """Outputs of the cell being executed, in order, as notebook nodes."""

    def __init__(self) -> None:
        self.outputs: list[nbformat.NotebookNode] = []
        self._by_display_id: dict[str, list[nbformat.NotebookNode]] = {}
        self._clear_next = False

    def start_cell(self) -> list[nbformat.NotebookNode]:
        """Begin a new list of outputs and return it."""
        self.outputs = []
        self._clear_next = False
        return self.outputs

    def stream(self, name: str, text: str) -> None:
        """Record text printed to ``stdout`` or ``stderr``; neighbouring pieces are one output, as in a kernel."""
        self._clear_if_asked()
        last = self.outputs[-1] if self.outputs else None
        if last is not None and last.output_type == "stream" and last.name == name:
            last.text += text
        else:
            self.outputs.append(nbformat.v4.new_output("stream", name=name, text=text))

    def display(self, data: dict, metadata: dict, display_id: str | None = None) -> None:
        """Record displayed data."""
        self._clear_if_asked()
        output = nbformat.v4.new_output("display_data", data=_storable(data), metadata=metadata)
        self.outputs.append(output)
        if display_id:
            self._by_display_id.setdefault(display_id, []).append(output)

    def update(self, data: dict, metadata: dict, display_id: str) -> None:
        """Replace the data of everything displayed under `display_id`, in whatever cell."""
        for output in self._by_display_id.get(display_id, []):
            output.data = nbformat.from_dict(_storable(data))
            output.metadata = nbformat.from_dict(metadata)

    def result(self, data: dict, metadata: dict, count: int) -> None:
        """Record the value of a cell's last expression."""
        self._clear_if_asked()
        self.outputs.append(
            nbformat.v4.new_output("execute_result", data=_storable(data), metadata=metadata, execution_count=count)
        )

    def error(self, kind: type[BaseException], value: BaseException, traceback: list[str]) -> None:
        """Record an exception that ended the cell."""
        self.outputs.append(
            nbformat.v4.new_output("error", ename=kind.__name__, evalue=str(value), traceback=list(traceback))
        )

    def clear(self, wait: bool) -> None:
        """Forget the cell's outputs, at once or when the next one comes."""
        if wait:
            self._clear_next = True
        else:
            self.outputs.clear()

    def _clear_if_asked(self) -> None:
        if self._clear_next:
            self.outputs.clear()
            self._clear_next = False


def _storable(data: dict) -> dict:
    """Return display data with pictures in base64, as they stand in a notebook file."""
    from base64 import b64encode

    return {
        kind: b64encode(value).decode("ascii") if isinstance(value, bytes) else value for kind, value in data.items()
    }


class RecordingStream(io.TextIOBase):
    """What a cell prints, as output of the cell."""

    def __init__(self, recorder: Recorder, name: str) -> None:
        self._recorder = recorder
        self._name = name

    encoding = "utf-8"  # type: ignore[assignment]

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        if text:
            self._recorder.stream(self._name, text)
        return len(text)


class _RecordingPublisher(DisplayPublisher):
    def publish(self, data, metadata=None, source=None, *, transient=None, update=False, **_: Any) -> None:
        display_id = (transient or {}).get("display_id")
        if update and display_id:
            self.shell.recorder.update(data, metadata or {}, display_id)
        else:
            self.shell.recorder.display(data, metadata or {}, display_id)

    def clear_output(self, wait: bool = False) -> None:
        self.shell.recorder.clear(wait)


class _RecordingHook(DisplayHook):
    def write_output_prompt(self) -> None:
        """There is no prompt in a notebook."""

    def write_format_data(self, format_dict, md_dict=None) -> None:
        self.shell.recorder.result(format_dict, md_dict or {}, self.prompt_count)

    def finish_displayhook(self) -> None:
        self._is_active = False


class ReportShell(InteractiveShell):
    """The IPython shell a report's cells run in."""

    display_pub_class = Type(_RecordingPublisher)
    displayhook_class = Type(_RecordingHook)

    def __init__(self, **options: Any) -> None:
        self.recorder = Recorder()
        super().__init__(**options)

    def init_virtualenv(self) -> None:
        """The interpreter is already the environment's own."""

    def enable_gui(self, gui: str | None = None) -> None:
        """Figures are drawn inline; there is no window system to wait for."""

    def _showtraceback(self, etype, evalue, stb) -> None:
        self.recorder.error(etype, evalue, stb)


@contextmanager
def report_shell() -> Iterator[ReportShell]:
    """Give a fresh shell and put the process back afterwards as it was found.

    The shell is the one ``get_ipython()`` and ``display()`` find. It replaces ``sys.modules["__main__"]``, which would
    stop anything that pickles later on, hence the restoring.
    """
    main_module = sys.modules.get("__main__")
    previous_home = os.environ.get("IPYTHONDIR")
    config = Config()
    # Neither a history file nor the user's own start-up habits belong in a report.
    config.HistoryManager.enabled = False
    config.InteractiveShell.colors = "nocolor"
    with tempfile.TemporaryDirectory(prefix="oko-ipython-", ignore_cleanup_errors=True) as home:
        os.environ["IPYTHONDIR"] = home
        InteractiveShell.clear_instance()
        shell = ReportShell.instance(config=config, ipython_dir=home)
        try:
            _draw_inline(shell)
            yield shell
        finally:
            shell.history_manager = None
            ReportShell.clear_instance()
            if main_module is not None:
                sys.modules["__main__"] = main_module
            if previous_home is None:
                os.environ.pop("IPYTHONDIR", None)
            else:
                os.environ["IPYTHONDIR"] = previous_home


def _draw_inline(shell: ReportShell) -> None:
    """Show a figure left open at the end of a cell, as vector: what a methodologist expects of a notebook."""
    from IPython.core.pylabtools import select_figure_formats

    shell.enable_matplotlib("inline")
    # Said outright: the backend announces its formats only to the first shell of a process.
    select_figure_formats(shell, {"svg"}, bbox_inches="tight")
