"""Shares of pupils over a set of schools by procedure and year: exams of a municipality or a region."""

from __future__ import annotations

from collections.abc import Collection

import pandas as pd

from oko_lib.indicators.share_estimates import share_estimates
from oko_lib.methods.clustered_share import clustered_shares
from oko_lib.methods.result import Estimate, Refusal, RefusalReason
from oko_lib.settings.norms import SeriesNorms

COLUMNS = ["procedure", "kind", "subject", "grade", "year", "n_schools", "n", "success", "below", "mean_score"]


def shares_by_procedure(outcomes: pd.DataFrame, schools: Collection[str] | None, norms: SeriesNorms) -> pd.DataFrame:
    """Return shares of success and of those below the threshold.

    Parameters
    ----------
    outcomes : DataFrame
        From :func:`~oko_lib.indicators.low_results.outcomes.outcomes_by_school`.
    schools : collection of str or None
        Which schools; None for all.
    norms : SeriesNorms
        Minimum group and level.

    Returns
    -------
    DataFrame
        One row per procedure × year: n_schools, n, success and below (Estimate with Wilson's interval; refused under
        the minimum group, «no data» where the procedure has no threshold), mean_score (Estimate without an interval).
    """
    own = outcomes if schools is None else outcomes[outcomes["school"].isin(set(schools))]
    keys = ["procedure", "kind", "subject", "grade", "year"]
    score = own["mean_score"].astype(float) * own["n"]
    known: dict[str, pd.Series] = {}
    for name, counted in (("n_success", own["n_success"]), ("n_below", own["n_below"]), ("mean_score", score)):
        known[f"{name}_sum"] = counted.fillna(0).astype(float)
        known[f"{name}_of"] = own["n"].where(counted.notna(), 0)
    grouped = own.assign(**known).groupby(keys)
    filled = grouped[["n", *known]].sum().assign(n_schools=grouped["school"].nunique()).reset_index()
    minimum = int(norms.minimum_group.value)
    return pd.DataFrame(
        {
            **{name: filled[name] for name in (*keys, "n_schools", "n")},
            "success": share_estimates(filled["n_success_sum"], filled["n_success_of"], norms),
            "below": share_estimates(filled["n_below_sum"], filled["n_below_of"], norms),
            "mean_score": [
                _mean(total, int(n), minimum)
                for total, n in zip(filled["mean_score_sum"], filled["mean_score_of"], strict=True)
            ],
        },
        columns=COLUMNS,
    )


def pooled_changes(
    outcomes: pd.DataFrame, schools: Collection[str] | None, year: int, norms: SeriesNorms
) -> dict[str, Estimate]:
    """Return by procedure the change of the share of success of all pupils together since the year before.

    Parameters
    ----------
    outcomes, schools, norms
        As in :func:`shares_by_procedure`.
    year : int
        Procedures without results in `year` or in the year before it have no change.

    Returns
    -------
    dict of str to Estimate
        Difference of shares; the interval knows that pupils of one school resemble each other. It holds the difference
        in difficulty of two years' works.
    """
    own = outcomes if schools is None else outcomes[outcomes["school"].isin(set(schools))]
    known = own[own["year"].isin([year - 1, year])].dropna(subset="n_success")
    both = known.groupby("procedure").filter(lambda rows: len(rows["year"].unique()) == 2)
    level = norms.confidence_level.value
    return {str(name): clustered_shares(rows, level=level).change for name, rows in both.groupby("procedure")}


def _mean(total: float, n: int, minimum: int) -> Estimate:
    if n < minimum:
        return Estimate(None, None, n, refusal=Refusal(RefusalReason.TOO_FEW, n, minimum))
    return Estimate(total / n, None, n)
