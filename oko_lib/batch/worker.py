"""One report inside its own process: execute, export, verify. The parent puts the files in place."""

from __future__ import annotations

import contextlib
import os
import shutil
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from pathlib import Path

import nbformat

from oko_lib.batch.explain import (
    cell_failure,
    kernel_did_not_start,
    original_number,
    unexpected,
)
from oko_lib.batch.files import FileRecord, digest_of, settle
from oko_lib.batch.notebook_file import papermill_writes_compactly, write_notebook
from oko_lib.batch.outcomes import ReportOutcome, ReportStatus
from oko_lib.batch.parameters import check_notebook, show_injected_parameters
from oko_lib.batch.process_state import seed_for
from oko_lib.batch.school_names import check_school
from oko_lib.batch.schools import School
from oko_lib.batch.spec import ReportSpec
from oko_lib.batch.verify import check_identity, pdf_text
from oko_lib.settings.workspace import Workspace

#: Name of our engine among papermill's; see oko_lib/batch/engine.py.
ENGINE_NAME = "oko-inprocess"
#: So often a kernel is started for one report.
START_ATTEMPTS = 3
INTERNAL_MARK = "для служебного пользования"


@dataclass(frozen=True)
class ReportTask:
    """Everything one report needs; picklable, because a worker may be a process of its own.

    Parameters
    ----------
    spec : ReportSpec
        What to build.
    workspace : Workspace
        Where.
    parameters : dict
        Checked parameters of the notebook.
    fingerprint : dict of str
        From what it is built.
    formats : tuple of str
        Files to write besides the executed notebook.
    engine : str
        ``inprocess`` or ``kernel``.
    built_on : date
        Date of the run.
    other_names : tuple of str
        Names of the region's other municipalities.
    allowed_phrases : tuple of str
        Names of schools: they may contain anything.
    school : School or None
        The school a report on one school must name.
    other_schools : tuple of School
        The rest of its municipality, which it must not.
    made_from : dict of str
        All ingredients; see :mod:`oko_lib.batch.ingredients`.
    scratch : Path
        Folder of this report alone in which its files are made, on the file system of the outputs.
    reason : str
        Why it is built, in Russian.
    """

    spec: ReportSpec
    workspace: Workspace
    parameters: dict[str, object]
    fingerprint: dict[str, str]
    formats: tuple[str, ...]
    engine: str
    built_on: date
    other_names: tuple[str, ...] = ()
    allowed_phrases: tuple[str, ...] = ()
    school: School | None = None
    other_schools: tuple[School, ...] = ()
    made_from: dict[str, str] = field(default_factory=dict)
    scratch: Path = Path()
    reason: str = ""

    @property
    def id(self) -> str:
        return self.spec.id

    def perform(self) -> Made:
        """Make the files; see :func:`make_report`."""
        return make_report(self)

    @property
    def log(self) -> Path:
        """Where the traceback and everything printed goes."""
        return self.workspace.outputs / str(self.spec.year) / "logs" / f"{self.spec.folder.name}-{self.spec.stem}.log"


@dataclass(frozen=True)
class Made:
    """What a report process answers.

    Parameters
    ----------
    outcome : ReportOutcome
        With where the files will be, if they were made.
    files : dict of Path
        Format → finished file in the task's scratch folder, on the disk already.
    records : dict of FileRecord
        Format → what it is and where it belongs.
    """

    outcome: ReportOutcome
    files: dict[str, Path] = field(default_factory=dict)
    records: dict[str, FileRecord] = field(default_factory=dict)


def make_report(task: ReportTask) -> Made:
    """Make the files of one report; never raises: a failure is an outcome.

    They are made and checked in the task's scratch folder; nothing else is touched but the log.
    """
    started = time.monotonic()
    task.log.with_suffix(".ipynb").unlink(missing_ok=True)
    try:
        task.scratch.mkdir(parents=True, exist_ok=True)
        files = _make_files(task, task.scratch)
        records = {kind: _record(task, path) for kind, path in files.items()}
    except Exception as failure:
        if isinstance(failure, _CellFailedError):
            message, details = str(failure), failure.details
        else:
            message, details = unexpected(failure), traceback.format_exc()
        with contextlib.suppress(OSError):  # a full disk has no place for a log either
            _log(task, details)
            _keep_failed_notebook(task, task.scratch)
        shutil.rmtree(task.scratch, ignore_errors=True)
        return Made(outcome_of(task, ReportStatus.FAILED, seconds=time.monotonic() - started, error=message))
    paths = {kind: record.path for kind, record in records.items()}
    outcome = outcome_of(task, ReportStatus.BUILT, files=paths, seconds=time.monotonic() - started)
    return Made(outcome, files, records)


def _record(task: ReportTask, path: Path) -> FileRecord:
    settle(path)
    where = (task.spec.folder / path.name).as_posix()
    return FileRecord(where, path.stat().st_size, digest_of(path), path.stat().st_mtime_ns)


def outcome_of(
    task: ReportTask,
    status: ReportStatus,
    *,
    files: dict[str, str] | None = None,
    seconds: float = 0.0,
    error: str | None = None,
) -> ReportOutcome:
    """Return the outcome of `task`."""
    spec = task.spec
    logged = task.log if status is ReportStatus.FAILED and task.log.is_file() else None
    return ReportOutcome(
        id=spec.id,
        municipality=spec.municipality_code,
        municipality_name=spec.title,
        direction=spec.direction.name,
        year=spec.year,
        status=status,
        files=files or {},
        seconds=seconds,
        error=error,
        log=logged.relative_to(task.workspace.outputs).as_posix() if logged else None,
        fingerprint=task.fingerprint,
        school=spec.school_id,
        school_name=spec.school_name,
        reason=task.reason,
    )


class _CellFailedError(Exception):
    def __init__(self, message: str, details: str) -> None:
        super().__init__(message)
        self.details = details


def _make_files(task: ReportTask, scratch: Path) -> dict[str, Path]:
    """Make and check all files of the report in `scratch`."""
    from oko_lib.report.exporters import ReportMeta, export
    from oko_lib.report.fingerprint import hand_over

    spec = task.spec
    seed_for(spec.id)
    hand_over(task.fingerprint)
    executed = _execute(task, scratch / f"{spec.stem}.ipynb")
    meta = ReportMeta(
        title=f"{spec.direction.title_ru}: {', '.join(part for part in (spec.school_title, spec.title) if part)}",
        school=spec.school_title,
        municipality=spec.title,
        direction=spec.direction.title_ru,
        year=str(spec.year),
        mode_mark=INTERNAL_MARK,
        fingerprint_short=task.fingerprint["short"],
        fingerprint=task.fingerprint,
        built_on=task.built_on,
    )
    executed.metadata["oko"] = {**meta.to_metadata(), "id": spec.id}
    notebook = scratch / f"{spec.stem}.ipynb"
    write_notebook(executed, notebook)
    made = {"ipynb": notebook, **export(executed, scratch, spec.stem, formats=task.formats, meta=meta)}
    if "pdf" in made:
        _verify(task, made["pdf"])
    return made


def _execute(task: ReportTask, output: Path) -> nbformat.NotebookNode:
    """Execute the notebook with its parameters and return it."""
    import papermill
    from papermill.exceptions import PapermillExecutionError

    source = task.workspace.notebooks / task.spec.notebook
    template = nbformat.read(source, as_version=4)
    check_notebook(template, task.spec.parameters_model, where=source.name)
    engine, options = _engine(task.engine)
    execute = partial(
        papermill.execute_notebook,
        template,
        # Papermill takes braces in a path for parameters to fill in.
        str(output).replace("{", "{{").replace("}", "}}"),
        parameters=task.parameters,
        engine_name=engine,
        kernel_name="python3",
        language="python",
        progress_bar=False,
        request_save_on_cell_execute=False,
        autosave_cell_every=0,
        **options,
    )
    try:
        with papermill_writes_compactly():
            executed = _with_start_retries(execute)
    except PapermillExecutionError as error:
        parameterised = nbformat.read(output, as_version=4)
        # Two marks were put before the failed cell after its index was taken.
        number = original_number(parameterised, error.cell_index + 2)
        message = cell_failure(error.ename, error.evalue, number, error.source)
        raise _CellFailedError(message, "\n".join(error.traceback) or str(error)) from None
    show_injected_parameters(executed, task.parameters)
    # Papermill notes where the files lay on this machine; a report is sent elsewhere.
    for key in ("input_path", "output_path", "parameters", "environment_variables"):
        executed.metadata.get("papermill", {}).pop(key, None)
    return executed


def _with_start_retries(execute: Callable[[], nbformat.NotebookNode]) -> nbformat.NotebookNode:
    """Try again when a kernel did not start; a kernel that died at work is the notebook's own doing."""
    for _ in range(START_ATTEMPTS - 1):
        try:
            return execute()
        except RuntimeError as error:
            if not kernel_did_not_start(error):
                raise
            time.sleep(1.0)
    return execute()


def _engine(name: str) -> tuple[str | None, dict[str, object]]:
    if name == "kernel":
        return None, {"extra_arguments": ["--InlineBackend.figure_formats={'svg'}"], "start_timeout": 120}
    return ENGINE_NAME, {}


def _verify(task: ReportTask, pdf: Path) -> None:
    spec = task.spec
    own = spec.title
    others = () if spec.is_region else task.other_names
    text = pdf_text(pdf)
    check_identity(text, own=own, region=spec.region_name, others=others, allowed=task.allowed_phrases)
    if task.school is not None:
        others = ((*item.names, *item.logins) for item in task.other_schools)
        check_school(text, own=task.school.names, logins=task.school.logins, others=others)


def _log(task: ReportTask, text: str) -> None:
    task.log.parent.mkdir(parents=True, exist_ok=True)
    with task.log.open("a", encoding="utf-8") as file:
        file.write(f"{task.spec.id}\n{text}\n")


def _keep_failed_notebook(task: ReportTask, scratch: Path) -> None:
    """Leave the notebook with the failed cell beside the log: opened in JupyterLab it shows where it stopped."""
    notebook = scratch / f"{task.spec.stem}.ipynb"
    if notebook.is_file():
        os.replace(notebook, task.log.with_suffix(".ipynb"))
