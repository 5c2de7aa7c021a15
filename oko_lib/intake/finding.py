"""Which files of the given paths are to be read."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

_TABLES = {".xlsx", ".xlsm", ".xls", ".xlsb", ".ods", ".csv", ".tsv"}
#: Files every system leaves behind; nobody wants to hear of them.
_LITTER = {"thumbs.db", "desktop.ini", ".ds_store"}


@dataclass(frozen=True)
class Found:
    """Files to read and files left aside."""

    files: list[Path]
    ignored: list[Path]
    missing: list[Path]


def find_files(paths: Iterable[Path]) -> Found:
    """Return the tables among the given files and, recursively, folders.

    Excel's lock files (``~$…``) and hidden files are passed over silently; a file given by name is always tried.
    """
    files: dict[Path, None] = {}
    ignored: dict[Path, None] = {}
    missing: list[Path] = []
    for path in paths:
        path = Path(path)
        if path.is_dir():
            for item in _walk(path):
                if item.name.startswith(("~$", ".")) or item.name.casefold() in _LITTER:
                    continue
                (files if _is_table(item) else ignored)[item] = None
        elif path.exists():
            files[path] = None
        else:
            missing.append(path)
    return Found(list(files), list(ignored), missing)


def _walk(folder: Path) -> list[Path]:
    found = []
    for root, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        found += [Path(root, name) for name in sorted(names)]
    return found


def _is_table(path: Path) -> bool:
    """Tell by the extension, and by the content when the extension tells nothing."""
    suffix = path.suffix.casefold()
    if suffix in _TABLES:
        return True
    if suffix in {"", ".dat", ".tmp", ".bin", ".download", ".zip"}:
        try:
            with zipfile.ZipFile(path) as archive:
                return any(name in {"xl/workbook.xml", "xl/workbook.bin", "content.xml"} for name in archive.namelist())
        except (zipfile.BadZipFile, OSError):
            return False
    return False
