"""Places of visible rows: kept, missing, damaged or not writable, the rows stay those of the rule."""

from __future__ import annotations

import os
import pickle
import tempfile
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from store_samples import RESULTS, load, results
from test_visible_rows import as_load, histories, read, shown

import oko_lib.store.places as places
import oko_lib.store.source as source
from oko_lib.store import Snapshot, Store


def corrected(root: Path) -> Snapshot:
    """A store in which one school of a file of two has been sent again."""
    store = Store(root)
    rows = [results("edu240001"), results("edu240002")]
    store.append([load("A", {RESULTS: pd.concat(rows, ignore_index=True)})])
    store.append([load("B", {RESULTS: rows[0].assign(class_label="B")})])
    return store.snapshot()


def kept(root: Path) -> list[Path]:
    return sorted((root / "places").iterdir())


def forget() -> None:
    """Be a process that has just begun."""
    places._remembered.clear()


@pytest.mark.parametrize("few", [0, 8], ids=["files of like size together", "file by file"])
@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(history=histories(), steps=st.lists(st.sampled_from(["lose", "damage", "cut", "clean", "merge"]), max_size=6))
def test_rows_are_those_of_the_rule_whatever_happens_to_the_kept_places(few, history, steps):
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(source, "_FEW", few)
        store, files, past = Store(Path(folder)), [], []
        for number, batch in enumerate(history):
            before = store.snapshot() if past else None
            store.append([as_load(*file) for file in batch])
            if before is not None:  # a reader that came earlier sees nothing of it
                assert read(before) == past[-1][1]
            files += batch
            past.append((store.snapshot().sequence, shown(files)))
            meddle(store, steps[number] if number < len(steps) else "")
            assert read(Store(Path(folder)).snapshot()) == past[-1][1]
        for sequence, expected in past:
            assert read(store.snapshot(as_of=sequence)) == expected


def meddle(store: Store, step: str) -> None:
    forget()
    folder = store.root / "places"
    for path in folder.iterdir() if folder.is_dir() else ():
        content = path.read_bytes()
        if step == "lose":
            path.unlink()
        elif step == "damage":
            path.write_bytes(content[:-1] + bytes([content[-1] ^ 255]))
        elif step == "cut":
            path.write_bytes(content[: len(content) // 2])
    if step == "clean":
        store.clean(None)
    elif step == "merge":
        with pytest.MonkeyPatch.context() as small:
            small.setattr("oko_lib.store.store._MANY_FILES", 0)
            store._merge_small_files()


def test_an_append_keeps_the_places_and_a_reader_finds_nothing_anew(tmp_path, monkeypatch):
    snapshot = corrected(tmp_path)
    assert {path.name for path in kept(tmp_path)} >= {part.key for part in snapshot.sources[RESULTS].parts if part.key}
    forget()
    monkeypatch.setattr("oko_lib.store.query._visible_places", lambda *_: pytest.fail("found anew"))
    assert len(pickle.loads(pickle.dumps(snapshot)).read(RESULTS)) == 6


def test_places_of_another_state_are_neither_used_nor_kept(tmp_path):
    first = corrected(tmp_path)
    old = {path.name for path in kept(tmp_path)}
    Store(tmp_path).append([load("C", {RESULTS: results("edu240002").assign(class_label="C")})])
    second = Store(tmp_path).snapshot()
    assert sorted(second.read(RESULTS)["class_label"]) == ["B"] * 3 + ["C"] * 3
    assert not old & {path.name for path in kept(tmp_path)}
    assert first.read(RESULTS)["class_label"].isna().sum() == 3


def test_a_session_asked_about_two_moments_in_turn(tmp_path):
    now = corrected(tmp_path)
    then = Store(tmp_path).snapshot(as_of=1)
    count = f"SELECT count(class_label) AS n FROM {RESULTS}"
    for _ in range(2):
        assert now.sql(count)["n"].item() == 3
        assert then.sql(count)["n"].item() == 0


def test_a_store_that_may_not_be_written_is_read(tmp_path, monkeypatch):
    snapshot = corrected(tmp_path)
    for path in kept(tmp_path):
        path.unlink()
    forget()

    def refuse(*_):
        raise PermissionError("read-only")

    monkeypatch.setattr(os, "replace", refuse)

    assert len(Store(tmp_path).snapshot().read(RESULTS)) == 6
    assert not kept(tmp_path)
    assert len(snapshot.read(RESULTS)) == 6
