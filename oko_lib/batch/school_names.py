"""Does the finished PDF of a school name that school and no other of its municipality?

School names contain each other: «СОШ № 1» stands in «СОШ № 10» as a string and in «СОШ № 1 имени Пушкина» as words. So
names are compared word by word, number included, and where they overlap the longest wins, one's own before another's.
Names are looked for as they are registered, in full and in their short form; no case forms: «школ 3» in a sentence is
not «Школа № 3». Names made of general words only («Средняя школа») cannot be told from prose and are not looked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from oko_lib.batch.verify import IdentityError, folded
from oko_lib.report.names import short_school, strip_code

_TOKEN = re.compile(r"№|[0-9a-zа-я]+")
_NUMBER_SIGN = re.compile(r"(?:№|#|\bno?\.?)\s*(?=\d)")
_INNER_HYPHEN = re.compile(r"(?<=[a-zа-я])-(?=[a-zа-я])")

#: Words any school's name may have: they do not tell one from another.
_GENERAL = re.compile(
    r"№|[мгчк]?[бак]?о?о[уо]|ф?г?[бак]?оу|[сон]ош|школ\w*|гимнази\w*|лице\w*|интернат\w*|филиал\w*|и|с|имени|им|"
    r"(?:средн|основн|начальн|общеобразовательн|образовательн|муниципальн|государственн|бюджетн|автономн|казенн|краев|"
    r"областн|частн|вечерн|сменн|открыт|коррекционн|специальн|кадетск)\w*|учрежден\w*|организац\w*|сад|детск\w*"
)
#: «МБОУ», «КГБОУ», «МАОО» before a name.
_LEGAL_FORM = re.compile(r"^\w{0,4}О[УО]\s+(?=\S)", re.IGNORECASE)
#: No name is longer than so many characters.
_ENOUGH = 10_000


def name_words(text: str) -> tuple[str, ...]:
    """Return the words of a name or a text as they are compared: «МБОУ "СОШ № 5"» → мбоу, сош, №, 5.

    Case, «ё», quotation marks, hyphens and line breaks do not matter; «N 5» and «№5» are one.
    """
    plain = _INNER_HYPHEN.sub("", folded(text))
    return tuple(_TOKEN.findall(_NUMBER_SIGN.sub("№ ", plain)))


def natural_order(name: str) -> tuple:
    """Return a key that sorts «СОШ № 2» before «СОШ № 10»."""
    return tuple((0, int(word), "") if word.isdecimal() else (1, 0, word) for word in name_words(name))


def spellings(names: Iterable[str]) -> list[str]:
    """Return the forms under which a school may stand in a report: in full, without code or legal form, short."""
    forms = []
    for name in names:
        bare = strip_code(name)
        forms += [name, bare, _LEGAL_FORM.sub("", bare), short_school(bare, limit=_ENOUGH)]
        forms.append(short_school(bare).rstrip("…"))
    return list(dict.fromkeys(forms))


def check_school(text: str, *, own: Sequence[str], logins: Sequence[str], others: Iterable[Sequence[str]]) -> None:
    """Refuse a report on a school whose text does not name it, or names another school of its municipality.

    Parameters
    ----------
    text : str
        Text of the report.
    own : sequence of str
        All names the school has had, the newest first.
    logins : sequence of str
        Its identifier and logins.
    others : iterable of sequence of str
        Of each other school of the municipality all its names and logins.

    Raises
    ------
    IdentityError
        With the names found and what to do.
    """
    mine = {words for form in (*spellings(own), *logins) if (words := name_words(form))}
    strangers = {
        words: names[0]
        for names in others
        for form in spellings(names)
        if (words := name_words(form)) not in mine and any(not _GENERAL.fullmatch(word) for word in words)
    }
    found = _longest_first(name_words(text), mine | strangers.keys(), mine)
    if not found & mine:
        raise IdentityError(
            f"В готовом PDF не найдено название школы {own[0]}. Отчёт не выдан: проверьте титул тетради и параметры."
        )
    named = sorted({strangers[words] for words in found - mine})
    if named:
        raise IdentityError(
            f"Профиль школы {own[0]} называет и другие школы муниципалитета: {'; '.join(named)}. Отчёт не выдан: "
            "уберите их из тетради."
        )


def _longest_first(
    text: tuple[str, ...], names: Iterable[tuple[str, ...]], mine: set[tuple[str, ...]]
) -> set[tuple[str, ...]]:
    """Return the names that stand in `text` when each word belongs to one name only: the longest, else one's own."""
    by_first: dict[str, list[tuple[str, ...]]] = {}
    for name in names:
        by_first.setdefault(name[0], []).append(name)
    places = [
        (name, start)
        for start, word in enumerate(text)
        for name in by_first.get(word, ())
        if text[start : start + len(name)] == name
    ]
    places.sort(key=lambda item: (-len(item[0]), item[0] not in mine, item[1]))
    taken: set[int] = set()
    found = set()
    for name, start in places:
        span = set(range(start, start + len(name)))
        if not span & taken:
            taken |= span
            found.add(name)
    return found
