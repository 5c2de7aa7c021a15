"""What a check is: a code, a vectorised predicate over a block of rows, and a message."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from oko_lib.intake.drafts import Issue
from oko_lib.intake.text import shown


class Block(Protocol):
    """Rows of one sheet with their columns parsed."""

    def cell(self, candidate: int, column: int) -> object:
        """Return the cell as it stands in the file."""

    def details(self, candidate: int, column: int | None) -> dict[str, object]:
        """Return what a message may need to know about a place: bounds, maximum, sum."""


@dataclass(frozen=True)
class Rule:
    """One check.

    Parameters
    ----------
    code : str
        Stable code, kept in the quarantine.
    title_ru : str
        What the check is about, for lists of rules.
    message_ru : str
        Template: ``{found}`` is what stands in the cell, other names come from ``Block.details``.
    wrong : callable
        Block → boolean array of shape (rows,) or (rows, len(columns(block))).
    columns : callable
        Block → columns of the sheet the predicate's second axis runs over; for a one-dimensional predicate, the
        column to point at (empty when it is about the whole row).
    """

    code: str
    title_ru: str
    message_ru: str
    wrong: Callable[[Block], np.ndarray]
    columns: Callable[[Block], tuple[int, ...]]


def apply(rules: Iterable[Rule], block: Block) -> list[Issue]:
    """Return everything the rules find wrong in a block."""
    issues = []
    for rule in rules:
        wrong = rule.wrong(block)
        if not wrong.any():
            continue
        columns = rule.columns(block)
        for place in np.argwhere(wrong):
            candidate = int(place[0])
            column = columns[int(place[1])] if wrong.ndim == 2 else (columns[0] if columns else None)
            found = shown(block.cell(candidate, column)) if column is not None else ""
            message = rule.message_ru.format(found=found, **block.details(candidate, column))
            issues.append(Issue(candidate, column, rule.code, message))
    return issues
