"""The worked examples of the method pages on context: the data of each page, and the numbers our code makes of them."""

from __future__ import annotations

import numpy as np
import pandas as pd
from context_region import FEATURES, one_year, two_years
from method_examples import percent, ru
from method_sizes import real_sizes

from oko_lib.methods.context_matrix import context_matrix
from oko_lib.methods.context_regression import expected_results
from oko_lib.methods.group_gap import group_gap
from oko_lib.methods.resilience import lowest_part, resilient_schools
from oko_lib.methods.risk_position import Risk, risk_positions
from oko_lib.methods.school_clusters import ward_clusters
from oko_lib.methods.social_index import social_index


# --- expected result: 120 schools of real sizes, seeded
def expected_numbers() -> list[str]:
    frame, _, _ = one_year(np.random.default_rng(2026), 120)
    found = expected_results(frame, features=FEATURES)
    assert found.predicts
    rural = found.coefficients.set_index("feature").loc["rural"]
    school = found.schools.set_index("school").loc["s001"]
    return [
        ru(rural["coefficient"], 2),
        ru(rural["low"], 2),
        ru(rural["high"], 2),
        ru(found.r2_adjusted, 2),
        ru(found.r2_out_of_sample, 2),
        ru(np.sqrt(found.tau2), 2),
        str(int(school["n"])),
        *(ru(school[name], 2) for name in ("result", "expected", "expected_mean_low", "expected_mean_high")),
        *(ru(school[name], 2) for name in ("expected_low", "expected_high")),
        *(ru(school[name], 2) for name in ("residual", "residual_low", "residual_high")),
        *(ru(school[name], 2) for name in ("shrunk", "shrunk_low", "shrunk_high")),
    ]


# --- resilience
def resilience_numbers() -> list[str]:
    assert lowest_part(range(30)).sum() == 10
    assert lowest_part(range(29)).sum() == 9
    fits, _ = two_years(np.random.default_rng(10), 240, yearly=0.2, planted=8, effect=1.0, minimum_n=12)
    found = resilient_schools(fits, 2025)
    school = found.schools[found.schools["resilient"].fillna(False)].iloc[0]
    return [
        str(found.n_schools),
        str(found.n_low_context),
        str(found.n_resilient),
        ru(found.expected_by_chance, 1),
        ru(found.fluctuation, 2),
        *(ru(school[f"residual_{year}"], 2) for year in ("before", "after")),
        *(ru(school[f"residual_low_{year}"], 2) for year in ("before", "after")),
        *(ru(school[name], 2) for name in ("two_year_residual", "two_year_low", "two_year_high")),
    ]


# --- social index
SOCIAL_FIELDS = {"higher_education": 1, "single_parent": -1, "on_record": -1, "low_income": -1}


def social_numbers() -> list[str]:
    rng = np.random.default_rng(7)
    wellbeing = rng.normal(size=150)
    loadings, spreads = (0.8, 0.6, 0.5, 0.7), (15, 9, 2, 11)
    frame = pd.DataFrame({"school": range(150)})
    for (name, sign), loading, spread in zip(SOCIAL_FIELDS.items(), loadings, spreads, strict=True):
        noise = rng.normal(size=150)
        frame[name] = 30 + spread * (sign * loading * wellbeing + np.sqrt(1 - loading**2) * noise)
    found = social_index(frame, SOCIAL_FIELDS)
    assert found.weights["agrees"].all()
    school = found.schools.iloc[3]
    return [
        *(ru(weight, 2) for weight in found.weights["weight"]),
        percent(found.explained, 0),
        percent(found.explained_by_chance, 0),
        *(ru(school[name], 1) for name in ("index", "low", "high")),
    ]


# --- clusters and matrix
MUNICIPALITY = pd.DataFrame(
    {
        "school": list("АБВГДЕЖ"),
        "context": [38, 42, 55, 71, 44, 66, 52],
        "result": [-0.42, 0.31, -0.38, 0.36, -0.12, 0.05, 0.44],
        "reach": [0.25, 0.22, 0.30, 0.20, 0.35, 0.24, 0.31],
    }
)


def cluster_numbers() -> list[str]:
    frame = MUNICIPALITY.assign(
        result_low=lambda f: f["result"] - f["reach"], result_high=lambda f: f["result"] + f["reach"]
    )
    matrix = context_matrix(frame, context_border=50, result_border=0.0)
    rng = np.random.default_rng(12)
    group = np.repeat([0, 1, 2], [70, 45, 25])
    centres = np.array([(0, 0, 0), (3.5, 0, 2), (0, 4, -2)])
    features = ["size", "families", "staff"]
    schools = pd.DataFrame(centres[group] + rng.normal(size=(140, 3)), columns=features).assign(school=range(140))
    found = ward_clusters(schools, features, draws=40)
    row = found.choice.set_index("k").loc[found.k]
    cloud = pd.DataFrame(rng.normal(size=(140, 3)), columns=features).assign(school=range(140))
    refused = ward_clusters(cloud, features, draws=40)
    assert refused.refusal is not None
    return [
        *(f"| {letter} |" for letter in MUNICIPALITY["school"]),
        str(matrix.counts["undetermined"]),
        f"{found.k} кластера",
        *(str(n) for n in found.clusters["n"]),
        ru(found.stability, 2),
        ru(row["silhouette"], 2),
        ru(row["silhouette_by_chance"], 2),
        *(ru(value, 2) for value in found.clusters["jaccard"]),
        ru(refused.refusal.found, 2),
    ]


# --- lag of a group
def gap_numbers() -> list[str]:
    """Schools where results are lower have more pupils of the group: the plain difference is larger than the lag."""
    rng = np.random.default_rng(3)
    level = rng.normal(0, 1, 60)
    n = real_sizes(rng, 60) + 4
    n_group = rng.binomial(n, np.clip(0.25 - 0.12 * level, 0.02, 0.9))
    others = np.clip(0.6 + 0.1 * level, 0.1, 0.95)
    counts = pd.DataFrame(
        {
            "school": range(60),
            "n_group": n_group,
            "success_group": rng.binomial(n_group, np.clip(others - 0.12, 0.02, 1)),
            "n_others": n - n_group,
            "success_others": rng.binomial(n - n_group, others),
        }
    )
    found = group_gap(counts)
    return [
        str(found.n_group),
        str(found.n_others),
        str(found.n_schools),
        percent(found.share_group),
        percent(found.share_others),
        percent(found.share_others - found.share_group),
        percent(found.gap.value),
        percent(found.gap.interval.low),
        percent(found.gap.interval.high),
    ]


# --- risk positions
def risk_numbers() -> list[str]:
    rng = np.random.default_rng(1)
    totals = np.concatenate([np.full(100, 60), [2, 60]])
    counts = np.concatenate([rng.binomial(60, rng.beta(4, 16, 100)), [1, 30]])
    frame = pd.DataFrame({"school": range(102), "factor": "low_income", "count": counts, "total": totals})
    found = risk_positions(frame, {"low_income": 1})
    small, large = found.schools.iloc[100], found.schools.iloc[101]
    assert small["risk"] == Risk.NONE
    assert large["risk"] == Risk.STRONG
    borders = found.factors.iloc[0]
    return [
        percent(borders["median"]),
        percent(borders["moderate_border"]),
        percent(borders["strong_border"]),
        percent(small["adjusted"]),
        percent(small["low"]),
        percent(large["adjusted"]),
        percent(large["low"]),
    ]


PAGES = {
    "expected_result": expected_numbers,
    "resilience": resilience_numbers,
    "social_index": social_numbers,
    "school_clusters": cluster_numbers,
    "group_gap": gap_numbers,
    "risk_position": risk_numbers,
}
