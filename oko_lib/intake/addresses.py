"""Addresses of cells as Excel shows them."""

from __future__ import annotations

from functools import lru_cache


@lru_cache(maxsize=4096)
def column_letters(column: int) -> str:
    """Return the letters of a column counted from zero: 0 → A, 26 → AA."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def address(row: int, column: int) -> str:
    """Return the address of a cell by its row and column counted from zero: (14, 7) → H15."""
    return f"{column_letters(column)}{row + 1}"
