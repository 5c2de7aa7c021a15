"""A region of the tests' own (not the demo generator): pupils, schools, planted shifts, straight into a store."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from oko_lib.settings.workspace import Workspace
from oko_lib.store import Load, Store

WORKS = (("Русский язык", 4), ("Математика", 4), ("Русский язык", 5), ("Математика", 5))
MAX_SCORE, BORDERS = 40, (14, 24, 33)
PLACE = {"source_sheet": "лист", "source_row": 1}


@dataclass(frozen=True)
class Plan:
    """What is planted.

    ``shift``: school → (standard deviations, works, years) added to ВПР only; ``journal``: school → marks added to the
    journal only.
    """

    municipalities: int = 12
    schools: int = 60
    years: tuple[int, ...] = (2024, 2025, 2026)
    seed: int = 1
    sizes: tuple[int, int] = (15, 60)
    works: tuple[tuple[str, int], ...] = WORKS
    shift: dict[str, tuple[float, tuple, tuple]] = field(default_factory=dict)
    journal: dict[str, float] = field(default_factory=dict)
    with_scale: bool = True


def login(number: int) -> str:
    return f"edu{770001 + number}"


def participants(plan: Plan) -> pd.DataFrame:
    """One row per pupil and work."""
    rng = np.random.default_rng(plan.seed)
    parts = []
    for number in range(plan.schools):
        school = login(number)
        size = int(rng.integers(*plan.sizes))
        level, strict = rng.normal(0, 0.25), rng.normal(0, 0.15)
        for subject, grade in plan.works:
            for year in plan.years:
                ability = level + rng.normal(0, 0.15) + rng.normal(0, 1, size)
                extra, works, years = plan.shift.get(school, (0.0, (), ()))
                moved = extra if (subject, grade) in works and year in years else 0.0
                share = 1 / (1 + np.exp(-(0.25 + 0.8 * (ability + moved))))
                score = rng.binomial(MAX_SCORE, share)
                journal = np.round(
                    3.75 + 0.6 * ability + strict + plan.journal.get(school, 0.0) + rng.normal(0, 0.4, size)
                )
                parts.append(
                    pd.DataFrame(
                        {
                            "year": year,
                            "grade": grade,
                            "subject": subject,
                            "login": school,
                            "participant_code": [str(grade * 10000 + index) for index in range(size)],
                            "class_label": [str(index % 2 + 1) for index in range(size)],
                            "present": True,
                            "primary_score": score,
                            "mark": np.searchsorted(BORDERS, score, side="right") + 2,
                            "journal_mark": np.clip(journal, 3, 5),
                        }
                    )
                )
    return pd.concat(parts, ignore_index=True)


def fill(root: Path, plan: Plan, rows: pd.DataFrame | None = None) -> Workspace:
    """Write the region into a store under `root` and return the working place."""
    workspace = Workspace.at(root)
    rows = participants(plan) if rows is None else rows
    schools = pd.DataFrame(
        [
            {
                "login": login(number),
                "year": year,
                "school_name": f"МБОУ «Средняя школа № {number + 1}»",
                "municipality_code": f"reg77_m{number % plan.municipalities + 1:03d}",
                **PLACE,
            }
            for number in range(plan.schools)
            for year in plan.years
        ]
    )
    places = pd.DataFrame(
        [
            {
                "municipality_code": f"reg77_m{number + 1:03d}",
                "municipality_name": f"{NAMES[number]} муниципальный район",
                "region_code": "77",
                "region_name": "Проверочная область",
                **PLACE,
            }
            for number in range(plan.municipalities)
        ]
    )
    results = rows.assign(
        pupil_grade=None, teacher_code=None, gender=None, variant=None, form_id=None, task_scores=None, **PLACE
    )
    tables = {"schools": schools, "municipalities": places, "vpr_results_by_participant": results}
    if plan.with_scale:
        tables["score_scales"] = pd.DataFrame(
            [
                {
                    "year": year, "grade": grade, "subject": subject, "max_score": MAX_SCORE, "mark3_min": BORDERS[0],
                    "mark4_min": BORDERS[1], "mark5_min": BORDERS[2], "source": "проверка", "note": None, **PLACE,
                }
                for subject, grade in plan.works
                for year in plan.years
            ]
        )  # fmt: skip
    load(workspace, "region", tables, len(results))
    return workspace


def load(workspace: Workspace, name: str, tables: dict[str, pd.DataFrame], n: int) -> None:
    digest = hashlib.sha256(name.encode()).hexdigest()
    Store(workspace.store).append([Load(name, name, digest, "проверка", 2, n, n, 0, 0, tables=tables)])


NAMES = (
    "Берёзовский", "Заозёрный", "Каменский", "Луговой", "Медведевский", "Никольский", "Озёрный", "Полянский",
    "Речной", "Соколовский", "Таёжный", "Успенский",
)  # fmt: skip
