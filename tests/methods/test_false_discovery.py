from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from method_examples import P_VALUES
from scipy import stats

from oko_lib.methods.multiplicity import adjusted_within, false_discovery


def test_table_of_benjamini_and_hochberg():
    # Benjamini, Hochberg (1995), section 4.1: 15 hypotheses, the procedure rejects the four smallest at 0.05
    found = false_discovery(P_VALUES)
    assert found.rejected.tolist() == [True] * 4 + [False] * 11
    assert found.adjusted[3] == pytest.approx(15 / 4 * 0.0095)
    assert (found.n_tests, found.n_rejected) == (15, 4)


def test_missing_tests_are_not_counted():
    with_gaps = false_discovery([np.nan, *P_VALUES, np.nan])
    np.testing.assert_allclose(with_gaps.adjusted[1:-1], false_discovery(P_VALUES).adjusted)
    assert np.isnan(with_gaps.adjusted[[0, -1]]).all()
    assert not with_gaps.rejected[[0, -1]].any()
    assert with_gaps.n_tests == 15


@pytest.mark.parametrize("p", [[], [np.nan, np.nan]])
def test_nothing_tested(p):
    found = false_discovery(p)
    assert (found.n_tests, found.n_rejected) == (0, 0)
    assert len(found.adjusted) == len(p)


def test_impossible_p():
    with pytest.raises(ValueError, match="between 0 and 1"):
        false_discovery([0.5, 1.2])


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=60))
def test_agrees_with_scipy_and_keeps_order(p):
    for dependent, method in ((False, "bh"), (True, "by")):
        found = false_discovery(p, dependent=dependent)
        np.testing.assert_allclose(found.adjusted, stats.false_discovery_control(p, method=method), atol=1e-12)
        assert (found.adjusted >= np.array(p) - 1e-12).all()
    order = np.argsort(p)
    assert (np.diff(false_discovery(p).adjusted[order]) >= -1e-12).all()


def test_rate_on_planted_data():
    rng = np.random.default_rng(0)
    shares, power = [], []
    for _ in range(200):
        z = rng.standard_normal(500)
        z[:25] += 4
        rejected = false_discovery(2 * stats.norm.sf(np.abs(z))).rejected
        shares.append(rejected[25:].sum() / max(rejected.sum(), 1))
        power.append(rejected[:25].mean())
    assert np.mean(shares) <= 0.055
    assert np.mean(power) > 0.8


@pytest.mark.parametrize("seed", range(20))
def test_families_in_one_go_are_those_taken_one_by_one(seed):
    rng = np.random.default_rng(seed)
    size = int(rng.integers(1, 400))
    p = np.round(rng.random(size) ** 3, 2)  # ties, zeros and ones among them
    p[rng.random(size) < 0.2] = np.nan
    family = rng.choice(["a", "b", "c", "alone", ""], size)
    p[family == "c"] = np.nan
    one_by_one = np.full(size, np.nan)
    for name in np.unique(family):
        one_by_one[family == name] = false_discovery(p[family == name]).adjusted
    np.testing.assert_array_equal(adjusted_within(p, family), one_by_one)


def test_families_do_not_know_each_other():
    found = adjusted_within([0.01, 0.04, 0.04, np.nan, 0.5], ["a", "a", "b", "b", "b"])
    np.testing.assert_allclose(found, [0.02, 0.04, 0.08, np.nan, 0.5])
    with pytest.raises(ValueError, match="between 0 and 1"):
        adjusted_within([0.5, 1.5], ["a", "b"])
