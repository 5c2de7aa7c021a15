"""One result per school and year over all procedures, in standard deviations of the region's pupils."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
import pandas as pd


def results_by_school(outcomes: pd.DataFrame, level: float = 0.95) -> pd.DataFrame:
    """Join the procedures of a school in one result.

    Parameters
    ----------
    outcomes : DataFrame
        From :func:`~oko_lib.indicators.low_results.outcomes.outcomes_by_school`.
    level : float
        Of the intervals.

    Returns
    -------
    DataFrame
        school, year, result (mean of the procedures' means, weighted by participants), n (pupils: in every grade the
        largest number that took one procedure, since the same children write several), n_procedures, low and high
        (interval that the number of pupils gives; one regional standard deviation within schools is on the cautious
        side).
    """
    known = outcomes.dropna(subset="mean")
    weighted = known.assign(total=known["mean"].astype(float) * known["n"])
    by_school = weighted.groupby(["school", "year"]).agg(
        total=("total", "sum"), entries=("n", "sum"), n_procedures=("procedure", "nunique")
    )
    by_grade = known.groupby(["school", "year", "grade"])["n"].max()
    pupils = by_grade.groupby(["school", "year"]).sum().rename("n")
    joined = by_school.join(pupils)
    result = (joined["total"] / joined["entries"]).where(joined["entries"] > 0, np.nan)
    half = NormalDist().inv_cdf((1 + level) / 2) / np.sqrt(joined["n"].where(joined["n"] > 0).astype(float))
    joined = joined.assign(result=result, low=result - half, high=result + half)
    return joined[["result", "low", "high", "n", "n_procedures"]].reset_index()
