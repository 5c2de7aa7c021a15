"""One cell → a value and what kind of thing it is.

Every parser looks at a single cell and never raises; columns are parsed by :mod:`oko_lib.intake.columns`, which calls
a parser once per *distinct* cell, so a parser may be as careful as it likes without costing time.
"""

from __future__ import annotations

import math
import re
from enum import IntEnum

from oko_lib.intake.text import cyrillic_upper, fold, latin, tidy


class Kind(IntEnum):
    """What stands in a cell."""

    NUMBER = 0
    EMPTY = 1
    ABSENT = 2
    NOT_ATTEMPTED = 3
    BAD = 4


_ABSENT = re.compile(r"^(отсутств|не\s*присутств|неявка|не\s*явил|н/я$)")
_NOT_ATTEMPTED = {fold("x"), fold("N"), "не приступал", "не приступала", "не приступил", "не приступила"}
#: What journals write where there is no mark.
_NO_MARK = {
    "нет отметки",
    "нет оценки",
    "н/а",
    "на",
    "н/д",
    "нет",
    "-",
    "–",
    "—",
    "не аттестован",
    "не аттестована",
    "н.а.",
}
_VARIANT = re.compile(rf"^(?:{fold('var')}|{fold('variant')}|вар|вариант|v|в)[\s._-]*(\d+)$")
_NUMBER = re.compile(r"^[+-]?\d+(?:[.,]\d*)?$|^[+-]?[.,]\d+$")
_THOUSANDS = re.compile(r"^\d{1,3}(?:[ ,]\d{3})+$")


#: Beyond this nothing in a school's file is a number anybody meant (and sums would overflow).
_ABSURD = 1e12


def _as_float(cell: object) -> float | None:
    """Return the number in a cell, or None; booleans and dates are not numbers."""
    if isinstance(cell, bool):
        return None
    if isinstance(cell, int | float):
        value = float(cell)
        return value if abs(value) < _ABSURD else None
    if isinstance(cell, str):
        text = cell.strip().replace("\u00a0", "").replace("\u202f", "").replace(" ", "").replace("−", "-").lstrip("'")
        if len(text) < 30 and _NUMBER.match(text) and text.isascii():
            value = float(text.replace(",", "."))
            return value if abs(value) < _ABSURD else None
    return None


def _is_empty(cell: object) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())


def parse_score(cell: object) -> tuple[float, Kind]:
    """Return a score of a task or a total: a number, empty, absent, X («не приступал») or something wrong."""
    if _is_empty(cell):
        return math.nan, Kind.EMPTY
    value = _as_float(cell)
    if value is not None:
        return value, Kind.NUMBER
    if isinstance(cell, str):
        text = fold(cell).strip(". ")
        if text in _NOT_ATTEMPTED:
            return math.nan, Kind.NOT_ATTEMPTED
        if _ABSENT.match(text):
            return math.nan, Kind.ABSENT
    return math.nan, Kind.BAD


def parse_mark(cell: object) -> tuple[float, Kind]:
    """Return a mark: a number (any, the check bounds it), empty (all ways to say «нет отметки») or something wrong."""
    if isinstance(cell, str) and (fold(cell) in _NO_MARK or _ABSENT.match(fold(cell))):
        return math.nan, Kind.EMPTY
    value, kind = parse_score(cell)
    return value, Kind.BAD if kind in (Kind.NOT_ATTEMPTED, Kind.ABSENT) else kind


def parse_result(cell: object) -> tuple[float, Kind]:
    """Return the score of a whole work; a dash and «неявка» are no score."""
    if isinstance(cell, str) and (is_absence(cell) or cell.strip() in {"-", "–", "—"}):
        return math.nan, Kind.EMPTY
    value, kind = parse_score(cell)
    return value, Kind.BAD if kind is Kind.NOT_ATTEMPTED else kind


def is_absence(cell: object) -> bool:
    """Tell whether a cell says that the pupil was absent: «неявка», «н/я», «отсутствовал»."""
    return isinstance(cell, str) and _ABSENT.match(fold(cell).strip(". ")) is not None


def parse_count(cell: object) -> tuple[float, Kind]:
    """Return a count; «1,234» and «1 234» are one thousand two hundred and thirty-four."""
    if isinstance(cell, str):
        text = " ".join(cell.replace("\u00a0", " ").replace("\u202f", " ").split())
        if _THOUSANDS.match(text):
            return float(text.replace(",", "").replace(" ", "")), Kind.NUMBER
        if text in {"-", "–", "—"}:
            return math.nan, Kind.EMPTY
    value, kind = parse_score(cell)
    return value, Kind.BAD if kind in (Kind.NOT_ATTEMPTED, Kind.ABSENT) else kind


def parse_percent(cell: object) -> tuple[float, Kind]:
    """Return a percentage 0…100: 13.44, «13,44», «13,44 %»."""
    if isinstance(cell, str):
        text = cell.strip()
        if text in {"-", "–", "—"}:
            return math.nan, Kind.EMPTY
        cell = text.removesuffix("%")
    value, kind = parse_score(cell)
    return value, Kind.BAD if kind in (Kind.NOT_ATTEMPTED, Kind.ABSENT) else kind


def parse_variant(cell: object) -> tuple[str | None, Kind]:
    """Return the variant («2», also from « 2 » and «Var2»), or that the pupil was absent."""
    if _is_empty(cell):
        return None, Kind.EMPTY
    value = _as_float(cell)
    if value is not None:
        text = str(int(value)) if value.is_integer() else str(value)
        return text, Kind.NUMBER
    text = fold(cell) if isinstance(cell, str) else fold(str(cell))
    if _ABSENT.match(text):
        return None, Kind.ABSENT
    if text in _NOT_ATTEMPTED:
        return None, Kind.NOT_ATTEMPTED
    numbered = _VARIANT.match(text)
    return (numbered.group(1) if numbered else tidy(str(cell))), Kind.NUMBER


def parse_participant(cell: object) -> tuple[str | None, Kind]:
    """Return the participant code: 3–10 digits."""
    if _is_empty(cell):
        return None, Kind.EMPTY
    if isinstance(cell, str):
        text = cell.strip().replace("\u00a0", "").replace(" ", "").lstrip("'")
        text = text.removesuffix(".0")
        return (text, Kind.NUMBER) if re.fullmatch(r"[0-9]{3,10}", text) else (None, Kind.BAD)
    value = _as_float(cell)
    if value is not None and value.is_integer() and 100 <= value < 1e10:
        return str(int(value)), Kind.NUMBER
    return None, Kind.BAD


def parse_gender(cell: object) -> tuple[str | None, Kind]:
    """Return «м» or «ж»."""
    if _is_empty(cell):
        return None, Kind.EMPTY
    text = fold(str(cell)).strip(". ")
    if text in {"м", "муж", "мужской", "мальчик", "юноша"}:
        return "м", Kind.NUMBER
    if text in {"ж", "жен", "женский", "девочка", "девушка"}:
        return "ж", Kind.NUMBER
    return (None, Kind.EMPTY) if text in {"-", "нет"} else (None, Kind.BAD)


def parse_class(cell: object) -> str | None:
    """Return the class as «4А» or «2»; «нет» in any case is no class."""
    if _is_empty(cell):
        return None
    value = _as_float(cell)
    if value is not None:
        return str(int(value)) if value.is_integer() else str(value)
    text = re.sub(r"[\s\"'«»“”._-]+", "", cyrillic_upper(str(cell)))
    return None if text in {"", "НЕТ"} else text


_SCHOOL_YEAR = re.compile(r"(?<!\d)(20\d\d)\s*[-–—/]\s*(20)?(\d\d)(?!\d)")
_CALENDAR_YEAR = re.compile(r"^(20\d\d)\s*(?:г(?:од)?\.?)?$")


def school_year(text: str) -> int | None:
    """Return the calendar year in which the school year named in `text` ends: «2025/2026», «2025–26 уч. год» → 2026."""
    for found in _SCHOOL_YEAR.finditer(text):
        first, last = int(found.group(1)), int(found.group(1)[:2] + found.group(3))
        if last == first + 1:
            return last
    return None


def parse_year(cell: object) -> tuple[float, Kind]:
    """Return a year: a number, «2026 г.», or the school year «2025/2026», which is 2026."""
    value, kind = parse_score(cell)
    if kind is not Kind.BAD or not isinstance(cell, str):
        return value, Kind.BAD if kind in (Kind.NOT_ATTEMPTED, Kind.ABSENT) else kind
    ending = school_year(fold(cell))
    calendar = _CALENDAR_YEAR.match(fold(cell))
    if ending is None and calendar is None:
        return math.nan, Kind.BAD
    return float(ending or calendar.group(1)), Kind.NUMBER


_GRADE = re.compile(r"^(1[01]|[1-9])\s*(?:-?(?:й|го|ый|м)\s*)?(?:класс\w*|кл\.?|[-\s\"'«(]*[а-я][\"'»)]*)?$")


def parse_grade(cell: object) -> tuple[float, Kind]:
    """Return a grade: 7, «7 класс», «7А», «7 "Б"»."""
    value, kind = parse_count(cell)
    if kind is not Kind.BAD or not isinstance(cell, str):
        return value, kind
    found = _GRADE.match(fold(cell))
    return (float(found.group(1)), Kind.NUMBER) if found else (math.nan, Kind.BAD)


_PLACE = re.compile(r"^(\d{1,4})(?:\s*[-–—]\s*\d{1,4})?\s*(?:место)?$")
_ROMAN = {"i": 1, "ii": 2, "iii": 3}


def parse_place(cell: object) -> tuple[float, Kind]:
    """Return a place: 3, «3 место», «2–4» (shared: the first of them), «II»."""
    value, kind = parse_count(cell)
    if kind is not Kind.BAD or not isinstance(cell, str):
        return value, kind
    text = fold(cell)
    found = _PLACE.match(text)
    if found:
        return float(found.group(1)), Kind.NUMBER
    roman = _ROMAN.get(text.removesuffix("место").strip())
    return (float(roman), Kind.NUMBER) if roman else (math.nan, Kind.BAD)


_UNIT_CODE = re.compile(r"(reg\s*\d+_(?:[a-z]+_)*m\d+|(?:edu|sch)\s*\d+)", re.IGNORECASE)
_MUNICIPALITY = re.compile(r"^reg0*(\d+)_(?:[a-z]+_)*m(\d+)$")
_LOGIN = re.compile(r"^(?:edu|sch)\d{6}$")


def normal_code(text: str) -> str:
    """Return a code of a municipality or school as the store keeps it: reg99_m012, edu990389."""
    code = re.sub(r"\s+", "", latin(text)).lower()
    municipality = _MUNICIPALITY.match(code)
    return f"reg{int(municipality.group(1)):02d}_m{municipality.group(2)}" if municipality else code


def is_login(code: str | None) -> bool:
    """Tell whether a normalised code is a school login."""
    return bool(code) and _LOGIN.match(code) is not None


def is_municipality(code: str | None) -> bool:
    """Tell whether a normalised code is a code of a municipality."""
    return bool(code) and _MUNICIPALITY.match(code) is not None


def parse_unit(cell: object) -> tuple[str | None, str]:
    """Return code and name of a municipality or school, the code glued after the name, before it, or alone.

    ``МБОУ «…»(edu990389)``, ``edu994003 | МБОУ "…"``, ``reg22_vpr_m026`` (becomes ``reg22_m026``).
    """
    if _is_empty(cell):
        return None, ""
    text = tidy(str(cell))
    # The search runs over a Latinised copy of equal length, so that a Cyrillic «е» inside «edu» does not hide the code.
    found = list(_UNIT_CODE.finditer(latin(text)))
    if not found:
        return None, text
    last = found[-1] if text.rstrip().endswith(")") else found[0]
    name = tidy((text[: last.start()].rstrip(" (") + " " + text[last.end() :].lstrip(" )")).strip(" |"))
    return normal_code(last.group(1)), name


def municipality_label(cell: object) -> str | None:
    """Return the code of a municipality hidden among other labels: «vpr2020, reg22_vpr_m026, oo_all»."""
    if _is_empty(cell):
        return None
    codes = (normal_code(found.group(1)) for found in _UNIT_CODE.finditer(latin(str(cell))))
    return next((code for code in codes if is_municipality(code)), None)
