"""The organiser's rule: who is a winner, a prize-winner, a participant."""

from __future__ import annotations

import numpy as np
import pandas as pd

#: Sums of points come in halves; anything nearer is a tie.
_TOLERANCE = 1e-9


def award(entries: pd.DataFrame, jury: np.ndarray, quota: np.ndarray) -> pd.DataFrame:
    """Give places and statuses to those who came.

    Parameters
    ----------
    entries : DataFrame
        ``grade, present, score, max_score``.
    jury : ndarray
        Number of the jury of every entry: it gives places by grade and awards no more than its quota over all grades.
    quota : ndarray
        Share of the jury's participants that may be awarded.

    Returns
    -------
    DataFrame
        `entries` with ``place`` (0 for the absent) and ``status`` (empty for the absent). A winner has the top score of
        the grade, more than half of the maximum; those with equal scores have one status; a tie that does not fit the
        quota is not awarded.
    """
    present = entries["present"].to_numpy()
    here = entries[present]
    juries = jury[present]
    group = [juries, here["grade"].to_numpy()]
    place = here["score"].groupby(group).rank(method="min", ascending=False)
    share = np.round(here["score"] / here["max_score"], 9)
    number = share.groupby(juries).transform("size")
    # How many have at least as much: those of a tie stand or fall together.
    reached = share.groupby(juries).rank(method="max", ascending=False)
    awarded = (reached <= np.floor(quota[present] * number + _TOLERANCE)) & (here["score"] > 0)
    winner = awarded & (place == 1) & (here["score"] > here["max_score"] / 2)
    status = np.select([winner, awarded], ["winner", "prize_winner"], default="participant")
    result = entries.assign(place=0, status="")
    result.loc[present, "place"] = place.astype(int)
    result.loc[present, "status"] = status
    return result
