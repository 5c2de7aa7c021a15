"""Order of schools in a figure: by name as a person counts, never by result."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pandas as pd

_NUMBER = re.compile(r"(\d+)")


def natural_key(name: object) -> tuple[tuple[int, int, str], ...]:
    """Return what a name is sorted by: «СОШ № 2» comes before «СОШ № 10», «ё» is «е», capitals do not matter."""
    parts = _NUMBER.split(" ".join(str(name).split()).casefold().replace("ё", "е"))
    return tuple((0, int(part), "") if part.isdecimal() else (1, 0, part) for part in parts if part)


def by_name(frame: pd.DataFrame, column: str = "school") -> pd.DataFrame:
    """Return the rows in the natural order of a column; equal names keep the order given."""
    keys = [natural_key(name) for name in frame[column]]
    return frame.iloc[sorted(range(len(frame)), key=keys.__getitem__)].reset_index(drop=True)


def portions(frame: pd.DataFrame, rows: int, column: str = "school") -> Iterator[pd.DataFrame]:
    """Cut a frame into parts of at most `rows` rows for several figures, in natural order, no school torn apart.

    A school with more rows than `rows` makes a part of its own.

    Parameters
    ----------
    frame : DataFrame
        Rows of schools.
    rows : int
        Most rows of a part, at least one.
    column : str
        Names of the schools.
    """
    ordered = by_name(frame, column)
    taken: list[pd.DataFrame] = []
    for _, block in ordered.groupby(column, sort=False):
        if taken and sum(map(len, taken)) + len(block) > rows:
            yield pd.concat(taken, ignore_index=True)
            taken = []
        taken.append(block)
    if taken:
        yield pd.concat(taken, ignore_index=True)
