"""Names of children as typists write them: one child is spelt differently, and is one child all the same."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from oko_lib.demo.talent.people import Names
from oko_lib.demo.talent.settings import SpellingSettings


@dataclass(frozen=True)
class Spelt:
    """Names as they stand in a file.

    Parameters
    ----------
    full, last, first, middle, born : list of str
    """

    full: list[str]
    last: list[str]
    first: list[str]
    middle: list[str]
    born: list[str]


def spell(names: Names, without_yo: np.ndarray, settings: SpellingSettings, rng: np.random.Generator) -> Spelt:
    """Write names down.

    Parameters
    ----------
    without_yo : ndarray of bool
        Whether the writer of the name writes «е» for «ё».
    """
    last, first, middle, full = [], [], [], []
    draws = rng.random((len(names.last), 3)).tolist()
    fields = zip(names.last, names.first, names.middle, without_yo.tolist(), draws, strict=True)
    for surname, name, patronymic, plain, (capitals, lower, spaces) in fields:
        parts = [surname, name, patronymic]
        if plain:
            parts = [part.replace("ё", "е").replace("Ё", "Е") for part in parts]
        if capitals < settings.capitals:
            parts[0] = parts[0].upper()
        elif lower < settings.lower_case:
            parts = [part.lower() for part in parts]
        odd = spaces < settings.spaces
        if odd:
            parts[0] = parts[0].replace("-", " - ")
        last.append(f" {parts[0]}" if odd else parts[0])
        first.append(f"{parts[1]} " if odd else parts[1])
        middle.append(parts[2])
        full.append(("  " if odd else " ").join(part for part in parts if part))
    return Spelt(full, last, first, middle, names.born.tolist())
