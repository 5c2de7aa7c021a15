"""Planted truths act where and as the truth file says, and nowhere else."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pandas as pd
import pytest

from oko_lib.demo import Region
from oko_lib.demo.plants import observed_schools
from oko_lib.demo.truth import describe_control, describe_plant


@pytest.fixture(scope="module")
def described(large: Region) -> list[dict]:
    return [describe_plant(large, plant) for plant in large.plants]


def _of_kind(described: list[dict], kind: str) -> list[dict]:
    found = [plant for plant in described if plant["kind"] == kind]
    assert found
    return found


def test_share_and_kinds(large: Region, described: list[dict]) -> None:
    kinds = Counter(plant["kind"] for plant in described)
    assert set(kinds) == {
        "inflated_vpr", "inflated_journal", "border_pushing", "honest_improvement", "leaked_work",
    }  # fmt: skip
    assert 0.06 <= len(described) / len(large.schools) <= 0.085
    assert len({plant["login"] for plant in described}) == len(described), "no school has two planted truths"


def test_inflated_results_are_shifted_by_about_one_sd(described: list[dict]) -> None:
    plants = _of_kind(described, "inflated_vpr")
    assert any(not plant["large"] for plant in plants)
    assert sum(plant["large"] for plant in plants) / len(plants) >= 0.6
    for plant in plants:
        assert len(plant["years"]) == 2
        assert plant["subjects"] == ["Русский язык", "Математика"]
    shifts = [effect["score_shift_sd"] for plant in plants for effect in plant["effects"]]
    assert 0.85 <= np.mean(shifts) <= 1.25


def test_inflated_journals_lower_the_work_against_the_journal(large: Region, described: list[dict]) -> None:
    logins = {plant["login"] for plant in _of_kind(described, "inflated_journal")}
    results = large.results[large.results["present"] & large.results["journal_mark"].notna()]
    results = results[results["subject"] != "Окружающий мир"]
    lowered = (results["mark"] < results["journal_mark"]).astype(float)
    planted = results["login"].isin(logins)
    assert lowered[planted].mean() - lowered[~planted].mean() > 0.2
    for plant in _of_kind(described, "inflated_journal"):
        assert all(abs(effect["score_shift_sd"]) < 0.6 for effect in plant["effects"]), "the work itself is untouched"


def test_pushing_schools_have_hardly_anyone_just_below_a_border(large: Region, described: list[dict]) -> None:
    logins = {plant["login"] for plant in _of_kind(described, "border_pushing")}
    below, ordinary = [], []
    for cell in large.cells:
        if cell.subject == "Окружающий мир":
            continue
        frame = cell.frame[cell.frame["present"] & ~cell.frame["observed"]]
        just_below = frame["primary_score"].isin([border - 1 for border in cell.work.borders])
        planted = frame["login"].isin(logins)
        below.append(just_below[planted].mean())
        ordinary.append(just_below[~planted].mean())
    assert np.mean(below) < 0.25 * np.mean(ordinary)


def test_honest_improvement_shows_in_work_and_journal(large: Region, described: list[dict]) -> None:
    logins = {plant["login"] for plant in _of_kind(described, "honest_improvement")}
    results = large.results[large.results["present"]]
    by_year = results.assign(
        score=results["honest_score"].astype(float), journal=results["journal_mark"].astype(float)
    ).groupby([results["login"].isin(logins), "subject", "grade", "year"])[["score", "journal"]]
    means = by_year.mean()
    change = means.xs(2026, level="year") - means.xs(2025, level="year")
    gain = change.loc[True] - change.loc[False]
    assert (gain["score"] > 0).all()
    assert gain["journal"].mean() > 0.05


def test_leaked_work_raises_hard_tasks_most(large: Region) -> None:
    leaks = [plant for plant in large.plants if plant.kind == "leaked_work"]
    groups: dict[str, set[str]] = {}
    for plant in leaks:
        assert len(plant.years) == len(plant.subjects) == len(plant.grades) == 1
        groups.setdefault(plant.group, set()).add(large.schools.loc[plant.school, "municipality_code"])
    assert all(len(places) == 1 for places in groups.values()), "a leak stays inside one municipality"
    assert len(leaks) > len(groups), "some leak reached several schools"
    for plant in leaks:
        cell = next(cell for cell in large.cells if plant.acts(cell.year, cell.subject, cell.grade))
        present = cell.frame["present"].to_numpy()
        mine = present & (cell.frame["school"] == plant.school).to_numpy()
        solved = np.where(cell.tasks < 0, 0, cell.tasks) / cell.work.max_points
        gain = solved[mine].mean(axis=0) - solved[present & ~mine].mean(axis=0)
        easy = solved[present].mean(axis=0) > 0.6
        assert gain[~easy].mean() > gain[easy].mean() + 0.1
        assert solved[mine].mean(axis=0)[~easy].mean() > 0.6


def test_control_group_is_random_and_undistorted(large: Region) -> None:
    share = large.control.groupby("year")["school"].nunique() / len(large.schools)
    assert share.between(0.07, 0.09).all()
    sizes = large.schools["pupils_per_grade"]
    chosen = sizes.loc[large.control["school"].unique()]
    assert abs(np.log(chosen).mean() - np.log(sizes).mean()) < 0.35
    for plant in large.plants:
        for year in plant.years:
            if plant.kind != "honest_improvement" and plant.kind != "leaked_work":
                for subject in plant.subjects:
                    assert plant.school not in observed_schools(large.control, year, subject, plant.grades[0])
    for cell in large.cells:
        observed = cell.frame[cell.frame["observed"] & cell.frame["present"]]
        assert (observed["primary_score"].astype(int) == observed["honest_score"]).all()
        unobserved = cell.frame[~cell.frame["observed"] & cell.frame["present"]]
        assert (unobserved["primary_score"].astype(int) >= unobserved["honest_score"]).all()


def test_effect_of_observation_is_known(large: Region) -> None:
    works = pd.DataFrame(describe_control(large)["works"])
    assert (works["inflation_sd_observed"] == 0).all()
    assert works["inflation_sd_unobserved_unplanted"].between(0.10, 0.35).all()
    gap = works["inflation_sd_unobserved"] - works["inflation_sd_unobserved_unplanted"]
    of_plants = works["subject"] != "Окружающий мир"
    assert (gap[of_plants] > 0.01).all()
    assert (gap[~of_plants].abs() < 0.01).all()
