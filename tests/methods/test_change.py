from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from oko_lib.methods.change import ChangeInterval, school_changes
from oko_lib.methods.natural_fluctuation import natural_variance, reference_df, regional_course, weighted_quantile
from oko_lib.methods.proportions import difference
from oko_lib.methods.result import RefusalReason
from oko_lib.methods.working_scale import arcsine_share, difficulty_slope, share_difference


def frame(rows):
    return pd.DataFrame(rows, columns=["school", "year", "n", "n_success"])


def still_region(schools=40, n=50, years=(2024, 2025), shares=(0.3, 0.5, 0.7)):
    """Schools with exactly the same share every year."""
    return [(f"s{k:03d}", y, n, round(n * shares[k % len(shares)])) for k in range(schools) for y in years]


def test_working_scale_makes_chance_the_same_at_every_level():
    rng = np.random.default_rng(1)
    for share in (0.1, 0.5, 0.9):
        value, variance = arcsine_share(rng.binomial(40, share, 200_000), 40)
        assert value.var() == pytest.approx(variance[0], rel=0.05)
        assert np.sin(value.mean()) ** 2 == pytest.approx(share, abs=0.006)


def test_share_difference_is_exact():
    first, second = np.array([0.1, 0.0, 0.5]), np.array([0.4, 1.0, 0.45])
    a, b = np.arcsin(np.sqrt(first)), np.arcsin(np.sqrt(second))
    np.testing.assert_allclose(share_difference((a + b) / 2, b - a), second - first, atol=1e-12)


def test_difficulty_slope_is_the_derivative():
    for share in (0.03, 0.2, 0.5, 0.9):
        eta, step = norm.ppf(share), 1e-5
        y = np.arcsin(np.sqrt(norm.cdf([eta - step, eta + step])))
        assert difficulty_slope(np.arcsin(np.sqrt(share))) == pytest.approx((y[1] - y[0]) / (2 * step), rel=1e-4)


def test_weighted_quantile():
    assert weighted_quantile([3, 1, 2], [1, 1, 1], 0.5) == 2
    assert weighted_quantile([3, 1, 2], [5, 1, 1], 0.5) == 3
    assert weighted_quantile([1, 2, 3, 4], [1, 1, 1, 1], 1.0) == 4


@pytest.mark.parametrize("tau", [0.0, 0.05, 0.2])
@pytest.mark.parametrize("changing", [0.0, 0.05])
def test_natural_variance_finds_what_was_put_in(tau, changing):
    rng = np.random.default_rng(3)
    chance = rng.uniform(0.002, 0.02, 6000)
    d = rng.normal(0, np.sqrt(chance + 2 * tau**2))
    moved = rng.random(6000) < changing
    d[moved] += 0.6
    found = np.sqrt(natural_variance(d, chance, np.full(6000, 2.0)))
    # Far schools may widen it: 5 % of them make the 90 % quantile the 94.7 % one, the variance 1.39 times too large.
    widest = 1.39 * tau**2 + 0.39 * 0.011 / 2 if changing else tau**2 * 1.1 + 0.0006
    assert tau - 0.01 <= found <= np.sqrt(widest)


def test_reference_df_is_infinite_without_fluctuation():
    df = reference_df([0.0, 1.0, 0.5], 1000)
    assert np.isinf(df[0])
    assert df[1] == 30
    assert df[2] == 120
    assert reference_df([1.0], 21)[0] == 8


def test_course_is_a_chain_of_medians_and_survives_gaps():
    first, second = np.array([0, 0, 0, 1, 1, 1]), np.array([1, 1, 1, 2, 2, 2])
    d = np.array([0.1, 0.2, 0.9, -0.3, -0.2, 0.5])
    np.testing.assert_allclose(regional_course(d, first, second, np.ones(6), np.ones(6), 3), [0, 0.2, 0.0], atol=1e-3)
    gap = regional_course(np.full(5, 0.3), np.zeros(5), np.full(5, 2), np.ones(5), np.ones(5), 3)
    assert gap[2] == pytest.approx(0.3, abs=1e-4)
    np.testing.assert_array_equal(regional_course([], [], [], [], [], 2), [0, 0])


def test_a_school_that_jumps_is_found_and_the_rest_are_not():
    rows = [*still_region(), ("grows", 2024, 60, 18), ("grows", 2025, 60, 42), ("falls", 2024, 60, 42)]
    found = school_changes(frame([*rows, ("falls", 2025, 60, 18)]))
    assert found.units["state"].value_counts().to_dict() == {"indistinct": 40, "growth": 1, "decline": 1}
    grows = found.units.loc["grows"]
    assert grows["change"] == pytest.approx(0.4)
    assert grows["formal"]
    assert 0 < grows["relative_low"] < grows["relative"] < grows["relative_high"]
    # Nothing fluctuates here beyond chance: the interval is that of two arcsines.
    (y0, y1), (v0, v1) = arcsine_share([18, 42], 60)
    assert grows["z"] == pytest.approx((y1 - y0) / np.sqrt(v0 + v1), abs=1e-3)
    assert found.tau == 0
    assert found.common_change == pytest.approx(0, abs=1e-3)
    assert (found.n_schools, found.years, found.interval) == (42, (2024, 2025), ChangeInterval.NATURAL)


def test_common_change_of_the_region_is_nobodys_growth():
    rows = [(s, y, n, x + (8 if y == 2025 else 0)) for s, y, n, x in still_region(shares=(0.4, 0.5))]
    found = school_changes(frame(rows))
    assert set(found.units["state"]) == {"indistinct"}
    assert found.common_change == pytest.approx(0.16, abs=0.01)
    np.testing.assert_allclose(found.units["relative"], 0, atol=0.02)
    np.testing.assert_allclose(found.units["change"], 0.16)


def test_an_easier_work_does_not_make_schools_at_the_edge_decline():
    levels = np.linspace(-2.3, 2.3, 61)
    rows = []
    for k, eta in enumerate(levels):
        rows += [(k, 2024, 400, round(400 * norm.cdf(eta))), (k, 2025, 400, round(400 * norm.cdf(eta + 0.6)))]
    found = school_changes(frame(rows))
    assert set(found.units["state"]) == {"indistinct"}
    assert found.units["z"].abs().max() < 1.0


def test_refusals_say_why_and_facts_stay():
    rows = [
        *still_region(),
        ("small", 2024, 9, 3),
        ("small", 2025, 30, 20),
        ("new", 2025, 30, 20),
        ("gone", 2024, 30, 20),
        ("empty", 2024, 30, 20),
        ("empty", 2025, 0, 0),
        ("unknown", 2024, 30, None),
        ("unknown", 2025, 30, 20),
    ]
    units = school_changes(frame(rows)).units
    assert units.loc["small", "refusal"] == RefusalReason.TOO_FEW
    assert units.loc["small", "change"] == pytest.approx(20 / 30 - 3 / 9)
    assert units.loc["small", "formal"]
    for name in ("new", "gone", "empty", "unknown"):
        assert units.loc[name, "refusal"] == RefusalReason.NO_DATA
        assert pd.isna(units.loc[name, "formal"])
    refused = units[units["refusal"].notna()]
    assert len(refused) == 5
    assert refused[["change_low", "relative", "z", "p_value", "state", "trend_p", "trend_state"]].isna().all(axis=None)
    assert units[units["refusal"].isna()]["state"].notna().all()


def test_the_edge_of_the_minimum():
    rows = [*still_region(), ("ten", 2024, 10, 5), ("ten", 2025, 10, 5), ("nine", 2024, 10, 5), ("nine", 2025, 9, 5)]
    units = school_changes(frame(rows)).units
    assert units.loc["ten", "state"] == "indistinct"
    assert units.loc["nine", "refusal"] == RefusalReason.TOO_FEW


def test_too_few_schools_give_newcombes_interval_and_no_state():
    rows = [(s, y, n, x + (5 if y == 2025 else 0)) for s, y, n, x in still_region(schools=19)]
    found = school_changes(frame(rows))
    assert found.refusal.reason is RefusalReason.TOO_FEW
    assert (found.refusal.found, found.refusal.needed) == (19, 20)
    assert found.interval is ChangeInterval.PUPILS_ONLY
    assert found.common_change is None
    assert found.tau is None
    row = found.units.iloc[0]
    expected = difference(20, 50, 15, 50).interval
    assert (row["change_low"], row["change_high"]) == (expected.low, expected.high)
    assert found.units[["state", "p_value", "relative"]].isna().all(axis=None)
    assert school_changes(frame(still_region(schools=20))).refusal is None


def test_one_year_and_nothing():
    one = school_changes(frame(still_region(years=(2025,))))
    assert one.refusal.reason is RefusalReason.NO_DATA
    assert set(one.units["refusal"]) == {RefusalReason.NO_DATA}
    nothing = school_changes(frame([]))
    assert nothing.units.empty
    assert nothing.years == ()
    assert nothing.refusal.reason is RefusalReason.NO_DATA


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_everybody_at_the_edge(share):
    found = school_changes(frame(still_region(shares=(share,), n=12)))
    assert set(found.units["state"]) == {"indistinct"}
    assert (found.units["change_low"] < 0).all()
    assert (found.units["change_high"] > 0).all()
    assert found.units[["change_low", "change_high"]].abs().max(axis=None) < 0.5


def test_previous_year_may_lie_further_back():
    rows = [*still_region(years=(2023, 2024, 2025)), ("gap", 2023, 50, 10), ("gap", 2025, 50, 40)]
    row = school_changes(frame(rows)).units.loc["gap"]
    assert (row["previous_year"], row["last_year"], row["n_years"]) == (2023, 2025, 2)
    assert row["state"] == "growth"
    assert pd.isna(row["trend_p"])


def test_trend_of_three_years():
    years = (2022, 2023, 2024, 2025)
    rows = still_region(years=years, n=60)
    rows += [("rises", y, 60, x) for y, x in zip(years, (12, 20, 28, 36), strict=True)]
    rows += [("short", 2023, 60, 12), ("short", 2024, 60, 20), ("short", 2025, 60, 30)]
    rows += [("stale", y, 60, x) for y, x in zip(years[:3], (12, 24, 36), strict=True)]
    found = school_changes(frame(rows))
    rises = found.units.loc["rises"]
    assert rises["trend_state"] == "growth"
    assert rises["trend_low"] < 8 / 60 < rises["trend_high"]
    assert rises["trend_per_year"] == pytest.approx(8 / 60, abs=0.01)
    assert rises["state"] == "indistinct"  # a step of 13 points is not seen in two years, the course of four is
    assert found.units.loc["short", "trend_state"] == "growth"
    assert pd.isna(found.units.loc["stale", "trend_state"])
    assert found.trend_tau >= found.tau


def test_impossible_input_is_refused():
    with pytest.raises(ValueError, match="more than one row"):
        school_changes(frame([("a", 2024, 10, 1), ("a", 2024, 10, 1)]))
    with pytest.raises(ValueError, match="counts"):
        school_changes(frame([("a", 2024, 10, 11)]))


def test_input_is_not_changed_and_names_are_free():
    counts = frame(still_region()).rename(columns={"school": "login", "year": "y", "n": "total", "n_success": "hit"})
    before = counts.copy()
    found = school_changes(counts, unit="login", year="y", successes="hit", total="total")
    pd.testing.assert_frame_equal(counts, before)
    assert found.units.index.name == "login"


@st.composite
def regions(draw):
    years = draw(st.integers(1, 4))
    rows = []
    for school in range(draw(st.integers(0, 26))):
        for year in range(years):
            n = draw(st.sampled_from([0, 5, 10, 11, 30, 170]))
            rows.append((school, 2020 + year, n, draw(st.integers(0, n))))
    return frame(rows)


@settings(deadline=None, max_examples=60)
@given(regions(), st.randoms(use_true_random=False))
def test_invariants(counts, random):
    found = school_changes(counts)
    u = found.units
    judged = u[u["state"].notna()]
    assert ((judged["p_value"] >= 0) & (judged["p_value"] <= 1)).all()
    outside = (judged["relative_low"] > 0) | (judged["relative_high"] < 0)
    pd.testing.assert_series_equal(outside, judged["state"] != "indistinct", check_names=False)
    assert ((judged["relative"] > 0) == (judged["relative_low"] > 0))[outside].all()
    given_interval = u[u["change_low"].notna()]
    assert (given_interval["change_low"] <= given_interval["change"]).all()
    assert (given_interval["change"] <= given_interval["change_high"]).all()
    assert (given_interval[["change_low", "change_high"]].abs() <= 1).all(axis=None)
    assert u["state"].isna().equals(u["refusal"].notna()) or found.refusal is not None
    order = list(range(len(counts)))
    random.shuffle(order)
    pd.testing.assert_frame_equal(school_changes(counts.iloc[order]).units, u)
