"""A report built on another machine than the one that asks for it: what must be equal, and what travels back."""

from __future__ import annotations

import hashlib
import os
import pickle
import platform
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path, PurePosixPath
from typing import Any

from oko_lib.batch.explain import unexpected
from oko_lib.batch.files import digest_of, settle, write_whole
from oko_lib.batch.ingredients import code_version, files_digest, library_versions, of_norms
from oko_lib.batch.options import RunOptions
from oko_lib.batch.outcomes import ReportStatus
from oko_lib.batch.parameters import show_injected_parameters
from oko_lib.batch.pool import Answer
from oko_lib.batch.worker import Made, ReportTask, make_report, outcome_of
from oko_lib.settings.loading import SettingsError
from oko_lib.settings.workspace import ROOT_VARIABLE, Workspace
from oko_lib.store import Snapshot, Store, StoreError

_AGAIN = "и запустите oko run ещё раз."


class RefusedError(Exception):
    """A report built here would not be the one asked for; the message says why and what to do.

    Parameters
    ----------
    message : str
        In Russian.
    for_all : bool
        It would be so for every report of the run.
    """

    def __init__(self, message: str, for_all: bool = True) -> None:
        super().__init__(message)
        self.for_all = for_all


def description_of_run(workspace: Workspace, snapshot: Snapshot, options: RunOptions) -> dict[str, Any]:
    """Return what another machine must know of the run and have the same; plain values any version can read."""
    return {
        "root": str(workspace.root),
        "code": code_version(),
        "libraries": library_versions(),
        "data": snapshot.fingerprint,
        "sequence": snapshot.sequence,
        "method": options.method,
        "timeout": options.timeout,
        "memory": options.memory,
    }


@dataclass(frozen=True)
class AwayWorkspace(Workspace):
    """A working place whose outputs lie elsewhere: files made here belong to another machine."""

    outputs_folder: Path = Path()

    @property
    def outputs(self) -> Path:
        return self.outputs_folder


@dataclass(frozen=True)
class AwayTask(ReportTask):
    """A task moved to this machine's folders.

    Parameters
    ----------
    key : str
        Name of the order.
    home_parameters : dict
        The notebook's parameters as they are where the report belongs.
    """

    key: str = ""
    home_parameters: dict[str, object] = field(default_factory=dict)

    def perform(self) -> Made:
        made = make_report(self)
        if made.outcome.status is ReportStatus.BUILT and self.parameters != self.home_parameters:
            return self._as_at_home(made)
        return made

    def _as_at_home(self, made: Made) -> Made:
        """Let the notebook name the folder of the machine it is going to, not of this one."""
        import nbformat

        from oko_lib.batch.notebook_file import write_notebook

        path = made.files["ipynb"]
        notebook = nbformat.read(path, as_version=4)
        show_injected_parameters(notebook, self.home_parameters)
        write_notebook(notebook, path)
        settle(path)
        found = path.stat()
        record = replace(made.records["ipynb"], size=found.st_size, sha256=digest_of(path), mtime_ns=found.st_mtime_ns)
        return replace(made, records={**made.records, "ipynb": record})


@dataclass(frozen=True)
class Place:
    """This machine's copy of the working place, found to be the same.

    Parameters
    ----------
    workspace : Workspace
        Where it lies here.
    snapshot : Snapshot
        The data of the run, in the files of this machine.
    folder : Path
        For files in the making.
    """

    workspace: Workspace
    snapshot: Snapshot
    folder: Path

    @property
    def root(self) -> Path:
        return self.workspace.root

    @classmethod
    def checked(cls, run: Mapping[str, Any]) -> Place:
        """Find the working place and compare it with that of `run`.

        Raises
        ------
        RefusedError
            If the program, a library or the data are not the same.
        """
        machine = f"На машине {platform.node()}"
        if run["code"] != code_version():
            raise RefusedError(
                f"{machine} другая версия программы ({code_version()}, а у вас {run['code']}): поставьте там ту же "
                f"версию {_AGAIN}"
            )
        ours = library_versions()
        differing = [
            f"{name} {ours.get(name, 'нет')}, а у вас {wanted}"
            for name, wanted in run["libraries"].items()
            if ours.get(name) != wanted
        ]
        if differing:
            raise RefusedError(
                f"{machine} другие версии библиотек ({'; '.join(differing)}): повторите там установку {_AGAIN}"
            )
        workspace = Workspace.at(os.environ.get(ROOT_VARIABLE) or run["root"])
        if not workspace.store.is_dir():
            raise RefusedError(
                f"{machine} нет данных: не найдена папка {workspace.store}. Скопируйте туда рабочую папку или откройте "
                f"к ней сетевой доступ, укажите её в переменной {ROOT_VARIABLE}, запустите dask worker заново {_AGAIN}"
            )
        try:
            snapshot = Store(workspace.store).snapshot(run["sequence"] or None)
        except StoreError as error:
            raise RefusedError(f"{machine} {_OTHER_DATA.format(workspace.store, str(error))} {_AGAIN}") from error
        if snapshot.fingerprint != run["data"]:
            versions = f"версия {snapshot.version}, а у вас {run['data'][:12]}"
            raise RefusedError(f"{machine} {_OTHER_DATA.format(workspace.store, versions)} {_AGAIN}")
        return cls(workspace, snapshot, Path(run["folder"]))

    def admit(self, task: ReportTask, key: str) -> AwayTask:
        """Return the task moved to this machine's folders.

        Raises
        ------
        RefusedError
            If its notebook or its parameter files are not the same here.
        """
        self._compare(task)
        folder = self.folder / key
        changes = {
            "workspace": AwayWorkspace(self.root, outputs_folder=folder),
            "scratch": folder / "made",
            "parameters": {**task.parameters, "workspace_root": str(self.root)},
        }
        same = {item.name: getattr(task, item.name) for item in fields(ReportTask)}
        return AwayTask(**{**same, **changes}, key=key, home_parameters=task.parameters)

    def _compare(self, task: ReportTask) -> None:
        machine = f"На машине {platform.node()}"
        notebook = self.workspace.notebooks / task.spec.notebook
        found = files_digest([notebook], notebook.parent) if notebook.is_file() else None
        if found != task.made_from["notebook"]:
            what = "нет тетради" if found is None else "другая тетрадь"
            raise RefusedError(f"{machine} {what} {notebook}: скопируйте туда папку notebooks {_AGAIN}", for_all=False)
        try:
            norms = of_norms(self.workspace, task.spec.direction)
        except SettingsError as error:
            raise RefusedError(f"{machine}: {error}", for_all=False) from error
        wanted = {name: value for name, value in task.made_from.items() if name.startswith("norms:")}
        differing = sorted(name.removeprefix("norms:") for name in {*dict(norms.items() ^ wanted.items())})
        if differing:
            raise RefusedError(
                f"{machine} другие параметры ({', '.join(differing)}): скопируйте туда папку "
                f"{self.workspace.parameters} {_AGAIN}",
                for_all=False,
            )


_OTHER_DATA = "другие данные в папке {} ({}): скопируйте туда вашу папку data/store"


def packed(task: AwayTask, answer: Answer) -> dict[str, Any]:
    """Return an answer with the content of its files, and clear them away here."""
    content: dict[str, Any] = {
        "exit_code": answer.exit_code,
        "timed_out": answer.timed_out,
        "memory": answer.memory,
        "never_began": answer.never_began,
        "seconds": answer.seconds,
        "files": {},
        "logs": {},
    }
    made = answer.result
    try:
        if isinstance(made, Made):
            content["files"] = {kind: path.read_bytes() for kind, path in made.files.items()}
        content["logs"] = {path.suffix: path.read_bytes() for path in log_files(task) if path.is_file()}
    except OSError as error:
        made = Made(outcome_of(task, ReportStatus.FAILED, seconds=answer.seconds, error=unexpected(error)))
        content["files"] = {}
    # Paths of this machine mean nothing on another, and may not even be opened there.
    content["made"] = pickle.dumps(replace(made, files={})) if isinstance(made, Made) else None
    shutil.rmtree(task.workspace.outputs, ignore_errors=True)
    return content


def sendable(task: ReportTask) -> bytes:
    """Return the task without the folders of this machine, for :meth:`Place.admit` of another."""
    return pickle.dumps(replace(task, workspace=None, scratch=None))


def unpacked(task: ReportTask, content: Mapping[str, Any]) -> Answer:
    """Write what came back into the task's scratch folder, its logs where they belong, and return the answer.

    Raises
    ------
    ValueError
        If a file is not as it was made.
    """
    for path in log_files(task):
        written = content["logs"].get(path.suffix) if content.get("logs") else None
        if written is None:
            path.unlink(missing_ok=True)
        else:
            write_whole(path, written)
    made = pickle.loads(content["made"]) if content["made"] is not None else None
    if made is not None:
        made = replace(made, files=_written(task, made, content["files"]))
    return Answer(
        task,
        made,
        exit_code=content.get("exit_code"),
        timed_out=content.get("timed_out", False),
        memory=content.get("memory"),
        never_began=content.get("never_began", False),
        seconds=content.get("seconds", 0.0),
    )


def _written(task: ReportTask, made: Made, files: Mapping[str, bytes]) -> dict[str, Path]:
    task.scratch.mkdir(parents=True, exist_ok=True)
    paths = {}
    for kind, record in made.records.items():
        if len(files[kind]) != record.size or hashlib.sha256(files[kind]).hexdigest() != record.sha256:
            raise ValueError(f"{record.path}: changed on its way")
        paths[kind] = task.scratch / PurePosixPath(record.path).name
        paths[kind].write_bytes(files[kind])
        settle(paths[kind])
    return paths


def log_files(task: ReportTask) -> tuple[Path, Path]:
    """Return where a report's log and the notebook with its failed cell are left."""
    return task.log, task.log.with_suffix(".ipynb")
