"""Zones of completion by the norms handed in, and whether the zone is sure."""

from __future__ import annotations

from enum import StrEnum

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from .result import RefusalReason
from .task_completion import completion_bounds


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
    points, possible : array_like
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
        If ``insufficient`` exceeds ``sufficient``, or points exceed what is possible.

    Notes
    -----
    A quotient of whole points, like that of a written per cent and 100, is rounded to the nearest number a computer
    has, and so is the threshold: exactly 60 % is at least 0.6, exactly 57 % is not below 0.57.
    """
    values = (points, possible, n, sufficient, insufficient, design_effect)
    scored, most, pupils, enough, few, effect = np.broadcast_arrays(
        *(np.atleast_1d(np.asarray(value, dtype=float)) for value in values)
    )
    if np.any(few > enough):
        raise ValueError("insufficient must not exceed sufficient")
    if np.any((scored < 0) | (scored > most)):
        raise ValueError("points must lie between 0 and the possible ones")
    known = np.isfinite(scored) & np.isfinite(pupils) & (most > 0) & (pupils > 0)
    share = np.divide(scored, most, out=np.full(scored.shape, np.nan), where=known)
    judged = known & (pupils >= minimum_n)
    low, high = np.full(share.shape, np.nan), np.full(share.shape, np.nan)
    low[judged], high[judged] = completion_bounds(share[judged], pupils[judged], effect[judged], level)
    zone = np.where(share >= enough, Zone.SUFFICIENT, np.where(share < few, Zone.INSUFFICIENT, Zone.BORDER))
    reliable = np.where(
        zone == Zone.SUFFICIENT,
        low >= enough,
        np.where(zone == Zone.BORDER, (low >= few) & (high < enough), high < few),
    )
    refusal = np.where(known, RefusalReason.TOO_FEW.value, RefusalReason.NO_DATA.value).astype(object)
    return pd.DataFrame(
        {
            "n": np.where(known, pupils, 0).astype("int64"),
            "completion": share,
            "low": low,
            "high": high,
            "zone": pd.array(np.where(judged, zone, None), dtype="str"),
            "reliable": reliable & judged,
            "refusal": pd.array(np.where(judged, None, refusal), dtype="str"),
        }
    )
