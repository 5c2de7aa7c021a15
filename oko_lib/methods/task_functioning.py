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
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from .multiplicity import false_discovery
from .natural_fluctuation import reference_df
from .rest_scores import WorkScores, work_scores
from .result import Refusal, RefusalReason
from .skewness import normal_score
from .task_completion import group_sums
from .task_deviations import Deviations, corrected, deviations
from .task_tables import TaskTables, tables_of

#: A task whose p-value lies below no longer counts among the rest of the unit's other tasks.
_STANDS_OUT = 0.01

_COLUMNS = (
    "unit",
    "task",
    "n",
    "points",
    "possible",
    "completion",
    "sd_pupils",
    "region",
    "expected",
    "difference",
    "low",
    "high",
    "chance_sd",
    "natural_sd",
    "sd",
    "per_logit",
    "z",
    "p_value",
    "refusal",
)


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
        rest of the work; ``difference`` = completion - expected, ``low``, ``high`` its interval, natural variation
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
        Units without pupils in a task have no row for it.

    Raises
    ------
    ValueError
        For points outside 0..max, a task with no points, or lengths that differ.

    Notes
    -----
    Expected points are those of the region's pupils with the same points in the other tasks, the unit itself left out,
    leaning towards the unit's mean (see :func:`~oko_lib.methods.task_tables.task_tables`). The variance of a deviation
    is that of independent pupils given their rest plus τ² of the task; p is Student's, because τ is estimated, with
    the skewness of few expected successes taken into account (:func:`~oko_lib.methods.skewness.normal_score`).

    *Purification.* A weak task lowers the rest of the unit's other tasks, which then look better than they are, and of
    two weak tasks each hides part of the other. Tasks with p < 0.01 at a first look are therefore taken out of the
    unit's rest: the expectation is read at the rest that would have been. Done once.

    References
    ----------
    Dorans N. J., Kulick E. (1986) Journal of Educational Measurement 23:355-368; purification: Holland P. W., Thayer
    D. T. (1988) in Wainer H., Braun H. (eds) Test Validity, 129-145.
    """
    work = work_scores(scores, max_points, unit)
    if tables is None:
        tables = tables_of(work, minimum_n, minimum_units)
        in_tables = True
    elif tables.tasks != work.tasks or np.any(tables.max_points != work.max_points):
        raise ValueError("the tables are of other tasks")
    found = deviations(work, tables.curves, tables.icc, in_tables)
    cells = _facts(work, tables, found, minimum_n)
    judged = cells["refusal"].isna().to_numpy()
    cells = cells.join(_judged(found, tables, judged.reshape(found.n.shape), level))
    cells["expected"] = cells["completion"] - cells["difference"]
    cells = cells[cells["n"] > 0].reset_index(drop=True)
    curves = tables.curves
    tasks = pd.DataFrame(
        {
            "n": curves.n.astype("int64"),
            "completion": curves.completion,
            "tau": tables.tau,
            "natural_sd": tables.tau * curves.per_logit,
        },
        index=pd.Index(tables.tasks, name="task"),
    )
    n_units = cells.loc[cells["refusal"].isna(), "unit"].nunique()
    return TaskFunctioning(cells[list(_COLUMNS)], tasks, n_units, len(work.points), level, tables.refusal)


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
    adjusted = false_discovery(cells["p_value"], alpha).adjusted
    return cells.assign(p_adjusted=adjusted, state=called(cells["z"], adjusted, alpha))


def called(z: ArrayLike, adjusted: ArrayLike, alpha: float) -> pd.api.extensions.ExtensionArray:
    """States by the sign of z where the adjusted p-value is at most alpha; missing where nothing was tested."""
    adjusted = np.asarray(adjusted, dtype=float)
    direction = np.where(np.asarray(z, dtype=float) < 0, TaskState.BELOW.value, TaskState.ABOVE.value)
    state = np.where(adjusted <= alpha, direction, TaskState.INDISTINCT.value).astype(object)
    state[np.isnan(adjusted)] = None
    return pd.array(state, dtype="str")


def _facts(work: WorkScores, tables: TaskTables, found: Deviations, minimum_n: int) -> pd.DataFrame:
    """What is known of every unit × task, and why some are not judged."""
    n_units, n_tasks = found.n.shape
    n, maximum, sd = found.n, work.max_points, np.full(found.n.shape, np.nan)
    for task in range(n_tasks):
        chosen = np.where(work.usable[:, task], work.unit, -1)
        sd[:, task] = group_sums(work.points[:, task], chosen, n_units)[2] / maximum[task]
    refusal = np.full(n.shape, None, dtype=object)
    refusal[(n < minimum_n) | np.isnan(tables.tau)] = RefusalReason.TOO_FEW.value
    # Where all or nobody of the region did the task, there is nothing to compare.
    refusal[:, np.isin(tables.curves.completion, (0.0, 1.0))] = RefusalReason.NO_VARIATION.value
    if tables.refusal is not None:
        refusal[:] = tables.refusal.reason.value
    return pd.DataFrame(
        {
            "unit": np.repeat(np.asarray(work.units), n_tasks),
            "task": np.tile(np.array(work.tasks, dtype=object), n_units),
            "n": n.ravel().astype("int64"),
            "points": found.points.ravel(),
            "possible": (n * maximum).ravel(),
            "completion": np.divide(found.points, n * maximum, out=np.full(n.shape, np.nan), where=n > 0).ravel(),
            "sd_pupils": sd.ravel(),
            "region": np.tile(tables.curves.completion, n_units),
            "per_logit": found.per_logit.ravel(),
            "refusal": pd.array(refusal.ravel(), dtype="str"),
        }
    )


def _judged(found: Deviations, tables: TaskTables, judged: NDArray[np.bool_], level: float) -> pd.DataFrame:
    """Difference, interval, z and p of the cells that can be judged; empty elsewhere."""
    natural = (tables.tau * tables.max_points * found.per_logit) ** 2
    variance = np.where(judged, found.variance + natural, np.nan)
    df = reference_df(np.nan_to_num(natural / variance), tables.n_units)

    def p_and_z(deviation: NDArray) -> tuple[NDArray, NDArray]:
        z = normal_score(deviation / np.sqrt(variance), found.third_moment / variance**1.5)
        return 2 * stats.t.sf(np.abs(z), df), z

    first = corrected(found, tables.context)
    weak = p_and_z(first)[0] < _STANDS_OUT
    mean = found.points / np.where(found.n > 0, found.n, np.nan)
    # What is expected lies between no points and all.
    deviation = np.clip(corrected(found, tables.context, weak), mean - tables.max_points, mean)
    p_value, z = p_and_z(deviation)
    difference, sd = deviation / tables.max_points, np.sqrt(variance) / tables.max_points
    difference = np.where(judged, difference, np.nan)
    reach = stats.t.ppf((1 + level) / 2, df) * sd
    columns = {
        "difference": difference,
        "low": np.maximum(difference - reach, -1.0),
        "high": np.minimum(difference + reach, 1.0),
        "chance_sd": np.where(judged, np.sqrt(found.variance), np.nan) / tables.max_points,
        "natural_sd": np.where(judged, np.sqrt(natural), np.nan) / tables.max_points,
        "sd": sd,
        "z": z,
        "p_value": p_value,
    }
    return pd.DataFrame({name: values.ravel() for name, values in columns.items()})
