from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy import stats

import oko_lib.methods.task_functioning as module
from oko_lib.methods.multiplicity import false_discovery
from oko_lib.methods.rest_scores import work_scores
from oko_lib.methods.result import RefusalReason
from oko_lib.methods.skewness import normal_score
from oko_lib.methods.task_functioning import TaskState, task_functioning, task_states
from oko_lib.methods.task_tables import task_tables

MAXIMUM = np.array([1, 1, 2, 1, 3, 1, 1, 2])


def work(rng, schools=40, n=30, maximum=MAXIMUM, school_sd=0.3, natural_sd=0.2, planted=()):
    """Points and schools of one work; `planted` holds (school, task, logits)."""
    school = np.repeat(np.arange(schools), n)
    easier = natural_sd * rng.standard_normal((schools, len(maximum)))
    for where, task, logits in planted:
        easier[where, task] += logits
    ability = 1.4 * (school_sd * rng.standard_normal(schools)[school] + 0.95 * rng.standard_normal(len(school)))
    points = np.zeros((len(school), len(maximum)))
    for task, most in enumerate(maximum):
        reached = ability - 0.8 + 1.6 * task / len(maximum) + easier[school, task] + rng.logistic(size=len(school))
        points[:, task] = sum(reached > 0.9 * (step - (most - 1) / 2) for step in range(most))
    return pd.DataFrame(points, columns=[f"t{k + 1}" for k in range(len(maximum))]), school


def cell(found, unit, task):
    rows = found.cells
    return rows[(rows["unit"] == unit) & (rows["task"] == task)].iloc[0]


def test_a_weak_task_is_found_and_nothing_else_of_that_school():
    scores, school = work(np.random.default_rng(1), schools=60, n=80, planted=[(7, 3, -1.8)])
    found = task_functioning(scores, MAXIMUM, school)
    cells = task_states(found.cells)
    called = cells[cells["state"] != TaskState.INDISTINCT]
    assert [(row.unit, row.task, row.state) for row in called.itertuples()] == [(7, "t4", "below")]
    row = cell(found, 7, "t4")
    # A logit near the middle of the scale is worth about a fifth of the points.
    assert -0.48 < row["difference"] < -0.2
    assert row["low"] < row["difference"] < row["high"] < 0
    assert row["completion"] - row["expected"] == pytest.approx(row["difference"])
    assert row["completion"] == row["points"] / row["possible"] == scores["t4"][school == 7].mean()
    assert row["region"] == pytest.approx(scores["t4"].mean())
    assert row["sd"] == pytest.approx(np.hypot(row["chance_sd"], row["natural_sd"]))
    assert (found.n_units, found.n) == (60, 4800)
    assert found.tasks.index.tolist() == list(scores.columns)


def test_natural_variation_is_found_in_logits():
    rng = np.random.default_rng(2)
    tau = [
        task_functioning(*_arguments(work(rng, schools=100, n=60, natural_sd=sd))).tasks["tau"].mean()
        for sd in (0.0, 0.4)
    ]
    assert tau[0] < 0.15
    # Given the rest, effects of logits look a little smaller; the larger of two quantiles looks a little larger.
    assert 0.3 < tau[1] < 0.5


def _arguments(drawn):
    return drawn[0], MAXIMUM, drawn[1]


def test_a_strong_school_is_not_above_in_every_task():
    rng = np.random.default_rng(3)
    slopes = {"as found": [], "none": []}
    for _ in range(6):
        scores, school = work(rng, schools=100, n=60, school_sd=0.6, natural_sd=0.0)
        tables = task_tables(scores, MAXIMUM, school)
        level = scores.sum(axis=1).groupby(school).mean()
        for name, used in (("as found", tables), ("none", replace(tables, context=0.0))):
            z = task_functioning(scores, MAXIMUM, school, tables=used).cells.groupby("unit")["z"].mean()
            slopes[name].append(np.polyfit((level - level.mean()) / level.std(), z, 1)[0])
    # A school one standard deviation above the others.
    assert np.mean(slopes["none"]) > 0.3
    assert abs(np.mean(slopes["as found"])) < 0.06


def test_a_weak_task_does_not_make_the_others_look_strong(monkeypatch):
    rng = np.random.default_rng(4)
    short, weak = np.ones(6, dtype=int), ["t1", "t2"]
    found = {"purified": [], "plain": []}
    for _ in range(12):
        scores, school = work(rng, 30, 120, short, natural_sd=0.0, planted=[(0, 0, -1.8), (0, 1, -1.8)])
        tables = task_tables(scores, short, school)
        for name, threshold in (("purified", 0.01), ("plain", 0.0)):
            monkeypatch.setattr(module, "_STANDS_OUT", threshold)
            cells = task_functioning(scores, short, school, tables=tables).cells.query("unit == 0")
            is_weak = cells["task"].isin(weak)
            found[name].append(cells["difference"].groupby(is_weak).mean())
    purified, plain = (pd.DataFrame(found[name]).mean() for name in ("purified", "plain"))
    # Two weak tasks of six: in the plain comparison each hides part of the other and lifts the rest.
    assert plain[False] > 0.06
    assert abs(purified[False]) < 0.03
    assert purified[True] < plain[True] - 0.02


def test_a_large_unit_is_compared_with_the_others_not_with_itself():
    rng = np.random.default_rng(5)
    scores, school = work(rng, schools=44, n=50, natural_sd=0.0, planted=[(s, 3, -1.5) for s in range(22)])
    unit = np.where(school < 22, -1, school)  # half of the region is one unit
    row = cell(task_functioning(scores, MAXIMUM, unit), -1, "t4")
    halves = scores["t4"].groupby(school < 22).mean()
    assert row["difference"] == pytest.approx(halves[True] - halves[False], abs=0.06)
    assert row["difference"] < -0.2


def test_points_earned_one_by_one_are_spread_less_than_all_or_nothing():
    rng = np.random.default_rng(6)
    scores, school = work(rng, maximum=np.ones(8, dtype=int), natural_sd=0.0)
    whole = scores.assign(t8=3 * scores["t8"])
    parts = scores.assign(t8=rng.binomial(3, 0.2 + 0.5 * scores["t8"].mean(), len(scores)))
    maximum = np.array([1] * 7 + [3])
    sd = [
        task_functioning(frame, maximum, school).cells.query("task == 't8'")["chance_sd"].mean()
        for frame in (scores, whole, parts)
        if frame is not scores
    ]
    assert sd[1] / sd[0] == pytest.approx(1 / np.sqrt(3), rel=0.2)


def test_classes_of_a_municipality_are_judged_as_in_the_whole_region():
    scores, school = work(np.random.default_rng(7))
    tables = task_tables(scores, MAXIMUM, school)
    inside = school < 5
    own = task_functioning(scores[inside], MAXIMUM, school[inside], tables=tables)
    everywhere = task_functioning(scores, MAXIMUM, school)
    expected = everywhere.cells.query("unit < 5").reset_index(drop=True)
    pd.testing.assert_frame_equal(own.cells, expected)
    assert (own.n_units, own.n) == (5, 150)
    with pytest.raises(ValueError, match="other tasks"):
        task_functioning(scores.iloc[:, ::-1], MAXIMUM[::-1], school, tables=tables)
    # Pupils who are not of the region are compared with all of it.
    outside = task_functioning(scores[inside], MAXIMUM, school[inside], tables=tables, in_tables=False)
    assert not np.allclose(outside.cells["expected"], own.cells["expected"])


def test_refusals_say_why_and_facts_stay():
    scores, school = work(np.random.default_rng(8), schools=25, n=12)
    few = task_functioning(scores, MAXIMUM, np.where((school == 0) & (np.arange(len(school)) > 8), 1, school))
    rows = few.cells.query("unit == 0")
    assert set(rows["n"]) == {9}
    assert set(rows["refusal"]) == {RefusalReason.TOO_FEW}
    assert rows["completion"].notna().all()
    assert rows[["difference", "z", "p_value", "expected"]].isna().all(axis=None)
    ten = task_functioning(scores, MAXIMUM, np.where((school == 0) & (np.arange(len(school)) > 9), 1, school))
    assert ten.cells.query("unit == 0")["refusal"].isna().all()
    assert task_states(few.cells).query("unit == 0")["state"].isna().all()

    small = task_functioning(scores, MAXIMUM, school, minimum_units=26)
    assert (small.refusal.reason, small.refusal.found, small.refusal.needed) == (RefusalReason.TOO_FEW, 25, 26)
    assert small.cells["p_value"].isna().all()
    assert (len(small.cells), small.n_units) == (25 * 8, 0)
    two = task_functioning(scores.iloc[:, :2], MAXIMUM[:2], school)
    assert two.refusal.reason is RefusalReason.SCALE_TOO_SHORT
    nothing = task_functioning(scores.iloc[:0], MAXIMUM, school[:0])
    assert nothing.refusal.reason is RefusalReason.NO_DATA
    assert nothing.cells.empty


def test_a_task_that_everybody_or_nobody_did_is_refused_and_the_others_stay_judged():
    scores, school = work(np.random.default_rng(9), schools=25, n=15)
    scores = scores.assign(t1=0.0, t3=2.0)
    found = task_functioning(scores, MAXIMUM, school)
    by_task = found.cells.groupby("task")["refusal"].first()
    assert by_task[["t1", "t3"]].tolist() == [RefusalReason.NO_VARIATION] * 2
    assert by_task.drop(["t1", "t3"]).isna().all()


def test_a_task_that_few_schools_had_is_refused_alone():
    scores, school = work(np.random.default_rng(14), schools=30, n=12)
    found = task_functioning(scores.assign(t2=scores["t2"].where(school < 19)), MAXIMUM, school)
    by_task = found.cells.groupby("task")["refusal"]
    assert set(by_task.get_group("t2")) == {RefusalReason.TOO_FEW}
    assert len(by_task.get_group("t2")) == 19
    assert found.cells.query("task != 't2'")["refusal"].isna().all()
    enough = task_functioning(scores.assign(t2=scores["t2"].where(school < 20)), MAXIMUM, school)
    assert enough.cells["refusal"].isna().all()


def test_a_rare_event_is_not_a_finding():
    """One pupil of the whole region did the task: his school is not «above»."""
    scores, school = work(np.random.default_rng(10), schools=60, n=20)
    for value in (0.0, 1.0):
        one = scores.assign(t1=value)
        one.loc[100, "t1"] = 1 - value
        found = task_functioning(one, MAXIMUM, school).cells.query("task == 't1'")
        assert found["p_value"].min() > 0.01
        assert found["expected"].between(0, 1).all()


def test_missing_points_and_pupils_of_no_unit():
    scores, school = work(np.random.default_rng(11), schools=25, n=20)
    holed = scores.copy()
    holed.loc[0:4, "t2"] = np.nan
    found = task_functioning(holed, MAXIMUM, school)
    assert cell(found, 0, "t2")["n"] == 15
    assert cell(found, 0, "t1")["n"] == 20
    # What is left of the rest stands for all of it.
    rest = work_scores(holed, MAXIMUM, school)
    others = holed.drop(columns="t1").loc[0].sum() * (MAXIMUM.sum() - 1) / (MAXIMUM.sum() - 2)
    assert rest.rest[0, 0] == np.rint(others)
    unknown = pd.Series(school).where(school != 3)
    without = task_functioning(scores, MAXIMUM, unknown)
    assert 3 not in set(without.cells["unit"])
    assert without.tasks["n"].eq(len(scores)).all()


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"max_points": MAXIMUM[:-1]}, "one maximum per task"),
        ({"max_points": np.zeros(8)}, "at least 1"),
        ({"max_points": MAXIMUM - 0.5}, "whole numbers"),
        ({"max_points": np.ones(8)}, "between 0 and the maximum"),
        ({"unit": np.zeros(3)}, "one unit per pupil"),
    ],
)
def test_impossible_input_is_an_error(change, match):
    scores, school = work(np.random.default_rng(12), schools=5, n=5)
    arguments = {"scores": scores, "max_points": MAXIMUM, "unit": school} | change
    with pytest.raises(ValueError, match=match):
        task_functioning(**arguments)
    with pytest.raises(ValueError, match="named twice"):
        task_functioning(scores.set_axis(["a"] * 8, axis=1), MAXIMUM, school)


def test_states_over_many_works_ask_more_of_each():
    scores, school = work(np.random.default_rng(13), schools=40, n=120, planted=[(0, 3, -1.6)])
    one = task_functioning(scores, MAXIMUM, school).cells
    noise = one.assign(p_value=np.linspace(0.05, 1, len(one)))
    alone, together = task_states(one), task_states(pd.concat([one, *[noise] * 20], ignore_index=True))
    np.testing.assert_allclose(together["p_adjusted"], false_discovery(together["p_value"]).adjusted)
    assert (together["p_adjusted"].iloc[: len(one)] >= alone["p_adjusted"] - 1e-12).all()
    assert (alone["state"] == TaskState.BELOW).sum() >= 1
    assert "state" not in one


small_regions = st.builds(
    lambda seed, n: work(np.random.default_rng(seed), schools=22, n=n), st.integers(0, 10_000), st.integers(11, 25)
)
few_cases = settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@few_cases
@given(small_regions, st.integers(0, 10_000))
def test_names_and_order_do_not_matter(drawn, seed):
    scores, school = drawn
    rng = np.random.default_rng(seed)
    order, names = rng.permutation(len(school)), rng.permutation(22)
    plain = task_functioning(scores, MAXIMUM, school).cells
    mixed = task_functioning(scores.iloc[order], MAXIMUM, names[school[order]]).cells
    back = plain.assign(unit=names[plain["unit"]]).sort_values(["unit", "task"], ignore_index=True)
    mixed = mixed.sort_values(["unit", "task"], ignore_index=True)
    pd.testing.assert_frame_equal(mixed, back, rtol=1e-6, atol=1e-7)


@few_cases
@given(small_regions, st.integers(1, 3))
def test_the_same_points_for_everybody_change_nothing(drawn, gift):
    scores, school = drawn
    plain = task_functioning(scores, MAXIMUM, school).cells
    more = task_functioning(scores.assign(gift=float(gift)), [*MAXIMUM, gift], school).cells
    more = more[more["task"] != "gift"].reset_index(drop=True)
    np.testing.assert_allclose(more["difference"], plain["difference"], atol=1e-5)
    np.testing.assert_allclose(more["z"], plain["z"], atol=1e-3)


@few_cases
@given(small_regions)
def test_what_is_lost_mirrors_what_is_scored(drawn):
    scores, school = drawn
    plain = task_functioning(scores, MAXIMUM, school).cells
    lost = task_functioning(MAXIMUM - scores, MAXIMUM, school).cells
    np.testing.assert_allclose(lost["difference"], -plain["difference"], atol=1e-5)
    np.testing.assert_allclose(lost["z"], -plain["z"], atol=1e-3)


@few_cases
@given(small_regions)
def test_shares_stay_shares(drawn):
    scores, school = drawn
    cells = task_functioning(scores, MAXIMUM, school).cells
    assert cells[["completion", "expected", "region", "p_value"]].melt()["value"].between(0, 1).all()
    assert (cells["low"] <= cells["difference"]).all()
    assert (cells["difference"] <= cells["high"]).all()


@pytest.mark.parametrize("skewness", [-1.5, -0.3, 0.0, 0.3, 1.5])
def test_normal_score_has_the_tail_of_a_skewed_sum(skewness):
    z = np.linspace(-1.2, 4, 30) * (-1 if skewness < 0 else 1)
    score = np.sort(normal_score(z, skewness))
    exact = np.sort(stats.norm.isf(stats.pearson3.sf(z, skewness)))
    np.testing.assert_allclose(score, exact, atol=0.07)
    assert (np.diff(score) > 0).all()
