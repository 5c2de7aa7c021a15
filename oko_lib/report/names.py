"""Names of places in their cases, and short names of schools.

The rules follow what an official letter writes. Adjectives and the generic noun («муниципальный район») are inflected;
a town after «город» or «г.» is inflected («в городе Ачинске») unless it ends in a vowel other than «а», «я» («в городе
Шарыпово»); a name after «ЗАТО», «пгт», «посёлок» or after «округ», «образование» stays as it is («в ЗАТО Железногорск»,
«в городском округе город Красноярск»). What a rule gets wrong is put right in ``parameters/names/municipalities.yaml``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from oko_lib.report.grammar import CASES, _like, _parse, analyser
from oko_lib.settings.loading import Strict, load
from oko_lib.settings.workspace import Workspace

_CODE = re.compile(
    r"\s*[\(\[]?\s*\b(?:reg\d+_\w+|(?:sch|edu|mun|mouo|oo)_?\d{3,}\w*)\s*[\)\]]?\s*", re.IGNORECASE | re.ASCII
)
_EDGES = " \t\r\n\u00a0\u202f|,;–—-"

#: Nouns that say what kind of place it is; after them a name keeps its form.
_HEADS = {"район", "округ", "край", "область", "республика", "образование", "поселение", "территория", "регион"}
#: After these a name follows the case.
_TOWNS = {"город"}
#: After these a name keeps its form.
_SETTLEMENTS = {"посёлок", "поселок", "село", "деревня", "станица", "аул"}
#: Words that never change, nor does what follows them.
_FIXED = {"зато", "пгт", "пгт.", "рп", "рп.", "р.п.", "п.", "с.", "д.", "мо", "го", "мр", "мо.", "мко", "пос.", "ст."}

#: Endings of «-ский»: dictionaries do not know «Н-ский» or every district, the declension is regular.
_SKY = {
    "ий": {"genitive": "ого", "dative": "ому", "accusative": "ий", "instrumental": "им", "prepositional": "ом"},
    "ая": {"genitive": "ой", "dative": "ой", "accusative": "ую", "instrumental": "ой", "prepositional": "ой"},
    "ое": {"genitive": "ого", "dative": "ому", "accusative": "ое", "instrumental": "им", "prepositional": "ом"},
}
_SKY_WORD = re.compile(r"(ск|цк)(ий|ая|ое)$")


class NameForms(Strict):
    """Forms of one name as a person wrote them; a missing form is made by rule."""

    name: str
    genitive: str | None = None
    dative: str | None = None
    accusative: str | None = None
    instrumental: str | None = None
    prepositional: str | None = None
    where: str | None = None


class NameOverrides(Strict):
    """``parameters/names/municipalities.yaml``."""

    municipalities: tuple[NameForms, ...] = ()

    def of(self, name: str) -> NameForms | None:
        """Return the forms written for `name` (code, capitals and «ё» do not matter), or None."""
        wanted = _folded(name)
        return next((item for item in self.municipalities if _folded(item.name) == wanted), None)


def load_name_overrides(workspace: Workspace) -> NameOverrides:
    """Read ``parameters/names/municipalities.yaml`` (no file means no overrides)."""
    path = workspace.parameters / "names" / "municipalities.yaml"
    return load(path, NameOverrides) if path.exists() else NameOverrides()


def strip_code(name: str) -> str:
    """Return `name` without a ФИС ОКО code before or after it: «Н-ский муниципальный район (reg24_m012)»."""
    cleaned = _CODE.sub(" ", " ".join(str(name).split())).strip(_EDGES)
    return " ".join(cleaned.split()) or str(name).strip()


def _folded(name: str) -> str:
    return strip_code(name).casefold().replace("ё", "е")


@dataclass(frozen=True)
class PlaceName:
    """A place in all cases; `where` is the prepositional case with its preposition: «в Н-ском районе»."""

    nominative: str
    genitive: str
    dative: str
    accusative: str
    instrumental: str
    prepositional: str
    where: str

    def __str__(self) -> str:
        return self.nominative


def place(name: str, overrides: NameOverrides | None = None) -> PlaceName:
    """Return a municipality's or region's name in its cases.

    Parameters
    ----------
    name : str
        As in ФИС ОКО, with or without its code.
    overrides : NameOverrides, optional
        Forms a person wrote, see :func:`load_name_overrides`.
    """
    bare = strip_code(name)
    written = overrides.of(bare) if overrides else None
    forms = {case: (written and getattr(written, case, None)) or decline(bare, case) for case in CASES}
    where = (written and written.where) or f"{preposition_in(forms['prepositional'])} {forms['prepositional']}"
    return PlaceName(**forms, where=where)


def preposition_in(word: str) -> str:
    """Return «в» or «во»: «во Владимирском», «во Фроловском», «в Волжском»."""
    return "во" if re.match(r"[вф][бвгджзклмнпрстфхцчшщ]", word.casefold()) else "в"


@lru_cache(maxsize=2048)
def decline(name: str, case: str) -> str:
    """Return a place name (without code) in a case, one of :data:`oko_lib.report.grammar.CASES`."""
    if case == "nominative":
        return name
    return ", ".join(_decline_part(part.strip(), case) for part in name.split(","))


def _decline_part(name: str, case: str) -> str:
    words = name.split()
    done: list[str] = []
    for index, word in enumerate(words):
        rest = words[index + 1 :]
        low = word.casefold()
        if low in _FIXED:
            return " ".join([*done, word, *rest])
        if low in {"г.", "гор."} or low.startswith("г."):
            return " ".join([*done, *_town(word, rest, case)])
        if low in _TOWNS:
            return " ".join([*done, _generic(word, case, index == 0), *(_proper(rest, case) if rest else [])])
        if low in _HEADS | _SETTLEMENTS:
            return " ".join([*done, _generic(word, case, index == 0 and low in _SETTLEMENTS), *rest])
        if not _is_adjective(word) or index == len(words) - 1:
            return " ".join([*done, *_proper(words[index:], case)])
        done.append(_adjective(word, case, gender=_gender_ahead(rest)))
    return " ".join(done)


def _town(word: str, rest: list[str], case: str) -> list[str]:
    """«г. Канск», also written together as «г.Канск»."""
    if word.casefold() in {"г.", "гор."}:
        return [word, *_proper(rest, case)]
    mark, name = word[:2], word[2:]
    inflected = _proper([name, *rest], case)
    return [mark + inflected[0], *inflected[1:]]


def _proper(words: list[str], case: str) -> list[str]:
    """Inflect a town's own name: «Ачинск», «Горячий Ключ», «Игарка»; «Шарыпово» stays."""
    if not words:
        return []
    *front, last = words
    adjectives = all(_is_adjective(word) for word in front)
    if not adjectives or last.casefold()[-1:] in "оеиуюэы":
        return words
    if not front and _is_adjective(last):
        return [_adjective(last, case, gender=None)]
    gender = _parse(last, "NOUN").tag.gender
    return [*(_adjective(word, case, gender) for word in front), _noun(last, case)]


def _generic(word: str, case: str, lower: bool) -> str:
    """A generic noun; «Город» has a capital at the head of a list, not inside a sentence: «в городе Ачинске»."""
    return _noun(word.lower() if lower else word, case)


#: Endings of a masculine name no dictionary knows: after «й» and after a consonant.
_MASCULINE = {
    "genitive": ("я", "а"),
    "dative": ("ю", "у"),
    "instrumental": ("ем", "ом"),
    "prepositional": ("е", "е"),
}


def _noun(word: str, case: str) -> str:
    head, _, tail = word.rpartition("-")
    known = analyser().word_is_known(word.casefold())
    target = word if known or not head else tail
    parsed = _parse(target, "NOUN")
    masculine = target.casefold()[-1:] in "йбвгджзклмнпрстфхцчшщ"
    if case == "accusative" and masculine:
        return word  # inanimate
    if masculine and not {"NOUN", "sing"} <= parsed.tag.grammemes:
        soft, hard = _MASCULINE[case]
        return word[:-1] + soft if target.endswith("й") else word + hard
    result = parsed.inflect({CASES[case], "sing"}) if parsed.tag.POS == "NOUN" else None
    if result is None:
        return word
    shaped = _like(result.word, target)
    if "-" in target:
        # The dictionary lowers the second half of «Усть-Илимск».
        shaped = "-".join(_like(new, old) for new, old in zip(shaped.split("-"), target.split("-"), strict=False))
    return shaped if target == word else f"{head}-{shaped}"


def _is_adjective(word: str) -> bool:
    if _SKY_WORD.search(word.casefold()) or word.casefold() == "рабочий":
        return True
    return bool(re.search(r"(ый|ий|ой|ая|яя|ое|ее)$", word.casefold())) and _parse(word, None).tag.POS == "ADJF"


def _gender_ahead(words: list[str]) -> str | None:
    """Gender of the generic noun that follows, None when the words do not tell."""
    for word in words:
        low = word.casefold()
        if low in _HEADS | _TOWNS | _SETTLEMENTS:
            return _parse(low, "NOUN").tag.gender
    return None


def _adjective(word: str, case: str, gender: str | None) -> str:
    regular = _SKY_WORD.search(word.casefold())
    if regular:
        return word[:-2] + _SKY[regular[2]][case]
    head, hyphen, tail = word.rpartition("-")
    parsed = _parse(tail, "ADJF")
    grammemes = {CASES[case], "sing", gender or parsed.tag.gender or "masc"}
    if case == "accusative" and (gender or parsed.tag.gender or "masc") == "masc":
        return word
    result = parsed.inflect(grammemes)
    return head + hyphen + _like(result.word, tail) if result else word


# --- schools -------------------------------------------------------------------------------------------------------

_KINDS = (
    (r"средн\w+\s+общеобразовательн\w+\s+школ\w+\s*-?\s*интернат\w*", "СОШ-интернат"),
    (r"средн\w+\s+(?:общеобразовательн\w+\s+)?школ\w+", "СОШ"),
    (r"основн\w+\s+(?:общеобразовательн\w+\s+)?школ\w+", "ООШ"),
    (r"начальн\w+\s+(?:общеобразовательн\w+\s+)?школ\w+", "НОШ"),
    (r"школ\w+\s*-\s*интернат\w*", "школа-интернат"),
    (r"общеобразовательн\w+\s+(?:учрежден\w+|организац\w+)", ""),
)  # fmt: skip
_LEGAL = re.compile(
    r"^(?:(?:муниципальн|краев|государственн|областн|бюджетн|автономн|казённ|казенн|общеобразовательн|образовательн|"
    r"частн|негосударственн)\w*\s+)+(?:учрежден|организац)\w*\s*",
    re.IGNORECASE,
)
_LEGAL_SHORT = re.compile(r"^(?:М|К|КГ|Г|Ч|Н|ФГ)?(?:Б|А|К)?О?О[УО](?=[\s«\"“'])\s*", re.IGNORECASE)
_NAMED_AFTER = re.compile(
    r"[\s,]*\b(?:имени|им\.?|с углубл\w+|с углублённым|города|г\.|поселка|посёлка|пос\.)\s.*$", re.I
)


def short_school(name: str, limit: int = 26) -> str:
    """Return a short label for a school in a figure: «СОШ № 12», «Агинская СОШ № 2», «Гимназия № 1».

    Parameters
    ----------
    name : str
        Full name as in the files: «МБОУ "Средняя школа № 12 имени …"».
    limit : int
        Longest label in characters; longer ones end with «…».
    """
    text = " ".join(strip_code(name).split())
    text = _LEGAL.sub("", _LEGAL_SHORT.sub("", text + " ")).strip()
    quoted = re.search(r"^[«\"“„](.+)[»\"”“]", text)
    text = quoted[1] if quoted else re.sub(r"\s*[«\"“„].*$", "", text) or text
    text = text.strip(' «»"“”„')
    for pattern, short in _KINDS:
        changed = re.sub(pattern, short, text, flags=re.IGNORECASE)
        if changed != text:
            text = changed
            break
    text = re.sub(r"(?:№|N\b|#)\s*(\d+)", "№\u00a0\\1", text)
    shortened = _NAMED_AFTER.sub("", text).strip(' ,.«»"')
    text = " ".join((shortened or text).split(" "))
    text = text[:1].upper() + text[1:]
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"
