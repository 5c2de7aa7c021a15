"""Shares of pupils with their intervals, many at once; small groups are refused."""

from __future__ import annotations

import pandas as pd

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
