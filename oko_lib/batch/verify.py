"""Does the finished PDF name its own municipality and no other?

A report sent to the wrong office, or one that lets another municipality's figures through, is worse than none. The text
is read back from the file itself, the way a reader sees it.

Names are compared word by word in any case form: «Северский район», «в Северском районе», «Северского р-на». An
adjective alone («северские школы») or a town of the same root («Северск») is not the district. Where names overlap the
longest wins, so «Новый Северск» is not a mention of «Северск». Passages that may carry foreign names, such as full
names of one's own schools, are given as `allowed` and put aside first.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

#: Words that say what kind of unit it is, each with the spellings that stand for it.
_KINDS: dict[str, str] = {
    "район": r"район(?:а|у|ом|е)?|р-н(?:а|у|ом|е)?",
    "округ": r"округ(?:а|у|ом|е)?",
    "город": r"город(?:а|у|ом|е)?|г",
    "поселок": r"посел(?:ок|ка|ку|ком|ке)|пгт|п",
    "село": r"сел(?:о|а|у|ом|е)|с",
    "область": r"област(?:ь|и|ью)|обл",
    "край": r"кра(?:й|я|ю|ем|е)",
    "республика": r"республик(?:а|и|е|у|ой)|респ",
    "зато": r"зато",
}
#: Adjectives that add nothing to tell units apart; a text may leave them out.
_OPTIONAL = frozenset({"муниципальный", "муниципальное", "городской", "образование", "сельский"})
_ADJECTIVE_ENDINGS = "ый|ий|ой|ого|его|ому|ему|ым|им|ом|ем|ая|яя|ую|юю|ей|ое|ее|ые|ие|ых|их|ыми|ими"
_NOUN_ENDINGS = "а|я|у|ю|ом|ем|ём|е|о|ы|и|ой|ей|ью|ь|й|ов|ев|ам|ям|ами|ями|ах|ях"
_ADJECTIVE = re.compile(rf"^(.{{2,}}?(?:ск|цк|[бвгджзклмнпрстфхцчшщ]н?))(?:{_ADJECTIVE_ENDINGS})$")
_TOKEN = re.compile(r"[0-9a-zа-я]+(?:-[0-9a-zа-я]+)*")


class IdentityError(Exception):
    """The report does not name whom it is about, or names somebody else; the message is in Russian."""


@dataclass(frozen=True)
class _Name:
    """A name as a sequence of word patterns, some of which may be missing in a text."""

    title: str
    words: tuple[tuple[re.Pattern[str], bool], ...]
    own: bool

    @property
    def first_words(self) -> list[re.Pattern[str]]:
        """Patterns a mention can begin with: the words that may be missing before it, and the first that may not."""
        needed = next((at for at, (_, optional) in enumerate(self.words) if not optional), len(self.words))
        return [pattern for pattern, _ in self.words[: needed + 1]]

    def length_at(self, tokens: list[str], start: int) -> int:
        """Return how many tokens from `start` on spell this name (0 when they do not)."""
        position = start
        for pattern, optional in self.words:
            if position < len(tokens) and pattern.fullmatch(tokens[position]):
                position += 1
            elif not optional:
                return 0
        return position - start


def folded(text: str) -> str:
    """Return `text` in lower case, without «ё», soft hyphens and line breaks; words broken over lines are joined."""
    plain = text.replace("\r\n", "\n").replace("\u2010", "-").replace("\u2011", "-")
    # PDFium marks a word the typesetter has broken with U+FFFE, others with a soft hyphen.
    plain = re.sub("[\u00ad\ufffe]\n?", "", plain)
    # A hyphen at a line's end before a small letter is the typesetter's; readers of PDF put a space before it.
    plain = re.sub(r"(?<=[а-яё])[ \t]?-[ \t]*\n[ \t]*(?=[а-яё])", "", plain)
    plain = re.sub(r"-[ \t]*\n[ \t]*", "-", plain)
    return " ".join(plain.casefold().replace("ё", "е").split())


def _word_pattern(word: str, alone: bool) -> re.Pattern[str]:
    """Return a pattern of `word` in any case form."""
    if word in _KINDS:
        return re.compile(_KINDS[word])
    head, dash, last = word.rpartition("-")
    head = re.escape(head + dash)
    adjective = _ADJECTIVE.match(last)
    if adjective and not alone:
        return re.compile(rf"{head}{re.escape(adjective[1])}(?:{_ADJECTIVE_ENDINGS})")
    if re.fullmatch(r"[0-9]+|[a-z0-9-]+", last):
        return re.compile(re.escape(word))
    stem = re.sub(r"(?:[аяоеыиьй])$", "", last) if len(last) > 3 else last
    endings = f"{_ADJECTIVE_ENDINGS}|{_NOUN_ENDINGS}" if adjective else _NOUN_ENDINGS
    if adjective:
        stem = adjective[1]
    elif stem.endswith(("ск", "цк")):
        # «Северском» is far more often the adjective (лицее, районе) than the town in the instrumental case.
        endings = "а|у|е"
    return re.compile(rf"{head}{re.escape(stem)}(?:{endings})?")


# A run asks about the same names in every report; forked reports inherit what their parent has made ready.
@lru_cache(maxsize=4096)
def _name(title: str, own: bool) -> _Name:
    tokens = _TOKEN.findall(folded(title))
    telling = [token for token in tokens if token not in _KINDS and token not in _OPTIONAL]
    describes = bool(telling) and _ADJECTIVE.match(telling[-1]) is not None
    words = []
    for token in tokens:
        # «Северский район» is nothing without «район»; «город Северск» is known by «Северск» alone.
        optional = token in _OPTIONAL or (token in _KINDS and not describes)
        words.append((_word_pattern(token, alone=len(tokens) == 1), optional))
    return _Name(title=title, words=tuple(words), own=own)


@lru_cache(maxsize=8)
def _any_first_word(titles: frozenset[str]) -> re.Pattern[str]:
    """Return a pattern of every word a mention of any of `titles` can begin with."""
    patterns = {pattern.pattern for title in titles for pattern in _name(title, own=False).first_words}
    return re.compile("|".join(f"(?:{pattern})" for pattern in sorted(patterns)) or r"(?!)")


@lru_cache(maxsize=8)
def _put_aside(phrases: tuple[str, ...]) -> tuple[str, ...]:
    """Return `phrases` as they are looked for, the longest first."""
    # A phrase that is itself somebody's bare name would hide what is looked for.
    found = {phrase for phrase in map(folded, phrases) if len(phrase.split()) > 1}
    return tuple(sorted(found, key=len, reverse=True))


def mentions(text: str, own: Iterable[str], others: Iterable[str], allowed: Iterable[str] = ()) -> dict[str, int]:
    """Count how often each name is mentioned in `text`.

    Parameters
    ----------
    text : str
        Text of a report.
    own : iterable of str
        Names that belong there (the municipality, its region).
    others : iterable of str
        Names that do not.
    allowed : iterable of str
        Phrases to put aside before looking, as they stand in the text.

    Returns
    -------
    dict of str to int
        Name → number of mentions, names without any left out.
    """
    prepared = folded(text)
    for phrase in _put_aside(tuple(allowed)):
        prepared = prepared.replace(phrase, " ▮ ")
    tokens = _TOKEN.findall(prepared)
    names = [_name(title, own=True) for title in own] + [_name(title, own=False) for title in others]
    # Of the thousands of words of a report few can begin a name of any of a region's sixty municipalities.
    begins = _any_first_word(frozenset(name.title for name in names)).fullmatch
    openers = {token for token in set(tokens) if begins(token)}
    found: list[tuple[int, bool, int, str]] = []
    for start, token in enumerate(tokens):
        if token not in openers:
            continue
        for name in names:
            length = name.length_at(tokens, start)
            if length:
                found.append((length, name.own, start, name.title))
    # Longest first; of equally long ones one's own.
    found.sort(key=lambda item: (-item[0], not item[1], item[2]))
    taken: set[int] = set()
    counts: dict[str, int] = {}
    for length, _, start, title in found:
        places = set(range(start, start + length))
        if places & taken:
            continue
        taken |= places
        counts[title] = counts.get(title, 0) + 1
    return counts


def pdf_text(path: Path) -> str:
    """Return the text of all pages of a PDF.

    PDFium reads an 18-page report in 0.1 s where a reader written in Python takes 4 s, a third of the whole report.
    """
    import pypdfium2

    with contextlib.closing(pypdfium2.PdfDocument(path)) as document:
        return "\n".join(page.get_textpage().get_text_range() for page in document)


def check_identity(text: str, *, own: str, region: str, others: Iterable[str], allowed: Iterable[str] = ()) -> None:
    """Refuse a report on `own` whose text does not name it, or names one of `others`.

    Raises
    ------
    IdentityError
        With the names found and what to do.
    """
    foreign = [name for name in others if folded(name) not in {folded(own), folded(region)}]
    counts = mentions(text, own=[own, region], others=foreign, allowed=allowed)
    if not counts.get(own):
        raise IdentityError(
            f"В готовом PDF не найдено название «{own}». Отчёт не выдан: проверьте титул тетради и параметры."
        )
    strangers = sorted(name for name in counts if name not in {own, region})
    if strangers:
        listed = ", ".join(f"«{name}»" for name in strangers)
        raise IdentityError(
            f"Отчёт об «{own}» называет и другие муниципалитеты: {listed}. Отчёт не выдан: уберите их из тетради."
        )
