from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from oko_lib.methods.low_results_distance import smallest_change
from oko_lib.methods.low_results_probability import criteria_met, rule_probability, threshold_tails
from oko_lib.methods.low_results_rule import (
    FALSE,
    TRUE,
    UNKNOWN,
    Counts,
    ShareCriterion,
    combine,
    criterion_flags,
    critical_share,
    exact,
    least_below,
    reaches,
    shares,
)
from oko_lib.methods.share_threshold import BetaPrior, beta_prior, probability_at_least

THIRTY = Fraction(3, 10)
TWO_PROCEDURES = ShareCriterion(THIRTY, procedures_at_least=2)
TWO_YEARS = ShareCriterion(THIRTY, years_in_a_row=2)
FEDERAL = (TWO_PROCEDURES, TWO_YEARS)
AND, OR = 2, 1


def school(*procedures) -> Counts:
    """One school; a procedure is ((n_below, n) of the year before, (n_below, n) of the year), None: not held."""
    cells = [[year or (0, 0) for year in procedure] for procedure in procedures]
    return Counts(*np.moveaxis(np.array([cells]), -1, 0))


def answer(counts: Counts, criteria=FEDERAL, at_least=AND) -> int:
    return int(combine([criterion_flags(counts, item).state for item in criteria], at_least)[0])


def probability(counts, criteria, prior, at_least, n_fixed=0):
    tails = threshold_tails(counts, [item.threshold for item in criteria], prior)
    return rule_probability(criteria_met(criteria, tails), at_least, n_fixed)


# --- exact arithmetic


def test_a_threshold_is_the_number_that_is_written():
    assert exact(0.3) == exact("0.3") == exact(Decimal("0.30")) == THIRTY
    assert exact(1) == 1
    assert Fraction(0.3) != THIRTY  # what a binary number would give


def test_exactly_thirty_percent_counts():
    n = np.arange(1, 5001)
    at = least_below(n, THIRTY)
    assert reaches(at, n, THIRTY).all()
    assert not reaches(at - 1, n, THIRTY).any()
    assert (at[9::10] * 10 == n[9::10] * 3).all()  # 3 of 10, 6 of 20 …
    # 29.96 % is «30,0 %» when rounded, and does not reach it
    assert not reaches(749, 2500, THIRTY)
    assert not reaches(0, 0, THIRTY)


@given(st.integers(1, 10**6), st.integers(1, 10**6), st.data())
def test_shares_sort_as_fractions_do(n, other_n, data):
    x, y = data.draw(st.integers(0, n)), data.draw(st.integers(0, other_n))
    left, right = (float(shares(*pair)) for pair in ((x, n), (y, other_n)))
    assert (left < right, left == right) == (
        Fraction(x, n) < Fraction(y, other_n),
        Fraction(x, n) == Fraction(y, other_n),
    )


# --- the federal rule at its edges


@pytest.mark.parametrize(
    ("counts", "both", "either"),
    [
        (school([(3, 10), (3, 10)], [None, (30, 100)]), TRUE, TRUE),
        (school([(2, 10), (3, 10)], [None, (30, 100)]), FALSE, TRUE),  # two procedures, neither two years
        (school([(3, 10), (3, 10)], [(0, 9), (29, 100)]), FALSE, TRUE),  # one procedure, two years
        (school([(2, 10), (3, 10)], [(3, 10), (2, 10)]), FALSE, FALSE),  # two years, not the same procedure
        (school([(2, 10), (2, 10)], [(3, 10), (2, 10)]), FALSE, FALSE),
        (school([None, (3, 10)], [None, (30, 100)]), UNKNOWN, TRUE),  # no procedure in two years
        (school([None, (2, 10)], [None, (30, 100)]), FALSE, UNKNOWN),
        (school([(9, 10), (9, 10)]), UNKNOWN, TRUE),  # one procedure cannot be two
        (school([None, None], [(5, 10), None]), UNKNOWN, UNKNOWN),
    ],
)
def test_and_differs_from_or(counts, both, either):
    assert (answer(counts), answer(counts, at_least=OR)) == (both, either)


def test_a_procedure_outside_the_rule_does_not_count():
    counts = school([(5, 10), (5, 10)], [(5, 10), (5, 10)])
    only_first = np.array([True, False])
    flags = criterion_flags(counts, ShareCriterion(THIRTY, 2, applies=only_first))
    assert flags.state[0] == UNKNOWN
    assert flags.n_assessable[0] == 1
    assert criterion_flags(counts, ShareCriterion(THIRTY, applies=only_first)).n_satisfied[0] == 1


def test_critical_share_by_hand():
    # this year 40, 35, 10 %; the year before 20, 34, 50 %: A -> 35 %, B -> max(20, 34, 10) = 34 %
    counts = school([(4, 20), (8, 20)], [(34, 100), (7, 20)], [(5, 10), (1, 10)])
    flags = [criterion_flags(counts, item) for item in FEDERAL]
    assert [(int(f.critical_below[0]), int(f.critical_n[0])) for f in flags] == [(7, 20), (34, 100)]
    assert critical_share(flags, AND).share[0] == pytest.approx(0.34)
    assert critical_share(flags, OR).share[0] == pytest.approx(0.35)
    assert critical_share(flags, AND, [np.array([TRUE])]).share[0] == pytest.approx(0.35)  # two of three
    assert np.isnan(critical_share(flags, OR, [np.array([TRUE])]).share[0])  # holds whatever the shares
    assert np.isnan(critical_share(flags, AND, [np.array([UNKNOWN])]).share[0])
    assert critical_share(flags, 3, [np.array([TRUE])]).share[0] == pytest.approx(0.34)


def test_wrong_input_is_refused():
    with pytest.raises(ValueError, match="counts"):
        school([(4, 3)])
    with pytest.raises(ValueError, match="threshold"):
        ShareCriterion(Fraction(0))
    with pytest.raises(ValueError, match="years"):
        criterion_flags(school([(1, 2)]), TWO_YEARS)


# --- against brute force

THRESHOLDS = st.sampled_from([Fraction(1, 5), THIRTY, Fraction(1, 2), Fraction(1)])
CRITERIA = st.lists(
    st.builds(ShareCriterion, THRESHOLDS, st.integers(1, 2), st.integers(1, 2)), min_size=1, max_size=2
).map(tuple)


@st.composite
def small_schools(draw, largest=4):
    procedures = draw(st.integers(1, 2))
    n = draw(st.lists(st.integers(0, largest), min_size=2 * procedures, max_size=2 * procedures))
    below = [draw(st.integers(0, size)) for size in n]
    return Counts(*(np.array(item).reshape(1, procedures, 2) for item in (below, n)))


def holds(below, n, criteria, at_least) -> bool:
    """The rule in plain words, on fractions."""
    met = 0
    for item in criteria:
        reached = sum(
            all(
                size and Fraction(int(x), int(size)) >= item.threshold
                for x, size in list(zip(xs, ns, strict=True))[-item.years_in_a_row :]
            )
            for xs, ns in zip(below, n, strict=True)
        )
        met += reached >= item.procedures_at_least
    return met >= at_least


@settings(max_examples=150, deadline=None)
@given(small_schools(), CRITERIA, st.integers(1, 2))
def test_smallest_change_is_the_smallest(counts, criteria, at_least):
    at_least = min(at_least, len(criteria))
    below, n = counts.n_below[0], counts.n[0]
    now = holds(below, n, criteria, at_least)
    best = None
    for cells in product(*(range(size + 1) for size in n.ravel())):
        other = np.array(cells).reshape(n.shape)
        if holds(other, n, criteria, at_least) != now:
            distance = int(np.abs(other - below).sum())
            best = distance if best is None else min(best, distance)
    found = smallest_change(counts, criteria, at_least)
    assert found.pupils[0] == (-1 if best is None else best)
    if best is not None:  # the pupils named do it
        assert np.abs(found.moves).sum() == best
        assert holds(below + found.moves[0], n, criteria, at_least) != now


@settings(max_examples=100, deadline=None)
@given(small_schools(12), CRITERIA, st.integers(1, 2), st.integers(0, 1))
def test_probability_is_that_of_all_patterns(counts, criteria, at_least, n_fixed):
    prior = (1.5, 6.0)
    levels = sorted({item.threshold for item in criteria})
    tails = [
        np.nan_to_num(probability_at_least(counts.n_below[0], counts.n[0], float(level), prior)).ravel()
        for level in levels
    ]
    # Every true share lies between two of the thresholds: `levels` of them reached, with these probabilities.
    edges = [np.ones(counts.n[0].size), *tails, np.zeros(counts.n[0].size)]
    expected = 0.0
    for reached in product(range(len(levels) + 1), repeat=counts.n[0].size):
        chance = np.prod([edges[r][cell] - edges[r + 1][cell] for cell, r in enumerate(reached)])
        table = np.array(reached).reshape(counts.n[0].shape)
        met = sum(
            (table[:, -item.years_in_a_row :] > levels.index(item.threshold)).all(axis=1).sum()
            >= item.procedures_at_least
            for item in criteria
        )
        expected += chance * (met + n_fixed >= at_least)
    assert probability(counts, criteria, prior, at_least, n_fixed)[0] == pytest.approx(expected, abs=1e-9)


@settings(max_examples=100, deadline=None)
@given(small_schools(9), st.integers(1, 2), st.integers(1, 2), st.integers(1, 2))
def test_critical_share_is_where_the_answer_turns(counts, k, m, at_least):
    grid = [Fraction(i, 40) for i in range(1, 41)]

    def rule(threshold):
        return ShareCriterion(threshold, k), ShareCriterion(threshold, 1, m)

    flags = [criterion_flags(counts, item) for item in rule(THIRTY)]
    found = critical_share(flags, at_least)
    if found.n[0] == 0:
        assert any(item.state[0] == UNKNOWN for item in flags)
        return
    for threshold in grid:
        assert bool(found.holds_at(threshold)[0]) == (answer(counts, rule(threshold), at_least) == TRUE)


# --- what the probability is worth


def region(rng, schools=400, procedures=8, together=0.0):
    """True shares and counts of two years; `together` is the correlation of a school's shares (on a normal scale)."""

    common = rng.standard_normal((schools, 1, 1))
    own = rng.standard_normal((schools, procedures, 2))
    normal = np.sqrt(together) * common + np.sqrt(1 - together) * own
    truth = stats.beta.ppf(stats.norm.cdf(normal), 2, 10)
    n = np.broadcast_to(rng.integers(6, 41, (schools, procedures, 1)), truth.shape)
    return truth, Counts(rng.binomial(n, truth), n)


def priors_of(counts: Counts) -> tuple[np.ndarray, np.ndarray]:
    fitted = [
        [beta_prior(counts.n_below[:, p, y], counts.n[:, p, y]) for y in range(counts.n.shape[2])]
        for p in range(counts.n.shape[1])
    ]
    return tuple(np.array([[getattr(cell, name) for cell in row] for row in fitted]) for name in "ab")


@lru_cache
def promise_and_truth(together: float) -> dict[int, tuple[float, float]]:
    """Mean probability of schools between 0.25 and 0.75 and the share of them for which the rule truly holds.

    By reading; 8 regions of 400 schools and 8 procedures. The page of the method prints these figures.
    """
    rng = np.random.default_rng(5)
    promised, true = {AND: [], OR: []}, {AND: [], OR: []}
    for _ in range(8):
        truth, counts = region(rng, together=together)
        low = truth >= 0.3
        met = (low[:, :, 1].sum(axis=1) >= 2).astype(int) + low.all(axis=2).any(axis=1)
        numbers = criteria_met(FEDERAL, threshold_tails(counts, [THIRTY], priors_of(counts)))
        for at_least in (AND, OR):
            promised[at_least].append(rule_probability(numbers, at_least))
            true[at_least].append(met >= at_least)
    found = {}
    for at_least in (AND, OR):
        chance, holds_ = np.concatenate(promised[at_least]), np.concatenate(true[at_least])
        middle = (chance > 0.25) & (chance < 0.75)
        found[at_least] = (float(chance[middle].mean()), float(holds_[middle].mean()))
    return found


def test_probability_is_calibrated_where_shares_are_independent():
    for promised, true in promise_and_truth(0.0).values():
        assert true == pytest.approx(promised, abs=0.08)


def test_probability_errs_on_the_low_side_where_shares_go_together():
    found = promise_and_truth(0.5)
    assert found[AND][1] > found[AND][0] + 0.1  # as the page says
    assert found[OR][1] == pytest.approx(found[OR][0], abs=0.06)


def test_three_of_ten_is_less_sure_than_thirty_of_a_hundred():
    prior = BetaPrior(1.5, 10, "likelihood", 500, 12000)
    few, many = (
        probability(school([pair, pair], [pair, pair]), FEDERAL, (prior.a, prior.b), AND)[0]
        for pair in ((3, 10), (30, 100))
    )
    assert few < many / 4
