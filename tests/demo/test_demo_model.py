"""The planted parameters of the model can be recovered by simple statistics."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from demo_statistics import border_ratios, icc

from oko_lib.demo import Region
from oko_lib.demo.works import score_distribution

RUSSIAN, MATHS = "Русский язык", "Математика"
#: «Short» scales have too few scores away from the borders for the polynomial.
LONG_SCALE = 30


@pytest.fixture(scope="module")
def ordinary(large: Region) -> list[tuple]:
    """(cell, rows of the present in schools without a planted truth)."""
    planted = {plant.school for plant in large.plants}
    return [
        (cell, cell.frame[cell.frame["present"] & ~cell.frame["school"].isin(planted)].reset_index(drop=True))
        for cell in large.cells
    ]


@pytest.fixture(scope="module")
def school_means(ordinary: list[tuple]) -> pd.DataFrame:
    """Mean score by school (rows) and (subject, grade, year), where at least 20 wrote."""
    columns = {}
    for cell, frame in ordinary:
        grouped = frame["primary_score"].astype(float).groupby(frame["school"])
        columns[cell.subject, cell.grade, cell.year] = grouped.mean()[grouped.size() >= 20]
    return pd.DataFrame(columns)


def test_sizes_follow_the_real_distribution(large: Region) -> None:
    sizes = large.schools["pupils_per_grade"]
    assert 950 <= len(sizes) <= 1060
    assert 20 <= sizes.median() <= 24
    assert 0.19 <= (sizes < 10).mean() <= 0.25
    wrote = large.cells[0].frame.groupby("school").size()
    assert wrote.corr(sizes) > 0.97


def test_school_share_of_variance(ordinary: list[tuple]) -> None:
    by_grade: dict[int, list[float]] = {}
    for cell, frame in ordinary:
        by_grade.setdefault(cell.grade, []).append(icc(frame["primary_score"], frame["school"]))
    assert 0.085 <= np.mean(by_grade[4] + by_grade[5]) <= 0.110


def test_school_means_agree_between_subjects_and_years(school_means: pd.DataFrame) -> None:
    table = school_means.corr()
    subjects = [table.loc[(RUSSIAN, g, y), (MATHS, g, y)] for g in (4, 5, 6) for y in (2025, 2026)]
    years = [table.loc[(s, g, 2025), (s, g, 2026)] for s in (RUSSIAN, MATHS) for g in (4, 5, 6)]
    grades = [table.loc[(s, 4, y), (s, 5, y)] for s in (RUSSIAN, MATHS) for y in (2025, 2026)]
    assert 0.58 <= np.mean(subjects) <= 0.72
    assert 0.33 <= np.mean(years) <= 0.47
    assert 0.22 <= np.mean(grades) <= 0.38


def test_same_children_are_followed(large: Region) -> None:
    cells = {(cell.subject, cell.grade, cell.year): cell.frame for cell in large.cells}
    before, after = cells[MATHS, 4, 2025], cells[MATHS, 5, 2026]
    both = before.merge(after, on="pupil_id", suffixes=("_4", "_5"))
    assert len(both) / len(before) > 0.9
    assert (both["school_4"] == both["school_5"]).all()
    # The code is given anew: its last digits say nothing about the child.
    same_place = (both["participant_code_4"] % 10_000 == both["participant_code_5"] % 10_000).mean()
    assert same_place < 0.35
    present = both[both["present_4"] & both["present_5"]]
    assert present["primary_score_4"].astype(float).corr(present["primary_score_5"].astype(float)) > 0.5


def test_borders_are_pushed_in_ordinary_schools_only_where_nobody_watches(ordinary: list[tuple]) -> None:
    unwatched, watched = [], []
    for cell, frame in ordinary:
        if cell.work.max_score >= LONG_SCALE:
            unwatched.append(border_ratios(cell, frame[~frame["observed"]]))
            watched.append(border_ratios(cell, frame[frame["observed"]], degree=4))
    three, four, five = np.median(unwatched, axis=0)
    # Medians of 141 real pairs «distribution × border»: 2.06, 1.48, 1.39.
    assert 1.8 <= three <= 2.4
    assert 1.3 <= four <= 1.7
    assert 1.2 <= five <= 1.6
    assert np.all(np.abs(np.median(watched, axis=0) - 1) < 0.25)


def test_marks_are_near_their_targets(large: Region) -> None:
    for cell in large.cells:
        frame = cell.frame[cell.frame["present"]]
        shares = frame["mark"].value_counts(normalize=True).reindex([2, 3, 4, 5]).to_numpy(dtype=float) * 100
        # Two parameters for three shares, and the difficulty drifts by year.
        assert np.abs(shares - np.array(cell.work.marks)).max() < 9, (cell.subject, cell.grade, cell.year)


def test_journal_is_milder_than_the_work(large: Region) -> None:
    for cell in large.cells:
        pairs = cell.frame[cell.frame["present"] & cell.frame["journal_mark"].notna()]
        journal = pairs["journal_mark"].astype(int)
        lowered = (pairs["mark"].astype(int) < journal).mean()
        assert 0.12 < lowered < 0.55, (cell.subject, cell.grade, cell.year)
        assert (journal == 2).mean() < 0.01


def test_absence(large: Region) -> None:
    for cell in large.cells:
        assert 0.10 < 1 - cell.frame["present"].mean() < 0.14
        assert cell.frame.loc[~cell.frame["present"], ["primary_score", "mark"]].isna().all(axis=None)


def test_score_is_the_sum_of_the_tasks(large: Region) -> None:
    for cell in large.cells:
        present = cell.frame["present"].to_numpy()
        points = np.where(cell.tasks[present] < 0, 0, cell.tasks[present])
        assert (points <= cell.work.max_points).all()
        score = cell.frame.loc[present, "primary_score"].to_numpy(dtype=int)
        assert (points.sum(axis=1) == score).all()
        assert (cell.work.mark(score) == cell.frame.loc[present, "mark"].to_numpy(dtype=int)).all()


def test_distribution_of_scores_given_ability(large: Region) -> None:
    ability = np.array([-1.5, 0.0, 1.5])
    for cell in large.cells[:7]:
        given = score_distribution(cell.work, ability)
        assert given.sum(axis=1) == pytest.approx(1)
        # The mean of a sum is the sum of the means, computed without the recursion.
        steps = cell.work.difficulties[np.isfinite(cell.work.difficulties)]
        expected = (1 / (1 + np.exp(-1.7 * (ability[:, None] - steps)))).sum(axis=1)
        assert given @ np.arange(cell.work.max_score + 1) == pytest.approx(expected)
