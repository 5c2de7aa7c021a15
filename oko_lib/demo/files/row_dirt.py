"""Spoilt rows in plain tables: kinds of dirt, where they fit, and the places they were put in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from oko_lib.demo.files.books import Book
from oko_lib.demo.files.workbook import Value

#: Of the files of a layout the smaller third is spoilt, but no fewer than this.
_FILES_AT_LEAST = 3

Row = list[Value]
#: Row, row above, generator → whether the row was spoilt (in place); False where it gives no occasion.
Spoil = Callable[[Row, Row, np.random.Generator], bool]


@dataclass(frozen=True)
class Kind:
    """One kind of dirt.

    Parameters
    ----------
    layout : str
        Where it is met.
    quarantined : int
        Source rows that cannot be accepted because of it; 0 — the row must be understood as it is.
    spoil : callable
    """

    layout: str
    quarantined: int
    spoil: Spoil


def part_over(part: int, whole: int) -> Spoil:
    """A part greater than the whole it is counted in."""

    def spoil(row: Row, above: Row, rng: np.random.Generator) -> bool:
        if row[part] is None or row[whole] is None:
            return False
        row[part] = row[whole] + int(rng.integers(1, 9))
        return True

    return spoil


def spoil_rows(
    books: list[Book], kinds: Mapping[str, Kind], wanted: Mapping[str, int], rng: np.random.Generator
) -> dict:
    """Spoil rows of the books in place.

    Parameters
    ----------
    books : list of Book
    kinds : mapping
        Name → kind.
    wanted : mapping
        Name → how many rows to spoil.

    Returns
    -------
    dict
        For the truth file: ``counts`` by kind, ``quarantined_rows_each``, ``quarantined_rows`` and ``places``.
    """
    counts: Counter = Counter()
    places: list[dict] = []
    taken: set[tuple[int, int]] = set()
    for name, kind in kinds.items():
        own = [number for number, book in enumerate(books) if book.layout == kind.layout]
        # Small municipalities type by hand; and what is sent back to be corrected stays short.
        own = sorted(own, key=lambda number: len(books[number].rows))[: max(_FILES_AT_LEAST, len(own) // 3)]
        sizes = np.array([len(books[number].rows) - 1 for number in own], dtype=int)
        total = int(sizes.sum())
        starts = np.concatenate([[0], np.cumsum(sizes)])
        # More places than wanted are drawn: not every row gives an occasion.
        for place in rng.choice(total, min(total, 12 * wanted[name]), replace=False):
            if counts[name] == wanted[name]:
                break
            which = int(np.searchsorted(starts, place, side="right")) - 1
            number, row = own[which], int(place - starts[which]) + 1
            # Neighbours are kept clean: a repeated code is the code of the row above.
            if row < 2 or taken & {(number, row - 1), (number, row), (number, row + 1)}:
                continue
            rows = books[number].rows
            if not kind.spoil(rows[row], rows[row - 1], rng):
                continue
            taken.add((number, row))
            counts[name] += 1
            where = {"kind": name, "file": books[number].path, "row": row + 1}
            if "Логин ОО" in rows[0]:
                where["login"] = rows[row][rows[0].index("Логин ОО")]
            places.append(where)
    return dirt_truth(kinds, counts, places)


def dirt_truth(kinds: Mapping[str, Kind], counts: Mapping[str, int], places: list[dict]) -> dict:
    """What the truth file says of spoilt rows."""
    return {
        "counts": {name: counts[name] for name in kinds},
        "quarantined_rows_each": {name: kind.quarantined for name, kind in kinds.items()},
        "quarantined_rows": sum(counts[name] * kind.quarantined for name, kind in kinds.items()),
        "places": places,
    }
