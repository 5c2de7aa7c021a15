"""One writer at a time: a lock the operating system takes back when its holder dies."""

from __future__ import annotations

import json
import os
import platform
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO

from oko_lib.store.errors import StoreError

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None
    import msvcrt

#: The byte that is locked. It lies far behind the text, because on Windows a locked byte cannot be read by others.
_LOCKED_BYTE = 1 << 30
_PAUSE_SECONDS = 0.05


def take(file: IO[str]) -> bool:
    """Try to lock `file` without waiting."""
    try:
        if fcntl is not None:
            fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
        else:
            os.lseek(file.fileno(), _LOCKED_BYTE, os.SEEK_SET)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
    except OSError:
        return False
    return True


def release(file: IO[str]) -> None:
    """Give the lock on `file` back."""
    if fcntl is not None:
        fcntl.flock(file.fileno(), fcntl.LOCK_UN)
    else:
        os.lseek(file.fileno(), _LOCKED_BYTE, os.SEEK_SET)
        msvcrt.locking(file.fileno(), msvcrt.LK_UNLCK, 1)


def _describe_self() -> str:
    """Return the note a holder leaves in the locked file."""
    now = datetime.now().astimezone()
    return json.dumps({"pid": os.getpid(), "host": platform.node(), "since": now.isoformat(timespec="seconds")})


def describe_holder(path: Path) -> str:
    """Return who holds the lock, in Russian; the note may be missing or half written."""
    try:
        note = json.loads(path.read_text(encoding="utf-8"))
        since = datetime.fromisoformat(note["since"]).strftime("%d.%m.%Y %H:%M:%S")
        return f"процесс {note['pid']} на компьютере {note['host']}, начал {since}"
    except (OSError, ValueError, KeyError, TypeError):
        return "другой процесс"


@contextmanager
def exclusive(path: Path, wait_seconds: float, refusal: Callable[[str], Exception]) -> Iterator[None]:
    """Hold the lock on the file `path`, which is made if it is not there.

    Parameters
    ----------
    path : Path
        In a folder that exists.
    wait_seconds : float
        How long to wait for another holder.
    refusal : callable
        Given who holds the lock, in Russian, returns what to raise when it is still held after `wait_seconds`.
    """
    deadline = time.monotonic() + wait_seconds
    with path.open("a+", encoding="utf-8") as file:
        while not take(file):
            if time.monotonic() >= deadline:
                raise refusal(describe_holder(path))
            time.sleep(_PAUSE_SECONDS)
        try:
            file.seek(0)
            file.truncate()
            file.write(_describe_self())
            file.flush()
            yield
        finally:
            release(file)


def writer_lock(folder: Path, wait_seconds: float) -> AbstractContextManager[None]:
    """Hold the store's only right to write.

    Parameters
    ----------
    folder : Path
        Store folder; it exists.
    wait_seconds : float
        How long to wait for another writer.

    Raises
    ------
    StoreError
        If another process or thread still writes after `wait_seconds`; the message names it.
    """
    return exclusive(
        folder / "writer.lock",
        wait_seconds,
        lambda holder: StoreError(
            f"В хранилище {folder} сейчас пишет {holder}. "
            "Дождитесь, пока загрузка закончится, и повторите; читать данные можно и сейчас."
        ),
    )
