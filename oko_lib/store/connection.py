"""DuckDB connections: one engine per process, a cursor or a session per question.

Starting an engine takes some 20 ms, a cursor well under one. The engine is dropped before a fork, because its threads
do not live on in the child; parent and child then start their own at the next question.

A session is a cursor that goes from question to question and keeps its views: making one takes DuckDB as long as
planning the question, because it looks into the files both times.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import duckdb

_guard = threading.Lock()
_engine: tuple[int, duckdb.DuckDBPyConnection] | None = None
_idle: list[Session] = []
#: So many sessions wait for a question; nested and simultaneous questions have a session each.
_MOST_IDLE = 4

_CONFIG = {
    # A name that is no table must be an error, not whatever Python variable is called so.
    "python_enable_replacements": "false",
    "TimeZone": "UTC",
    "parquet_metadata_cache": "true",
    # Reading data must never reach for the network.
    "autoinstall_known_extensions": "false",
}

#: So many threads per question; all processors without it. One thread adds up in one order: sums of fractions computed
#: by several differ in their last digit from run to run.
THREADS_VARIABLE = "OKO_THREADS"


@dataclass(frozen=True)
class Session:
    """A cursor that outlives a question.

    Parameters
    ----------
    own : duckdb.DuckDBPyConnection
        The cursor.
    views : dict of str to tuple
        What each temporary view on it shows.
    """

    own: duckdb.DuckDBPyConnection
    views: dict[str, tuple[object, ...]] = field(default_factory=dict)


def _open() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(":memory:")
    for name, value in _CONFIG.items():
        connection.execute(f"SET GLOBAL {name} = '{value}'")
    threads = os.environ.get(THREADS_VARIABLE, "")
    if threads.isdigit() and int(threads) > 0:
        connection.execute(f"SET GLOBAL threads = {int(threads)}")
    return connection


@contextmanager
def cursor() -> Iterator[duckdb.DuckDBPyConnection]:
    """Give a fresh cursor; temporary views and tables made on it vanish with it."""
    with _guard:
        own = _cursor_of_engine()
    try:
        own.execute("SET enable_progress_bar = false")  # in Jupyter it would draw over the cell's output
        yield own
    finally:
        own.close()


@contextmanager
def session() -> Iterator[Session]:
    """Give a session nobody else uses; after an error it is not used again."""
    with _guard:
        kept = _idle.pop() if _idle else Session(_cursor_of_engine())
        engine = _engine
    try:
        if not kept.views:
            kept.own.execute("SET enable_progress_bar = false")
        yield kept
    except BaseException:
        kept.own.close()
        raise
    with _guard:
        if engine is _engine and len(_idle) < _MOST_IDLE:
            _idle.append(kept)
            return
    kept.own.close()


def _cursor_of_engine() -> duckdb.DuckDBPyConnection:
    global _engine
    if _engine is None or _engine[0] != os.getpid():
        _idle.clear()
        _engine = (os.getpid(), _open())
    return _engine[1].cursor()


def close() -> None:
    """End the engine, with the memory it holds for its next question; that one starts another.

    Questions under way go on with the old one.
    """
    global _engine
    with _guard:
        _idle.clear()
        _engine = None


def _drop() -> None:
    global _engine
    _guard.acquire()  # released on both sides of the fork, so that the child never inherits it locked
    _idle.clear()
    _engine = None


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_drop, after_in_parent=_guard.release, after_in_child=_guard.release)
