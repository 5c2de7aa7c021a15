"""Excess of primary scores at the borders of marks: a smooth counterfactual on the discrete scale.

Without adjustment of marks the numbers of pupils by score vary smoothly. A polynomial Poisson regression fitted to
the scores away from the borders says how many pupils each score near a border would have had; what is there in
excess at the border and what is missing just below it is the sign looked for.

Sources: methods of bunching — Chetty, Friedman, Olsen, Pistaferri, QJE 126(2) (2011); Kleven, Annual Review of
Economics 8 (2016); on examination scores — Dee, Dobbie, Jacob, Rockoff, AEJ: Applied 11(3):382–423 (2019).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from oko_lib.methods.poisson_polynomial import expected_counts, fit_batch, polynomial_basis, quasi_aic
from oko_lib.methods.result import Estimate, Interval, Refusal, RefusalReason

#: Residual degrees of freedom the counterfactual must keep, so that the polynomial cannot simply join the dots.
_SPARE_BINS = 4


@dataclass(frozen=True)
class SensitivityFit:
    """The same border with another degree or window: how much of the answer is the analyst's choice."""

    degree: int
    below: int
    above: int
    ratio: float
    excess: float


@dataclass(frozen=True)
class BorderResult:
    """Excess at one border.

    Parameters
    ----------
    mark : int
        Mark that begins at the border.
    border : int
        First score of that mark.
    observed, expected : float
        Pupils with exactly the border score, and how many the counterfactual expects.
    ratio : Estimate
        ``observed / expected``; 1 means no excess.
    surplus, missing : float
        Pupils in excess at ``border … border + above`` and pupils missing at ``border − below … border − 1``.
    excess : Estimate
        ``surplus / expected``: surplus in units of the expected number at the border; 0 means no excess.
    sensitivity : tuple of SensitivityFit
        Neighbouring degrees and windows.
    """

    mark: int
    border: int
    observed: float
    expected: float
    ratio: Estimate
    surplus: float
    missing: float
    excess: Estimate
    sensitivity: tuple[SensitivityFit, ...] = ()


@dataclass(frozen=True)
class BorderExcess:
    """Excess at all borders of one distribution.

    Parameters
    ----------
    n : int
        Pupils.
    max_score : int
    counts, expected : tuple of float
        Observed and counterfactual numbers by score 0 … max_score; `expected` is empty after a refusal.
    free_bins : int
        Scores outside all windows.
    degree : int or None
        Degree of the polynomial.
    dispersion : float or None
        Pearson dispersion on the free bins; well above 1 says the scale is uneven away from the borders too, and
        an interval that knows only sampling is then too narrow.
    borders : tuple of BorderResult
    refusal : Refusal or None
    """

    n: int
    max_score: int
    counts: tuple[float, ...]
    expected: tuple[float, ...]
    free_bins: int
    degree: int | None
    dispersion: float | None
    borders: tuple[BorderResult, ...]
    refusal: Refusal | None = None


@dataclass(frozen=True)
class _Design:
    basis: np.ndarray
    used: np.ndarray
    free: np.ndarray
    below: int
    above: int


def border_excess(
    scores: Sequence[int] | np.ndarray | None = None,
    borders: Sequence[int | None] | None = None,
    max_score: int | None = None,
    *,
    counts: Sequence[int] | np.ndarray | None = None,
    school_codes: Sequence[int] | np.ndarray | None = None,
    below: int = 2,
    above: int = 1,
    degrees: tuple[int, int] = (5, 7),
    min_free_bins: int = 12,
    min_pupils: int = 200,
    end_heaps: bool = True,
    bootstrap: int = 400,
    level: float = 0.95,
    rng: np.random.Generator | None = None,
) -> BorderExcess:
    """Excess of scores at the borders of marks «3», «4», «5».

    Parameters
    ----------
    scores : array of int, shape (n,), optional
        Primary scores of pupils. Give either `scores` or `counts`.
    borders : sequence of int
        First scores of marks «3», «4», «5» (``mark3_min, mark4_min, mark5_min``).
    max_score : int
        Highest possible score.
    counts : array of int, shape (max_score + 1,) or (schools, max_score + 1), optional
        Numbers of pupils by score; a matrix has one row per school and makes the bootstrap resample schools.
    school_codes : array, shape (n,), optional
        With `scores`: school of each pupil; the bootstrap then resamples schools instead of pupils.
    below, above : int
        Window ``[border − below, border + above]`` that is kept out of the fit.
    degrees : (int, int)
        Lowest and highest degree tried; chosen by quasi-AIC, limited so that at least four bins stay spare.
    min_free_bins : int
        Refuse when fewer scores lie outside the windows.
    min_pupils : int
        Refuse when there are fewer pupils.
    end_heaps : bool
        Keep scores 0 and `max_score` out of the fit: pupils heap there for reasons of their own.
    bootstrap : int
        Resamples; 0 gives no intervals.
    level : float
        Confidence level.
    rng : numpy.random.Generator, optional
        Source of randomness; by default a fixed seed, so that a report is reproducible.

    Returns
    -------
    BorderExcess
        Refused with NO_SCALE (no borders or maximum), TOO_FEW (pupils), or SCALE_TOO_SHORT (free bins).

    Raises
    ------
    ValueError
        Scores outside 0 … max_score, borders not increasing, or both/neither of `scores` and `counts`.

    Notes
    -----
    ``log E f(b) = Σ_k β_k b^k`` on an orthogonal basis. Assumptions: without adjustment the distribution is smooth;
    adjustment moves pupils only inside the windows; the borders are the ones that were in force. The interval covers
    sampling of pupils (or schools), not the unevenness of the scale itself: see `dispersion`.
    """
    if max_score is None or borders is None or any(border is None for border in borders) or len(borders) == 0:
        n = int(np.sum(counts)) if counts is not None else len(scores if scores is not None else ())
        return _refused(n, max_score or 0, (), 0, RefusalReason.NO_SCALE)
    edges = [int(border) for border in borders]
    if any(a >= b for a, b in pairwise(edges)) or edges[0] < 1 or edges[-1] > max_score:
        raise ValueError(f"borders {edges} do not increase within 1…{max_score}")
    by_school = _count_matrix(scores, counts, school_codes, max_score)
    total = by_school.sum(axis=0)
    n = int(total.sum())
    design = _design(edges, max_score, below, above, end_heaps, degrees[1])
    free = int(design.free.sum())
    if n < min_pupils:
        return _refused(n, max_score, total, free, RefusalReason.TOO_FEW, n, min_pupils)
    if free < min_free_bins:
        return _refused(n, max_score, total, free, RefusalReason.SCALE_TOO_SHORT, free, min_free_bins)
    options = _degree_range(design, degrees)
    if not options:
        return _refused(n, max_score, total, free, RefusalReason.SCALE_TOO_SHORT, free, min_free_bins)
    criterion, _ = quasi_aic(total[None, design.used], design.basis[design.used], options)
    degree = options[int(np.argmin(criterion[0]))]
    expected, dispersion = _counterfactual(total, design, degree)
    draws = _bootstrap_counts(by_school, bootstrap, rng)
    intervals = _intervals(draws, design, options, edges, level) if bootstrap else [(None, None)] * len(edges)
    neighbours = _sensitivity(total, edges, max_score, below, above, end_heaps, degree, min_free_bins)
    results = []
    for index, edge in enumerate(edges):
        ratio, surplus, missing = _measures(total, expected, edge, below, above)
        ratio_interval, excess_interval = intervals[index]
        results.append(
            BorderResult(
                mark=6 - len(edges) + index,
                border=edge,
                observed=float(total[edge]),
                expected=float(expected[edge]),
                ratio=Estimate(float(ratio), ratio_interval, n),
                surplus=float(surplus),
                missing=float(missing),
                excess=Estimate(float(surplus / expected[edge]), excess_interval, n),
                sensitivity=tuple(
                    SensitivityFit(
                        d,
                        lo,
                        hi,
                        float(_measures(total, f, edge, lo, hi)[0]),
                        float(_measures(total, f, edge, lo, hi)[1] / f[edge]),
                    )
                    for d, lo, hi, f in neighbours
                ),
            )
        )
    return BorderExcess(
        n, max_score, tuple(total.tolist()), tuple(expected.tolist()), free, degree, float(dispersion), tuple(results)
    )


def _refused(n, max_score, counts, free, reason, found=None, needed=None) -> BorderExcess:
    refusal = Refusal(reason, None if found is None else float(found), None if needed is None else float(needed))
    return BorderExcess(n, int(max_score), tuple(float(c) for c in counts), (), free, None, None, (), refusal)


def _count_matrix(scores, counts, school_codes, max_score: int) -> np.ndarray:
    if (scores is None) == (counts is None):
        raise ValueError("give either scores or counts")
    width = max_score + 1
    if counts is not None:
        matrix = np.atleast_2d(np.asarray(counts, dtype=float))
        if matrix.shape[1] != width or (matrix < 0).any():
            raise ValueError(f"counts must be non-negative numbers for scores 0…{max_score}")
        return matrix
    values = np.asarray(scores)
    if values.size and (values.min() < 0 or values.max() > max_score or np.any(values != np.floor(values))):
        raise ValueError(f"scores must be whole numbers 0…{max_score}")
    values = values.astype(np.int64)
    if school_codes is None:
        return np.bincount(values, minlength=width).astype(float)[None, :]
    schools, codes = np.unique(np.asarray(school_codes), return_inverse=True)
    flat = np.bincount(codes * width + values, minlength=len(schools) * width)
    return flat.reshape(len(schools), width).astype(float)


def _design(edges, max_score, below, above, end_heaps, max_degree) -> _Design:
    bins = np.arange(max_score + 1)
    free = np.ones(max_score + 1, dtype=bool)
    for edge in edges:
        free &= ~((bins >= edge - below) & (bins <= edge + above))
    used = free.copy()
    if end_heaps:
        used[[0, -1]] = False
    return _Design(polynomial_basis(max_score, max_degree + 1), used, free, below, above)


def _degree_range(design: _Design, degrees) -> range:
    """Degrees that leave spare bins; empty when none does."""
    highest = min(degrees[1], int(design.used.sum()) - 1 - _SPARE_BINS)
    return range(max(min(degrees[0], highest), 1), highest + 1)


def _counterfactual(total, design: _Design, degree: int) -> tuple[np.ndarray, float]:
    columns = design.basis[:, : degree + 1]
    beta = fit_batch(total[None, design.used], columns[design.used])
    expected = expected_counts(columns, beta)[0]
    fitted = expected[design.used]
    spare = max(int(design.used.sum()) - degree - 1, 1)
    return expected, float((((total[design.used] - fitted) ** 2) / np.maximum(fitted, 1e-9)).sum() / spare)


def _measures(counts, expected, edge: int, below: int, above: int):
    """Ratio at the border, surplus at and above it, missing below it (last axis is the score)."""
    at = slice(edge, min(edge + above + 1, counts.shape[-1]))
    under = slice(max(edge - below, 0), edge)
    ratio = counts[..., edge] / expected[..., edge]
    surplus = (counts[..., at] - expected[..., at]).sum(axis=-1)
    missing = (expected[..., under] - counts[..., under]).sum(axis=-1)
    return ratio, surplus, missing


def _bootstrap_counts(by_school: np.ndarray, bootstrap: int, rng: np.random.Generator | None) -> np.ndarray:
    rng = np.random.default_rng(20210401) if rng is None else rng
    if not bootstrap:
        return np.empty((0, by_school.shape[1]))
    if len(by_school) > 1:
        weights = rng.multinomial(len(by_school), np.full(len(by_school), 1 / len(by_school)), size=bootstrap)
        return weights @ by_school
    total = by_school[0]
    return rng.multinomial(int(total.sum()), total / total.sum(), size=bootstrap).astype(float)


def _intervals(draws, design: _Design, options: range, edges, level):
    """Percentile intervals; the degree is chosen anew in each resample, so its choice is part of the uncertainty."""
    criterion, fits = quasi_aic(draws[:, design.used], design.basis[design.used], options)
    chosen = np.argmin(criterion, axis=1)
    expected = np.empty_like(draws)
    for position, degree in enumerate(options):
        rows = chosen == position
        if rows.any():
            expected[rows] = expected_counts(design.basis[:, : degree + 1], fits[position][rows])
    tails = [(1 - level) / 2, (1 + level) / 2]
    pairs = []
    for edge in edges:
        ratio, surplus, _ = _measures(draws, expected, edge, design.below, design.above)
        values = [ratio, surplus / expected[:, edge]]
        pairs.append(tuple(Interval(*map(float, np.nanquantile(v, tails)), level) for v in values))
    return pairs


def _sensitivity(total, edges, max_score, below, above, end_heaps, degree, min_free_bins):
    """Counterfactuals with degree ± 1 and with windows one score narrower or wider below, wider above."""
    options = [(degree - 1, below, above), (degree + 1, below, above)]
    options += [(degree, below - 1, above), (degree, below + 1, above), (degree, below, above + 1)]
    fits = []
    for other_degree, lo, hi in options:
        if other_degree < 1 or lo < 1:
            continue
        design = _design(edges, max_score, lo, hi, end_heaps, other_degree)
        enough = design.free.sum() >= min_free_bins
        if enough and design.used.sum() - other_degree - 1 >= _SPARE_BINS - 1:
            fits.append((other_degree, lo, hi, _counterfactual(total, design, other_degree)[0]))
    return fits
