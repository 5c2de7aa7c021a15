"""Shares of pupils over a set of schools by procedure and year: exams of a municipality or a region."""

from __future__ import annotations

from collections.abc import Collection

import pandas as pd

from oko_lib.methods.proportions import wilson
from oko_lib.methods.result import Estimate, Refusal, RefusalReason
from oko_lib.settings.low_results_norms import LowResultsNorms

COLUMNS = ["procedure", "kind", "subject", "grade", "year", "n_schools", "n", "success", "below", "mean_score"]


def shares_by_procedure(
    outcomes: pd.DataFrame, schools: Collection[str] | None, norms: LowResultsNorms
) -> pd.DataFrame:
    """Return shares of success and of those below the threshold.

    Parameters
    ----------
    outcomes : DataFrame
        From :func:`~oko_lib.indicators.low_results.outcomes.outcomes_by_school`.
    schools : collection of str or None
        Which schools; None for all.
    norms : LowResultsNorms
        Minimum group and level.

    Returns
    -------
    DataFrame
        One row per procedure × year: n_schools, n, success and below (Estimate with Wilson's interval; refused under
        the minimum group, «no data» where the procedure has no threshold), mean_score (Estimate without an interval).
    """
    own = outcomes if schools is None else outcomes[outcomes["school"].isin(set(schools))]
    rows = []
    for keys, part in own.groupby(["procedure", "kind", "subject", "grade", "year"], sort=True):
        known = part.dropna(subset="mean_score")
        n_known = int(known["n"].sum())
        mean = float((known["mean_score"] * known["n"]).sum() / n_known) if n_known else None
        small = n_known < int(norms.minimum_group.value)
        refusal = Refusal(RefusalReason.TOO_FEW, n_known, int(norms.minimum_group.value)) if small else None
        rows.append(
            (
                *keys,
                part["school"].nunique(),
                int(part["n"].sum()),
                _share(part, "n_success", norms),
                _share(part, "n_below", norms),
                Estimate(None if small else mean, None, n_known, refusal=refusal),
            )
        )
    return pd.DataFrame(rows, columns=COLUMNS)


def _share(part: pd.DataFrame, column: str, norms: LowResultsNorms) -> Estimate:
    known = part.dropna(subset=column)
    return wilson(
        int(known[column].sum()),
        int(known["n"].sum()),
        norms.confidence_level.value,
        minimum_n=int(norms.minimum_group.value),
    )
