"""What other processes do in the tests of the store; importable, so that any start method can run it."""

from __future__ import annotations

import os
import pickle
import time
from pathlib import Path

from store_samples import RESULTS, load, quarantine, results, schools

from oko_lib.store import Snapshot, Store, StoreError
from oko_lib.store.lock import writer_lock


def batch(number: int, files: int = 2) -> list:
    """Batch `number`: every file brings one school's results, the school and a quarantined cell."""
    names = [f"b{number}f{place}" for place in range(files)]
    logins = [f"edu24{number:03d}{place}" for place in range(files)]
    return [
        load(name, {RESULTS: results(login), "schools": schools(name, [login])}, cells=quarantine())
        for name, login in zip(names, logins, strict=True)
    ]


def append_and_die(root: Path, number: int, step: str) -> None:
    """Append a batch in a process that ends without a word at `step`."""

    class Dying(Store):
        def _step(self, name: str) -> None:
            if name == step:
                os._exit(9)

    Dying(root).append(batch(number))


def append_many(root: Path, numbers: list[int], started: Path | None = None) -> None:
    if started is not None:
        started.write_text("started", encoding="utf-8")
    store = Store(root, lock_wait_seconds=60)
    for number in numbers:
        store.append(batch(number))


def hold_lock(root: Path, taken: Path) -> None:
    with writer_lock(root, 5):
        taken.write_text("taken", encoding="utf-8")
        time.sleep(120)


def read_until(root: Path, stop: Path, report: Path) -> None:
    """Take snapshots until told to stop; every one must show whole batches only, and never fewer than before."""
    store, seen, rounds = Store(root), 0, 0
    try:
        while not stop.exists():
            snapshot = store.snapshot()
            counts = {name: snapshot.read(name, ["load_id"])["load_id"].nunique() for name in (RESULTS, "schools")}
            loads = len(snapshot.loads())
            whole = set(counts.values()) == {loads} and loads % 2 == 0 and loads >= seen
            if not whole:
                report.write_text(f"half a batch: {counts}, {loads} loads, {seen} before", encoding="utf-8")
                return
            seen, rounds = loads, rounds + 1
        report.write_text(f"ok {rounds}", encoding="utf-8")
    except Exception as error:
        report.write_text(f"failed: {error!r}", encoding="utf-8")


def read_snapshot(pickled: bytes, report: Path) -> None:
    """Read through a snapshot that came from another process."""
    _report_rows(pickle.loads(pickled), report)


def read_inherited(snapshot: Snapshot, report: Path) -> None:
    _report_rows(snapshot, report)


def _report_rows(snapshot: Snapshot, report: Path) -> None:
    rows = snapshot.read(RESULTS)
    count = snapshot.sql(f"SELECT count(*) AS n FROM {RESULTS}")["n"].item()
    report.write_text(f"{len(rows)} {count} {snapshot.version}", encoding="utf-8")


def open_store(root: Path, report: Path) -> None:
    """Try what a forked child may not do."""
    try:
        Store(root).snapshot()
        report.write_text("opened", encoding="utf-8")
    except StoreError as error:
        report.write_text(str(error), encoding="utf-8")
