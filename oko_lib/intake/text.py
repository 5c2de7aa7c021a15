"""Text of cells made comparable: case, spaces, ё, look-alike letters of the two alphabets."""

from __future__ import annotations

import datetime as dt
import re
from functools import lru_cache

#: Latin letters (lower case) that look like Cyrillic ones; both sides of a comparison go through the same table.
_TO_CYRILLIC = str.maketrans("abcehkmoptxy", "авсенкмортху")
_TO_LATIN = str.maketrans("авсенкмортхуАВСЕНКМОРТХУ", "abcehkmoptxyABCEHKMOPTXY")
_UPPER_TO_CYRILLIC = str.maketrans("ABCEHKMOPTXY", "АВСЕНКМОРТХУ")
_NOT_WORD = re.compile(r"[^0-9a-zа-я%]+")


@lru_cache(maxsize=65536)
def fold(text: str) -> str:
    """Return `text` in lower case, single-spaced, with ё as е and look-alike Latin letters as Cyrillic ones."""
    return " ".join(text.casefold().replace("\u00ad", "").split()).replace("ё", "е").translate(_TO_CYRILLIC)


@lru_cache(maxsize=65536)
def words(text: str) -> str:
    """Return the folded words of `text`, punctuation dropped: the form in which headings are compared."""
    return _NOT_WORD.sub(" ", fold(text)).strip()


def latin(text: str) -> str:
    """Return `text` with look-alike Cyrillic letters as Latin ones: the alphabet of logins and codes."""
    return text.translate(_TO_LATIN)


def cyrillic_upper(text: str) -> str:
    """Return `text` in upper case with look-alike Latin letters as Cyrillic ones: the alphabet of class letters."""
    return text.upper().translate(_UPPER_TO_CYRILLIC)


def tidy(text: str) -> str:
    """Return `text` with runs of any white space squeezed to one space."""
    return " ".join(text.split())


def is_blank(cell: object) -> bool:
    """Tell whether a cell holds nothing a reader could see."""
    return cell is None or cell == "" or (isinstance(cell, str) and not cell.strip())


def is_blank_row(row: list[object]) -> bool:
    """Tell whether every cell of a row is blank."""
    return all(is_blank(cell) for cell in row)


def shown(cell: object) -> str:
    """Return the cell as its author sees it in the sheet: 40001 and not 40001.0, 20.04.2026 and not 2026-04-20."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "ИСТИНА" if cell else "ЛОЖЬ"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell).replace(".", ",")
    if isinstance(cell, dt.datetime):
        return cell.strftime("%d.%m.%Y %H:%M")
    if isinstance(cell, dt.date):
        return cell.strftime("%d.%m.%Y")
    return tidy(str(cell))


def title(cell: object) -> str:
    """Return the cell as words of a heading; a number becomes its digits."""
    if isinstance(cell, str):
        return words(cell) if cell else ""
    return words(shown(cell))
