"""One run at a time per folder of outputs: a lock the operating system takes back when its holder dies."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from oko_lib.settings.loading import SettingsError
from oko_lib.settings.workspace import Workspace
from oko_lib.store.lock import describe_holder, describe_self, release, take

#: Whoever asks for the state of a run holds the lock for an instant, the last forks of a killed run a little longer.
_PATIENCE_SECONDS = 3.0
_PAUSE_SECONDS = 0.05


def _path(workspace: Workspace) -> Path:
    return workspace.outputs / "run.lock"


@contextmanager
def run_lock(workspace: Workspace) -> Iterator[None]:
    """Hold the only right to write into the outputs of `workspace`.

    Raises
    ------
    SettingsError
        If another run holds it; the message names it.
    """
    path = _path(workspace)
    path.parent.mkdir(parents=True, exist_ok=True)
    deadline = time.monotonic() + _PATIENCE_SECONDS
    with path.open("a+", encoding="utf-8") as file:
        while not take(file):
            if time.monotonic() >= deadline:
                raise SettingsError(
                    f"Отчёты в этой папке уже строит {describe_holder(path)}. Дождитесь конца (oko status покажет, "
                    "сколько осталось) или остановите: oko status --stop. Второе построение не начато."
                )
            time.sleep(_PAUSE_SECONDS)
        try:
            file.seek(0)
            file.truncate()
            file.write(describe_self())
            file.flush()
            yield
        finally:
            release(file)


def is_running(workspace: Workspace) -> bool:
    """Tell whether some process is building reports in `workspace`."""
    path = _path(workspace)
    if not path.is_file():
        return False
    with path.open("a+", encoding="utf-8") as file:
        if not take(file):
            return True
        release(file)
    return False
