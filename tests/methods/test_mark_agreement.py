from __future__ import annotations

import time
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from method_examples import pairs_of
from sklearn.metrics import cohen_kappa_score
from statsmodels.stats.contingency_tables import SquareTable
from statsmodels.stats.inter_rater import cohens_kappa

from oko_lib.methods.agreement import (
    agreement_by,
    agreement_from_counts,
    bowker,
    mark_agreement,
    stuart_maxwell,
    weighted_kappa,
)
from oko_lib.methods.result import RefusalReason

# Unaided distance vision of 7477 women, right eye by left eye: Stuart A. (1953, 1955)
VISION = np.array([[1520, 266, 124, 66], [234, 1512, 432, 78], [117, 362, 1772, 205], [36, 82, 179, 492]])
FISOKO = Path(__file__).parents[1] / "reference" / "fisoko_sravnenie_s_zhurnalom_2024_ma4.csv"


def test_published_shares_of_fisoko_digit_for_digit():
    rows = pd.read_csv(FISOKO, dtype=str)
    assert len(rows) == 3
    for row in rows.itertuples():
        found = agreement_from_counts(int(row.lowered_n), int(row.confirmed_n), int(row.raised_n))
        for name in ("lowered", "confirmed", "raised"):
            assert f"{100 * getattr(found, name).value:.2f}" == getattr(row, f"{name}_pct_reported")


def test_same_shares_from_pupils_with_missing_journal_marks():
    # the school of the file: 93 pairs; and three pupils more without a journal mark do not enter the base
    vpr = np.repeat([3.0, 4.0, 5.0, 4.0], [52, 37, 4, 3])
    journal = np.repeat([4.0, 4.0, 4.0, np.nan], [52, 37, 4, 3])
    found = mark_agreement(vpr, journal)
    assert (found.n_total, found.n_pairs) == (96, 93)
    shares = [f"{100 * e.value:.2f}" for e in (found.lowered, found.confirmed, found.raised)]
    assert shares == ["55.91", "39.78", "4.30"]


def test_textbook_stuart_maxwell_and_bowker():
    # 11.96 with 3 df: Stuart (1955), Agresti, Categorical Data Analysis; 19.11 with 6 df: Bishop, Fienberg, Holland
    marginal, symmetry = stuart_maxwell(VISION), bowker(VISION)
    assert (round(marginal.statistic, 2), marginal.df) == (11.96, 3)
    assert (round(symmetry.statistic, 2), symmetry.df) == (19.11, 6)
    table = SquareTable(VISION, shift_zeros=False)
    assert marginal.p_value == pytest.approx(table.homogeneity().pvalue)
    assert symmetry.p_value == pytest.approx(table.symmetry().pvalue)


def test_kappa_against_two_other_implementations():
    vpr, journal = pairs_of(VISION)
    found = mark_agreement(vpr, journal)
    other = cohens_kappa(VISION, wt="quadratic")
    assert found.kappa.value == pytest.approx(cohen_kappa_score(vpr, journal, weights="quadratic"))
    assert found.kappa.interval.low == pytest.approx(other.kappa_low)
    assert found.kappa.interval.high == pytest.approx(other.kappa_upp)


def test_exactly_two_marks_are_substantial():
    found = mark_agreement([2, 3, 4, 5, 2], [4, 3, 2, 4, 5])
    assert found.lowered_substantially.numerator == 2
    assert found.raised_substantially.numerator == 1
    stricter = mark_agreement([2, 3, 4, 5, 2], [4, 3, 2, 4, 5], substantial=3)
    assert (stricter.lowered_substantially.numerator, stricter.raised_substantially.numerator) == (1, 0)


def test_table_has_journal_in_rows():
    found = mark_agreement([2, 2, 3], [3, 3, 5])
    assert found.table[1, 0] == 2
    assert found.table[3, 1] == 1
    assert found.lowered.value == 1
    assert found.mean_difference.value == pytest.approx(-4 / 3)


def test_no_twos_in_the_journal_leaves_the_tests_intact():
    table = np.array([[0, 0, 0, 0], [30, 200, 20, 0], [5, 90, 250, 15], [0, 3, 60, 120]])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = mark_agreement(*pairs_of(table))
    assert found.stuart_maxwell.df == 3
    assert found.stuart_maxwell.statistic == pytest.approx(
        SquareTable(table, shift_zeros=False).homogeneity().statistic
    )
    assert found.bowker.df == 5  # the empty pair (2, 5) is not counted
    assert found.stuart_maxwell.p_value < 1e-6


def test_mark_nobody_has_changes_nothing():
    smaller = VISION[1:, 1:]
    padded = np.zeros((4, 4), int)
    padded[1:, 1:] = smaller
    for test in (stuart_maxwell, bowker):
        assert test(padded).statistic == pytest.approx(test(smaller).statistic)
        assert test(padded).df == test(smaller).df


def test_disconnected_table_loses_a_degree_of_freedom():
    table = np.array([[5, 9, 0, 0], [2, 5, 0, 0], [0, 0, 5, 8], [0, 0, 3, 5]])
    found = stuart_maxwell(table)
    assert found.df == 2
    assert found.statistic == pytest.approx((9 - 2) ** 2 / 11 + (8 - 3) ** 2 / 11)  # two McNemar tests


def test_refusals():
    nothing = mark_agreement([np.nan, 3], [4, np.nan])
    assert (nothing.n_total, nothing.n_pairs) == (2, 0)
    assert nothing.lowered.refusal.reason is RefusalReason.NO_DATA
    assert nothing.bowker.refusal.reason is RefusalReason.NO_DATA
    same = mark_agreement([4] * 20, [4] * 20)
    assert same.confirmed.value == 1
    assert same.kappa.refusal.reason is RefusalReason.NO_VARIATION
    assert same.stuart_maxwell.refusal.reason is RefusalReason.NO_VARIATION
    few = mark_agreement([4] * 9, [4] * 9, minimum_n=10)
    assert few.confirmed.refusal.reason is RefusalReason.TOO_FEW
    assert few.confirmed.numerator == 9
    nine = mark_agreement([3] * 9 + [4] * 20, [4] * 29)
    assert nine.bowker.refusal.found == 9
    assert agreement_from_counts(1, 2, 3).kappa.refusal.reason is RefusalReason.NO_DATA


def test_wrong_input_is_refused_clearly():
    with pytest.raises(ValueError, match=r"vpr: marks must be among .*found \[1.0\]"):
        mark_agreement([1, 3], [3, 3])
    with pytest.raises(ValueError, match="length"):
        mark_agreement([3], [3, 3])


def test_planted_direction_found_and_clean_size_kept():
    rng = np.random.default_rng(11)
    rejected = found = 0
    for _ in range(400):
        ability = rng.normal(0, 1, 120)
        vpr = np.clip(np.round(3.6 + ability * 0.8 + rng.normal(0, 0.5, 120)), 2, 5)
        journal = np.clip(np.round(3.6 + ability * 0.8 + rng.normal(0, 0.5, 120)), 2, 5)
        generous = np.clip(np.round(4.0 + ability * 0.8 + rng.normal(0, 0.5, 120)), 2, 5)
        rejected += mark_agreement(vpr, journal).stuart_maxwell.p_value < 0.05
        found += mark_agreement(vpr, generous).stuart_maxwell.p_value < 0.05
    assert 0.02 <= rejected / 400 <= 0.08
    assert found / 400 > 0.9


@settings(max_examples=60, deadline=None)
@given(arrays(np.int64, (4, 4), elements=st.integers(0, 40)))
def test_any_table_gives_an_answer_or_a_refusal(table):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = mark_agreement(*pairs_of(table))
    n = table.sum()
    assert found.n_pairs == n
    if n:
        assert found.lowered.value + found.confirmed.value + found.raised.value == pytest.approx(1)
        np.testing.assert_array_equal(found.table, table)
    for test in (found.stuart_maxwell, found.bowker):
        assert (test.refusal is None) == (test.p_value is not None)
        if test.refusal is None:
            assert 0 <= test.p_value <= 1
    turned = mark_agreement(*pairs_of(table[::-1, ::-1]))  # marks 2..5 read as 5..2
    if found.kappa.given:
        assert turned.kappa.value == pytest.approx(found.kappa.value)
        assert -1 <= found.kappa.interval.low <= found.kappa.value <= found.kappa.interval.high <= 1
    assert turned.lowered.numerator == found.raised.numerator


def test_groups_equal_single_calls():
    rng = np.random.default_rng(3)
    n = 3000
    frame = pd.DataFrame({"login": rng.choice(["a", "b", None], n), "grade": rng.integers(4, 7, n)})
    frame["mark"] = rng.choice([2, 3, 4, 5, np.nan], n)
    frame["journal_mark"] = rng.choice([2, 3, 4, 5, np.nan], n)
    found = agreement_by(frame, ["login", "grade"], minimum_n=10)
    assert len(found) == 9
    assert found["login"].isna().sum() == 3
    for row in found[found["login"].notna()].itertuples():
        part = frame[(frame["login"] == row.login) & (frame["grade"] == row.grade)]
        single = mark_agreement(part["mark"], part["journal_mark"])
        assert (row.n_total, row.n_pairs) == (single.n_total, single.n_pairs)
        assert row.lowered == pytest.approx(single.lowered.value)
        assert row.raised_substantially_n == single.raised_substantially.numerator
        assert row.confirmed_high == pytest.approx(single.confirmed.interval.high)
        assert row.kappa == pytest.approx(single.kappa.value)
        assert row.mean_difference == pytest.approx(single.mean_difference.value)


def test_small_groups_are_refused_but_counted():
    frame = pd.DataFrame(
        {"login": ["a"] * 9 + ["b"] * 10 + ["c"] * 2, "mark": [4.0] * 19 + [np.nan] * 2, "journal_mark": [5.0] * 21}
    )
    found = agreement_by(frame, "login", minimum_n=10).set_index("login")
    assert found.loc["a", "refusal"] == "too_few"
    assert found.loc["a", "lowered_n"] == 9
    assert np.isnan(found.loc["a", "lowered"])
    assert np.isnan(found.loc["a", "lowered_high"])
    assert found.loc["b", "lowered"] == 1
    assert pd.isna(found.loc["b", "refusal"])
    assert found.loc["c", "refusal"] == "no_data"
    assert agreement_by(frame.iloc[:0], "login").empty


def test_a_region_takes_less_than_a_second():
    rng = np.random.default_rng(0)
    n = 1000 * 24 * 22
    frame = pd.DataFrame({"login": rng.integers(0, 1000, n), "cell": rng.integers(0, 24, n)})
    frame["mark"], frame["journal_mark"] = rng.integers(2, 6, (2, n))
    start = time.perf_counter()
    found = agreement_by(frame, ["login", "cell"], minimum_n=10)
    assert time.perf_counter() - start < 3  # 0.15 s on a quiet machine
    assert len(found) == 24000


def test_many_kappas_at_once():
    tables = np.random.default_rng(1).integers(0, 50, (20, 4, 4))
    kappa, error = weighted_kappa(tables)
    for i, table in enumerate(tables):
        other = cohens_kappa(table, wt="quadratic")
        assert kappa[i] == pytest.approx(other.kappa)
        assert error[i] == pytest.approx(other.std_kappa)
