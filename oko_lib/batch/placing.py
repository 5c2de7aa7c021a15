"""Finished files go where they belong: at once, and without taking anything from anybody.

A file a person has changed since (a coordinator adds a paragraph to the Word report) is kept under another name. A file
that another program holds open (Windows refuses to replace it) stays, and the new one is put beside it.
"""

from __future__ import annotations

import json
import os
import shutil
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from oko_lib.batch.files import FileRecord, settle_folder

#: Formats a person writes in.
_EDITABLE = frozenset({"docx", "xlsx", "ipynb"})
_NEW = " (новый)"


@dataclass(frozen=True)
class Placed:
    """What was put in place.

    Parameters
    ----------
    files : dict of FileRecord
        Format → where it is and what it was.
    notes : tuple of str
        What the reader should know, in Russian.
    """

    files: dict[str, FileRecord]
    notes: tuple[str, ...] = ()


def proper_path(record: FileRecord) -> str:
    """Return where a file belongs, also while it had to be put beside the one that was open."""
    return record.path.replace(f"{_NEW}.", ".")


def place(made: Mapping[str, Path], records: Mapping[str, FileRecord], outputs: Path, ours: set[str]) -> Placed:
    """Move finished files into place.

    Parameters
    ----------
    made : mapping
        Format → finished file, on the same file system as `outputs`.
    records : mapping
        Format → what it is and where it belongs.
    outputs : Path
        Folder the paths are relative to.
    ours : set of str
        Digests of files this program has put there: anything else is a person's work and is kept.
    """
    files: dict[str, FileRecord] = {}
    notes: list[str] = []
    for kind, path in made.items():
        target = outputs / records[kind].path
        target.parent.mkdir(parents=True, exist_ok=True)
        notes += _keep_edited(kind, target, ours)
        files[kind], note = _put(path, target, records[kind])
        if note:
            notes.append(note)
    for folder in {(outputs / record.path).parent for record in files.values()}:
        settle_folder(folder)
    return Placed(files, tuple(notes))


def finish_placing(record: FileRecord, outputs: Path, ours: set[str], kind: str) -> tuple[FileRecord, list[str]]:
    """Try again to put a file in place that stands beside the one that was open."""
    path, target = outputs / record.path, outputs / proper_path(record)
    if path == target or not path.is_file():
        return record, []
    notes = _keep_edited(kind, target, ours)
    placed, note = _put(path, target, replace(record, path=proper_path(record)))
    return placed, [*notes, *([note] if note else [])]


def is_persons_work(kind: str, path: Path, record: FileRecord) -> bool:
    """Tell whether a person has changed the file since it was built, and it is whole."""
    return kind in _EDITABLE and path.is_file() and not record.is_at(path) and _is_whole(kind, path)


def _put(path: Path, target: Path, record: FileRecord) -> tuple[FileRecord, str | None]:
    try:
        os.replace(path, target)
        moved, note = target, None
    except PermissionError:
        moved = target.with_name(f"{target.stem}{_NEW}{target.suffix}")
        if moved != path:
            os.replace(path, moved)
        note = (
            f"Файл {target.name} открыт в другой программе и не заменён: новый лежит рядом под именем «{moved.name}». "
            "Закройте файл и запустите oko run ещё раз: новый встанет на место."
        )
    else:
        beside = target.with_name(f"{target.stem}{_NEW}{target.suffix}")
        beside.unlink(missing_ok=True)
    relative = (Path(record.path).parent / moved.name).as_posix()
    return replace(record, path=relative, mtime_ns=moved.stat().st_mtime_ns), note


def _keep_edited(kind: str, target: Path, ours: set[str]) -> list[str]:
    """Copy a file that a person has changed to a name of its own."""
    from oko_lib.batch.files import digest_of

    if kind not in _EDITABLE or not ours or not target.is_file():
        return []
    if digest_of(target) in ours or not _is_whole(kind, target):
        return []
    changed = datetime.fromtimestamp(target.stat().st_mtime)
    kept = target.with_name(f"{target.stem} (правка {changed:%Y-%m-%d %H-%M-%S}){target.suffix}")
    # A copy, not a move: the name is never without a file. Its time stays the person's.
    shutil.copy2(target, kept)
    return [f"Файл {target.name} кто-то правил после построения: правка сохранена под именем «{kept.name}»."]


def _is_whole(kind: str, path: Path) -> bool:
    """Tell whether a file can be read at all; half of one is nobody's work."""
    try:
        if kind == "ipynb":
            return isinstance(json.loads(path.read_text(encoding="utf-8")), dict)
        with zipfile.ZipFile(path) as archive:
            return archive.testzip() is None
    except (OSError, ValueError, zipfile.BadZipFile, EOFError):
        return False
