"""Schools with low results for the tests: rows put straight into a store, and a region with planted schools.

Two things are here: builders of single results (for numbers counted by hand) and :func:`region`, forty schools of three
municipalities over three years. Nothing is taken from the demo generator.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Collection, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from made_once import made_once

from oko_lib.indicators.low_results.outcomes import LEVELS, outcomes_by_school
from oko_lib.indicators.low_results.region import TABLES
from oko_lib.indicators.session import Session, open_session
from oko_lib.settings.low_results_norms import load_low_results_norms
from oko_lib.settings.thresholds import load_exam_thresholds
from oko_lib.settings.workspace import PROJECT_ROOT, Workspace
from oko_lib.store import Load, Store

YEARS = (2024, 2025, 2026)
YEAR = YEARS[-1]
PLACE = {"source_sheet": "лист", "source_row": 1}
PLACES = ("Северный", "Средний", "Южный")
NORMS = load_low_results_norms(Workspace(PROJECT_ROOT))
THRESHOLDS = load_exam_thresholds(Workspace(PROJECT_ROOT))

#: Planted schools by number; see :func:`region`.
GROWN, FALLEN, OLD_LOGIN, NO_PASSPORT, SILENT, ONE_PROCEDURE, BY_COUNTS, SMALL = 0, 3, 6, 9, 12, 15, 18, 21
BASE = (GROWN, FALLEN, SILENT, NO_PASSPORT, 1)
CURRENT = (FALLEN, SILENT, NO_PASSPORT, 1, 24)
ADVERSE = (FALLEN,)

EXAMS = (("ОГЭ", "Математика"), ("ОГЭ", "Русский язык"), ("ЕГЭ", "Русский язык"), ("ЕГЭ", "Математика базовая"),
         ("ЕГЭ", "Математика профильная"))  # fmt: skip
WORKS = (("reading_literacy", 4), ("reading_literacy", 6), ("science_literacy", 8))


def login(number: int) -> str:
    return f"edu{880001 + number}"


def code(number: int) -> str:
    """Municipality of a school."""
    return f"reg88_m{number % len(PLACES) + 1:03d}"


def label(number: int) -> str:
    """Short name of a school as reports print it."""
    return f"СОШ №\u00a0{number + 1}"


# --- Rows ----------------------------------------------------------------------------------------------------------


def exam(school: str, results: Sequence[float | None], *where, **more) -> pd.DataFrame:
    """One row per participant: a test score for scored exams of ЕГЭ, a mark for the others; see :func:`_exam`."""
    return _frame([_exam(school, results, *where, **more)])


def _exam(
    school: str,
    results: Sequence[float | None],
    subject: str = "Математика",
    kind: str = "ОГЭ",
    year: int = YEAR,
    first: int = 1,
    present: bool = True,
) -> dict[str, list]:
    scored = kind == "ЕГЭ" and subject != "Математика базовая"
    n = len(results)
    return {
        "year": [year] * n,
        "exam": [kind] * n,
        "subject": [subject] * n,
        "login": [school] * n,
        "participant_code": [f"{year}{first + place:05d}" for place in range(n)],
        "present": [present] * n,
        "test_score": list(results) if scored else [None] * n,
        "mark": [None] * n if scored else list(results),
    }


def _frame(parts: Sequence[dict[str, list]]) -> pd.DataFrame:
    """Columns of several parts one after another: one frame is built, not one for every school and work."""
    columns = {name: list(itertools.chain.from_iterable(part[name] for part in parts)) for name in parts[0]}
    frame = pd.DataFrame(columns)
    return frame.astype({name: "Int64" for name in ("test_score", "mark") if name in frame.columns})


def exam_counts(school: str, n: int, subject: str = "Математика", kind: str = "ОГЭ", year: int = YEAR, **counts):
    names = ("n_mark_2", "n_mark_3", "n_mark_4", "n_mark_5", "n_below_threshold", "n_above_60", "mean_test_score")
    row = {"year": year, "exam": kind, "subject": subject, "login": school, "n_participants": n}
    return pd.DataFrame([{**row, **dict.fromkeys(names), **counts}])


def work(school: str, levels: str | Sequence[str | None], *where, **more) -> pd.DataFrame:
    """One row per pupil; levels as digits 1–4 («1123»), keys and groups (`more`) beside; see :func:`_work`."""
    return _frame([_work(school, levels, *where, **more)])


def _work(
    school: str,
    levels: str | Sequence[str | None],
    domain: str = "reading_literacy",
    grade: int = 4,
    year: int = YEAR,
    keys: Sequence[str | None] | None = None,
    first: int = 1,
    **groups: Sequence | None,
) -> dict[str, list]:
    titles = [LEVELS[int(digit) - 1] for digit in levels] if isinstance(levels, str) else list(levels)
    n = len(titles)
    nobody = [None] * n
    return {
        "year": [year] * n,
        "domain": [domain] * n,
        "grade": [grade] * n,
        "login": [school] * n,
        "participant_code": [f"{grade}{first + place:05d}" for place in range(n)],
        "pupil_key": list(keys) if keys is not None else nobody,
        "present": [title is not None for title in titles],
        "level": titles,
        **{
            name: list(groups.get(name) or nobody)
            for name in ("disability", "at_risk", "other_native_language", "low_income")
        },
    }


def work_counts(
    school: str, numbers: Sequence[int], domain="reading_literacy", grade=4, year: int = YEAR, group: str = "все"
) -> pd.DataFrame:
    row = {"year": year, "domain": domain, "grade": grade, "login": school, "pupil_group": group}
    counts = dict(zip((f"n_{level}" for level in LEVELS), numbers, strict=True))
    return pd.DataFrame([{**row, "n_participants": sum(numbers), **counts}])


def listed(kind: str, year: int, *schools: str) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {"list_kind": kind, "year": year, "login": school, "school_name": None, "sign": "низкие результаты",
             "source": f"приказ {year} года"}
            for school in schools
        ]
    )  # fmt: skip


def passport(school: str, year: int = YEAR, pupils: int = 500, **parts) -> pd.DataFrame:
    names = ("low_income", "single_parent", "large_families", "on_record", "at_risk", "other_language",
             "with_disabilities", "orphans", "parents_higher_education", "failing")  # fmt: skip
    others = ("teacher_vacancies", "specialists_required", "specialists_actual", "equipment_pct")
    empty = dict.fromkeys([*(f"pupils_{name}" for name in names), *others])
    return pd.DataFrame([{"login": school, "year": year, "pupils": pupils, **empty, **parts}])


def support(school: str, teachers: int, year: int = YEAR, **counts) -> pd.DataFrame:
    names = ("teachers_diagnosed", "teachers_with_deficits", "teachers_supported", "teachers_trained", "heads",
             "heads_supported", "teachers_in_regional_associations", "teachers_in_municipal_associations",
             "programme_approved", "mentor_school")  # fmt: skip
    return pd.DataFrame([{"year": year, "login": school, "teachers": teachers, **dict.fromkeys(names), **counts}])


# --- Store ---------------------------------------------------------------------------------------------------------


def store(root: Path, schools: int = 3, **tables: pd.DataFrame | Sequence[pd.DataFrame]) -> Workspace:
    """Write registers of `schools` schools and the rows given (a list of frames is joined) into a store at `root`."""
    workspace = Workspace.at(root)
    registers = {
        "schools": pd.DataFrame(
            [
                {"login": login(number), "year": YEAR, "school_name": f"МБОУ «Средняя школа № {number + 1}»",
                 "municipality_code": code(number)}
                for number in range(schools)
            ]
        ),
        "municipalities": pd.DataFrame(
            [
                {"municipality_code": code(place), "municipality_name": f"{name} муниципальный район",
                 "region_code": "88", "region_name": "Выдуманный край"}
                for place, name in enumerate(PLACES)
            ]
        ),
    }  # fmt: skip
    add(workspace, "region", **registers, **tables)
    return workspace


_FILES = itertools.count()


def add(workspace: Workspace, name: str, **tables: pd.DataFrame | Sequence[pd.DataFrame]) -> None:
    """Write the tables as one more file."""
    whole = {
        key: (rows if isinstance(rows, pd.DataFrame) else pd.concat(rows, ignore_index=True)).assign(**PLACE)
        for key, rows in tables.items()
    }
    n = sum(map(len, whole.values()))
    digest = hashlib.sha256(f"{name} {next(_FILES)}".encode()).hexdigest()
    Store(workspace.store).append([Load(name, name, digest, "проверка", 2, n, n, 0, 0, tables=whole)])


def outcomes(workspace: Workspace, first: int = YEARS[0], last: int = YEAR, thresholds=THRESHOLDS) -> pd.DataFrame:
    """Outcomes indexed by school, year and procedure."""
    found = outcomes_by_school(Store(workspace.store).snapshot(), first, last, thresholds)
    return found.set_index(["school", "year", "procedure"])


def session(workspace: Workspace, municipality: str | None = None, year: int | None = None) -> Session:
    return open_session(workspace.root, municipality, year, norms=load_low_results_norms, tables=TABLES)


# --- Region --------------------------------------------------------------------------------------------------------


def region(
    root: Path,
    schools: int = 40,
    years: Collection[int] = YEARS,
    only: str = "",
    lists: bool = True,
    seed: int = 5,
) -> Workspace:
    """Write a region.

    Planted, on top of schools that differ only by chance: GROWN and FALLEN change by far in all their exams in the last
    year; OLD_LOGIN has another login before 2026; NO_PASSPORT has no passport; SILENT tells nothing of support;
    ONE_PROCEDURE took one exam only; BY_COUNTS is known by counts alone; SMALL has six pupils.

    Parameters
    ----------
    only : str
        ``counts``: nothing but counts; ``diagnostics``: no exams; empty: everything.
    lists : bool
        Whether lists were published.
    """
    rng = np.random.default_rng(seed)
    parts: dict[str, list[dict[str, list]]] = {}
    for number in range(schools):
        for name, columns in _school(number, sorted(years), rng, only):
            parts.setdefault(name, []).append(columns)
    tables: dict[str, object] = {name: _frame(found) for name, found in parts.items()}
    if lists:
        tables["published_lists"] = [
            listed(kind, year, *(login(number) for number in numbers))
            for kind, year, numbers in (
                ("low_results", YEAR - 1, BASE), ("low_results", YEAR, CURRENT),
                ("adverse_conditions", YEAR - 1, ADVERSE), ("adverse_conditions", YEAR, ADVERSE),
            )
        ]  # fmt: skip
    if schools > OLD_LOGIN:
        history = {"login": "sch990007", "school_id": login(OLD_LOGIN), "valid_from": 2015, "valid_to": 2025}
        tables["school_logins"] = [pd.DataFrame([history])]
    return store(root, schools, **tables)


def _school(number: int, years: Sequence[int], rng: np.random.Generator, only: str):
    level = rng.normal(0, 0.3)
    size = 6 if number == SMALL else int(rng.integers(20, 32))
    kinds = {
        "diagnostics": WORKS,
        "counts": (*EXAMS, *WORKS),
    }.get(only, EXAMS[:1] if number == ONE_PROCEDURE else (*EXAMS, *WORKS))
    for year in years:
        name = "sch990007" if number == OLD_LOGIN and year < YEAR else login(number)
        moved = {GROWN: 1.3, FALLEN: -1.3}.get(number, 0.0) if year == YEAR else 0.0
        base = {GROWN: -0.7, FALLEN: 0.7}.get(number, level)
        for place, (what, which) in enumerate(kinds):
            ability = base + moved + rng.normal(0, 0.12) + rng.normal(0, 1, size)
            yield _results(
                name, what, which, ability, year, rng, place, by_counts=only == "counts" or number == BY_COUNTS
            )
        yield from _surroundings(number, name, year, level, rng)


def _results(name, what, which, ability, year, rng, place, by_counts):
    first = 1 + 100 * place
    if isinstance(which, int):
        levels = np.digitize(ability, (-1.2, -0.3, 0.9)) + 1
        if by_counts:
            numbers = np.bincount(levels, minlength=5)[1:].tolist()
            return "diagnostic_counts_by_school", _columns(work_counts(name, numbers, what, which, year))
        # The same key in grade 4 and, two years later, in grade 6: the same child.
        keys = [f"{name[-3:]}-{year - which}-{index}" for index in range(len(levels))]
        groups = {
            "at_risk": (rng.random(len(levels)) < 0.3).tolist(),
            "other_native_language": None,
            "low_income": [True if index < 5 else None for index in range(len(levels))],
            "disability": ["delay" if index < 1 else None for index in range(len(levels))],
        }
        digits = "".join(map(str, levels))
        return "diagnostic_results_by_participant", _work(name, digits, what, which, year, keys, first, **groups)
    scored = what == "ЕГЭ" and which != "Математика базовая"
    results = np.clip(np.round(58 + 15 * ability), 0, 100) if scored else np.digitize(ability, (-1.1, 0.1, 1.0)) + 2
    if not by_counts:
        return "exam_results_by_participant", _exam(name, [int(item) for item in results], which, what, year, first)
    if scored:
        minimum = 24 if which == "Русский язык" else 27
        counts = {
            "n_below_threshold": int((results < minimum).sum()),
            "n_above_60": int((results > 60).sum()),
            "mean_test_score": float(results.mean()),
        }
    else:
        counts = {f"n_mark_{mark}": int((results == mark).sum()) for mark in (2, 3, 4, 5)}
    return "exam_counts_by_school", _columns(exam_counts(name, len(results), which, what, year, **counts))


def _surroundings(number: int, name: str, year: int, level: float, rng: np.random.Generator):
    """Passport, context, attendance and support of a school: poorer where the level is lower."""
    pupils = int(rng.integers(150, 900))
    if number != NO_PASSPORT:
        poor = float(np.clip(0.3 - 0.3 * level + rng.normal(0, 0.03), 0.02, 0.9))
        parts = {
            "pupils_low_income": int(pupils * poor),
            "pupils_single_parent": int(pupils * 0.25),
            "pupils_other_language": int(pupils * 0.1 * rng.random()),
            "pupils_on_record": int(rng.integers(0, 9)),
            "pupils_parents_higher_education": int(pupils * (0.9 - poor) * 0.5),
            "pupils_failing": int(pupils * (0.25 if number == FALLEN else 0.02)),
            "teacher_vacancies": int(rng.integers(0, 3)),
            "specialists_required": 4,
            "specialists_actual": int(rng.integers(1, 5)),
            "equipment_pct": float(rng.integers(40, 100)),
        }
        yield "social_passport_by_year", _columns(passport(name, year, pupils, **parts))
        context = {"login": name, "year": year, "place_type": ("город", "село")[number % 2], "pupils": pupils,
                   "teachers": pupils // 15, "teachers_top_category": pupils // 50}  # fmt: skip
        yield "school_context_by_year", {key: [value] for key, value in context.items()}
        planned = pupils * 1000
        missed = {"lessons_planned": planned, "lessons_missed": int(planned * (0.03 + 0.02 * rng.random()))}
        lessons = {"year": year, "login": name, **missed, "lessons_missed_without_reason": planned // 100}
        yield "attendance_by_school", {key: [value] for key, value in lessons.items()}
    if number in (*BASE, *CURRENT) and number != SILENT:
        counts = {"teachers_supported": 13, "teachers_diagnosed": 18, "teachers_with_deficits": 6}
        yield "school_support_by_year", _columns(support(name, 20, year, programme_approved=number != 1, **counts))
        deficits = {"year": year, "login": name, "subject": "Математика", "teachers_diagnosed": 5}
        deficits["teachers_with_deficits"] = 2
        yield "teacher_deficits_by_subject", {key: [value] for key, value in deficits.items()}


def _columns(frame: pd.DataFrame) -> dict[str, list]:
    return {name: frame[name].tolist() for name in frame.columns}


#: Regions that lack something, for reports.
CASES = {
    "one year": {"schools": 9, "years": (YEAR,)},
    "five schools": {"schools": 5},
    "counts only": {"schools": 9, "only": "counts"},
    "diagnostic works only": {"schools": 9, "only": "diagnostics"},
}


#: Schools of the region that lacks nothing.
SCHOOLS = 60


def written(factory, case: str = "full") -> Workspace:
    """Return a region that is written once per run (`factory`: tmp_path_factory) and only read.

    ``full`` has enough schools for every method, ``federal`` is :func:`federal_region` (exams alone: no passports, no
    support, no lists), the others are :data:`CASES`.
    """

    def write(root: Path) -> Workspace:
        return federal_region(root) if case == "federal" else region(root, **CASES.get(case, {"schools": SCHOOLS}))

    return made_once(factory, f"low_results {case}", write)


def counted(*rows: tuple) -> pd.DataFrame:
    """Outcomes from (school, year, procedure, n, n_success[, n_below]), as if read from a store."""
    found = []
    for school, year, procedure, n, n_success, *below in rows:
        kind, subject, *grade = procedure.split(" · ")
        found.append(
            {
                "school": school, "year": year, "procedure": procedure, "kind": kind, "subject": subject,
                "grade": int(grade[0]) if grade else {"ОГЭ": 9, "ЕГЭ": 11}[kind], "n": n, "n_success": n_success,
                "n_below": below[0] if below else np.nan, "mean": np.nan, "mean_score": np.nan,
            }
        )  # fmt: skip
    return pd.DataFrame(found).astype({"n_success": float, "n_below": float})


def federal_region(root: Path) -> Workspace:
    """Four schools for the federal rule, everything countable by hand; ОГЭ in two subjects over three years.

    School 0 is named by both readings in 2025 and 2026; school 3 in 2025 only; school 1 has two procedures at exactly
    30 % in 2026 alone (reading «или»); school 2 never reaches it (29 of 100).
    """
    below = {
        0: ((3, 3), (4, 3), (3, 5)),
        1: ((0, 0), (1, 2), (3, 3)),
        2: ((29, 29), (29, 29), (29, 29)),
        3: ((5, 5), (6, 4), (0, 1)),
    }
    rows = []
    for number, by_year in below.items():
        size = 100 if number == 2 else 10
        for year, counts in zip(YEARS, by_year, strict=True):
            for (kind, subject), first, n_below in zip(EXAMS[:2], (1, 501), counts, strict=True):
                marks = [2] * n_below + [4] * (size - n_below)
                rows.append(exam(login(number), marks, subject, kind, year, first))
    return store(root, 4, exam_results_by_participant=rows)
