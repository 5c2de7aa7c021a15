"""Places of visible rows in the files of which not all is visible: found once, then kept beside the store.

A place is a row's number in its file; a bit per place says whether the row is visible. Which bits are set follows from
the key of the part (``source.py``), so what is kept can be missing but never out of date; a damaged file is noticed by
its checksum and made anew.
"""

from __future__ import annotations

import hashlib
import logging
import os
import secrets
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from oko_lib.store.source import Part

logger = logging.getLogger(__name__)

_FOLDER = "places"
_CHECK = 32
#: So many parts are remembered by a process; where the folder may not be written nothing else keeps them.
_REMEMBERED = 64
_remembered: dict[str, Places] = {}


@dataclass(frozen=True)
class Places:
    """Visible places of all files of a part.

    Parameters
    ----------
    stride : int
        Places counted per file, a multiple of eight; the last ones are of no row.
    bits : bytes
        One bit per place, file after file, first place in the highest bit.
    """

    stride: int
    bits: bytes


def places_of(part: Part, root: Path, find: Callable[[], Iterable[tuple[int, np.ndarray]]]) -> Places:
    """Return the visible places of `part`, kept ones if there are any.

    Parameters
    ----------
    part : Part
        Files of which not all is visible.
    root : Path
        Store folder.
    find : callable
        Finds for every file its number of rows and the places that are visible.
    """
    known = _remembered.get(part.key) or _read(root / _FOLDER / part.key, len(part.files))
    if known is None:
        known = _pack(list(_bits_of_files(find())))
        _keep(root / _FOLDER / part.key, known)
    if len(_remembered) >= _REMEMBERED:
        _remembered.clear()
    _remembered[part.key] = known
    return known


def forget_others(root: Path, table: str, keys: Collection[str]) -> None:
    """Delete what is kept for other parts of `table` than those of `keys`; whoever still needs it finds it anew."""
    folder = root / _FOLDER
    for path in folder.iterdir() if folder.is_dir() else ():
        if path.name.startswith(f"{table}.") and path.name not in keys:
            path.unlink(missing_ok=True)


def _bits_of_files(found: Iterable[tuple[int, np.ndarray]]) -> Iterable[np.ndarray]:
    for rows, places in found:
        visible = np.zeros(rows, dtype=bool)
        visible[places] = True
        yield np.packbits(visible)


def _pack(files: list[np.ndarray]) -> Places:
    width = max(1, *(len(bits) for bits in files))
    whole = b"".join(bits.tobytes().ljust(width, b"\0") for bits in files)
    return Places(8 * width, whole)


def _read(path: Path, files: int) -> Places | None:
    try:
        content = path.read_bytes()
    except OSError:
        return None
    check, bits = content[:_CHECK], content[_CHECK:]
    if not bits or len(bits) % files or hashlib.sha256(bits).digest() != check:
        return None
    return Places(8 * len(bits) // files, bits)


def _keep(path: Path, places: Places) -> None:
    """Put the whole file in its place at once; a store one may only read does without."""
    half = path.with_name(f"{path.name}.{secrets.token_hex(4)}.part")
    try:
        path.parent.mkdir(exist_ok=True)
        half.write_bytes(hashlib.sha256(places.bits).digest() + places.bits)
        os.replace(half, path)
    except OSError as error:
        logger.info("places of visible rows are not kept: %s", error)
        half.unlink(missing_ok=True)
