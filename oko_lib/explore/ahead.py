"""Years nobody has looked at yet, computed beside: the explorer then shows them without making anybody wait."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

from oko_lib.indicators.regional import KEPT, file_cache_in_use
from oko_lib.settings.workspace import Workspace

PROGRAM = (sys.executable, "-m", "oko_lib.explore.ahead_process")
_LOG_NAME = ".ahead.log"

#: Working place → the process that computes for this kernel.
_STARTED: dict[Path, subprocess.Popen] = {}


def read_ahead(workspace: Workspace, direction: str, years: int = KEPT) -> None:
    """Have the results of a direction's newest years computed into the cache, with low priority.

    Only a kernel asks for that: where no event loop runs (in a batch, in a test) nothing is started. What cannot be
    started is no trouble: the results are then computed when they are looked at.

    Parameters
    ----------
    workspace : Workspace
    direction : str
        Name of the direction, or ``indicators`` for the values of all.
    years : int
        So many of the newest.
    """
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return
    if file_cache_in_use():
        order(workspace, direction, years)


def order(workspace: Workspace, direction: str, years: int) -> subprocess.Popen | None:
    """Give the order to the process of the working place, which is started when there is none; return it."""
    line = (json.dumps({"direction": direction, "years": years}) + "\n").encode()
    for process in (_STARTED.get(workspace.root), None):
        # The pipe is also the process's lifeline: it ends with the kernel.
        with suppress(OSError):
            found = process or _start(workspace)
            assert found.stdin is not None
            found.stdin.write(line)
            found.stdin.flush()
            _STARTED[workspace.root] = found
            return found
    return None


def _start(workspace: Workspace) -> subprocess.Popen:
    log = workspace.outputs / _LOG_NAME
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        started = subprocess.Popen(
            [*PROGRAM, str(workspace.root)],
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=workspace.root,
            # One thread each: what is computed beside must not take the other processors from who looks.
            env={**os.environ, "PYTHONUTF8": "1", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
    # Whoever has ended and is not waited for stays in the list of processes.
    threading.Thread(target=started.wait, daemon=True).start()
    return started
