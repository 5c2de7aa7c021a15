from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest

from oko_lib.methods.count_change import count_change
from oko_lib.methods.result import RefusalReason


def frame(before, after, **more):
    return pd.DataFrame({"before": before, "after": after, **more})


def test_independent_events_keep_their_design_effect_of_one_and_students_reach():
    # Every school grows alike: nothing varies beyond chance, the interval is the exact one widened by Student's t.
    found = count_change(frame([10] * 200, [13] * 200))
    exact = binomtest(2600, 4600).proportion_ci(method="exact")
    assert found.design_effect == 1
    assert found.ratio.value == pytest.approx(1.3)
    assert found.ratio.interval.low == pytest.approx(exact.low / (1 - exact.low), rel=0.002)
    assert found.ratio.interval.high == pytest.approx(exact.high / (1 - exact.high), rel=0.002)
    assert (found.before, found.after, found.ratio.n, found.n_schools) == (2000, 2600, 4600, 200)
    assert (found.formal, found.state) == ("growth", "growth")


def test_the_same_totals_from_schools_that_vary_are_not_a_reliable_growth():
    even = count_change(frame([10] * 20, [13] * 20))
    uneven = count_change(frame([10] * 20, [13 - 12, 13 + 12] * 10))
    assert even.state == "growth"
    assert uneven.state == "indistinct"
    assert uneven.formal == "growth"
    assert uneven.design_effect > 5


def test_formal_growth_by_one_is_not_reliable():
    found = count_change(frame([10] * 10, [10] * 9 + [11]))
    assert (found.formal, found.state) == ("growth", "indistinct")
    assert count_change(frame([10] * 10, [10] * 10)).formal == "indistinct"
    assert count_change(frame([10] * 10, [10] * 9 + [9])).formal == "decline"


def test_one_lucky_school_is_seen_as_such():
    found = count_change(frame([5] * 10, [5] * 9 + [60]))
    assert (found.formal, found.state) == ("growth", "indistinct")


def test_rates_take_the_growth_of_pupils_off():
    counts = frame([10] * 40, [13] * 40, p0=[100] * 40, p1=[130] * 40)
    assert count_change(counts).state == "growth"
    found = count_change(counts, exposure_before="p0", exposure_after="p1")
    assert found.ratio.value == pytest.approx(1)
    assert (found.formal, found.state) == ("indistinct", "indistinct")
    assert (found.exposure_before, found.exposure_after) == (4000, 5200)
    # The other way round: as many prizes of fewer pupils are a higher rate.
    fewer = count_change(frame([13] * 40, [13] * 40, p0=[130] * 40, p1=[90] * 40), **EXPOSED)
    assert (fewer.formal, fewer.state) == ("growth", "growth")
    assert fewer.ratio.value == pytest.approx(130 / 90)


EXPOSED = {"exposure_before": "p0", "exposure_after": "p1"}


@pytest.mark.parametrize(("total", "refused"), [(19, True), (20, False)])
def test_the_edge_of_the_minimum_total(total, refused):
    found = count_change(frame([2] * 5, [2] * 4 + [total - 18]))
    assert (found.ratio.refusal is not None) == refused
    assert (found.state is None) == refused
    assert found.before + found.after == total
    assert found.formal is not None  # facts stay
    if refused:
        assert (found.ratio.refusal.reason, found.ratio.refusal.found) == (RefusalReason.TOO_FEW, 19)


def test_schools_without_any_event_do_not_count_as_schools():
    found = count_change(frame([10] * 4 + [0] * 30, [12] * 4 + [0] * 30))
    assert found.n_schools == 4
    assert (found.ratio.refusal.found, found.ratio.refusal.needed) == (4, 5)
    assert count_change(frame([10] * 5 + [0] * 30, [12] * 5 + [0] * 30)).ratio.given


def test_missing_is_not_zero():
    found = count_change(frame([10.0] * 20 + [50.0], [10.0] * 20 + [np.nan]))
    assert (found.before, found.n_left_out, found.state) == (200, 1, "indistinct")
    zero = count_change(frame([10.0] * 20 + [50.0], [10.0] * 20 + [0.0]))
    assert (zero.before, zero.after) == (250, 200)


@pytest.mark.parametrize(("before", "after", "state"), [(0, 8, "growth"), (8, 0, "decline")])
def test_nothing_in_one_of_the_years(before, after, state):
    found = count_change(frame([before] * 12, [after] * 12))
    assert found.state == state
    low, high = found.ratio.interval.low, found.ratio.interval.high
    assert (low > 1 and high == np.inf) if after else (low == 0 and high < 1)


def test_no_data():
    for counts in (frame([], []), frame([0, 0], [0, 0])):
        found = count_change(counts)
        assert found.ratio.refusal.reason is RefusalReason.NO_DATA
        assert found.state is None
    nobody = frame([0] * 9, [5] * 9, p0=[0] * 9, p1=[50] * 9)
    assert count_change(nobody, **EXPOSED).ratio.refusal.reason is RefusalReason.NO_DATA


def test_impossible_input_is_refused():
    with pytest.raises(ValueError, match="negative"):
        count_change(frame([-1], [1]))
    with pytest.raises(ValueError, match="positive"):
        count_change(frame([1], [1], p0=[0], p1=[5]), **EXPOSED)
    with pytest.raises(ValueError, match="both years"):
        count_change(frame([1], [1], p0=[0]), exposure_before="p0")


def states_of_noise(schools, mean, luck, growth=1.0, regions=300, seed=7):
    """States over regions whose schools differ lastingly (sd 0.8 of the log) and have luck of a year."""
    rng = np.random.default_rng(seed)
    states = []
    for _ in range(regions):
        level = mean * np.exp(0.8 * rng.normal(size=schools))
        years = [rng.poisson(level * g * np.exp(luck * rng.normal(size=schools))) for g in (1.0, growth)]
        states.append(count_change(frame(*years)).state)
    return pd.Series(states).dropna()


@pytest.mark.parametrize(("schools", "mean", "luck"), [(8, 8, 0.4), (30, 3, 0.4), (100, 3, 0.8), (150, 3, 0.0)])
def test_noise_is_called_a_change_in_at_most_five_percent(schools, mean, luck):
    called = states_of_noise(schools, mean, luck) != "indistinct"
    # 300 regions: 5 % has a standard error of 1.3 points.
    assert called.mean() <= 0.05 + 2 * 0.0126


def test_a_real_growth_of_a_region_is_found():
    assert (states_of_noise(100, 3, 0.4, growth=1.4, regions=60) == "growth").mean() > 0.8


@st.composite
def schools(draw):
    count = draw(st.integers(0, 12))
    numbers = st.lists(st.integers(0, 30), min_size=count, max_size=count)
    return frame(draw(numbers), draw(numbers))


@settings(deadline=None, max_examples=60)
@given(schools(), st.randoms(use_true_random=False))
def test_invariants(counts, random):
    found = count_change(counts)
    again = count_change(counts.sample(frac=1, random_state=random.randint(0, 1000)))
    assert (again.before, again.after, again.formal, again.state) == (
        *(found.before, found.after),
        *(found.formal, found.state),
    )
    back = count_change(counts.rename(columns={"before": "after", "after": "before"}))
    assert (back.state == "growth") == (found.state == "decline")
    assert (back.formal == "growth") == (found.formal == "decline")
    if not found.ratio.given:
        assert found.state is None
        return
    interval = found.ratio.interval
    assert 0 <= interval.low <= found.ratio.value <= interval.high
    if found.state != "indistinct":
        assert found.state == found.formal
    # Never narrower than single independent events.
    exact = binomtest(found.after, found.before + found.after).proportion_ci(method="exact")
    assert interval.low <= exact.low / max(1 - exact.low, 1e-12) + 1e-9
    assert interval.high >= (exact.high / (1 - exact.high) if exact.high < 1 else np.inf) - 1e-9
    if found.before and back.ratio.given and found.after:
        assert back.ratio.value == pytest.approx(1 / found.ratio.value)
        assert back.ratio.interval.low == pytest.approx(1 / interval.high, abs=1e-9)
