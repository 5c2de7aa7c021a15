"""Files written through to the disk, and what is remembered of them."""

from __future__ import annotations

import contextlib
import hashlib
import os
from dataclasses import asdict, dataclass
from pathlib import Path

_CHUNK = 1 << 20


@dataclass(frozen=True)
class FileRecord:
    """A file as it was made.

    Parameters
    ----------
    path : str
        Relative to ``outputs``, with forward slashes.
    size : int
        Bytes.
    sha256 : str
        Digest of the content.
    mtime_ns : int
        Time of the last change; where it and the size are as remembered the content is not read again.
    """

    path: str
    size: int
    sha256: str
    mtime_ns: int = 0

    def to_json(self) -> dict:
        """Return the form kept in the journal."""
        return asdict(self)

    def is_at(self, path: Path) -> bool:
        """Tell whether the file at `path` is the one remembered."""
        try:
            found = path.stat()
        except OSError:
            return False
        if found.st_size != self.size:
            return False
        return found.st_mtime_ns == self.mtime_ns or digest_of(path) == self.sha256


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file's content."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def settle(path: Path) -> None:
    """Wait until the file's content is on the disk: a name must never appear before what it names."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def settle_folder(folder: Path) -> None:
    """Wait until the folder's entries are on the disk, where the system can say so."""
    if os.name != "posix":
        return
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def write_whole(path: Path, content: str | bytes) -> None:
    """Write a file so that a reader meets the old or the new one, never half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    data = content.encode() if isinstance(content, str) else content
    try:
        temporary.write_bytes(data)
        settle(temporary)
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
