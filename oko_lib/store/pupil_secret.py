"""With which secret the keys of pupils in the store were made: its fingerprint, kept beside the tables.

It travels with the store: whoever restores a store without its secret, or with another one, is told so at intake.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from oko_lib.store.errors import StoreError

_FILE = "pupil_secret"
_FINGERPRINT = re.compile(r"[0-9a-f]{12}")


def kept_fingerprint(folder: Path) -> str | None:
    """Return the fingerprint kept in a store, None when it has no keys of pupils.

    Raises
    ------
    StoreError
        If the file is there and holds no fingerprint.
    """
    try:
        text = (folder / _FILE).read_text(encoding="ascii", errors="replace").strip()
    except FileNotFoundError:
        return None
    if not _FINGERPRINT.fullmatch(text):
        raise StoreError(
            f"Хранилище повреждено: в файле {folder / _FILE} нет отпечатка секрета ключей учеников. Верните файл из "
            "резервной копии (docs/ru/pupil_keys.md)."
        )
    return text


def keep_fingerprint(folder: Path, fingerprint: str) -> None:
    """Keep the fingerprint; done before the first rows with keys, so that no key is ever without it."""
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / f".{_FILE}.{os.getpid()}"
    with part.open("w", encoding="ascii") as file:
        file.write(fingerprint + "\n")
        file.flush()
        os.fsync(file.fileno())
    os.replace(part, folder / _FILE)
