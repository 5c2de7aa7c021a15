"""Whole columns parsed at once: a parser runs once per distinct cell, arrays come out."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import numpy as np

from oko_lib.intake.text import shown
from oko_lib.intake.values import Kind

Parsed = TypeVar("Parsed")


def _distinct(cells: list[object]) -> tuple[list[object], set[object]]:
    """Return the cells and the set of them; TRUE and 1, which Python calls equal, are made distinct first."""
    distinct = set(cells)
    if (True in distinct or False in distinct) and bool in set(map(type, cells)):
        cells = [shown(cell) if isinstance(cell, bool) else cell for cell in cells]
        distinct = set(cells)
    return cells, distinct


def translate(cells: list[object], parser: Callable[[object], Parsed]) -> list[Parsed]:
    """Return ``[parser(cell) for cell in cells]``, calling `parser` once per distinct cell."""
    cells, distinct = _distinct(cells)
    parsed = {cell: parser(cell) for cell in distinct}
    return [parsed[cell] for cell in cells]


def numbers(cells: list[object], parser: Callable[[object], tuple[float, Kind]]) -> tuple[np.ndarray, np.ndarray]:
    """Parse cells into numbers.

    Parameters
    ----------
    cells : list
        Cells in any order (a column, or a block read row by row).
    parser : callable
        Cell → (number, kind).

    Returns
    -------
    values : ndarray of float64
        NaN where the kind is not ``Kind.NUMBER``.
    kinds : ndarray of int8
        Members of :class:`Kind`.
    """
    cells, distinct = _distinct(cells)
    order = {cell: place for place, cell in enumerate(distinct)}
    parsed = [parser(cell) for cell in order]
    place = np.fromiter(map(order.__getitem__, cells), dtype=np.int32, count=len(cells))
    values = np.array([value for value, _ in parsed], dtype=np.float64)
    kinds = np.array([kind for _, kind in parsed], dtype=np.int8)
    if not len(parsed):
        return np.empty(0), np.empty(0, dtype=np.int8)
    return values[place], kinds[place]
