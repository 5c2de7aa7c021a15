"""Honest detection on an independent simulator: false alarms bounded, power near a test that knows the truth.

A quick version of ``benchmarks/detection_power.py``: bounds leave room for chance and say how much.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from simulated_oracle import learn_truth, oracle_p_values
from simulated_region import Change, Parameters, simulate
from statsmodels.stats.multitest import multipletests

from oko_lib.methods.border_excess import border_excess
from oko_lib.methods.evidence_cells import pupil_correlation, school_cells
from oko_lib.methods.school_border_excess import school_border_excess
from oko_lib.methods.school_evidence import school_evidence

#: Two grades only, so that a region takes half a second.
REGION = Parameters(schools=90, grades=(4, 5))
TWO_YEARS = (2024, 2025)


def judge(parameters, seed, count=0, grades=(4, 5), **change):
    """One region with `count` changed schools of at least 25 pupils a grade."""
    rng = np.random.default_rng(seed)
    planted: list[int] = []

    def plant(sizes):
        planted.extend(rng.choice(np.flatnonzero(sizes >= 27), count, replace=False).tolist())
        return [Change(s, parameters.subjects, TWO_YEARS, grades, **change) for s in planted]

    region = simulate(parameters, rng, plant)
    cells = school_cells(region.participants, region.scales)
    result = school_evidence(cells, pupil_correlation=pupil_correlation(region.participants))
    return region, result.schools.set_index("school"), planted


@pytest.fixture(scope="module")
def clean():
    return [judge(REGION, 100 + k)[1] for k in range(12)]


def test_the_region_is_like_the_real_one():
    region = simulate(Parameters(schools=500), np.random.default_rng(1))
    cells = school_cells(region.participants, region.scales)
    assert 20 <= cells["n"].median() <= 24
    assert 0.17 <= (cells["n"] < 10).mean() <= 0.27
    wide = cells[cells["n"] >= 20].pivot_table(index="school", columns=["subject", "grade", "year"], values="mean_z")
    correlation = wide.corr()
    russian, maths = "русский язык", "математика"
    years = [correlation.loc[(s, g, 2024), (s, g, 2025)] for s in (russian, maths) for g in (4, 5, 6)]
    grades = [correlation.loc[(s, 4, 2024), (s, 5, 2024)] for s in (russian, maths)]
    subjects = [correlation.loc[(russian, 4, y), (maths, 4, y)] for y in (2023, 2024, 2025)]
    assert 0.33 <= np.mean(years) <= 0.47
    assert 0.25 <= np.mean(grades) <= 0.38
    assert 0.58 <= np.mean(subjects) <= 0.76
    pupils = region.participants
    lowered = (
        (pupils["mark"] < pupils["journal_mark"]).groupby([pupils[k] for k in ("subject", "grade", "year")]).mean()
    )
    assert lowered.min() >= 0.10
    assert lowered.max() <= 0.42
    assert 0.14 <= lowered.mean() <= 0.36
    scale = region.scales.set_index(["subject", "grade", "year"]).loc[(russian, 4, 2024)]
    scores = pupils[(pupils["subject"] == russian) & (pupils["grade"] == 4) & (pupils["year"] == 2024)]["primary_score"]
    borders = border_excess(scores, scale[["mark3_min", "mark4_min", "mark5_min"]].tolist(), int(scale["max_score"]))
    three, four, five = (border.ratio.value for border in borders.borders)
    assert 1.6 <= three <= 2.7
    assert 1.2 <= four <= 1.9
    assert 1.1 <= five <= 1.7


def test_clean_regions_hardly_ever_have_a_finding(clean):
    # At a true rate of 5 % four or more of 12 regions have a chance of 0.2 %.
    assert sum(schools["flagged"].any() for schools in clean) <= 3
    assert np.mean([schools["flagged"].mean() for schools in clean]) <= 0.005


def test_p_values_of_clean_schools_keep_their_word(clean):
    p_values = pd.concat([schools["p_value"] for schools in clean]).dropna()
    assert len(p_values) > 1000
    # Schools of one region share an estimate; three binomial standard errors leave room for that.
    for alpha in (0.2, 0.05, 0.01):
        assert (p_values < alpha).mean() <= alpha + 3 * np.sqrt(alpha * (1 - alpha) / len(p_values))
    assert (p_values < 0.2).mean() > 0.1


def test_power_is_near_that_of_a_test_that_knows_the_parameters():
    truth = learn_truth(REGION, np.random.default_rng(7), batches=3, schools=120)
    found, oracle, false_share, oracle_false_share = [], [], [], []
    for seed in range(4):
        region, schools, planted = judge(REGION, 200 + seed, 6, scores=1.0)
        p_values = oracle_p_values(
            truth, region.participants, [(TWO_YEARS, None)] * REGION.schools, "all", 1.0, np.random.default_rng(seed)
        )["family"]
        known = pd.Series(multipletests(p_values, 0.05, "fdr_bh")[0], p_values.index)
        for flagged, hits, shares in ((schools["flagged"], found, false_share), (known, oracle, oracle_false_share)):
            hits.extend(flagged.loc[planted])
            shares.append(flagged.drop(planted).sum() / max(flagged.sum(), 1))
    # The aim of 80 % with 24 schools planted; measured about 99 %.
    assert np.mean(found) >= 0.85
    assert np.mean(oracle) >= 0.95
    assert np.mean(found) >= 0.85 * np.mean(oracle)
    # Nominal 5 %; a mean of four regions with six planted varies by about 4 points.
    assert np.mean(false_share) <= 0.13
    assert np.mean(oracle_false_share) <= 0.17


def test_an_honest_improvement_is_told_from_inflated_results():
    honest, inflated = [], []
    for seed in range(2):
        for kind, journal in ((honest, 1.0), (inflated, 0.0)):
            _, schools, planted = judge(REGION, 300 + seed, 6, scores=1.0, journal=journal)
            kind.append(schools.loc[planted])
    honest, inflated = pd.concat(honest), pd.concat(inflated)
    assert inflated["flagged"].mean() >= 0.85
    assert (inflated["pattern"][inflated["flagged"]] == "results_above_journal").mean() >= 0.9
    assert inflated["journal_z"].median() > 2.5
    # An honest school is hardly flagged as one whose journal did not follow, and its disagreement is an ordinary one.
    assert (honest["pattern"] == "results_above_journal").mean() <= 0.15
    assert honest["flagged"].mean() <= 0.25


def test_inflated_journals_and_lifting_over_borders_have_their_own_pattern():
    _, schools, planted = judge(REGION, 400, 6, journal=0.9)
    flagged = schools.loc[planted]
    assert flagged["flagged"].sum() >= 4
    patterns = flagged["pattern"].dropna()
    assert patterns.isin(["journal_above_results", "results_below_journal"]).mean() >= 0.7
    assert (flagged["journal_shift"] < 0).mean() >= 0.8
    many = replace(REGION, grades=(4, 5, 6, 7))
    _, schools, planted = judge(many, 401, 6, grades=many.grades, push=0.97)
    assert (schools.loc[planted, "pattern"] == "border").sum() >= 4


def test_school_border_excess_on_the_same_regions():
    rng = np.random.default_rng(8)
    planted = [3, 50, 80]
    sizes = np.where(np.isin(np.arange(90), planted), 120.0, 25.0)
    changes = [Change(s, REGION.subjects, (2025,), (4, 5), push=0.97) for s in planted]
    region = simulate(REGION, rng, changes, sizes)
    cells = school_cells(region.participants, region.scales)
    found = school_border_excess(cells[cells["year"] == 2025]).schools.set_index("school")
    before = school_border_excess(cells[cells["year"] == 2023]).schools.set_index("school")
    assert found.loc[planted, "flagged"].sum() >= 2
    assert found["flagged"].drop(planted).sum() <= 1
    assert not before["flagged"].any()
    natural = pd.concat([before["p_value"], found["p_value"].drop(planted)]).dropna()
    assert (natural < 0.05).mean() <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / len(natural))
