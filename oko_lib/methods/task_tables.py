"""What a region does in a task given the rest of the work: the tables that schools and classes are compared with."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from .result import Refusal


@dataclass(frozen=True)
class TaskTables:
    """Tables of one work.

    Parameters
    ----------
    tasks : tuple of str
    max_points : ndarray of int, shape (tasks,)
    tau : ndarray of float, shape (tasks,)
        Natural standard deviation of a unit in a task, logits.
    n_units, n : int
        Units the natural variation was estimated from; pupils.
    refusal : Refusal or None
        Too few units or pupils, or fewer than three tasks.
    """

    tasks: tuple[str, ...]
    max_points: NDArray[np.int64]
    tau: NDArray[np.float64]
    n_units: int
    n: int
    refusal: Refusal | None = None


def task_tables(
    scores: pd.DataFrame,
    max_points: ArrayLike,
    unit: ArrayLike,
    *,
    minimum_n: int = 10,
    minimum_units: int = 20,
) -> TaskTables:
    """Tables of one work from all pupils of the region; ``unit`` decides whose natural variation (schools or classes).

    Parameters are those of :func:`~oko_lib.methods.task_functioning.task_functioning`.
    """
    raise NotImplementedError
