"""Where a school's factors stand against the region: clearly unusual, rather unusual, or not.

A share of 2 of 8 teachers is no better known than the eight allow, so shares are first drawn to the regional share
(beta-binomial) and compared with the quantiles of the schools' true shares; plain values are compared as they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from .result import Refusal, RefusalReason
from .shrinkage import shrink_proportions

CERTAINTY = 0.8
"""Level of the two-sided interval of a shrunken share: its lower bound holds with 90 %."""

COLUMNS = ("factor", "value", "n", "adjusted", "low", "high", "position", "risk")


class Risk(StrEnum):
    """Position of a school on the risky side of the region."""

    STRONG = "strong"
    MODERATE = "moderate"
    NONE = "none"
    NO_DATA = "no_data"


@dataclass(frozen=True)
class RiskPositions:
    """Positions of many schools on many factors.

    Parameters
    ----------
    schools : DataFrame
        One row per school × factor given, sorted: unit, ``factor``, ``value`` (share or plain), ``n`` (total of the
        share, missing for plain values), ``adjusted`` (share drawn to the regional one; the value itself when plain),
        ``low``, ``high`` (80 % interval of a share), ``position`` (part of the schools on the less risky side, ties
        half, 0 to 1), ``risk`` (Risk).
    factors : DataFrame
        One row per factor: ``orientation`` (1: high is risk), ``n_schools``, ``median``, ``moderate_border``,
        ``strong_border`` (regional quantiles on the risky side, in the unit of the value), ``refusal`` (Refusal or
        None; all its schools are then ``no_data``).
    """

    schools: pd.DataFrame
    factors: pd.DataFrame


def risk_positions(
    frame: pd.DataFrame,
    orientations: Mapping[str, int],
    *,
    unit: str = "school",
    factor: str = "factor",
    value: str = "value",
    count: str = "count",
    total: str = "total",
    moderate: float = 0.75,
    strong: float = 0.9,
    minimum_schools: int = 20,
) -> RiskPositions:
    """Position of every school on every factor against all schools of the region.

    Parameters
    ----------
    frame : DataFrame
        One row per school × factor. Shares have ``count`` and ``total``, plain values have ``value``; the factor is a
        share when any of its rows has a total. Missing is not zero.
    orientations : mapping of str to int
        By factor: 1 when high is risk, -1 when low is risk.
    unit, factor, value, count, total : str
        Columns; absent ones are taken as empty.
    moderate, strong : float
        Regional quantiles on the risky side.
    minimum_schools : int
        A factor known for fewer schools is refused.

    Returns
    -------
    RiskPositions
        ``strong``: beyond the ``strong`` quantile, and surely (lower bound) beyond the ``moderate`` one; ``moderate``:
        beyond the ``moderate`` quantile, and surely beyond the median. Exactly on a quantile is not beyond it: of equal
        schools none is called unusual, and at most a quarter of the region is (by plain values).

    Raises
    ------
    ValueError
        If a school × factor stands twice, a factor has no orientation, or a count does not fit its total.

    References
    ----------
    Griffiths D. A. (1973) Biometrics 29:637-648 (beta-binomial); quantiles 7 of Hyndman R. J., Fan Y. (1996) The
    American Statistician 50:361-365.
    """
    if frame.duplicated([unit, factor]).any():
        raise ValueError("a school and factor stand twice")
    unknown = set(frame[factor]) - set(orientations)
    if unknown:
        raise ValueError(f"no orientation for {sorted(map(str, unknown))}")
    if not set(orientations.values()) <= {1, -1}:
        raise ValueError("an orientation is 1 or -1")
    frame = frame.sort_values([factor, unit], ignore_index=True)
    numbers = {
        name: frame[column].to_numpy(dtype=float, na_value=np.nan) if column in frame else np.full(len(frame), np.nan)
        for name, column in (("value", value), ("count", count), ("total", total))
    }
    data = pd.DataFrame({unit: frame[unit], "factor": frame[factor], **numbers})
    parts, factors = [], []
    for name, rows in data.groupby("factor", sort=True, observed=True):
        part, described = _of_factor(rows, orientations[name], moderate, strong, minimum_schools)
        parts.append(part)
        factors.append({"factor": name, **described})
    columns = [unit, *COLUMNS]
    names = ["factor", "orientation", "n_schools", "median", "moderate_border", "strong_border", "refusal"]
    schools = pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)
    return RiskPositions(schools, pd.DataFrame(factors, columns=names))


def _of_factor(
    rows: pd.DataFrame, orientation: int, moderate: float, strong: float, minimum_schools: int
) -> tuple[pd.DataFrame, dict]:
    is_share = rows["total"].notna().any()
    measured = _shares(rows, moderate, strong, orientation) if is_share else _plain(rows, moderate, strong, orientation)
    table, borders = measured
    known = table["value"].notna()
    described = {"orientation": orientation, "n_schools": int(known.sum())} | dict.fromkeys(
        ("median", "moderate_border", "strong_border", "refusal")
    )
    needed = max(minimum_schools, 2)
    if known.sum() < needed:
        reason = RefusalReason.TOO_FEW if known.any() else RefusalReason.NO_DATA
        described["refusal"] = Refusal(reason, int(known.sum()), needed)
        return table.assign(position=np.nan, risk=Risk.NO_DATA), described
    risky = orientation * table["adjusted"].to_numpy()
    surely = np.minimum(orientation * table["low"].to_numpy(), orientation * table["high"].to_numpy())
    median, upper, top = borders
    risk = np.full(len(table), Risk.NONE, dtype=object)
    risk[(risky > upper) & (surely > median)] = Risk.MODERATE
    risk[(risky > top) & (surely > upper)] = Risk.STRONG
    risk[~known.to_numpy()] = Risk.NO_DATA
    described |= {
        "median": orientation * median,
        "moderate_border": orientation * upper,
        "strong_border": orientation * top,
    }
    ranks = stats.rankdata(risky[known])
    position = pd.Series((ranks - 0.5) / len(ranks), index=table.index[known]).reindex(table.index)
    return table.assign(position=position, risk=risk), described


def _shares(
    rows: pd.DataFrame, moderate: float, strong: float, orientation: int
) -> tuple[pd.DataFrame, tuple[float, float, float]]:
    """Shrunken shares, and the borders: quantiles of the fitted distribution of true shares, risk upwards."""
    known = rows["count"].notna() & (rows["total"] > 0)
    count, total = rows["count"].where(known), rows["total"].where(known)
    found = shrink_proportions(count, total, level=CERTAINTY, minimum_units=2)
    table = rows.assign(value=count / total, n=total)
    table["adjusted"], table["low"], table["high"] = (
        found.units[name].to_numpy() for name in ("shrunk", "low", "high")
    )
    if found.refusal is not None:
        if found.refusal.reason is RefusalReason.NO_VARIATION:  # all or none everywhere: nobody stands out
            table["adjusted"] = table["low"] = table["high"] = table["value"]
            same = orientation * float(found.centre)
            return table, (same, same, same)
        return table, (np.nan, np.nan, np.nan)
    strength = 1 / max(found.spread, 1e-6) - 1
    a, b = found.centre * strength, (1 - found.centre) * strength
    quantiles = np.array([0.5, moderate, strong])
    borders = stats.beta.ppf(quantiles if orientation == 1 else 1 - quantiles, a, b)
    return table, tuple(float(orientation * border) for border in borders)


def _plain(
    rows: pd.DataFrame, moderate: float, strong: float, orientation: int
) -> tuple[pd.DataFrame, tuple[float, float, float]]:
    values = rows["value"].where(np.isfinite(rows["value"]))
    table = rows.assign(value=values, n=np.nan, adjusted=values, low=values, high=values)
    known: NDArray = orientation * values.dropna().to_numpy()
    if not len(known):
        return table, (np.nan, np.nan, np.nan)
    return table, tuple(float(border) for border in np.quantile(known, [0.5, moderate, strong]))
