"""DuckDB connections: one engine per process, a cursor per question.

Starting an engine takes some 20 ms, a cursor well under one. The engine is dropped before a fork, because its threads
do not live on in the child; parent and child then start their own at the next question.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

_guard = threading.Lock()
_engine: tuple[int, duckdb.DuckDBPyConnection] | None = None

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
    global _engine
    with _guard:
        if _engine is None or _engine[0] != os.getpid():
            _engine = (os.getpid(), _open())
        own = _engine[1].cursor()
    try:
        own.execute("SET enable_progress_bar = false")  # in Jupyter it would draw over the cell's output
        yield own
    finally:
        own.close()


def _drop() -> None:
    global _engine
    _guard.acquire()  # released on both sides of the fork, so that the child never inherits it locked
    _engine = None


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_drop, after_in_parent=_guard.release, after_in_child=_guard.release)
