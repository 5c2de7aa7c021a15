"""One run at a time per folder of outputs: a lock the operating system takes back when its holder dies."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path

from oko_lib.settings.loading import SettingsError
from oko_lib.settings.workspace import Workspace
from oko_lib.store.lock import exclusive, release, take

#: Whoever asks for the state of a run holds the lock for an instant, the last forks of a killed run a little longer.
_PATIENCE_SECONDS = 3.0


def _path(workspace: Workspace) -> Path:
    return workspace.outputs / "run.lock"


def run_lock(workspace: Workspace) -> AbstractContextManager[None]:
    """Hold the only right to write into the outputs of `workspace`.

    Raises
    ------
    SettingsError
        If another run holds it; the message names it.
    """
    path = _path(workspace)
    path.parent.mkdir(parents=True, exist_ok=True)
    return exclusive(
        path,
        _PATIENCE_SECONDS,
        lambda holder: SettingsError(
            f"Отчёты в этой папке уже строит {holder}. Дождитесь конца (oko status покажет, сколько осталось) "
            "или остановите: oko status --stop. Второе построение не начато."
        ),
    )


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
