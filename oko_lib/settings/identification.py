"""Methods by which schools are called low-performing, each written down in a file of its own."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo, field_validator

from oko_lib.settings.loading import SettingsError, Strict, read_yaml, suggest, validate
from oko_lib.settings.workspace import Workspace

#: Kinds of procedures as the outcomes of schools name them; a КДР has levels and no threshold.
KINDS = ("ВПР", "ОГЭ", "ЕГЭ", "ГВЭ-9", "ГВЭ-11", "КДР")
KINDS_WITH_THRESHOLD = KINDS[:-1]
LIST_KINDS = ("low_results", "adverse_conditions", "biased_results")


def _filled(text: str) -> str:
    if not text.strip():
        raise ValueError("запись пуста; заполните её.")
    return text


def _one_or_more(value: Any) -> Any:
    """A single value may be written without brackets."""
    return tuple(value) if isinstance(value, list) else (value,) if isinstance(value, str | int) else value


def _not_empty(values: tuple) -> tuple:
    if not values:
        raise ValueError("список пуст; уберите строку, если ограничения нет.")
    return values


def _from(known: tuple[str, ...]) -> Callable[[str], str]:
    def check(word: str) -> str:
        if word not in known:
            hint = suggest(word, list(known)) or f" Известны: {', '.join(known)}."
            raise ValueError(f"неизвестное значение «{word}».{hint}")
        return word

    return check


def _percent(value: Any) -> Decimal:
    try:
        number = Decimal(str(value).replace(",", "."))
    except InvalidOperation:
        raise ValueError(f"ожидалось число процентов, записано «{value}».") from None
    if 0 < number < 1:
        raise ValueError(f"порог пишется в процентах: не {value}, а {(number * 100).normalize():f}.")
    if not 1 <= number <= 100:
        raise ValueError(f"допустимо от 1 до 100 процентов, записано «{value}».")
    return number


def _count(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ValueError(f"ожидалось целое число не меньше 1, записано «{value}».")
    return value


Text = Annotated[str, AfterValidator(_filled)]
Percent = Annotated[Decimal, BeforeValidator(_percent)]
Count = Annotated[int, BeforeValidator(_count)]
Kinds = Annotated[
    tuple[Annotated[str, AfterValidator(_from(KINDS))], ...],
    BeforeValidator(_one_or_more),
    AfterValidator(_not_empty),
]
Subjects = Annotated[tuple[Text, ...], BeforeValidator(_one_or_more), AfterValidator(_not_empty)]
Grades = Annotated[tuple[Count, ...], BeforeValidator(_one_or_more), AfterValidator(_not_empty)]


class Criterion(Strict):
    """What all kinds of criteria have.

    Parameters
    ----------
    name : str
        Short name, unlike the others of the method.
    title_ru : str
        The criterion in words.
    own_choice : str
        What in it is the choice of this workbench, in Russian; empty when all of it stands in the document.
    """

    name: Text
    title_ru: Text
    own_choice: str = ""


class OfProcedures(Criterion):
    """A criterion on procedures.

    Parameters
    ----------
    kinds : tuple of str
        Kinds of procedures that count.
    subjects, grades : tuple or None
        Subjects (domains of a КДР) and grades that count; None for all.
    procedures_at_least : int
        In how many procedures it must show.
    """

    kinds: Kinds
    subjects: Subjects | None = None
    grades: Grades | None = None
    procedures_at_least: Count = 1


class ShareBelow(OfProcedures):
    """«At least `threshold` % of participants below the threshold of the procedure».

    Parameters
    ----------
    threshold : Decimal
        Percent; reached when equal.
    years_in_a_row : int
        In how many years the same procedure must reach it, counted back from the year of the list.
    """

    type: Literal["share_below"]
    threshold: Percent
    years_in_a_row: Count = 1

    @field_validator("kinds")
    @classmethod
    def _have_threshold(cls, kinds: tuple[str, ...]) -> tuple[str, ...]:
        lacking = [kind for kind in kinds if kind not in KINDS_WITH_THRESHOLD]
        if lacking:
            raise ValueError(f"у процедуры «{lacking[0]}» нет порога «не преодолел»; уберите её.")
        return kinds

    @property
    def share(self) -> Fraction:
        """The threshold as an exact fraction."""
        return Fraction(self.threshold) / 100


class Change(OfProcedures):
    """«Results decline»: the mean result of the last year lies below that of `years` − 1 years before.

    Parameters
    ----------
    years : int
        Years looked at, the first and the last included.
    judged : str
        ``formal``: any decline of the number; ``reliable``: a decline beyond chance, as the dynamics finds it.
    direction : str
        ``decline``.
    """

    type: Literal["change"]
    years: Count = 2
    judged: Literal["formal", "reliable"] = "formal"
    direction: Literal["decline"] = "decline"


class RelativeChange(OfProcedures):
    """«The mean score, relative to the regional mean, declines over `years` years»."""

    type: Literal["relative_change"]
    years: Count = 2
    direction: Literal["decline"] = "decline"


class Listed(Criterion):
    """«The school was on a published list».

    Parameters
    ----------
    list_kind : str
        Which list.
    times_at_least : int
        In how many years.
    ever : bool
        True: in all years up to the year of the method; False: in that year only.
    """

    type: Literal["listed"]
    list_kind: Annotated[str, AfterValidator(_from(LIST_KINDS))]
    times_at_least: Count = 1
    ever: bool = True

    @field_validator("ever")
    @classmethod
    def _times_fit(cls, ever: bool, info: ValidationInfo) -> bool:
        if not ever and info.data.get("times_at_least", 1) > 1:
            raise ValueError("false значит «в этом году», а за один год школа попадает в список один раз.")
        return ever


AnyCriterion = ShareBelow | Change | RelativeChange | Listed
_TYPES = {"share_below": ShareBelow, "change": Change, "relative_change": RelativeChange, "listed": Listed}


class AtLeast(Strict):
    """Combination «at least so many of the criteria»."""

    at_least: Count


def _combination(value: Any) -> Any:
    if value in ("all", "any") or isinstance(value, AtLeast):
        return value
    if isinstance(value, dict) and list(value) == ["at_least"]:
        return AtLeast(at_least=_count(value["at_least"]))
    raise ValueError(f"допустимо all (все признаки), any (хотя бы один) или {{at_least: 2}}, записано «{value}».")


Combination = Annotated[Literal["all", "any"] | AtLeast, BeforeValidator(_combination)]


class Rule(Strict):
    """Criteria and how many of them must hold.

    Parameters
    ----------
    combine : {"all", "any"} or AtLeast
        All criteria, any of them, or at least so many.
    combine_own_choice : str
        What in the combination is the choice of this workbench; empty when it stands in the document.
    criteria : tuple of criteria
    """

    combine: Combination
    combine_own_choice: str = ""
    criteria: tuple[AnyCriterion, ...]

    @field_validator("criteria")
    @classmethod
    def _fit(cls, criteria: tuple, info: ValidationInfo) -> tuple:
        names = [criterion.name for criterion in criteria]
        if not names:
            raise ValueError("не записано ни одного признака.")
        twice = {name for name in names if names.count(name) > 1}
        if twice:
            raise ValueError(f"имя признака «{min(twice)}» записано дважды.")
        combine = info.data.get("combine")
        if isinstance(combine, AtLeast) and combine.at_least > len(names):
            raise ValueError(f"для списка нужно признаков: {combine.at_least}, а записано: {len(names)}.")
        return criteria

    @property
    def at_least(self) -> int:
        """How many criteria must hold."""
        if isinstance(self.combine, AtLeast):
            return self.combine.at_least
        return len(self.criteria) if self.combine == "all" else 1

    @property
    def readings(self) -> tuple[str, ...]:
        """Combinations to be computed, the one the rule stands for first."""
        return ("at_least",) if isinstance(self.combine, AtLeast) else (self.combine,)


class RiskZone(Rule):
    """A wider rule for schools that are not listed yet.

    Parameters
    ----------
    title_ru : str
        Its name in words.
    """

    title_ru: Text


class IdentificationMethod(Rule):
    """One published (or proposed) method; see ``parameters/identification``.

    Parameters
    ----------
    name : str
        Name in the code and in comparisons, unlike that of any other method.
    title_ru : str
        Name for the reader.
    source, clause : str
        Document and the place in it.
    year : int or None
        Year of the document, None when it bears no date.
    official : bool
        False for a proposal of the workbench.
    note : str
        What the reader must know.
    combine_is_ambiguous : bool
        The document can be read as «and» and as «or»: both readings are computed and shown, the first is `combine`.
    risk_zone : RiskZone or None
    """

    name: Text
    title_ru: Text
    source: Text
    clause: Text
    year: int | None = Field(ge=1900, le=2100)
    official: bool
    note: str = ""
    combine_is_ambiguous: bool = False
    risk_zone: RiskZone | None = None

    @field_validator("combine_is_ambiguous")
    @classmethod
    def _ambiguity_fits(cls, ambiguous: bool, info: ValidationInfo) -> bool:
        few = len(info.data.get("criteria", (None, None))) < 2
        if ambiguous and (isinstance(info.data.get("combine"), AtLeast) or few):
            raise ValueError("true имеет смысл, когда combine — all или any, а признаков не меньше двух.")
        return ambiguous

    @property
    def readings(self) -> tuple[str, ...]:
        """Combinations to be computed: two where the document is ambiguous, the one the method stands for first."""
        first = super().readings
        return (*first, {"all": "any", "any": "all"}[first[0]]) if self.combine_is_ambiguous else first

    @property
    def own_choices(self) -> tuple[str, ...]:
        """All that is not in the document but chosen by this workbench, in Russian."""
        rules = [self, *([self.risk_zone] if self.risk_zone else [])]
        words = [word for rule in rules for word in (*(c.own_choice for c in rule.criteria), rule.combine_own_choice)]
        return tuple(word for word in words if word)

    @property
    def fingerprint(self) -> str:
        """Short hexadecimal digest of the whole method."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:12]


def load_identification_method(path: Path) -> IdentificationMethod:
    """Read one file of ``parameters/identification``.

    Raises
    ------
    SettingsError
        If the file cannot be read or does not fit; the message names file, place and, for a misspelt word, the nearest
        known one.
    """
    content = read_yaml(path)
    if not isinstance(content, dict):
        raise SettingsError(f"{path.name}: ожидались записи вида «ключ: значение».")
    content = _with_criteria(content, path.name)
    if isinstance(content.get("risk_zone"), dict):
        where = f"{path.name}, risk_zone"
        zone = validate(_with_criteria(content["risk_zone"], where), RiskZone, where)
        content = {**content, "risk_zone": zone}
    return validate(content, IdentificationMethod, path.name)


def load_identification_methods(workspace: Workspace) -> dict[str, IdentificationMethod]:
    """Read all files ``parameters/identification/*.yaml``.

    Returns
    -------
    dict of str to IdentificationMethod
        By name, official methods first, then in the order of file names.

    Raises
    ------
    SettingsError
        If a file does not fit, two methods bear one name, or there is no method at all.
    """
    folder = workspace.parameters / "identification"
    found: dict[str, tuple[Path, IdentificationMethod]] = {}
    for path in sorted(folder.glob("*.yaml")):
        method = load_identification_method(path)
        if method.name in found:
            other = found[method.name][0].name
            raise SettingsError(f"{path.name}: имя методики «{method.name}» уже занято в {other}. Дайте другое имя.")
        found[method.name] = (path, method)
    if not found:
        raise SettingsError(f"В папке {folder.name} нет ни одной методики (*.yaml).")
    ordered = sorted((method for _, method in found.values()), key=lambda method: not method.official)
    return {method.name: method for method in ordered}


def _with_criteria(content: dict, where: str) -> dict:
    """Return `content` with its criteria as objects: each is checked against its own kind, so hints name its keys."""
    if "criteria" not in content:
        return content  # its absence is explained with all the rest
    items = content["criteria"]
    if not isinstance(items, list):
        raise SettingsError(f"{where}: «criteria»: ожидался список признаков, каждый с чёрточкой «-» в начале.")
    return {**content, "criteria": tuple(_criterion(item, f"{where}, признак {i}") for i, item in enumerate(items, 1))}


def _criterion(item: object, where: str) -> AnyCriterion:
    if not isinstance(item, dict):
        raise SettingsError(f"{where}: ожидались записи вида «ключ: значение».")
    known = ", ".join(_TYPES)
    if "type" not in item:
        hint = next((suggest(key, ["type"]) for key in item if suggest(key, ["type"])), "")
        raise SettingsError(f"{where}: не указан вид признака «type».{hint} Известны: {known}.")
    if item["type"] not in _TYPES:
        hint = suggest(item["type"], list(_TYPES)) or f" Известны: {known}."
        raise SettingsError(f"{where}: неизвестный вид признака «{item['type']}».{hint}")
    return validate(item, _TYPES[item["type"]], where)
