"""Weak skills, graduates, adapted programmes and exam tasks: as the model says, and as the files show."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from demo_samples import Written
from hypothesis import given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from oko_lib.demo import Region, simulate
from oko_lib.demo.answers import answer_noise, task_points
from oko_lib.demo.files.newer_dirt import KINDS
from oko_lib.demo.quality.exam_tasks import tasks_of
from oko_lib.demo.quality.plants import QualityPlants
from oko_lib.demo.quality.truth import describe_quality
from oko_lib.demo.quality.weak_skill import weakened
from oko_lib.demo.settings import load_demo_settings
from oko_lib.demo.works import Work, make_work, read_scales
from oko_lib.settings.workspace import Workspace


@pytest.fixture(scope="module")
def region(usual: Region) -> Region:
    return usual


@pytest.fixture(scope="module")
def truth(region: Region) -> dict:
    return describe_quality(region)


@pytest.fixture(scope="module")
def work() -> Work:
    workspace = Workspace.at()
    demo = load_demo_settings(workspace)
    scales = read_scales(workspace.parameters / "scales" / "vpr_2021.csv")
    chosen = next(item for item in demo.works if (item.subject, item.grade) == ("Математика", 5))
    return make_work(chosen, scales["Математика", 5], demo.model.border_push, 0.0)


# --- weak skills


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32), ability=st.floats(-3, 3), shift=st.floats(0, 4), which=st.integers(0, 15))
def test_a_weak_skill_moves_points_and_not_scores(
    work: Work, seed: int, ability: float, shift: float, which: int
) -> None:
    rng = np.random.default_rng(seed)
    luck = answer_noise((30, len(work.labels)), rng)
    abilities = np.full(30, ability)
    before = task_points(abilities, luck, work)
    weak = np.zeros(len(work.labels), dtype=bool)
    weak[[which, (which + 5) % len(work.labels)]] = True
    after = weakened(before, abilities, luck, weak, shift, work)
    assert (after.sum(axis=1) == before.sum(axis=1)).all()
    assert (after[:, weak] <= before[:, weak]).all()
    assert (after[:, ~weak] >= before[:, ~weak]).all()
    assert (after >= 0).all()
    assert (after <= work.max_points).all()


def test_no_weakness_changes_nothing(work: Work) -> None:
    luck = answer_noise((50, len(work.labels)), np.random.default_rng(1))
    before = task_points(np.zeros(50), luck, work)
    assert (weakened(before, np.zeros(50), luck, np.ones(len(work.labels), dtype=bool), 0.0, work) == before).all()


def test_everything_else_is_as_without_weak_skills(monkeypatch: pytest.MonkeyPatch) -> None:
    arguments = {"municipalities": 5, "scale": 0.7, "years": (2026,), "seed": 5}
    planted = simulate(Workspace.at(), **arguments)
    without = QualityPlants((), planted.quality.plants.flows)
    # The package has a function of the module's name: the module itself is asked for.
    monkeypatch.setattr(import_module("oko_lib.demo.simulate"), "choose_quality_plants", lambda *_: without)
    plain = simulate(Workspace.at(), **arguments)
    weak = {(plant.subject, plant.grade): plant for plant in planted.quality.plants.weak_skills}
    assert weak
    for one, other in zip(planted.cells, plain.cells, strict=True):
        pd.testing.assert_frame_equal(one.frame, other.frame)
        differ = (one.tasks != other.tasks).any(axis=1)
        plant = weak.get((one.subject, one.grade))
        assert set(one.frame.loc[differ, "school"]) == ({plant.school} if plant else set())
    pd.testing.assert_frame_equal(planted.talent.entries, plain.talent.entries)
    pd.testing.assert_frame_equal(planted.low_results.flags, plain.low_results.flags)


def test_weak_tasks_are_weak_and_only_they(region: Region, truth: dict) -> None:
    assert len({entry["login"] for entry in truth["weak_skills"]}) == 4
    for entry in truth["weak_skills"]:
        assert entry["year"] == region.years[-1]
        assert entry["n"] >= 30
        cell = next(
            cell
            for cell in region.cells
            if (cell.year, cell.subject, cell.grade) == (entry["year"], entry["subject"], entry["grade"])
        )
        present = cell.frame["present"].to_numpy()
        mine = present & (cell.frame["login"] == entry["login"]).to_numpy()
        solved = np.where(cell.tasks < 0, 0, cell.tasks) / cell.work.max_points
        gap = solved[mine].mean(axis=0) - solved[present & ~mine].mean(axis=0)
        weak = np.isin(cell.work.labels, [task["task"] for task in entry["tasks"]])
        assert 1 <= weak.sum() <= 2
        assert (gap[weak] - gap[~weak].mean() < -0.1).all()
        assert gap[weak].mean() - gap[~weak].mean() < -0.2


# --- skills of tasks


def test_every_task_has_a_skill_and_the_same_in_all_years_but_one(region: Region, truth: dict) -> None:
    skills = region.quality.skills
    tasks = {(cell.year, cell.subject, cell.grade, label) for cell in region.cells for label in cell.work.labels}
    assert set(skills[["year", "subject", "grade", "task"]].itertuples(index=False, name=None)) == tasks
    assert len(skills) == len(tasks)
    codes = skills.groupby(["subject", "grade", "task"])["skill_code"].nunique()
    changed = [(row["subject"], row["grade"], row["task"]) for row in truth["not_comparable"]]
    assert codes[codes > 1].index.tolist() == changed
    assert len(changed) == 1
    assert skills["skill"].str.len().min() > 10


# --- graduates and adapted programmes


def test_graduates_add_up(region: Region) -> None:
    ways = ["continued_school", "continued_vocational", "continued_university", "employed", "not_continuing"]
    for year, frame in region.quality.graduates.items():
        assert (frame["finished"] + frame["without_certificate"] <= frame["started"]).all()
        assert (frame[ways].clip(lower=0).sum(axis=1) == frame["finished"]).all()
        basic, secondary = (frame[frame["education_level"] == level] for level in ("basic", "secondary"))
        assert (basic["continued_university"] == -1).all()
        assert (secondary["continued_school"] == -1).all()
        pupils = region.talent.enrolment[year]
        for grade, own in ((9, basic), (11, secondary)):
            counted = pupils[pupils["grade"] == grade].set_index("school")["pupils"]
            pd.testing.assert_series_equal(own.set_index("school")["started"], counted, check_names=False)
        assert 0.005 < basic["without_certificate"].sum() / basic["started"].sum() < 0.04
        assert 0.35 < basic["continued_school"].sum() / basic["finished"].sum() < 0.6


def test_flow_is_many_not_continuing(truth: dict) -> None:
    assert len(truth["flow"]["schools"]) == 3
    assert truth["flow"]["others"] < 0.03
    for school in truth["flow"]["schools"]:
        numbers = pd.DataFrame(school["by_year"]).T
        assert numbers["not_continuing"].sum() / numbers["finished"].sum() == pytest.approx(0.24, abs=0.1)


def test_adapted_programmes_are_of_the_pupils_of_the_enrolment(region: Region) -> None:
    for year, frame in region.quality.adapted.items():
        pupils = frame.groupby("school")["pupils"].sum()
        enrolled = region.talent.enrolment[year].groupby("school")["pupils_with_disabilities"].sum()
        pd.testing.assert_series_equal(pupils, enrolled[enrolled > 0], check_names=False)
        assert (frame["assessed"] <= frame["pupils"]).all()
        met = sum(
            int((work.frame["present"] & (work.frame["disability"] != "")).sum())
            for work in region.low_results.diagnostics
            if work.year == year
        )
        assert frame["assessed"].sum() == met
        approved = frame.groupby("school")["programme_approved"].any().mean()
        assert 0.6 < approved < 0.95


def test_own_assessment_adds_up(region: Region) -> None:
    levels = ["n_insufficient", "n_reduced", "n_basic", "n_advanced"]
    for frame in region.quality.internal.values():
        assert (frame[levels].sum(axis=1) == frame["n_participants"]).all()
        assert not frame.duplicated(["school", "domain", "grade", "class_label"]).any()
        assert 0.4 < frame["school"].nunique() / len(region.schools) < 0.7


def test_exam_tasks_give_the_scores_of_the_exam(region: Region) -> None:
    wanted = next(
        exam for exam in region.settings.quality.exam_tasks.exams if (exam.exam, exam.subject) == ("ОГЭ", "Математика")
    )
    points = {task.label: task.points for task in tasks_of(wanted)}
    assert sum(points.values()) == 31
    year = region.years[-1]
    found = region.quality.exam_tasks
    found = found[(found["year"] == year) & (found["exam"] == "ОГЭ") & (found["subject"] == "Математика")]
    total = (found["completion_pct"] / 100 * found["task"].map(points)).groupby(found["school"]).sum()
    exam = next(
        held
        for held in region.low_results.exams
        if (held.year, held.settings.exam, held.settings.subject) == (year, "ОГЭ", "Математика")
    )
    frame = exam.frame[exam.frame["present"]]
    mean = frame["primary_score"].astype(float).groupby(frame["school"]).mean()
    assert np.abs(total - mean).max() < 0.02
    easy, hard = (found.loc[found["task"] == task, "completion_pct"].mean() for task in ("1", "25"))
    assert easy > 60 > 15 > hard


# --- files and the store


def _rows(path: Path) -> list[list]:
    return CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python(skip_empty_area=False)


def test_spoilt_rows_of_forms_are_where_the_truth_says(written: Written) -> None:
    dirt = written.truth["dirt"]["forms"]
    assert all(dirt["counts"][kind] >= 1 for kind in KINDS)
    for place in dirt["places"]:
        assert "2026" not in place["file"], "the last year is whole"
        rows = _rows(written.folder / place["file"])
        row = dict(zip(rows[0], rows[place["row"] - 1], strict=True))
        match place["kind"]:
            case "support_part_over":
                assert row["Подготовлены к работе с одарёнными"] > row["Педагогов"]
            case "enrolment_part_over":
                assert row["Обучающихся с ОВЗ"] > row["Обучающихся"]
            case "graduates_part_over":
                assert row["Завершили обучение"] > row["Начали обучение"]
            case "graduates_level_unknown":
                assert row["Уровень образования"] not in {"основное общее", "среднее общее"}
            case "adapted_part_over":
                assert row["Прошли КДР"] > row["Обучающихся"]
            case "internal_sum":
                levels = ("Недостаточный", "Пониженный", "Базовый", "Повышенный")
                assert sum(row[level] for level in levels) != row["Участников"]
            case "skill_missing":
                assert row["Код умения"] == ""
            case _:
                raise AssertionError(place["kind"])


def test_the_last_year_is_in_the_store_as_it_is_in_the_model(written: Written, taken: tuple) -> None:
    region, year = written.region, written.region.years[-1]
    sums = {
        "graduates_by_school": ("finished", region.quality.graduates[year]["finished"]),
        "adapted_programmes_by_school": ("pupils", region.quality.adapted[year]["pupils"]),
        "internal_levels_by_class": ("n_participants", region.quality.internal[year]["n_participants"]),
        "enrolment_by_grade": ("pupils", region.talent.enrolment[year]["pupils"]),
        "talent_support_by_school": ("pupils_talent_events", region.talent.support[year]["pupils_talent_events"]),
        "observers_by_procedure": ("rooms", region.talent.observers[year]["rooms"]),
        "task_skills": ("max_score", region.quality.skills.query("year == @year")["max_score"]),
    }
    for table, (column, values) in sums.items():
        found = taken[1].sql(f"select count(*) as n, sum({column}) as total from {table} where year = ?", [year])
        assert (int(found["n"].iloc[0]), int(found["total"].iloc[0])) == (len(values), int(values.sum())), table
    tasks = region.quality.exam_tasks.query("year == @year")
    found = taken[1].sql(
        "select count(*) as n, avg(completion_pct) as mean from exam_tasks_by_school where year = ?", [year]
    )
    assert int(found["n"].iloc[0]) == len(tasks)
    assert float(found["mean"].iloc[0]) == pytest.approx(tasks["completion_pct"].mean())


def test_skills_meet_their_tasks_in_the_store(taken: tuple) -> None:
    lacking = taken[1].sql(
        "select distinct tasks.year, tasks.subject, tasks.grade, tasks.label from vpr_tasks as tasks "
        "anti join task_skills as skills on skills.year = tasks.year and skills.subject = tasks.subject "
        "and skills.grade = tasks.grade and skills.task = tasks.label where tasks.year = 2026"
    )
    assert lacking.empty
