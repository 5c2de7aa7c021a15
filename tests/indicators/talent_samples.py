"""Small frames of olympiads, contests and forms, and a session-free summary of them."""

from __future__ import annotations

from functools import cache

import pandas as pd

from oko_lib.indicators.talent.coverage import coverage_by_school, participation
from oko_lib.indicators.talent.data import TalentData
from oko_lib.indicators.talent.forms import COUNTS, FLAGS
from oko_lib.settings.talent_norms import TalentNorms, load_talent_norms
from oko_lib.settings.workspace import PROJECT_ROOT, Workspace

YEAR = 2026


@cache
def norms() -> TalentNorms:
    return load_talent_norms(Workspace.at(PROJECT_ROOT))


def entry(
    person: str | None,
    stage: str = "school",
    subject: str = "Математика",
    school: str = "edu240001",
    grade: int = 8,
    status: str = "participant",
    year: int = YEAR,
    score: float = 10.0,
    **more: object,
) -> dict[str, object]:
    row = {
        "year": year,
        "stage": stage,
        "subject": subject,
        "grade": grade,
        "school": school,
        "participant": person or "x",
        "person": person,
        "score": score,
        "max_score": 40.0,
        "status": status,
        "has_disability": None,
        "load_id": "L1",
        "source_sheet": "Лист1",
        "source_row": 2,
        "score_share": score / 40.0,
        "prize": status in ("winner", "prize_winner"),
    }
    return row | more


def entries(*rows: dict[str, object]) -> pd.DataFrame:
    return pd.DataFrame(list(rows), columns=list(entry("x"))).astype({"prize": bool})


def contest(
    person: str | None,
    event_list: str = "federal_education",
    event: str = "Турнир",
    stage: str = "qualifying",
    school: str = "edu240001",
    status: str = "participant",
    year: int = YEAR,
    grade: int = 8,
    has_disability: bool | None = None,
) -> dict[str, object]:
    return {
        "year": year,
        "event_list": event_list,
        "event": event,
        "profile": "",
        "stage": stage,
        "grade": grade,
        "school": school,
        "participant": person or "x",
        "person": person,
        "status": status,
        "has_disability": has_disability,
        "prize": status in ("winner", "prize_winner"),
    }


def contests(*rows: dict[str, object]) -> pd.DataFrame:
    return pd.DataFrame(list(rows), columns=list(contest("x"))).astype({"prize": bool})


def enrolment(pupils: dict[str, int], grade: int = 8, disabled: int | None = 5, year: int = YEAR) -> pd.DataFrame:
    rows = [
        {
            "year": year,
            "school": school,
            "grade": grade,
            "pupils": float(number),
            "classes": 2.0,
            "classes_advanced": 1.0,
            "pupils_advanced": number / 4,
            "pupils_with_disabilities": disabled,
        }
        for school, number in pupils.items()
    ]
    return pd.DataFrame(rows)


def support(**by_school: dict[str, object]) -> pd.DataFrame:
    rows = [{"year": YEAR, "school": school, **values} for school, values in by_school.items()]
    return pd.DataFrame(rows, columns=["year", "school", *COUNTS, *FLAGS])


def observers(*rows: tuple) -> pd.DataFrame:
    names = [
        "year", "stage", "subject", "grade", "school", "rooms", "rooms_with_video", "independent_observers",
        "own_school_observers", "regulation",
    ]  # fmt: skip
    return pd.DataFrame([(YEAR, *row) for row in rows], columns=names)


def data_of(
    olympiad: pd.DataFrame,
    listed: pd.DataFrame | None = None,
    pupils: pd.DataFrame | None = None,
    forms: pd.DataFrame | None = None,
    watched: pd.DataFrame | None = None,
    held: dict[int, frozenset[str]] | None = None,
    events: pd.DataFrame | None = None,
) -> TalentData:
    listed = contests() if listed is None else listed
    pupils = enrolment({"edu240001": 40}) if pupils is None else pupils
    forms = support() if forms is None else forms
    coverage = coverage_by_school(olympiad, listed, pupils, forms, YEAR, norms())
    every = frozenset({"school", "municipal", "regional", "final"})
    return TalentData(
        year=YEAR,
        first_year=YEAR - 2,
        held=held or dict.fromkeys((YEAR - 2, YEAR - 1, YEAR), every),
        entries=olympiad,
        contests=listed,
        enrolment=pupils,
        support=forms,
        observers=observers() if watched is None else watched,
        events=pd.DataFrame(columns=["year", "event_list", "event", "event_kind"]) if events is None else events,
        coverage=coverage,
        participation=participation(coverage, norms()),
        groups=pd.DataFrame(
            {"place": ["village"] * len(coverage), "kind": ["ordinary"] * len(coverage)}, index=coverage.index
        ),
    )
