from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from method_sizes import real_sizes
from statsmodels.stats.meta_analysis import combine_effects

from oko_lib.methods.result import RefusalReason
from oko_lib.methods.shrinkage import shrink_means, shrink_proportions, shrinkage_weight, variance_parts


def test_weights_of_real_schools():
    weights = shrinkage_weight(0.09, [23, 8])
    assert [round(w, 2) for w in weights] == [0.69, 0.44]
    sd, tau2 = 3.0, 9 * 0.09 / 0.91
    found = shrink_means([10.0, 10.0], [23, 8], sd, tau2=tau2, centre=8.0).units
    np.testing.assert_allclose(found["weight"], weights)
    np.testing.assert_allclose(found["shrunk"], 8 + 2 * weights)


def test_tau2_is_paule_mandel():
    # toxoplasmosis-like unequal errors; statsmodels iterates the same equation
    rng = np.random.default_rng(1)
    n = real_sizes(rng, 50)
    y = 10 + rng.normal(0, 1.2, 50) + rng.normal(0, 4, 50) / np.sqrt(n)
    found = shrink_means(y, n, 4.0)
    other = combine_effects(y, 16 / n, method_re="iterated", atol=1e-10, maxiter=500)
    assert found.spread == pytest.approx(other.tau2, rel=1e-4)
    assert found.centre == pytest.approx(other.mean_effect_re, rel=1e-6)


def test_beta_binomial_of_known_parameters():
    rng = np.random.default_rng(2)
    n = real_sizes(rng, 3000)
    events = rng.binomial(n, rng.beta(3, 7, 3000))
    found = shrink_proportions(events, n)
    assert found.fit == "likelihood"
    assert found.centre == pytest.approx(0.3, abs=0.01)
    assert found.spread == pytest.approx(1 / 11, abs=0.01)
    strength = 1 / found.spread - 1
    row = found.units.iloc[0]
    assert row["weight"] == pytest.approx(row["n"] / (row["n"] + strength))
    assert row["shrunk"] == pytest.approx(row["weight"] * row["value"] + (1 - row["weight"]) * found.centre)


def test_posterior_intervals_hold_the_truth():
    rng = np.random.default_rng(3)
    means, shares, raw_error, error = [], [], [], []
    for _ in range(60):
        n = real_sizes(rng, 60)
        truth = 10 + rng.normal(0, 1.2, 60)
        y = truth + rng.normal(0, 3.8, 60) / np.sqrt(n)
        found = shrink_means(y, n, 3.8).units
        means.append(((found["low"] <= truth) & (truth <= found["high"])).mean())
        raw_error.append(np.mean((y - truth) ** 2))
        error.append(np.mean((found["shrunk"] - truth) ** 2))
        share = rng.beta(3, 7, 60)
        found = shrink_proportions(rng.binomial(n, share), n).units
        shares.append(((found["low"] <= share) & (share <= found["high"])).mean())
    assert 0.93 <= np.mean(means) <= 0.97
    assert 0.92 <= np.mean(shares) <= 0.97
    assert np.mean(error) < 0.6 * np.mean(raw_error)


def test_no_spread_draws_everything_to_the_centre():
    n = np.full(40, 25)
    rng = np.random.default_rng(4)
    y = 10 + 0.5 * rng.normal(0, 4, 40) / 5  # tighter than chance
    found = shrink_means(y, n, 4.0)
    assert found.spread == 0
    np.testing.assert_allclose(found.units["shrunk"], found.centre)


def test_refusals():
    assert shrink_means([1.0] * 9, [9] * 9, 1.0).refusal.needed == 10
    assert shrink_means([], [], 1.0).refusal.reason is RefusalReason.NO_DATA
    assert shrink_means(range(12), [9] * 12, 0.0).refusal.reason is RefusalReason.NO_VARIATION
    assert shrink_proportions([1] * 9, [9] * 9).refusal.reason is RefusalReason.TOO_FEW
    assert shrink_proportions([0] * 12, [9] * 12).refusal.reason is RefusalReason.NO_VARIATION
    with pytest.raises(ValueError, match="counts"):
        shrink_proportions([5], [4])
    gaps = shrink_means([*map(float, range(12)), np.nan, 4.0], [9] * 13 + [0], 2.0, units=range(14))
    assert gaps.n_units == 12
    assert gaps.units["shrunk"].isna().to_list() == [False] * 12 + [True] * 2


def test_variance_parts_balanced_textbook():
    # one-way ANOVA by hand: groups (1,3), (5,7): MSW = 2, MSB = 16, between = (16 - 2) / 2 = 7
    frame = pd.DataFrame({"login": ["a", "a", "b", "b"], "score": [1, 3, 5, 7.0]})
    found = variance_parts(frame, "login", "score")
    assert found.sd_within == pytest.approx(np.sqrt(2))
    assert found.sd_between == pytest.approx(np.sqrt(7))
    assert found.icc == pytest.approx(7 / 9)
    assert variance_parts(frame.iloc[:2], "login", "score").refusal.reason is RefusalReason.TOO_FEW


def test_variance_parts_recover_the_planted_icc():
    rng = np.random.default_rng(5)
    n = real_sizes(rng, 800)
    login = np.repeat(np.arange(800), n)
    score = rng.normal(0, 0.3, 800)[login] + rng.normal(0, np.sqrt(0.91), len(login))
    assert variance_parts(pd.DataFrame({"login": login, "score": score}), "login", "score").icc == pytest.approx(
        0.09, abs=0.02
    )


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), min_size=10, max_size=40)
)
def test_shrunken_share_lies_between_school_and_centre(pairs):
    events, n = np.array(pairs).T
    found = shrink_proportions(events, n)
    if found.refusal:
        assert events.sum() in (0, n.sum())
        return
    units = found.units
    low = np.minimum(units["value"], found.centre) - 1e-9
    high = np.maximum(units["value"], found.centre) + 1e-9
    assert units["shrunk"].between(low, high).all()
    assert ((units["low"] <= units["high"]) & units["low"].ge(0) & units["high"].le(1)).all()
