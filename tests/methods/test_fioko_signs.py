from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from oko_lib.methods.fioko_signs import (
    inflated_mean_sign,
    journal_mismatch_sign,
    parallel_jump_signs,
    region_ci,
    regional_index,
    school_ci,
)
from oko_lib.methods.result import RefusalReason


def test_interval_by_hand():
    # mean 5, squared deviations 9 1 1 1 0 0 4 16 = 32, divisor 8: sd = 2; 1.96 * 2 / sqrt(8) = 1.385929
    found = school_ci([2, 4, 4, 4, 5, 5, 7, 9])
    assert found.value == 5
    assert found.interval.low == pytest.approx(5 - 1.3859293)
    assert found.interval.high == pytest.approx(5 + 1.3859293)
    other = region_ci([2, 4, 4, 4, 5, 5, 7, 9], ddof=1)  # sd = sqrt(32 / 7) = 2.1380899
    assert other.interval.high == pytest.approx(5 + 1.96 * 2.1380899 / np.sqrt(8))


def scores(**schools):
    return pd.DataFrame(
        [(name, float(x)) for name, values in schools.items() for x in values], columns=["login", "score"]
    )


def test_sign_a_by_hand():
    # a: 10, 12 -> mean 11, sd 1, low 11 - 1.96/sqrt(2) = 9.614; b: 98 pupils, 49 x 4 and 49 x 6
    frame = scores(a=[10, 12], b=[4, 6] * 49)
    found = inflated_mean_sign(frame, minimum_n=10)
    assert found.region.n == 100
    assert found.region.value == pytest.approx(5.12)
    sd = np.sqrt((49 * 16 + 49 * 36 + 100 + 144) / 100 - 5.12**2)
    assert found.region.interval.high == pytest.approx(5.12 + 1.96 * sd / 10)
    rows = found.units.set_index("login")
    assert rows.loc["a", "low"] == pytest.approx(11 - 1.96 / np.sqrt(2))
    assert rows["sign"].to_dict() == {"a": True, "b": False}
    assert rows["reliable"].to_dict() == {"a": False, "b": True}


def test_sign_a_is_strict_and_computed_for_a_single_pupil():
    frame = scores(a=[10], b=[1, 2, 3] * 20)
    rows = inflated_mean_sign(frame, minimum_n=10).units.set_index("login")
    assert rows.loc["a", "low"] == 10  # zero width, as published
    assert rows.loc["a", "sign"]
    assert not rows.loc["a", "reliable"]
    assert not inflated_mean_sign(frame, ddof=1).units.set_index("login").loc["a", "sign"]
    level = scores(a=[7] * 5, b=[7] * 5)  # bounds touch: 7 > 7 is false
    assert not inflated_mean_sign(level).units["sign"].any()


def test_sign_a_without_data():
    found = inflated_mean_sign(pd.DataFrame({"login": ["a"], "score": [np.nan]}))
    assert found.region.refusal.reason is RefusalReason.NO_DATA
    assert found.units.empty


def test_sign_b_by_hand():
    # ranks of marks 1.5 1.5 3.5 3.5, of scores 3 4 1 2: r = -4 / sqrt(4 * 5)
    found = journal_mismatch_sign(
        pd.DataFrame({"login": "a", "journal_mark": [3, 3, 4, 4], "score": [8, 9, 5, 7]}), minimum_n=10
    ).units.iloc[0]
    assert found["correlation"] == pytest.approx(-4 / np.sqrt(20))
    assert found["sign"]
    assert not found["reliable"]


@pytest.mark.parametrize(
    ("journal", "score", "sign"),
    [
        ([3, 4, 5], [7, 9, 7], False),  # r exactly zero: no sign
        ([4, 4, 4], [7, 9, 7], False),  # undefined: no sign
        ([3], [7], False),
        ([3, 4], [9, 7], True),
    ],
)
def test_sign_b_edges(journal, score, sign):
    row = journal_mismatch_sign(pd.DataFrame({"login": "a", "journal_mark": journal, "score": score})).units.iloc[0]
    assert bool(row["sign"]) is sign


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.integers(2, 5), st.integers(0, 20), st.sampled_from("ab")), min_size=4, max_size=60))
def test_sign_b_is_spearman(rows):
    frame = pd.DataFrame(rows, columns=["journal_mark", "score", "login"])
    found = journal_mismatch_sign(frame).units.set_index("login")
    for login, part in frame.groupby("login"):
        if np.ptp(part["score"]) > 0 and np.ptp(part["journal_mark"]) > 0:
            r = stats.spearmanr(part["journal_mark"], part["score"]).statistic
            assert found.loc[login, "correlation"] == pytest.approx(r, abs=1e-9)
            if abs(r) > 1e-9:
                assert found.loc[login, "sign"] == (r < 0)
        else:
            assert np.isnan(found.loc[login, "correlation"])


def jump_frame(before, after):
    return pd.DataFrame({"percent_before": before, "percent_after": after, "n_before": 25, "n_after": 24})


def test_sign_c_by_hand():
    # K = 1.0, 1.1, 1.2, 1.3, 1.4 and the school in question; quartiles (type 7) of the six values
    found = parallel_jump_signs(jump_frame([50, 55, 60, 65, 70, 100], [50, 50, 50, 50, 50, 40]), minimum_n=24)
    ratio = [1.0, 1.1, 1.2, 1.3, 1.4, 2.5]
    assert found.units["ratio"].to_list() == pytest.approx(ratio)
    assert (found.lower_quartile, found.upper_quartile) == (pytest.approx(1.125), pytest.approx(1.375))
    assert found.upper_fence == pytest.approx(2.125)
    assert found.lower_fence == pytest.approx(0.375)
    assert found.units["fall"].to_list() == [False] * 5 + [True]
    assert not found.units["rise"].any()
    assert found.units["reliable"].all()
    assert not parallel_jump_signs(jump_frame([50] * 3, [50] * 3), minimum_n=25).units["reliable"].any()


def test_sign_c_is_strict_and_knows_a_rise():
    same = parallel_jump_signs(jump_frame([50] * 6, [50] * 6))  # IQR 0: the fences are the value itself
    assert not (same.units["fall"] | same.units["rise"]).any()
    rise = parallel_jump_signs(jump_frame([50] * 6 + [30], [50] * 6 + [60]))
    assert rise.units["rise"].to_list() == [False] * 6 + [True]


def test_sign_c_missing_and_zero():
    found = parallel_jump_signs(jump_frame([50, np.nan, 50, 50, 50], [50, 50, 0, 50, 45]))
    assert found.n_units == 4
    assert found.units["fall"].to_list() == [False, False, True, False, False]
    assert np.isnan(found.units["ratio"][1])
    empty = parallel_jump_signs(jump_frame([np.nan], [50]))
    assert empty.refusal.reason is RefusalReason.NO_DATA
    assert not empty.units["fall"].any()


def test_regional_index():
    # one region, 2021: 259 schools of 639 with sign A in at least one of four subjects -> 59.5
    first = np.arange(639) < 200
    second = (np.arange(639) >= 150) & (np.arange(639) < 259)
    found = regional_index(pd.DataFrame({"login": range(639), "ru": first, "ma": second, "reliable": True}))
    assert (found.numerator, found.denominator) == (380, 639)
    assert round(100 * found.value, 1) == 59.5
    assert found.interval is None


def test_regional_index_counts_only_assessed_schools():
    signs = pd.DataFrame({"a": [True, False, None, None], "b": [None, False, None, True]}, dtype="object")
    found = regional_index(signs, ["a", "b"])
    assert (found.n, found.value) == (3, pytest.approx(1 / 3))
    assert regional_index(signs, ["a", "b"], reliable_at=4).refusal.needed == 4
    assert regional_index(signs.iloc[2:3], ["a", "b"]).refusal.reason is RefusalReason.NO_DATA


def test_planted_truth_and_how_many_ordinary_schools_the_sign_marks():
    rng = np.random.default_rng(4)
    effects = np.append(rng.normal(0, 1.2, 200), 6.0)
    frame = pd.DataFrame({"login": np.repeat(np.arange(201), 25)})
    frame["score"] = 11 + effects[frame["login"]] + rng.normal(0, 3.8, len(frame))
    found = inflated_mean_sign(frame).units
    assert found["sign"].iloc[200]
    assert 0.05 < found["sign"].iloc[:200].mean() < 0.45  # ordinary schools: the reason for the second column
