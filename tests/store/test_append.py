"""Appending and superseding, case by case."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from store_samples import RESULTS, load, quarantine, results, schools

from oko_lib.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "данные и пробел" / "store")


def marks(store: Store, login: str = "edu240001") -> list:
    return store.snapshot().read(RESULTS, where={"login": login})["mark"].tolist()


def test_what_goes_in_comes_out_with_its_origin(store):
    (identifier,) = store.append([load("A", {RESULTS: results(marks=(3, 5, None))}, cells=quarantine())])
    rows = store.snapshot().read(RESULTS)
    assert rows["participant_code"].tolist() == ["50001", "50002", "50003"]
    assert rows["present"].tolist() == [True, True, False]
    assert rows["mark"].tolist()[:2] == [3, 5]
    assert np.isnan(rows["mark"].iloc[2])
    assert set(rows["load_id"]) == {identifier}
    assert rows["source_row"].tolist() == [10, 11, 12]
    scores = rows["task_scores"]
    assert scores[0][:2].tolist() == [1, -1]
    assert np.isnan(scores[0][2])
    assert scores[2] is None
    assert store.snapshot().read("quarantine")["rule"].tolist() == ["mark_range"]


def test_arrow_and_pandas_rows_are_the_same_data(tmp_path):
    frame = schools("A", ["edu240001", "edu240002"])
    versions = []
    for name, rows in {"pandas": frame, "arrow": pa.Table.from_pandas(frame, preserve_index=False)}.items():
        store = Store(tmp_path / name)
        store.append([load("A", {"schools": rows})])
        snapshot = store.snapshot()
        versions.append((snapshot.version, snapshot.read("schools").drop(columns="load_id").to_dict()))
    assert versions[0] == versions[1]


def test_same_file_twice_changes_nothing(store):
    file = load("A", {RESULTS: results()})
    first = store.append([file])
    before = store.snapshot()
    assert store.known("A", "protocol_2024") == first[0]
    assert store.append([file]) == first
    assert store.append([file, file]) == first * 2
    after = store.snapshot()
    assert after.version == before.version
    assert len(store.history()) == 1
    assert len(after.read(RESULTS)) == 3


def test_same_file_twice_in_one_batch_is_one_load(store):
    first, second, other = store.append(
        [load("A", {RESULTS: results()}), load("A", {RESULTS: results()}), load("B", {RESULTS: results("edu240002")})]
    )
    assert first == second != other
    assert len(store.snapshot().read(RESULTS)) == 6


def test_corrected_file_supersedes_and_the_old_stays_readable(store):
    (old,) = store.append([load("A", {RESULTS: results(marks=(3, 4, 5))}, cells=quarantine())])
    store.append([load("B", {RESULTS: results(marks=(2, 2))})])
    assert marks(store) == [2, 2]
    assert len(store.snapshot().read("quarantine")) == 0
    past = store.snapshot(as_of=old)
    assert past.read(RESULTS)["mark"].tolist() == [3, 4, 5]
    assert len(past.read("quarantine")) == 1
    assert store.history()["active"].tolist() == [False, True]
    assert store.snapshot().loads()["content_hash"].tolist() == ["B"]


def test_superseded_content_sent_again_is_the_newest_again(store):
    a, b = load("A", {RESULTS: results(marks=(3, 3))}), load("B", {RESULTS: results(marks=(4, 4))})
    (first,) = store.append([a])
    version = store.snapshot().version
    store.append([b])
    assert store.known("A", "protocol_2024") is None
    (again,) = store.append([a])
    assert again != first
    assert marks(store) == [3, 3]
    assert store.snapshot().version == version


def test_the_same_within_one_batch(store):
    a, b = load("A", {RESULTS: results(marks=(3, 3))}), load("B", {RESULTS: results(marks=(4, 4))})
    ids = store.append([a, b, a])
    assert len(set(ids)) == 3
    assert marks(store) == [3, 3]


def test_only_the_slices_a_file_has_are_superseded(store):
    store.append([load("A", {RESULTS: pd.concat([results("edu240001"), results("edu240002")])})])
    store.append([load("B", {RESULTS: results("edu240002", marks=(2,))})])
    assert marks(store, "edu240001") == [3, 4, 5]
    assert marks(store, "edu240002") == [2]
    history = store.history()
    assert history["n_slices"].tolist() == [2, 1]
    assert history["n_visible"].tolist() == [1, 1]


def test_higher_rank_wins_whatever_the_order(tmp_path):
    report, form = load("R", {RESULTS: results(marks=(5,))}, rank=2), load("F", {RESULTS: results(marks=(2,))})
    versions = []
    for name, files in {"report first": [report, form], "form first": [form, report]}.items():
        store = Store(tmp_path / name)
        for file in files:
            store.append([file])
        assert marks(store) == [5]
        versions.append(store.snapshot().version)
    assert versions[0] == versions[1]


def test_an_outranked_file_is_known_and_not_piled_up(store):
    store.append([load("R", {RESULTS: results(marks=(5,))}, rank=2)])
    (form,) = store.append([load("F", {RESULTS: results(marks=(2,))})])
    assert store.append([load("F", {RESULTS: results(marks=(2,))})]) == [form]
    assert store.known("F", "protocol_2024") == form
    assert len(store.history()) == 2


def test_same_content_read_into_other_slices_is_news(store):
    store.append([load("A", {RESULTS: results(year=2023)})])
    store.append([load("A", {RESULTS: results(year=2024)})])
    assert sorted(store.snapshot().read(RESULTS)["year"].unique()) == [2023, 2024]


def test_force_writes_again(store):
    (first,) = store.append([load("A", {RESULTS: results(marks=(3,))})])
    (second,) = store.append([load("A", {RESULTS: results(marks=(4,))})], force=True)
    assert first != second
    assert marks(store) == [4]


def test_file_without_accepted_rows_shows_its_quarantine_until_its_path_is_loaded_again(store):
    bad = load("bad", cells=quarantine(), path="form.xlsx")
    (first,) = store.append([bad])
    assert store.append([bad]) == [first]
    assert len(store.snapshot().read("quarantine")) == 1
    good = load("good", {RESULTS: results()}, path="form.xlsx")
    store.append([good])
    assert len(store.snapshot().read("quarantine")) == 0
    assert store.append([bad]) != [first]
    assert len(store.snapshot().read("quarantine")) == 1


def test_slice_values_with_separators_and_gaps_survive(store):
    rows = pd.DataFrame(
        {
            "list_kind": "low_results",
            "year": 2023,
            "login": "edu240001",
            "sign": ["x", "y"],
            "source": ["Приказ № 1|2 от 3 %", "100%25"],
        }
    )
    store.append([load("A", {"published_lists": rows})])
    replaced = rows.iloc[:1].assign(login="edu240009")
    store.append([load("B", {"published_lists": replaced})])
    found = store.snapshot().read("published_lists").sort_values("login")
    assert found[["login", "source"]].values.tolist() == [
        ["edu240001", "100%25"],
        ["edu240009", "Приказ № 1|2 от 3 %"],
    ]


def test_version_does_not_depend_on_place_time_or_what_was_superseded(tmp_path):
    a, b = load("A", {RESULTS: results()}), load("B", {RESULTS: results(marks=(2,))})
    one, two = Store(tmp_path / "one"), Store(tmp_path / "two")
    one.append([a])
    one.append([b])
    two.append([b])
    assert one.snapshot().version == two.snapshot().version
    two.append([load("C", {RESULTS: results("edu240002")})])
    assert one.snapshot().version != two.snapshot().version


def test_empty_append_is_nothing(store):
    assert store.append([]) == []
    assert not store.root.exists()
    assert store.known("A", "x") is None
    assert store.history().empty
