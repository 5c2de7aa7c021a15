"""Files uploaded through the browser, put where the intake finds them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from oko_lib.settings.workspace import Workspace

#: Names Windows keeps for devices; a file called so cannot be opened there.
_DEVICES = re.compile(r"^(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.IGNORECASE)
_FORBIDDEN = re.compile(r'[\x00-\x1f<>:"|?*]+')


@dataclass(frozen=True)
class Saved:
    """What became of uploaded files.

    Parameters
    ----------
    folder : Path
        Where they are.
    files : tuple of Path
        Written now.
    there : tuple of str
        Names of those that lay there already with the same content.
    """

    folder: Path
    files: tuple[Path, ...] = ()
    there: tuple[str, ...] = ()


def save_uploads(uploaded: Iterable[Mapping], workspace: Workspace, day: date) -> Saved:
    """Write uploaded files into the day's folder, none over another.

    Parameters
    ----------
    uploaded : iterable of mapping
        ``name`` and ``content`` (bytes), as the widget gives them.
    workspace : Workspace
    day : date
        Names the folder: ``data/raw/загрузка-2026-11-23``.
    """
    folder = workspace.raw / f"загрузка-{day.isoformat()}"
    folder.mkdir(parents=True, exist_ok=True)
    files, there = [], []
    for item in uploaded:
        content = bytes(item["content"])
        path = folder / safe_name(str(item["name"]))
        number = 2
        while path.exists() and path.read_bytes() != content:
            own = folder / safe_name(str(item["name"]))
            path = own.with_name(f"{own.stem} ({number}){own.suffix}")
            number += 1
        if path.exists():
            there.append(path.name)
            continue
        path.write_bytes(content)
        files.append(path)
    return Saved(folder, tuple(files), tuple(there))


def safe_name(name: str) -> str:
    """Return the name of a file without folders and without what a file system refuses."""
    last = re.split(r"[\\/]", name)[-1]
    cleaned = _FORBIDDEN.sub("_", last).strip(" .")
    if not cleaned or _DEVICES.match(cleaned):
        cleaned = f"файл {cleaned}".strip()
    return cleaned
