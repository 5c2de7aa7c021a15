"""Excess at borders: the regression against statsmodels, honest intervals, planted pushing, refusals."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st

from oko_lib.methods.border_excess import border_excess
from oko_lib.methods.poisson_polynomial import expected_counts, fit_batch, polynomial_basis
from oko_lib.methods.result import RefusalReason
from oko_lib.methods.school_border_excess import _upper_tail

BORDERS, MAX_SCORE = (14, 24, 33), 38  # русский язык, 4 класс, 2021


def smooth_scores(rng, n=5000, max_score=MAX_SCORE, centre=0.3, spread=1.0):
    """Binomial scores of pupils with normal abilities: a smooth distribution without any adjustment."""
    return rng.binomial(max_score, 1 / (1 + np.exp(-rng.normal(centre, spread, n))))


def pushed(scores, border, share, rng):
    """Lift `share` of those one or two points short to the border."""
    short = (scores == border - 1) | (scores == border - 2)
    return np.where(short & (rng.random(len(scores)) < share), border, scores)


def test_regression_is_that_of_statsmodels():
    rng = np.random.default_rng(5)
    counts = np.bincount(smooth_scores(rng), minlength=MAX_SCORE + 1)
    basis = polynomial_basis(MAX_SCORE, 6)
    ours = expected_counts(basis, fit_batch(np.stack([counts, counts[::-1]]), basis))
    for row, data in zip(ours, (counts, counts[::-1]), strict=True):
        reference = sm.GLM(data, basis, family=sm.families.Poisson()).fit(tol=1e-12)
        np.testing.assert_allclose(row, reference.mu, rtol=1e-5, atol=1e-5)


def test_a_fit_through_hundreds_of_orders_and_empty_bins_stays_finite():
    basis = polynomial_basis(40, 7)
    counts = np.zeros((3, 41))
    counts[0, 20], counts[1, :], counts[2, ::7] = 100000, 1, 3
    fitted = expected_counts(basis, fit_batch(counts, basis))
    assert np.isfinite(fitted).all()
    assert fitted[1] == pytest.approx(np.ones(41))


def test_clean_distributions_contain_no_excess_as_often_as_promised():
    rng = np.random.default_rng(11)
    inside = []
    for k in range(60):
        scores = smooth_scores(rng, n=(1000, 5000, 20000)[k % 3], centre=(0.0, 0.4, 0.8)[k // 20])
        result = border_excess(scores, BORDERS, MAX_SCORE, bootstrap=200, rng=rng)
        for border in result.borders:
            inside.append(border.ratio.interval.low <= 1 <= border.ratio.interval.high)
            inside.append(border.excess.interval.low <= 0 <= border.excess.interval.high)
    # Nominal 95 % of 360, dependent in sixes: 60 distributions give a standard error of about 1.7 points.
    assert 0.89 <= np.mean(inside) <= 0.995


def test_planted_pushing_is_measured():
    rng = np.random.default_rng(12)
    before = smooth_scores(rng, 20000)
    after = pushed(before, 24, 0.5, rng)
    moved = int((before != after).sum())
    result = border_excess(after, BORDERS, MAX_SCORE)
    third, fourth, fifth = result.borders
    assert [b.mark for b in result.borders] == [3, 4, 5]
    assert fourth.ratio.interval.low > 1.5
    assert fourth.surplus == pytest.approx(moved, rel=0.15)
    assert fourth.missing == pytest.approx(moved, rel=0.15)
    assert all(fit.ratio > 1.5 for fit in fourth.sensitivity)
    for untouched in (third, fifth):
        assert untouched.ratio.interval.low < 1.15
        assert untouched.ratio.interval.high > 0.85


def test_heaps_at_the_ends_do_not_touch_the_borders():
    rng = np.random.default_rng(13)
    counts = np.bincount(smooth_scores(rng), minlength=MAX_SCORE + 1)
    heaped = counts.copy()
    heaped[0] += 400
    heaped[-1] += 900
    plain, other = (
        border_excess(counts=c, borders=BORDERS, max_score=MAX_SCORE, bootstrap=0) for c in (counts, heaped)
    )
    for a, b in zip(plain.borders, other.borders, strict=True):
        assert a.ratio.value == pytest.approx(b.ratio.value)
    taken_in = border_excess(counts=heaped, borders=BORDERS, max_score=MAX_SCORE, bootstrap=0, end_heaps=False)
    assert taken_in.borders[2].ratio.value != pytest.approx(plain.borders[2].ratio.value, rel=0.02)


def test_schools_are_resampled_where_they_are_known():
    rng = np.random.default_rng(14)
    schools = np.repeat(np.arange(100), 50)
    level = np.repeat(rng.normal(0.2, 1.0, 100), 50)
    scores = rng.binomial(MAX_SCORE, 1 / (1 + np.exp(-rng.normal(level, 0.5))))
    keen = np.isin(schools, np.arange(10))
    scores = np.where(keen & (scores >= 20) & (scores < 24), 24, scores)
    alone = border_excess(scores, BORDERS, MAX_SCORE).borders[1].excess.interval
    grouped = border_excess(scores, BORDERS, MAX_SCORE, school_codes=schools).borders[1].excess.interval
    assert grouped.high - grouped.low > 1.3 * (alone.high - alone.low)


def test_physics_of_18_points_is_refused_with_the_reason():
    rng = np.random.default_rng(15)
    result = border_excess(smooth_scores(rng, max_score=18), (5, 8, 11), 18)
    assert result.refusal.reason is RefusalReason.SCALE_TOO_SHORT
    assert (result.refusal.found, result.refusal.needed) == (9, 12)
    assert result.borders == ()


@pytest.mark.parametrize(("max_score", "answered"), [(23, True), (22, False)])
def test_exactly_twelve_free_scores_are_enough(max_score, answered):
    scores = smooth_scores(np.random.default_rng(16), max_score=max_score)
    result = border_excess(scores, (6, 12, 18), max_score, bootstrap=50)
    assert (result.refusal is None) == answered
    assert result.free_bins == (12 if answered else 11)


def test_few_pupils_and_no_scale():
    scores = np.arange(199) % 39
    few = border_excess(scores, BORDERS, MAX_SCORE)
    assert (few.refusal.reason, few.refusal.found) == (RefusalReason.TOO_FEW, 199)
    for borders, top in ((None, 38), (BORDERS, None), ((14, None, 33), 38), ((), 38)):
        assert border_excess(scores, borders, top).refusal.reason is RefusalReason.NO_SCALE


@pytest.mark.parametrize(
    ("scores", "borders", "max_score"),
    [([39] * 300, BORDERS, 38), ([-1] * 300, BORDERS, 38), ([1.5] * 300, BORDERS, 38), ([1] * 300, (24, 14, 33), 38),
     ([1] * 300, (14, 24, 40), 38), ([1] * 300, (0, 14, 24), 38)],
)  # fmt: skip
def test_impossible_input_is_an_error(scores, borders, max_score):
    with pytest.raises(ValueError, match=r"scores|borders"):
        border_excess(scores, borders, max_score)


def test_scores_or_counts_but_not_both():
    with pytest.raises(ValueError, match="either"):
        border_excess([1], BORDERS, 38, counts=[1] * 39)
    with pytest.raises(ValueError, match="counts"):
        border_excess(borders=BORDERS, max_score=38, counts=[1] * 38)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10**6), st.integers(300, 3000))
def test_order_of_pupils_and_form_of_input_do_not_matter(seed, n):
    rng = np.random.default_rng(seed)
    scores = smooth_scores(rng, n)
    by_scores = border_excess(scores, BORDERS, MAX_SCORE, bootstrap=30)
    shuffled = border_excess(rng.permutation(scores), BORDERS, MAX_SCORE, bootstrap=30)
    by_counts = border_excess(
        counts=np.bincount(scores, minlength=39), borders=BORDERS, max_score=MAX_SCORE, bootstrap=30
    )
    assert by_scores == shuffled == by_counts
    assert all(b.ratio.value > 0 and b.ratio.interval.low <= b.ratio.interval.high for b in by_scores.borders)


def test_numbers_of_the_page_are_those_of_the_code():
    score = np.arange(39)
    smooth = np.rint(280 * np.exp(-(((score - 22) / 9.0) ** 2) / 2)).astype(int)
    counts = smooth.copy()
    for border, share in ((14, 0.5), (24, 0.3), (33, 0.15)):
        for short in (1, 2):
            lifted = round(counts[border - short] * share)
            counts[border - short] -= lifted
            counts[border] += lifted
    result = border_excess(counts=counts, borders=BORDERS, max_score=MAX_SCORE)
    rows = [
        f"| {b.observed:.0f} | {b.expected:.1f} | {b.ratio.value:.2f} "
        f"({b.ratio.interval.low:.2f}–{b.ratio.interval.high:.2f}) | {b.missing:.1f} | {b.surplus:.1f} |"
        for b in result.borders
    ]
    around, observed, share = np.array([96.0]), np.array([78.0]), np.array([0.62])
    tails = [_upper_tail(observed, around, share, sd**2)[0] for sd in (0.0, 0.03, 0.06)]
    numbers = [
        *rows,
        f"{result.n} ученик",
        "189, 273 и 133",
        f"{100 * (78 / 96 - 0.62):.1f} п.п.",
        f"ожидалось {96 * 0.62:.1f}",
        *(f"$p$ = {tail:.{digits}f}" for tail, digits in zip(tails, (5, 4, 3), strict=True)),
    ]
    page = (Path(__file__).parents[2] / "docs" / "ru" / "methods" / "border_excess.md").read_text(encoding="utf-8")
    assert smooth[[14, 24, 33]].tolist() == [189, 273, 133]
    assert [number for number in numbers if number.replace(".", ",", 9).replace("п,п,", "п.п.") not in page] == []
