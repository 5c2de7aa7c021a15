"""Rare events by school: planted schools found among many zeros, ordinary regions left alone."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from oko_lib.methods.rare_share import rare_shares
from oko_lib.methods.result import RefusalReason


def ordinary(rng, units=150, centre=0.012, rho=0.01):
    n = rng.integers(10, 110, units)
    strength = 1 / rho - 1
    share = rng.beta(centre * strength, (1 - centre) * strength, units)
    return rng.binomial(n, share), n


@pytest.mark.parametrize("rho", [1e-6, 0.005, 0.02])
@pytest.mark.parametrize("centre", [0.01, 0.03])
def test_ordinary_regions_are_left_alone(centre, rho):
    rng = np.random.default_rng(int(1000 * centre + 1e6 * rho))
    with_any = sum(
        (rare_shares(*ordinary(rng, centre=centre, rho=rho)).units["state"] == "more").any() for _ in range(60)
    )
    assert with_any <= 8  # nominal 5 % of 60 regions is 3; 8 or more happens in 1 % of such series


def test_schools_far_beyond_are_found_and_do_not_hide_each_other():
    rng = np.random.default_rng(7)
    found = wrong = 0
    for _ in range(20):
        x, n = ordinary(rng)
        n[:4] = [30, 85, 108, 97]
        x[:4] = [14, 17, 23, 26]
        called = (rare_shares(x, n).units["state"] == "more").to_numpy()
        found += called[:4].sum()
        wrong += called[4:].sum()
    assert found == 80
    assert wrong <= 8  # at most one in ten of the called


def test_the_tail_is_the_exact_binomial_where_schools_do_not_differ():
    n = np.full(40, 50)
    x = np.array([0, 1] * 19 + [1, 9])
    result = rare_shares(x, n)
    usual = result.units["state"] != "more"
    assert list(result.units["state"][-1:]) == ["more"]
    assert result.centre == pytest.approx(x[usual].sum() / n[usual].sum(), rel=0.03)
    assert result.units["p_value"].iloc[-1] == pytest.approx(stats.binom.sf(8, 50, result.centre), rel=0.3)


def test_small_schools_are_not_judged_and_few_schools_refuse():
    x, n = np.array([5, *[0] * 30]), np.array([9, *[40] * 30])
    result = rare_shares(x, n, minimum_n=10)
    assert not isinstance(result.units["state"].iloc[0], str)
    refused = rare_shares([1] * 19, [30] * 19)
    assert refused.refusal.reason is RefusalReason.TOO_FEW
    assert refused.units["state"].isna().all()


def test_no_event_at_all_calls_nobody():
    result = rare_shares([0] * 40, [50] * 40)
    assert set(result.units["state"]) == {"indistinct"}


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), min_size=20, max_size=60), st.randoms())
def test_order_of_schools_does_not_matter(pairs, random):
    x = [min(pair) for pair in pairs]
    n = [max(pair) for pair in pairs]
    order = list(range(len(pairs)))
    random.shuffle(order)
    plain = rare_shares(x, n).units["state"].to_numpy()
    mixed = rare_shares([x[i] for i in order], [n[i] for i in order]).units["state"].to_numpy()
    assert [plain[i] for i in order] == list(mixed)


def test_impossible_counts_are_refused():
    with pytest.raises(ValueError, match="events"):
        rare_shares([5] * 20, [4] * 20)
