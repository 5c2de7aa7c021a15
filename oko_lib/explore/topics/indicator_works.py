"""The work a value is of, where it is of one: lists of all indicators are narrowed to a subject and a grade by it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache

from oko_lib.explore.choice import Choice, Offers
from oko_lib.explore.topics.indicator_parts import Shown
from oko_lib.explore.topics.parts import work_offers
from oko_lib.indicators.low_results.measures import MEASURES
from oko_lib.report.training_quality.words import DOMAINS

Work = tuple[str, int]

_GRADES = {"ОГЭ": 9, "ЕГЭ": 11}
_LEVELS_OF_EXAM = (" базовая", " профильная")


def work_of(item: Shown) -> Work | None:
    """Return subject and grade of the one work a value is of; None where it is of several, or of none."""
    parts = item.value.reading.partition("; ")[0].split(" · ")
    if len(parts) >= 2 and parts[1].isdigit():
        return DOMAINS.get(parts[0], parts[0]), int(parts[1])
    return _of_measures().get(item.value.code)


def narrowed(named: Mapping[str, Shown], choice: Choice) -> dict[str, Shown]:
    """Return the values of the subject and the grade chosen; all where none is."""
    if not choice.subject and not choice.grade:
        return dict(named)
    return {name: item for name, item in named.items() if _is_of(work_of(item), choice)}


def narrowing_offers(items: Iterable[Shown], choice: Choice) -> Offers:
    """Offer the subjects of the values and the grades of the subject chosen; nothing where no value is of one work."""
    works = {work for item in items if (work := work_of(item)) is not None}
    return work_offers(works, choice, every=True) if works else {}


def _is_of(work: Work | None, choice: Choice) -> bool:
    return work is not None and choice.subject in ("", work[0]) and choice.grade in (0, work[1])


@cache
def _of_measures() -> dict[str, Work]:
    """Code of section 1.2.3 → the work it is read off."""
    found: dict[str, Work] = {}
    for measure in MEASURES:
        first = measure.procedures[0]
        of_code = [
            *zip(measure.success_codes, measure.procedures, strict=False),
            *zip(measure.failure_codes, measure.procedures, strict=False),
            (measure.region_code, first),
            (measure.municipality_code, first),
        ]
        found |= {code: _work(procedure) for code, procedure in of_code}
    return found


def _work(procedure: str) -> Work:
    kind, subject, *grade = procedure.split(" · ")
    for level in _LEVELS_OF_EXAM:
        subject = subject.removesuffix(level)
    return DOMAINS.get(subject, subject), int(grade[0]) if grade else _GRADES[kind]
