"""Planted pushing is found, ordinary schools and strong schools are not; the background itself is no finding."""

import numpy as np
import pandas as pd
import pytest

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
    rng, lift = np.random.default_rng(seed), np.random.default_rng([seed, 1])
    parts = []
    for school in range(schools):
        size = int(np.clip(np.exp(rng.normal(np.log(22), 0.8)), 3, 120))
        level = rng.normal(0, 0.3) if levels is None else levels[school]
        for subject, grade in WORKS:
            score = rng.binomial(40, 1 / (1 + np.exp(-(0.3 + 0.8 * (level + rng.normal(0, 1, size))))))
            lifted = background + (pushing or {}).get(school, 0.0)
            for border in BORDERS:
                score = np.where((score == border - 1) & (lift.random(size) < lifted), border, score)
                if school in (pushing or {}):
                    score = np.where((score == border - 2) & (lift.random(size) < lifted), border, score)
            frame = pd.DataFrame({"primary_score": score}).assign(school=str(school), subject=subject, grade=grade)
            parts.append(frame.assign(year=2026, mark=3, journal_mark=3, size=size))
    return pd.concat(parts, ignore_index=True)


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


def test_no_scale_no_answer():
    pupils = region(1, schools=20)
    assert school_border_excess(school_cells(pupils)).refusal.reason == "no_scale"
