from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oko_lib.methods.proportions import difference, wilson, wilson_bounds
from oko_lib.methods.result import RefusalReason


# Newcombe (1998) Statistics in Medicine 17:857, table I, method 3
@pytest.mark.parametrize(
    ("k", "n", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0000, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_newcombe(k, n, low, high):
    found = wilson(k, n)
    assert found.value == k / n
    assert round(found.interval.low, 4) == low
    assert round(found.interval.high, 4) == high


# Newcombe (1998) Statistics in Medicine 17:873, table II, method 10
@pytest.mark.parametrize(
    ("args", "low", "high"),
    [((56, 70, 48, 80), 0.0524, 0.3339), ((9, 10, 3, 10), 0.1705, 0.8090), ((10, 10, 0, 10), 0.6075, 1.0)],
)
def test_difference_newcombe(args, low, high):
    found = difference(*args)
    assert found.interval.low == pytest.approx(low, abs=1e-4)
    assert found.interval.high == pytest.approx(high, abs=1e-4)
    assert found.n == args[1] + args[3]


def test_nothing_to_count():
    assert wilson(0, 0).refusal.reason is RefusalReason.NO_DATA
    assert difference(0, 0, 3, 10).refusal.reason is RefusalReason.NO_DATA
    low, high = wilson_bounds([0, 1, np.nan], [0, 2, 5])
    assert np.isnan(low[[0, 2]]).all()
    assert np.isnan(high[[0, 2]]).all()
    assert 0 < low[1] < 0.5 < high[1] < 1


def test_below_minimum():
    found = wilson(3, 9, minimum_n=10)
    assert not found.given
    assert (found.refusal.reason, found.refusal.found, found.refusal.needed) == (RefusalReason.TOO_FEW, 9, 10)
    assert (found.numerator, found.denominator) == (3, 9)
    assert wilson(3, 10, minimum_n=10).given
    assert difference(1, 9, 5, 30, minimum_n=10).refusal.found == 9


@pytest.mark.parametrize(("k", "n"), [(5, 4), (-1, 4)])
def test_impossible_counts(k, n):
    with pytest.raises(ValueError, match="counts"):
        wilson(k, n)
    with pytest.raises(ValueError, match="counts"):
        difference(k, n, 1, 2)


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 2000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_interval_holds_the_share_and_mirrors(pair):
    k, n = pair
    found, mirror = wilson(k, n), wilson(n - k, n)
    assert 0 <= found.interval.low <= found.value + 1e-12
    assert found.value - 1e-12 <= found.interval.high <= 1
    assert found.interval.low == pytest.approx(1 - mirror.interval.high, abs=1e-12)
    if n >= 2:
        assert found.interval.high - found.interval.low > 0


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 60), st.integers(60, 90), st.integers(0, 40), st.integers(40, 90))
def test_difference_changes_sign_with_the_groups(k1, n1, k2, n2):
    one, other = difference(k1, n1, k2, n2), difference(k2, n2, k1, n1)
    assert one.value == pytest.approx(-other.value)
    assert one.interval.low == pytest.approx(-other.interval.high, abs=1e-9)
    assert -1 <= one.interval.low <= one.interval.high <= 1
