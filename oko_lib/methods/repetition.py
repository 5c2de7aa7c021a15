"""Published lists over the years: do the same schools return more often than chance would have it?"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from .result import Refusal, RefusalReason, TestResult


@dataclass(frozen=True)
class Repetition:
    """Schools by the number of years in the list.

    Parameters
    ----------
    counts : DataFrame
        One row per number of years 0, 1, … k: ``years``, ``units`` (observed), ``expected`` (under independence).
    units : DataFrame
        One row per listed school: the unit column, ``n_years``, ``years`` (tuple), ``chance`` (probability under
        independence of at least that many years).
    shares : dict
        Share of all schools listed, by year.
    n_units : int
        Schools that could have been listed.
    n_rows, n_duplicates : int
        Rows given; rows dropped because the school was already listed that year.
    at_least : int
        Number of years the test speaks of.
    observed, expected : float
        Schools listed in at least that many years.
    test : TestResult
        One-sided: are more schools listed repeatedly than independent lists would give?
    """

    counts: pd.DataFrame
    units: pd.DataFrame
    shares: dict[Hashable, float]
    n_units: int
    n_rows: int
    n_duplicates: int
    at_least: int
    observed: int
    expected: float | None
    test: TestResult


def poisson_binomial(shares: ArrayLike) -> NDArray[np.float64]:
    """Distribution of the number of successes in independent trials of unequal probabilities.

    Parameters
    ----------
    shares : array_like of shape (k,)
        Probabilities.

    Returns
    -------
    ndarray of shape (k + 1,)
        Exact probabilities of 0..k successes.
    """
    mass = np.ones(1)
    for share in np.asarray(shares, dtype=float):
        mass = np.convolve(mass, [1 - share, share])
    return mass


def repetition(
    frame: pd.DataFrame,
    n_units_by_year: Mapping[Hashable, int] | int,
    unit: str = "login",
    year: str = "year",
    at_least: int = 2,
    minimum_units: int = 1,
) -> Repetition:
    """Count returns to a yearly list and test them against independence.

    Parameters
    ----------
    frame : DataFrame
        One row per listed school and year; repeated rows are counted once.
    n_units_by_year : mapping or int
        Schools that could have been listed, by year (one number if always the same). A year with an empty list belongs
        in the mapping too.
    unit, year : str
        Columns.
    at_least : int
        Years from which a return counts.
    minimum_units : int
        Smallest number of different listed schools for a test.

    Returns
    -------
    Repetition
        Under independence a school's number of years is Poisson-binomial with the yearly shares, the number of
        returning schools binomial. With the lengths of the lists fixed the true spread is a little smaller, so the
        test errs on the cautious side. A small p-value says that schools differ in their chance of being listed, not
        why.

    Raises
    ------
    ValueError
        If a year has no number of schools, or its list is longer than that number.
    """
    known = frame[[unit, year]].dropna()
    single = known.drop_duplicates()
    if isinstance(n_units_by_year, Mapping):
        totals = dict(n_units_by_year)
    else:
        totals = {y: int(n_units_by_year) for y in sorted(single[year].unique())}
    listed = single[year].value_counts()
    for y, count in listed.items():
        if y not in totals:
            raise ValueError(f"no number of schools given for year {y}")
        if count > totals[y]:
            raise ValueError(f"year {y}: {count} schools listed out of {totals[y]}")
    years = sorted(totals)
    shares = {y: int(listed.get(y, 0)) / totals[y] for y in years if totals[y] > 0}
    mass = poisson_binomial(list(shares.values()))
    tails = np.cumsum(mass[::-1])[::-1]
    per_unit = single.sort_values(year).groupby(unit, sort=True)[year].agg(n_years="size", years=tuple).reset_index()
    per_unit["chance"] = np.minimum(tails[per_unit["n_years"].to_numpy(dtype=int)], 1.0)
    n_units = max([*totals.values(), len(per_unit)], default=0)
    observed_counts = np.bincount(per_unit["n_years"].to_numpy(dtype=int), minlength=len(mass))
    observed_counts[0] = n_units - len(per_unit)
    counts = pd.DataFrame({"years": np.arange(len(mass)), "units": observed_counts, "expected": n_units * mass})
    observed = int(observed_counts[at_least:].sum())
    chance = float(mass[at_least:].sum())
    expected = n_units * chance
    if len(shares) < at_least or len(per_unit) < max(minimum_units, 1):
        found, needed = (len(shares), at_least) if len(shares) < at_least else (len(per_unit), max(minimum_units, 1))
        reason = RefusalReason.TOO_FEW if found else RefusalReason.NO_DATA
        test = TestResult(None, None, None, n_units, Refusal(reason, found, needed))
    else:
        p = float(stats.binom.sf(observed - 1, n_units, chance))
        test = TestResult(float(observed), None, p, n_units)
    return Repetition(
        counts, per_unit, shares, n_units, len(frame), len(known) - len(single), at_least, observed, expected, test
    )
