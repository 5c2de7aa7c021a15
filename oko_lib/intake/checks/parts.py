"""Pieces that checks of mapped tables are made of: parts and wholes, presence, where to point."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from oko_lib.intake.checks.rule import Block, Rule


def given(block, *names: str) -> np.ndarray:
    """Rows where at least one of the columns has a number."""
    return np.any([~np.isnan(block.number(name)) for name in names], axis=0)


def filled(block, name: str) -> np.ndarray:
    """Rows where a column of any type has a value."""
    return np.array([value is not None for value in block.text(name)], dtype=bool)


def total(block, names: tuple[str, ...]) -> np.ndarray:
    """Sum of the columns, NaN where one of them has no value."""
    return np.sum([block.number(name) for name in names], axis=0)


def differs(block, names: tuple[str, ...]) -> np.ndarray:
    """Rows where the columns are all given and do not add up to the number of participants."""
    sums, whole = total(block, names), block.number("n_participants")
    return ~np.isnan(sums + whole) & (sums != whole)


def present(block) -> np.ndarray:
    """Rows of those who were there."""
    return block.text("present") == True  # noqa: E712 (an array of objects)


def absent(block) -> np.ndarray:
    """Rows of those who were not."""
    return block.text("present") == False  # noqa: E712 (an array of objects)


def at(*names: str) -> Callable[[Block], tuple[int, ...]]:
    """Point at the first of the columns that is on the sheet."""
    return lambda block: block.columns(*names)[:1]


def parts(code: str, title: str, message: str, whole: str, *names: str) -> Rule:
    """Return the check that none of the parts exceeds the whole."""

    def wrong(block) -> np.ndarray:
        there = [name for name in names if name in block.places]
        limit = block.number(whole)
        found = [block.number(name) > limit for name in there]
        return np.column_stack(found) if found else np.zeros((len(limit), 0), dtype=bool)

    return Rule(code, title, message, wrong=wrong, columns=lambda block: block.columns(*names))
