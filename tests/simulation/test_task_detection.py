"""Tasks against the region on an independent simulator: noise is seldom called, a weak skill is found.

A quick version of ``benchmarks/task_power.py``; bounds leave room for chance and say how much.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from simulated_tasks import TaskRegion, simulate_work

from oko_lib.methods.skill_profile import skill_profile
from oko_lib.methods.task_functioning import task_functioning, task_states

REGION = TaskRegion(schools=100)
#: A true rate of 5 % would give a count above the bound with this chance.
CHANCE = 0.001


def judged(region, rng, effect=None):
    work = simulate_work(region, rng, effect)
    return task_states(task_functioning(work.scores, work.max_points, work.school).cells)


def works(region, seed, count, effect=None):
    rng = np.random.default_rng(seed)
    return [judged(region, rng, effect).assign(work=k) for k in range(count)]


@pytest.mark.parametrize(
    "region",
    [
        REGION,
        replace(REGION, natural_df=5.0),
        replace(REGION, natural_sd=0.0),
        replace(REGION, icc=0.3),
        replace(REGION, difficulty_sd=2.0),
        replace(REGION, tasks=6, several_points=1.0),
        replace(REGION, schools=25),
    ],
    ids=["natural", "heavy tails", "no natural variation", "far schools", "hard and easy", "several points", "small"],
)
def test_noise_alone_is_called_in_no_more_than_five_per_cent(region):
    found = pd.concat(works(region, 1, 4 if region.schools > 25 else 10)).dropna(subset=["p_value"])
    size = pd.cut(found["n"], [9, 25, 50, 120])
    for rows in (found, *(part for _, part in found.groupby(size, observed=True))):
        assert (rows["p_value"] < 0.05).sum() <= stats.binom.isf(CHANCE, len(rows), 0.05)
    # A method that never speaks would pass the bound as well.
    assert (found["p_value"] < 0.05).mean() > 0.01
    # Deep tails are what false-discovery control rests on; heavy-tailed nature is truly far out there.
    allowed = 0.001 if region.natural_df is None else 0.004
    assert (found["p_value"] < 0.001).sum() <= stats.binom.isf(CHANCE, len(found), allowed)


def test_false_discovery_control_over_a_work_holds_on_noise():
    called = [(work["state"] != "indistinct").any() for work in works(replace(REGION, schools=60, tasks=10), 2, 20)]
    assert np.sum(called) <= stats.binom.isf(CHANCE, 20, 0.05)


def test_a_weak_skill_shows_in_tasks_and_more_so_in_the_skill():
    effect = np.zeros((100, 16))
    effect[::25, :2] = -1.0
    cells = pd.concat(works(replace(REGION, natural_sd=0.15, smallest=40), 3, 3, effect))
    place = cells["task"].str[1:].astype(int)
    weak = (cells["unit"] % 25 == 0) & (place <= 2)
    found = (cells["p_value"] < 0.05) & (cells["z"] < 0)
    assert found[weak].mean() > 0.35
    assert cells.loc[weak, "difference"].mean() == pytest.approx(-0.14, abs=0.05)
    one = pd.DataFrame(
        {"task": [f"t{k}" for k in range(1, 17)], "skill_code": [f"s{(k - 1) // 2}" for k in range(1, 17)]}
    )
    units = skill_profile(cells, pd.concat([one.assign(work=k) for k in range(3)]), work=["work"]).units
    weak_skill = (units["unit"] % 25 == 0) & (units["skill_code"] == "s0")
    assert (units.loc[weak_skill, "own_state"] == "below").sum() >= 3
    clean = units[units["unit"] % 25 != 0]
    assert (clean["p_value"] < 0.05).sum() <= stats.binom.isf(CHANCE, len(clean), 0.05)
    own = (clean["own_state"] != "indistinct").groupby(clean["unit"]).any()
    assert own.sum() <= stats.binom.isf(CHANCE, len(own), 0.05)
