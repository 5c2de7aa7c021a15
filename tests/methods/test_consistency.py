from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from method_examples import correlated
from method_sizes import real_sizes
from scipy import stats

from oko_lib.methods.consistency import (
    cell_correlation,
    chance_of_cells,
    direction_profile,
    school_correlation,
)
from oko_lib.methods.result import RefusalReason


def test_fisher_interval():
    x, y = correlated(30, 0.654)
    found = school_correlation(x, y).correlation
    other = stats.pearsonr(x, y).confidence_interval(0.95)
    assert found.value == pytest.approx(0.654)
    assert (found.interval.low, found.interval.high) == (pytest.approx(other.low), pytest.approx(other.high))
    assert found.n == 30


def test_disattenuation_recovers_the_true_correlation():
    rng = np.random.default_rng(1)
    values = []
    for _ in range(40):
        n = np.maximum(real_sizes(rng, 400), 10)
        truth = rng.multivariate_normal([0, 0], [[0.1, 0.06], [0.06, 0.1]], 400).T
        noisy = truth + rng.normal(0, np.sqrt(0.9), (2, 400)) / np.sqrt(n)
        found = school_correlation(*noisy, n, n, icc_first=0.1, icc_second=0.1)
        assert found.correlation.value < found.disattenuated.value
        values.append(found.disattenuated.value)
    assert np.mean(values) == pytest.approx(0.6, abs=0.05)


def test_small_schools_are_left_out():
    x, y = correlated(40, 0.5)
    n = np.array([20] * 30 + [19] * 10)
    assert school_correlation(x, y, n, n, minimum_n=20).correlation.n == 30
    assert school_correlation(x, y, n, None, minimum_n=20, minimum_units=31).correlation.refusal.found == 30


def test_refusals():
    few = school_correlation([1, 2, 3], [1, 2, 3], minimum_units=2)
    assert few.correlation.refusal.needed == 4
    assert few.disattenuated.refusal is not None
    flat = school_correlation(np.ones(20), np.arange(20))
    assert flat.correlation.refusal.reason is RefusalReason.NO_VARIATION
    perfect = school_correlation(np.arange(20), np.arange(20)).correlation
    assert perfect.value == pytest.approx(1)
    assert np.isfinite(perfect.interval.low)
    with pytest.raises(ValueError, match="length"):
        school_correlation([1], [1, 2])


def profile_frame(rng, schools, cells, r, planted=0, shift=0.0):
    z = np.sqrt(r) * rng.standard_normal((schools, 1)) + np.sqrt(1 - r) * rng.standard_normal((schools, cells))
    z[:planted] += shift
    wide = pd.DataFrame(z, columns=[f"p{i}" for i in range(cells)])
    return wide.rename_axis("login").reset_index().melt("login", var_name="procedure", value_name="z_adjusted")


def test_chance_of_cells():
    tail = stats.norm.sf(1.0)
    assert chance_of_cells(6, 5, 1.0, 0.0) == pytest.approx(stats.binom.sf(4, 6, tail))
    assert chance_of_cells(2, 2, 1.0, 0.4) == pytest.approx(
        stats.multivariate_normal([0, 0], [[1, 0.4], [0.4, 1]]).cdf([-1, -1]), rel=1e-3
    )
    assert chance_of_cells(6, 0, 1.0, 0.4) == 1
    assert chance_of_cells(6, 5, 1.0, 0.4) > 10 * chance_of_cells(6, 5, 1.0, 0.0)


def test_profile_keeps_the_size_on_clean_data_with_linked_procedures():
    rng = np.random.default_rng(3)
    shares, links = [], []
    for _ in range(15):
        found = direction_profile(profile_frame(rng, 150, 6, 0.4))
        shares.append((found.units["p_value"] <= 0.05).mean())
        links.append(found.correlation)
    assert np.mean(shares) <= 0.05
    assert np.mean(links) == pytest.approx(0.4, abs=0.03)


def test_planted_school_points_one_way():
    rng = np.random.default_rng(4)
    found = direction_profile(profile_frame(rng, 150, 6, 0.3, planted=4, shift=3.0))
    planted = found.units.iloc[:4]
    assert (planted["direction"] == 1).all()
    assert (planted["p_value"] < 0.05).all()
    assert found.correlation == pytest.approx(0.3, abs=0.12)  # the planted schools hardly move it


def test_profile_by_hand():
    frame = pd.DataFrame(
        {
            "login": ["a"] * 4 + ["b"] * 2,
            "procedure": [1, 2, 3, 4, 1, 2],
            "z_adjusted": [1.0, 2.0, -0.5, -1.5, -1.2, np.nan],
        }
    )
    found = direction_profile(frame, correlation=0.0, minimum_cells=3)
    a, b = found.units.iloc[0], found.units.iloc[1]
    assert a[["n_cells", "n_above", "n_below", "n_high", "n_low", "direction"]].to_list() == [4, 2, 2, 2, 1, 1]
    assert a["p_value"] == pytest.approx(2 * stats.binom.sf(1, 4, stats.norm.sf(1)))
    assert b["n_cells"] == 1
    assert np.isnan(b["p_value"])
    assert found.n_units == 1
    nothing = direction_profile(frame.iloc[4:], correlation=0.0)
    assert nothing.refusal.reason is RefusalReason.TOO_FEW
    assert direction_profile(frame.iloc[:0]).refusal.reason is RefusalReason.NO_DATA


def test_correlation_without_common_schools_is_nil():
    assert cell_correlation(pd.DataFrame({"a": [1.0, np.nan], "b": [np.nan, 1.0]})) == 0
