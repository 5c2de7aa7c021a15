"""A run started from a notebook: a process of its own that outlives the kernel."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from oko_lib.batch.plan import Selection
from oko_lib.settings.workspace import Workspace

#: The ``oko`` command of the very environment the kernel runs in.
PROGRAM = (sys.executable, "-m", "oko_lib.cli")
LOG_NAME = ".run-panel.log"
#: What belongs to the kernel and would mislead another process.
_KERNELS_OWN = ("MPLBACKEND", "JPY_", "PYDEVD_", "IPY_", "CLICOLOR", "FORCE_COLOR", "TERM", "PAGER", "GIT_PAGER")
_LAST_LINES = 6
#: Starts the command it is given, prints its process number and ends: on Windows a kernel ends all its children with
#: itself, but not the children of a child that is gone.
_LAUNCHER = """
import subprocess, sys
quiet = subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW
with open(sys.argv[1], "wb") as log:
    started = subprocess.Popen(
        sys.argv[2:], stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, creationflags=quiet
    )
print(started.pid)
"""


@dataclass
class Launched:
    """A started run.

    Parameters
    ----------
    process : psutil.Process or None
        None when it has ended before it could be looked at.
    log : Path
        What it prints.
    """

    process: psutil.Process | None
    log: Path

    @property
    def alive(self) -> bool:
        """Whether it still runs; a process that has ended and was not waited for does not."""
        if self.process is None:
            return False
        with suppress(psutil.Error):
            self.process.wait(timeout=0)
        try:
            return self.process.is_running() and self.process.status() != psutil.STATUS_ZOMBIE
        except psutil.Error:
            return False

    def end(self) -> None:
        """End it the hard way: for a run that has not yet entered itself in the journal."""
        if self.process is not None:
            with suppress(psutil.Error):
                self.process.terminate()

    def last_words(self) -> str:
        """Return the last lines it printed."""
        try:
            lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError:
            return ""
        return "\n".join([line for line in lines if line.strip()][-_LAST_LINES:])


def arguments_of(selection: Selection, workspace: Workspace, *, force: bool = False) -> list[str]:
    """Return the arguments of ``oko`` that build `selection`."""
    arguments = ["run", "--root", str(workspace.root)]
    for option, values in (
        ("--municipality", selection.municipalities),
        ("--direction", selection.directions),
        ("--school", selection.schools),
    ):
        for value in values:
            arguments += [option, value]
    flags = (
        ("--all", selection.all),
        ("--region", selection.region),
        ("--no-schools", selection.no_schools),
        ("--force", force),
    )
    arguments += [name for name, wanted in flags if wanted]
    return arguments if selection.year is None else [*arguments, "--year", str(selection.year)]


def launch(
    arguments: Sequence[str], workspace: Workspace, program: Sequence[str] = PROGRAM, log_name: str = LOG_NAME
) -> Launched:
    """Start ``oko`` with `arguments` so that neither a restart nor the end of the kernel touches it.

    Parameters
    ----------
    program : sequence of str
        What to start; by default this environment's ``oko``.
    log_name : str
        File among the outputs for what it prints: two kinds of work do not overwrite each other's.
    """
    log = workspace.outputs / log_name
    log.parent.mkdir(parents=True, exist_ok=True)
    command = [*program, *arguments]
    environment = _environment(os.environ)
    if os.name == "nt":
        made = subprocess.run(
            [sys.executable, "-c", _LAUNCHER, str(log), *command],
            env=environment,
            cwd=workspace.root,
            stdout=subprocess.PIPE,
            creationflags=subprocess.CREATE_NO_WINDOW,
            check=True,
        )
        pid = int(made.stdout)
    else:
        # Its own session: the interrupt and the end of a kernel go to the kernel's process group.
        with log.open("wb") as output:
            pid = subprocess.Popen(
                command,
                env=environment,
                cwd=workspace.root,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            ).pid
    try:
        return Launched(psutil.Process(pid), log)
    except psutil.NoSuchProcess:
        return Launched(None, log)


def _environment(present: Mapping[str, str]) -> dict[str, str]:
    kept = {name: value for name, value in present.items() if not name.startswith(_KERNELS_OWN)}
    return {**kept, "PYTHONUTF8": "1", "PYTHONUNBUFFERED": "1"}
