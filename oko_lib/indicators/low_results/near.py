"""Procedures in which a school is at the threshold of a rule on shares, or near it."""

from __future__ import annotations

from collections.abc import Collection
from fractions import Fraction

import pandas as pd

from oko_lib.indicators.low_results.identification import MethodResult
from oko_lib.methods.low_results_rule import exact, reaches
from oko_lib.methods.proportions import wilson_bounds
from oko_lib.settings.identification import ShareBelow
from oko_lib.settings.low_results_norms import LowResultsNorms

COLUMNS = [
    "school", "procedure", "n", "n_below", "share", "low", "high", "share_before", "probability", "at_threshold",
]  # fmt: skip


def near_threshold(
    outcomes: pd.DataFrame, schools: Collection[str], result: MethodResult | None, year: int, norms: LowResultsNorms
) -> pd.DataFrame:
    """Return procedures of `schools` whose share below the threshold of the procedure is near the rule's or beyond.

    Parameters
    ----------
    outcomes : DataFrame
        From :func:`~oko_lib.indicators.low_results.outcomes.outcomes_by_school`.
    schools : collection of str
    result : MethodResult or None
        The rule (the federal one), for its threshold and probabilities; None when there is no such file.
    year : int
    norms : LowResultsNorms
        From which share on a procedure counts as near.

    Returns
    -------
    DataFrame
        One row per school × procedure of `year`: school, procedure, n, n_below, share, low, high, share_before (of the
        year before, missing without one), probability (that the share behind the counts reaches the rule's threshold),
        at_threshold (it does by the counts; exactly on it counts).
    """
    known = outcomes[outcomes["school"].isin(list(schools)) & outcomes["n_below"].notna() & (outcomes["n"] > 0)]
    share = known["n_below"].astype(float) / known["n"].astype(float)
    rule = _threshold(result)
    near = exact(str(norms.near_threshold.value))
    known = known.assign(share=share)
    keys = ["school", "procedure"]
    now = known[known["year"] == year]
    now = now[reaches(now["n_below"].astype(int), now["n"].astype(int), near)]
    before = known.loc[known["year"] == year - 1, [*keys, "share"]].rename(columns={"share": "share_before"})
    low, high = wilson_bounds(now["n_below"], now["n"], norms.confidence_level.value)
    found = (
        now.assign(low=low, high=high).merge(before, on=keys, how="left").merge(_chances(result), on=keys, how="left")
    )
    reached = reaches(found["n_below"].astype(int), found["n"].astype(int), rule) if rule is not None else False
    found = found.assign(at_threshold=reached)
    return found[COLUMNS].sort_values(keys, ignore_index=True)


def _threshold(result: MethodResult | None) -> Fraction | None:
    rules = [item for item in result.method.criteria if isinstance(item, ShareBelow)] if result is not None else []
    return min((item.share for item in rules), default=None)


def _chances(result: MethodResult | None) -> pd.DataFrame:
    columns = ["school", "procedure", "probability"]
    if result is None:
        return pd.DataFrame(columns=columns)
    rows = result.evidence[(result.evidence["part"] == "list") & (result.evidence["year"] == result.year)]
    return rows.dropna(subset="probability")[columns].drop_duplicates(["school", "procedure"])
