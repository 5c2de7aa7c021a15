"""In which subjects a school stands out: school × subject, with small numbers drawn in and chance kept out.

Columns of ``entries`` (one row per child and subject): ``school``, ``subject``, further ``cells`` within which children
are compared (year, grade), ``person`` (may be missing), ``value``: a score (any scale, compared within cells) or a
success (bool: winner or prize-winner).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from .multiplicity import false_discovery
from .natural_fluctuation import reference_df
from .result import Refusal, RefusalReason
from .unit_deviations import (
    Deviations,
    heavy_tail,
    natural_spread,
    others_of_cell,
    person_correlation,
    persons_of,
    score_deviations,
    share_tails,
    sum_variance,
)


class StrengthState(StrEnum):
    """Where a school's subject stands."""

    ABOVE = "above"
    BELOW = "below"
    INDISTINCT = "indistinct"


@dataclass(frozen=True)
class StrengthMap:
    """Schools × subjects.

    Parameters
    ----------
    units : DataFrame
        One row per school × subject, sorted: unit, subject, ``n`` (entries), ``value`` (success: share; score: mean in
        standard deviations of the children of a cell), ``expected`` (the region's share or mean of the same cells),
        ``gap`` = value - expected; ``shrunk``, ``low``, ``high`` (empirical Bayes estimate of the true gap and its
        interval); ``level_state`` (is the level above or below that of the region: interval leaves 0 out);
        ``p_value`` (two-sided, against the natural spread of schools in the subject), ``q_value`` (over all cells of
        the map), ``state`` (does it stand out even among naturally differing schools; missing when refused);
        ``refusal`` (RefusalReason value).
    subjects : DataFrame
        One row per subject: ``n_schools`` judged, ``n``, ``natural_sd`` (spread of schools beyond chance, in the unit
        of the gap), ``refusal`` (Refusal or None: too few schools to tell the spread).
    kind : str
        ``"share"`` or ``"score"``.
    n_tests, n_found : int
        Cells judged and called.
    alpha, level : float
    refusal : Refusal or None
        Nothing could be judged in any subject.
    """

    units: pd.DataFrame
    subjects: pd.DataFrame
    kind: str
    n_tests: int
    n_found: int
    alpha: float
    level: float
    refusal: Refusal | None = None


def strength_map(
    entries: pd.DataFrame,
    *,
    value: str,
    unit: str = "school",
    subject: str = "subject",
    cells: Sequence[str] = ("year", "grade"),
    person: str | None = None,
    minimum_n: int = 10,
    minimum_units: int = 20,
    alpha: float = 0.05,
    level: float = 0.95,
) -> StrengthMap:
    """Strengths of schools by subject.

    Parameters
    ----------
    entries : DataFrame
        See the module. Rows without a value are left out.
    value : str
        Column: boolean for success shares, numeric for scores.
    unit, subject : str
    cells : sequence of str
        Columns besides the subject within which children are compared.
    person : str, optional
        Column; a child that took part several times counts for less than as many children.
    minimum_n : int
        Fewest entries of a school in a subject.
    minimum_units : int
        Fewest schools with so many, for a subject to be judged.
    alpha : float
        False-discovery rate over all cells of the map.
    level : float
        Of the empirical-Bayes intervals.

    Returns
    -------
    StrengthMap
        A unit is compared with the other units of its cells. Scores are standardised within cells; shares are worked on
        as log-odds, (X - E) / Σp(1 - p), their tails are beta-binomial. The natural variance of a subject comes from
        all its units (:func:`~oko_lib.methods.natural_fluctuation.natural_variance`), Benjamini-Hochberg over the map.

    Raises
    ------
    ValueError
        If the value is neither boolean nor numeric.

    Notes
    -----
    Drawing a unit to what is expected takes at most one of its standard errors off: a unit that truly stands out is not
    drawn to the ordinary ones all the way. ``level_state`` answers «is the school's level above the region's?», true of
    every other school of a region in which schools differ; ``state`` answers «is it far even among schools that differ
    naturally?». How often noise alone is called and what is found: ``docs/talent_power.md``.

    References
    ----------
    Efron B., Morris C. (1972) JASA 67:130-139 (limited translation); Spiegelhalter D. J. (2005) Quality and Safety in
    Health Care 14:347-351; Benjamini Y., Hochberg Y. (1995) JRSS B 57:289-300.
    """
    known = entries[entries[value].notna()]
    if not (pd.api.types.is_bool_dtype(known[value]) or pd.api.types.is_numeric_dtype(known[value])):
        raise ValueError("the value is neither boolean nor numeric")
    kind = "share" if pd.api.types.is_bool_dtype(known[value]) else "score"
    needed = max(minimum_units, 4)
    parts, subjects = [], []
    for name, rows in known.groupby(subject, sort=True, observed=True):
        part, natural_sd, judged, refusal = _of_subject(
            rows, value, unit, list(cells), person, kind, minimum_n, needed, level
        )
        parts.append(part.assign(**{subject: name}))
        subjects.append((name, judged, len(rows), natural_sd, refusal))
    columns = [unit, subject, *_COLUMNS]
    units = pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)
    found = false_discovery(units["p_value"].to_numpy(dtype=float), alpha)
    units["q_value"] = found.adjusted
    called = np.where(found.rejected, np.where(units["gap"] > 0, StrengthState.ABOVE, StrengthState.BELOW), None)
    untested = units["p_value"].isna()
    units["state"] = pd.Series(called, dtype="str").fillna(StrengthState.INDISTINCT.value).mask(untested)
    names = [subject, "n_schools", "n", "natural_sd", "refusal"]
    refusal = None
    if not found.n_tests:
        most = max((judged for _, judged, *_ in subjects), default=0)
        refusal = Refusal(RefusalReason.TOO_FEW if subjects else RefusalReason.NO_DATA, most, needed)
    return StrengthMap(
        units.sort_values([unit, subject], ignore_index=True),
        pd.DataFrame(subjects, columns=names),
        kind,
        found.n_tests,
        found.n_rejected,
        alpha,
        level,
        refusal,
    )


_COLUMNS = (
    *("n", "value", "expected", "gap", "shrunk", "low", "high", "level_state"),
    *("p_value", "q_value", "state", "refusal"),
)


@dataclass(frozen=True)
class _Compared:
    """Units of one subject against the others.

    ``scale`` turns the working scale into the unit of the gap; ``own_chance`` says how many times wider chance is at
    the unit's own share than at the expected one.
    """

    deviations: Deviations
    value: NDArray[np.float64]
    expected: NDArray[np.float64]
    scale: NDArray[np.float64]
    own_chance: NDArray[np.float64]


def _of_subject(
    rows: pd.DataFrame,
    value: str,
    unit: str,
    cells: list[str],
    person: str | None,
    kind: str,
    minimum_n: int,
    minimum_units: int,
    level: float,
) -> tuple[pd.DataFrame, float | None, int, Refusal | None]:
    """Units of one subject with p-values, natural spread, number judged, refusal."""
    code, names = pd.factorize(rows[unit], sort=True)
    cell = rows.groupby(cells, dropna=False).ngroup().to_numpy() if cells else np.zeros(len(rows), dtype=int)
    child = persons_of(rows[person] if person else None, len(rows))
    compare = _shares if kind == "share" else _scores
    compared = compare(rows[value].to_numpy(dtype=float), cell, code, child, len(names))
    deviations = compared.deviations
    table = pd.DataFrame({unit: names, "n": np.bincount(code, minlength=len(names))}).reindex(columns=[unit, *_COLUMNS])
    table["value"], table["expected"] = compared.value, compared.expected
    table["gap"] = table["value"] - table["expected"]
    small = table["n"].to_numpy() < minimum_n
    judged = ~small & np.isfinite(deviations.deviation)
    table["refusal"] = pd.Series(None, table.index, dtype="str")
    table.loc[~judged, "refusal"] = RefusalReason.NO_DATA.value  # nobody to compare with
    table.loc[small, "refusal"] = RefusalReason.TOO_FEW.value
    text = {"level_state": "str", "state": "str"}
    count = int(judged.sum())
    if count < minimum_units:
        table.loc[judged, "refusal"] = RefusalReason.TOO_FEW.value
        reason = RefusalReason.TOO_FEW if count else RefusalReason.NO_DATA
        return table.astype(text), None, count, Refusal(reason, count, minimum_units)
    tau2 = natural_spread(deviations.only(judged))
    table.loc[judged, "p_value"] = _p_values(compared, tau2, kind)[judged]
    shrunk, error = _drawn_in(compared, tau2)
    reach = stats.norm.ppf((1 + level) / 2) * error
    for column, values in (("shrunk", shrunk), ("low", shrunk - reach), ("high", shrunk + reach)):
        gap = values * compared.scale
        if kind == "share":
            gap = np.clip(gap, -compared.expected, 1 - compared.expected)
        table[column] = np.where(judged, gap, np.nan)
    states = [StrengthState.ABOVE.value, StrengthState.BELOW.value]
    level_state = np.select([table["low"] > 0, table["high"] < 0], states, StrengthState.INDISTINCT.value)
    table["level_state"] = pd.Series(level_state, dtype="str").where(judged)
    natural_sd = float(np.sqrt(tau2) * np.median(compared.scale[judged]))
    return table.astype(text), natural_sd, count, None


def _scores(y: NDArray, cell: NDArray, unit: NDArray, child: NDArray, units: int) -> _Compared:
    """Scores in standard deviations of their cell against the mean of the other units there."""
    centre = np.bincount(cell, weights=y) / np.bincount(cell)
    spread = np.sqrt(np.bincount(cell, weights=(y - centre[cell]) ** 2) / np.bincount(cell))
    z = np.divide(y - centre[cell], spread[cell], out=np.zeros(len(y)), where=spread[cell] > 0)
    mean, others, own = others_of_cell(z, cell, unit)
    alone = others == 0
    z, mean, borrowed = z[~alone], mean[~alone], (own / np.maximum(others, 1))[~alone]
    used, child = unit[~alone], child[~alone]
    deviations = score_deviations(z - mean, borrowed, used, child, units)
    n = np.maximum(deviations.n, 1)
    sums = [np.where(deviations.n > 0, np.bincount(used, weights=v, minlength=units) / n, np.nan) for v in (z, mean)]
    return _Compared(deviations, *sums, np.ones(units), np.ones(units))


def _shares(y: NDArray, cell: NDArray, unit: NDArray, child: NDArray, units: int) -> _Compared:
    """Successes against the share of the other units of each cell, as log-odds."""
    mean, others, own = others_of_cell(y, cell, unit)
    known = others > 0
    y, unit, child, others, own = y[known], unit[known], child[known], others[known], own[known]
    # Half an event on either side keeps odds finite where the others have none.
    p = (mean[known] * others + 0.5) / (others + 1)
    sd = np.sqrt(p * (1 - p))

    def total(values: NDArray) -> NDArray:
        return np.bincount(unit, weights=values, minlength=units)

    correlation = person_correlation((y - p) / sd, unit, child)
    variance = sum_variance(sd, unit, child, correlation, units) + total(sd**2 * own / others)
    n, information = total(np.ones(len(y))), total(sd**2)
    with np.errstate(divide="ignore", invalid="ignore"):
        deviations = Deviations(n, total(y - p) / information, variance / information**2)
        share = (total(y) + 0.5) / (n + 1)
        own_chance = np.maximum(share * (1 - share) * n / information, 1.0)
        return _Compared(deviations, total(y) / n, total(p) / n, information / n, own_chance)


def _drawn_in(compared: _Compared, tau2: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Empirical Bayes estimates and their standard errors on the working scale, drawn in by one error at most.

    What is true of schools that differ naturally is not true of one that stands out: it must not be drawn to them all
    the way (limited translation).
    """
    deviations = compared.deviations
    weight = tau2 / (tau2 + deviations.chance)
    own = deviations.chance * compared.own_chance
    drawn = (1 - weight) * deviations.deviation
    limited = np.abs(drawn) > np.sqrt(own)
    drawn = np.where(limited, np.sign(drawn) * np.sqrt(own), drawn)
    return deviations.deviation - drawn, np.sqrt(np.where(limited, own, weight * own))


def _p_values(compared: _Compared, tau2: float, kind: str) -> NDArray[np.float64]:
    """Two-sided, chance and natural variation together."""
    deviations = compared.deviations
    known = int(np.isfinite(deviations.deviation).sum())
    part = tau2 / (deviations.chance + tau2)
    if kind == "score":
        z = np.abs(deviations.deviation) / np.sqrt(deviations.chance + tau2)
        return 2 * stats.t.sf(z, reference_df(part, known))
    n = np.maximum(deviations.n, 1)
    expected = compared.expected * n
    variance = (deviations.chance + tau2) * (compared.scale * n) ** 2
    below, above = share_tails(np.rint(compared.value * n), n, expected, variance)
    return np.minimum(2 * heavy_tail(np.minimum(below, above), part, known), 1.0)
