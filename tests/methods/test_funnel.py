from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from method_sizes import real_sizes
from scipy import stats
from statsmodels.stats.meta_analysis import combine_effects

from oko_lib.methods.funnel import (
    arcsine_limits,
    betabinomial_limits,
    binomial_limits,
    funnel_means,
    funnel_proportions,
    over_dispersion,
    tail_p_values,
    winsorised_unit_variance,
)
from oko_lib.methods.multiplicity import false_discovery
from oko_lib.methods.result import RefusalReason


def beta_shares(rng, theta, rho, count):
    return rng.beta(theta * (1 / rho - 1), (1 - theta) * (1 / rho - 1), count) if rho else np.full(count, theta)


def test_sizes_are_the_real_ones():
    sizes = real_sizes(np.random.default_rng(0), 50000)
    assert np.median(sizes) == 22
    assert 0.18 < (sizes < 10).mean() < 0.24


def test_formulas_of_spiegelhalter_and_funnelplotr_by_hand():
    events, n = np.array([5, 30, 12, 20]), np.array([20, 50, 60, 40])
    funnel = funnel_proportions(events, n, winsorise=0.0, minimum_units=3, calibrated=False)
    theta = 67 / 170
    z = 2 * np.sqrt(n) * (np.arcsin(np.sqrt(events / n)) - np.arcsin(np.sqrt(theta)))
    phi = np.mean(z**2)
    w = 4.0 * n
    tau2 = (4 * phi - 3) / (w.sum() - (w**2).sum() / w.sum())
    assert funnel.theta == pytest.approx(theta)
    assert funnel.phi == pytest.approx(phi)
    assert funnel.tau2 == funnel.tau2_published == pytest.approx(tau2)
    np.testing.assert_allclose(funnel.units["z"], z)
    np.testing.assert_allclose(
        funnel.units["z_adjusted"],
        (np.arcsin(np.sqrt(events / n)) - np.arcsin(np.sqrt(theta))) / np.sqrt(1 / (4 * n) + tau2),
    )
    wide = funnel.limits([40])
    reach = 1.959964 * np.sqrt(1 / 160 + tau2)
    assert wide["high"][0] == pytest.approx(np.sin(np.arcsin(np.sqrt(theta)) + reach) ** 2, abs=1e-6)


def test_tau2_is_dersimonian_laird():
    # with the precision-weighted mean as target and nothing winsorised it is the moment estimate of meta-analysis
    rng = np.random.default_rng(2)
    n = real_sizes(rng, 40)
    y = 10 + rng.normal(0, 1, 40) + rng.normal(0, 4, 40) / np.sqrt(n)
    target = np.average(y, weights=n)
    found = funnel_means(y, n, 4.0, target=target, winsorise=0.0, calibrated=False)
    assert found.tau2 == pytest.approx(combine_effects(y, 16 / n, method_re="dl").tau2)


def test_winsorising_loses_a_third_of_the_variance():
    assert winsorised_unit_variance(0.1) == pytest.approx(0.6786, abs=1e-4)
    assert winsorised_unit_variance(0) == 1
    z = np.random.default_rng(0).standard_normal(200000)
    assert over_dispersion(z, np.ones(200000), 0.1)[0] == pytest.approx(winsorised_unit_variance(0.1), abs=0.01)


def test_binomial_limits_interpolate():
    # n = 10, theta = 0.5, p = 0.025: F(1) = 11/1024, F(2) = 56/1024, r = 2, alpha = (56/1024 - 0.025)/(45/1024)
    low, high = binomial_limits([10], 0.5, 0.95)
    alpha = (56 / 1024 - 0.025) / (45 / 1024)
    assert low[0] == pytest.approx((2 - alpha) / 10)
    alpha = (1013 / 1024 - 0.975) / (45 / 1024)
    assert high[0] == pytest.approx((8 - alpha) / 10)


def test_limits_tend_to_the_normal_ones():
    low, high = binomial_limits([4000], 0.3, 0.95)
    reach = 1.96 * np.sqrt(0.21 / 4000)
    assert low[0] == pytest.approx(0.3 - reach, abs=5e-4)
    assert high[0] == pytest.approx(0.3 + reach, abs=5e-4)
    narrow = np.subtract(*arcsine_limits([4000], 0.3, 0.0, 0.95)[::-1])[0]
    assert narrow == pytest.approx(2 * reach, rel=0.01)


def test_tail_p_values_are_those_of_scipy():
    x, n = np.array([0, 3, 9, 20]), np.array([8, 10, 10, 40])
    a, b = 0.3 * 9, 0.7 * 9
    lower, upper = stats.betabinom.cdf(x, n, a, b), stats.betabinom.sf(x - 1, n, a, b)
    np.testing.assert_allclose(tail_p_values(x, n, 0.3, 0.1), np.minimum(1, 2 * np.minimum(lower, upper)))
    assert tail_p_values([0], [10], 0.3, 0.0)[0] == pytest.approx(2 * 0.7**10)


def test_outside_the_drawn_limit_is_exactly_a_small_p():
    rng = np.random.default_rng(8)
    n = real_sizes(rng, 120)
    events = rng.binomial(n, beta_shares(rng, 0.3, 0.1, 120))
    funnel = funnel_proportions(events, n)
    for level, curve in funnel.limits(n).groupby("level"):
        outside = (funnel.units["value"].to_numpy() < curve["low"].to_numpy() - 1e-9) | (
            funnel.units["value"].to_numpy() > curve["high"].to_numpy() + 1e-9
        )
        np.testing.assert_array_equal(outside, funnel.units["p_value"].to_numpy() < 1 - level)
    y = 10 + rng.normal(0, 1, 120) + rng.normal(0, 4, 120) / np.sqrt(n)
    means = funnel_means(y, n, 4.0)
    curve = means.limits(n).query("level == 0.95")
    outside = (y < curve["low"].to_numpy()) | (y > curve["high"].to_numpy())
    np.testing.assert_array_equal(outside, means.units["p_value"].to_numpy() < 0.05)


@pytest.mark.parametrize(("count", "repeats"), [(12, 200), (150, 40)])
@pytest.mark.parametrize(("theta", "rho"), [(0.3, 0.1), (0.1, 0.05), (0.5, 0.0)])
def test_clean_regions_give_no_more_than_nominal(count, repeats, theta, rho):
    rng = np.random.default_rng([count, int(100 * theta)])
    p, found = [], 0
    for _ in range(repeats):
        n = real_sizes(rng, count)
        funnel = funnel_proportions(rng.binomial(n, beta_shares(rng, theta, rho, count)), n)
        if funnel.refusal is None:
            p.append(funnel.units["p_value"].to_numpy())
            found += false_discovery(p[-1]).n_rejected > 0
    p = np.concatenate(p)
    assert (p <= 0.05).mean() <= 0.05
    assert (p <= 0.01).mean() <= 0.01
    assert found / repeats <= 0.08


def test_published_estimate_alone_flags_too_many():
    # the reason for the calibration: FunnelPlotR's adjusted z at the nominal 5 %
    rng = np.random.default_rng(6)
    share = []
    for _ in range(30):
        n = real_sizes(rng, 150)
        events = rng.binomial(n, beta_shares(rng, 0.3, 0.1, 150))
        share.append((funnel_proportions(events, n, calibrated=False).units["p_value"] <= 0.05).mean())
    assert np.mean(share) > 0.10


@pytest.mark.parametrize(("count", "repeats"), [(12, 400), (150, 80)])
def test_clean_means_give_no_more_than_nominal(count, repeats):
    rng = np.random.default_rng(count)
    p = []
    for _ in range(repeats):
        n = real_sizes(rng, count)
        y = 10 + rng.normal(0, 1.2, count) + rng.normal(0, 3.8, count) / np.sqrt(n)
        p.append(funnel_means(y, n, 3.8).units["p_value"].to_numpy())
    p = np.concatenate(p)
    assert (p <= 0.05).mean() <= 0.055  # 12 000 or 4800 values: 0.05 and its own noise
    assert (p <= 0.01).mean() <= 0.014


def test_planted_schools_are_found_and_do_not_hide_themselves():
    rng = np.random.default_rng(9)
    hits = wrong = 0
    for _ in range(40):
        n = real_sizes(rng, 150)
        n[:5] = 40
        share = beta_shares(rng, 0.3, 0.05, 150)
        share[:5] = 0.85
        funnel = funnel_proportions(rng.binomial(n, share), n)
        rejected = false_discovery(funnel.units["p_value"]).rejected
        hits += rejected[:5].sum()
        wrong += rejected[5:].sum()
    assert hits / 200 > 0.8
    assert wrong / max(hits + wrong, 1) < 0.05


def test_refusals():
    few = funnel_proportions([1, 2, 3], [10, 10, 10])
    assert (few.refusal.reason, few.refusal.found, few.refusal.needed) == (RefusalReason.TOO_FEW, 3, 10)
    assert few.theta == pytest.approx(0.2)
    assert few.units["value"].to_list() == [0.1, 0.2, 0.3]
    assert few.units["p_value"].isna().all()
    assert few.limits([10, 20]).empty
    for events in ([0] * 12, [10] * 12):
        assert funnel_proportions(events, [10] * 12).refusal.reason is RefusalReason.NO_VARIATION
    assert funnel_proportions([0], [0]).refusal.reason is RefusalReason.NO_DATA
    assert funnel_means([5.0] * 12, [9] * 12, 0.0).refusal.reason is RefusalReason.NO_VARIATION
    assert funnel_means([], [], 1.0).refusal.reason is RefusalReason.NO_DATA
    with pytest.raises(ValueError, match="counts"):
        funnel_proportions([11], [10])
    with pytest.raises(ValueError, match="length"):
        funnel_means([1.0], [10, 20], 1.0)


def test_schools_without_pairs_stay_without_a_test():
    funnel = funnel_proportions(
        [*range(1, 13), 0, np.nan], [20] * 12 + [0, 5], units=[f"s{i}" for i in range(14)], minimum_n=1
    )
    assert funnel.n_units == 12
    assert funnel.units["unit"].to_list()[-1] == "s13"
    assert funnel.units["p_value"].isna().to_list() == [False] * 12 + [True] * 2


def test_schools_below_minimum_get_no_p_value():
    funnel = funnel_proportions([3] * 11 + [1], [20] * 11 + [9], minimum_n=10)
    assert funnel.units["p_value"].isna().to_list() == [False] * 11 + [True]
    assert np.isfinite(funnel.units["z"].iloc[-1])


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), min_size=10, max_size=40)
)
def test_any_counts_give_probabilities_and_ordered_limits(pairs):
    events, n = np.array(pairs).T
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        funnel = funnel_proportions(events, n)
        mirror = funnel_proportions(n - events, n)
        curves = funnel.limits(np.unique(n))
    if funnel.refusal:
        assert events.sum() in (0, n.sum())
        return
    assert funnel.units["p_value"].between(0, 1).all()
    np.testing.assert_allclose(funnel.units["z"], -mirror.units["z"], atol=1e-9)
    np.testing.assert_allclose(funnel.units["p_value"], mirror.units["p_value"], atol=1e-9)
    assert (curves["low"] <= curves["high"]).all()
    assert curves[["low", "high", "naive_low", "naive_high"]].stack().between(0, 1).all()
    inner, outer = (curves[curves["level"] == level].reset_index() for level in (0.95, 0.998))
    assert (outer["low"] <= inner["low"] + 1e-9).all()
    assert (outer["high"] >= inner["high"] - 1e-9).all()


def test_over_dispersed_limits_widen():
    naive = np.array(binomial_limits([50], 0.3, 0.95)).ravel()
    wide = np.array(betabinomial_limits([50], 0.3, 0.1, 0.95)).ravel()
    assert wide[0] < naive[0]
    assert wide[1] > naive[1]
