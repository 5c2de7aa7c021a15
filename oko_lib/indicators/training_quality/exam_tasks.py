"""Element analysis of ОГЭ and ЕГЭ: completion of tasks by school from reports that name no pupil."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import pandas as pd

from oko_lib.indicators.training_quality.tasks import BASIC
from oko_lib.methods.completion_zone import completion_zones
from oko_lib.settings.training_quality_norms import TrainingQualityNorms
from oko_lib.store import Snapshot

EXAM = ["exam", "subject"]

_EXAM_TASKS = """
    select
        own.year, own.exam, own.subject, coalesce(history.school_id, own.login) as school, own.task,
        own.n_participants::double as n, own.completion_pct, own.skill, own.level
    from exam_tasks_by_school as own
    left join school_logins as history on history.login = own.login
    where own.year = ?
    order by own.exam, own.subject, own.task, school
"""


def exam_task_rows(snapshot: Snapshot, year: int) -> pd.DataFrame:
    """Return school × task of the year: exam, subject, school, task, n, completion_pct, skill, level."""
    return snapshot.sql(_EXAM_TASKS, [year])


def exam_tasks(rows: pd.DataFrame, schools: Collection[str] | None, norms: TrainingQualityNorms) -> pd.DataFrame:
    """Return completion of every task over a set of schools (None: all).

    Returns
    -------
    DataFrame
        exam, subject, task, skill, level, n_schools, n, completion, low, high, zone, reliable, region (completion over
        all schools). Without pupils' rows intervals take every answer as yes or no and pupils as independent.
    """
    keys = [*EXAM, "task"]
    weighted = rows.assign(weight=rows["n"] * rows["completion_pct"] / 100)
    own = weighted if schools is None else weighted[weighted["school"].isin(set(schools))]
    if own.empty:
        return pd.DataFrame(columns=[*keys, "skill", "level", "n_schools", "n", "completion", "zone", "region"])
    found = _completion(own, keys)
    region = _completion(weighted, keys)["completion"].rename("region")
    found = found.join(region).reset_index()
    level = found["level"].fillna("").astype(str)
    zones = completion_zones(
        found["completion"] * 100,
        np.full(len(found), 100.0),
        found["n"],
        np.where(level == BASIC, norms.basic_sufficient.value, norms.advanced_sufficient.value),
        np.where(level == BASIC, norms.basic_insufficient.value, norms.advanced_insufficient.value),
        minimum_n=int(norms.minimum_group.value),
        level=norms.confidence_level.value,
    )
    known = (level != "").to_numpy()
    return found.assign(
        level=level,
        low=zones["low"].to_numpy(),
        high=zones["high"].to_numpy(),
        zone=zones["zone"].where(known).to_numpy(),
        reliable=zones["reliable"].where(known, False).to_numpy(),
    )


def _completion(rows: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    grouped = rows.groupby(keys, sort=False)
    sums = grouped[["n", "weight"]].sum()
    return pd.DataFrame(
        {
            "skill": grouped["skill"].first(),
            "level": grouped["level"].first(),
            "n_schools": grouped["school"].nunique(),
            "n": sums["n"],
            "completion": sums["weight"] / sums["n"].where(sums["n"] > 0),
        }
    )
