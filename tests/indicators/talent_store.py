"""A small region of olympiads, contests and forms for the tests of the reports, put straight into a store.

Thirty-six schools of three municipalities over three years. What children can do is drawn once with a fixed seed; every
name a report must not print (pupil keys, participants' codes) has a shape that can be searched for. Nothing is taken
from the demo generator.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable, Collection
from pathlib import Path

import numpy as np
import pandas as pd
from made_once import made_once

from oko_lib.settings.workspace import Workspace
from oko_lib.store import Load, Store

YEARS = (2024, 2025, 2026)
YEAR = YEARS[-1]
PLACES = ("Северный", "Средний", "Южный")
SUBJECTS = ("Математика", "Русский язык", "Физика", "ОБЖ")
#: Children of a school in every grade who ever take part.
COHORT = 4
#: Pupils of a school in every grade: 70 in grades 5–11, so that seven covered children are exactly 10 %.
PER_GRADE = 10

#: Planted schools of the first municipality: three villages without coverage; high results at home from which nothing
#: follows; seven pupils in grades 5–11.
VILLAGES = (27, 30, 33)
INFLATED = 3
TINY = 6
#: Of the third municipality (the second one covers exactly 10 %): a school without a form, a venue without an observer
#: in physics.
SILENT = 5
UNOBSERVED = 8

OLYMPIAD_FILE, SHEET = "протоколы.xlsx", "Протокол"
#: Whatever must not be printed: a pupil key, a participant's code.
KEY, CODE = r"p-[0-9a-f]{20}", r"уч-\d{6}"

#: What a region may lack; see :func:`region`.
PARTS = (
    "forms", "enrolment", "contests", "events", "observers", "keys", "school keys", "scores", "municipal stage",
    "olympiads", "context",
)  # fmt: skip


def login(number: int) -> str:
    return f"edu{880001 + number}"


def code(number: int) -> str:
    """Municipality of a school."""
    return f"reg88_m{number % len(PLACES) + 1:03d}"


def label(number: int) -> str:
    """Short name of a school as reports print it, ordinary spaces."""
    return f"СОШ № {number + 1}"


def key(child: int) -> str:
    return "p-" + hashlib.sha256(f"ребёнок {child}".encode()).hexdigest()[:20]


def region(
    root: Path,
    schools: int = 36,
    years: Collection[int] = YEARS,
    without: Collection[str] = (),
    names: dict[int, str] | None = None,
    municipalities: int = len(PLACES),
    faults: bool = True,
    tiny: Collection[int] = (TINY,),
    left_out: Collection[int] = (),
    change: Callable[[pd.DataFrame], pd.DataFrame] = lambda entries: entries,
    seed: int = 11,
) -> Workspace:
    """Write a region.

    Parameters
    ----------
    without : collection of str
        Of :data:`PARTS`: what was never loaded; ``keys`` — rows without pupil keys, ``school keys`` — such rows at the
        school stage alone, ``scores`` — protocols of statuses only.
    names : dict of int to str
        Names of schools that are not «Средняя школа № …».
    municipalities : int
        With one, all schools are of the first.
    faults : bool
        Whether three rows of the last year do not fit the rules of the olympiad.
    tiny : collection of int
        Schools with one pupil in every grade from 5 to 11.
    left_out : collection of int
        Schools there are not.
    change : callable
        What becomes of the protocols before they are written.
    """
    rng = np.random.default_rng(seed)
    tables = _registers(schools, names or {}, municipalities)
    if "context" not in without:
        tables["school_context_by_year"] = _context(schools)
    children = _children(schools, rng)
    taking = pd.concat([_home(children, year, rng, tiny) for year in sorted(years)], ignore_index=True)
    if "olympiads" not in without:
        entries = _olympiads(taking, rng, municipalities)
        if faults:
            entries = _with_faults(entries)
        tables["olympiad_results_by_participant"] = change(_lacking(entries, without)).reset_index(drop=True)
    if "contests" not in without:
        contests = _contests(taking, rng)
        tables["contest_results_by_participant"] = contests.assign(pupil_key=None) if "keys" in without else contests
        if "events" not in without:
            tables["listed_events_by_year"] = _events(years)
    if "enrolment" not in without:
        tables["enrolment_by_grade"] = _enrolment(schools, years, tiny)
    if "forms" not in without:
        tables["talent_support_by_school"] = _forms(schools, years, tiny)
    if "observers" not in without:
        tables["observers_by_procedure"] = _observers(schools, years)
    gone = [login(number) for number in left_out]
    workspace = Workspace.at(root)
    add(
        workspace,
        **{name: rows[~rows["login"].isin(gone)] if "login" in rows else rows for name, rows in tables.items()},
    )
    return workspace


_FILES = itertools.count()


def add(workspace: Workspace, **tables: pd.DataFrame) -> None:
    """Write every table as a file of its own; rows stand one below the other from row 2 on."""
    loads = []
    for name, frame in tables.items():
        file_name = OLYMPIAD_FILE if name == "olympiad_results_by_participant" else f"{name}.xlsx"
        digest = hashlib.sha256(f"{name} {next(_FILES)}".encode()).hexdigest()
        placed = frame.assign(source_sheet=SHEET, source_row=range(2, len(frame) + 2))
        n = len(frame)
        loads.append(Load(file_name, file_name, digest, "проверка", 2, n, n, 0, 0, tables={name: placed}))
    Store(workspace.store).append(loads)


# --- Registers -------------------------------------------------------------------------------------------------------


def _registers(schools: int, names: dict[int, str], municipalities: int) -> dict[str, pd.DataFrame]:
    numbers = range(schools)
    return {
        "schools": pd.DataFrame(
            {
                "login": [login(number) for number in numbers],
                "year": YEAR,
                "school_name": [names.get(n, f"МБОУ «Средняя школа № {n + 1}»") for n in numbers],
                "municipality_code": [code(number % municipalities) for number in numbers],
                "school_kind": ["лицей" if number % 12 == 0 else "СОШ" for number in numbers],
            }
        ),
        "municipalities": pd.DataFrame(
            {
                "municipality_code": [code(place) for place in range(municipalities)],
                "municipality_name": [f"{name} муниципальный район" for name in PLACES[:municipalities]],
                "region_code": "88",
                "region_name": "Выдуманный край",
            }
        ),
    }


def _context(schools: int) -> pd.DataFrame:
    places = ["село" if number in VILLAGES or number % 2 else "город" for number in range(schools)]
    return pd.DataFrame({"login": [login(n) for n in range(schools)], "year": YEAR, "place_type": places})


# --- Olympiads -------------------------------------------------------------------------------------------------------


def _children(schools: int, rng: np.random.Generator) -> pd.DataFrame:
    """Children who ever take part; `start` is the grade in the first year of the series."""
    frame = pd.MultiIndex.from_product(
        [range(schools), range(5 - len(YEARS) + 1, 12), range(COHORT)], names=["number", "start", "place"]
    ).to_frame(index=False)
    child = np.arange(len(frame))
    return frame.assign(
        child=child,
        person=[key(each) for each in child],
        ability=rng.normal(0, 1, len(frame)),
        has_disability=child % 16 == 0,
    )


def _home(children: pd.DataFrame, year: int, rng: np.random.Generator, tiny: Collection[int]) -> pd.DataFrame:
    """Children of a year's school stage and their subjects, two each, with the score at home."""
    grade = children["start"] + year - YEARS[0]
    there = grade.between(5, 11) & (rng.random(len(children)) < 0.85)
    there &= ~children["number"].isin(list(tiny)) | (children["place"] == 0)
    came = children[there].assign(year=year, grade=grade[there])
    entries = came.loc[came.index.repeat(2)].reset_index(drop=True)
    first = rng.integers(0, len(SUBJECTS), len(came)).repeat(2)
    subject = (first + np.arange(len(entries)) % 2) % len(SUBJECTS)
    planted = np.where(entries["number"] == INFLATED, 22, 0)
    points = 22 + 7 * entries["ability"] + 4 * rng.normal(0, 1, len(entries)) + planted
    return entries.assign(subject=np.array(SUBJECTS)[subject], score=_points(points), max_score=40.0)


def _points(raw: pd.Series) -> pd.Series:
    return raw.round().clip(0, 40)


def _olympiads(home: pd.DataFrame, rng: np.random.Generator, municipalities: int) -> pd.DataFrame:
    """All stages: who does well goes on, and the next jury sets other tasks."""
    home = home.assign(stage="school", area=home["number"] % municipalities)
    draws = rng.random(len(home))
    comes = np.where(home["number"] == INFLATED, 0.25, 0.85)
    admitted = home[(home["score"] >= 23) & (home["grade"] >= 7) & (draws < comes)]
    points = 18 + 7 * admitted["ability"] + 4 * rng.normal(0, 1, len(admitted))
    municipal = admitted.assign(stage="municipal", score=_points(points))
    on = municipal[(municipal["score"] >= 24) & (municipal["grade"] >= 9)]
    regional = on.assign(stage="regional", score=_points(16 + 7 * on["ability"] + 4 * rng.normal(0, 1, len(on))))
    frame = pd.concat(
        [
            home.assign(jury=home["number"]),
            municipal.assign(jury=1000 + municipal["area"]),
            regional.assign(jury=2000),
        ],
        ignore_index=True,
    )
    top = frame.groupby(["year", "stage", "subject", "grade", "jury"])["score"].transform("max")
    status = np.select(
        [(frame["score"] == top) & (frame["score"] > 20), frame["score"] >= 26],
        ["winner", "prize_winner"],
        "participant",
    )
    return pd.DataFrame(
        {
            "year": frame["year"],
            "stage": frame["stage"],
            "subject": frame["subject"],
            "login": frame["number"].map(login),
            "participant_code": "уч-" + (100_000 + frame["child"]).astype(str),
            "pupil_key": frame["person"],
            "grade": frame["grade"],
            "pupil_grade": frame["grade"],
            "present": True,
            "score": frame["score"],
            "max_score": frame["max_score"],
            "status": status,
            "has_disability": frame["has_disability"],
        }
    )


def _with_faults(entries: pd.DataFrame) -> pd.DataFrame:
    """Add three rows of the last year: a winner with half of the maximum, a child unseen before, a child twice."""
    now = entries[(entries["year"] == YEAR) & (entries["login"] == login(0))]
    other = now.loc[now["stage"] == "school"].iloc[[0]]
    added = [
        now.iloc[[0]].assign(
            subject="Право", stage="school", participant_code="уч-900001", score=20.0, status="winner", grade=6,
            pupil_grade=6,
        ),
        now.iloc[[0]].assign(
            subject="Физика", stage="municipal", participant_code="уч-900002", pupil_key=key(900_002), grade=8,
            pupil_grade=8, score=1.0, status="participant",
        ),
        other.assign(participant_code="уч-900003"),
    ]  # fmt: skip
    return pd.concat([entries, *added], ignore_index=True)


def _lacking(entries: pd.DataFrame, without: Collection[str]) -> pd.DataFrame:
    if "municipal stage" in without:
        entries = entries[entries["stage"] == "school"]
    if "keys" in without:
        entries = entries.assign(pupil_key=None)
    if "school keys" in without:
        entries = entries.assign(pupil_key=entries["pupil_key"].where(entries["stage"] != "school"))
    if "scores" in without:
        entries = entries.assign(score=np.nan, max_score=np.nan)
    return entries


# --- Contests, forms, observers --------------------------------------------------------------------------------------

EVENTS = {
    "federal_education": "Большая перемена",
    "federal_science": "Турнир имени Ломоносова",
    "regional": "Юный исследователь края",
    "municipal": "Первые шаги",
}
#: Taken part in by children of the first municipality, but in no register.
UNLISTED = "Чужой турнир"


def _contests(home: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Every list: a third of the children at the qualifying stage, the able ones of them at the final."""
    children = home.drop_duplicates(["year", "child"])
    parts = []
    for place, (name, event) in enumerate(EVENTS.items()):
        tried = children[rng.random(len(children)) < 0.3 - 0.05 * place]
        final = tried[tried["ability"] > 0.2]
        status = np.where(final["ability"] > 1.2, "winner", "participant")
        parts += [
            tried.assign(event_list=name, event=event, stage="qualifying", status="participant"),
            final.assign(event_list=name, event=event, stage="final", status=status),
        ]
    odd = children[(children["number"] == 0) & (children["year"] == YEAR)]
    parts.append(odd.assign(event_list="regional", event=UNLISTED, stage="qualifying", status="participant"))
    frame = pd.concat(parts, ignore_index=True)
    return pd.DataFrame(
        {
            "year": frame["year"],
            "event_list": frame["event_list"],
            "event": frame["event"],
            "profile": "",
            "stage": frame["stage"],
            "login": frame["number"].map(login),
            "participant_code": "уч-" + (100_000 + frame["child"]).astype(str),
            "pupil_key": frame["person"],
            "grade": frame["grade"],
            "present": True,
            "status": frame["status"],
            "has_disability": frame["has_disability"],
        }
    )


def _events(years: Collection[int]) -> pd.DataFrame:
    names = pd.DataFrame({"event_list": list(EVENTS), "event": list(EVENTS.values()), "event_kind": "contest"})
    return names.merge(pd.DataFrame({"year": sorted(years)}), how="cross")


def _enrolment(schools: int, years: Collection[int], tiny: Collection[int]) -> pd.DataFrame:
    frame = pd.MultiIndex.from_product([sorted(years), range(schools), range(1, 12)]).to_frame(index=False)
    frame.columns = ["year", "number", "grade"]
    small = frame["number"].isin(list(tiny))
    upper = frame["grade"].between(5, 11)
    pupils = upper.map({True: PER_GRADE, False: 6}).mask(small, upper.astype(int))
    return pd.DataFrame(
        {
            "year": frame["year"],
            "login": frame["number"].map(login),
            "grade": frame["grade"],
            "pupils": pupils,
            "classes": 1,
            "classes_advanced": (frame["grade"] >= 10).astype(int),
            "pupils_advanced": np.where(frame["grade"] >= 10, pupils // 2, 0),
            "pupils_with_disabilities": (~small).astype(int),
        }
    )


def covered_of(number: int, tiny: Collection[int] = (TINY,)) -> int:
    """Children of grades 5–11 a school says it reached: 0 in the villages, exactly 10 % in the second municipality."""
    if number in VILLAGES:
        return 0
    if number in tiny:
        return 1
    return 7 if code(number) == code(1) else 9


def _forms(schools: int, years: Collection[int], tiny: Collection[int]) -> pd.DataFrame:
    frame = pd.MultiIndex.from_product([sorted(years), range(schools)]).to_frame(index=False)
    frame.columns = ["year", "number"]
    number = frame["number"]
    small = number.isin(list(tiny))
    form = pd.DataFrame(
        {
            "year": frame["year"],
            "login": number.map(login),
            "pupils_talent_events": [covered_of(each, tiny) for each in number],
            "pupils_individual_programme": number % 5,
            "pupils_individual_plan": number % 4,
            "pupils_sirius": number % 2,
            "pupils_additional_education": np.where(small, 5, 40 + number),
            "pupils_additional_education_talent": np.where(small, 1, 12),
            "programmes_additional": 10,
            "programmes_additional_talent": 3,
            "pupils_network": 2,
            "programmes_network_individual": number % 2,
            "programmes_network_plan": 1,
            "interagency_programme": number % 2 == 0,
            "navigator_requests": 15,
            "teachers": 20,
            "teachers_trained_gifted": 5 + number % 5,
            "psychologists": 2,
            "psychologists_trained_gifted": 1,
            "psychologists_identifying": (number + 1) % 3,
            "mentors": 4,
            "mentors_awarded": 1,
            "programmes_university": 1,
            "programmes_university_all": 2,
        }
    )
    return form[number != SILENT].reset_index(drop=True)


def _observers(schools: int, years: Collection[int]) -> pd.DataFrame:
    """Every other school of a municipality hosts the municipal stage, one venue the regional one."""
    venues = [number for number in range(schools) if number // 3 % 2 == 0]
    frame = pd.MultiIndex.from_product([sorted(years), venues, SUBJECTS]).to_frame(index=False)
    frame.columns = ["year", "number", "subject"]
    municipal = frame.assign(stage="municipal")
    regional = frame[frame["number"] == 0].assign(stage="regional")
    home = frame[frame["subject"] == SUBJECTS[0]].assign(stage="school")
    held = pd.concat([municipal, regional, home], ignore_index=True)
    unseen = (held["number"] == UNOBSERVED) & (held["subject"] == "Физика")
    return pd.DataFrame(
        {
            "year": held["year"],
            "procedure_kind": "ВсОШ",
            "stage": held["stage"],
            "subject": held["subject"],
            "grade": 0,
            "login": held["number"].map(login),
            "rooms": 4,
            "rooms_with_video": 3,
            "observers": 2,
            "independent_observers": np.where(unseen, 0, 2),
            "own_school_observers": np.where(unseen, 1, 0),
            "regulation": True,
        }
    )


# --- Regions that are written once -----------------------------------------------------------------------------------

LONG_NAME = "МБОУ «" + "Средняяобщеобразовательнаяшколасуглублённымизучением " * 5 + "имени " + "А" * 90 + "»"

#: Regions that lack something, for both reports.
CASES: dict[str, dict[str, object]] = {
    **{f"no {part}": {"schools": 12, "without": (part,)} for part in PARTS if part != "events"},
    "no previous year": {"schools": 12, "years": (YEARS[0], YEAR)},
    "only contests": {"schools": 9, "without": ("forms", "enrolment", "observers", "olympiads", "context")},
    "only forms": {"schools": 9, "without": ("contests", "enrolment", "observers", "olympiads", "context")},
    "only protocols": {"schools": 9, "without": ("contests", "forms", "enrolment", "observers", "context")},
    "one school": {"schools": 1},
    "long names": {"schools": 24, "municipalities": 1, "names": {n: f"{LONG_NAME} {n}" for n in range(24)}},
}


def written(factory, case: str = "full") -> Workspace:
    """Return a region that is written once per run (`factory`: tmp_path_factory) and only read: full or of CASES."""
    return made_once(factory, f"talent {case}", lambda root: region(root, **CASES.get(case, {})))
