"""What the topics over all indicators share: values of every direction, their words, what is behind one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from oko_lib.explore.choice import Choice
from oko_lib.explore.lens import Lens
from oko_lib.explore.topic import Behind
from oko_lib.explore.topics.parts import by_name
from oko_lib.indicators.all_values import (
    DirectionValues,
    ValuedDirection,
    direction_values,
    valued_directions,
)
from oko_lib.indicators.low_results.measures import MEASURES
from oko_lib.indicators.session import Session
from oko_lib.indicators.values import IndicatorValue
from oko_lib.indicators.years import choose_year
from oko_lib.methods.result import RefusalReason
from oko_lib.report.columns import ColumnSpec
from oko_lib.report.indicator_table import of_text, value_text
from oko_lib.report.low_results import words as low_results_words
from oko_lib.report.names import strip_code
from oko_lib.report.numbers import NOT_APPLICABLE, integer, percent
from oko_lib.report.refusals import refusal_sentence
from oko_lib.report.school_labels import school_names, short_labels
from oko_lib.report.table import ReportTable
from oko_lib.report.training_quality.appendix import readable_words
from oko_lib.settings.loading import SettingsError
from oko_lib.settings.low_results_norms import LowResultsNorms, load_low_results_norms
from oko_lib.settings.norms import Norm, Norms, ObjectivityNorms, load_objectivity_norms
from oko_lib.settings.talent_norms import TalentNorms, load_talent_norms
from oko_lib.settings.training_quality_norms import TrainingQualityNorms, load_training_quality_norms
from oko_lib.settings.workspace import Workspace

NAME = "indicators"

_READINGS = {"formal": "рост по числам", "reliable": "отличимый рост"}
_FAILURES = {code for measure in MEASURES for code in measure.failure_codes}
#: Code and reading of an indicator with a norm → its name in the norms of the direction.
_TARGETS = {
    ("1.3.9-M01", ""): "trained_teachers_target",
    ("1.1.5-M02", "олимпиады"): "observed_olympiads_target",
}
#: Beginning of a code → page of methods.
_METHODS = (
    ("1.1.4-R02", "control_group"),
    ("1.1.4-S03", ""),
    ("1.1.4-R03", "repetition"),
    ("1.1.4-M02", ""),
    ("1.1.4", "agreement"),
    ("1.1.1-S02", "change"),
    ("1.1.2-M03", "cohort_change"),
    ("1.2.3-S", ""),
    ("1.2.3", "change"),
    ("1.3.1-R01", "count_change"),
    ("1.3.2-R01", "count_change"),
    ("1.3.3-R01", "count_change"),
    ("1.3.3-R02", "count_change"),
)
_KINDS = {
    "share": "доля: первое число «Из чего» ÷ второе",
    "points": "разность долей, в процентных пунктах",
    "count": "число",
    "ratio": "отношение двух чисел",
    "flag": "да или нет",
}


class AllNorms(Norms):
    """Norms of all directions together."""

    training_quality: TrainingQualityNorms
    objectivity: ObjectivityNorms
    low_results: LowResultsNorms
    talent: TalentNorms


def load_all_norms(workspace: Workspace) -> AllNorms:
    """Read the norms of all directions."""
    return AllNorms(
        training_quality=load_training_quality_norms(workspace),
        objectivity=load_objectivity_norms(workspace),
        low_results=load_low_results_norms(workspace),
        talent=load_talent_norms(workspace),
    )


@dataclass(frozen=True)
class Shown:
    """A value with the words its report prints it with.

    Parameters
    ----------
    direction : ValuedDirection
    value : IndicatorValue
    title, reading : str
    """

    direction: ValuedDirection
    value: IndicatorValue
    title: str
    reading: str

    @property
    def key(self) -> str:
        """What tells the indicator and its reading from all others, the same for every unit and year."""
        return "|".join((self.direction.name, self.value.code, self.value.title_ru, self.value.reading))

    @property
    def label(self) -> str:
        """The indicator in a list."""
        return f"{self.value.code} · {self.title}" + (f" — {self.reading}" if self.reading else "")


def shown(direction: ValuedDirection, value: IndicatorValue) -> Shown:
    """Return a value with its words."""
    if direction.name == "training_quality":
        return Shown(direction, value, *readable_words(value.title_ru, value.reading))
    if direction.name == "low_results" and value.level == "school":
        failing = value.code in _FAILURES
        reading = "не преодолели порог" if failing else low_results_words.success_brief(value.title_ru)
        return Shown(direction, value, low_results_words.brief(value.title_ru), reading)
    return Shown(direction, value, value.title_ru, _READINGS.get(value.reading, value.reading))


@dataclass(frozen=True)
class Gathered:
    """Values of all directions in a year, each computed when it is first asked for.

    Parameters
    ----------
    session : Session
        Of any municipality or the region.
    """

    session: Session

    @cached_property
    def directions(self) -> dict[str, ValuedDirection]:
        """Directions with data of the year, by name."""
        return {item.name: item for item in valued_directions() if not self._lack(item)}

    @cached_property
    def lacking(self) -> tuple[str, ...]:
        """What the directions without data lack, in sentences."""
        return tuple(filter(None, (self._lack(item) for item in valued_directions())))

    def _lack(self, direction: ValuedDirection) -> str:
        try:
            choose_year(self.session.snapshot, self.session.year, direction.tables)
        except SettingsError as error:
            return f"{direction.title_ru}: {error}"
        return ""

    def session_of(self, direction: ValuedDirection, year: int = 0) -> Session:
        """Return the region's session of a direction."""
        norms = getattr(self.session.norms, direction.name)
        return replace(
            self.session, norms=norms, year=year or self.session.year, municipality_code=None, municipality_name=None
        )

    def values(self, direction: ValuedDirection, year: int = 0) -> DirectionValues:
        """Return the values of a direction, computed once."""
        key = (direction.name, year or self.session.year)
        if key not in self._found:
            self._found[key] = direction_values(direction, self.session_of(direction, year))
        return self._found[key]

    @cached_property
    def _found(self) -> dict[tuple[str, int], DirectionValues]:
        return {}

    def own(self, direction: ValuedDirection, municipality: str, year: int = 0) -> list[Shown]:
        """Return the values of a municipality as a whole, of the region when `municipality` is empty."""
        found = self.values(direction, year)
        values = found.region if not municipality else found.municipalities.get(municipality, ())
        return [shown(direction, value) for value in values if value.unit == municipality]

    def chosen(self, measure: str) -> list[ValuedDirection]:
        """Return the direction called `measure`, or all."""
        return [self.directions[measure]] if measure in self.directions else list(self.directions.values())

    @cached_property
    def municipality_names(self) -> dict[str, str]:
        """Municipality → its name, over all directions, by name."""
        names: dict[str, str] = {}
        for direction in self.directions.values():
            names |= self.values(direction).names
        return by_name({code: strip_code(name) for code, name in names.items()})

    def school_names(self, municipality: str, directions: Iterable[ValuedDirection]) -> dict[str, str]:
        """School → its short name, unique within the municipality, by name."""
        register: dict[str, str] = {}
        for direction in directions:
            register |= self.values(direction).schools.get(municipality, {})
        return by_name(short_labels(school_names(register, register)))

    def name_of(self, unit: str) -> str:
        """Return the name of a municipality, or of the region."""
        return self.municipality_names.get(unit, unit) if unit else self.session.region_name

    def minimum(self, direction: ValuedDirection) -> int:
        """Return the smallest group a direction shows."""
        return int(getattr(self.session.norms, direction.name).minimum_group.value)

    def target(self, item: Shown) -> Norm | None:
        """Return the norm a value is held against, if there is one."""
        name = _TARGETS.get((item.value.code, item.value.reading))
        return getattr(getattr(self.session.norms, item.direction.name), name) if name else None

    def made_of(self, item: Shown) -> str:
        """Return numerator and denominator, hidden with the value of a small group."""
        estimate = item.value.estimate
        if not estimate.given and estimate.n < self.minimum(item.direction):
            return NOT_APPLICABLE
        return of_text(estimate)


def opened(lens: Lens, choice: Choice) -> Gathered:
    """Return the values of the year."""
    # One object for the year, whatever the municipality: nothing is gathered twice.
    return lens.keep(("indicators", choice.year), lambda: Gathered(lens.session(NAME, choice.year)))


def valued_schools(gathered: Gathered, direction: ValuedDirection, municipality: str) -> set[str]:
    """Return the schools of a municipality that have any value: of their own, or as a part of the municipality's."""
    found = gathered.values(direction)
    parts = {value.unit for value in found.municipalities.get(municipality, ()) if value.unit != municipality}
    return parts | set(found.valued_schools.get(municipality, ()))


def school_values(
    lens: Lens, gathered: Gathered, direction: ValuedDirection, municipality: str, school: str
) -> list[Shown]:
    """Return the values of a school: those its municipality's indicators give by school, and those of its level."""
    session = gathered.session_of(direction)

    def gather() -> list[Shown]:
        values = gathered.values(direction)
        found = [value for value in values.municipalities.get(municipality, ()) if value.unit == school]
        if school in values.valued_schools.get(municipality, ()):
            found += direction.of_schools(session, [school])
        return [shown(direction, value) for value in found]

    return lens.keep(("school values", direction.name, session.year, municipality, school), gather)


def keyed(items: Sequence[Shown]) -> dict[str, Shown]:
    """Return the name of each value in a table: its code, with its number among those of the code where several."""
    counts: dict[str, int] = {}
    for item in items:
        counts[item.value.code] = counts.get(item.value.code, 0) + 1
    seen: dict[str, int] = {}
    named = {}
    for item in items:
        code = item.value.code
        seen[code] = seen.get(code, 0) + 1
        # Held together: a name of two parts must not fall apart between two lines of a cell.
        named[code if counts[code] == 1 else f"{code}\u00a0·\u00a0{seen[code]}"] = item
    return named


def behind(gathered: Gathered, item: Shown, whose: str, units: ReportTable | None = None) -> Behind:
    """Return what is behind a value."""
    value, estimate = item.value, item.value.estimate
    facts = [
        ("Показатель", f"{value.code}, {item.title}"),
        ("Чей", whose),
        ("Как считается", f"{item.reading}; {_KINDS[value.kind]}" if item.reading else _KINDS[value.kind]),
    ]
    if estimate.given:
        facts.append(("Значение", value_text(value)))
        made = gathered.made_of(item)
        if made != NOT_APPLICABLE:
            facts.append(("Из чего", made))
        facts.append(("Наблюдений", integer(estimate.n)))
        if estimate.interval is not None:
            facts.append(("Интервал", f"уровень {percent(estimate.interval.level, 0)}, стоит в скобках у значения"))
        else:
            facts.append(("Интервал", "нет: полный счёт или ответ «да — нет»"))
    else:
        why = "нет данных" if estimate.refusal is None else refusal_sentence(estimate.refusal, "наблюдение")
        if estimate.refusal is not None and estimate.refusal.reason is RefusalReason.NO_DATA:
            why = "нет данных, из которых он считается"
        facts.append(("Значение", why))
    facts.append(("Направление", item.direction.title_ru))
    norms = getattr(gathered.session.norms, item.direction.name)
    target = gathered.target(item)
    used = tuple(filter(None, (target, norms.minimum_group, norms.confidence_level)))
    method = next((page for start, page in _METHODS if value.code.startswith(start)), "")
    return Behind(f"{value.code}: {whose}", tuple(facts), used, units, method)


def by_unit(gathered: Gathered, items: Sequence[Shown], names: Mapping[str, str], title: str) -> ReportTable | None:
    """Return values of one indicator by unit, in the order of names; None without any."""
    if not items:
        return None
    import pandas as pd

    rows = [
        {"unit": names.get(item.value.unit, item.value.unit), "value": value_text(item.value),
         "of": gathered.made_of(item)}
        for item in items
    ]  # fmt: skip
    return ReportTable.build(
        pd.DataFrame(rows),
        [
            ColumnSpec("unit", title),
            ColumnSpec("value", "Значение", align="right"),
            ColumnSpec("of", "Из скольких", align="right"),
        ],
        caption="Из чего складывается",
        sort="unit",
    )
