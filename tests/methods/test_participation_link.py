"""Participation and coverage over schools: a planted link is recovered, none is not invented, too few refuse."""

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from oko_lib.methods.participation_link import participation_link
from oko_lib.methods.result import RefusalReason


def region(rng, slope, schools=150, rho=0.03):
    pupils = rng.integers(20, 600, schools)
    coverage = np.clip(rng.normal(0.7, 0.15, schools), 0.05, 0.98)
    place = rng.choice(["town", "village"], schools)
    mean = expit(-1.6 + slope * (coverage - 0.7) + 0.2 * (np.log(pupils) - 5) - 0.3 * (place == "village"))
    strength = 1 / rho - 1
    share = rng.beta(mean * strength, (1 - mean) * strength)
    return pd.DataFrame(
        {
            "school": [f"s{k}" for k in range(schools)],
            "pupils": pupils,
            "participants": rng.binomial(pupils, share),
            "covered": np.rint(coverage * pupils),
            "place": place,
        }
    )


def test_no_link_is_called_in_about_one_region_of_twenty():
    rng = np.random.default_rng(1)
    states = [str(participation_link(region(rng, 0.0)).state) for _ in range(200)]
    assert sum(state != "indistinct" for state in states) <= 19  # nominal 10; more than 19 happens once in 400


def test_a_planted_link_is_within_its_interval_and_found():
    rng = np.random.default_rng(2)
    inside = positive = 0
    for _ in range(100):
        found = participation_link(region(rng, 2.0))
        inside += found.odds_ratio.interval.low <= np.exp(0.2) <= found.odds_ratio.interval.high
        positive += str(found.state) == "positive"
    assert inside >= 88
    assert positive >= 80


def test_size_and_place_do_not_pass_for_coverage():
    """Villages have both less coverage and less participation; within places there is no link."""
    rng = np.random.default_rng(3)
    wrong = 0
    for _ in range(60):
        frame = region(rng, 0.0)
        village = frame["place"] == "village"
        frame.loc[village, "covered"] = np.rint(0.6 * frame.loc[village, "covered"])
        wrong += str(participation_link(frame).state) != "indistinct"
    assert wrong <= 9


@pytest.mark.parametrize(("schools", "given"), [(29, False), (60, True)])
def test_few_schools_refuse(schools, given):
    found = participation_link(region(np.random.default_rng(4), 1.0, schools))
    assert found.effect.given is given
    if not given:
        assert found.effect.refusal.reason is RefusalReason.TOO_FEW


def test_schools_lacking_something_are_counted_and_left_out():
    frame = region(np.random.default_rng(5), 1.0)
    frame.loc[:9, "covered"] = np.nan
    found = participation_link(frame)
    assert (found.n_schools, found.n_left_out) == (140, 10)


def test_impossible_counts_are_refused():
    frame = region(np.random.default_rng(6), 1.0)
    with pytest.raises(ValueError, match="count"):
        participation_link(frame.assign(covered=frame["pupils"] + 1))
    with pytest.raises(ValueError, match="twice"):
        participation_link(pd.concat([frame, frame.iloc[:1]]))
