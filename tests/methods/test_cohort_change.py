from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.contingency_tables import SquareTable

from oko_lib.methods.change import school_changes
from oko_lib.methods.cohort_change import (
    cohort_changes,
    level_transitions,
    paired_change_bounds,
    paired_changes,
)
from oko_lib.methods.result import RefusalReason

LEVELS = ("insufficient", "reduced", "basic", "advanced")
SUCCESS = ("basic", "advanced")


def pairs_of(table, school="s"):
    first, second = np.indices(np.shape(table))
    repeat = np.asarray(table).ravel()
    names = np.array(LEVELS)
    return pd.DataFrame(
        {
            "school": school,
            "level_earlier": names[np.repeat(first.ravel(), repeat)],
            "level_later": names[np.repeat(second.ravel(), repeat)],
        }
    )


TABLE = [[10, 5, 1, 0], [3, 30, 9, 1], [1, 6, 40, 8], [0, 1, 4, 20]]


def test_moves_are_counted_and_tests_are_those_of_statsmodels():
    found = level_transitions(pairs_of(TABLE), LEVELS)
    assert found.table.to_numpy().tolist() == TABLE
    assert found.n == 139
    assert (found.moved_up.numerator, found.kept.numerator, found.moved_down.numerator) == (24, 100, 15)
    assert found.moved_up.interval.low < 24 / 139 < found.moved_up.interval.high
    square = SquareTable(np.array(TABLE), shift_zeros=False)
    assert found.margins.p_value == pytest.approx(square.homogeneity().pvalue)
    # Bowker's test leaves out the pair of levels between which nobody moved; statsmodels divides by zero there.
    b = np.array([5, 1, 9, 1, 8]), np.array([3, 1, 6, 1, 4])
    assert found.symmetry.statistic == pytest.approx(((b[0] - b[1]) ** 2 / (b[0] + b[1])).sum())


def test_full_table_bowker_is_that_of_statsmodels():
    table = np.array(TABLE) + np.triu(np.full((4, 4), 2), 1) + 1
    found = level_transitions(pairs_of(table), LEVELS)
    assert found.symmetry.p_value == pytest.approx(SquareTable(table, shift_zeros=False).symmetry().pvalue)


def test_missing_and_unknown_levels():
    pairs = pairs_of(TABLE)
    pairs.loc[:4, "level_later"] = None
    found = level_transitions(pairs, LEVELS)
    assert (found.n, found.n_incomplete) == (134, 5)
    pairs.loc[10, "level_later"] = "excellent"
    with pytest.raises(ValueError, match="excellent"):
        level_transitions(pairs, LEVELS)


def test_few_pupils_and_few_moves_are_refused():
    few = level_transitions(pairs_of(TABLE).iloc[:9], LEVELS)
    assert few.moved_up.refusal.reason is RefusalReason.TOO_FEW
    assert few.symmetry.refusal is not None
    still = level_transitions(pairs_of(np.diag([10, 10, 10, 10])), LEVELS)
    assert still.kept.value == 1
    assert still.symmetry.refusal.reason is RefusalReason.NO_VARIATION
    assert level_transitions(pairs_of(TABLE).iloc[:0], LEVELS).kept.refusal.reason is RefusalReason.NO_DATA


def test_paired_interval_of_the_published_example():
    # Agresti A. (2007) An Introduction to Categorical Data Analysis, section 8.1: General Social Survey 2000, 1144
    # people, 132 and 107 of whom changed: difference 0.022, standard error 0.0135, interval (-0.004, 0.048).
    low, high, variance = paired_change_bounds(132, 107, 1144)
    assert np.sqrt(variance) == pytest.approx(0.0135, abs=5e-5)
    assert (float(low), float(high)) == pytest.approx((-0.004, 0.048), abs=1e-3)


def test_paired_interval_holds_in_small_schools():
    rng = np.random.default_rng(1)
    for n, (up, down) in ((12, (0.2, 0.1)), (25, (0.3, 0.05)), (15, (0.05, 0.05))):
        moves = rng.multinomial(n, [up, down, 1 - up - down], size=4000)
        low, high, _ = paired_change_bounds(moves[:, 0], moves[:, 1], n)
        assert ((low <= up - down) & (up - down <= high)).mean() >= 0.94


@given(st.integers(1, 200), st.data())
def test_paired_bounds_hold_their_order(n, data):
    gained = data.draw(st.integers(0, n))
    lost = data.draw(st.integers(0, n - gained))
    low, high, variance = paired_change_bounds(gained, lost, n)
    assert -1 <= low < high <= 1
    assert variance > 0
    swapped = paired_change_bounds(lost, gained, n)
    assert (low, high) == pytest.approx((-swapped[1], -swapped[0]))


def region(rng, schools=60, natural=0.0, planted=None):
    parts = []
    for k in range(schools):
        n = int(rng.integers(15, 60))
        ability = rng.normal(size=n)
        shift = 0.2 + natural * rng.normal() + (planted if planted and k == 0 else 0)
        names = np.array(LEVELS)
        was = names[np.digitize(ability + 0.5 * rng.normal(size=n), [-1, 0, 1])]
        has = names[np.digitize(ability + shift + 0.5 * rng.normal(size=n), [-1, 0, 1])]
        parts.append(pd.DataFrame({"school": f"s{k:02d}", "level_earlier": was, "level_later": has}))
    return pd.concat(parts, ignore_index=True)


@pytest.mark.parametrize("natural", [0.0, 0.3])
def test_pairs_noise_alone_is_called_at_most_at_the_level(natural):
    rng = np.random.default_rng(2)
    called = n = 0
    for _ in range(15):
        found = paired_changes(region(rng, natural=natural), LEVELS, SUCCESS)
        called += (found.units["state"] != "indistinct").sum()
        n += found.n_schools
    assert stats.binom.sf(called - 1, n, 0.05) > 0.001
    assert found.common_change == pytest.approx(0.07, abs=0.05)


def test_a_planted_school_is_found_and_the_paired_interval_is_narrower():
    pairs = region(np.random.default_rng(3), planted=1.5)
    found = paired_changes(pairs, LEVELS, SUCCESS)
    row = found.units.loc["s00"]
    assert row["state"] == "growth"
    assert row["change"] == pytest.approx((row["gained"] - row["lost"]) / row["n"])
    was = pairs.assign(hit=pairs["level_earlier"].isin(SUCCESS)).groupby("school")["hit"].agg(["size", "sum"])
    has = pairs.assign(hit=pairs["level_later"].isin(SUCCESS)).groupby("school")["hit"].agg(["size", "sum"])
    frames = [f.reset_index().rename(columns={"size": "n", "sum": "n_success"}) for f in (was, has)]
    apart = cohort_changes(*frames).units
    np.testing.assert_allclose(apart["change"], found.units["change"])
    paired_width = (found.units["change_high"] - found.units["change_low"]).mean()
    assert paired_width < 0.9 * (apart["change_high"] - apart["change_low"]).mean()


def test_cohort_changes_are_school_changes():
    rng = np.random.default_rng(4)
    earlier = pd.DataFrame({"school": range(30), "n": 30, "n_success": rng.binomial(30, 0.4, 30)})
    later = pd.DataFrame({"school": range(30), "n": 28, "n_success": rng.binomial(28, 0.6, 30)})
    found = cohort_changes(earlier, later, earlier_year=2023, later_year=2025)
    same = school_changes(pd.concat([earlier.assign(year=2023), later.assign(year=2025)]))
    pd.testing.assert_frame_equal(found.units, same.units)
    assert found.years == (2023, 2025)
    with pytest.raises(ValueError, match="follow"):
        cohort_changes(earlier, later, earlier_year=2025, later_year=2023)


def test_refusals_of_pairs():
    pairs = region(np.random.default_rng(5), schools=19)
    found = paired_changes(pairs, LEVELS, SUCCESS)
    assert (found.refusal.reason, found.refusal.found) == (RefusalReason.TOO_FEW, 19)
    assert found.units["change_low"].notna().all()
    assert found.units["state"].isna().all()
    more = pd.concat([region(np.random.default_rng(6), schools=25), pairs_of(TABLE, "tiny").iloc[:9]])
    units = paired_changes(more, LEVELS, SUCCESS).units
    assert units.loc["tiny", "refusal"] == RefusalReason.TOO_FEW
    assert units.loc["tiny", ["change_low", "relative", "state"]].isna().all()
    with pytest.raises(ValueError, match="excellent"):
        paired_changes(pairs, LEVELS, ["excellent"])
