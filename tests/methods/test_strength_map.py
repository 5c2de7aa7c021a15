"""School × subject: a planted strong subject is found, chance is not, small numbers are drawn in."""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "simulation"))

from simulated_olympiad import Olympiad, Planted, simulate_olympiad

from oko_lib.methods.strength_map import strength_map

SMALL = Olympiad(schools=60, municipalities=6, subjects=6, entries_per_subject=25)


def apart(units: pd.DataFrame) -> pd.DataFrame:
    return units[units["state"].astype(str).isin(["above", "below"])]


def judged(entries: pd.DataFrame, **options) -> pd.DataFrame:
    return strength_map(entries, value="next_prize", cells=("grade",), person="person", **options).units


def test_ordinary_regions_are_left_alone():
    rng = np.random.default_rng(3)
    cells = wrong = 0
    for _ in range(8):
        units = judged(simulate_olympiad(SMALL, rng))
        cells += int(units["state"].notna().sum())
        wrong += len(apart(units))
    assert cells > 800
    assert wrong / cells <= 0.01


def test_a_school_strong_in_one_subject_is_found_there():
    rng = np.random.default_rng(4)
    found = there = wrong = 0
    for _ in range(5):
        units = judged(simulate_olympiad(SMALL, rng, lambda school: Planted(bent=2.5 if school < 2 else 0)))
        own = units[(units["school"] < 2) & (units["subject"] == 0)].dropna(subset="state")
        there += len(own)
        found += int((own["state"].astype(str) == "above").sum())
        others = apart(units)
        wrong += int((~((others["school"] < 2) & (others["subject"] == 0))).sum())
    assert there >= 5
    assert found / there >= 0.3  # prizes are few: the map is cautious
    assert wrong <= 4


def test_small_numbers_are_drawn_further_to_the_region():
    units = judged(simulate_olympiad(SMALL, np.random.default_rng(5)), minimum_n=5).dropna(subset="shrunk")
    assert (units["shrunk"].abs() <= units["gap"].abs() + 1e-9).mean() > 0.97
    kept = (units["shrunk"] / units["gap"].where(units["gap"].abs() > 1e-9)).abs()
    assert kept[units["n"] >= 30].median() > kept[units["n"] < 12].median()


@pytest.mark.parametrize(("n", "given"), [(9, False), (10, True)])
def test_cells_below_the_minimum_are_not_judged(n, given):
    rng = np.random.default_rng(6)
    rows = [
        {
            "school": school,
            "subject": "s",
            "grade": 9,
            "person": f"{school}-{k}",
            "next_prize": bool(rng.random() < 0.3),
        }
        for school in range(40)
        for k in range(n if school == 0 else 25)
    ]
    units = judged(pd.DataFrame(rows)).set_index("school")
    assert pd.notna(units.loc[0, "state"]) is given or bool(pd.notna(units.loc[0, "state"])) is given


def test_few_schools_refuse_a_subject():
    entries = simulate_olympiad(Olympiad(schools=10, municipalities=2, subjects=3), np.random.default_rng(7))
    result = strength_map(entries, value="next_prize", cells=("grade",), person="person")
    assert result.units["state"].isna().all()
    assert result.n_found == 0


def test_order_of_rows_does_not_matter():
    entries = simulate_olympiad(SMALL, np.random.default_rng(8))
    plain, mixed = judged(entries), judged(entries.sample(frac=1, random_state=1))
    pd.testing.assert_frame_equal(plain, mixed, check_like=True, rtol=1e-8, atol=1e-10)
