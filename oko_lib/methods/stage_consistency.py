"""Do the results a school gave its children at home hold at the next stage?

Two things are looked at apart, each against the region's children with the same home score in the same subject and
grade: did the school's winners and prize-winners come to the next stage (``coming``), and how did those who came do
(``next``). A third says how high the school's home scores are (``home``).

Not coming alone proves nothing: a village school may be far away. So the joint state is ``beyond`` only when those who
came fell short, or when prize-winners did not come *and* home scores are unusually high. Each part allows for the
natural variation between schools, which is estimated from all of them.

Columns of ``entries`` (one row per child and subject at the home stage, one year or several): ``school``, ``person``
(may be missing), ``subject``, ``grade``, ``home_score_share`` (score / maximum), ``home_prize`` (bool),
``next_present`` (bool), ``next_score_share`` (missing when absent).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats
from scipy.special import expit, logit

from .multiplicity import false_discovery
from .natural_fluctuation import reference_df
from .result import Refusal, RefusalReason
from .stage_expectation import expected_coming, expected_result
from .unit_deviations import (
    Deviations,
    heavy_tail,
    natural_spread,
    person_correlation,
    persons_of,
    score_deviations,
    share_tails,
    sum_variance,
    without_stratum,
)

#: Fewest entries of other schools in a cell; a cell of fewer makes nothing to be expected.
_OTHERS = 5
#: Fewest schools for a correlation of two parts.
_CORRELATED = 10
#: Each part of a way must hold alone at this level for the parts to be added up.
_ALONE = 0.01
#: Most standard deviations that count: of home scores beside a shortfall; of absence and of home scores together.
_HOME_BESIDE_SHORTFALL, _ABSENCE, _HOME_BESIDE_ABSENCE = 3.0, 2.5, 3.5


class PartState(StrEnum):
    """State of one part (``low``: fewer came, or they did worse, than expected; ``high``: home scores)."""

    LOW = "low"
    HIGH = "high"
    INDISTINCT = "indistinct"


class StageState(StrEnum):
    """Joint state of a school."""

    BEYOND = "beyond"
    INDISTINCT = "indistinct"


class Route(StrEnum):
    """What the joint state rests on."""

    SHORTFALL = "shortfall"
    ABSENCE_AND_HIGH_HOME = "absence_and_high_home"
    BOTH = "both"


@dataclass(frozen=True)
class StageConsistency:
    """Home results of schools against the next stage.

    Parameters
    ----------
    units : DataFrame
        One row per school, index named like the unit column, sorted.

        ``n_home`` entries at home, ``n_prizes`` winners and prize-winners among them.

        Coming: ``n_came`` of the prizes, ``expected_came`` (region, same subject, grade and score); ``coming`` = share
        that came minus expected share, ``coming_low``, ``coming_high``; ``coming_p`` (one-sided: fewer),
        ``coming_q`` (false-discovery adjusted), ``coming_state`` (low, indistinct, missing), ``coming_refusal``.

        Next: ``n_next`` (all entries that came), ``next_mean``, ``next_expected`` (mean share of the maximum, of
        children with the same home score), ``next_gap`` their difference, ``next_low``, ``next_high``; ``next_p``
        (one-sided: worse), ``next_q``, ``next_state``, ``next_refusal``.

        Home: ``home_mean``, ``home_expected`` (mean share of the maximum), ``home_gap``, ``home_low``, ``home_high``,
        ``home_p`` (one-sided: higher), ``home_q``, ``home_state`` (high, indistinct), ``home_refusal``.

        Joint: ``shortfall_p`` (those who came did worse, and home scores are high), ``absence_p`` (fewer came, and home
        scores are high; see the notes of the function); ``p_value`` = 2·min of both, at most 1; ``q_value``; ``state``
        (:class:`StageState`, missing when refused), ``route`` (:class:`Route`, only when beyond), ``refusal``
        (RefusalReason value, only when no way can be judged).
    coming_sd, next_sd, home_sd : float or None
        Natural variation between schools: of the log-odds of coming; of the results in standard deviations of
        children's residuals.
    n_units : int
        Schools judged.
    n_entries, n_unused : int
        Entries of the grades in question; of them in cells too small to expect anything.
    alpha : float
        False-discovery rate.
    level : float
        Of the intervals (natural variation included).
    refusal : Refusal or None
        Too few schools to tell natural variation: nothing is judged, counts stay.
    """

    units: pd.DataFrame
    coming_sd: float | None
    next_sd: float | None
    home_sd: float | None
    n_units: int
    n_entries: int
    n_unused: int
    alpha: float
    level: float
    refusal: Refusal | None = None


def stage_consistency(
    entries: pd.DataFrame,
    *,
    unit: str = "school",
    person: str = "person",
    cells: Sequence[str] = ("subject", "grade"),
    stratum: str | None = None,
    grade: str = "grade",
    grades: Collection[int] | None = None,
    minimum_prizes: int = 10,
    minimum_came: int = 5,
    minimum_units: int = 20,
    alpha: float = 0.05,
    level: float = 0.95,
) -> StageConsistency:
    """Compare every school's home results with the next stage.

    Parameters
    ----------
    entries : DataFrame
        See the module.
    unit, person : str
        Columns; a missing person counts as a person of its own.
    cells : sequence of str
        Columns within which children are compared (add the year when there are several).
    stratum : str, optional
        Column of what schools share besides: the municipality, whose jury marks the next stage and which sets the
        passing score. Its common deviation is taken off (as far as it is known without the school itself).
    grade : str
        Column of the grade.
    grades : collection of int, optional
        Grades that may go on (7–11 for the municipal stage); by default all given.
    minimum_prizes, minimum_came : int
        Fewest prizes for judging coming (entries for judging home scores), fewest who came for judging their results.
    minimum_units : int
        Fewest schools that can be judged in a part.
    alpha : float
        False-discovery rate over schools.
    level : float
        Of the intervals.

    Returns
    -------
    StageConsistency
        Expectations are of the other schools' children with such a home score in the same cell
        (:mod:`~oko_lib.methods.stage_expectation`). Natural variation between schools is estimated from all of them in
        each part; coming is judged by a beta-binomial tail, results by Student's t; Benjamini-Hochberg over schools.

    Raises
    ------
    ValueError
        For score shares outside 0..1 or a next score of an absent child.

    Notes
    -----
    Home scores that are too high show twice: they are high, and what should follow from them does not. Both are added
    up as normal scores (with their correlation over schools, where it is positive), but neither a strong school nor a
    far one must be called for that alone. So the score of home counts for at most 3 standard deviations beside a
    shortfall and 3.5 beside absence, that of absence for at most 2.5; and unless the shortfall (the absence *and* the
    height of home scores) holds alone at 1 %, the joint p-value is not below the single ones.

    A shortfall says that home scores promised more than the next stage showed. It does not say why: lenient marking,
    known tasks, help, and a bad day of a whole bus look alike. Not coming and high home scores together are only a
    reason to look. How often noise alone is called and what is found: ``docs/talent_power.md``.

    References
    ----------
    Spiegelhalter D. J. (2005) Quality and Safety in Health Care 14:347-351 (natural variation of institutions);
    Berger R. L. (1982) Technometrics 24:295-300 (the larger p of two that must both hold); Benjamini Y., Hochberg Y.
    (1995) JRSS B 57:289-300.
    """
    data = _checked(entries, unit, person, list(cells), stratum, grade, grades)
    names = pd.Index(np.sort(pd.unique(data["unit"].dropna())), name=unit)
    data["unit"] = names.get_indexer(data["unit"])
    area = _stratum_of(data, len(names))
    units = pd.DataFrame(index=names)
    units["n_home"] = np.bincount(data["unit"], minlength=len(names))
    units["n_prizes"] = np.bincount(data["unit"], weights=data["prize"], minlength=len(names)).astype(int)
    enough = max(minimum_units, 4)
    parts = {
        "coming": _coming(data[data["prize"]], area, minimum_prizes, enough, level),
        "next": _results(data[data["came"] & data["next"].notna()], "next", area, minimum_came, enough, level),
        "home": _results(data, "home", area, minimum_prizes, enough, level),
    }
    for name, part in parts.items():
        units = units.join(part.units.set_axis(names))
        found = false_discovery(units[f"{name}_p"], alpha)
        units[f"{name}_q"] = found.adjusted
        units[f"{name}_state"] = _states(found.rejected, units[f"{name}_p"], "high" if name == "home" else "low")
    units = _joined(units, alpha)
    judged = int(units["p_value"].notna().sum())
    refusal = None
    if not judged:
        found = max(part.judged for part in parts.values())
        refusal = Refusal(RefusalReason.TOO_FEW if len(data) else RefusalReason.NO_DATA, found, enough)
    return StageConsistency(
        units[list(_COLUMNS)],
        *(part.natural_sd for part in parts.values()),
        n_units=judged,
        n_entries=len(data),
        n_unused=parts["home"].unused,
        alpha=alpha,
        level=level,
        refusal=refusal,
    )


def _part_columns(name: str, *facts: str) -> tuple[str, ...]:
    return (*facts, *(f"{name}_{word}" for word in ("low", "high", "p", "q", "state", "refusal")))


_COLUMNS = (
    *("n_home", "n_prizes"),
    *_part_columns("coming", "n_came", "expected_came", "coming"),
    *_part_columns("next", "n_next", "next_mean", "next_expected", "next_gap"),
    *_part_columns("home", "home_mean", "home_expected", "home_gap"),
    *("shortfall_p", "absence_p", "p_value", "q_value", "state", "route", "refusal"),
)


@dataclass(frozen=True)
class _Part:
    """One part: columns by unit, natural spread, units judged, entries without anything to compare with."""

    units: pd.DataFrame
    natural_sd: float | None
    judged: int
    unused: int


def _checked(
    entries: pd.DataFrame,
    unit: str,
    person: str,
    cells: list[str],
    stratum: str | None,
    grade: str,
    grades: Collection[int] | None,
) -> pd.DataFrame:
    """Entries with a home score in the grades in question, in plain columns."""
    chosen = entries if grades is None else entries[entries[grade].isin(list(grades))]
    chosen = chosen[chosen["home_score_share"].notna()]
    data = pd.DataFrame(
        {
            "unit": chosen[unit].to_numpy(),
            "person": persons_of(chosen.get(person), len(chosen)),
            "cell": chosen.groupby(cells, dropna=False).ngroup().to_numpy(),
            "home": chosen["home_score_share"].to_numpy(dtype=float),
            "prize": chosen["home_prize"].to_numpy(dtype=bool),
            "came": chosen["next_present"].to_numpy(dtype=bool),
            "next": chosen["next_score_share"].to_numpy(dtype=float, na_value=np.nan),
            "stratum": pd.factorize(chosen[stratum])[0] if stratum else -1,
        }
    )
    shares = data[["home", "next"]]
    if ((shares < 0) | (shares > 1)).any(axis=None):
        raise ValueError("score shares must lie between 0 and 1")
    if (data["next"].notna() & ~data["came"]).any():
        raise ValueError("an absent child has a score at the next stage")
    return data


def _stratum_of(data: pd.DataFrame, units: int) -> NDArray[np.int64]:
    """Code of each unit's stratum (of its first entry), -1 for none."""
    area = np.full(units, -1)
    area[data["unit"].to_numpy()[::-1]] = data["stratum"].to_numpy()[::-1]
    return area


def _coming(rows: pd.DataFrame, area: NDArray, minimum: int, minimum_units: int, level: float) -> _Part:
    """Prize-winners who came against the expectation, as log-odds."""
    unit, count = rows["unit"].to_numpy(), len(area)
    came, cell = rows["came"].to_numpy(dtype=float), rows["cell"].to_numpy()
    p, borrowed = expected_coming(came, rows["home"].to_numpy(), cell, unit)
    person = rows["person"].to_numpy()

    def total(values: NDArray) -> NDArray[np.float64]:
        return np.bincount(unit, weights=values, minlength=count)

    def against(p: NDArray) -> Deviations:
        sd = np.sqrt(p * (1 - p))
        correlation = person_correlation((came - p) / sd, unit, person)
        variance = sum_variance(sd, unit, person, correlation, count) + total(sd**2 * borrowed)
        with np.errstate(divide="ignore", invalid="ignore"):
            return Deviations(n, total(came - p) / total(sd**2), variance / total(sd**2) ** 2)

    n = total(np.ones(len(rows)))
    judged = (n >= minimum) & np.isfinite(total(p))
    units = pd.DataFrame({"n_came": total(came).astype(int), "expected_came": np.where(judged, total(p), np.nan)})
    units["coming_refusal"] = _refusals(n, judged)
    enough = int(judged.sum())
    if enough < minimum_units:
        units["coming_refusal"] = units["coming_refusal"].fillna(RefusalReason.TOO_FEW.value)
        return _Part(_blank(units, "coming", "expected_came", "coming"), None, enough, 0)
    deviations = against(p).only(judged)
    common, uncertain = without_stratum(deviations, natural_spread(deviations), area)
    p = expit(logit(p) + common[unit])
    deviations = against(p).only(judged)
    deviations = Deviations(n, deviations.deviation, deviations.chance + uncertain)
    tau2 = natural_spread(deviations)
    variance = deviations.chance + tau2
    scale = np.where(judged, total(p * (1 - p)), np.nan)  # log-odds → persons
    part = tau2 / variance
    safe = np.where(judged, n, 2.0)
    below, _ = share_tails(total(came), safe, np.where(judged, total(p), 1.0), np.where(judged, variance * scale**2, 1))
    expected = np.where(judged, total(p), np.nan)
    reach = stats.t.ppf((1 + level) / 2, reference_df(part, enough)) * np.sqrt(variance) * scale / safe
    units["expected_came"] = expected
    units["coming"] = (total(came) - expected) / safe
    units["coming_low"] = np.maximum(units["coming"] - reach, -expected / safe)
    units["coming_high"] = np.minimum(units["coming"] + reach, 1 - expected / safe)
    units["coming_p"] = np.where(judged, heavy_tail(below, part, enough), np.nan)
    return _Part(units, float(np.sqrt(tau2)), enough, 0)


def _results(rows: pd.DataFrame, name: str, area: NDArray, minimum: int, minimum_units: int, level: float) -> _Part:
    """Next results given the home score (worse), or home results themselves (higher)."""
    result = rows[name].to_numpy()
    held = rows["home"].to_numpy() if name == "next" else np.zeros(len(rows))
    expected, spread, borrowed = expected_result(result, held, rows["cell"].to_numpy(), rows["unit"].to_numpy())
    known = np.isfinite(expected) & (spread > 0) & (_others(rows) >= _OTHERS)
    rows, result, expected, spread, borrowed = (v[known] for v in (rows, result, expected, spread, borrowed))
    unit, count = rows["unit"].to_numpy(), len(area)

    def mean(values: NDArray) -> NDArray[np.float64]:
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.bincount(unit, weights=values, minlength=count) / np.bincount(unit, minlength=count)

    deviations = score_deviations((result - expected) / spread, borrowed, unit, rows["person"].to_numpy(), count)
    judged = deviations.n >= minimum
    units = pd.DataFrame({f"{name}_refusal": _refusals(deviations.n, judged)})
    if name == "next":
        units["n_next"] = deviations.n.astype(int)
    units[f"{name}_mean"], units[f"{name}_expected"] = mean(result), mean(expected)
    units[f"{name}_gap"] = mean(result - expected)
    unused, enough = int((~known).sum()), int(judged.sum())
    facts = [f"{name}_mean", f"{name}_expected", f"{name}_gap"]
    if enough < minimum_units:
        units[f"{name}_refusal"] = units[f"{name}_refusal"].fillna(RefusalReason.TOO_FEW.value)
        return _Part(_blank(units, name, *facts), None, enough, unused)
    deviations = deviations.only(judged)
    common, uncertain = without_stratum(deviations, natural_spread(deviations), area)
    deviations = Deviations(deviations.n, deviations.deviation - common, deviations.chance + uncertain)
    tau2 = natural_spread(deviations)
    sd = np.sqrt(deviations.chance + tau2)
    df = reference_df(np.where(judged, tau2 / sd**2, 0.0), enough)
    scale = mean(spread)
    reach = stats.t.ppf((1 + level) / 2, df) * sd * scale
    units[f"{name}_expected"] += common * scale
    units[f"{name}_gap"] -= common * scale
    units.loc[~judged, facts] = np.nan
    units[f"{name}_low"], units[f"{name}_high"] = units[f"{name}_gap"] - reach, units[f"{name}_gap"] + reach
    side = -1 if name == "home" else 1
    units[f"{name}_p"] = stats.t.cdf(side * deviations.deviation / sd, df)
    return _Part(units, float(np.sqrt(tau2)), enough, unused)


def _others(rows: pd.DataFrame) -> NDArray[np.int64]:
    """Entries of other units in the cell of each entry."""
    own = rows.groupby(["cell", "unit"])["home"].transform("size")
    return (rows.groupby("cell")["home"].transform("size") - own).to_numpy()


def _refusals(n: NDArray, judged: NDArray) -> pd.Series:
    reasons = np.select([judged, n > 0], ["", RefusalReason.TOO_FEW.value], RefusalReason.NO_DATA.value)
    return pd.Series(reasons, dtype="str").mask(judged)


def _blank(units: pd.DataFrame, name: str, *facts: str) -> pd.DataFrame:
    """A part in which nothing is judged."""
    return units.assign(**dict.fromkeys([*facts, f"{name}_low", f"{name}_high", f"{name}_p"], np.nan))


def _states(rejected: NDArray, p_value: pd.Series, word: str) -> pd.Series:
    states = np.where(rejected, word, PartState.INDISTINCT.value)
    return pd.Series(states, p_value.index, dtype="str").where(p_value.notna())


def _joined(units: pd.DataFrame, alpha: float) -> pd.DataFrame:
    """The joint state of two ways in which home results do not hold."""
    worse, fewer, high = units["next_p"], units["coming_p"], units["home_p"]
    short = _added(worse, high, np.inf, _HOME_BESIDE_SHORTFALL).fillna(worse)
    short = short.where(worse <= _ALONE, np.maximum(short, worse))
    absent = _added(fewer, high, _ABSENCE, _HOME_BESIDE_ABSENCE)
    larger = np.maximum(fewer, high)
    absent = absent.where(larger <= _ALONE, np.maximum(absent, larger))
    p_value = (2 * np.fmin(short, absent)).clip(upper=1)
    found = false_discovery(p_value, alpha)
    beyond = pd.Series(found.rejected, units.index)
    # Of a school called, a way counts that would have sufficed at the same border.
    border = p_value[beyond].max() if beyond.any() else 0.0
    by_short, by_absent = 2 * short <= border, 2 * absent <= border
    route = np.select(
        [beyond & by_short & by_absent, beyond & by_short, beyond & by_absent],
        [Route.BOTH.value, Route.SHORTFALL.value, Route.ABSENCE_AND_HIGH_HOME.value],
        "",
    )
    state = np.where(beyond, StageState.BEYOND.value, StageState.INDISTINCT.value)
    missing = p_value.isna()
    empty = np.where(units["n_home"] > 0, RefusalReason.TOO_FEW.value, RefusalReason.NO_DATA.value)
    return units.assign(
        shortfall_p=short,
        absence_p=absent,
        p_value=p_value,
        q_value=found.adjusted,
        state=pd.Series(state, units.index, dtype="str").mask(missing),
        route=pd.Series(route, units.index, dtype="str").where(beyond),
        refusal=pd.Series(empty, units.index, dtype="str").where(missing),
    )


def _added(first: pd.Series, second: pd.Series, most_first: float, most_second: float) -> pd.Series:
    """p-value of the sum of two normal scores, each counting for no more than its most; missing where either is."""
    a, b = (stats.norm.isf(p.clip(1e-12, 1 - 1e-12)) for p in (first, second))
    both = np.isfinite(a) & np.isfinite(b)
    joined, scale = np.minimum(a, most_first) + np.minimum(b, most_second), np.sqrt(2)
    if both.sum() >= _CORRELATED:
        correlation = 2 * np.sin(np.pi / 6 * stats.spearmanr(a[both], b[both]).statistic)
        scale = np.sqrt(2 + 2 * max(float(np.nan_to_num(correlation)), 0.0))
        # Half of natural schools lie within 0.67 of the middle; where they reach further, the sum is drawn in.
        scale *= max(float(np.median(np.abs(joined[both] / scale))) / stats.norm.ppf(0.75), 1.0)
    return pd.Series(stats.norm.sf(joined / scale), first.index)
