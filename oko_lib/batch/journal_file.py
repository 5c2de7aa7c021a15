"""The SQLite file of the journal: its tables, its transactions, and what its failures mean for the user."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from oko_lib.settings.loading import SettingsError

_WAIT_SECONDS = 20.0
_SCHEMA_VERSION = 1
_SCHEMA = """
create table runs (
    id text primary key, year integer not null, started text not null, finished text, state text not null,
    pid integer not null, host text not null, jobs integer not null, engine text not null, about text not null,
    stop_requested integer not null default 0
);
create table run_reports (
    run_id text not null references runs(id) on delete cascade, position integer not null, report_id text not null,
    title text not null, stem text not null, status text not null, started text, placing text, outcome text,
    primary key (run_id, report_id)
) without rowid;
create table reports (
    id text primary key, year integer not null, stem text not null, built text, seconds real, ingredients text,
    files text, outcome text not null
) without rowid;
"""


class JournalFile:
    """The file; it appears with the first transaction.

    Parameters
    ----------
    path : Path
        Where it is to lie.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection: sqlite3.Connection | None = None

    def close(self) -> None:
        """Let the file go (Windows neither moves nor deletes an open one)."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def rows(self, query: str, values: tuple = ()) -> list[sqlite3.Row]:
        """Return what a query gives; nothing while there is no file."""
        if self._connection is None and not self._path.is_file():
            return []
        with _explained(self._path):
            return self._open().execute(query, values).fetchall()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Cursor]:
        """Write all that the block executes, through to the disk, or nothing of it."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with _explained(self._path):
            connection = self._open()
            cursor = connection.cursor()
            cursor.execute("begin immediate")
            try:
                yield cursor
            except BaseException:
                connection.rollback()
                raise
            connection.commit()

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            self._connection = _connect(self._path)
        return self._connection


def _connect(path: Path) -> sqlite3.Connection:
    try:
        return _prepared(path)
    except sqlite3.DatabaseError as error:
        if isinstance(error, sqlite3.OperationalError):
            raise
        # Not a database, or a torn one: kept for whoever wants to look; everything is then built anew.
        moment = datetime.now().strftime("%Y%m%d-%H%M%S")
        for part in (path, path.with_name(f"{path.name}-journal")):
            if part.is_file():
                os.replace(part, part.with_name(f"{part.name}.broken-{moment}"))
        return _prepared(path)


def _prepared(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=_WAIT_SECONDS, isolation_level=None, check_same_thread=False)
    try:
        connection.row_factory = sqlite3.Row
        # A rollback journal rather than a write-ahead log: the folder may lie on a network drive.
        connection.execute("pragma journal_mode = delete")
        connection.execute("pragma synchronous = extra")
        connection.execute("pragma foreign_keys = on")
        (version,) = connection.execute("pragma user_version").fetchone()
        if version > _SCHEMA_VERSION:
            raise SettingsError(f"Журнал {path} создан более новой программой: обновите oko_lib.")
        if version == 0:
            connection.execute("begin immediate")
            if connection.execute("pragma user_version").fetchone()[0] == 0:
                for statement in _SCHEMA.split(";"):
                    connection.execute(statement)
                connection.execute(f"pragma user_version = {_SCHEMA_VERSION}")
            connection.execute("commit")
    except BaseException:
        connection.close()
        raise
    return connection


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    """Say what a failure of SQLite means for the user."""
    try:
        yield
    except sqlite3.OperationalError as error:
        words = str(error)
        if "full" in words or "disk I/O" in words:
            raise SettingsError(
                f"Журнал построения {path} не записан: на диске нет места. Освободите место и запустите oko run ещё "
                "раз: построенное не потеряно."
            ) from error
        if "locked" in words:
            raise SettingsError(f"Журнал {path} занят другой программой. Закройте её и повторите.") from error
        raise SettingsError(f"Журнал {path} не открыт ({words}). Проверьте права на папку outputs.") from error
