"""Where the visible rows of one table are: files of the opened version, and what of which is left out."""

from __future__ import annotations

import hashlib
from bisect import bisect_left, bisect_right
from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from oko_lib.store.delta import DataFile, TableVersion
from oko_lib.store.errors import StoreError
from oko_lib.store.ids import after, batch_of, sequence_of
from oko_lib.store.ledger import TableVisibility

#: Up to so many files are read under a condition one by one.
_FEW = 8


@dataclass(frozen=True)
class Part:
    """Files that are read alike.

    Parameters
    ----------
    files : tuple of str
        Absolute paths.
    columns : frozenset of str
        Columns these files have; one added to the definition later is missing in older files.
    key : str
        Empty if every row is visible. Most files of a store are so: they need no condition and no look at ``load_id``.
        Otherwise the table and a digest of the files' names and of what in them is not visible: equal keys, equal
        visible rows.
    """

    files: tuple[str, ...]
    columns: frozenset[str]
    key: str = ""

    @property
    def whole(self) -> bool:
        """Whether every row is visible."""
        return not self.key


@dataclass(frozen=True)
class TableSource:
    """Where the visible rows of one table are.

    Parameters
    ----------
    parts : tuple of Part
        Files without a visible row are left out already.
    gone : tuple of str
        Loads with rows in the files of which none is visible.
    hidden, winners : pyarrow.Table or None
        (load_id, slice columns) pairs not to show, or to show and no others; at most one is given.
    before : str or None
        Rows of loads with this id or a larger one came after the moment that was asked for.
    """

    parts: tuple[Part, ...] = ()
    gone: tuple[str, ...] = ()
    hidden: pa.Table | None = None
    winners: pa.Table | None = None
    before: str | None = None

    @property
    def files(self) -> tuple[str, ...]:
        """All files with visible rows."""
        return tuple(file for part in self.parts for file in part.files)


def table_source(version: TableVersion, visibility: TableVisibility, batches: frozenset[str], last: int) -> TableSource:
    """Return what a reader needs to know of one table.

    A file either holds rows of one batch, or was written by ``Store._rewrite`` from committed loads only. So the
    batch of its smallest load id tells whether its rows count at all, and that of its largest whether later loads are
    among them. Numbers of loads between the two may be in the file, others are not.

    Parameters
    ----------
    version : TableVersion
    visibility : TableVisibility
    batches : frozenset of str
        Batches committed up to the moment that was asked for.
    last : int
        Number of the last load of that moment.
    """
    visible = None if visibility.load_ids is None else set(visibility.load_ids.to_pylist())
    seen = None if visible is None else {batch_of(item) for item in visible}
    lost = sorted(visibility.lost)
    numbers = [sequence_of(item) for item in lost]
    wholes: dict[frozenset[str], list[str]] = {}
    others: list[_Touched] = []
    inside: set[str] = set()
    later_rows = False
    for file in version.files:
        if not is_committed(file, batches):
            continue
        first, final = file.first_load or "", file.last_load or ""
        if seen is not None and batch_of(first) == batch_of(final) and batch_of(first) not in seen:
            continue
        later = batch_of(final) not in batches
        here = lost[bisect_left(numbers, sequence_of(first)) : bisect_right(numbers, sequence_of(final))]
        columns = _columns(file.path) or frozenset(version.columns)
        if here or later:
            moment = after(last) if later else ""
            said = (Path(file.path).name, moment, *(f"{item} {visibility.lost[item]}" for item in here))
            others.append(_Touched(file, columns, said))
        else:
            wholes.setdefault(columns, []).append(file.path)
        inside.update(here)
        later_rows = later_rows or later
    parts = [Part(tuple(files), columns) for columns, files in wholes.items()]
    return TableSource(
        parts=(*parts, *_parts_under_a_condition(others)),
        gone=() if visible is None else tuple(sorted(inside - visible)),
        hidden=visibility.hidden,
        winners=visibility.winners,
        before=after(last) if later_rows else None,
    )


@dataclass(frozen=True)
class _Touched:
    """A file of which not all is visible, and what is not: it goes into the key."""

    file: DataFile
    columns: frozenset[str]
    said: tuple[str, ...]


def _parts_under_a_condition(files: list[_Touched]) -> list[Part]:
    """Return a part for every file if there are few, else one for all files of like size.

    A row of a part of several files costs half as much again (``query.py``), a part costs every question a
    millisecond. Of like size, because places in them are counted with one stride (``places.py``).
    """
    together: dict[tuple[object, ...], list[_Touched]] = {}
    for number, item in enumerate(files):
        like = item.file.rows.bit_length() if len(files) > _FEW else number
        together.setdefault((item.columns, like), []).append(item)
    found = []
    for items in together.values():
        digest = hashlib.sha256(repr([item.said for item in items]).encode()).hexdigest()[:32]
        paths = tuple(item.file.path for item in items)
        found.append(Part(paths, items[0].columns, f"{Path(paths[0]).parent.name}.{digest}"))
    return found


def is_committed(file: DataFile, batches: Collection[str]) -> bool:
    """Return whether a file's rows are of finished loads; `batches` are theirs."""
    if file.first_load is None:
        raise StoreError(
            f"Хранилище повреждено: у файла {file.path} нет сведений о загрузках. Верните резервную копию."
        )
    return batch_of(file.first_load) in batches


def _columns(path: str) -> frozenset[str] | None:
    """Return the columns of a file, None if it cannot be read: what is wrong is said when its rows are asked for."""
    try:
        return _columns_of_readable(path)
    except (OSError, pa.ArrowException):
        return None


@lru_cache(maxsize=4096)
def _columns_of_readable(path: str) -> frozenset[str]:
    # A file never changes once written. Looked at once, for 0.2 ms a file (measured), so that no question needs to
    # unite files by names: DuckDB would then open all of them for each.
    return frozenset(pq.read_schema(path).names)
