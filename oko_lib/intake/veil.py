"""What of a sheet may leave intake: names of children and their dates of birth do not, wherever they stand.

Columns that name a child are known from the mapping. But names also get into other columns (shifted rows, notes,
titles), and messages quote cells. Three rules cover that on a sheet with names:

* a cell that could not be taken is quoted only when it is *harmless*: a number, a code, a word of our own dictionaries
  or one misspelt;
* a column whose heading is unknown, or that has none, is not shown at all;
* elsewhere the words of the names and the dates of birth met on the sheet are blotted out.

On other sheets nobody expects a name; there a cell that looks like one by its form is not shown.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from difflib import get_close_matches
from functools import lru_cache

from oko_lib.intake.pseudonyms import HIDDEN, read_birth_date
from oko_lib.intake.text import fold, is_blank, shown

_RUN = re.compile(r"[^\W\d_]+")
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_DATE = re.compile(r"(?<![\d.])(?:\d{1,2}[./-]\d{1,2}[./-](?:\d{4}|\d{2})|\d{4}-\d{1,2}-\d{1,2})(?![\d.])")
_CODE = re.compile(r"(?:edu|sch|reg)[\w ]*", re.IGNORECASE | re.ASCII)
#: «Иванов Пётр Иванович», «Иванова Анна Петровна», «Иванов П.И.»: what a name looks like when nobody says it is one.
_FULL_NAME = re.compile(
    r"(?:\b[А-ЯЁ][а-яё]+(?:-[А-ЯЁ][а-яё]+)?|\b[А-ЯЁ-]{2,})\s+"
    r"(?:(?:[А-ЯЁ][а-яё]+|[А-ЯЁ]{2,})\s+(?:[А-ЯЁ][а-яё]+(?:вич|вна|чна)|[А-ЯЁ]+(?:ВИЧ|ВНА|ЧНА))\b|[А-ЯЁ]\.\s*[А-ЯЁ]\.)"
)
#: A key or the token of a name as :func:`fold` leaves them.
_PSEUDONYM = re.compile(r"[a-zа-я]-[0-9a-fа-я]{20}")
_NEAR = 0.85
_NEAR_LETTERS = 5


def looks_like_name(text: str) -> bool:
    """Tell whether a text holds a full name, or a surname with initials behind it, going by its form."""
    return _FULL_NAME.search(text) is not None


def without_names(text: str) -> str:
    """Return a text with what looks like a name blotted out."""
    return _FULL_NAME.sub(HIDDEN, text)


class KnownWords:
    """Words of headings and dictionaries: quoting them gives nobody away.

    Parameters
    ----------
    texts : iterable of str
        Headings, spellings, names of subjects.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        self._words = frozenset(run for text in texts for run in _RUN.findall(fold(text)))
        self._near = lru_cache(maxsize=4096)(self._is_near)

    def __reduce__(self) -> tuple:
        return KnownWords, (tuple(self._words),)

    def __contains__(self, word: str) -> bool:
        return word in self._words

    def covers(self, text: str) -> bool:
        """Tell whether all words of a text are known, letter for letter, and there is one."""
        runs = _RUN.findall(fold(text))
        return bool(runs) and all(run in self._words for run in runs) and not _DATE.search(text)

    def near(self, word: str) -> bool:
        """Tell whether a folded word is known or a known word misspelt."""
        return word in self._words or self._near(word)

    def _is_near(self, word: str) -> bool:
        return len(word) >= _NEAR_LETTERS and bool(get_close_matches(word, self._words, n=1, cutoff=_NEAR))


class Veil:
    """What may be shown of a sheet with names.

    Parameters
    ----------
    people : iterable of str
        Folded full names of the sheet.
    written : iterable of object
        All cells of the columns of names and of dates of birth, whatever stands there.
    known : KnownWords
        Words that are no names even if a child is called so.
    """

    def __init__(self, people: Iterable[str], written: Iterable[object], known: KnownWords) -> None:
        self._known = known
        self._people: dict[str, set[str]] = {}
        for name in people:
            surname, first = name.split()[:2]
            self._people.setdefault(surname, set()).add(first)
        cells = {cell for cell in written if not is_blank(cell)}
        texts = (fold(shown(cell)) for cell in cells)
        runs = {run for text in texts if not _PSEUDONYM.fullmatch(text) for run in _RUN.findall(text)}
        self._names = {run for run in runs if len(run) > 1 and run not in known}
        self._births = {born for born in map(read_birth_date, cells) if born is not None}
        self._shown = lru_cache(maxsize=65536)(self._blotted)

    def harmless(self, cell: object) -> bool:
        """Tell whether a cell that could not be taken may be quoted."""
        if isinstance(cell, bool) or is_blank(cell):
            return True
        born = read_birth_date(cell)
        if isinstance(cell, int | float):
            return born not in self._births
        text = shown(cell)
        if born is not None or isinstance(cell, dt.date) or _DATE.search(text):
            return False
        if _CODE.fullmatch(text):
            return True
        runs = _RUN.findall(fold(text))
        return all(len(run) == 1 or (run not in self._names and self._known.near(run)) for run in runs)

    def text(self, text: str) -> str:
        """Return a text with the names and the dates of birth of the sheet blotted out."""
        return _DATE.sub(self._date, _WORD.sub(self._word, text))

    def _blotted(self, text: str) -> str:
        return self.text(without_names(text))

    def names_somebody(self, text: str) -> bool:
        """Tell whether a text holds surname and first name of somebody: one alone may be a place or a thing."""
        runs = set(_WORD.findall(fold(text)))
        return looks_like_name(text) or any(self._people[run] & runs for run in runs if run in self._people)

    def cell(self, cell: object) -> object:
        """Return a cell with the names and the dates of birth of the sheet blotted out."""
        if isinstance(cell, str):
            return self._shown(cell)
        if isinstance(cell, dt.date):
            day = cell.date() if isinstance(cell, dt.datetime) else cell
            return HIDDEN if day in self._births else cell
        return cell

    def _word(self, found: re.Match[str]) -> str:
        runs = _RUN.findall(fold(found.group()))
        return HIDDEN if any(run in self._names for run in runs) else found.group()

    def _date(self, found: re.Match[str]) -> str:
        return HIDDEN if read_birth_date(found.group()) in self._births else found.group()
