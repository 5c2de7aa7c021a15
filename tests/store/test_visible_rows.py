"""Rows as they are read, against the rule written out row by row: files of every kind, before and after merging."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from store_samples import RESULTS, load, results

import oko_lib.store.query as query
from oko_lib.store import Store
from oko_lib.tables import TABLES, Column, ColumnType

LOGINS = [f"edu24000{number}" for number in range(4)]
GRADES = (4, 5)
Slice = tuple[str, int]


@st.composite
def histories(draw) -> list[list[tuple[str, int, list[Slice]]]]:
    """Batches of files: name, rank, and the works (school, grade) each holds."""
    works = st.lists(st.sampled_from([(login, grade) for login in LOGINS for grade in GRADES]), unique=True, max_size=6)
    batches = draw(
        st.lists(st.lists(st.tuples(st.integers(1, 2), works), min_size=1, max_size=3), min_size=2, max_size=5)
    )
    return [[(f"f{place}_{number}", *file) for number, file in enumerate(batch)] for place, batch in enumerate(batches)]


def as_load(name: str, rank: int, works: list[Slice]):
    frames = [results(login, grade=grade, marks=(3, None)).assign(class_label=name) for login, grade in works]
    if not frames:
        return load(name, rank=rank)
    return load(name, {RESULTS: pd.concat(frames, ignore_index=True)}, rank=rank)


def shown(files: list[tuple[str, int, list[Slice]]]) -> list[tuple[str, int, str, str]]:
    """Every row that is to be seen: school, grade, participant, file."""
    holders: dict[Slice, tuple[int, str]] = {}
    for name, rank, works in files:
        for work in works:
            if work not in holders or rank >= holders[work][0]:
                holders[work] = (rank, name)
    return sorted(
        (login, grade, code, name) for (login, grade), (_, name) in holders.items() for code in ("50001", "50002")
    )


def read(snapshot, **where) -> list[tuple[str, int, str, str]]:
    rows = snapshot.read(RESULTS, ["login", "grade", "participant_code", "class_label"], where)
    found = list(rows.itertuples(index=False, name=None))
    counted = snapshot.sql(f"SELECT count(*) AS n FROM {RESULTS}")["n"].item()
    assert where or counted == len(found)
    return sorted(found)


@pytest.mark.parametrize("listed", [0, 200], ids=["many loads gone", "few loads gone"])
@settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))
@given(history=histories(), merged_after=st.integers(0, 4))
def test_rows_are_those_of_the_rule(listed, history, merged_after):
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(query, "_LISTED_LOADS", listed)
        store, files, past = Store(Path(folder)), [], []
        for number, batch in enumerate(history):
            store.append([as_load(*file) for file in batch])
            files += batch
            past.append((store.snapshot().sequence, shown(files)))
            assert read(store.snapshot()) == past[-1][1]
            if number == merged_after:
                with pytest.MonkeyPatch.context() as small:
                    small.setattr("oko_lib.store.store._MANY_FILES", 0)
                    store._merge_small_files()
        for sequence, expected in past:
            old = store.snapshot(as_of=sequence)
            assert read(old) == expected
            assert read(old, login=LOGINS[:2], grade=4) == [
                row for row in expected if row[0] in LOGINS[:2] and row[1] == 4
            ]


def test_only_files_that_lost_something_are_read_under_a_condition(tmp_path):
    store = Store(tmp_path / "store")
    for number in range(4):
        store.append([load(f"A{number}", {RESULTS: results(LOGINS[number])})])
    store.append([load("B", {RESULTS: results(LOGINS[0])}), load("C", {RESULTS: results("edu240009")})])
    parts = {part.whole: len(part.files) for part in store.snapshot().sources[RESULTS].parts}
    assert parts == {True: 4}  # the file of A0 is not read at all
    store.append([load("D", {RESULTS: results("edu240009")})])
    source = store.snapshot().sources[RESULTS]
    assert {part.whole: len(part.files) for part in source.parts} == {True: 4, False: 1}
    assert len(source.gone) == 1
    assert source.hidden is None
    assert source.before is None
    assert store.snapshot(as_of=1).sources[RESULTS].parts[0].whole


def test_a_moment_before_a_column_was_added(tmp_path, monkeypatch):
    store = Store(tmp_path / "store")
    store.append([load("A", {RESULTS: results()})])
    old = TABLES[RESULTS]
    wider = replace(old, columns=(*old.columns, Column("remark", ColumnType.STRING, "Замечание")))
    monkeypatch.setitem(TABLES, RESULTS, wider)
    store.append([load("B", {RESULTS: results("edu240002").assign(remark="есть")})])
    assert store.snapshot(as_of=1).read(RESULTS)["remark"].isna().all()
    assert store.snapshot().read(RESULTS)["remark"].fillna("").tolist() == [""] * 3 + ["есть"] * 3
