import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from oko_lib.methods.standardisation import indirectly_standardised


def test_worked_by_hand():
    # Cell a: 30 of 100 over both schools, cell b: 10 of 50; school 1 is expected 0.3 * 60 + 0.2 * 10 = 20.
    counts = pd.DataFrame(
        {
            "school": ["1", "1", "2", "2"],
            "cell": ["a", "b", "a", "b"],
            "events": [24, 1, 6, 9],
            "n": [60, 10, 40, 40],
        }
    )
    by_school = indirectly_standardised(counts, "school", ["cell"])
    assert by_school.loc["1", "expected"] == pytest.approx(20.0)
    assert by_school.loc["1", "ratio"] == pytest.approx(25 / 20)
    assert by_school.loc["1", "share"] == pytest.approx(40 / 150 * 25 / 20)
    assert by_school.loc["2", "expected"] == pytest.approx(0.3 * 40 + 0.2 * 40)


def test_same_share_in_every_cell_gives_ratio_one_whatever_the_mix():
    counts = pd.DataFrame(
        {"school": ["1", "1", "2", "2"], "cell": ["a", "b", "a", "b"], "events": [5, 16, 10, 4], "n": [10, 20, 20, 5]}
    )
    assert indirectly_standardised(counts, "school", ["cell"])["ratio"].tolist() == pytest.approx([1.0, 1.0])


def test_cell_without_events_expects_nothing():
    counts = pd.DataFrame({"school": ["1"], "cell": ["a"], "events": [0], "n": [10]})
    assert np.isnan(indirectly_standardised(counts, "school", ["cell"])["ratio"].iloc[0])


@given(
    st.lists(
        st.tuples(st.sampled_from("abc"), st.sampled_from("xyz"), st.integers(0, 30), st.integers(0, 30)),
        min_size=1,
        max_size=30,
        unique_by=lambda row: row[:2],
    )
)
def test_expected_counts_add_up_to_the_observed_ones(rows):
    counts = pd.DataFrame(
        [(school, cell, min(first, second), max(first, second)) for school, cell, first, second in rows],
        columns=["school", "cell", "events", "n"],
    )
    by_school = indirectly_standardised(counts, "school", ["cell"])
    assert by_school["expected"].sum() == pytest.approx(by_school["events"].sum())
    assert by_school["share"].dropna().between(0, 1).all()
