"""From tasks to skills: what a unit's tasks of one skill say together, over one work or several."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from .result import Refusal


@dataclass(frozen=True)
class SkillProfiles:
    """Skills of every unit.

    Parameters
    ----------
    units : DataFrame
        One row per unit × skill: ``unit``, the columns of ``by``; ``n_tasks``, ``n_works``, ``n`` (pupils, the largest
        of the skill's tasks), ``completion`` (points of all the skill's tasks over the possible ones), ``region``,
        ``expected`` (the same pupils' possible points at the region's and at the expected completion), ``difference``
        (weighted mean of the tasks' differences, a share), ``low``, ``high``, ``z``, ``p_value``, ``p_adjusted``,
        ``state`` (:class:`~oko_lib.methods.task_functioning.TaskState`).

        The unit's own profile: ``contrast`` this skill's difference less the unit's other skills, ``contrast_low``,
        ``contrast_high``, ``contrast_p``, ``contrast_p_adjusted``, ``contrast_state``; missing for a unit with one
        skill.

        ``refusal`` (:class:`~oko_lib.methods.result.RefusalReason` value, missing when judged; facts stay).
    skills : DataFrame
        One row per skill: the columns of ``by``, ``n_units`` judged, ``n_tasks``, ``natural_sd`` (share; what tasks of
        the skill have in common beyond the natural variation of single tasks).
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
        ``cells`` of :func:`~oko_lib.methods.task_functioning.task_functioning`, of one work or of many put together with
        the columns ``work`` added. All units of the region (their natural variation is estimated here too).
    codifier : DataFrame
        ``work`` columns, ``task`` and the columns of ``by``; one row per task. A task that is not in it belongs to no
        skill.
    work : sequence of str
        Columns that tell works apart, for example year, subject, grade.
    by : sequence of str
        Columns that name a skill; add the subject where codes of different subjects coincide.
    unit, task : str
        Columns.
    minimum_units : int
        Fewest units with a skill for its natural variation.
    alpha : float
        Bound on the expected share of false ones among called states (profile and contrast each).
    level : float
        Of the intervals.

    Returns
    -------
    SkillProfiles

    Raises
    ------
    ValueError
        If the codifier has a task twice, or cells have a unit's task twice.
    """
    raise NotImplementedError
