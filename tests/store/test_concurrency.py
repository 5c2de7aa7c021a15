"""Writers one at a time, readers at any time, snapshots in any process."""

from __future__ import annotations

import multiprocessing
import pickle
import threading
import time
from pathlib import Path

import pytest
from store_samples import RESULTS, load, results
from store_workers import append_many, batch, hold_lock, open_store, read_inherited, read_snapshot, read_until

from oko_lib.store import Store, StoreError


def wait_for(path: Path) -> None:
    deadline = time.monotonic() + 60
    while not path.exists():
        assert time.monotonic() < deadline, f"{path.name} did not appear"
        time.sleep(0.02)


def test_second_writer_is_told_who_writes_and_a_dead_one_is_forgotten(tmp_path, processes):
    root, taken = tmp_path / "store", tmp_path / "taken"
    root.mkdir()
    holder = processes.Process(target=hold_lock, args=(root, taken))
    holder.start()
    wait_for(taken)
    store = Store(root, lock_wait_seconds=0.2)
    with pytest.raises(StoreError, match=f"процесс {holder.pid} .*Дождитесь"):
        store.append(batch(1))
    assert len(store.snapshot().loads()) == 0  # reading needs no lock
    holder.kill()
    holder.join()
    store.append(batch(1))
    assert len(store.snapshot().loads()) == 2


def test_two_writing_processes_lose_nothing(tmp_path, processes):
    root = tmp_path / "store"
    writers = [processes.Process(target=append_many, args=(root, numbers)) for numbers in ([0, 1, 2], [2, 3, 4])]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(120)
    assert [writer.exitcode for writer in writers] == [0, 0]
    history = Store(root).history()
    assert sorted(history["sequence"]) == list(range(1, 11))
    assert len(Store(root).snapshot().read(RESULTS)) == 30


def test_two_writing_threads_lose_nothing(tmp_path):
    store = Store(tmp_path / "store", lock_wait_seconds=60)
    threads = [threading.Thread(target=store.append, args=(batch(number),)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(store.snapshot().loads()) == 8


def test_readers_keep_reading_while_loads_come_in(tmp_path, processes):
    root, stop, report = tmp_path / "store", tmp_path / "stop", tmp_path / "report"
    store = Store(root)
    store.append(batch(0))
    reader = processes.Process(target=read_until, args=(root, stop, report))
    reader.start()
    held = store.snapshot()
    for number in range(1, 13):
        store.append(batch(number))
        if number % 4 == 0:
            store.clean(None)  # merging files must not disturb them either
    stop.write_text("", encoding="utf-8")
    reader.join(60)
    outcome, rounds = report.read_text(encoding="utf-8").rsplit(" ", 1)
    assert outcome == "ok"
    assert int(rounds) > 0
    assert len(held.read(RESULTS)) == 6  # what is held does not move


def test_reading_threads_share_a_snapshot(tmp_path):
    store = Store(tmp_path / "store")
    store.append(batch(0))
    snapshot, found = store.snapshot(), []
    threads = [threading.Thread(target=lambda: found.append(len(snapshot.read(RESULTS)))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [6] * 8


def test_snapshot_travels_to_a_fresh_process(tmp_path, processes):
    store, report = Store(tmp_path / "store"), tmp_path / "report"
    store.append(batch(0))
    store.append([load("correction", {RESULTS: results("edu240000", marks=(2,))})])
    snapshot = store.snapshot()
    process = processes.Process(target=read_snapshot, args=(pickle.dumps(snapshot), report))
    process.start()
    process.join(60)
    assert report.read_text(encoding="utf-8") == f"4 4 {snapshot.version}"


@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="no fork on this system")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_snapshot_works_in_a_forked_child_of_a_process_that_used_everything(tmp_path):
    store, report = Store(tmp_path / "store"), tmp_path / "report"
    store.append(batch(0))
    snapshot = store.snapshot()
    snapshot.read(RESULTS)
    fork = multiprocessing.get_context("fork")
    for target, argument in ((read_inherited, snapshot), (open_store, store.root)):
        process = fork.Process(target=target, args=(argument, report))
        process.start()
        process.join(60)
        assert process.exitcode == 0
        if target is read_inherited:
            assert report.read_text(encoding="utf-8") == f"6 6 {snapshot.version}"
    assert "порождённом процессе" in report.read_text(encoding="utf-8")
    assert len(snapshot.read(RESULTS)) == 6
