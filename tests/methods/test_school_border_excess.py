"""Planted pushing is found, ordinary schools and strong schools are not; the background itself is no finding."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom

from oko_lib.methods.evidence_cells import school_cells
from oko_lib.methods.school_border_excess import school_border_excess

BORDERS = (14, 24, 33)
WORKS = [("Русский язык", 4), ("Математика", 4), ("Русский язык", 5), ("Математика", 5)]
SCALES = pd.DataFrame(
    [
        {"subject": subject, "grade": grade, "year": 2026, "mark3_min": 14, "mark4_min": 24, "mark5_min": 33}
        for subject, grade in WORKS
    ]
)


def region(seed, schools=120, background=0.35, pushing=None, levels=None):
    """Pupils of a region in which everybody lifts `background` of those a point below; `pushing` lifts more, from 2."""
    rng = np.random.default_rng(seed)
    sizes = np.clip(np.exp(rng.normal(np.log(22), 0.8, schools)), 3, 120).astype(int)
    level = rng.normal(0, 0.3, schools) if levels is None else np.asarray(levels)
    extra = np.zeros(schools)
    for school, more in (pushing or {}).items():
        extra[school] = more
    school = np.repeat(np.arange(schools), sizes)
    parts = []
    for subject, grade in WORKS:
        ability = 0.3 + 0.8 * (level[school] + rng.normal(0, 1, len(school)))
        score = rng.binomial(40, 1 / (1 + np.exp(-ability)))
        for border in BORDERS:
            chance = rng.random((2, len(school)))
            score = np.where((score == border - 1) & (chance[0] < (background + extra)[school]), border, score)
            score = np.where((score == border - 2) & (chance[1] < extra[school]), border, score)
        parts.append(pd.DataFrame({"school": school, "primary_score": score}).assign(subject=subject, grade=grade))
    pupils = pd.concat(parts, ignore_index=True)
    return pupils.assign(
        school=pupils["school"].astype(str), year=2026, mark=3, journal_mark=3, size=sizes[pupils["school"]]
    )


def judged(pupils, **options):
    return school_border_excess(school_cells(pupils, SCALES), **options)


def test_ordinary_regions_give_hardly_a_finding():
    regions = [judged(region(seed)) for seed in range(16)]
    p_values = np.concatenate([found.schools["p_value"].dropna() for found in regions])
    assert np.mean(p_values < 0.05) < 0.07
    # Five per cent of regions with any finding are nominal; four of 16 or more would have a chance below 1 %.
    assert sum(found.schools["flagged"].any() for found in regions) <= 3


def test_planted_pushing_is_found():
    sizes = region(7).groupby("school")["size"].first()
    large = [int(school) for school in sizes[sizes >= 40].index[:4]]
    found = judged(region(7, pushing=dict.fromkeys(large, 0.6))).schools.set_index("school")
    assert found.loc[[str(school) for school in large], "flagged"].sum() >= 3
    assert (found.loc[[str(school) for school in large], "low"] > 0).all()


def test_a_strong_school_is_not_taken_for_a_pushing_one():
    levels = np.zeros(120)
    levels[:12] = 1.2
    found = judged(region(3, levels=levels))
    assert not found.schools.set_index("school").loc[[str(school) for school in range(12)], "flagged"].any()


def test_background_is_not_excess():
    found = judged(region(5, background=0.6)).schools
    assert found["excess"].mean() == pytest.approx(0.0, abs=0.02)


def test_small_schools_and_small_regions_are_refused():
    found = judged(region(1), min_around=30)
    small = found.schools["n_around"] < 30
    assert (found.schools.loc[small, "refusal"] == "too_few").all()
    assert found.schools.loc[small, "p_value"].isna().all()
    few = judged(region(1, schools=6))
    assert few.refusal.reason == "too_few"
    assert few.schools is None


def test_expected_share_is_that_of_the_others():
    """By hand: three schools of one level, borders «3» and «4» of one work."""
    cells = school_cells(region(1, schools=3)).head(3)
    cells = cells.assign(school=["a", "b", "c"], n=50, mean_z=0.0, subject="Математика", grade=4, year=2026)
    cells = cells.assign(
        at_3=[30, 20, 10], below_3=[10, 20, 30], at_4=[12, 8, 8], below_4=[8, 12, 12], at_5=0, below_5=0
    )
    found = school_border_excess(cells, min_schools=3)
    row = found.schools.set_index("school").loc["a"]
    # The others have 30 of 80 at «3» and 16 of 40 at «4».
    assert row["expected"] == pytest.approx(40 * 30 / 80 + 20 * 16 / 40)
    assert (row["observed"], row["n_around"]) == (42, 60)
    assert row["excess"] == pytest.approx((42 - 23) / 60)
    assert row["low"] < row["excess"] < row["high"]


def test_without_natural_spread_the_tail_is_binomial():
    # Nine schools at their chance mean, one far above: the spread of the nine is below chance, so it is taken as none.
    schools = [f"s{k}" for k in range(10)]
    cells = pd.DataFrame({"school": schools, "subject": "Математика", "grade": 4, "year": 2026, "n": 60, "mean_z": 0.0})
    cells = cells.assign(at_3=[20] * 9 + [33], below_3=[20] * 9 + [7], at_4=0, below_4=0, at_5=0, below_5=0)
    found = school_border_excess(cells, min_schools=10)
    assert found.background_sd == 0.0
    last = found.schools.set_index("school").loc["s9"]
    assert last["p_value"] == pytest.approx(binom.sf(32, 40, 0.5))
    assert last["flagged"]


def test_no_scale_no_answer():
    pupils = region(1, schools=20)
    assert school_border_excess(school_cells(pupils)).refusal.reason == "no_scale"
