from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from method_sizes import real_sizes
from statsmodels.stats.contingency_tables import StratifiedTable

from oko_lib.methods.change import ChangeState
from oko_lib.methods.control_group import control_difference
from oko_lib.methods.group_gap import counts_of_groups, group_gap, group_gap_change
from oko_lib.methods.result import RefusalReason


def counts_frame(rows):
    return pd.DataFrame(rows, columns=["school", "n_group", "success_group", "n_others", "success_others"])


def region(rng, schools=60, lag=0.15, lag_spread=0.05, school=None):
    """Schools whose group is larger where results are lower; every school has its own lag."""
    school = rng.normal(0, 1, schools) if school is None else school
    n = real_sizes(rng, schools) + 4
    n_group = rng.binomial(n, np.clip(0.25 - 0.12 * school, 0.02, 0.9))
    others = np.clip(0.6 + 0.1 * school, 0.1, 0.95)
    group = np.clip(others - lag - rng.normal(0, lag_spread, schools), 0.02, 0.98)
    return counts_frame(
        {
            "school": [f"s{i:03d}" for i in range(schools)],
            "n_group": n_group,
            "success_group": rng.binomial(n_group, group),
            "n_others": n - n_group,
            "success_others": rng.binomial(n - n_group, others),
        }
    ), (others - group)


def test_by_hand():
    # weights 10*10/20 = 5 and 4*12/16 = 3; differences 0.3 and 0.5 - 0.25 = 0.25
    frame = counts_frame([("a", 10, 4, 10, 7), ("b", 4, 1, 12, 6), ("c", 0, 0, 9, 9)])
    found = group_gap(frame, minimum_n=10, minimum_schools=2)
    assert found.gap.value == pytest.approx((5 * 0.3 + 3 * 0.25) / 8)
    assert (found.n_group, found.n_others, found.n_schools, found.n_pupils_apart) == (14, 22, 2, 9)
    assert (found.share_group, found.share_others) == (5 / 14, 13 / 22)
    # leaving out a gives 0.25, leaving out b 0.3
    half = np.sqrt(0.5 * ((0.25 - found.gap.value) ** 2 + (0.3 - found.gap.value) ** 2))
    assert found.df == 1  # 64 / 34 schools in effect, never below one degree
    assert found.gap.interval.high - found.gap.value == pytest.approx(12.706 * half, rel=1e-3)


def test_is_the_mantel_haenszel_risk_difference():
    frame, _ = region(np.random.default_rng(1))
    frame = frame[(frame["n_group"] > 0) & (frame["n_others"] > 0)]
    n1, x1, n0, x0 = (frame[c].to_numpy(float) for c in frame.columns[1:])
    weight = n1 * n0 / (n1 + n0)
    expected = (weight * (x0 / n0 - x1 / n1)).sum() / weight.sum()
    assert group_gap(frame).gap.value == pytest.approx(expected)
    # its sign and significance agree with the Mantel-Haenszel odds ratio of statsmodels
    tables = np.array([[[a, b - a], [c, d - c]] for a, b, c, d in zip(x0, n0, x1, n1, strict=True)]).transpose(1, 2, 0)
    assert StratifiedTable(tables).oddsratio_pooled > 1
    assert group_gap(frame).gap.interval.low > 0


def test_agrees_with_the_difference_of_control_groups():
    # the same question asked of pupils: group = «observed», every school a cell of its own
    frame, _ = region(np.random.default_rng(2), 40)
    pupils = []
    for row in frame.itertuples():
        for group, n, x in ((True, row.n_group, row.success_group), (False, row.n_others, row.success_others)):
            success = (np.arange(n) < x).astype(float)
            pupils.append(pd.DataFrame({"school": row.school, "group": group, "success": success}))
    pupils = pd.concat(pupils, ignore_index=True)
    other = control_difference(pupils.assign(cell=pupils["school"]), "success", "group", "school", ["cell"])
    found = group_gap(frame)
    assert found.gap.value == pytest.approx(other.difference.value)
    assert (found.gap.interval.high - found.gap.value) / (
        other.difference.interval.high - other.difference.value
    ) == pytest.approx(1, abs=0.05)
    pd.testing.assert_frame_equal(counts_of_groups(pupils), frame, check_dtype=False)


@pytest.mark.parametrize("schools", [12, 60])
def test_coverage(schools):
    rng = np.random.default_rng(schools)
    held, naive = [], []
    for _ in range(150):
        frame, _ = region(rng, schools, lag=0.15, lag_spread=0.1)
        found = group_gap(frame, minimum_n=10)
        held.append(found.gap.interval.low <= 0.15 <= found.gap.interval.high)
        naive.append(found.share_others - found.share_group)
    assert np.mean(held) >= 0.91
    assert np.mean(naive) > 0.18  # schools mix in: the plain difference is too large


def test_no_lag_is_rarely_called_a_lag():
    rng = np.random.default_rng(4)
    called = [
        abs(g.value) > g.interval.high - g.value
        for g in (group_gap(region(rng, 40, lag=0.0)[0]).gap for _ in range(150))
    ]
    assert np.mean(called) <= 0.09


def test_change_between_years():
    rng = np.random.default_rng(5)
    states, held = [], []
    for change in (0.0, 0.15):
        for _ in range(40):
            school = rng.normal(0, 1, 80)
            before, _ = region(rng, 80, lag=0.1, school=school)
            after, _ = region(rng, 80, lag=0.1 + change, school=school)
            found = group_gap_change(before, after)
            states.append((change, found.state))
            held.append(found.change.interval.low <= change <= found.change.interval.high)
    states = pd.DataFrame(states, columns=["change", "state"])
    quiet, moved = states[states["change"] == 0]["state"], states[states["change"] > 0]["state"]
    assert (quiet != ChangeState.INDISTINCT).mean() <= 0.1
    assert (moved == ChangeState.GROWTH).mean() > 0.6
    assert ChangeState.DECLINE not in set(moved)
    assert np.mean(held) >= 0.9


def test_change_is_the_difference_of_gaps_and_reverses():
    rng = np.random.default_rng(6)
    before, after = region(rng, 30)[0], region(rng, 30, lag=0.3)[0].iloc[:25]
    found, back = group_gap_change(before, after), group_gap_change(after, before)
    assert found.change.value == pytest.approx(found.after.gap.value - found.before.gap.value)
    assert back.change.value == pytest.approx(-found.change.value)
    assert back.change.interval.low == pytest.approx(-found.change.interval.high)
    both = set(before.loc[before["n_group"] > 0, "school"]) & set(after.loc[after["n_group"] > 0, "school"])
    assert found.n_schools_both == len(both)


def test_the_same_data_twice_did_not_change():
    frame, _ = region(np.random.default_rng(7))
    found = group_gap_change(frame, frame)
    assert found.change.refusal.reason is RefusalReason.NO_VARIATION
    assert found.state is None


def test_refusals():
    frame, _ = region(np.random.default_rng(8), 40)
    few = group_gap(frame.iloc[:4], minimum_n=1)
    assert (few.gap.refusal.reason, few.gap.refusal.needed) == (RefusalReason.TOO_FEW, 5)
    small = group_gap(frame, minimum_n=10_000)
    assert (small.gap.refusal.found, small.gap.refusal.needed) == (small.n_group, 10_000)
    assert small.gap.value is None
    assert small.share_group is not None
    none = group_gap(frame.assign(n_group=0, success_group=0))
    assert none.gap.refusal.reason is RefusalReason.NO_DATA
    assert group_gap(frame.iloc[:0]).gap.refusal.reason is RefusalReason.NO_DATA
    assert group_gap_change(frame, frame.iloc[:3]).change.refusal.reason is RefusalReason.TOO_FEW
    same = frame.assign(n_group=5, success_group=5, n_others=5, success_others=5)
    assert group_gap(same).gap.refusal.reason is RefusalReason.NO_VARIATION
    for wrong in ({"success_group": 10_000}, {"n_group": -1}, {"n_group": np.nan}):
        with pytest.raises(ValueError, match="counts"):
            group_gap(frame.assign(**wrong))


def test_unknown_membership_is_not_no():
    pupils = pd.DataFrame(
        {"school": "a", "success": [1, 0, 1, None, 1], "group": [True, False, None, True, False], "grade": 4}
    )
    counted = counts_of_groups(pupils, cells=["grade"])
    assert counted.iloc[0].to_dict() == {
        **{"school": "a", "grade": 4, "n_group": 1, "success_group": 1, "n_others": 2, "success_others": 1}
    }


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 30))
def test_order_cells_and_schools_of_one_kind(seed, alone):
    frame, _ = region(np.random.default_rng(seed), 20)
    found = group_gap(frame, minimum_n=1)
    lonely = counts_frame([("z", 0, 0, alone, alone)])
    again = group_gap(pd.concat([frame.sample(frac=1, random_state=seed), lonely]), minimum_n=1)
    assert again.gap.value == pytest.approx(found.gap.value)
    assert again.gap.interval.low == pytest.approx(found.gap.interval.low)
    assert again.n_pupils_apart == found.n_pupils_apart + alone
    # exchanging the two kinds of pupils reverses the lag
    swapped = frame.rename(
        columns={
            **{"n_group": "n_others", "n_others": "n_group"},
            **{"success_group": "success_others", "success_others": "success_group"},
        }
    )
    assert group_gap(swapped, minimum_n=1).gap.value == pytest.approx(-found.gap.value)
