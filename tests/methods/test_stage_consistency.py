"""Home results against the next stage: planted schools, innocent distance, ordinary regions, refusals."""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "simulation"))

from simulated_olympiad import Olympiad, Planted, simulate_olympiad

from oko_lib.methods.stage_consistency import stage_consistency

SMALL = Olympiad(schools=60, municipalities=6, subjects=6, entries_per_subject=25)


def called(units: pd.DataFrame) -> set:
    return set(units.index[units["state"].astype(str) == "beyond"])


def test_ordinary_regions_are_left_alone():
    rng = np.random.default_rng(3)
    judged = wrong = 0
    for _ in range(8):
        units = stage_consistency(simulate_olympiad(SMALL, rng), stratum="municipality").units
        judged += int(units["state"].notna().sum())
        wrong += len(called(units))
    assert judged > 300
    assert wrong / judged <= 0.02


def test_inflated_home_scores_are_found_at_the_next_stage():
    rng = np.random.default_rng(4)
    found = wrong = 0
    for _ in range(4):
        entries = simulate_olympiad(SMALL, rng, lambda school: Planted(inflated=2.0 if school < 3 else 0))
        units = stage_consistency(entries, stratum="municipality").units
        found += len(called(units) & {0, 1, 2})
        wrong += len(called(units) - {0, 1, 2})
        assert set(units.loc[list(called(units) & {0, 1, 2}), "route"].astype(str)) <= {"shortfall", "both"}
    assert found >= 6  # of 12; an inflation of two standard deviations of children
    assert wrong <= 2


def test_a_far_away_school_that_only_does_not_come_is_not_called():
    rng = np.random.default_rng(5)
    wrong = absent = 0
    for _ in range(4):
        entries = simulate_olympiad(SMALL, rng, lambda school: Planted(stays_away=-3.0 if school < 3 else 0))
        units = stage_consistency(entries, stratum="municipality").units
        there = units.loc[[school for school in (0, 1, 2) if school in units.index]]
        wrong += len(called(units) & {0, 1, 2})
        absent += int((there["coming_state"].astype(str) == "low").sum())
    assert wrong <= 1
    assert absent >= 3  # absence itself is seen and told apart


def test_counts_are_facts_whatever_is_judged():
    entries = simulate_olympiad(SMALL, np.random.default_rng(6))
    units = stage_consistency(entries).units
    own = entries[entries["home_prize"]].groupby("school")
    assert units["n_prizes"].reindex(own.size().index).tolist() == own.size().tolist()
    assert units["n_came"].reindex(own.size().index).tolist() == own["next_present"].sum().tolist()


def test_few_schools_judge_nobody():
    entries = simulate_olympiad(Olympiad(schools=10, municipalities=2, subjects=4), np.random.default_rng(7))
    result = stage_consistency(entries)
    assert result.units["state"].isna().all()


def test_grades_that_cannot_go_on_are_left_out():
    entries = simulate_olympiad(SMALL, np.random.default_rng(8))
    some = stage_consistency(entries, grades=[9, 10, 11])
    assert some.n_entries == int(entries["grade"].isin([9, 10, 11]).sum())


def test_impossible_scores_are_refused():
    entries = simulate_olympiad(SMALL, np.random.default_rng(9))
    with pytest.raises(ValueError, match="share"):
        stage_consistency(entries.assign(home_score_share=1.5))
