from __future__ import annotations

from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from oko_lib.methods.completion_zone import Zone, completion_zones
from oko_lib.methods.proportions import wilson_bounds
from oko_lib.methods.result import RefusalReason
from oko_lib.methods.task_completion import completion_bounds, task_completion

BASIC, RAISED = (0.60, 0.57), (0.30, 0.285)
EXACT = {0.60: Fraction(3, 5), 0.57: Fraction(57, 100), 0.30: Fraction(3, 10), 0.285: Fraction(57, 200)}


@pytest.mark.parametrize(
    ("points", "possible", "norms", "zone"),
    [
        (60, 100, BASIC, Zone.SUFFICIENT),
        (5999, 10_000, BASIC, Zone.BORDER),
        (57, 100, BASIC, Zone.BORDER),
        (5699, 10_000, BASIC, Zone.INSUFFICIENT),
        (30, 100, RAISED, Zone.SUFFICIENT),
        (29.9, 100, RAISED, Zone.BORDER),
        (28.5, 100, RAISED, Zone.BORDER),
        (57, 200, RAISED, Zone.BORDER),
        (28.4, 100, RAISED, Zone.INSUFFICIENT),
        (0, 40, RAISED, Zone.INSUFFICIENT),
        (40, 40, BASIC, Zone.SUFFICIENT),
    ],
)
def test_edges_of_the_zones(points, possible, norms, zone):
    found = completion_zones(points, possible, 40, *norms).iloc[0]
    assert found["zone"] == zone
    assert found["completion"] == points / possible


@given(st.integers(1, 200), st.integers(1, 10), st.data())
def test_zones_are_those_of_exact_fractions(pupils, maximum, data):
    possible = pupils * maximum
    points = data.draw(st.integers(0, possible))
    for sufficient, insufficient in (BASIC, RAISED):
        share = Fraction(points, possible)
        expected = Zone.BORDER
        if share >= EXACT[sufficient]:
            expected = Zone.SUFFICIENT
        elif share < EXACT[insufficient]:
            expected = Zone.INSUFFICIENT
        found = completion_zones(points, possible, pupils, sufficient, insufficient, minimum_n=1)
        assert found["zone"].iloc[0] == expected


def test_reliable_only_when_the_whole_interval_lies_in_the_zone():
    points, n = np.array([75, 62, 58, 45, 5900, 20]), np.array([100, 100, 100, 100, 10_000, 30])
    found = completion_zones(points, n, n, *BASIC)
    low, high = wilson_bounds(points, n)
    np.testing.assert_allclose(found[["low", "high"]], np.column_stack([low, high]))
    zones = ["sufficient", "sufficient", "border", "insufficient", "border", "sufficient"]
    assert found["zone"].tolist() == zones
    assert found["reliable"].tolist() == [True, False, False, True, True, False]
    # Points earned one by one vary less: the same completion is surer.
    surer = completion_zones(points, n, n, *BASIC, design_effect=0.1)
    assert surer["reliable"].tolist()[:2] == [True, False]
    assert (surer["high"] - surer["low"] < found["high"] - found["low"]).all()


def test_each_row_has_its_own_norms_and_refusals():
    found = completion_zones(
        [29, 29, 9, 0], [50, 50, 10, 0], [50, 50, 9, 0], [0.6, 0.3, 0.3, 0.3], [0.57, 0.285, 0.2, 0]
    )
    assert found["zone"].tolist()[:2] == [Zone.BORDER, Zone.SUFFICIENT]
    assert found["zone"].isna().tolist() == [False, False, True, True]
    assert found["refusal"].tolist()[2:] == [RefusalReason.TOO_FEW, RefusalReason.NO_DATA]
    assert found["completion"].iloc[2] == 0.9
    assert found["low"].isna().tolist() == [False, False, True, True]
    assert not found["reliable"].iloc[2:].any()
    ten = completion_zones(10, 10, 10, *BASIC)
    assert ten["zone"].notna().all()
    with pytest.raises(ValueError, match="exceed"):
        completion_zones(5, 10, 10, 0.5, 0.6)
    with pytest.raises(ValueError, match="between 0"):
        completion_zones(11, 10, 10, *BASIC)


def test_completion_counts_points_of_those_who_have_them():
    scores = pd.DataFrame({"a": [1, 0, 1, np.nan], "b": [3, 0, 2, 1]})
    found = task_completion(scores, [1, 3], ["x", "x", "x", "y"], minimum_n=3).set_index(["group", "task"])
    assert found.loc[("x", "a"), ["n", "points", "possible"]].tolist() == [3, 2, 3]
    assert found.loc[("x", "b"), "completion"] == pytest.approx(5 / 9)
    assert found.loc[("x", "b"), "sd_pupils"] == pytest.approx(np.std([1, 0, 2 / 3], ddof=1))
    assert ("y", "a") not in found.index
    assert found.loc[("y", "b"), "refusal"] == RefusalReason.TOO_FEW
    assert np.isnan(found.loc[("y", "b"), "low"])
    assert found.loc[("y", "b"), "completion"] == pytest.approx(1 / 3)
    with pytest.raises(ValueError, match="between 0 and the maximum"):
        task_completion(scores, [1, 2], list("xxxy"))


def test_a_group_within_one_school_needs_no_clusters():
    rng = np.random.default_rng(1)
    scores, school = pd.DataFrame({"a": rng.integers(0, 3, 200), "b": rng.integers(0, 2, 200)}), np.arange(200) // 40
    pd.testing.assert_frame_equal(
        task_completion(scores, [2, 1], school, cluster=school), task_completion(scores, [2, 1], school)
    )
    three = task_completion(scores, [2, 1], np.where(school < 3, 0, 1), cluster=school)
    assert three["n_clusters"].tolist() == [3, 2, 3, 2]
    assert set(three["refusal"]) == {RefusalReason.TOO_FEW}
    assert three["completion"].notna().all()
    assert task_completion(scores, [2, 1], 0 * school, cluster=school)["refusal"].isna().all()


def test_intervals_of_several_points_hold_the_truth_and_are_not_those_of_yes_or_no():
    rng = np.random.default_rng(2)
    held, binomial = [], []
    for _ in range(250):
        frame = pd.DataFrame({"a": rng.binomial(4, 0.62, 40)})
        row = task_completion(frame, [4], np.zeros(40)).iloc[0]
        held.append(row["low"] <= 0.62 <= row["high"])
        low, high = wilson_bounds(row["completion"] * 40, 40)
        binomial.append((high - low) / (row["high"] - row["low"]))
    assert 0.92 <= np.mean(held) <= 0.98
    assert np.mean(binomial) > 1.7


def test_intervals_of_a_municipality_hold_the_truth_where_pupils_alone_do_not():
    rng = np.random.default_rng(3)
    held, naive = [], []
    for _ in range(200):
        size = rng.integers(15, 60, 14)
        school = np.repeat(np.arange(14), size)
        level = np.clip(0.6 + 0.12 * rng.standard_normal(14), 0.05, 0.95)
        frame = pd.DataFrame({"a": rng.binomial(2, level[school])})
        row = task_completion(frame, [2], 0 * school, cluster=school).iloc[0]
        held.append(row["low"] <= 0.6 <= row["high"])
        alone = task_completion(frame, [2], 0 * school).iloc[0]
        naive.append(alone["low"] <= 0.6 <= alone["high"])
    assert np.mean(naive) < 0.75
    assert 0.91 <= np.mean(held) <= 0.985


@given(st.lists(st.integers(0, 3), min_size=10, max_size=60), st.randoms(use_true_random=False))
def test_order_and_names_do_not_matter(points, random):
    group = [random.choice("ab") for _ in points]
    order = random.sample(range(len(points)), len(points))
    frame = pd.DataFrame({"t": points})
    plain = task_completion(frame, [3], group)
    mixed = task_completion(frame.iloc[order], [3], [group[k] for k in order])
    pd.testing.assert_frame_equal(plain, mixed)
    judged = plain[plain["refusal"].isna()]
    assert ((judged["low"] >= 0) & (judged["low"] <= judged["completion"])).all()
    assert ((judged["completion"] <= judged["high"]) & (judged["high"] <= 1)).all()
    assert (judged["high"] > judged["low"]).all()


def test_bounds_with_no_more_than_pupils_are_wilsons():
    low, high = completion_bounds([0.3, 0.0], [40, 12], 1.0)
    np.testing.assert_allclose(
        np.column_stack([low, high]), np.column_stack(wilson_bounds([12, 0], [40, 12])), atol=1e-12
    )
