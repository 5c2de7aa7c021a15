"""Zones of completion by the norms handed in, and whether the zone is sure."""

from __future__ import annotations

from enum import StrEnum

import pandas as pd
from numpy.typing import ArrayLike


class Zone(StrEnum):
    """Zones of completion of a task."""

    SUFFICIENT = "sufficient"
    BORDER = "border"
    INSUFFICIENT = "insufficient"


def completion_zones(
    points: ArrayLike,
    possible: ArrayLike,
    n: ArrayLike,
    sufficient: ArrayLike,
    insufficient: ArrayLike,
    *,
    design_effect: ArrayLike = 1.0,
    minimum_n: int = 10,
    level: float = 0.95,
) -> pd.DataFrame:
    """Zone of each completion.

    Parameters
    ----------
    points, possible : array_like of int
        Points scored and possible; for a published per cent, the per cent and 100.
    n : array_like of int
        Pupils.
    sufficient, insufficient : array_like of float
        Shares: at least ``sufficient`` is sufficient, below ``insufficient`` is insufficient, between is the border.
        One number, or one per row (levels of tasks have their own).
    design_effect : array_like of float
        Variance of the completion over that of ``n`` independent yes-or-no answers, from
        :func:`~oko_lib.methods.task_completion.task_completion`. 1 — the default, when only the per cent is known — is
        the widest that independent pupils can have.
    minimum_n : int
        Fewer pupils are a refusal: completion stays, no zone.
    level : float
        Of the interval.

    Returns
    -------
    DataFrame
        In the order given: ``n``, ``completion``, ``low``, ``high``, ``zone`` (:class:`Zone`), ``reliable`` (the whole
        interval lies in the zone), ``refusal``.

    Raises
    ------
    ValueError
        If ``insufficient`` exceeds ``sufficient``, or counts are impossible.
    """
    raise NotImplementedError
