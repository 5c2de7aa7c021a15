from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from method_examples import listed_schools
from scipy import stats

from oko_lib.methods.repetition import poisson_binomial, repetition
from oko_lib.methods.result import RefusalReason


def test_published_counts_of_one_region():
    # 2023-2025: 341 schools, 248 once, 76 twice, 17 three times; number of schools and list lengths assumed
    found = repetition(listed_schools(), {2023: 1000, 2024: 1000, 2025: 1000})
    assert len(found.units) == 341
    assert found.counts["units"].to_list() == [659, 248, 76, 17]
    share = np.array([0.15, 0.15, 0.151])
    assert found.counts["expected"].iloc[3] == pytest.approx(1000 * share.prod())
    assert found.counts["expected"].sum() == pytest.approx(1000)
    chance = found.counts["expected"].iloc[2:].sum() / 1000
    assert found.test.p_value == pytest.approx(stats.binom.sf(92, 1000, chance))
    assert found.test.p_value < 1e-4
    assert found.observed == 93


def test_two_years_by_hand():
    frame = pd.DataFrame({"login": ["a", "b", "b", "a", "a"], "year": [1, 1, 2, 1, 1]})
    found = repetition(frame, {1: 4, 2: 5})
    assert found.n_duplicates == 2
    assert found.shares == {1: 0.5, 2: 0.2}
    assert found.n_units == 5
    np.testing.assert_allclose(found.counts["expected"], [5 * 0.4, 5 * 0.5, 5 * 0.1])
    units = found.units.set_index("login")
    assert units.loc["b", "years"] == (1, 2)
    assert units["n_years"].to_dict() == {"a": 1, "b": 2}
    assert units.loc["b", "chance"] == pytest.approx(0.1)
    assert found.test.p_value == pytest.approx(1 - 0.9**5)


def test_independent_lists_keep_the_size_and_returning_schools_are_found():
    rng = np.random.default_rng(1)
    clean, planted = [], []
    for _ in range(100):
        lists = [rng.choice(1000, 150, replace=False) for _ in range(3)]
        frame = pd.concat([pd.DataFrame({"login": ids, "year": y}) for y, ids in enumerate(lists)])
        clean.append(repetition(frame, 1000).test.p_value)
        weights = rng.gamma(1.0, size=1000)  # schools differ in their chance of being listed
        lists = [rng.choice(1000, 150, replace=False, p=weights / weights.sum()) for _ in range(3)]
        frame = pd.concat([pd.DataFrame({"login": ids, "year": y}) for y, ids in enumerate(lists)])
        planted.append(repetition(frame, 1000).test.p_value)
    assert np.mean(np.array(clean) <= 0.05) <= 0.05
    assert np.mean(np.array(planted) <= 0.05) > 0.9


def test_refusals_and_wrong_input():
    one = repetition(pd.DataFrame({"login": ["a"], "year": [1]}), 10)
    assert (one.test.refusal.reason, one.test.refusal.found) == (RefusalReason.TOO_FEW, 1)
    none = repetition(pd.DataFrame({"login": [], "year": []}), {1: 10, 2: 10})
    assert none.test.refusal.reason is RefusalReason.NO_DATA
    assert none.counts["units"].to_list() == [10, 0, 0]
    with pytest.raises(ValueError, match="year 2"):
        repetition(pd.DataFrame({"login": ["a"], "year": [2]}), {1: 10})
    with pytest.raises(ValueError, match="2 schools listed out of 1"):
        repetition(pd.DataFrame({"login": ["a", "b"], "year": [1, 1]}), {1: 1})


def test_year_with_an_empty_list_counts():
    frame = pd.DataFrame({"login": ["a", "a"], "year": [1, 2]})
    assert repetition(frame, {1: 10, 2: 10, 3: 10}).shares[3] == 0


@settings(max_examples=40, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=8))
def test_poisson_binomial(shares):
    mass = poisson_binomial(shares)
    assert mass.sum() == pytest.approx(1)
    assert (np.arange(len(mass)) * mass).sum() == pytest.approx(sum(shares))
    equal = poisson_binomial([0.3] * len(shares))
    np.testing.assert_allclose(equal, stats.binom.pmf(np.arange(len(shares) + 1), len(shares), 0.3), atol=1e-12)
