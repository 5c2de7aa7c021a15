"""Small outcomes of schools for the tests of identification."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pandas as pd

from oko_lib.settings.identification import (
    Change,
    IdentificationMethod,
    Listed,
    RelativeChange,
    ShareBelow,
    load_identification_methods,
)
from oko_lib.settings.workspace import PROJECT_ROOT, Workspace

YEAR = 2025
METHODS = load_identification_methods(Workspace(PROJECT_ROOT))
FEDERAL, KRASNODAR, MUNICIPAL = (METHODS[name] for name in ("federal", "krasnodar_2021", "municipal_risk_zone"))
NO_LISTS = pd.DataFrame({"list_kind": [], "year": [], "school": []}).astype({"year": int})
MATH_5, MATH_6, RUSSIAN_5, OGE = (
    "ВПР · Математика · 5",
    "ВПР · Математика · 6",
    "ВПР · Русский язык · 5",
    "ОГЭ · Математика",
)


def row(school: str, year: int, procedure: str, n_below: float, n: int, mean: float = np.nan) -> dict:
    kind, subject, *grade = procedure.split(" · ")
    return {
        "school": school,
        "year": year,
        "procedure": procedure,
        "kind": kind,
        "subject": subject,
        "grade": int(grade[0]) if grade else {"ОГЭ": 9, "ЕГЭ": 11}[kind],
        "n": n,
        "n_below": n_below,
        "mean": mean,
    }


def outcomes(*rows: tuple) -> pd.DataFrame:
    return pd.DataFrame([row(*item) for item in rows])


def lists(*rows: tuple[str, int, str]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["list_kind", "year", "school"])


def method(*criteria, combine="all", **more) -> IdentificationMethod:
    return IdentificationMethod(
        **{
            "name": "tried",
            "title_ru": "Испытуемая",
            "source": "тест",
            "clause": "тест",
            "year": 2025,
            "official": False,
            "combine": combine,
            "criteria": criteria,
            **more,
        }
    )


def share_below(name="share", **more) -> ShareBelow:
    return ShareBelow(
        **{"type": "share_below", "name": name, "title_ru": name, "kinds": ["ВПР", "ОГЭ"], "threshold": 30, **more}
    )


def change(name="change", **more) -> Change:
    return Change(**{"type": "change", "name": name, "title_ru": name, "kinds": ["ВПР"], **more})


def relative_change(name="relative", **more) -> RelativeChange:
    return RelativeChange(**{"type": "relative_change", "name": name, "title_ru": name, "kinds": ["ЕГЭ"], **more})


def listed(name="listed", **more) -> Listed:
    return Listed(**{"type": "listed", "name": name, "title_ru": name, "list_kind": "biased_results", **more})


def planted_region(seed: int = 0, schools: int = 200, procedures: int = 8) -> tuple[pd.DataFrame, dict[str, bool]]:
    """A region of shares Beta(1.5, 10) and whom the federal rule (read «and») names, worked out with fractions."""
    rng = np.random.default_rng(seed)
    rows, named = [], {}
    for number in range(schools):
        school, cells = f"s{number:03d}", {}
        for work in range(procedures):
            share = rng.beta(1.5, 10) + (0.25 if number < 20 else 0.0)
            for year in (YEAR - 1, YEAR):
                n = int(rng.integers(5, 41))
                cells[work, year] = (int(rng.binomial(n, min(share, 1.0))), n)
                rows.append(row(school, year, f"ВПР · Предмет {work} · 5", *cells[work, year]))
        low = {key: Fraction(*cell) >= Fraction(3, 10) for key, cell in cells.items()}
        several = sum(low[work, YEAR] for work in range(procedures)) >= 2
        named[school] = several and any(low[work, YEAR] and low[work, YEAR - 1] for work in range(procedures))
    return pd.DataFrame(rows), named
