from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from oko_lib.methods.regression_to_mean import regression_to_mean
from oko_lib.methods.result import RefusalReason


def region(rng, schools=150, effect=0.0, part=0.2, course=0.0, luck=0.06):
    """Counts of two years; the lowest part is chosen by the first year and then changes by `effect`."""
    n = np.clip(np.rint(22 * np.exp(rng.normal(size=schools))), 10, 170).astype(int)
    level = np.clip(0.5 + 0.1 * rng.normal(size=schools), 0.1, 0.9)
    first = rng.binomial(n, np.clip(level + luck * rng.normal(size=schools), 0.02, 0.98))
    chosen = np.argsort(first / n)[: round(part * schools)]
    truth = np.zeros(schools)
    truth[chosen] = effect
    second = rng.binomial(n, np.clip(level + luck * rng.normal(size=schools) + course + truth, 0.02, 0.98))
    counts = pd.DataFrame(
        {
            "school": np.tile(np.arange(schools), 2),
            "year": np.repeat([2024, 2025], schools),
            "n": np.tile(n, 2),
            "n_success": np.concatenate([first, second]),
        }
    )
    return counts, chosen


@pytest.mark.parametrize("course", [0.0, 0.12])
def test_the_return_alone_is_not_called_an_effect(course):
    rng = np.random.default_rng(1)
    naive, beyond, observed, expected = 0, 0, [], []
    for _ in range(100):
        found = regression_to_mean(*region(rng, course=course), 2024, 2025)
        naive += found.observed.interval.low > 0
        beyond += not found.beyond.interval.low <= 0 <= found.beyond.interval.high
        observed.append(found.observed.value)
        expected.append(found.expected.value)
    assert naive > 85  # schools do go up
    assert stats.binom.sf(beyond - 1, 100, 0.05) > 0.001
    assert np.mean(observed) == pytest.approx(np.mean(expected), abs=0.01)
    assert np.mean(expected) > 0.07


def test_a_planted_effect_is_found_beyond_the_return():
    rng = np.random.default_rng(2)
    found = [regression_to_mean(*region(rng, effect=0.1), 2024, 2025) for _ in range(60)]
    assert np.mean([f.beyond.value for f in found]) == pytest.approx(0.1, abs=0.015)
    assert np.mean([f.beyond.interval.low > 0 for f in found]) > 0.4
    assert np.mean([f.beyond.interval.low <= 0.1 <= f.beyond.interval.high for f in found]) >= 0.88


def test_parts_add_up_and_units_agree():
    found = regression_to_mean(*region(np.random.default_rng(3)), 2024, 2025)
    assert found.beyond.value == pytest.approx(found.observed.value - found.expected.value)
    assert found.units["beyond"].mean() == pytest.approx(found.beyond.value)
    assert found.units["change"].mean() == pytest.approx(found.observed.value)
    assert (found.n_chosen, found.n_rest) == (len(found.units), 150 - len(found.units))
    inside = (found.units["beyond_low"] <= 0) & (found.units["beyond_high"] >= 0)
    assert inside.mean() > 0.85


def test_reliability_is_the_slope_between_years():
    rng = np.random.default_rng(4)
    steady = [regression_to_mean(*region(rng, luck=0.0), 2024, 2025).reliability.value for _ in range(20)]
    lucky = [regression_to_mean(*region(rng, luck=0.15), 2024, 2025).reliability.value for _ in range(20)]
    assert np.mean(steady) > np.mean(lucky) + 0.15
    assert 0.3 < np.mean(steady) < 0.8  # chance of pupils alone makes results return


def test_refusals():
    counts, chosen = region(np.random.default_rng(5), schools=60)
    few = regression_to_mean(counts, chosen[:4], 2024, 2025)
    assert (few.refusal.reason, few.refusal.found, few.refusal.needed) == (RefusalReason.TOO_FEW, 4, 5)
    assert few.beyond.value is None
    assert len(few.units) == 4
    assert few.units["expected_change"].isna().all()
    assert regression_to_mean(counts, chosen[:5], 2024, 2025).refusal is None
    assert regression_to_mean(counts, [], 2024, 2025).refusal.reason is RefusalReason.NO_DATA
    assert regression_to_mean(counts, range(60), 2024, 2025).refusal.reason is RefusalReason.TOO_FEW
    assert regression_to_mean(counts, chosen, 2024, 2030).refusal.reason is RefusalReason.NO_DATA
    small = counts[counts["school"] < 19]
    assert regression_to_mean(small, range(8), 2024, 2025).refusal.reason is RefusalReason.TOO_FEW
    same = counts.assign(n=20, n_success=10)
    assert regression_to_mean(same, chosen, 2024, 2025).refusal.reason is RefusalReason.NO_VARIATION
    with pytest.raises(ValueError, match="more than one row"):
        regression_to_mean(pd.concat([counts, counts]), chosen, 2024, 2025)


def chosen_by_more(rng, schools=150, part=0.2):
    """Schools low in several procedures and years are chosen; this procedure's base year is one of eight results."""
    counts, _ = region(rng, schools)
    first = counts[counts["year"] == 2024].set_index("school")
    share = first["n_success"] / first["n"]
    # The level the region was made from is not kept by `region`: the mean of both years stands for it, with luck added.
    both = counts.groupby("school")[["n_success", "n"]].sum()
    level = both["n_success"] / both["n"]
    others = pd.DataFrame({k: level + 0.06 * rng.normal(size=schools) for k in range(7)}).assign(own=share)
    beside = others.mean(axis=1)
    return counts, beside.sort_values().index[: round(part * schools)], beside


def test_schools_low_everywhere_return_to_their_own_level():
    rng = np.random.default_rng(6)
    alone, beside = [], []
    for _ in range(40):
        counts, chosen, level = chosen_by_more(rng)
        alone.append(regression_to_mean(counts, chosen, 2024, 2025).beyond.value)
        beside.append(regression_to_mean(counts, chosen, 2024, 2025, beside=level).beyond.value)
    assert np.mean(alone) < -0.02  # expected back in the region's middle, where they never were
    assert abs(np.mean(beside)) < abs(np.mean(alone)) / 2


def test_a_school_without_the_other_measure_is_left_out():
    counts, chosen, level = chosen_by_more(np.random.default_rng(7))
    level = level.drop(index=[chosen[0]])
    found = regression_to_mean(counts, chosen, 2024, 2025, beside=level)
    assert chosen[0] not in found.units.index
    assert found.beyond.value == pytest.approx(found.observed.value - found.expected.value)
