"""Keys of pupils: the name of a child and its date of birth become a keyed hash, the same for every spelling.

A name is first *folded*: case, «ё», spaces, hyphens and look-alike Latin letters do not matter, a patronymic that is
said to be missing is missing. Of the folded name HMAC-SHA256 with the local secret (:mod:`oko_lib.settings.secret`)
makes a *name token* ``n-…``; of the token and the date of birth it makes the *key* ``p-…``. Without the date, the
school and the cohort (year − grade: the same number as long as the child moves up) stand in for it. The two steps let
a return workbook carry the token where the key is not certain yet: a corrected login then gives the right key.

Nothing here guesses: a name of which only initials are there, or one word, has no key at all, because two children
would get the same one.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from dataclasses import dataclass
from enum import Enum

from oko_lib.intake.errors import FileRefused
from oko_lib.intake.text import fold, is_blank, shown
from oko_lib.settings.loading import SettingsError
from oko_lib.settings.secret import Secret, SecretPlace

#: What stands in outgoing files in place of a name, of a date of birth, or of a cell that may hold one.
HIDDEN = "скрыто"

_DIGITS = 20
_KEY = re.compile(rf"p-[0-9a-f]{{{_DIGITS}}}")
_TOKEN = re.compile(rf"n-[0-9a-f]{{{_DIGITS}}}")

_INVISIBLE = re.compile(r"[\u00ad\u0300\u0301\u200b-\u200f\u2060\ufeff]")
_APOSTROPHES = re.compile(r"['`´ʼ’‘\"«»“”„]")
_DASHES = re.compile(r"\s*[-‐‑‒–—―−]\s*")
_NUMBERING = re.compile(r"^\s*\d{1,3}\s*[.)]\s*(?=\D)")
_INITIAL = re.compile(r"(?:^|[\s.-])[^\W\d_]\s*\.")
#: Ways to say that a part of the name is not there.
_NOTHING = {fold(word) for word in ("", "-", "нет", "отсутствует", "не имеет", "б/о", "без отчества", "н/д", "нету")}
#: First names of two letters; in capitals they look like initials.
_TWO_LETTERS = {"ян", "ия", "ли", "ай", "эд", "юн", "ив"}


class NameKind(Enum):
    """What the cells of a name hold."""

    NONE = "none"
    FULL = "full"
    #: A lasting key, or the token of a name, from a return workbook.
    KEY = "key"
    TOKEN = "token"
    #: Initials, one word, «скрыто», or something that is no name: no key can be made.
    INITIALS = "initials"
    PARTIAL = "partial"
    WITHHELD = "withheld"
    STRANGE = "strange"


@dataclass(frozen=True)
class Name:
    """A name as read.

    Parameters
    ----------
    kind : NameKind
        What it is.
    text : str
        The folded name; the key or the token itself for those two; empty otherwise.
    """

    kind: NameKind
    text: str = ""


def read_name(*cells: object) -> Name:
    """Return the name that stands in one cell or in several (surname, first name, patronymic).

    Parameters
    ----------
    *cells : object
        Cells in the order of a full name.
    """
    texts = [_plain(cell) for cell in cells if not is_blank(cell)]
    for text in texts:
        if _KEY.fullmatch(text.casefold()):
            return Name(NameKind.KEY, text.casefold())
        if _TOKEN.fullmatch(text.casefold()):
            return Name(NameKind.TOKEN, text.casefold())
    if any(fold(text) == HIDDEN for text in texts):
        return Name(NameKind.WITHHELD)
    texts = [text for text in texts if fold(text) not in _NOTHING]
    if not texts:
        return Name(NameKind.NONE)
    written = _NUMBERING.sub("", " ".join(texts))
    return Name(NameKind.INITIALS) if _INITIAL.search(written) else _judged(re.sub("[,.]", " ", written).split())


def _judged(words: list[str]) -> Name:
    """Return the name that words make, or why they make none."""
    words = [word for word in (word.strip("-") for word in words) if word]
    while words and fold(words[-1]) in _NOTHING:  # «Цой Ирина нет»
        words.pop()
    if not words:
        return Name(NameKind.NONE)
    if not all(part.isalpha() for word in words for part in word.split("-")):
        return Name(NameKind.STRANGE)
    if len(words) < 2:
        return Name(NameKind.PARTIAL)
    return Name(NameKind.INITIALS) if _has_initials(words) else Name(NameKind.FULL, fold(" ".join(words)))


def _has_initials(words: list[str]) -> bool:
    # A surname may have one letter («Ю Ален Викторович»), a first name may not.
    if any(len(word) == 1 for word in words[1:]) or (len(words[0]) == 1 and len(words) == 2):
        return True
    # «Иванов ИИ»: two capitals and nothing behind them.
    capitals = len(words) == 2 and len(words[1]) == 2 and words[1].isupper()
    return capitals and fold(words[1]) not in _TWO_LETTERS


def _plain(cell: object) -> str:
    """Return the text of a cell without marks nobody sees, hyphens written alike; «й» and «ё» are single letters."""
    text = _APOSTROPHES.sub("", _INVISIBLE.sub("", unicodedata.normalize("NFKC", shown(cell))))

    def hyphen(found: re.Match[str]) -> str:
        # Between letters it joins them; at an end it says «нет».
        return "-" if found.start() > 0 and found.end() < len(text) else " - "

    return " ".join(_DASHES.sub(hyphen, text).split())


# --- dates of birth --------------------------------------------------------------------------------------------------

_DOTTED = re.compile(r"^(\d{1,2})[./-](\d{1,2})[./-](\d{4}|\d{2})(?:\s*г\.?)?(?:\s+\d{1,2}:\d{2}(?::\d{2})?)?$")
_ISO = re.compile(r"^(\d{4})[./-](\d{1,2})[./-](\d{1,2})(?:[tт\s]\d{1,2}:\d{2}(?::\d{2})?(?:\.\d+)?)?$")
_IN_WORDS = re.compile(r"^(\d{1,2})\s+([а-я]+)\s+(\d{4})(?:\s*г(?:ода)?\.?)?$")
_SERIAL = re.compile(r"^\d{5}(?:[.,]0+)?$")
_MONTHS = tuple(map(fold, ("янв", "фев", "мар", "апр", "ма", "июн", "июл", "авг", "сен", "окт", "ноя", "дек")))
_EXCEL_ZERO = dt.date(1899, 12, 30)
#: Nobody at school was born earlier; a number read as an Excel date before it is no date of birth.
_EARLIEST = dt.date(1990, 1, 1)
_YOUNGEST, _OLDEST = 4, 25


def read_birth_date(cell: object, year: int | None = None) -> dt.date | None:
    """Return the date of birth in a cell, None when it is no date of birth of a pupil.

    Excel dates, Excel's numbers of days, ``01.02.2011``, ``1.2.11``, ``2011-02-01``, «1 февраля 2011 г.».

    Parameters
    ----------
    cell : object
        Cell that is not blank.
    year : int, optional
        Year in which the person was at school; the age must then be possible.
    """
    found = _date(cell)
    if found is None or found < _EARLIEST:
        return None
    if year is not None and not _YOUNGEST <= year - found.year <= _OLDEST:
        return None
    return found


def _date(cell: object) -> dt.date | None:
    if isinstance(cell, dt.datetime):
        return cell.date()
    if isinstance(cell, dt.date):
        return cell
    if isinstance(cell, bool):
        return None
    text = fold(_INVISIBLE.sub("", shown(cell))).lstrip("'")
    if _SERIAL.match(text):
        return _EXCEL_ZERO + dt.timedelta(days=int(text[:5]))
    if found := _ISO.match(text):
        return _calendar(*found.group(1, 2, 3))
    if found := _DOTTED.match(text):
        day, month, year = found.groups()
        return _calendar(_century(year), month, day)
    if found := _IN_WORDS.match(text):
        day, word, year = found.groups()
        month = next((number for number, start in enumerate(_MONTHS, start=1) if word.startswith(start)), 0)
        return _calendar(year, month, day)
    return None


def _century(year: str) -> str:
    """Return a year in four digits; no pupil was born before 1990, so «90» and more are of the last century."""
    return year if len(year) == 4 else f"{'19' if year >= '90' else '20'}{year}"


def _calendar(year: object, month: object, day: object) -> dt.date | None:
    try:
        return dt.date(int(year), int(month), int(day))
    except ValueError:
        return None


# --- keys ------------------------------------------------------------------------------------------------------------


class PupilKeys:
    """Makes keys; opens the secret when the first one is asked for.

    An object goes to other processes without the secret: each opens the file itself, so that the secret is in no
    argument, no environment and no message between processes.

    Parameters
    ----------
    place : SecretPlace
        Where the secret lies.
    """

    def __init__(self, place: SecretPlace) -> None:
        self.place = place
        self._secret: Secret | None = None

    def __reduce__(self) -> tuple:
        return PupilKeys, (self.place,)

    @property
    def fingerprint(self) -> str | None:
        """Fingerprint of the secret, None as long as no key was asked for."""
        return self._secret.fingerprint if self._secret else None

    def _sign(self, *parts: str) -> str:
        if self._secret is None:
            try:
                self._secret = self.place.open()
            except SettingsError as error:
                raise FileRefused(str(error)) from None
        return self._secret.sign("\n".join(parts))[:_DIGITS]

    def token(self, folded: str) -> str:
        """Return the token of a folded name."""
        return f"n-{self._sign('oko:name', folded)}"

    def dated(self, token: str, born: dt.date) -> str:
        """Return the key of a child whose date of birth is known."""
        return f"p-{self._sign('oko:pupil', token, born.isoformat())}"

    def undated(self, token: str, login: str, cohort: int) -> str:
        """Return the key of a child told from namesakes by its school and cohort (year − grade)."""
        return f"p-{self._sign('oko:pupil', token, login, str(cohort))}"
