"""The intake in a process of its own: ``python -m oko_lib.explore.load_process``, started by the panel.

It does what ``oko ingest`` does, with the same report, and writes how far it is where the panel looks. So a kernel
that is restarted meanwhile finds the intake again, and what it said at its end.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import psutil

from oko_lib.settings.plain_errors import PlainError
from oko_lib.settings.workspace import Workspace

STATE_NAME = ".load-panel.json"
LOG_NAME = ".load-panel.log"
PROGRAM = (sys.executable, "-m", "oko_lib.explore.load_process")
#: So often progress is written: a disk on a network is slow.
_PROGRESS_SECONDS = 0.3
#: Another program may look into the file just when it is to be replaced; Windows then refuses for a moment.
_TRIES = 20


@dataclass(frozen=True)
class LoadState:
    """An intake as the panel sees it.

    Parameters
    ----------
    state : str
        ``running``, ``finished`` or ``failed``.
    pid : int
    born : float
        When the process began: numbers of processes come again.
    started : str
        When, ISO.
    paths : list of str
        What is taken in.
    done, total : int
        Files read, and of how many.
    name : str
        File read last.
    report : dict or None
        What ``oko ingest --json`` prints.
    error : str
        Why it failed, in words.
    """

    state: str
    pid: int
    born: float
    started: str
    paths: list[str]
    done: int = 0
    total: int = 0
    name: str = ""
    report: dict[str, Any] | None = None
    error: str = ""
    options: dict[str, Any] = field(default_factory=dict)

    @property
    def is_running(self) -> bool:
        """Whether its process is still there."""
        if self.state != "running":
            return False
        with suppress(psutil.Error):
            process = psutil.Process(self.pid)
            with suppress(psutil.TimeoutExpired):
                process.wait(timeout=0)  # one of our own that has ended would linger
            return process.is_running() and abs(process.create_time() - self.born) < 1
        return False


def read_state(workspace: Workspace) -> LoadState | None:
    """Return the newest intake started from a panel here; None if there was none."""
    for _ in range(_TRIES):
        try:
            return LoadState(**json.loads((workspace.outputs / STATE_NAME).read_text(encoding="utf-8")))
        except FileNotFoundError:
            return None
        except PermissionError:
            time.sleep(0.05)
        except (OSError, ValueError, TypeError):
            return None
    return None


class Teller:
    """Writes the state of an intake where the panel looks.

    Parameters
    ----------
    workspace : Workspace
    paths : sequence of str
        What is taken in.
    options : dict
        What was said of files that do not say it themselves.
    """

    def __init__(self, workspace: Workspace, paths: Sequence[str], options: dict[str, Any]) -> None:
        self._file = workspace.outputs / STATE_NAME
        self._said = {
            "state": "running",
            "pid": os.getpid(),
            "born": psutil.Process().create_time(),
            "started": datetime.now().astimezone().isoformat(),
            "paths": list(paths),
            "options": options,
        }
        self._last = 0.0

    def say(self, **news: Any) -> None:
        """Write what is new; what cannot be written is said next time."""
        self._said |= news
        self._file.parent.mkdir(parents=True, exist_ok=True)
        unfinished = self._file.with_suffix(".part")
        for _ in range(_TRIES):
            try:
                unfinished.write_text(json.dumps(self._said, ensure_ascii=False), encoding="utf-8")
                os.replace(unfinished, self._file)
                return
            except PermissionError:
                time.sleep(0.05)

    def progress(self, done: int, total: int, name: str = "") -> None:
        """Write how far it is, not too often."""
        now = time.monotonic()
        if done in (0, total) or now - self._last >= _PROGRESS_SECONDS:
            self._last = now
            self.say(done=done, total=total, name=name)


def take_in(root: str, paths: Sequence[str], options: dict[str, Any]) -> int:
    """Take files in and tell of it; return the exit code."""
    from oko_lib.intake import IntakeOptions, ingest

    workspace = Workspace.at(root)
    teller = Teller(workspace, paths, options)
    teller.say()
    try:
        report = ingest(list(paths), workspace, options=IntakeOptions(**options), progress=teller.progress)
    except PlainError as error:
        teller.say(state="failed", error=str(error))
        return 1
    except OSError as error:
        name = f" «{error.filename}»" if error.filename else ""
        teller.say(state="failed", error=f"Не удалось прочитать или записать{name}: {error.strerror or error}.")
        return 1
    except Exception as error:
        # The texts of exceptions may quote cells, and cells names of children: only the place is kept.
        from oko_lib.intake.quiet_errors import where_it_broke

        print(where_it_broke(error), file=sys.stderr)
        words = f"Внутренняя ошибка. Передайте разработчику файл {workspace.outputs / LOG_NAME}"
        teller.say(state="failed", error=words)
        return 1
    teller.say(state="finished", report=report.to_json())
    with suppress(PlainError, OSError):
        _keep_start_page(workspace)
    return 0 if report.ok else 1


def _keep_start_page(workspace: Workspace) -> None:
    """Leave the start page as it is now: counting a region's rows takes a second nobody then has to wait."""
    from oko_lib.explore.start_cache import keep
    from oko_lib.explore.start_page import start_content
    from oko_lib.store import Store

    if workspace.store.is_dir():
        keep(workspace, start_content(workspace, Store(workspace.store).snapshot()))


def arguments_of(workspace: Workspace, paths: Sequence[Path], options: dict[str, Any]) -> list[str]:
    """Return the arguments of this module's program."""
    return [str(workspace.root), json.dumps(options, ensure_ascii=False), *map(str, paths)]


if __name__ == "__main__":
    _root, _options, *_paths = sys.argv[1:]
    sys.exit(take_in(_root, _paths, json.loads(_options)))
