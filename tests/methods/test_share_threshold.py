from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from method_sizes import real_sizes
from scipy import integrate, stats

from oko_lib.methods.result import RefusalReason
from oko_lib.methods.share_threshold import JEFFREYS, BetaPrior, beta_prior, probability_at_least
from oko_lib.methods.shrinkage import shrink_proportions


def test_a_planted_spread_is_found():
    # shrink_proportions maximises the plain likelihood: with thousands of schools the factor makes no difference
    rng = np.random.default_rng(1)
    n = real_sizes(rng, 3000)
    x = rng.binomial(n, rng.beta(1.5, 10, 3000))
    prior, plain = beta_prior(x, n), shrink_proportions(x, n)
    assert prior.fit == "likelihood"
    assert prior.mean == pytest.approx(plain.centre, abs=1e-3)
    assert 1 / (1 + prior.a + prior.b) == pytest.approx(plain.spread, abs=1e-3)
    assert prior.mean == pytest.approx(1.5 / 11.5, abs=0.01)
    assert prior.a + prior.b == pytest.approx(11.5, rel=0.15)
    assert (prior.n_units, prior.n) == (3000, n.sum())


def test_the_spread_never_falls_to_zero():
    # 30 schools that truly are alike: the plain maximum often lies at zero spread
    strengths = []
    for seed in range(40):
        rng = np.random.default_rng(seed)
        n = real_sizes(rng, 30)
        prior = beta_prior(rng.binomial(n, 0.13), n)
        strengths.append(prior.a + prior.b)
    assert max(strengths) < 5000
    assert np.median(strengths) > 50  # and yet it says that they are alike


def test_three_of_ten_and_thirty_of_a_hundred():
    rng = np.random.default_rng(2)
    n = real_sizes(rng, 400)
    prior = beta_prior(rng.binomial(n, rng.beta(1.5, 10, 400)), n)
    few, many = probability_at_least([3, 30], [10, 100], 0.3, prior)
    assert few < 0.25
    assert many == pytest.approx(0.33, abs=0.06)
    # without the region both are a toss-up: the region is what tells them apart
    assert probability_at_least([3, 30], [10, 100], 0.3, JEFFREYS) == pytest.approx([0.52, 0.51], abs=0.01)


def test_probability_by_integration():
    prior = BetaPrior(2.0, 7.0, "likelihood", 50, 1000)
    density = stats.beta(2 + 5, 7 + 9).pdf
    expected = integrate.quad(density, 0.3, 1)[0]
    assert probability_at_least(5, 14, 0.3, prior) == pytest.approx(expected)
    assert probability_at_least(5, 14, 0.3, (2.0, 7.0)) == pytest.approx(expected)
    # far tails keep their digits
    assert probability_at_least(0, 400, 0.3, prior) == pytest.approx(stats.beta.sf(0.3, 2, 407), rel=1e-6)


def test_a_promise_of_one_half_is_kept_half_of_the_time():
    rng = np.random.default_rng(3)
    promised, true = [], []
    for _ in range(150):
        n = real_sizes(rng, 30)
        truth = rng.beta(2, 8, 30)
        x = rng.binomial(n, truth)
        promised.append(probability_at_least(x, n, 0.3, beta_prior(x, n)))
        true.append(truth >= 0.3)
    promised, true = np.concatenate(promised), np.concatenate(true)
    for low, high in ((0.0, 0.2), (0.2, 0.5), (0.5, 0.8), (0.8, 1.0)):
        group = (promised >= low) & (promised <= high)
        assert group.sum() > 200
        assert true[group].mean() == pytest.approx(promised[group].mean(), abs=0.05)


def test_refusals_fall_back_on_a_prior_that_prefers_nothing():
    few = beta_prior([1, 2, 3], [10, 10, 10])
    assert (few.refusal.reason, few.refusal.found, few.refusal.needed) == (RefusalReason.TOO_FEW, 3, 10)
    assert (few.a, few.b, few.fit) == (0.5, 0.5, "jeffreys")
    assert beta_prior([], []).refusal.reason is RefusalReason.NO_DATA
    assert beta_prior([0] * 12, [9] * 12).refusal.reason is RefusalReason.NO_VARIATION
    assert beta_prior([9] * 12, [9] * 12).refusal.reason is RefusalReason.NO_VARIATION
    gaps = beta_prior([1, 2, 3, np.nan, 1] * 4, [10, 10, 10, 10, 0] * 4)
    assert gaps.n_units == 12
    with pytest.raises(ValueError, match="counts"):
        beta_prior([3] * 12, [2] * 12)


def test_no_pupils_are_no_finding():
    found = probability_at_least([0, np.nan, 1], [0, 5, np.nan], 0.3, JEFFREYS)
    assert np.isnan(found).all()
    with pytest.raises(ValueError, match="counts"):
        probability_at_least(3, 2, 0.3, JEFFREYS)


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 200), st.data(), st.floats(0.05, 20), st.floats(0.05, 60))
def test_probability_grows_with_pupils_below_and_falls_with_the_threshold(n, data, a, b):
    x = data.draw(st.integers(0, n - 1))
    low, high = sorted(data.draw(st.tuples(st.floats(0.01, 0.99), st.floats(0.01, 0.99))))
    prior = (a, b)
    more = probability_at_least(x + 1, n, low, prior) - probability_at_least(x, n, low, prior)
    assert more >= -1e-12
    assert probability_at_least(x, n, high, prior) <= probability_at_least(x, n, low, prior) + 1e-12
    assert 0 <= probability_at_least(x, n, low, prior) <= 1


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), min_size=10, max_size=30)
)
def test_a_prior_is_always_usable(pairs):
    prior = beta_prior(*np.array(pairs).T)
    assert prior.a > 0
    assert prior.b > 0
    assert np.isfinite([prior.a, prior.b]).all()
