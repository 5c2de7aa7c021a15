"""Shares of pupils with their intervals, many at once; small groups are refused."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from oko_lib.methods.clustered_share import clustered_share
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
    return pooled_shares(counts[counts["year"] == year], [successes], norms)[successes]


def pooled_shares(counts: pd.DataFrame, successes: Sequence[str], norms: SeriesNorms) -> dict[str, Estimate]:
    """Return several shares of a set of schools together.

    Parameters
    ----------
    counts : DataFrame
        Of one year: school, n and the columns `successes`; rows of one school are put together.
    successes : sequence of str
    norms : SeriesNorms

    Returns
    -------
    dict of str to Estimate
        Refused under the minimum group; no interval under five schools.
    """
    school, schools = pd.factorize(counts["school"], sort=True)
    sums = {name: _summed(counts[name], school, len(schools)) for name in ["n", *successes]}
    minimum = int(norms.minimum_group.value)
    n = int(sums["n"].sum())
    if 0 < n < minimum:
        return dict.fromkeys(successes, Estimate(None, None, n, refusal=Refusal(RefusalReason.TOO_FEW, n, minimum)))
    return {name: clustered_share(sums[name], sums["n"], level=norms.confidence_level.value) for name in successes}


def _summed(values: pd.Series, school: np.ndarray, size: int) -> np.ndarray:
    """Sums by school: a grouping by pandas takes ten times as long for the few schools of a municipality."""
    known = np.nan_to_num(values.to_numpy(float, na_value=np.nan))
    return np.bincount(school[school >= 0], known[school >= 0], size)
