from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from context_region import FEATURES, one_year, two_years
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from oko_lib.methods.context_regression import expected_results
from oko_lib.methods.resilience import lowest_part, resilient_schools
from oko_lib.methods.result import RefusalReason


def test_exactly_a_third_counts_and_ties_are_alike():
    assert lowest_part(range(30)).sum() == 10
    assert lowest_part(range(29)).sum() == 9
    assert lowest_part([3.0, 1.0, 2.0]).tolist() == [False, True, False]
    assert lowest_part([1.0, 2.0]).tolist() == [False, False]  # one of two is more than a third
    assert lowest_part([1, 1, 2, 3, 4, 5]).tolist() == [True, True, False, False, False, False]
    assert lowest_part([1, 1, 1, 3, 4, 5]).tolist() == [False] * 6  # the tie would make a half
    assert lowest_part([0.1 + 0.2, 0.3, 1, 2, 3, 4]).tolist() == [True, True, False, False, False, False]
    assert lowest_part([np.nan, 1, 2, 3]).tolist() == [False, True, False, False]
    assert lowest_part([1.0] * 9).sum() == 0
    assert lowest_part([1, 2, 3, 4], Fraction(1, 4)).tolist() == [True, False, False, False]


@given(st.lists(st.integers(0, 8), max_size=40))
def test_lowest_part_never_overflows_and_respects_order(values):
    low = lowest_part(values)
    assert 3 * low.sum() <= len(values)
    chosen, others = np.array(values)[low], np.array(values)[~low]
    assert not len(chosen) or not len(others) or chosen.max() < others.min()


@pytest.mark.parametrize("yearly", [0.0, 0.3, 0.6])
def test_noise_is_hardly_ever_resilient(yearly):
    # nothing lasting: pupils, and schools that move from year to year
    rng = np.random.default_rng(int(10 * yearly))
    found = [resilient_schools(two_years(rng, 200, yearly=yearly)[0], 2025) for _ in range(25)]
    share = sum(f.n_resilient for f in found) / sum(f.n_schools for f in found)
    expected = sum(f.expected_by_chance for f in found)
    assert share <= 0.01
    assert np.mean([f.p_value < 0.05 for f in found]) <= 0.14  # 25 regions: 0.05 and two standard errors
    assert sum(f.n_resilient for f in found) <= expected + 3 * np.sqrt(expected)
    assert np.mean([f.fluctuation for f in found]) == pytest.approx(yearly, abs=0.05)


def test_without_the_third_condition_fluctuation_would_pass():
    # large schools: sampling is small, the lower bounds are above zero in any good year
    fits, _ = two_years(np.random.default_rng(3), 600, yearly=0.3, minimum_n=100)
    found = resilient_schools(fits, 2025)
    schools = found.schools
    low = schools["low_context_before"] & schools["low_context_after"]
    bounds = (schools[["residual_low_before", "residual_low_after"]] > 0).all(axis=1)
    assert (low & bounds).sum() / low.sum() > 0.04
    assert found.n_resilient / low.sum() < 0.04


def test_planted_schools_are_found():
    rng = np.random.default_rng(5)
    hits, false, surprising = [], [], []
    for _ in range(10):
        fits, planted = two_years(rng, 300, lasting=0.05, yearly=0.15, planted=15, effect=1.0, minimum_n=20)
        found = resilient_schools(fits, 2025)
        resilient = found.schools.set_index("school")["resilient"].fillna(False).astype(bool)
        hits.append(resilient[planted].mean())
        false.append(resilient.drop(planted).mean())
        surprising.append(found.p_value < 0.001)
    assert np.mean(hits) > 0.7
    assert np.mean(false) < 0.005
    assert all(surprising)


def test_expected_by_chance_is_the_simulated_one():
    fits, _ = two_years(np.random.default_rng(6), 90, yearly=0.3, minimum_n=12)
    found = resilient_schools(fits, 2025)
    rows = found.schools
    rows = rows[rows["low_context_before"] & rows["low_context_after"]]
    errors = [
        fits[year].schools.set_index("school").loc[rows["school"], "residual_error"].to_numpy() for year in (2024, 2025)
    ]
    rng, z = np.random.default_rng(7), stats.norm.ppf(0.975)
    t = stats.t.ppf(0.975, 90 - 1 - 3)  # the bounds of the fit are Student's
    draws = [rng.normal(0, np.sqrt(e**2 + found.fluctuation**2), (20_000, len(e))) for e in errors]
    mean_bound = z * np.sqrt((errors[0] ** 2 + errors[1] ** 2) / 4 + found.fluctuation**2 / 2)
    passed = (draws[0] > t * errors[0]) & (draws[1] > t * errors[1]) & ((draws[0] + draws[1]) / 2 > mean_bound)
    assert found.expected_by_chance == pytest.approx(passed.mean(axis=0).sum(), rel=0.05)
    counts = passed.sum(axis=1)
    if found.n_resilient:
        assert found.p_value == pytest.approx((counts >= found.n_resilient).mean(), abs=0.02)


def test_definition_row_by_row():
    fits, _ = two_years(np.random.default_rng(8), 120, yearly=0.1, planted=10, effect=1.0, minimum_n=15)
    rows = resilient_schools(fits, 2025).schools
    by_hand = (
        rows["low_context_before"]
        & rows["low_context_after"]
        & (rows["residual_low_before"] > 0)
        & (rows["residual_low_after"] > 0)
        & (rows["two_year_low"] > 0)
    )
    assert rows["resilient"].to_list() == by_hand.to_list()
    assert by_hand.sum() > 0
    both = rows["residual_before"] + rows["residual_after"]
    np.testing.assert_allclose(rows["two_year_residual"], both / 2)
    expected = fits[2025].schools
    assert rows["low_context_after"].to_list() == lowest_part(expected["predicted"]).tolist()
    np.testing.assert_array_equal(rows["residual_low_after"], expected["residual_low"])


def test_bound_of_exactly_zero_is_not_above_zero():
    fits, _ = two_years(np.random.default_rng(9), 90, planted=8, effect=1.5, minimum_n=40)
    rows = resilient_schools(fits, 2025).schools.set_index("school")
    school = rows.index[rows["resilient"]][0]
    at_zero = fits[2025].schools.assign(residual_low=lambda s: s["residual_low"].where(s["school"] != school, 0.0))
    again = resilient_schools({**fits, 2025: replace(fits[2025], schools=at_zero)}, 2025)
    assert not again.schools.set_index("school").loc[school, "resilient"]


def test_index_of_context_given():
    fits, _ = two_years(np.random.default_rng(10), 90, minimum_n=15)
    names = fits[2025].schools["school"]
    index = pd.DataFrame(
        {
            "school": np.tile(names, 2),
            "year": np.repeat([2024, 2025], 90),
            "index": np.tile(np.arange(90.0), 2),
        }
    )
    index.loc[(index["school"] == "s050") & (index["year"] == 2024), "index"] = np.nan
    rows = resilient_schools(fits, 2025, index=index).schools.set_index("school")
    assert rows.index[rows["low_context_after"]].to_list() == [f"s{i:03d}" for i in range(30)]
    assert rows["low_context_before"].sum() == 29  # of 89 schools with an index
    assert rows.loc["s050", "refusal"].reason is RefusalReason.NO_DATA
    assert pd.isna(rows.loc["s050", "resilient"])


def test_refusals():
    fits, _ = two_years(np.random.default_rng(11), 90)
    one = resilient_schools({2025: fits[2025]}, 2025)
    assert (one.refusal.reason, one.refusal.found, one.refusal.needed) == (RefusalReason.NO_DATA, 1, 2)
    assert one.schools.empty
    assert resilient_schools(fits, 2024).refusal.found == 1  # 2023 is not there
    assert resilient_schools({}, 2025).refusal.found == 0
    frame, _, _ = one_year(np.random.default_rng(12), 20)
    few = expected_results(frame, features=FEATURES)
    assert resilient_schools({**fits, 2024: few}, 2025).refusal == few.refusal
    moved = fits[2024].schools.assign(school=lambda s: "other" + s["school"])
    apart = resilient_schools({**fits, 2024: replace(fits[2024], schools=moved)}, 2025)
    assert (apart.refusal.reason, apart.refusal.found, apart.refusal.needed) == (RefusalReason.TOO_FEW, 0, 30)
    with pytest.raises(ValueError, match="level"):
        resilient_schools({**fits, 2024: replace(fits[2024], level=0.9)}, 2025)


def test_refusals_of_single_schools():
    fits, _ = two_years(np.random.default_rng(13), 120)
    gone = fits[2025].schools.iloc[1:]
    found = resilient_schools({**fits, 2025: replace(fits[2025], schools=gone)}, 2025, minimum_pupils=15)
    rows = found.schools.set_index("school")
    assert len(rows) == 120
    assert (rows.loc["s000", "refusal"].reason, rows.loc["s000", "refusal"].found) == (RefusalReason.NO_DATA, 1)
    low = rows["low_context_before"].fillna(False) & rows["low_context_after"].fillna(False)
    small = rows[["n_before", "n_after"]].min(axis=1) < 15
    refused = rows.index[low & small]
    assert len(refused) > 3
    assert all(rows.loc[school, "refusal"].reason is RefusalReason.TOO_FEW for school in refused)
    assert rows.loc[refused, "resilient"].isna().all()
    # a small school that is known not to be of difficult context is answered: not resilient
    answered = rows.loc[~low & small].drop("s000", errors="ignore")
    assert len(answered) > 3
    assert (~answered["resilient"]).all()
    assert found.n_schools == 120 - 1 - len(refused)


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 1000), st.integers(1, 40))
def test_order_of_rows_and_absent_schools(seed, absent):
    fits, _ = two_years(np.random.default_rng(seed), 80, planted=5, minimum_n=8)
    found = resilient_schools(fits, 2025)
    shuffled = {year: replace(fit, schools=fit.schools.sample(frac=1, random_state=seed)) for year, fit in fits.items()}
    pd.testing.assert_frame_equal(resilient_schools(shuffled, 2025).schools, found.schools)
    part = replace(fits[2024], schools=fits[2024].schools.iloc[absent:])
    rows = resilient_schools({**fits, 2024: part}, 2025).schools
    assert len(rows) == 80
    assert rows["resilient"].iloc[:absent].isna().all()
