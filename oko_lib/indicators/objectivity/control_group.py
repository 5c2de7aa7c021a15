"""Schools with independent observers against the rest (S33)."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from oko_lib.methods.control_group import ControlDifference, control_difference
from oko_lib.settings.norms import ObjectivityNorms
from oko_lib.store import Snapshot

_OBSERVED = """
    select distinct coalesce(history.school_id, observed.login) as school, observed.subject, observed.grade
    from control_group_schools as observed
    left join school_logins as history on history.login = observed.login
    where observed.year = ?
"""

ALL_SUBJECTS = "все"
ALL_GRADES = 0


@dataclass(frozen=True)
class ControlGroup:
    """Results without observers minus results with them, within subject and grade.

    Parameters
    ----------
    schools : tuple of str
        Schools observed in the year.
    level : ControlDifference
        Share of the maximum score, 0..1.
    lowered, raised : ControlDifference
        Shares of pairs.
    """

    schools: tuple[str, ...]
    level: ControlDifference
    lowered: ControlDifference
    raised: ControlDifference


def control_group(snapshot: Snapshot, marks: pd.DataFrame, year: int, norms: ObjectivityNorms) -> ControlGroup | None:
    """Compare the two groups in `year`; None when nobody was named as observed.

    Parameters
    ----------
    snapshot : Snapshot
        For the list of observed schools.
    marks : DataFrame
        Written works of the region in `year`.
    year : int
        Year.
    norms : ObjectivityNorms
        Minimum number of schools and the level of intervals.
    """
    observed = snapshot.sql(_OBSERVED, [year])
    if observed.empty:
        return None
    frame = marks[["school", "subject", "grade", "primary_score", "max_score", "mark", "journal_mark"]]
    difference = frame["mark"] - frame["journal_mark"]
    frame = frame.assign(
        observed=_observed(frame, observed),
        level=frame["primary_score"] / frame["max_score"],
        lowered=(difference < 0).where(difference.notna()).astype("Float64"),
        raised=(difference > 0).where(difference.notna()).astype("Float64"),
    )

    def compare(value: str) -> ControlDifference:
        return control_difference(
            frame,
            value,
            unit="school",
            cells=("subject", "grade"),
            minimum_schools=int(norms.control_minimum_schools.value),
            level=norms.confidence_level.value,
        )

    return ControlGroup(
        schools=tuple(sorted(observed["school"].unique())),
        level=compare("level"),
        lowered=compare("lowered"),
        raised=compare("raised"),
    )


def _observed(frame: pd.DataFrame, observed: pd.DataFrame) -> pd.Series:
    keys = pd.MultiIndex.from_frame(observed[["school", "subject", "grade"]])
    places = (
        frame.assign(subject=subject, grade=grade)[["school", "subject", "grade"]]
        for subject in (frame["subject"], ALL_SUBJECTS)
        for grade in (frame["grade"], ALL_GRADES)
    )
    found = pd.Series(False, index=frame.index)
    for place in places:
        found |= pd.MultiIndex.from_frame(place).isin(keys)
    return found
