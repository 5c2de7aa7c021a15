"""From primary to basic school: the same parallel in grade 4 and, a year later, in grade 5."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from oko_lib.indicators.training_quality.marks import WORK
from oko_lib.methods.change import SchoolChanges
from oko_lib.methods.clustered_share import clustered_shares
from oko_lib.methods.cohort_change import cohort_changes
from oko_lib.methods.result import Estimate
from oko_lib.settings.training_quality_norms import TrainingQualityNorms

EARLIER_GRADE, LATER_GRADE = 4, 5


@dataclass(frozen=True)
class Transition:
    """One subject written in grade 4 last year and in grade 5 this year.

    Parameters
    ----------
    subject : str
    schools : SchoolChanges
        Shares of «4» and «5» of whole parallels, beyond the region's change: the works differ in difficulty.
    """

    subject: str
    schools: SchoolChanges


def transitions(counts: pd.DataFrame, year: int, norms: TrainingQualityNorms) -> dict[str, Transition]:
    """Return by subject the change of every school's parallel; subjects without either work are left out.

    Parameters
    ----------
    counts : DataFrame
        Counts by class with good_n.
    year : int
        Year of grade 5.
    norms : TrainingQualityNorms
    """
    found = {}
    for subject, rows in counts.groupby("subject", sort=True):
        earlier, later = _parallel(rows, EARLIER_GRADE, year - 1), _parallel(rows, LATER_GRADE, year)
        if len(earlier) and len(later):
            changes = cohort_changes(
                earlier,
                later,
                earlier_year=year - 1,
                later_year=year,
                minimum_n=int(norms.minimum_group.value),
                minimum_schools=int(norms.dynamics_minimum_schools.value),
                level=norms.confidence_level.value,
            )
            found[str(subject)] = Transition(str(subject), changes)
    return found


def _parallel(rows: pd.DataFrame, grade: int, year: int) -> pd.DataFrame:
    own = rows[(rows["grade"] == grade) & (rows["year"] == year)]
    return own.groupby("school", as_index=False)[["good_n", "n"]].sum().rename(columns={"good_n": "n_success"})


def pooled_transitions(counts: pd.DataFrame, year: int, norms: TrainingQualityNorms) -> pd.DataFrame:
    """Return shares of «4» and «5» of the parallel in both grades over a set of schools.

    Returns
    -------
    DataFrame
        subject, n_before, before, n_after, after (shares), change (Estimate, schools being the clusters).
    """
    rows = []
    for subject, own in counts.groupby(WORK[0], sort=True):
        parts = [
            _parallel(own, grade, when).assign(year=when)
            for grade, when in ((EARLIER_GRADE, year - 1), (LATER_GRADE, year))
        ]
        if not all(len(part) for part in parts):
            continue
        found = clustered_shares(pd.concat(parts, ignore_index=True), level=norms.confidence_level.value)
        change: Estimate = found.change
        rows.append(
            {
                "subject": str(subject),
                "n_before": int(found.by_year.loc[year - 1, "n"]),
                "before": float(found.by_year.loc[year - 1, "share"]),
                "n_after": int(found.by_year.loc[year, "n"]),
                "after": float(found.by_year.loc[year, "share"]),
                "change": change,
            }
        )
    return pd.DataFrame(rows, columns=["subject", "n_before", "before", "n_after", "after", "change"])
