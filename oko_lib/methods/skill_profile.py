"""From tasks to skills: what a unit's tasks of one skill say together, over one work or several."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from .multiplicity import adjusted_within, false_discovery
from .natural_fluctuation import natural_variance, reference_df
from .result import Refusal, RefusalReason
from .task_functioning import called

_FACTS = ("n_tasks", "n_works", "n", "completion", "region", "gap")
_JUDGED = ("expected", "difference", "low", "high", "sd", "z", "p_value")
_CALLED = ("p_adjusted", "state", "own_p_adjusted", "own_state", "refusal")


@dataclass(frozen=True)
class SkillProfiles:
    """Skills of every unit.

    Parameters
    ----------
    units : DataFrame
        One row per unit × skill, sorted: ``unit``, the columns of ``by``; ``n_tasks``, ``n_works``, ``n`` (pupils, the
        largest of the skill's tasks), ``completion`` (points of the skill's tasks over the possible ones), ``region``
        (the same possible points at the region's completion), ``gap`` = completion - region, ``expected`` (at the
        expected completion), ``difference`` = completion - expected (what is left of the gap when the unit's other
        tasks are taken into account), ``low``, ``high``, ``sd``, ``z``, ``p_value``.

        ``p_adjusted``, ``state`` (:class:`~oko_lib.methods.task_functioning.TaskState`): false discoveries held over
        all rows. ``own_p_adjusted``, ``own_state``: held within each unit — which skills stand out of its own profile,
        for somebody who looks at this unit alone; of 20 ordinary units one then has a skill that stands out.

        ``refusal`` (:class:`~oko_lib.methods.result.RefusalReason` value, missing when judged; facts stay). Tasks that
        were refused do not count as long as one of the skill was judged.
    skills : DataFrame
        One row per skill: the columns of ``by``, ``n_units`` judged, ``n_tasks`` (the most a unit has), ``natural_sd``
        (natural standard deviation of ``difference`` at a usual unit).
    alpha, level : float
        Of the states, of the intervals.
    refusal : Refusal or None
        No task of the cells stands in the codifier.
    """

    units: pd.DataFrame
    skills: pd.DataFrame
    alpha: float
    level: float
    refusal: Refusal | None = None


def skill_profile(
    cells: pd.DataFrame,
    codifier: pd.DataFrame,
    *,
    work: Sequence[str] = (),
    by: Sequence[str] = ("skill_code",),
    unit: str = "unit",
    task: str = "task",
    minimum_units: int = 20,
    alpha: float = 0.05,
    level: float = 0.95,
) -> SkillProfiles:
    """Put the tasks of each skill together.

    Parameters
    ----------
    cells : DataFrame
        ``cells`` of :func:`~oko_lib.methods.task_functioning.task_functioning`, of one work or of many put together
        with the columns ``work`` added. All units of the region (their natural variation is estimated here too).
    codifier : DataFrame
        ``work`` columns, ``task`` and the columns of ``by``; one row per task. A task that is not in it, or whose skill
        is missing, belongs to no skill.
    work : sequence of str
        Columns that tell works apart, for example year, subject, grade.
    by : sequence of str
        Columns that name a skill; add the subject where codes of different subjects coincide.
    unit, task : str
        Columns.
    minimum_units : int
        Fewest units with a skill for its natural variation.
    alpha : float
        Bound on the expected share of false ones among called states.
    level : float
        Of the intervals.

    Returns
    -------
    SkillProfiles

    Raises
    ------
    ValueError
        If the codifier has a task twice, or cells have a unit's task twice.

    Notes
    -----
    Points of all tasks of the skill less the expected points, over the possible ones: everything adds up to what stands
    in the tasks' rows. Its natural variance is estimated over units at the skill, as τ² of a task is
    (:func:`~oko_lib.methods.natural_fluctuation.natural_variance`): that of the single tasks and what they naturally
    have in common, in one.
    """
    by, work = list(by), list(work)
    rows = _with_skills(cells, codifier, work, by, unit, task)
    if rows.empty:
        units = pd.DataFrame(columns=["unit", *by, *_FACTS, *_JUDGED, *_CALLED])
        skills = pd.DataFrame(columns=[*by, "n_units", "n_tasks", "natural_sd"])
        return SkillProfiles(units, skills, alpha, level, Refusal(RefusalReason.NO_DATA, 0, 1))
    units = _joined(rows, by)
    # Numbers stand for skills: a name may be a tuple, which an index would take apart.
    number = units.groupby(by, sort=True).ngroup()
    parts = units[["deviation", "chance", "load"]].groupby(number)
    natural = {skill: _natural(part, minimum_units) for skill, part in parts}
    n_units = units["deviation"].groupby(number).transform("count").astype("int64")
    units = _tested(units.assign(tau2=number.map(natural), n_units=n_units), level)
    unknown = units["tau2"].isna() & units["refusal"].isna()
    units["refusal"] = units["refusal"].mask(unknown, RefusalReason.TOO_FEW.value)
    units["p_adjusted"] = false_discovery(units["p_value"], alpha).adjusted
    units["own_p_adjusted"] = adjusted_within(units["p_value"], units["unit"])
    units["state"] = called(units["z"], units["p_adjusted"], alpha)
    units["own_state"] = called(units["z"], units["own_p_adjusted"], alpha)
    natural_sd = np.sqrt(units["tau2"] * units["load"].groupby(number).transform("median"))
    skills = units.assign(natural_sd=natural_sd, n_tasks=units["n_tasks"].groupby(number).transform("max"))
    skills = skills[~number.duplicated()].iloc[number[~number.duplicated()].argsort()]
    return SkillProfiles(
        units[["unit", *by, *_FACTS, *_JUDGED, *_CALLED]],
        skills[[*by, "n_units", "n_tasks", "natural_sd"]].reset_index(drop=True),
        alpha,
        level,
    )


def _with_skills(
    cells: pd.DataFrame, codifier: pd.DataFrame, work: list[str], by: list[str], unit: str, task: str
) -> pd.DataFrame:
    """Cells of tasks that have a skill, in standard columns; of a unit's skill, refused ones only if all are."""
    key = [*work, "task"]
    named = codifier.rename(columns={task: "task"})[list(dict.fromkeys([*key, *by]))].dropna(subset=by)
    if named.duplicated(key).any():
        raise ValueError("the codifier names a task twice")
    rows = cells.rename(columns={task: "task", unit: "unit"}).drop(
        columns=[name for name in by if name not in key], errors="ignore"
    )
    if rows.duplicated(["unit", *key]).any():
        raise ValueError("a unit has more than one row for a task")
    rows = rows.merge(named, on=key).sort_values(["unit", *by, *key], ignore_index=True)
    rows["work_number"] = rows.groupby(work, sort=False).ngroup() if work else 0
    fine = rows["refusal"].isna()
    return rows[fine | ~fine.groupby([rows[name] for name in ["unit", *by]]).transform("any")]


def _joined(rows: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """One row per unit × skill: facts, and points of all its tasks less the expected ones."""
    parts = rows.assign(
        at_region=rows["region"] * rows["possible"],
        at_expected=rows["expected"] * rows["possible"],
        deviation=rows["z"] * rows["sd"] * rows["possible"],
        chance=(rows["chance_sd"] * rows["possible"]) ** 2,
        load=(rows["per_logit"] * rows["possible"]) ** 2,
    )
    grouped = parts.groupby(["unit", *by], sort=True)
    facts = grouped[["points", "possible", "at_region"]].sum()
    judged = grouped[["at_expected", "deviation", "chance", "load"]].sum(min_count=1)
    possible = facts["possible"]
    units = pd.DataFrame(
        {
            "n_tasks": grouped.size(),
            "n_works": grouped["work_number"].nunique(),
            "n": grouped["n"].max(),
            "completion": facts["points"] / possible,
            "region": facts["at_region"] / possible,
            "expected": judged["at_expected"] / possible,
            "deviation": judged["deviation"] / possible,
            "chance": judged["chance"] / possible**2,
            "load": judged["load"] / possible**2,
            "refusal": grouped["refusal"].first(),
        }
    )
    units["gap"], units["difference"] = (units["completion"] - units[base] for base in ("region", "expected"))
    return units.reset_index()


def _natural(skill: pd.DataFrame, minimum_units: int) -> float:
    """Natural variance of a unit in a task of one skill, squared logits."""
    known = skill[skill["deviation"].notna()]
    if len(known) < max(minimum_units, 2):
        return np.nan
    return natural_variance(known["deviation"], known["chance"], known["load"])


def _tested(units: pd.DataFrame, level: float) -> pd.DataFrame:
    """Interval, z and p with the natural variation of skills in the variance."""
    natural = units["tau2"] * units["load"]
    variance = units["chance"] + natural
    part = (natural / variance).fillna(0).to_numpy()
    df = np.empty(len(units))
    for count in units["n_units"].unique():
        chosen = (units["n_units"] == count).to_numpy()
        df[chosen] = reference_df(part[chosen], int(count))
    sd = np.sqrt(variance)
    reach = stats.t.ppf((1 + level) / 2, df) * sd
    z = units["deviation"] / sd
    judged = variance.notna()
    return units.assign(
        expected=units["expected"].where(judged),
        difference=units["difference"].where(judged),
        low=np.maximum(units["difference"] - reach, -1.0),
        high=np.minimum(units["difference"] + reach, 1.0),
        sd=sd,
        z=z,
        p_value=2 * stats.t.sf(np.abs(z), df),
    )
