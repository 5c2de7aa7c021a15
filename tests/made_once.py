"""What is costly to make and then only read: made once per test run, by whichever of its processes comes first."""

from __future__ import annotations

import contextlib
import os
import pickle
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest

_Made = TypeVar("_Made")
#: Longest wait, in seconds, for another process that is making the same.
_PATIENCE = 1200


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], _Made]) -> _Made:
    """Return ``make(folder)``, called once per run for a name, although pytest-xdist runs tests in several processes.

    Parameters
    ----------
    factory : pytest.TempPathFactory
        The fixture ``tmp_path_factory``.
    name : str
        Names what is made; a name fit for a folder.
    make : callable
        Gets a folder of this name that is not there yet; what it returns must be picklable.
    """
    shared = factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    shared = shared / "made once"
    shared.mkdir(exist_ok=True)
    folder, made = shared / name, shared / f"{name}.pickle"
    # SQLite's lock is the same on every system and goes with a process that dies.
    with contextlib.closing(sqlite3.connect(shared / f"{name}.lock", timeout=_PATIENCE, isolation_level=None)) as lock:
        lock.execute("BEGIN EXCLUSIVE")
        if not made.exists():
            shutil.rmtree(folder, ignore_errors=True)
            content = pickle.dumps(make(folder))
            unfinished = made.with_suffix(".unfinished")
            unfinished.write_bytes(content)
            os.replace(unfinished, made)
    return pickle.loads(made.read_bytes())
