"""Register of pupils' difficulties (S31): class × subject × skill, for teachers; no pupil's row."""

from __future__ import annotations

from collections.abc import Collection

import pandas as pd

from oko_lib.indicators.training_quality.tasks import SKILL, RegionTasks
from oko_lib.methods.completion_zone import Zone
from oko_lib.methods.task_functioning import TaskState
from oko_lib.settings.training_quality_norms import TrainingQualityNorms

#: Why a row stands out: the class is below what its other tasks let expect; its school is, and the class with it (a
#: class alone is often too small to tell); the skill is surely insufficient.
OUT_OF_PROFILE, SCHOOL_OUT, INSUFFICIENT = "out_of_profile", "school_out", "insufficient"


def difficulties(tasks: RegionTasks, schools: Collection[str], norms: TrainingQualityNorms) -> pd.DataFrame:
    """Return the register of a set of schools.

    Parameters
    ----------
    tasks : RegionTasks
    schools : collection of str
    norms : TrainingQualityNorms
        Minimum group: of a smaller class nothing is shown.

    Returns
    -------
    DataFrame
        One row per class × skill: school, class_label, SKILL columns, skill, tasks, n, completion, low, high, region,
        expected, difference, state, zone, reliable, few (the class is too small; its numbers are missing), why (tuple
        of :data:`OUT_OF_PROFILE`, :data:`SCHOOL_OUT`, :data:`INSUFFICIENT`; empty where nothing stands out).
    """
    rows = tasks.class_skills
    if rows.empty:
        return rows.assign(few=False, why=[()] * len(rows))
    own = rows[rows["school"].isin(set(schools))]
    few = own["n"] < norms.minimum_group.value
    numbers = [name for name in ("completion", "low", "high", "expected", "difference", "state", "zone") if name in own]
    shown = own.assign(**{name: own[name].where(~few) for name in numbers}, few=few)
    below = shown["state"] == TaskState.BELOW.value
    schools_below = tasks.school_skills[tasks.school_skills["state"] == TaskState.BELOW.value]
    keys = ["school", *SKILL]
    school = pd.MultiIndex.from_frame(shown[keys]).isin(pd.MultiIndex.from_frame(schools_below[keys]))
    with_school = school & (shown["difference"].astype(float) < 0) & ~below
    short = (shown["zone"] == Zone.INSUFFICIENT.value) & shown["reliable"].fillna(False).astype(bool)
    why = [
        tuple(word for word, found in ((OUT_OF_PROFILE, first), (SCHOOL_OUT, second), (INSUFFICIENT, third)) if found)
        for first, second, third in zip(below, with_school, short & ~few, strict=True)
    ]
    return shown.assign(why=why).sort_values(
        ["school", "subject", "grade", "class_label", *SKILL[2:]], ignore_index=True
    )
