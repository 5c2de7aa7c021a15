"""Results about the whole region, computed once: kept in memory and in a file for other processes.

A region takes seconds to compute and every report of its municipalities needs it. Forked reports inherit it from their
parent's memory; workers started afresh, Jupyter kernels and other machines find it in ``data/cache``. A file is only
used by the code and the data it was made with.
"""

from __future__ import annotations

import contextlib
import gc
import hashlib
import os
import pickle
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import oko_lib

if TYPE_CHECKING:
    from oko_lib.indicators.session import Session

#: ``0`` keeps results in memory only.
CACHE_VARIABLE = "OKO_CACHE"
#: So many files of one kind are kept: of the last data versions and years looked at.
KEPT = 4
#: A file begun so long ago and not finished belongs to a process that is gone.
_ABANDONED_SECONDS = 3600
_UNFINISHED = ".unfinished"
#: Rooms of the package and libraries that compute the results or whose objects are in them.
_ROOMS = ("methods", "tables", "settings", "store", "intake", "indicators")
_LIBRARIES = ("duckdb", "numpy", "pandas", "pyarrow", "scipy", "statsmodels")

_COMPUTED: dict[Path, object] = {}
_may_compute = True
_Result = TypeVar("_Result")


def once(kind: str, session: Session, compute: Callable[[Session], _Result]) -> _Result:
    """Return ``compute(session)`` for the whole region, computed once per data version, year and norms.

    Parameters
    ----------
    kind : str
        What is computed; a name fit for a file.
    session : Session
        Its data, year, norms and parameter files decide; its municipality must not.
    compute : callable
        Does the work. The result must be picklable.
    """
    path = _folder(session) / f"{kind}-{_key(kind, session)}.pickle"
    # By the file, not by the data alone: processes of each working place look for it there.
    if path not in _COMPUTED:
        result = _read(path)
        if result is None:
            if not _may_compute:
                raise NotComputedError(kind)
            result = compute(session)
            _write(path, result, kind)
        _COMPUTED[path] = result
    return _COMPUTED[path]  # type: ignore[return-value]


class NotComputedError(Exception):
    """A result is neither in memory nor in the cache, and it was not to be computed."""


@contextlib.contextmanager
def only_cached() -> Iterator[None]:
    """Within the block :func:`once` computes nothing: it raises :class:`NotComputedError`."""
    global _may_compute
    before, _may_compute = _may_compute, False
    try:
        yield
    finally:
        _may_compute = before


def forget() -> None:
    """Let go of everything kept in memory."""
    _COMPUTED.clear()


def _key(kind: str, session: Session) -> str:
    parameters = _digest_of(session.workspace.parameters, "*.yaml")
    parts = (kind, session.snapshot.fingerprint, session.year, session.norms.fingerprint, parameters, _code())
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


@cache
def _code() -> str:
    """Return a digest of the code that computes: all of the package below the reports, and its libraries."""
    package = Path(oko_lib.__file__).resolve().parent
    rooms = [_digest_of(package / room, "*.py") for room in _ROOMS]
    return repr((rooms, [version(name) for name in _LIBRARIES]))


def _digest_of(folder: Path, pattern: str) -> str:
    digest = hashlib.sha256()
    for path in sorted(folder.rglob(pattern)):
        digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def _folder(session: Session) -> Path:
    return session.workspace.root / "data" / "cache"


def file_cache_in_use() -> bool:
    """Tell whether results are kept in files."""
    return os.environ.get(CACHE_VARIABLE, "1") != "0"


def _read(path: Path) -> object | None:
    """Return what the file holds; None without it. A file that cannot be read is as good as none."""
    if not file_cache_in_use():
        return None
    try:
        with path.open("rb") as file, _collector_at_rest():
            result = pickle.load(file)  # written by this program on this machine, beside the data it was made from
        os.utime(path)
    except Exception:
        return None
    return result


@contextlib.contextmanager
def _collector_at_rest() -> Iterator[None]:
    """Keep the collector of garbage from looking through objects that only come to be: it doubles the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _write(path: Path, result: object, kind: str) -> None:
    """Write the file whole or not at all; a full disk or a folder without rights only costs time later."""
    if not file_cache_in_use():
        return
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=_UNFINISHED)
        try:
            with os.fdopen(handle, "wb") as file:
                pickle.dump(result, file, protocol=5)
            os.replace(temporary, path)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(temporary)
            raise
        _tidy(path.parent, kind)


def _tidy(folder: Path, kind: str) -> None:
    for older in sorted(folder.glob(f"{kind}-*.pickle"), key=lambda item: item.stat().st_mtime)[:-KEPT]:
        older.unlink()
    for begun in folder.glob(f"*{_UNFINISHED}"):
        if time.time() - begun.stat().st_mtime > _ABANDONED_SECONDS:
            begun.unlink()
