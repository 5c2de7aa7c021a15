"""A crash at any point leaves the previous version; the retry completes; nothing doubles."""

from __future__ import annotations

import random
import time

import pytest
from store_samples import RESULTS
from store_workers import append_and_die, append_many, batch

from oko_lib.store import Store, StoreError

DATA_STEPS = [f"{when} {name}" for name in (RESULTS, "schools", "quarantine") for when in ("before", "after")]
STEPS = [*DATA_STEPS, "before loads"]


def run(processes, target, *args) -> int:
    process = processes.Process(target=target, args=args)
    process.start()
    process.join(60)
    return process.exitcode


@pytest.mark.parametrize("step", STEPS)
def test_crash_before_the_last_commit_leaves_the_previous_version(tmp_path, processes, step):
    store = Store(tmp_path)
    store.append(batch(1))
    before = store.snapshot()
    assert run(processes, append_and_die, tmp_path, 2, step) == 9
    assert Store(tmp_path).snapshot().version == before.version
    assert len(store.snapshot().read(RESULTS)) == 6
    store.append(batch(2))
    after = store.snapshot()
    assert {name: len(after.read(name)) for name in (RESULTS, "schools", "quarantine")} == {
        RESULTS: 12,
        "schools": 4,
        "quarantine": 4,
    }
    assert len(store.history()) == 4
    report = store.clean(None)
    assert (report.orphan_rows > 0) == (step != f"before {RESULTS}")
    assert store.snapshot().version == after.version
    assert store.clean(None).orphan_rows == 0
    assert store.snapshot(as_of=2).version == before.version


def test_crash_after_the_last_commit_has_loaded_everything(tmp_path, processes):
    assert run(processes, append_and_die, tmp_path, 1, "after loads") == 9
    store = Store(tmp_path)
    assert len(store.snapshot().read(RESULTS)) == 6
    store.append(batch(1))
    assert len(store.history()) == 2


def test_crash_in_the_very_first_load(tmp_path, processes):
    assert run(processes, append_and_die, tmp_path, 1, "before loads") == 9
    store = Store(tmp_path)
    assert len(store.snapshot().read(RESULTS)) == 0
    with pytest.raises(StoreError, match="ни одной завершённой"):
        store.clean()
    store.append(batch(1))
    assert len(store.snapshot().read(RESULTS)) == 6
    assert store.clean(None).orphan_rows == 6 + 2 + 2


def test_crash_while_files_are_merged(tmp_path, processes):
    store = Store(tmp_path)
    for number in range(10):
        store.append(batch(number))
    before = store.snapshot()
    assert run(processes, _clean_and_die, tmp_path) == 9
    assert Store(tmp_path).snapshot().version == before.version
    assert Store(tmp_path).snapshot().read(RESULTS).equals(before.read(RESULTS))


def _clean_and_die(root):
    import os

    class Dying(Store):
        def _step(self, name: str) -> None:
            os._exit(9)

    Dying(root).clean(None)


def test_killed_at_random_moments(tmp_path, processes):
    """Kill a process that keeps loading; whatever was committed before stands, and batches are whole."""
    chance = random.Random(20261122)
    root = tmp_path / "store"
    store = Store(root)
    begun = time.perf_counter()
    store.append(batch(0))
    one_append = time.perf_counter() - begun
    done = 1
    for attempt in range(10):
        started = tmp_path / f"started{attempt}"
        process = processes.Process(target=append_many, args=(root, list(range(done, 1000)), started))
        process.start()
        while not started.exists():
            time.sleep(0.005)
        if attempt % 3 == 2:
            # On a busy machine an append may take longer than all the waiting: some shall come to their end.
            until = time.monotonic() + 60
            while len(Store(root).snapshot().loads()) == 2 * done and time.monotonic() < until:
                time.sleep(0.01)
        time.sleep(chance.random() * 4 * one_append)
        process.kill()
        process.join()
        snapshot = Store(root).snapshot()
        loads = len(snapshot.loads())
        assert loads % 2 == 0, attempt
        assert loads // 2 >= done
        assert len(snapshot.read(RESULTS)) == 3 * loads
        assert len(snapshot.read("schools")) == len(snapshot.read("quarantine")) == loads
        done = loads // 2
    store = Store(root)
    for number in range(done + 1):
        store.append(batch(number))
    store.clean(None)
    rows = store.snapshot().read(RESULTS)
    assert len(rows) == 6 * (done + 1)
    assert not rows.duplicated(["year", "grade", "subject", "login", "participant_code"]).any()
    assert done > 1
