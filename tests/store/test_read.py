"""Reading: selection, types, order, refusals."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from store_samples import RESULTS, load, quarantine, results, schools

from oko_lib.store import Snapshot, Store, StoreError
from oko_lib.tables import TABLES

LOGINS = ("edu240001", "edu240002", "edu24'; --")


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    store = Store(tmp_path_factory.mktemp("read") / "store")
    frames = [results(login, year=year, marks=(2, None, 5)) for login in LOGINS for year in (2023, 2024)]
    store.append([load(f"f{place}", {RESULTS: frame}) for place, frame in enumerate(frames)])
    return store.snapshot()


@settings(max_examples=40, deadline=None)
@given(
    st.fixed_dictionaries(
        {},
        optional={
            "login": st.one_of(st.sampled_from(LOGINS), st.lists(st.sampled_from((*LOGINS, "нет")), max_size=3)),
            "year": st.one_of(st.integers(2020, 2030), st.just(np.int64(2024)), st.just(range(2023, 2025))),
            "mark": st.one_of(st.none(), st.just([None, 5]), st.just((2, 5.0)), st.just(pd.Series([2.0, np.nan]))),
            "present": st.booleans(),
        },
    )
)
def test_where_selects_what_pandas_selects(snapshot, where):
    everything = snapshot.read(RESULTS)
    expected = everything
    for name, wanted in where.items():
        values = list(wanted) if isinstance(wanted, list | tuple | range | pd.Series) else [wanted]
        empty = any(pd.isna(value) for value in values)
        inside = expected[name].isin([value for value in values if not pd.isna(value)])
        expected = expected[inside | (expected[name].isna() if empty else False)]
    pd.testing.assert_frame_equal(snapshot.read(RESULTS, where=where), expected.reset_index(drop=True))


def test_rows_come_ordered_by_key(snapshot):
    rows = snapshot.read(RESULTS)
    keys = list(rows[list(TABLES[RESULTS].key)].itertuples(index=False, name=None))
    assert keys == sorted(keys)


def test_types_depend_on_the_definition_alone(snapshot):
    full, none = snapshot.read(RESULTS), snapshot.read(RESULTS, where={"login": []})
    assert len(none) == 0
    assert full.dtypes.astype(str).to_dict() == none.dtypes.astype(str).to_dict()
    assert full.dtypes.astype(str)[["year", "mark", "present"]].tolist() == ["int64", "float64", "bool"]


@pytest.mark.parametrize("name", list(TABLES))
def test_tables_without_rows_are_empty_frames(tmp_path, name):
    root = tmp_path / "store"
    root.mkdir()
    snapshot = Store(root).snapshot()
    rows = snapshot.read(name)
    assert list(rows.columns) == [column.name for column in TABLES[name].all_columns]
    assert len(rows) == 0
    assert len(snapshot.sql(f"SELECT * FROM {name}")) == 0


def test_chosen_columns_in_the_order_asked(snapshot):
    assert list(snapshot.read(RESULTS, ["mark", "login"]).columns) == ["mark", "login"]


def test_wrong_names_get_a_suggestion(snapshot):
    with pytest.raises(KeyError, match="vpr_results_by_participant"):
        snapshot.read("vpr_results_by_participants")
    with pytest.raises(KeyError, match="journal_mark"):
        snapshot.read(RESULTS, ["jurnal_mark"])
    with pytest.raises(KeyError, match="subject"):
        snapshot.read(RESULTS, where={"subjekt": "Математика"})


@pytest.mark.parametrize("where", [{"year": "2024"}, {"login": 5}, {"present": 1}, {"mark": True}, {"task_scores": 1}])
def test_values_of_the_wrong_type_are_refused(snapshot, where):
    with pytest.raises(TypeError):
        snapshot.read(RESULTS, where=where)


def test_sql_sees_visible_rows_and_takes_parameters(tmp_path):
    store = Store(tmp_path / "store")
    store.append([load("A", {RESULTS: results(), "schools": schools("A", ["edu240001"])}, cells=quarantine())])
    store.append([load("B", {RESULTS: results(marks=(2,)), "schools": schools("B", ["edu240001"])})])
    found = store.snapshot().sql(
        f"SELECT s.school_name, count(*) AS n FROM {RESULTS} r JOIN Schools s USING (login, year) "
        "WHERE r.mark < $below GROUP BY ALL",
        {"below": 3},
    )
    assert found.values.tolist() == [["Школа edu240001 из B", 1]]
    assert store.snapshot().sql("SELECT count(*) AS n FROM quarantine")["n"].item() == 0


def test_sql_mistakes_are_explained(snapshot):
    lists = pd.DataFrame({"x": [1]})  # a variable of that name must not become a table
    with pytest.raises(StoreError, match="Запрос к данным не выполнен"):
        snapshot.sql("SELECT * FROM lists")
    with pytest.raises(StoreError, match="SELECT"):
        snapshot.sql("CREATE TEMP TABLE t (x INTEGER)")
    assert len(lists) == 1


def test_column_added_to_a_definition_later_is_empty_in_old_rows(tmp_path, monkeypatch):
    from dataclasses import replace

    from oko_lib.tables import Column, ColumnType

    store = Store(tmp_path / "store")
    store.append([load("A", {"schools": schools("A", ["edu240001"])})])
    old = TABLES["schools"]
    wider = replace(old, columns=(*old.columns, Column("founder", ColumnType.STRING, "Учредитель")))
    monkeypatch.setitem(TABLES, "schools", wider)
    assert Store(store.root).snapshot().read("schools")["founder"].isna().tolist() == [True]
    store.append([load("B", {"schools": schools("B", ["edu240002"]).assign(founder="город")})])
    assert store.snapshot().read("schools")["founder"].fillna("").tolist() == ["", "город"]
