"""What a child's home result makes one expect of the next stage: whether it comes, and how it does.

Expectations come from the children of the other schools: a school with unusual results never tells what is usual.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit, logit

from .unit_deviations import others_of_cell

#: Children whose experience a group of few borrows from the wider one.
_BORROWED = 10.0
#: Probabilities are kept this far from 0 and 1.
_EDGE = 0.02
#: Groups of home scores within a cell, by rank.
_COMING_GROUPS, _RESULT_GROUPS = 5, 8


def rank_groups(score: NDArray[np.float64], cell: NDArray[np.int64], groups: int) -> NDArray[np.int64]:
    """Equal groups of a cell's entries by their score, ties together; ranks do not mind how far a score is raised."""
    ranks = pd.Series(score).groupby(cell)
    position = (ranks.rank() - 0.5) / ranks.transform("size")
    return np.minimum((position.to_numpy() * groups).astype(int), groups - 1)


def expected_coming(
    came: NDArray[np.float64], score: NDArray[np.float64], cell: NDArray[np.int64], unit: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Probability of coming by cell and home score, from the other units.

    Parameters
    ----------
    came : ndarray
        0 or 1 by entry.
    score : ndarray
        Home scores, comparable within a cell.
    cell, unit : ndarray of int
        Codes.

    Returns
    -------
    probability : ndarray
        Share of those with such a score in the cell, drawn to what score (over all cells) and cell (over all scores)
        make one expect together; ``nan`` without others.
    borrowed : ndarray
        Entries of the own unit in the cell over those it is compared with.
    """
    group = rank_groups(score, cell, _COMING_GROUPS)
    everywhere = np.zeros(len(came), dtype=int)
    overall, all_others, _ = others_of_cell(came, everywhere, unit)
    overall = _drawn(overall, all_others, 0.5)
    by_score = _drawn(*others_of_cell(came, group, unit)[:2], overall)
    in_cell, others, own = others_of_cell(came, cell, unit)
    by_cell = _drawn(in_cell, others, overall)
    supposed = expit(logit(by_score) + logit(by_cell) - logit(overall))
    fine = cell.astype(np.int64) * _COMING_GROUPS + group
    probability = _drawn(*others_of_cell(came, fine, unit)[:2], supposed)
    return np.where(all_others > 0, probability, np.nan), own / (others + _BORROWED)


def _drawn(
    mean: NDArray[np.float64], n: NDArray[np.float64], towards: NDArray[np.float64] | float
) -> NDArray[np.float64]:
    total = np.where(n > 0, mean, 0.0) * n
    return np.clip((total + _BORROWED * towards) / (n + _BORROWED), _EDGE, 1 - _EDGE)


def expected_result(
    result: NDArray[np.float64], score: NDArray[np.float64], cell: NDArray[np.int64], unit: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Result at the next stage by cell and home score, from the other units.

    Parameters
    ----------
    result : ndarray
        By entry, comparable within a cell.
    score : ndarray
        Home scores; constant when nothing is to be held fixed.
    cell, unit : ndarray of int
        Codes.

    Returns
    -------
    expected : ndarray
        In the unit of the result; ``nan`` without others in the cell.
    spread : ndarray
        Standard deviation of the cell.
    borrowed : ndarray
        Entries of the own unit in the cell over those of the others.
    """
    size = np.maximum(np.bincount(cell), 1)  # a code of no entry is nobody's cell
    centre = (np.bincount(cell, weights=result) / size)[cell]
    spread = np.sqrt(np.bincount(cell, weights=(result - centre) ** 2) / size)[cell]
    z = np.divide(result - centre, spread, out=np.zeros(len(result)), where=spread > 0)
    by_score = others_of_cell(z, rank_groups(score, cell, _RESULT_GROUPS), unit)[0]
    by_score = np.where(np.isfinite(by_score), by_score, 0.0)
    # What the others of the cell have beyond it; the own unit is in the cell's centre and must not be.
    left, others, own = others_of_cell(z - by_score, cell, unit)
    return centre + spread * (by_score + left), spread, own / np.maximum(others, 1)
