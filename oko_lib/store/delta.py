"""The only place that speaks Delta Lake: open, list files, append, rewrite, vacuum.

The library's runtime does not survive a fork, so everything here belongs to the process that first used it; a child
gets a :class:`~oko_lib.store.snapshot.Snapshot`, which needs no Delta.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import ParamSpec, TypeVar
from urllib.parse import unquote

import pyarrow as pa
from deltalake import CommitProperties, DeltaTable, WriterProperties, write_deltalake

from oko_lib.store.errors import StoreError
from oko_lib.tables import Table

#: A municipality's rows of one year then touch one or two groups (measured: benchmarks/store.py).
_ROW_GROUP = 122_880
_WRITER = WriterProperties(compression="ZSTD", max_row_group_size=_ROW_GROUP)

P = ParamSpec("P")
T = TypeVar("T")
_owner_pid: int | None = None


@dataclass(frozen=True)
class DataFile:
    """One Parquet file of a table version: absolute path, rows, smallest and largest load id in it."""

    path: str
    rows: int
    first_load: str | None
    last_load: str | None


@dataclass(frozen=True)
class TableVersion:
    """One committed version of a table."""

    number: int
    columns: tuple[str, ...]
    files: tuple[DataFile, ...]

    @property
    def paths(self) -> tuple[str, ...]:
        return tuple(file.path for file in self.files)


def _call(folder: Path, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call the Delta library; whatever it raises becomes a message that says what to do."""
    global _owner_pid
    if _owner_pid is None:
        _owner_pid = os.getpid()
    if _owner_pid != os.getpid():
        raise StoreError(
            "Хранилище нельзя открыть в порождённом процессе: откройте снимок (Store.snapshot) в главном процессе и "
            "передайте его."
        )
    try:
        return function(*args, **kwargs)
    except Exception as error:
        detail = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise StoreError(
            f"Хранилище повреждено или недоступно: таблица {folder.name} в папке {folder.parent} не открывается "
            f"({detail}). Проверьте доступ к папке и место на диске; если файлы удалены, верните папку из резервной "
            "копии или удалите её целиком и загрузите исходные файлы заново (oko ingest)."
        ) from error


def exists(folder: Path) -> bool:
    """Return whether a table was ever committed in `folder` (no library call: safe and quick)."""
    log = folder / "_delta_log"
    return log.is_dir() and any(item.suffix == ".json" or item.name.endswith(".parquet") for item in log.iterdir())


def has_newer(folder: Path, number: int) -> bool:
    """Return whether a version after `number` was committed: one look at the file system."""
    return (folder / "_delta_log" / f"{number + 1:020d}.json").exists()


def open_version(folder: Path) -> TableVersion | None:
    """Return the latest version of the table in `folder`, None if nothing was ever committed there.

    Raises
    ------
    StoreError
        If the log cannot be read or a data file is gone.
    """
    if not exists(folder):
        return None
    table = _call(folder, DeltaTable, folder)
    actions = pa.table(_call(folder, table.get_add_actions, flatten=True)).to_pylist()
    files = [
        DataFile(
            path=str(folder / unquote(action["path"])),
            rows=action["num_records"] or 0,
            first_load=action.get("min.load_id"),
            last_load=action.get("max.load_id"),
        )
        for action in actions
    ]
    # The log lists files in no promised order; reading must not depend on it.
    files.sort(key=lambda file: (file.first_load or "", file.path))
    lost = [file.path for file in files if not Path(file.path).exists()]
    if lost:
        raise StoreError(
            f"Хранилище повреждено: в таблице {folder.name} не хватает файлов данных ({len(lost)} из {len(files)}), "
            f"например {Path(lost[0]).name} в папке {folder}. Верните папку из резервной копии или удалите хранилище "
            f"{folder.parent} целиком и загрузите исходные файлы заново (oko ingest)."
        )
    columns = tuple(field.name for field in table.schema().fields)
    return TableVersion(table.version(), columns, tuple(files))


def append(folder: Path, definition: Table, rows: pa.Table, note: dict[str, str]) -> None:
    """Commit `rows` as one new version; a crash before the end leaves the previous version."""
    _write(folder, definition, rows, "append", note)


def rewrite(folder: Path, definition: Table, rows: pa.RecordBatchReader, note: dict[str, str]) -> None:
    """Replace all rows by `rows` in one commit; the old files stay on disk for those who hold their names."""
    _write(folder, definition, rows, "overwrite", note)


def _write(
    folder: Path, definition: Table, rows: pa.Table | pa.RecordBatchReader, mode: str, note: dict[str, str]
) -> None:
    _call(
        folder,
        write_deltalake,
        folder,
        rows,
        mode=mode,
        # Columns added to a definition later join the table; none is ever dropped.
        schema_mode="merge" if exists(folder) else None,
        name=definition.name,
        description=definition.title_ru,
        writer_properties=_WRITER,
        commit_properties=CommitProperties(custom_metadata=note),
    )


def vacuum(folder: Path, older_than: timedelta) -> int:
    """Delete files no version in the log uses any more and that are older than `older_than`; return how many."""
    table = _call(folder, DeltaTable, folder)
    hours = int(older_than.total_seconds() // 3600)
    removed = _call(
        folder,
        table.vacuum,
        retention_hours=hours,
        dry_run=False,
        enforce_retention_duration=False,
        full=True,
    )
    return len(removed)


def sync_to_disk(folder: Path, paths: list[Path]) -> None:
    """Wait until the disk holds `paths` and the newest commit of `folder`: a power cut must not undo a commit."""
    log = sorted((folder / "_delta_log").glob("*.json"))[-1:]
    for path in (*paths, *log):
        with path.open("r+b") as file:
            os.fsync(file.fileno())
