from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from test_task_functioning import MAXIMUM, work

from oko_lib.methods.result import RefusalReason
from oko_lib.methods.skill_profile import skill_profile
from oko_lib.methods.task_functioning import TaskState, task_functioning

TASKS = [f"t{k + 1}" for k in range(8)]
CODIFIER = pd.DataFrame({"task": TASKS, "skill_code": ["1.1", "1.1", "1.2", "2.1", "2.1", "2.2", "2.2", None]})


def cells_of(seed, **other):
    scores, school = work(np.random.default_rng(seed), **other)
    return task_functioning(scores, MAXIMUM, school).cells


def made_cells(rng, units=150, tasks=6, common=0.0, chance=0.06):
    """Judged cells with natural effects that the tasks of a unit share in part; nothing else."""
    shared = common * rng.standard_normal((units, 1))
    difference = shared + chance * rng.standard_normal((units, tasks))
    rows = pd.DataFrame({"unit": np.repeat(np.arange(units), tasks), "task": np.tile(TASKS[:tasks], units)})
    return rows.assign(
        n=50,
        points=0.5 * 50 + 50 * difference.ravel(),
        possible=50.0,
        completion=0.5 + difference.ravel(),
        region=0.5,
        expected=0.5,
        difference=difference.ravel(),
        chance_sd=chance,
        natural_sd=0.0,
        sd=chance,
        per_logit=0.2,
        z=difference.ravel() / chance,
        refusal=None,
    )


def test_a_weak_skill_of_two_tasks_is_found_over_two_works():
    weak = [(4, 3, -1.2), (4, 4, -1.2)]
    parts = [cells_of(seed, schools=60, n=90, planted=weak).assign(grade=5 + seed) for seed in (1, 2)]
    book = pd.concat([CODIFIER.assign(grade=5 + seed) for seed in (1, 2)])
    found = skill_profile(pd.concat(parts), book, work=["grade"])
    called = found.units[found.units["state"] != TaskState.INDISTINCT]
    assert called[["unit", "skill_code", "state"]].to_numpy().tolist() == [[4, "2.1", "below"]]
    row = called.iloc[0]
    assert (row["n_tasks"], row["n_works"], row["n"]) == (4, 2, 90)
    assert row["own_state"] == TaskState.BELOW
    assert row["low"] < row["difference"] < row["high"] < 0
    assert set(found.units["skill_code"]) == {"1.1", "1.2", "2.1", "2.2"}
    assert found.skills["n_tasks"].tolist() == [4, 2, 4, 4]
    assert (found.skills["n_units"] == 60).all()


def test_everything_adds_up_to_the_rows_of_the_tasks():
    cells = cells_of(3)
    found = skill_profile(cells, CODIFIER).units.set_index(["unit", "skill_code"])
    two = cells[(cells["unit"] == 5) & cells["task"].isin(["t4", "t5"])]
    row = found.loc[(5, "2.1")]
    assert row["completion"] == pytest.approx(two["points"].sum() / two["possible"].sum())
    assert row["region"] == pytest.approx((two["region"] * two["possible"]).sum() / two["possible"].sum())
    assert row["expected"] == pytest.approx((two["expected"] * two["possible"]).sum() / two["possible"].sum())
    assert row["gap"] == pytest.approx(row["completion"] - row["region"])
    assert row["difference"] == pytest.approx(row["completion"] - row["expected"])
    one = cells[(cells["unit"] == 5) & (cells["task"] == "t3")].iloc[0]
    alone = found.loc[(5, "1.2")]
    assert alone["difference"] == pytest.approx(one["difference"])
    assert alone["z"] == pytest.approx(one["z"], rel=0.05, abs=0.02)


def test_tasks_that_go_together_by_nature_are_not_counted_as_independent():
    rng = np.random.default_rng(4)
    book = CODIFIER.assign(skill_code="one")
    rates = {}
    for common in (0.0, 0.05):
        p = pd.concat([skill_profile(made_cells(rng, common=common), book).units["p_value"] for _ in range(8)])
        rates[common] = (p < 0.05).mean()
    # 1 200 rows each; with √6 times too small a deviation 0.05 would give two thirds of them.
    assert all(0.02 <= rate <= 0.07 for rate in rates.values()), rates


def test_names_of_skills_may_be_tuples_and_several_columns():
    cells = cells_of(5)
    book = CODIFIER.dropna().assign(subject="м")
    book["key"] = list(zip(book["subject"], book["skill_code"], strict=True))
    plain = skill_profile(cells, book)
    tuples = skill_profile(cells, book, by=["key"])
    columns = skill_profile(cells, book, by=["subject", "skill_code"])
    np.testing.assert_array_equal(tuples.units["z"], plain.units["z"])
    np.testing.assert_array_equal(columns.units["z"], plain.units["z"])
    assert tuples.skills["key"].tolist()[0] == ("м", "1.1")
    assert tuples.skills["natural_sd"].tolist() == plain.skills["natural_sd"].tolist()


def test_order_does_not_matter():
    cells = cells_of(6)
    plain = skill_profile(cells, CODIFIER)
    mixed = skill_profile(cells.sample(frac=1, random_state=1), CODIFIER.iloc[::-1])
    pd.testing.assert_frame_equal(mixed.units, plain.units)
    pd.testing.assert_frame_equal(mixed.skills, plain.skills)


def test_own_profile_is_judged_within_the_unit():
    rng = np.random.default_rng(7)
    cells, book = made_cells(rng, tasks=6), CODIFIER.assign(skill_code=TASKS)
    weak = (cells["unit"] == 9) & (cells["task"] == "t2")
    # 3.1 standard deviations: much for one unit of six skills, not for 900 cells.
    cells.loc[weak, ["difference", "z", "points", "completion"]] = [-3.1 * 0.06, -3.1, 50 * (0.5 - 3.1 * 0.06), 0.314]
    row = skill_profile(cells, book).units.query("unit == 9 and skill_code == 't2'").iloc[0]
    assert row["own_state"] == TaskState.BELOW
    assert row["state"] == TaskState.INDISTINCT
    assert row["own_p_adjusted"] == pytest.approx(6 * row["p_value"], rel=0.01)


def test_refusals():
    cells = cells_of(8, schools=24, n=12)
    cells.loc[(cells["unit"] == 0) & (cells["task"] == "t1"), "refusal"] = RefusalReason.TOO_FEW.value
    cells.loc[(cells["unit"] == 1) & (cells["task"] == "t3"), "refusal"] = RefusalReason.TOO_FEW.value
    gone = cells["refusal"].notna()
    cells.loc[gone, ["expected", "difference", "sd", "chance_sd", "natural_sd", "z", "p_value"]] = np.nan
    units = skill_profile(cells, CODIFIER).units.set_index(["unit", "skill_code"])
    assert units.loc[(0, "1.1"), "n_tasks"] == 1  # the other task answers alone
    assert units.loc[(0, "1.1"), "state"] == TaskState.INDISTINCT
    alone = units.loc[(1, "1.2")]
    assert alone["refusal"] == RefusalReason.TOO_FEW
    assert alone[["difference", "low", "p_value", "expected"]].isna().all()
    assert alone["state"] is None or pd.isna(alone["state"])
    assert alone["gap"] == pytest.approx(alone["completion"] - alone["region"])

    few = skill_profile(cells, CODIFIER, minimum_units=25)
    assert set(few.units["refusal"]) == {RefusalReason.TOO_FEW}
    assert few.units["state"].isna().all()
    assert few.units["completion"].notna().all()
    nothing = skill_profile(cells, CODIFIER.assign(task="x" + CODIFIER["task"]))
    assert nothing.refusal.reason is RefusalReason.NO_DATA
    assert nothing.units.empty
    assert list(nothing.units.columns) == list(few.units.columns)
    with pytest.raises(ValueError, match="codifier names a task twice"):
        skill_profile(cells, pd.concat([CODIFIER, CODIFIER]))
    with pytest.raises(ValueError, match="more than one row"):
        skill_profile(pd.concat([cells, cells]), CODIFIER)
