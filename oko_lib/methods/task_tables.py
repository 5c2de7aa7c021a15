"""What a region does in a task given the rest of the work: the tables that schools and classes are compared with."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from statsmodels.robust.robust_linear_model import RLM

from .natural_fluctuation import natural_variance
from .rest_curves import RestCurves, rest_curves
from .rest_scores import WorkScores, work_scores
from .result import Refusal, RefusalReason
from .shrinkage import variance_parts
from .task_deviations import Deviations, corrected, deviations

#: Shorter works leave too short a rest to match by.
_FEWEST_TASKS = 3
#: Fewer units × tasks say nothing of the context.
_FEWEST_FOR_CONTEXT = 10


@dataclass(frozen=True)
class TaskTables:
    """Tables of one work.

    Parameters
    ----------
    tasks : tuple of str
    curves : RestCurves
        Points in every task by the score in the others.
    context : float
        How much more a unit's mean rest says than its pupils' rests, 0 to 1; see :func:`task_tables`.
    icc : float
        Part of the variance of total scores that lies between units.
    tau : ndarray of float, shape (tasks,)
        Natural standard deviation of a unit in a task, logits of difficulty; ``nan`` where nothing varies or too few
        units did the task.
    n_units, n : int
        Units with enough pupils, which the natural variation comes from; pupils of the region.
    refusal : Refusal or None
        Too few units, no pupils, or fewer than three tasks.
    """

    tasks: tuple[str, ...]
    curves: RestCurves
    context: float
    icc: float
    tau: NDArray[np.float64]
    n_units: int
    n: int
    refusal: Refusal | None = None

    @property
    def max_points(self) -> NDArray[np.int64]:
        """Maximum of each task."""
        return self.curves.max_points


def task_tables(
    scores: pd.DataFrame,
    max_points: ArrayLike,
    unit: ArrayLike,
    *,
    minimum_n: int = 10,
    minimum_units: int = 20,
) -> TaskTables:
    """Tables of one work from all pupils of the region.

    Parameters
    ----------
    scores, max_points, unit
        As in :func:`~oko_lib.methods.task_functioning.task_functioning`; ``unit`` decides whose natural variation is
        estimated (of schools or of classes).
    minimum_n, minimum_units : int
        Fewest pupils of a unit, fewest units.

    Returns
    -------
    TaskTables

    Raises
    ------
    ValueError
        As :func:`~oko_lib.methods.task_functioning.task_functioning`.

    Notes
    -----
    *Context.* A rest score is measured with error, and of two pupils with the same rest the one from a strong school is
    the abler: what is expected leans towards the school's mean (Kelley). Without it all tasks of a strong school would
    look better than they are. The lean is one number per work, estimated by a robust regression of the deviations of
    all units and tasks on what one point more of the unit's mean rest would bring.

    *Natural variation.* Schools teach topics in their own order and weight. τ of every task comes from all units by
    :func:`~oko_lib.methods.natural_fluctuation.natural_variance`, in logits of difficulty.

    References
    ----------
    Dorans N. J., Kulick E. (1986) Journal of Educational Measurement 23:355-368 (conditional p-values of an item);
    Shealy R., Stout W. (1993) Psychometrika 58:159-194 (regression of the matching score).
    """
    return tables_of(work_scores(scores, max_points, unit), minimum_n, minimum_units)


def tables_of(work: WorkScores, minimum_n: int, minimum_units: int) -> TaskTables:
    """Tables of points that are in order already; see :func:`task_tables`."""
    takes_part = work.usable.any(axis=1)
    n = int(takes_part.sum())
    sizes = np.bincount(work.unit[(work.unit >= 0) & takes_part], minlength=len(work.units))
    n_units, needed = int((sizes >= minimum_n).sum()), max(minimum_units, 2)
    curves, n_tasks = rest_curves(work), len(work.tasks)
    refusal = None
    if n_tasks < _FEWEST_TASKS:
        refusal = Refusal(RefusalReason.SCALE_TOO_SHORT, n_tasks, _FEWEST_TASKS)
    elif n_units < needed:
        refusal = Refusal(RefusalReason.TOO_FEW if n else RefusalReason.NO_DATA, n_units, needed)
    if refusal is not None:
        return TaskTables(work.tasks, curves, 0.0, 0.0, np.full(n_tasks, np.nan), n_units, n, refusal)
    icc = _icc(work, takes_part)
    found = deviations(work, curves, icc, in_tables=True)
    judged = (found.n >= minimum_n) & (found.per_logit > 0)
    context = _context(found, judged)
    deviation = corrected(found, context)
    tau = [_tau(found, deviation, curves, judged, task, needed) for task in range(n_tasks)]
    return TaskTables(work.tasks, curves, context, icc, np.array(tau), n_units, n)


def _icc(work: WorkScores, takes_part: NDArray[np.bool_]) -> float:
    """Part of the variance of shares of the possible points that lies between units."""
    known = np.isfinite(work.points)
    chosen = (work.unit >= 0) & takes_part
    scored, possible = np.where(known, work.points, 0.0).sum(axis=1), (known * work.max_points).sum(axis=1)
    totals = pd.DataFrame({"unit": work.unit[chosen], "total": scored[chosen] / possible[chosen]})
    return variance_parts(totals, "unit", "total").icc or 0.0


def _context(found: Deviations, judged: NDArray[np.bool_]) -> float:
    """Slope of the deviations on the lean that a context of 1 would take off."""
    sd = np.sqrt(found.variance[judged])
    lean = found.lean[judged] / sd
    if len(lean) < _FEWEST_FOR_CONTEXT or not np.any(lean):
        return 0.0
    fit = RLM(found.plain[judged] / sd, lean).fit()
    return float(np.clip(fit.params[0], 0.0, 1.0))


def _tau(
    found: Deviations, deviation: NDArray, curves: RestCurves, judged: NDArray[np.bool_], task: int, needed: int
) -> float:
    chosen = judged[:, task]
    if chosen.sum() < needed:
        return np.nan
    load = (curves.max_points[task] * found.per_logit[chosen, task]) ** 2
    return float(np.sqrt(natural_variance(deviation[chosen, task], found.variance[chosen, task], load)))
