"""Quality of training for the tests: a region of 24 schools with planted schools, rows put straight into a store."""

from __future__ import annotations

import numpy as np
import pandas as pd
from low_results_samples import YEAR, add, code, login, store, work  # noqa: F401  (add, code: for the tests)
from made_once import made_once

from oko_lib.indicators.session import Session, open_session
from oko_lib.indicators.training_quality.region import TABLES
from oko_lib.settings.training_quality_norms import load_training_quality_norms
from oko_lib.settings.workspace import PROJECT_ROOT, Workspace

NORMS = load_training_quality_norms(Workspace(PROJECT_ROOT))

#: Planted schools: a weak skill in grade 5, many who do not go on, no own assessment, a class of six.
WEAK, LEAVING, NO_ASSESSMENT, SMALL_CLASS = 0, 3, 6, 9
SCHOOLS = 24
MAXIMA = (1, 1, 2, 1, 1, 2, 1, 1, 2, 1)
LEVELS = ("Б",) * 7 + ("П",) * 3
DIFFICULTY = (-1.6, -1.2, -0.8, -0.5, -0.2, 0.0, 0.2, 0.9, 1.3, 2.0)
TOP = sum(MAXIMA)
#: Tasks of the planted skill.
WEAK_TASKS = (2, 3)
WEAK_SKILL = "5.2"
WORKS = (("Математика", 4), ("Математика", 5), ("Русский язык", 5))
#: This work has other borders in the year before, and no codifier then.
OTHER_SCALE = ("Русский язык", 5)


def skill_code(grade: int, task: int, year: int) -> str:
    """Tasks in pairs; the last skill of grade 4 is another one in the year before."""
    pair = task // 2 + 1
    return f"{grade}.{pair}старое" if grade == 4 and pair == 5 and year < YEAR else f"{grade}.{pair}"


def scale(subject: str, grade: int, year: int, **changes: int) -> dict[str, object]:
    shift = 1 if (subject, grade) == OTHER_SCALE and year < YEAR else 0
    borders = {"max_score": TOP, "mark3_min": 4 + shift, "mark4_min": 7 + shift, "mark5_min": 10 + shift}
    return {"year": year, "grade": grade, "subject": subject, **borders, "source": "проверка", "note": None, **changes}


def answers(rng: np.random.Generator, ability: np.ndarray, harder: dict[int, float]) -> np.ndarray:
    """Points of pupils (rows) in tasks (columns)."""
    tasks = []
    for task, (most, difficulty) in enumerate(zip(MAXIMA, DIFFICULTY, strict=True)):
        chance = 1 / (1 + np.exp(-(ability - difficulty - harder.get(task, 0.0))))
        tasks.append(rng.binomial(most, chance))
    return np.column_stack(tasks)


def papers(
    school: str, subject: str, grade: int, year: int, scores: np.ndarray, classes: np.ndarray, first: int = 1
) -> pd.DataFrame:
    """Rows of `vpr_results_by_participant`; marks by the scale of the year."""
    borders = scale(subject, grade, year)
    total = scores.sum(axis=1)
    marks = 2 + sum((total >= borders[f"mark{mark}_min"]).astype(int) for mark in (3, 4, 5))
    n = len(scores)
    return pd.DataFrame(
        {
            "year": year,
            "grade": grade,
            "subject": subject,
            "login": school,
            "participant_code": [f"{grade}{first + place:05d}" for place in range(n)],
            "class_label": classes,
            "present": True,
            "form_id": form(subject, grade, year),
            "task_scores": [[int(point) for point in row] for row in scores],
            "primary_score": total,
            "mark": marks,
            "journal_mark": np.minimum(marks + 1, 5),
        }
    ).assign(pupil_grade=None, teacher_code=None, gender=None, variant=None)


def form(subject: str, grade: int, year: int) -> str:
    return f"{year}-{grade}-{len(subject)}"


def tasks_of(subject: str, grade: int, year: int) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "year": year,
            "grade": grade,
            "subject": subject,
            "form_id": form(subject, grade, year),
            "position": range(len(MAXIMA)),
            "label": [str(place + 1) for place in range(len(MAXIMA))],
            "max_score": MAXIMA,
            "level": LEVELS,
        }
    )


def skills_of(subject: str, grade: int, year: int) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "year": year,
            "subject": subject,
            "grade": grade,
            "task": [str(place + 1) for place in range(len(MAXIMA))],
            "skill_code": [skill_code(grade, place, year) for place in range(len(MAXIMA))],
            "skill": [f"Умение {place // 2 + 1}" for place in range(len(MAXIMA))],
            "level": LEVELS,
            "max_score": MAXIMA,
        }
    )


def graduates(school: str, level: str, started: int, lost: int, gone: int, year: int = YEAR) -> pd.DataFrame:
    row = {
        "year": year, "login": school, "education_level": level, "started": started, "finished": started - lost,
        "without_certificate": lost, "continued_school": None, "continued_vocational": None,
        "continued_university": None, "employed": None, "not_continuing": gone,
    }  # fmt: skip
    return pd.DataFrame([row])


def adapted(
    school: str, pupils: int, approved: bool = True, assessment: bool | None = True, disability: str = "delay"
) -> pd.DataFrame:
    row = {
        "year": YEAR, "login": school, "disability": disability, "pupils": pupils, "programme_approved": approved,
        "internal_assessment": assessment, "assessed": pupils - 1,
    }  # fmt: skip
    return pd.DataFrame([row])


def internal(school: str, counts: tuple[int, int, int, int], label: str = "4А", year: int = YEAR) -> pd.DataFrame:
    names = ("n_insufficient", "n_reduced", "n_basic", "n_advanced")
    row = {"year": year, "login": school, "domain": "reading_literacy", "grade": 4, "class_label": label}
    return pd.DataFrame([{**row, "n_participants": sum(counts), **dict(zip(names, counts, strict=True))}])


def region(root, marks: bool = True, levels: bool = True, beside: bool = True, years=(YEAR - 1, YEAR)) -> Workspace:
    """Write the region.

    Parameters
    ----------
    marks, levels, beside : bool
        Works of ВПР; diagnostic works; everything else.
    years : sequence of int
    """
    rng = np.random.default_rng(11)
    tables: dict[str, list[pd.DataFrame]] = {}

    def put(name: str, frame: pd.DataFrame) -> None:
        tables.setdefault(name, []).append(frame)

    for number in range(SCHOOLS):
        level = rng.normal(0, 0.25)
        for year in years:
            if marks:
                for place, (subject, grade) in enumerate(WORKS):
                    put("vpr_results_by_participant", _papers_of(rng, number, subject, grade, year, level, place))
            if levels:
                put("diagnostic_results_by_participant", _literacy(rng, number, year, level))
        if beside:
            for name, frame in _beside(rng, number):
                put(name, frame)
    if marks:
        for subject, grade in WORKS:
            for year in years:
                put("vpr_tasks", tasks_of(subject, grade, year))
                put("score_scales", pd.DataFrame([scale(subject, grade, year)]))
                if year == YEAR or (subject, grade) != OTHER_SCALE:
                    put("task_skills", skills_of(subject, grade, year))
    return store(root, SCHOOLS, **tables)


#: Regions that lack something.
CASES: dict[str, dict[str, object]] = {
    "marks only": {"levels": False, "beside": False},
    "levels only": {"marks": False, "beside": False},
    "one year": {"years": (YEAR,)},
}


def written(factory, case: str = "full") -> Workspace:
    """Return a region that is written once per run (`factory`: tmp_path_factory) and only read: full or of CASES."""
    return made_once(factory, f"quality {case}", lambda root: region(root, **CASES.get(case, {})))


def _papers_of(rng, number: int, subject: str, grade: int, year: int, level: float, place: int) -> pd.DataFrame:
    size = 19 if number == SMALL_CLASS else 26
    harder = dict.fromkeys(WEAK_TASKS, 2.2) if number == WEAK and (subject, grade, year) == (*WORKS[1], YEAR) else {}
    scores = answers(rng, rng.normal(level + 0.4, 0.9, size), harder)
    classes = np.where(np.arange(size) < 13, "А", "Б")
    return papers(login(number), subject, grade, year, scores, classes, 1 + 100 * place)


def _literacy(rng, number: int, year: int, level: float) -> pd.DataFrame:
    ability = rng.normal(level, 1, 24)
    digits = "".join(str(item) for item in np.digitize(ability, (-1.2, -0.3, 0.9)) + 1)
    disability = ["delay" if place < 2 else None for place in range(24)]
    rows = work(
        login(number), digits, "reading_literacy", 4, year, None, 1,
        disability=disability, at_risk=[place < 6 for place in range(24)],
    )  # fmt: skip
    return rows.assign(class_label=["А" if place < 12 else "Б" for place in range(24)])


def _beside(rng, number: int):
    for level in ("basic", "secondary"):
        started = 30
        gone = 20 if number == LEAVING and level == "basic" else int(rng.binomial(started, 0.05))
        yield "graduates_by_school", graduates(login(number), level, started, int(rng.binomial(started, 0.04)), gone)
    yield "adapted_programmes_by_school", adapted(login(number), 12, assessment=number != NO_ASSESSMENT)
    yield "internal_levels_by_class", internal(login(number), (1, 5, 12, 6))
    yield "internal_levels_by_class", internal(login(number), (2, 6, 12, 4), year=YEAR - 1)
    for task, share in (("1", 92.0), ("2", 58.0), ("3", 12.0)):
        row = {
            "year": YEAR, "exam": "ОГЭ", "subject": "Математика", "login": login(number), "task": task,
            "n_participants": 30, "completion_pct": share, "skill": f"Элемент {task}",
            "level": "Б" if task < "3" else "П",
        }  # fmt: skip
        yield "exam_tasks_by_school", pd.DataFrame([row])
    row = {
        "year": YEAR, "procedure_kind": "ВПР", "stage": "", "subject": "Математика", "grade": 4, "login": login(number),
        "rooms": 2, "rooms_with_video": 0, "observers": 1, "independent_observers": int(number % 2), "regulation": True,
        "own_school_observers": 0,
    }  # fmt: skip
    yield "observers_by_procedure", pd.DataFrame([row])


def session(workspace: Workspace, municipality: str | None = None, year: int | None = None) -> Session:
    return open_session(workspace.root, municipality, year, norms=load_training_quality_norms, tables=TABLES)
