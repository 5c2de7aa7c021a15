"""Cleaning changes the files and nothing one can read."""

from __future__ import annotations

from datetime import timedelta

import pytest
from store_samples import RESULTS, load, results
from store_workers import batch

from oko_lib.store import Store, StoreError


def test_merging_keeps_every_version_and_every_row(tmp_path):
    store = Store(tmp_path / "store")
    for number in range(9):
        store.append(batch(number))
    store.append([load("fix", {RESULTS: results("edu240000", marks=(2,))})])
    past, now = store.snapshot(as_of=6), store.snapshot()
    report = store.clean(None)
    assert set(report.rewritten) == {RESULTS, "schools", "quarantine", "loads"}
    assert (report.orphan_rows, report.removed_files) == (0, 0)
    fresh = Store(store.root)
    for before, after in ((past, fresh.snapshot(as_of=6)), (now, fresh.snapshot())):
        assert before.version == after.version
        for name in (RESULTS, "schools", "quarantine"):
            assert before.read(name).equals(after.read(name))
            assert len(after.sources[name].files) == 1
    assert past.read(RESULTS).equals(fresh.snapshot(as_of=6).read(RESULTS))  # held since before, still readable


def test_many_small_loads_are_merged_on_the_way(tmp_path, monkeypatch):
    import oko_lib.store.store as module

    monkeypatch.setattr(module, "_MANY_FILES", 5)
    store = Store(tmp_path / "store")
    for number in range(8):
        store.append(batch(number))
    snapshot = store.snapshot()
    assert len(snapshot.read(RESULTS)) == 48
    assert len(snapshot.sources[RESULTS].files) < 5
    assert len(store.snapshot(as_of=4).read(RESULTS)) == 12


def test_unused_files_are_deleted_and_a_snapshot_that_needed_them_says_so(tmp_path):
    store = Store(tmp_path / "store")
    for number in range(9):
        store.append(batch(number))
    held = store.snapshot()
    assert store.clean().removed_files == 0  # a week has not passed
    assert store.clean(timedelta(0)).removed_files >= 36
    with pytest.raises(StoreError, match="Откройте данные заново"):
        held.read(RESULTS)
    assert store.snapshot().version == held.version
    assert len(store.snapshot().read(RESULTS)) == 54
    assert len(store.snapshot(as_of=2).read(RESULTS)) == 6
    store.append(batch(9))
    assert len(store.snapshot().read(RESULTS)) == 60


def test_nothing_to_clean(tmp_path):
    with pytest.raises(StoreError, match="Чистить нечего"):
        Store(tmp_path / "none").clean()
