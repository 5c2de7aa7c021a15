"""Files that appear whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path


def write_atomically(path: Path, write: Callable[[Path], object]) -> Path:
    """Let ``write(temporary_path)`` make the file, then put it in place of ``path`` in one step.

    A crash, a full disk or a reader at the wrong moment never meets half a report. The temporary file lies in the same
    folder (``os.replace`` is atomic only within one file system) and keeps the suffix, which some writers insist on.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.stem[:40]}-", suffix=path.suffix, dir=path.parent)
    os.close(handle)
    temporary = Path(name)
    try:
        write(temporary)
        _use_default_permissions(temporary)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
    return path


def _use_default_permissions(path: Path) -> None:
    """``mkstemp`` makes files only the owner can read; a report is for sharing like any other file."""
    if os.name == "posix":
        mask = os.umask(0)
        os.umask(mask)
        path.chmod(0o666 & ~mask)
