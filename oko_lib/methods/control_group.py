"""Schools with independent observers against the rest.

Within every cell (subject, grade, year) the two groups are compared, and the differences are put together. Pupils of
one school resemble each other, so uncertainty comes from schools, not pupils; and because observed schools are few, it
comes from leaving each school out in turn (the ordinary clustered formula is too sure of itself then).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from .result import Estimate, Interval, Refusal, RefusalReason, TestResult
from .shrinkage import variance_parts


@dataclass(frozen=True)
class ControlDifference:
    """Rest minus observed, within cells.

    Parameters
    ----------
    difference : Estimate
        In the unit of the value (scores, or fractions for shares); positive when results are higher without observers.
        ``n`` counts pupils.
    test : TestResult
        Two-sided test of no difference; ``df`` is Satterthwaite's, ``n`` counts schools.
    standard_error : float or None
        School-clustered.
    icc : float or None
        Likeness of pupils of one school within cells, from which the schools' weights come.
    mean_observed, mean_rest : float or None
        Plain means of the two groups over the compared cells.
    n_observed, n_rest : int
        Pupils.
    schools_observed, schools_rest : int
        Schools.
    cells : int
        Cells in which both groups are present; pupils of other cells are left out.
    """

    difference: Estimate
    test: TestResult
    standard_error: float | None
    icc: float | None
    mean_observed: float | None
    mean_rest: float | None
    n_observed: int
    n_rest: int
    schools_observed: int
    schools_rest: int
    cells: int


def control_difference(
    frame: pd.DataFrame,
    value: str,
    observed: str = "observed",
    unit: str = "login",
    cells: Sequence[str] = ("subject", "grade", "year"),
    minimum_schools: int = 5,
    level: float = 0.95,
) -> ControlDifference:
    """Difference between schools without and with independent observers.

    Parameters
    ----------
    frame : DataFrame
        One row per pupil and work.
    value : str
        Score, or 0/1 for a share (raised, substantially raised, on the border).
    observed : str
        Column of booleans: the work was written before an independent observer. The same school may be observed in one
        cell and not in another.
    unit : str
        Column of the school.
    cells : sequence of str
        Columns within which groups are compared.
    minimum_schools : int
        Smallest number of schools in either group.
    level : float
        Confidence level.

    Returns
    -------
    ControlDifference
        Regression of the value on «not observed» with a constant per cell. A school of n works weighs
        n / (1 + (n - 1)·icc), so that one large school among five observed does not decide alone. Variance by
        jackknife over schools (CV3 of MacKinnon, Nielsen and Webb), degrees of freedom by Satterthwaite from the
        effective numbers of schools.

    References
    ----------
    MacKinnon J. G., Nielsen M. Ø., Webb M. D. (2023) Journal of Econometrics 232:272-299; Bell R. M., McCaffrey D. F.
    (2002) Survey Methodology 28:169-181.
    """
    cells = list(cells)
    known = frame[[unit, observed, value, *cells]].dropna()
    y = known[value].to_numpy(dtype=float)
    rest = (~known[observed].astype(bool)).to_numpy()
    cell = known.groupby(cells, sort=True, observed=True).ngroup().to_numpy() if cells else np.zeros(len(known), int)
    n_cells = int(cell.max()) + 1 if len(cell) else 0
    both = (np.bincount(cell[rest], minlength=n_cells) > 0) & (np.bincount(cell[~rest], minlength=n_cells) > 0)
    keep = both[cell] if n_cells else np.zeros(0, dtype=bool)
    y, rest = y[keep], rest[keep]
    cell = np.unique(cell[keep], return_inverse=True)[1]
    school, schools = pd.factorize(known[unit].to_numpy()[keep])
    schools_observed, schools_rest = len(np.unique(school[~rest])), len(np.unique(school[rest]))
    described = {
        "icc": None,
        "mean_observed": float(y[~rest].mean()) if (~rest).any() else None,
        "mean_rest": float(y[rest].mean()) if rest.any() else None,
        "n_observed": int((~rest).sum()),
        "n_rest": int(rest.sum()),
        "schools_observed": schools_observed,
        "schools_rest": schools_rest,
        "cells": int(both.sum()),
    }
    needed, found = max(minimum_schools, 2), min(schools_observed, schools_rest)
    n_schools = len(schools)
    if found < needed:
        refusal = Refusal(RefusalReason.TOO_FEW if found else RefusalReason.NO_DATA, found, needed)
        return _answer(None, None, None, refusal, len(y), n_schools, level, described)
    works = np.bincount(school, minlength=n_schools).astype(float)
    icc = _likeness(y, rest, school, cell)
    described["icc"] = icc
    weight = 1 / (1 + (works - 1) * icc)
    slope, left_out = _leave_one_out(y, rest, school, cell, weight[school], n_schools, int(both.sum()))
    if not np.isfinite(left_out).all():
        refusal = Refusal(RefusalReason.TOO_FEW, found, needed)
        return _answer(None, None, None, refusal, len(y), n_schools, level, described)
    influence = (left_out - slope) ** 2
    was_observed = np.bincount(school, weights=~rest, minlength=n_schools) > 0
    parts, freedoms = [], []
    for group in (was_observed, ~was_observed):
        if group.sum() > 1:
            size = int(group.sum())
            parts.append(influence[group].sum() * (size - 1) / size)
            freedoms.append(_freedom(works[group], icc))
    variance = float(sum(parts))
    if variance <= 0:
        return _answer(
            None, None, None, Refusal(RefusalReason.NO_VARIATION, found), len(y), n_schools, level, described
        )
    df = variance**2 / sum(part**2 / freedom for part, freedom in zip(parts, freedoms, strict=True))
    return _answer(slope, float(np.sqrt(variance)), float(df), None, len(y), n_schools, level, described)


def _likeness(y: np.ndarray, rest: np.ndarray, school: np.ndarray, cell: np.ndarray) -> float:
    """Intra-school correlation of what remains after cells and groups are taken out."""
    frame = pd.DataFrame({"school": school, "y": y, "cell": cell, "rest": rest})
    frame["y"] = frame["y"] - frame.groupby(["cell", "rest"])["y"].transform("mean")
    return variance_parts(frame, "school", "y").icc or 0.0


def _freedom(works: np.ndarray, icc: float) -> float:
    """Effective number of schools less one: schools that carry most of the variance count, the others hardly."""
    load = (works / (1 + (works - 1) * icc)) ** 2 * (icc + (1 - icc) / works)
    return max(float(load.sum() ** 2 / (load**2).sum()) - 1, 1.0)


def _leave_one_out(
    y: np.ndarray,
    rest: np.ndarray,
    school: np.ndarray,
    cell: np.ndarray,
    weight: np.ndarray,
    n_schools: int,
    n_cells: int,
) -> tuple[float, np.ndarray]:
    """Slope on «rest» within cells, and the slope without each school, from sums by school and cell."""
    key = school * n_cells + cell

    def sums(weights: np.ndarray) -> np.ndarray:
        return np.bincount(key, weights=weights, minlength=n_schools * n_cells).reshape(n_schools, n_cells)

    x = rest.astype(float)
    n, sx, sy, sxy = sums(weight), sums(weight * x), sums(weight * y), sums(weight * x * y)

    totals_weight = weight.sum()

    def slope(n_: np.ndarray, sx_: np.ndarray, sy_: np.ndarray, sxy_: np.ndarray) -> np.ndarray:
        with np.errstate(divide="ignore", invalid="ignore"):
            above = (sxy_ - np.where(n_ > 0, sx_ * sy_ / n_, 0)).sum(axis=-1)
            below = (sx_ - np.where(n_ > 0, sx_**2 / n_, 0)).sum(axis=-1)  # x is 0 or 1, so its square is itself
            return np.where(below > 1e-9 * totals_weight, above / below, np.nan)

    totals = [part.sum(axis=0) for part in (n, sx, sy, sxy)]
    whole = float(slope(*totals))
    without = slope(*(total - part for total, part in zip(totals, (n, sx, sy, sxy), strict=True)))
    return whole, without


def _answer(
    slope: float | None,
    error: float | None,
    df: float | None,
    refusal: Refusal | None,
    n: int,
    n_schools: int,
    level: float,
    described: dict,
) -> ControlDifference:
    if slope is None or error is None or df is None:
        return ControlDifference(
            Estimate(None, None, n, refusal=refusal),
            TestResult(None, None, None, n_schools, refusal),
            None,
            **described,
        )
    t = slope / error
    reach = float(stats.t.ppf((1 + level) / 2, df)) * error
    return ControlDifference(
        Estimate(slope, Interval(slope - reach, slope + reach, level), n),
        TestResult(t, df, float(2 * stats.t.sf(abs(t), df)), n_schools),
        error,
        **described,
    )
