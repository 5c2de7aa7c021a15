"""The store refuses rows that do not fit the definitions: a mistake in our code must not reach the disk."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from store_samples import RESULTS, load, results

from oko_lib.store import Load, Store
from oko_lib.store.conform import conform
from oko_lib.tables import TABLES


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda rows: rows.assign(mark=7), "at most 5.*found 7"),
        (lambda rows: rows.assign(mark="4"), "column mark"),
        (lambda rows: rows.assign(mark=3.5), "column mark"),
        (lambda rows: rows.assign(gender="x"), "one of"),
        (lambda rows: rows.assign(login=None), "login: must not be empty"),
        (lambda rows: rows.assign(login=240001), "column login"),
        (lambda rows: rows.assign(participant_code="50001"), "key repeats"),
        (lambda rows: rows.assign(surname="Иванов"), "unknown.*surname"),
        (lambda rows: rows.drop(columns="present"), "missing columns.*present"),
        (lambda rows: rows.assign(load_id="x"), "unknown.*load_id"),
        (lambda rows: rows.assign(task_scores="12"), "task_scores"),
        (lambda rows: pa.Table.from_pandas(rows.assign(login=5), preserve_index=False), "column login"),
    ],
)
def test_wrong_rows_are_refused_and_nothing_is_written(tmp_path, change, message):
    store = Store(tmp_path / "store")
    with pytest.raises(ValueError, match=f"(?s)bad.xlsx.*{message}"):
        store.append([load("good", {RESULTS: results()}), load("bad", {RESULTS: change(results("edu240002"))})])
    assert not store.root.exists()


def test_counts_must_add_up(tmp_path):
    wrong = Load("f.xlsx", None, "h", "x", 1, read_rows=5, accepted_rows=3, quarantined_rows=1, non_data_rows=0)
    with pytest.raises(ValueError, match="read 5 rows, accounted for 4"):
        Store(tmp_path / "store").append([wrong])


@pytest.mark.parametrize("name", ["loads", "quarantine", "vpr_result"])
def test_tables_that_are_not_for_loading(tmp_path, name):
    with pytest.raises(ValueError, match=name):
        Store(tmp_path / "store").append([load("A", {name: results()})])


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.one_of(st.none(), st.integers(2, 5), st.sampled_from([2.0, 5.0, float("nan"), np.int64(3), pd.NA])),
        min_size=1,
        max_size=8,
    )
)
def test_whole_numbers_in_any_disguise(values):
    rows = results(marks=(3,) * len(values)).assign(mark=pd.Series(values, dtype=object))
    table = conform(TABLES[RESULTS], [(0, rows)], ["f.xlsx"])
    expected = [None if value is None or pd.isna(value) else int(value) for value in values]
    assert table.column("mark").to_pylist() == expected
    assert table.column("mark").type == pa.int32()
