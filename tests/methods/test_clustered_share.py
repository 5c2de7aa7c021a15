from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from oko_lib.methods.clustered_share import clustered_shares
from oko_lib.methods.proportions import wilson_bounds
from oko_lib.methods.result import RefusalReason


def region(rng, schools=25, spread=0.12, luck=0.08, change=0.0):
    n = np.clip(np.rint(22 * np.exp(rng.normal(size=schools))), 5, 170).astype(int)
    level = 0.5 + spread * rng.normal(size=schools)
    rows = []
    for t, year in enumerate((2024, 2025)):
        p = np.clip(level + luck * rng.normal(size=schools) + change * t, 0.01, 0.99)
        rows.append(pd.DataFrame({"school": range(schools), "year": year, "n": n, "n_success": rng.binomial(n, p)}))
    return pd.concat(rows, ignore_index=True)


def test_intervals_hold_the_truth_where_wilsons_does_not():
    rng = np.random.default_rng(1)
    share, naive, change = [], [], []
    for _ in range(150):
        counts = region(rng, change=0.05)
        found = clustered_shares(counts)
        row = found.by_year.loc[2024]
        share.append(row["low"] <= 0.5 <= row["high"])
        low, high = wilson_bounds(row["n_success"], row["n"])
        naive.append(low <= 0.5 <= high)
        change.append(found.change.interval.low <= 0.05 <= found.change.interval.high)
    assert np.mean(naive) < 0.8
    assert 0.91 <= np.mean(share) <= 0.985
    assert 0.91 <= np.mean(change) <= 0.985


def test_values_are_those_of_all_pupils():
    counts = region(np.random.default_rng(2))
    found = clustered_shares(counts)
    sums = counts.groupby("year")[["n", "n_success"]].sum()
    np.testing.assert_allclose(found.by_year["share"], sums["n_success"] / sums["n"])
    assert found.change.value == pytest.approx(found.by_year["share"].diff().iloc[-1])
    assert found.change.n == counts["n"].sum()
    # Two procedures of a school are one cluster: counting every row twice makes nothing surer.
    twice = clustered_shares(pd.concat([counts, counts]))
    np.testing.assert_allclose(twice.by_year[["low", "high"]], found.by_year[["low", "high"]], atol=1e-9)
    assert twice.change.interval.low == pytest.approx(found.change.interval.low)


def test_alike_schools_are_no_surer_than_independent_pupils():
    rows = [(s, y, 40, 20) for s in range(10) for y in (2024, 2025)]
    found = clustered_shares(pd.DataFrame(rows, columns=["school", "year", "n", "n_success"]))
    low, high = wilson_bounds(200, 400)
    row = found.by_year.loc[2025]
    assert row["low"] < low < high < row["high"]
    assert found.change.value == 0
    assert found.change.interval.high > 1.96 * np.sqrt(2 * 0.25 / 400)


@pytest.mark.parametrize("hits", [0, 40])
def test_everybody_at_the_edge_has_an_interval(hits):
    rows = [(s, y, 40, hits) for s in range(6) for y in (2024, 2025)]
    found = clustered_shares(pd.DataFrame(rows, columns=["school", "year", "n", "n_success"]))
    assert found.by_year["high"].iloc[0] > found.by_year["low"].iloc[0]
    assert found.change.interval.low < 0 < found.change.interval.high


def test_refusals():
    counts = region(np.random.default_rng(3), schools=4)
    found = clustered_shares(counts)
    assert (found.change.refusal.reason, found.change.refusal.found) == (RefusalReason.TOO_FEW, 4)
    assert found.by_year["low"].isna().all()
    assert found.by_year["share"].notna().all()
    one = clustered_shares(counts[counts["year"] == 2025])
    assert one.change.refusal.reason is RefusalReason.NO_DATA
    nothing = clustered_shares(counts.iloc[:0])
    assert nothing.years == ()
    assert nothing.by_year.empty
