"""Did a school's share change beyond what moves by itself?

A share moves from year to year although the school does nothing: other children, another work, the luck of a year.
Three things are taken off before a change is called growth or decline: the sampling of pupils, the natural fluctuation
of a school's year (estimated from all schools of the region), and the common course of the region.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from .natural_fluctuation import (
    RegionalMovement,
    natural_variance,
    reference_df,
    regional_movement,
    weighted_quantile,
)
from .proportions import difference, wilson_bounds
from .result import Refusal, RefusalReason
from .working_scale import arcsine_share, share_difference

#: Fewest years for a trend.
TREND_YEARS = 3

_COLUMNS = (
    "n_years",
    "previous_year",
    "last_year",
    "n_previous",
    "n_last",
    "share_previous",
    "share_last",
    "change",
    "change_low",
    "change_high",
    "formal",
    "relative",
    "relative_low",
    "relative_high",
    "z",
    "p_value",
    "state",
    "refusal",
    "trend_per_year",
    "trend_low",
    "trend_high",
    "trend_p",
    "trend_state",
)


class ChangeState(StrEnum):
    """The only three things that may be said of a change."""

    GROWTH = "growth"
    DECLINE = "decline"
    INDISTINCT = "indistinct"


class ChangeInterval(StrEnum):
    """What the interval of a school's own change allows for."""

    NATURAL = "natural"
    PUPILS_ONLY = "pupils_only"


@dataclass(frozen=True)
class SchoolChanges:
    """Changes of one procedure in all schools of a region.

    Parameters
    ----------
    units : DataFrame
        One row per school, index named like the unit column, sorted. Shares are fractions.

        ``n_years`` years with enough pupils; ``previous_year``, ``last_year``; ``n_previous``, ``n_last``;
        ``share_previous``, ``share_last``, ``change`` (last minus previous; facts, given whenever both years are
        there), ``formal`` (change > 0; missing without one); ``change_low``, ``change_high`` interval of the school's
        own change (see ``interval``); ``relative`` change beyond what the common course of the region means at this
        level, with ``relative_low``, ``relative_high``; ``z``, ``p_value`` of the same; ``state``
        (:class:`ChangeState`, missing when refused); ``refusal`` (:class:`RefusalReason` value, missing when judged).

        Trend, for schools with three years and more, the last among them: ``trend_per_year``, ``trend_low``,
        ``trend_high`` (share per year beyond the course of the region), ``trend_p``, ``trend_state``.
    common_change : float or None
        Change of the share at the region's level from the year before the last one to the last one.
    natural_sd : float or None
        Natural standard deviation of a school's share in one year at the region's level, pupils' chance excluded.
    tau : float or None
        The same on the working scale (radians).
    trend_tau : float or None
        The same as the trends show it; not below ``tau``, larger where neighbouring years resemble each other.
    years : tuple of int
        Years of the data.
    n_schools : int
        Schools judged on the last change.
    interval : ChangeInterval
        ``natural``: own change with natural fluctuation; ``pupils_only``: Newcombe's interval, too narrow for
        judging a school, given when the region is refused.
    level : float
        Of the intervals; states use 1 - level.
    refusal : Refusal or None
        The region has too few schools to tell natural fluctuation: nothing is judged.
    """

    units: pd.DataFrame
    common_change: float | None
    natural_sd: float | None
    tau: float | None
    trend_tau: float | None
    years: tuple[int, ...]
    n_schools: int
    interval: ChangeInterval
    level: float
    refusal: Refusal | None = None


def school_changes(
    counts: pd.DataFrame,
    *,
    unit: str = "school",
    year: str = "year",
    successes: str = "n_success",
    total: str = "n",
    minimum_n: int = 10,
    minimum_schools: int = 20,
    level: float = 0.95,
) -> SchoolChanges:
    """Growth, decline or indistinct for every school, from the counts of one procedure.

    Parameters
    ----------
    counts : DataFrame
        One row per school and year. Rows with a missing count or a zero total are no data.
    unit, year, successes, total : str
        Columns.
    minimum_n : int
        Fewest pupils in either year for a judgement.
    minimum_schools : int
        Fewest schools with both years for estimating what is natural in the region.
    level : float
        Of intervals; a state is called at 1 - level, two-sided.

    Returns
    -------
    SchoolChanges
        On the arcsine scale a change d = y_last - y_previous has variance v_last + v_previous + 2·τ²·h, v = 1/(4n + 2);
        h is how strongly the school's level lets it move (1 at the region's level, see
        :func:`~oko_lib.methods.working_scale.difficulty_slope`). τ² comes from all neighbouring pairs of years of all
        schools (:func:`~oko_lib.methods.natural_fluctuation.natural_variance`), the common course from medians. Trends
        are weighted least squares with weights 1/(v + τ²h), their own natural variance is estimated from all trends.

    Raises
    ------
    ValueError
        For a school and year given twice, or counts outside 0..n.

    Notes
    -----
    The previous year is the school's last earlier year in the data, even if years lie between. Schools below
    ``minimum_n`` do not enter the estimates. A change of many schools at once in one direction is the course of the
    region and is not seen here. How often noise alone is called growth or decline, and what is found:
    ``docs/dynamics_power.md``.

    References
    ----------
    Anscombe F. J. (1948) Biometrika 35:246-254; Spiegelhalter D. J. (2005) Quality and Safety in Health Care
    14:347-351 (additive over-dispersion of institutions, also for changes).
    """
    known = _known_counts(counts, unit, year, successes, total)
    years = tuple(int(value) for value in sorted(known["year"].unique()))
    units = _facts(known, counts[unit], unit, minimum_n)
    judged = units["refusal"].isna()
    found, needed = int(judged.sum()), max(minimum_schools, 2)
    if found < needed:
        units = units.join(_pupils_only(units[judged], level))
        refusal = Refusal(RefusalReason.TOO_FEW if found else RefusalReason.NO_DATA, found, needed)
        interval = ChangeInterval.PUPILS_ONLY
        return SchoolChanges(_arranged(units), None, None, None, None, years, found, interval, level, refusal)
    enough = known[known["n"] >= minimum_n].reset_index(drop=True)
    region = regional_movement(enough)
    trends, trend_tau2 = _trends(enough, region, needed, level)
    units = units.join(_changes(units[judged], region, level)).join(trends)
    return SchoolChanges(
        _arranged(units),
        float(share_difference(region.middle, region.course.iloc[-1] - region.course.iloc[-2])),
        float(share_difference(region.middle, np.sqrt(region.tau2))),
        float(np.sqrt(region.tau2)),
        None if trend_tau2 is None else float(np.sqrt(trend_tau2)),
        years,
        found,
        ChangeInterval.NATURAL,
        level,
    )


def states(deviation: ArrayLike, p_value: ArrayLike, alpha: float) -> list[str | None]:
    """The state of each change: its direction where p is below alpha, else indistinct; None where p is missing."""
    return [
        None
        if np.isnan(p)
        else (ChangeState.GROWTH if d > 0 else ChangeState.DECLINE).value
        if p < alpha
        else ChangeState.INDISTINCT.value
        for d, p in zip(np.asarray(deviation, dtype=float), np.asarray(p_value, dtype=float), strict=True)
    ]


def _known_counts(counts: pd.DataFrame, unit: str, year: str, successes: str, total: str) -> pd.DataFrame:
    """Rows with data, in standard columns, sorted by school and year, with the working scale beside."""
    known = pd.DataFrame(
        {
            "unit": counts[unit].to_numpy(),
            "year": counts[year].to_numpy(),
            "x": pd.to_numeric(counts[successes]).to_numpy(dtype=float, na_value=np.nan),
            "n": pd.to_numeric(counts[total]).to_numpy(dtype=float, na_value=np.nan),
        }
    )
    known = known.dropna().query("n != 0")
    if known.duplicated(["unit", "year"]).any():
        raise ValueError("a unit has more than one row for a year")
    wilson_bounds(known["x"], known["n"])  # refuses impossible counts
    known = known.sort_values(["unit", "year"]).reset_index(drop=True)
    known["year"] = known["year"].astype(int)
    known["share"] = known["x"] / known["n"]
    known["y"], known["v"] = arcsine_share(known["x"], known["n"])
    return known


def _facts(known: pd.DataFrame, names: pd.Series, unit: str, minimum_n: int) -> pd.DataFrame:
    """Shares, change and refusal of every school, with the working scale beside."""
    index = pd.Index(pd.unique(names.dropna())).sort_values().rename(unit)
    enough = known[known["n"] >= minimum_n]
    last_year = known["year"].max() if len(known) else pd.NA
    last = known[known["year"] == last_year].set_index("unit") if len(known) else known.set_index("unit")
    previous = known[known["year"] < last_year].groupby("unit").last() if len(known) else last
    units = pd.DataFrame(index=index)
    units["n_years"] = enough.groupby("unit").size().reindex(index, fill_value=0).astype(int)
    units["previous_year"] = previous["year"].reindex(index).astype("Int64")
    units["last_year"] = pd.array([last_year] * len(index), dtype="Int64")
    for name, frame in (("previous", previous), ("last", last)):
        for column in ("x", "share", "y", "v"):
            units[f"{column}_{name}"] = frame[column].reindex(index)
        units[f"n_{name}"] = frame["n"].reindex(index).astype("Int64")
    units["change"] = units["share_last"] - units["share_previous"]
    missing = units["change"].isna()
    units["formal"] = (units["change"] > 0).astype("boolean").mask(missing)
    few = (units[["n_previous", "n_last"]].min(axis=1) < minimum_n).fillna(False).astype(bool)
    units["refusal"] = pd.Series(RefusalReason.TOO_FEW.value, index, dtype="str").where(few)
    units.loc[missing, "refusal"] = RefusalReason.NO_DATA.value
    return units


def _arranged(units: pd.DataFrame) -> pd.DataFrame:
    """The published columns in their order; those that nothing filled are missing."""
    arranged = units.reindex(columns=list(_COLUMNS))
    for column in ("state", "trend_state"):
        arranged[column] = arranged[column].astype("str")
    return arranged


def _pupils_only(units: pd.DataFrame, level: float) -> pd.DataFrame:
    """Newcombe's intervals of the changes."""
    found = [
        difference(row.x_last, row.n_last, row.x_previous, row.n_previous, level).interval for row in units.itertuples()
    ]
    bounds = {"change_low": [i.low for i in found], "change_high": [i.high for i in found]}
    return pd.DataFrame(bounds, index=units.index, dtype=float)


def _changes(units: pd.DataFrame, region: RegionalMovement, level: float) -> pd.DataFrame:
    """Interval, z, p and state of the last change of schools that can be judged."""
    follows = region.slope.reindex(units.index).to_numpy()
    course = region.course
    shift = course.reindex(units["last_year"]).to_numpy() - course.reindex(units["previous_year"]).to_numpy()
    natural = 2 * region.tau2 * follows
    variance = units["v_last"].to_numpy() + units["v_previous"].to_numpy() + natural
    own = units["y_last"].to_numpy() - units["y_previous"].to_numpy()
    middle = (units["y_last"].to_numpy() + units["y_previous"].to_numpy()) / 2
    df = reference_df(natural / variance, region.n_schools)
    reach = stats.t.ppf((1 + level) / 2, df) * np.sqrt(variance)
    beyond = own - follows * shift
    change = units["change"].to_numpy()
    relative = change - share_difference(middle, follows * shift)
    p_value = 2 * stats.t.sf(np.abs(beyond) / np.sqrt(variance), df)
    # The point is made of plain shares, the bounds of slightly smoothed ones: a bound never passes its point.
    return pd.DataFrame(
        {
            "change_low": np.minimum(_bound(middle, own - reach), change),
            "change_high": np.maximum(_bound(middle, own + reach), change),
            "relative": relative,
            "relative_low": np.minimum(share_difference(middle, beyond - reach), relative),
            "relative_high": np.maximum(share_difference(middle, beyond + reach), relative),
            "z": beyond / np.sqrt(variance),
            "p_value": p_value,
            "state": states(beyond, p_value, 1 - level),
        },
        index=units.index,
    )


def _bound(middle: NDArray[np.float64], d: NDArray[np.float64]) -> NDArray[np.float64]:
    """Difference of shares whose ends do not leave 0..1."""
    high, low = np.clip(middle + d / 2, 0, np.pi / 2), np.clip(middle - d / 2, 0, np.pi / 2)
    return np.sin(high) ** 2 - np.sin(low) ** 2


def _trends(
    enough: pd.DataFrame, region: RegionalMovement, minimum_schools: int, level: float
) -> tuple[pd.DataFrame, float | None]:
    """Slopes per year beyond the course of the region, for schools with enough years, the last among them."""
    by_unit = enough.groupby("unit")["year"]
    long = (by_unit.transform("size") >= TREND_YEARS) & (by_unit.transform("max") == region.course.index[-1])
    rows = enough[long]
    if rows["unit"].nunique() < minimum_schools:
        return pd.DataFrame(columns=["trend_per_year"], dtype=float), None
    names = pd.Index(rows["unit"].unique())
    school = names.get_indexer(rows["unit"])
    follows_unit = region.slope.reindex(names).to_numpy()
    follows = follows_unit[school]

    def per_school(values: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.bincount(school, weights=values, minlength=len(names))

    weight = 1 / (rows["v"].to_numpy() + region.tau2 * follows)
    year = rows["year"].to_numpy(dtype=float)
    centred = year - (per_school(weight * year) / per_school(weight))[school]
    share = weight * centred / per_school(weight * centred**2)[school]
    slope = per_school(share * (rows["y"].to_numpy() - follows * region.course.reindex(rows["year"]).to_numpy()))
    chance, load = per_school(share**2 * rows["v"].to_numpy()), follows_unit * per_school(share**2)
    typical = 1 / np.sqrt(chance + load * region.tau2)
    # The course is a chain of medians of steps; what is left of a common slope is taken off.
    slope = slope - follows_unit * weighted_quantile(slope / follows_unit, typical * follows_unit, 0.5)
    tau2 = max(natural_variance(slope, chance, load), region.tau2)
    variance = chance + load * tau2
    df = reference_df(load * tau2 / variance, len(names))
    reach = stats.t.ppf((1 + level) / 2, df) * np.sqrt(variance)
    p_value = 2 * stats.t.sf(np.abs(slope) / np.sqrt(variance), df)
    middle = per_school(rows["y"].to_numpy()) / per_school(np.ones(len(rows)))
    trends = pd.DataFrame(
        {
            "trend_per_year": share_difference(middle, slope),
            "trend_low": share_difference(middle, slope - reach),
            "trend_high": share_difference(middle, slope + reach),
            "trend_p": p_value,
            "trend_state": states(slope, p_value, 1 - level),
        },
        index=names,
    )
    return trends, tau2
