"""Shares of pupils with their intervals, many at once; small groups are refused."""

from __future__ import annotations

import pandas as pd

from oko_lib.methods.clustered_share import clustered_shares
from oko_lib.methods.proportions import wilson_bounds
from oko_lib.methods.result import Estimate, Interval, Refusal, RefusalReason
from oko_lib.settings.norms import SeriesNorms


def share_estimates(part: pd.Series, whole: pd.Series, norms: SeriesNorms) -> list[Estimate]:
    """Return shares with Wilson's intervals; refused under the minimum group, «no data» where there is nobody.

    Parameters
    ----------
    part, whole : Series
        Counts of pupils, row by row.
    norms : SeriesNorms
        Minimum group and level.
    """
    level, minimum = norms.confidence_level.value, max(int(norms.minimum_group.value), 1)
    lows, highs = wilson_bounds(part, whole, level)
    found = []
    for k, n, low, high in zip(part, whole, lows, highs, strict=True):
        if n >= minimum:
            found.append(Estimate(float(k / n), Interval(float(low), float(high), level), int(n), float(k), float(n)))
        else:
            refusal = Refusal(RefusalReason.TOO_FEW if n else RefusalReason.NO_DATA, int(n), minimum)
            found.append(Estimate(None, None, int(n), float(k), float(n), refusal))
    return found


def pooled_share(counts: pd.DataFrame, successes: str, year: int, norms: SeriesNorms) -> Estimate:
    """Return the share of a set of schools together in `year`; its interval knows that schools differ.

    Parameters
    ----------
    counts : DataFrame
        school, year, n and the column `successes`; rows of one school are put together.
    successes : str
    year : int
    norms : SeriesNorms
        Minimum group and level.
    """
    own = counts[counts["year"] == year]
    if own["n"].sum() == 0:
        return Estimate(None, None, 0, refusal=Refusal(RefusalReason.NO_DATA))
    return share_of_year(
        clustered_shares(own, successes=successes, level=norms.confidence_level.value).by_year, year, norms
    )


def share_of_year(by_year: pd.DataFrame, year: int, norms: SeriesNorms) -> Estimate:
    """Return one year of :func:`~oko_lib.methods.clustered_share.clustered_shares`; a small group is refused."""
    row, minimum = by_year.loc[year], int(norms.minimum_group.value)
    n = int(row["n"])
    if n < minimum:
        return Estimate(None, None, n, refusal=Refusal(RefusalReason.TOO_FEW, n, minimum))
    level = norms.confidence_level.value
    interval = None if pd.isna(row["low"]) else Interval(float(row["low"]), float(row["high"]), level)
    return Estimate(float(row["share"]), interval, n, float(row["n_success"]), float(n))
