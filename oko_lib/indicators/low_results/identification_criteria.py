"""Criteria of a method applied to the schools: the answer of each, and what it rests on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from oko_lib.indicators.low_results.identification_data import RuleData
from oko_lib.methods.low_results_probability import criteria_met
from oko_lib.methods.low_results_rule import (
    FALSE,
    TRUE,
    UNKNOWN,
    CriterionFlags,
    ShareCriterion,
    criterion_flags,
    reaches,
    shares,
)
from oko_lib.methods.proportions import wilson_bounds
from oko_lib.methods.result import Refusal, RefusalReason
from oko_lib.settings.identification import AnyCriterion, Change, Listed, OfProcedures, RelativeChange, ShareBelow

#: Columns of the evidence. `value` is a share, a change of the mean result or a change of the relative result;
#: `reached` tells whether the row itself reaches the threshold (declines), `speaks` whether its procedure satisfies the
#: criterion: a procedure low this year only does not speak for «two years in a row».
EVIDENCE = [
    "school", "criterion", "procedure", "year", "n_below", "n", "measure", "value", "low", "high", "probability",
    "reached", "speaks",
]  # fmt: skip
LEVEL = 0.95


@dataclass(frozen=True)
class Answers:
    """Answers of one criterion.

    Parameters
    ----------
    criterion : AnyCriterion
    state : ndarray of int8
        By school, in the order of the data.
    n_satisfied, n_assessable : ndarray of int
        Procedures (for a list: years) that speak for it; procedures that could.
    evidence : DataFrame
        One row per school, procedure and year looked at.
    flags : CriterionFlags or None
        Of a criterion on shares.
    probability : ndarray of float or None
        That a criterion on shares holds for the shares behind the counts.
    refusal : Refusal or None
        Why the criterion could be judged for no school at all.
    """

    criterion: AnyCriterion
    state: NDArray[np.int8]
    n_satisfied: NDArray[np.int64]
    n_assessable: NDArray[np.int64]
    evidence: pd.DataFrame
    flags: CriterionFlags | None = None
    probability: NDArray[np.float64] | None = None
    refusal: Refusal | None = None


def share_criterion(criterion: ShareBelow, data: RuleData) -> ShareCriterion:
    """Return the criterion as the arithmetic knows it."""
    return ShareCriterion(
        criterion.share, criterion.procedures_at_least, criterion.years_in_a_row, data.applies(criterion)
    )


def answers(criterion: AnyCriterion, data: RuleData) -> Answers:
    """Apply one criterion to all schools."""
    if isinstance(criterion, ShareBelow):
        return _share_below(criterion, data)
    if isinstance(criterion, Listed):
        return _listed(criterion, data)
    if isinstance(criterion, Change) and criterion.judged == "reliable":
        return _reliable_change(criterion, data)
    return _formal_change(criterion, data)


def _share_below(criterion: ShareBelow, data: RuleData) -> Answers:
    rule = share_criterion(criterion, data)
    flags = criterion_flags(data.counts, rule)
    tails = data.tails([rule.threshold])
    probability = criteria_met([rule], tails)[:, 1]
    first = data.n_years - criterion.years_in_a_row
    looked_at = (data.counts.n > 0) & rule.columns(len(data.procedures))[None, :, None]
    looked_at[:, :, :first] = False
    school, procedure, year = np.nonzero(looked_at)
    n_below, n = data.counts.n_below[looked_at], data.counts.n[looked_at]
    low, high = wilson_bounds(n_below, n, LEVEL)
    reached = reaches(data.counts.n_below, data.counts.n, rule.threshold)
    speaks = reached[:, :, first:].all(axis=2)
    evidence = _evidence(
        criterion,
        data,
        school,
        procedure,
        year=np.array(data.years)[year],
        n_below=n_below,
        n=n,
        measure="share",
        value=shares(n_below, n),
        low=low,
        high=high,
        probability=tails[rule.threshold][looked_at],
        reached=reached[looked_at],
        speaks=speaks[school, procedure],
    )
    return Answers(
        criterion,
        flags.state,
        flags.n_satisfied,
        flags.n_assessable,
        evidence,
        flags,
        np.where(flags.state == UNKNOWN, np.nan, probability),
        None if (flags.state != UNKNOWN).any() else Refusal(RefusalReason.NO_DATA, 0, 1),
    )


def _formal_change(criterion: Change | RelativeChange, data: RuleData) -> Answers:
    """A decline is any fall of the number between the first and the last of the years."""
    first, last = data.year - criterion.years + 1, data.year
    applies = data.applies(criterion)
    values, measure = _values(criterion, data, (first, last))
    change = np.where(applies[None, :], values[1] - values[0], np.nan)
    known = np.isfinite(change)
    school, procedure = np.nonzero(known)
    n_first, n_last = (data.table("n", year)[known] for year in (first, last))
    low = high = np.full(len(school), np.nan)
    if measure == "change_of_mean":
        # A mean of n results in standard deviations of pupils varies by 1/n at the most.
        reach = stats.norm.ppf((1 + LEVEL) / 2) * np.sqrt(1 / n_first + 1 / n_last)
        low, high = change[known] - reach, change[known] + reach
    evidence = _evidence(
        criterion,
        data,
        school,
        procedure,
        year=np.full(len(school), last),
        n_below=np.full(len(school), np.nan),
        n=np.minimum(n_first, n_last),
        measure=measure,
        value=change[known],
        low=low,
        high=high,
        probability=np.full(len(school), np.nan),
        reached=change[known] < 0,
        speaks=change[known] < 0,
    )
    return _counted(criterion, (change < 0) & known, known, evidence)


def _values(
    criterion: Change | RelativeChange, data: RuleData, years: tuple[int, int]
) -> tuple[list[NDArray[np.float64]], str]:
    """Mean results of two years, schools × procedures, and what they are.

    The ratio to the regional mean needs means in points. Where the data hold none, the distance to the regional mean
    in standard deviations of pupils stands in: it says the same of the direction, and the evidence names it.
    """
    if isinstance(criterion, RelativeChange) and "mean_score" in data.outcomes.columns:
        ratios = []
        for year in years:
            score, n = data.table("mean_score", year), data.table("n", year)
            weight = np.where(np.isfinite(score), n, 0.0)
            total = weight.sum(axis=0)
            regional = np.divide(
                np.nansum(score * weight, axis=0), total, out=np.full(len(total), np.nan), where=total > 0
            )
            ratios.append(score / regional)
        return ratios, "change_of_ratio"
    return [data.table("mean", year) for year in years], "change_of_mean"


def _reliable_change(criterion: Change, data: RuleData) -> Answers:
    """A decline is one the dynamics finds beyond chance."""
    nothing = np.zeros(len(data.schools), dtype=np.int64)
    if data.changes is None:
        empty = pd.DataFrame(columns=EVIDENCE)
        state = np.full(len(data.schools), UNKNOWN)
        return Answers(criterion, state, nothing, nothing, empty, refusal=Refusal(RefusalReason.NO_DATA, 0, 1))
    allowed = data.procedures.index[data.applies(criterion)]
    found = data.changes[data.changes["procedure"].isin(allowed) & data.changes["school"].isin(data.schools)]
    found = found.dropna(subset="state")
    shape = (len(data.schools), len(data.procedures))
    known, declined = np.zeros(shape, dtype=bool), np.zeros(shape, dtype=bool)
    school = data.schools.get_indexer(found["school"])
    procedure = data.procedures.index.get_indexer(found["procedure"])
    reached = (found["state"].astype(str) == "decline").to_numpy()
    known[school, procedure], declined[school, procedure] = True, reached
    gap = np.full(len(found), np.nan)
    evidence = _evidence(
        criterion,
        data,
        school,
        procedure,
        year=np.full(len(found), data.year),
        n_below=gap,
        n=data.table("n", data.year)[school, procedure],
        measure="reliable_change",
        value=gap,
        low=gap,
        high=gap,
        probability=gap,
        reached=reached,
        speaks=reached,
    )
    return _counted(criterion, declined, known, evidence)


def _listed(criterion: Listed, data: RuleData) -> Answers:
    rows = data.lists[data.lists["list_kind"] == criterion.list_kind]
    if not criterion.ever:
        rows = rows[rows["year"] == data.year]
    n_years = int(rows["year"].nunique())
    own = rows[rows["school"].isin(data.schools)].drop_duplicates(["school", "year"])
    times = own["school"].value_counts().reindex(data.schools, fill_value=0).to_numpy(dtype=np.int64)
    known = np.full(len(data.schools), n_years, dtype=np.int64)
    state = np.where(n_years == 0, UNKNOWN, np.where(times >= criterion.times_at_least, TRUE, FALSE)).astype(np.int8)
    evidence = own[["school", "year"]].assign(criterion=criterion.name, measure="listed", reached=True, speaks=True)
    refusal = Refusal(RefusalReason.NO_DATA, 0, 1) if n_years == 0 else None
    return Answers(criterion, state, times, known, evidence.reindex(columns=EVIDENCE), refusal=refusal)


def _counted(
    criterion: OfProcedures, satisfied: NDArray[np.bool_], known: NDArray[np.bool_], evidence: pd.DataFrame
) -> Answers:
    n_satisfied, n_known = satisfied.sum(axis=1), known.sum(axis=1)
    needed = criterion.procedures_at_least
    state = np.where(n_known < needed, UNKNOWN, np.where(n_satisfied >= needed, TRUE, FALSE)).astype(np.int8)
    refusal = None if (state != UNKNOWN).any() else Refusal(RefusalReason.NO_DATA, 0, 1)
    return Answers(criterion, state, n_satisfied, n_known, evidence, refusal=refusal)


def _evidence(
    criterion: AnyCriterion, data: RuleData, school: NDArray, procedure: NDArray, **columns: object
) -> pd.DataFrame:
    frame = pd.DataFrame(
        {
            "school": data.schools.to_numpy()[school],
            "criterion": criterion.name,
            "procedure": data.procedures.index.to_numpy()[procedure],
            **columns,
        }
    )
    return frame[EVIDENCE]
