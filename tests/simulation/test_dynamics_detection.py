"""Honest states of dynamics on an independent simulator: noise is seldom called a change, changes are found.

A quick version of ``benchmarks/dynamics_power.py``; bounds leave room for chance and say how much.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from simulated_dynamics import Dynamics, simulate_dynamics

from oko_lib.methods.change import school_changes
from oko_lib.methods.composite_change import composite_change

REGION = Dynamics(schools=150)
#: A true rate of 5 % would give a count above the bound with this chance.
CHANCE = 0.001


def judged(parameters, rng, planted=None):
    counts = simulate_dynamics(parameters, rng, planted)
    truth = counts.groupby("school")[["truth", "size"]].first()
    return school_changes(counts).units.join(truth)


def regions(parameters, seed, count, planted=None):
    rng = np.random.default_rng(seed)
    return pd.concat([judged(parameters, rng, planted) for _ in range(count)], ignore_index=True)


def called(states):
    """Number called a change, and number judged."""
    known = states.dropna()
    return int((known != "indistinct").sum()), len(known)


def tenth_change(size):
    """A tenth of the schools truly change by 20 points, half of them up."""
    truth = np.zeros(len(size))
    truth[::10] = 0.2
    truth[::20] = -0.2
    return truth


NOISE = {
    "usual region": REGION,
    "luck with heavy tails": replace(REGION, luck_df=5.0, luck_sd=0.4),
    "heavy tails, large schools": replace(REGION, luck_df=5.0, luck_sd=0.4, sizes=(51, 170)),
    "small schools": replace(REGION, sizes=(10, 30)),
    "shares near 0": replace(REGION, share=0.04),
    "shares near 1": replace(REGION, share=0.96),
    "no luck at all": replace(REGION, luck_sd=0.0),
    "levels far apart and a much easier work": replace(REGION, level_sd=1.2, difficulty=1.5),
    "few schools": replace(REGION, schools=40),
    "three years, luck that lasts": replace(REGION, years=3, persistence=0.6),
    "three years, heavy tails": replace(REGION, years=3, luck_df=5.0, luck_sd=0.4),
}


@pytest.mark.parametrize("name", NOISE)
def test_noise_alone_is_called_a_change_at_most_in_one_of_twenty(name):
    units = regions(NOISE[name], 1, 14)
    for column in ("state", "trend_state"):
        wrong, n = called(units[column])
        assert wrong <= stats.binom.isf(CHANCE, n, 0.05)


def test_noise_is_called_sometimes():
    # A method that never says anything would pass the bound above.
    wrong, n = called(regions(REGION, 2, 14)["state"])
    assert wrong > 0.025 * n


def test_a_much_easier_work_does_not_make_low_or_high_schools_change():
    units = regions(replace(REGION, level_sd=1.2, difficulty=1.5, sizes=(51, 170)), 3, 14)
    for part in (units["share_previous"] < 0.15, units["share_last"] > 0.85):
        wrong, n = called(units.loc[part, "state"])
        assert n > 150
        assert wrong <= stats.binom.isf(CHANCE, n, 0.05)


def test_schools_that_change_do_not_make_the_others_change():
    units = regions(REGION, 4, 14, tenth_change)
    wrong, n = called(units.loc[units["truth"] == 0, "state"])
    assert wrong <= stats.binom.isf(CHANCE, n, 0.05)
    found = units[units["truth"] != 0]
    right = np.where(found["truth"] > 0, "growth", "decline")
    opposite = np.where(found["truth"] > 0, "decline", "growth")
    assert (found["state"] == opposite).mean() < 0.01
    assert (found["state"] == right).mean() > 0.1


def test_power_rises_with_size_and_with_change():
    """One school in twenty changes; the rest show what is natural (luck half of the usual)."""
    power = {}
    for change in (0.15, 0.30):

        def planted(size, change=change):
            truth = np.zeros(len(size))
            truth[::20] = change
            return truth

        for sizes in ((10, 15), (26, 50), (101, 170)):
            units = regions(replace(REGION, sizes=sizes, luck_sd=0.15), 5, 10, planted)
            power[change, sizes] = (units.loc[units["truth"] != 0, "state"] == "growth").mean()
    for sizes in ((26, 50), (101, 170)):
        assert power[0.30, sizes] > power[0.15, sizes] + 0.1
    assert power[0.30, (10, 15)] < power[0.30, (26, 50)] < power[0.30, (101, 170)]
    assert power[0.30, (101, 170)] > 0.8


def test_intervals_hold_the_true_change():
    rng = np.random.default_rng(6)
    held = []
    for _ in range(14):
        units = judged(REGION, rng, tenth_change)
        changed = units[(units["truth"] != 0) & units["relative"].notna()]
        held.append((changed["relative_low"] <= changed["truth"]) & (changed["truth"] <= changed["relative_high"]))
    assert np.concatenate(held).mean() > 0.9


def four_procedures(rng, truth, correlation=0.5):
    """Changes of four procedures whose luck is partly the school's."""
    shared = simulate_dynamics(replace(REGION, level_sd=0.5), rng)
    found = {}
    for k in range(4):
        counts = simulate_dynamics(REGION, rng, lambda size: truth)
        mixed = np.random.default_rng(int(rng.integers(1 << 30))).random(REGION.schools) < correlation
        take = counts["school"].isin(np.flatnonzero(mixed & (truth == 0)))
        counts.loc[take, ["n", "n_success"]] = shared.loc[take, ["n", "n_success"]]
        found[f"p{k}"] = school_changes(counts)
    return found


def test_composite_noise_and_power():
    rng = np.random.default_rng(7)
    nothing = np.zeros(REGION.schools)
    states = pd.concat([composite_change(four_procedures(rng, nothing)).units["state"] for _ in range(5)])
    wrong, n = called(states)
    assert wrong <= stats.binom.isf(CHANCE, n, 0.05)
    truth = tenth_change(nothing)
    single, joined = [], []
    for _ in range(3):
        procedures = four_procedures(rng, truth, correlation=0.0)
        up = truth > 0
        single.append((procedures["p0"].units["state"][up] == "growth").mean())
        joined.append((composite_change(procedures).units["state"].reindex(np.flatnonzero(up)) == "growth").mean())
    assert np.mean(joined) > np.mean(single) + 0.2
