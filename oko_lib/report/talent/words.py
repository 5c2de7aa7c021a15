"""Russian words of the reports on talent: codes of the results → phrases met everywhere the same."""

from __future__ import annotations

from oko_lib.report.grammar import count
from oko_lib.report.numbers import is_missing

STATES = {"growth": "рост", "decline": "снижение", "indistinct": "неразличимо"}

STAGES = {"school": "школьный", "municipal": "муниципальный", "regional": "региональный", "final": "заключительный"}
STAGES_GENITIVE = {
    "school": "школьного",
    "municipal": "муниципального",
    "regional": "регионального",
    "final": "заключительного",
}
STAGES_PREPOSITIONAL = {
    "school": "школьном",
    "municipal": "муниципальном",
    "regional": "региональном",
    "final": "заключительном",
}

LISTS = {
    "federal_education": "перечень Минпросвещения",
    "federal_science": "перечень Минобрнауки",
    "regional": "значимые мероприятия региона",
    "municipal": "муниципальные мероприятия",
}

GROUPS = {
    ("place", "town"): "школы городов",
    ("place", "village"): "школы сёл и посёлков",
    ("kind", "selective"): "гимназии и лицеи",
    ("kind", "ordinary"): "другие школы",
}

#: What is compared from year to year.
GROWTH = {
    "school_participants": "участники школьного этапа, чел.",
    "municipal_participants": "участники муниципального этапа, чел.",
    "municipal_prizes": "дипломы муниципального этапа",
    "higher_participants": "участники регионального и заключительного этапов, чел.",
    "higher_prizes": "дипломы регионального и заключительного этапов",
    "federal_participants": "участники мероприятий федеральных перечней, чел.",
    "federal_prizes": "дипломы заключительных этапов федеральных перечней",
}

#: Kinds of protocol faults.
FAULTS = {
    "winner_not_above_half": "победитель набрал не больше половины максимума",
    "winner_not_maximum": "балл победителя ниже наибольшего в классе",
    "over_quota": "победителей и призёров больше квоты",
    "equal_scores_different_status": "равные баллы, разный статус",
    "absent_from_earlier_stage": "нет среди участников предыдущего этапа",
    "same_person_twice": "один ребёнок записан дважды",
}


def taking_part(persons: float | None, entries: int) -> str:
    """«94 человека, 129 участий»; children without keys cannot be counted, and that is said."""
    if is_missing(persons):
        return f"{count(int(entries), 'участие')} (людей не посчитать: не хватает ключей учеников)"
    return f"{count(int(persons), 'человек')}, {count(int(entries), 'участие')}"


def subject(name: str) -> str:
    """Return a subject as it stands inside a sentence: «русский язык», but «ОБЖ»."""
    return name if name[:2].isupper() else name[:1].lower() + name[1:]
