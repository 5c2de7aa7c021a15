"""Words that agree: numerals with nouns, verbs with numerals, phrases in a case."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from functools import lru_cache
from numbers import Integral
from typing import NamedTuple

import pymorphy3

from oko_lib.report.numbers import number

#: Cases under their school names → codes of the morphological dictionary.
CASES = {
    "nominative": "nomn",
    "genitive": "gent",
    "dative": "datv",
    "accusative": "accs",
    "instrumental": "ablt",
    "prepositional": "loct",
}


class NounForms(NamedTuple):
    """The three forms a noun takes after 1, 2 and 5."""

    one: str
    few: str
    many: str


#: Forms a dictionary gets wrong after a numeral, or words with a supple form.
DEFAULT_FORMS: Mapping[str, NounForms] = {
    "человек": NounForms("человек", "человека", "человек"),
    "год": NounForms("год", "года", "лет"),
    "п.п.": NounForms("п.п.", "п.п.", "п.п."),
}

#: Numerals up to ten by case; the first two also by gender (masculine, feminine, neuter).
_NUMERALS: Mapping[str, tuple[str | tuple[str, str, str], ...]] = {
    "nominative": (
        "ноль", ("один", "одна", "одно"), ("два", "две", "два"), "три", "четыре", "пять", "шесть", "семь", "восемь",
        "девять", "десять",
    ),
    "genitive": (
        "нуля", ("одного", "одной", "одного"), "двух", "трёх", "четырёх", "пяти", "шести", "семи", "восьми", "девяти",
        "десяти",
    ),
    "dative": (
        "нулю", ("одному", "одной", "одному"), "двум", "трём", "четырём", "пяти", "шести", "семи", "восьми", "девяти",
        "десяти",
    ),
    "accusative": (
        "ноль", ("один", "одну", "одно"), ("два", "две", "два"), "три", "четыре", "пять", "шесть", "семь", "восемь",
        "девять", "десять",
    ),
    "instrumental": (
        "нулём", ("одним", "одной", "одним"), "двумя", "тремя", "четырьмя", "пятью", "шестью", "семью", "восемью",
        "девятью", "десятью",
    ),
    "prepositional": (
        "нуле", ("одном", "одной", "одном"), "двух", "трёх", "четырёх", "пяти", "шести", "семи", "восьми", "девяти",
        "десяти",
    ),
}  # fmt: skip
_GENDERS = ("masc", "femn", "neut")


@lru_cache(maxsize=1)
def analyser() -> pymorphy3.MorphAnalyzer:
    """Return the morphological analyser (built once: it takes a tenth of a second)."""
    return pymorphy3.MorphAnalyzer()


def plural_form(n: int) -> int:
    """Return which form follows `n`: 0 as after 1 and 21, 1 as after 2–4, 2 as after 5–20 and 111."""
    last, last_two = abs(n) % 10, abs(n) % 100
    if last == 1 and last_two != 11:
        return 0
    return 1 if 2 <= last <= 4 and not 12 <= last_two <= 14 else 2


def choose(n: int, one: str, few: str, many: str) -> str:
    """Return the form that agrees with `n` out of forms given explicitly."""
    return (one, few, many)[plural_form(n)]


def agree(n: int, singular: str, plural: str) -> str:
    """Return the form of a verb or adjective for `n` things: «1 школа требует», «5 школ требуют»."""
    return singular if plural_form(n) == 0 else plural


@lru_cache(maxsize=4096)
def _parse(word: str, pos: str | None):
    """The most probable reading of `word` in the nominative, of a part of speech when asked."""
    readings = [item for item in analyser().parse(word) if pos is None or pos == item.tag.POS]
    nominative = [item for item in readings if "nomn" in item.tag]
    singular = [item for item in nominative if "sing" in item.tag]
    return (singular or nominative or readings or analyser().parse(word))[0]


def _like(word: str, pattern: str) -> str:
    """Return `word` spelled as `pattern`: its capitals, and «е» for «ё» when the pattern writes so."""
    if "ё" not in pattern.casefold():
        word = word.replace("ё", "е")
    if pattern.isupper() and len(pattern) > 1:
        return word.upper()
    return word[:1].upper() + word[1:] if pattern[:1].isupper() else word


@lru_cache(maxsize=4096)
def noun_phrase(phrase: str, case: str = "nominative", plural: bool = False) -> str:
    """Return a phrase «adjectives + noun (+ unchanged rest)» in a case and number.

    Parameters
    ----------
    phrase : str
        In the nominative singular: «пониженная отметка», «участник ВПР». Words after the first noun stay as they are.
    case : str
        One of :data:`CASES`.
    plural : bool
        Plural or singular.
    """
    words = phrase.split()
    head = _head(words)
    noun = _parse(words[head], "NOUN")
    wanted = {CASES[case], "plur" if plural else "sing"}
    done = [_inflected(words[index], noun, wanted, index == head) for index in range(head + 1)]
    return " ".join(done + words[head + 1 :])


def _head(words: list[str]) -> int:
    """Index of the noun the phrase is about: the first word that is not an adjective."""
    for index, word in enumerate(words):
        if _parse(word, None).tag.POS not in {"ADJF", "PRTF"}:
            return index
    return len(words) - 1


def _inflected(word: str, noun, wanted: set[str], is_head: bool) -> str:
    if is_head:
        forms = DEFAULT_FORMS.get(word)
        if forms and wanted == {"gent", "plur"}:
            return forms.many
        result = noun.inflect(wanted)
    else:
        parsed = _parse(word, "ADJF" if _parse(word, None).tag.POS == "ADJF" else "PRTF")
        agreeing = set(wanted)
        if "sing" in wanted and noun.tag.gender:
            agreeing.add(noun.tag.gender)
        if "accs" in wanted and ("plur" in wanted or noun.tag.gender == "masc"):
            # An accusative adjective is spelled differently with animate and inanimate nouns.
            agreeing.add(noun.tag.animacy or "inan")
        result = parsed.inflect(agreeing)
    return _like(result.word, word) if result else word


@lru_cache(maxsize=4096)
def _counted_forms(phrase: str) -> NounForms:
    if phrase in DEFAULT_FORMS:
        return DEFAULT_FORMS[phrase]
    one = noun_phrase(phrase)
    many = noun_phrase(phrase, "genitive", plural=True)
    words = phrase.split()
    head = _head(words)
    noun = _parse(words[head], "NOUN")
    few = noun_phrase(phrase, "genitive").split()
    # «2 новые школы», but «2 новых класса»: adjectives of feminine nouns stand in the nominative plural.
    source = noun_phrase(phrase, "nominative" if noun.tag.gender == "femn" else "genitive", plural=True).split()
    few[:head] = source[:head]
    return NounForms(one, " ".join(few), many)


def noun(n: float, phrase: str, forms: NounForms | tuple[str, str, str] | None = None) -> str:
    """Return only the noun that agrees with `n`: «школ» for 5 and «школа».

    Parameters
    ----------
    n : int or float
        The number; after a fraction the noun stands in the genitive singular («1,5 балла»).
    phrase : str
        Noun or «adjective + noun» in the nominative singular.
    forms : (str, str, str), optional
        The forms after 1, 2 and 5, for a word the dictionary does not know.
    """
    known = NounForms(*forms) if forms else _counted_forms(phrase)
    if not isinstance(n, Integral) and Fraction(n).denominator != 1:
        return noun_phrase(phrase, "genitive") if forms is None and phrase not in DEFAULT_FORMS else known.few
    return known[plural_form(int(n))]


def count(
    n: float,
    phrase: str,
    forms: NounForms | tuple[str, str, str] | None = None,
    *,
    case: str = "nominative",
    digits: int | None = None,
) -> str:
    """Return a number with its noun: «1 школа», «2 школы», «5 школ», «в 21 школе» (case "prepositional").

    Parameters
    ----------
    n : int or float
        The number.
    phrase, forms
        As in :func:`noun`.
    case : str
        Case of the whole expression, one of :data:`CASES`.
    digits : int, optional
        Decimal places; by default none for integers and one for fractions.
    """
    whole = isinstance(n, Integral) or Fraction(n).denominator == 1
    shown = number(n, digits if digits is not None else (0 if whole else 1))
    singular = whole and plural_form(int(n)) == 0
    if case == "nominative" or not whole or (case == "accusative" and not singular):
        return f"{shown}\u00a0{noun(n, phrase, forms)}"
    return f"{shown}\u00a0{noun_phrase(phrase, case, plural=not singular)}"


def numeral(n: int, case: str = "nominative", gender: str = "masc") -> str:
    """Return a numeral in words up to ten («трёх»), in digits above.

    Parameters
    ----------
    n : int
        The number.
    case : str
        One of :data:`CASES`.
    gender : {"masc", "femn", "neut"}
        Of the noun that follows; matters for one and two.
    """
    if not 0 <= n <= 10:
        return number(n)
    entry = _NUMERALS[case][n]
    return entry if isinstance(entry, str) else entry[_GENDERS.index(gender)]


def count_in_words(n: int, phrase: str, case: str = "nominative") -> str:
    """Return a number with its noun, the number in words up to ten: «в трёх школах», «две школы», «14 школ»."""
    if not 0 <= n <= 10:
        return count(n, phrase, case=case)
    words = phrase.split()
    tag = _parse(words[_head(words)], "NOUN").tag
    gender = tag.gender or "masc"
    if case == "accusative" and tag.animacy == "anim" and (n in {2, 3, 4} or (n == 1 and gender == "masc")):
        case = "genitive"  # «двух учениц», «одного ученика», but «двух» is «две» for schools
    if case in {"nominative", "accusative"}:
        following = noun_phrase(phrase, case) if n == 1 else noun(n, phrase)
    elif n == 0:
        following = noun_phrase(phrase, "genitive", plural=True)
    else:
        following = noun_phrase(phrase, case, plural=n != 1)
    return f"{numeral(n, case, gender)} {following}"


def listed(items: list[str] | tuple[str, ...]) -> str:
    """Return «а», «а и б», «а, б и в»."""
    items = [str(item) for item in items]
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} и {items[-1]}" if items else ""


def sentence(text: str) -> str:
    """Return `text` with a capital first letter and a full stop at the end."""
    text = text.strip()
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "!", "?", "…", ":")) else text + "."


__all__ = [
    "CASES", "NounForms", "agree", "analyser", "choose", "count", "count_in_words", "listed", "noun",
    "noun_phrase", "numeral", "plural_form", "sentence",
]  # fmt: skip
