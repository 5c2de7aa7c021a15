from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from method_sizes import real_sizes
from scipy import stats

from oko_lib.methods.result import RefusalReason
from oko_lib.methods.risk_position import Risk, risk_positions


def plain(values, factor="vacancies"):
    return pd.DataFrame({"school": [f"s{i:03d}" for i in range(len(values))], "factor": factor, "value": values})


def shares(counts, totals, factor="low_income"):
    names = [f"s{i:03d}" for i in range(len(counts))]
    return pd.DataFrame({"school": names, "factor": factor, "count": counts, "total": totals})


def test_quantiles_of_plain_values():
    found = risk_positions(plain(np.arange(1.0, 102.0)), {"vacancies": 1})
    risk = found.schools.set_index("value")["risk"]
    # quantiles of 1..101: 76 and 91; standing on one is not beyond it
    assert (risk[76], risk[77], risk[91], risk[92]) == (Risk.NONE, Risk.MODERATE, Risk.MODERATE, Risk.STRONG)
    row = found.factors.iloc[0]
    assert (row["median"], row["moderate_border"], row["strong_border"], row["n_schools"]) == (51, 76, 91, 101)
    assert found.schools["position"].iloc[50] == 0.5
    low_is_risk = risk_positions(plain(np.arange(1.0, 102.0)), {"vacancies": -1})
    risk = low_is_risk.schools.set_index("value")["risk"]
    assert (risk[26], risk[25], risk[11], risk[10]) == (Risk.NONE, Risk.MODERATE, Risk.MODERATE, Risk.STRONG)
    assert low_is_risk.factors.iloc[0]["strong_border"] == 11


def test_equal_schools_are_not_unusual():
    assert set(risk_positions(plain([3.0] * 30), {"vacancies": 1}).schools["risk"]) == {Risk.NONE}
    few = risk_positions(plain([0.0] * 28 + [1.0] * 2), {"vacancies": 1}).schools
    assert few["risk"].value_counts().to_dict() == {Risk.NONE: 28, Risk.STRONG: 2}
    for counts in ([0] * 30, [20] * 30):
        same = risk_positions(shares(counts, [20] * 30), {"low_income": 1})
        assert set(same.schools["risk"]) == {Risk.NONE}
        assert same.factors["refusal"].iloc[0] is None


def test_small_totals_do_not_shout():
    rng = np.random.default_rng(1)
    totals = np.concatenate([np.full(100, 60), [4, 60]])
    counts = np.concatenate([rng.binomial(60, rng.beta(4, 16, 100)), [2, 30]])
    found = risk_positions(shares(counts, totals), {"low_income": 1}).schools
    small, large = found.iloc[100], found.iloc[101]
    assert small["value"] == large["value"] == 0.5
    assert small["risk"] != Risk.STRONG
    assert large["risk"] == Risk.STRONG
    assert small["adjusted"] < large["adjusted"]


def test_far_but_uncertain_is_moderate():
    rng = np.random.default_rng(6)
    totals = np.concatenate([np.full(100, 60), [8]])
    counts = np.concatenate([rng.binomial(60, rng.beta(4, 16, 100)), [6]])
    found = risk_positions(shares(counts, totals), {"low_income": 1})
    school, borders = found.schools.iloc[-1], found.factors.iloc[0]
    assert school["adjusted"] > borders["strong_border"]
    assert borders["median"] < school["low"] < borders["moderate_border"]
    assert school["risk"] == Risk.MODERATE


def test_strong_is_true_strong():
    rng = np.random.default_rng(2)
    right = naive_right = called = 0
    for _ in range(20):
        totals = real_sizes(rng, 200)
        truth = rng.beta(2, 8, 200)
        counts = rng.binomial(totals, truth)
        found = risk_positions(shares(counts, totals), {"low_income": 1}).schools
        upper = stats.beta.ppf(0.75, 2, 8)
        strong = (found["risk"] == Risk.STRONG).to_numpy()
        naive = counts / totals > np.quantile(counts / totals, 0.9)
        called += strong.sum()
        right += (truth[strong] > upper).sum()
        naive_right += (truth[naive] > upper).mean() / 20
    assert called / 4000 > 0.04
    assert right / called > 0.93
    assert naive_right < right / called - 0.05


def test_shares_of_low_risk_mirror_those_of_high_risk():
    rng = np.random.default_rng(3)
    totals = real_sizes(rng, 80)
    counts = rng.binomial(totals, rng.beta(3, 7, 80))
    one = risk_positions(shares(counts, totals), {"low_income": 1}).schools
    other = risk_positions(shares(totals - counts, totals), {"low_income": -1}).schools
    assert one["risk"].to_list() == other["risk"].to_list()
    np.testing.assert_allclose(one["adjusted"], 1 - other["adjusted"], atol=1e-4)
    np.testing.assert_allclose(one["position"], other["position"], atol=0.01)


def test_many_factors_missing_and_refusals():
    first = plain([*np.arange(25.0), np.nan])
    second = shares([1.0] * 10 + [np.nan] * 16, [10.0] * 12 + [0.0] * 14)
    third = plain([np.nan] * 26, "nothing")
    orientations = {"vacancies": 1, "low_income": 1, "nothing": -1}
    found = risk_positions(pd.concat([first, second, third]), orientations)
    assert len(found.schools) == 78
    by_factor = found.factors.set_index("factor")
    assert by_factor.loc["vacancies", "refusal"] is None
    assert (by_factor.loc["low_income", "refusal"].reason, by_factor.loc["low_income", "refusal"].found) == (
        RefusalReason.TOO_FEW,
        10,
    )
    assert by_factor.loc["nothing", "refusal"].reason is RefusalReason.NO_DATA
    risk = found.schools.set_index(["factor", "school"])["risk"]
    assert risk["vacancies", "s025"] == Risk.NO_DATA
    assert (risk["low_income"] == Risk.NO_DATA).all()
    with pytest.raises(ValueError, match="twice"):
        risk_positions(pd.concat([first, first]), orientations)
    with pytest.raises(ValueError, match="orientation"):
        risk_positions(first, {})
    with pytest.raises(ValueError, match="counts"):
        risk_positions(shares([5] * 30, [4] * 30), orientations)
    assert risk_positions(first.iloc[:0], orientations).schools.empty


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(-20, 20), min_size=20, max_size=60), st.integers(0, 1000), st.sampled_from([1, -1]))
def test_bounds_on_how_many_and_order(values, seed, orientation):
    frame = plain(np.array(values, dtype=float))
    found = risk_positions(frame, {"vacancies": orientation}).schools
    assert (found["risk"] == Risk.STRONG).mean() <= 0.1 + 1 / len(values)
    assert found["risk"].isin([Risk.STRONG, Risk.MODERATE]).mean() <= 0.25 + 1 / len(values)
    again = risk_positions(frame.sample(frac=1, random_state=seed), {"vacancies": orientation}).schools
    pd.testing.assert_frame_equal(found, again)
    mirrored = risk_positions(frame.assign(value=-frame["value"]), {"vacancies": -orientation}).schools
    assert mirrored["risk"].to_list() == found["risk"].to_list()
