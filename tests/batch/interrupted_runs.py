"""Runs in processes of their own that can be killed, and what must hold of the outputs whenever that happens."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sqlite3
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import nbformat
import psutil
import pypdfium2

from oko_lib.batch import RunOptions, Selection, run_reports
from oko_lib.batch.ingredients import code_version
from oko_lib.batch.warm import import_heavy_modules
from oko_lib.settings.workspace import Workspace
from oko_lib.store import Store

FORMATS = ("pdf", "html", "docx", "xlsx")
#: Longer than any run of the sample direction takes on a busy machine.
PATIENCE_SECONDS = 120.0


def start_run(
    place: Workspace,
    directions,
    before: Callable[[], object] | None = None,
    selection: Selection = Selection(all=True),  # noqa: B008 (frozen)
    **options,
) -> int:
    """Start a run in a child with a session of its own and return its number; exit code 0, 1 (not all built) or 3."""
    # Here, so that children find everything imported, and the same code for certain.
    import_heavy_modules()
    code_version()
    # The table library does not survive a fork; the snapshot does.
    snapshot = Store(place.store).snapshot()
    child = os.fork()
    if child:
        return child
    code = 70
    try:
        os.setsid()
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        Store.snapshot = lambda self, as_of=None: snapshot
        if before is not None:
            before()
        given = RunOptions(**{"formats": FORMATS, "jobs": 2, "method": "fork", **options})
        try:
            code = 0 if run_reports(place, selection, given, directions=directions).complete else 1
        except Exception as error:
            (place.root / "сказано.txt").write_text(f"{type(error).__name__}: {error}", encoding="utf-8")
            code = 3
    finally:
        os._exit(code)


def end_of(child: int) -> int:
    """Wait for the end of a run; its exit code, or minus the signal that ended it."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.02)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    raise AssertionError("прогон не закончился")


def has_ended(child: int) -> int | None:
    """Return the exit code of a run if it is over."""
    done, status = os.waitpid(child, os.WNOHANG)
    return os.waitstatus_to_exitcode(status) if done else None


def processes_of(run: int) -> list[psutil.Process]:
    """Return all living processes of the run's session but the run itself."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, ProcessLookupError):
            if process.pid != run and os.getsid(process.pid) == run and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
    return found


def reports_of(run: int) -> list[psutil.Process]:
    """Return the run's report processes: forks of it, not programs it calls for an instant."""
    return [process for process in processes_of(run) if _is_fork(process, run)]


def _is_fork(process: psutil.Process, run: int) -> bool:
    try:
        return process.ppid() == run and process.cmdline() == psutil.Process().cmdline()
    except psutil.Error:
        return False


def wait_for_reports(run: int) -> None:
    """Wait until the run has a report process, or is over."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not reports_of(run) and time.monotonic() < deadline:
        if psutil.Process(run).status() == psutil.STATUS_ZOMBIE:
            return
        time.sleep(0.02)


def kill(process: int) -> None:
    """Kill -9, whether or not it is still there."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(process, signal.SIGKILL)


def assert_nobody_is_left(run: int) -> None:
    """All processes of an ended run go, soon."""
    deadline = time.monotonic() + 20
    while (left := processes_of(run)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not left, left


def visible_files(place: Workspace) -> list[Path]:
    """Return what a reader of the outputs sees: no hidden files and folders."""
    found = (path for path in place.outputs.rglob("*") if path.is_file())
    return sorted(
        path for path in found if not any(part.startswith(".") for part in path.relative_to(place.outputs).parts)
    )


def hidden_files(place: Workspace) -> list[Path]:
    """Return what a run makes before it is shown; a run that ends leaves none of it."""
    return list(place.outputs.rglob(".*"))


def assert_no_half_file(place: Workspace) -> None:
    """Every visible file is whole, and the journal can be read and names none that is not."""
    for path in visible_files(place):
        if path.name.startswith(("journal.sqlite", "run.lock")) or path.suffix == ".log":
            continue
        if path.suffix == ".pdf":
            with contextlib.closing(pypdfium2.PdfDocument(path)) as document:
                assert len(document) >= 1
        elif path.suffix in {".docx", ".xlsx"}:
            with zipfile.ZipFile(path) as archive:
                assert archive.testzip() is None, path
        elif path.suffix == ".ipynb":
            nbformat.read(path, as_version=4)
        elif path.suffix == ".html":
            assert "</html>" in path.read_text(encoding="utf-8")[-200:], path
        elif path.suffix == ".json":
            json.loads(path.read_text(encoding="utf-8"))
        else:
            raise AssertionError(f"незнакомый файл {path}")
    journal = place.outputs / "journal.sqlite"
    if journal.is_file():
        with contextlib.closing(sqlite3.connect(journal, timeout=30)) as connection:
            assert connection.execute("pragma integrity_check").fetchone() == ("ok",)


def values_of(place: Workspace) -> dict[str, object]:
    """Return what readers are told, file by file: bytes of PDF and HTML, notebooks' outputs, parts of Office files."""
    found: dict[str, object] = {}
    for path in visible_files(place):
        name = path.relative_to(place.outputs).as_posix()
        if path.suffix == ".pdf" or (path.suffix == ".html" and path.name not in {"index.html", "run_summary.html"}):
            found[name] = path.read_bytes()
        elif path.suffix == ".ipynb":
            notebook = nbformat.read(path, as_version=4)
            # The parameters name the folder, and two working places differ in that.
            cells = [cell for cell in notebook.cells if "injected-parameters" not in cell.metadata.get("tags", [])]
            found[name] = [(cell.source, cell.get("outputs")) for cell in cells]
        elif path.suffix in {".docx", ".xlsx"} and path.stem != "run_summary":
            with zipfile.ZipFile(path) as archive:
                # Except when the file was made.
                parts = [item for item in archive.namelist() if not item.startswith("docProps/")]
                found[name] = {item: archive.read(item) for item in parts}
    return found
