"""Where a school (or a class) does a task worse or better than pupils of the region with the same rest of the work.

The standardization approach to differential item functioning, with a school in the place of the group: a pupil is
compared with the region's pupils who scored as much in the other tasks, so that what is left belongs to the task (and
to the skill it asks for), not to how strong the pupils are.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from .result import Refusal
from .task_tables import TaskTables


class TaskState(StrEnum):
    """The only three things that may be said of a unit in a task or a skill."""

    BELOW = "below"
    ABOVE = "above"
    INDISTINCT = "indistinct"


@dataclass(frozen=True)
class TaskFunctioning:
    """How tasks of one work went in every unit.

    Parameters
    ----------
    cells : DataFrame
        One row per unit × task. Shares are fractions of the maximum points, differences are of such shares.

        ``unit``, ``task``; ``n`` pupils; ``points`` scored and ``possible`` (n × the task's maximum); ``completion``
        = points / possible; ``sd_pupils`` standard deviation of the pupils' own shares (missing with one pupil);
        ``region`` the region's completion of the task; ``expected`` completion of the region's pupils with the same
        rest of the work; ``difference`` = completion - expected (purified, see :func:`task_functioning`; it may differ
        from the plain subtraction only through ``expected``), ``low``, ``high`` its interval, natural variation
        included; ``chance_sd`` of pupils alone, ``natural_sd`` of ordinary units in this task at this unit's level,
        ``sd`` of both; ``per_logit`` how far the unit's completion moves per logit of difficulty; ``z``, ``p_value``
        (two-sided, one cell alone); ``refusal`` (:class:`~oko_lib.methods.result.RefusalReason` value, missing when
        judged; facts stay).
    tasks : DataFrame
        Index task: ``n``, ``completion`` (region), ``tau`` natural standard deviation in logits, ``natural_sd`` the
        same as a share at the region's level.
    n_units, n : int
        Units judged, pupils of the data given.
    level : float
        Of the intervals.
    refusal : Refusal or None
        The region has too few units or pupils: nothing is judged.
    """

    cells: pd.DataFrame
    tasks: pd.DataFrame
    n_units: int
    n: int
    level: float
    refusal: Refusal | None = None


def task_functioning(
    scores: pd.DataFrame,
    max_points: ArrayLike,
    unit: ArrayLike,
    *,
    tables: TaskTables | None = None,
    in_tables: bool = True,
    minimum_n: int = 10,
    minimum_units: int = 20,
    level: float = 0.95,
) -> TaskFunctioning:
    """Compare every unit with the region, task by task, given the rest of the work.

    Parameters
    ----------
    scores : DataFrame
        Pupils × tasks of one work (one form), columns named by tasks; ``nan`` is missing, a task that was not attempted
        is 0 already. Wrong shapes and points outside 0..max are errors.
    max_points : array_like of int
        Per task, at least 1.
    unit : array_like
        School or class of each pupil; a missing one leaves the pupil to the region only.
    tables : TaskTables, optional
        Of the region, from :func:`~oko_lib.methods.task_tables.task_tables` with the same kind of unit; by default made
        of ``scores``. With them the classes of one municipality are judged by the classes of the region.
    in_tables : bool
        Whether the pupils given are among those of the tables; their own unit is then left out of the region it is
        compared with.
    minimum_n : int
        Fewest pupils of a unit in a task.
    minimum_units : int
        Fewest units for the natural variation of a task; used when ``tables`` is None.
    level : float
        Of the intervals.

    Returns
    -------
    TaskFunctioning
        No state: many cells are tested at once, so states are called by :func:`task_states` over all works together.

    Raises
    ------
    ValueError
        For points outside 0..max, a task with no points, or lengths that differ.

    References
    ----------
    Dorans N. J., Kulick E. (1986) Journal of Educational Measurement 23:355-368.
    """
    raise NotImplementedError


def task_states(cells: pd.DataFrame, alpha: float = 0.05) -> pd.DataFrame:
    """Call states over all cells given, with control of false discoveries.

    Parameters
    ----------
    cells : DataFrame
        ``cells`` of one work or of many works put together (``pandas.concat``): the more is looked at, the more is
        asked of each.
    alpha : float
        Bound on the expected share of false ones among all called.

    Returns
    -------
    DataFrame
        The same rows with ``p_adjusted`` and ``state`` (:class:`TaskState`; missing where refused).
    """
    raise NotImplementedError
