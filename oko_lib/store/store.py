"""The store: append, supersede, look back, clean."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow as pa

from oko_lib.store import delta, parquet
from oko_lib.store.batch import Batch, choose, disk_order, prepare, rows_to_write
from oko_lib.store.connection import cursor
from oko_lib.store.delta import TableVersion
from oko_lib.store.disk import disk_schema
from oko_lib.store.errors import StoreError
from oko_lib.store.ids import load_id, new_batch
from oko_lib.store.ledger import Ledger, read_ledger
from oko_lib.store.load import Load
from oko_lib.store.lock import writer_lock
from oko_lib.store.moment import AsOf, sequence_at
from oko_lib.store.places import forget_others
from oko_lib.store.query import find_places
from oko_lib.store.snapshot import Snapshot
from oko_lib.store.source import TableSource, is_committed, table_source
from oko_lib.tables import TABLES

logger = logging.getLogger(__name__)

#: Above so many files a table is written anew after an append: every file costs a reader about 0.2 ms.
_MANY_FILES = 256
#: Above so many files `Store.clean` writes a table anew.
_SOME_FILES = 8


@dataclass(frozen=True)
class CleanReport:
    """What `Store.clean` did.

    Parameters
    ----------
    orphan_rows : int
        Rows of interrupted loads that were taken out.
    rewritten : tuple of str
        Tables written anew.
    removed_files : int
        Files no longer used that were deleted from disk.
    """

    orphan_rows: int
    rewritten: tuple[str, ...]
    removed_files: int


class Store:
    """Versioned tables in one folder.

    Parameters
    ----------
    root : Path
        Store folder (``Workspace.store``); made at the first write.
    lock_wait_seconds : float
        How long a write waits for another writer before it gives up.

    Raises
    ------
    StoreError
        If the path has characters the storage library cannot take.
    """

    def __init__(self, root: Path, lock_wait_seconds: float = 10.0) -> None:
        self.root = Path(root).absolute()
        self._lock_wait_seconds = lock_wait_seconds
        self._cache: tuple[int, Ledger] | None = None
        _refuse_bad_path(self.root)

    def append(self, batches: Sequence[Load], *, force: bool = False) -> list[str]:
        """Commit loads, all of them at once or none.

        A load that would change nothing one can see (same content, layout and slices, still visible or outranked)
        is not written again; its existing id is returned.

        Parameters
        ----------
        batches : sequence of Load
            Loads in order: of two that claim one slice with equal rank the later is seen.
        force : bool
            Write also what is there already (after a correction of the reading code).

        Returns
        -------
        list of str
            Load ids, one per load.

        Raises
        ------
        ValueError
            If rows do not fit the table definitions (a mistake in our code).
        StoreError
            If another process writes, or the store is damaged.
        """
        if not batches:
            return []
        batch = prepare(batches)
        self.root.mkdir(parents=True, exist_ok=True)
        with writer_lock(self.root, self._lock_wait_seconds):
            ledger = self._ledger()
            kept, answers = choose(batch, ledger.loads, force)
            name = self._fresh_batch_name(ledger)
            first = ledger.sequence + 1
            if kept:
                self._commit(batch, kept, ledger, name)
                self._merge_small_files()
                self._keep_places(batch.tables)
        return [answer if isinstance(answer, str) else load_id(first + answer, name) for answer in answers]

    def known(self, content_hash: str, layout: str) -> str | None:
        """Return the id of the load that makes loading this content again pointless, None if there is none.

        Cheap enough to be asked for every file of a big folder. A content whose rows have been superseded is not
        known: sent again, it is news again.
        """
        if not self.root.is_dir():
            return None
        return self._ledger().known.get((content_hash, layout))

    def history(self) -> pd.DataFrame:
        """Return all loads in order, seen or not.

        Returns
        -------
        DataFrame
            Columns of `loads` without ``slices``, plus ``active`` (bool, seen at least in part), ``n_slices`` and
            ``n_visible`` (slices claimed and slices seen).
        """
        loads = self._ledger().loads if self.root.is_dir() else read_ledger([]).loads
        return loads.drop(columns=["current", "digest"])

    def snapshot(self, as_of: AsOf | None = None) -> Snapshot:
        """Return what is visible now, or was visible at an earlier moment.

        Parameters
        ----------
        as_of : datetime, date, str or int, optional
            Moment (local time if it has no zone), day (its end), load id, ISO text, or number of a load.

        Raises
        ------
        StoreError
            If there is no store, it is damaged, or `as_of` names nothing.
        """
        if not self.root.is_dir():
            raise StoreError(
                f"Хранилища данных нет: папка {self.root} не найдена. Загрузите файлы (oko ingest ПАПКА) или создайте "
                "учебный регион (oko demo)."
            )
        ledger = self._ledger()
        if as_of is not None:
            ledger = self._ledger(up_to=sequence_at(ledger.loads, as_of))
        return Snapshot(
            root=self.root,
            fingerprint=ledger.fingerprint,
            created_at=datetime.now(UTC),
            loaded_at=ledger.loaded_at,
            sequence=ledger.sequence,
            sources={name: self._source(name, ledger) for name in TABLES if name in ledger.tables},
            contents=ledger.contents,
        )

    def clean(self, remove_older_than: timedelta | None = timedelta(days=7)) -> CleanReport:
        """Take out rows of interrupted loads, merge small files, delete files no longer used.

        Nothing that can be read through a snapshot changes, now or as of any moment.

        Parameters
        ----------
        remove_older_than : timedelta or None
            Unused files at least so old are deleted. A snapshot taken earlier and still held loses its files, so
            this should exceed the longest session. None deletes nothing.

        Raises
        ------
        StoreError
            If another process writes, the store is missing or damaged, or no load was ever finished.
        """
        if not self.root.is_dir():
            raise StoreError(f"Чистить нечего: папки хранилища {self.root} нет.")
        orphan_rows, rewritten, removed = 0, [], 0
        with writer_lock(self.root, self._lock_wait_seconds):
            batches = self._ledger().batches
            for name in TABLES:
                version = delta.open_version(self._folder(name))
                if version is None:
                    continue
                if not batches and version.files:
                    # Without a list of finished loads everything looks interrupted: never delete on that ground.
                    raise StoreError(
                        f"В хранилище {self.root} нет ни одной завершённой загрузки. Если её прервали, повторите "
                        "загрузку (oko ingest); если пропала папка loads, верните её из резервной копии."
                    )
                orphans = [file for file in version.files if not is_committed(file, batches)]
                if orphans or len(version.files) > _SOME_FILES:
                    orphan_rows += sum(file.rows for file in orphans)
                    self._rewrite(name, version, batches)
                    rewritten.append(name)
                if remove_older_than is not None:
                    removed += delta.vacuum(self._folder(name), remove_older_than)
            self._keep_places(TABLES)
        return CleanReport(orphan_rows, tuple(rewritten), removed)

    def _folder(self, name: str) -> Path:
        return self.root / name

    def _step(self, name: str) -> None:
        """Mark a point at which a crash is tried in tests."""

    def _ledger(self, up_to: int | None = None) -> Ledger:
        folder = self._folder("loads")
        if up_to is None and self._cache is not None and not delta.has_newer(folder, self._cache[0]):
            return self._cache[1]
        version = delta.open_version(folder)
        if version is None:
            return read_ledger([])
        ledger = read_ledger(version.paths, up_to)
        if up_to is None:
            self._cache = (version.number, ledger)
        return ledger

    def _fresh_batch_name(self, ledger: Ledger) -> str:
        taken = ledger.batches
        name = new_batch()
        while name in taken:
            name = new_batch()
        return name

    def _commit(self, batch: Batch, kept: Sequence[int], ledger: Ledger, name: str) -> None:
        """Write the data tables, then `loads`: the moment the last commit stands, everything is visible."""
        first = ledger.sequence + 1
        for table_name in batch.tables:
            rows = rows_to_write(batch, table_name, kept, first, name)
            if len(rows):
                self._step(f"before {table_name}")
                self._write(table_name, rows, name)
                self._step(f"after {table_name}")
        self._step("before loads")
        self._write("loads", _load_rows(batch, kept, ledger, name), name)
        self._step("after loads")

    def _write(self, table_name: str, rows: pa.Table, batch_name: str) -> None:
        folder = self._folder(table_name)
        before = {item.name for item in folder.glob("*.parquet")} if folder.is_dir() else set()
        delta.append(folder, TABLES[table_name], rows, {"oko_batch": batch_name})
        fresh = [item for item in folder.glob("*.parquet") if item.name not in before]
        delta.sync_to_disk(folder, fresh)

    def _merge_small_files(self) -> None:
        """Keep reading fast after hundreds of small loads; the load itself stands, whatever happens here."""
        try:
            for name in TABLES:
                folder = self._folder(name)
                if folder.is_dir() and len(list(folder.glob("*.parquet"))) <= _MANY_FILES:
                    continue  # a glance at the folder is cheaper than opening the log
                version = delta.open_version(folder)
                if version is not None and len(version.files) > _MANY_FILES:
                    self._rewrite(name, version, self._ledger().batches)
        except StoreError as error:
            logger.warning("small files were not merged: %s", error)

    def _keep_places(self, names: Iterable[str]) -> None:
        """Find the visible places before a reader asks; without them it would be the reader that waits."""
        try:
            ledger = self._ledger()
            for name in names:
                if name in ledger.tables:
                    source = self._source(name, ledger)
                    find_places(TABLES[name], source, self.root)
                    forget_others(self.root, name, {part.key for part in source.parts})
        except (StoreError, OSError, duckdb.Error, pa.ArrowException) as error:
            # What was loaded stands; a reader will find the places, or say what is wrong with the files.
            logger.warning("places of visible rows were not kept: %s", error)

    def _rewrite(self, name: str, version: TableVersion, batches: frozenset[str]) -> None:
        """Write a table anew: committed rows only, sorted, in few files."""
        definition = TABLES[name]
        files = [file.path for file in version.files if is_committed(file, batches)]
        with cursor() as own:
            if files:
                order = ", ".join(disk_order(definition))
                rows = own.sql(f"SELECT * FROM {parquet.scan(files, unite=True)} ORDER BY {order}").to_arrow_reader()
            else:
                rows = disk_schema(definition).empty_table().to_reader()
            delta.rewrite(self._folder(name), definition, rows, {"oko_rewrite": name})
        self._step(f"rewritten {name}")

    def _source(self, name: str, ledger: Ledger) -> TableSource:
        version = delta.open_version(self._folder(name))
        visibility = ledger.tables[name]
        if version is None:
            if name == "quarantine":  # nothing was ever quarantined
                return TableSource()
            raise StoreError(
                f"Хранилище повреждено: журнал загрузок называет строки таблицы {name}, а папки "
                f"{self._folder(name)} нет. Верните её из резервной копии или удалите хранилище целиком и загрузите "
                "исходные файлы заново (oko ingest)."
            )
        return table_source(version, visibility, ledger.batches, ledger.sequence)


def _load_rows(batch: Batch, kept: Sequence[int], ledger: Ledger, name: str) -> pa.Table:
    first = ledger.sequence + 1
    now = datetime.now(UTC)
    if ledger.loaded_at is not None:
        # A clock set back must not reorder the past.
        now = max(now, ledger.loaded_at + timedelta(microseconds=1))
    rows = [
        {
            "load_id": load_id(first + place, name),
            "sequence": first + place,
            "loaded_at": now,
            "file_name": load.file_name,
            "file_path": load.file_path,
            "content_hash": load.content_hash,
            "layout": load.layout,
            "rank": load.rank,
            "read_rows": load.read_rows,
            "accepted_rows": load.accepted_rows,
            "quarantined_rows": load.quarantined_rows,
            "non_data_rows": load.non_data_rows,
            "slices": batch.slices[index],
        }
        for place, (index, load) in enumerate((index, batch.loads[index]) for index in kept)
    ]
    return pa.Table.from_pylist(rows, schema=disk_schema(TABLES["loads"]))


def _refuse_bad_path(root: Path) -> None:
    found = re.search(r"[\[\]|^]|%[0-9A-Fa-f]{2}", str(root))
    if found:
        raise StoreError(
            f"В пути к хранилищу {root} стоит «{found.group()}»: с такими именами папок хранилище не работает. "
            "Уберите из имени папки знаки [ ] | ^ и %."
        )
