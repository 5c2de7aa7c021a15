"""Examples of the method pages on talent: the same data for the pages' numbers and their tests."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).parents[1] / "simulation"))

from simulated_olympiad import Olympiad, Planted, simulate_olympiad

from oko_lib.methods.count_change import CountChange, count_change
from oko_lib.methods.olympiad_protocol import ProtocolChecks, check_protocols
from oko_lib.methods.participation_link import ParticipationLink, participation_link
from oko_lib.methods.stage_consistency import StageConsistency, stage_consistency
from oko_lib.methods.strength_map import StrengthMap, strength_map

#: Schools of the page on stages: raised home scores, a far village, and an ordinary school.
INFLATED, FAR = 0, 1


def two_growths() -> tuple[CountChange, CountChange]:
    """200 prizes became 260: three more in each of 20 schools, or all of it in a half of them."""
    even = pd.DataFrame({"before": [10] * 20, "after": [13] * 20})
    uneven = pd.DataFrame({"before": [10] * 20, "after": [4] * 10 + [22] * 10})
    return count_change(even), count_change(uneven)


def protocol() -> ProtocolChecks:
    """81 children, maximum 70: 36 awarded at a quota of 40 %, the best one has exactly half."""
    score = np.concatenate([[35.0], 34.5 - 0.5 * np.arange(80)])
    score[2] = score[1]
    status = ["winner"] + ["prize_winner"] * 35 + ["participant"] * 45
    status[2] = "participant"
    status[36] = "prize_winner"
    return check_protocols(
        pd.DataFrame(
            {
                "year": 2026,
                "stage": "municipal",
                "subject": "math",
                "grade": 9,
                "school": [f"s{k % 9}" for k in range(81)],
                "person": [f"p{k}" for k in range(81)],
                "score": score,
                "max_score": 70.0,
                "status": status,
                "quota": 0.4,
            }
        )
    )


def stages() -> StageConsistency:
    """60 schools in 6 municipalities, 6 subjects, one year; two of them as named above."""
    done = {INFLATED: Planted(inflated=2.0), FAR: Planted(stays_away=-4.0)}
    region = Olympiad(schools=60, municipalities=6, subjects=6, entries_per_subject=25)
    entries = simulate_olympiad(region, np.random.default_rng(21), lambda school: done.get(school, Planted()))
    return stage_consistency(entries, stratum="municipality")


def strengths() -> StrengthMap:
    """The same kind of region; one school is strong in subject 0."""
    region = Olympiad(schools=60, municipalities=6, subjects=6, entries_per_subject=25)
    planted = {0: Planted(bent=3.0)}
    entries = simulate_olympiad(region, np.random.default_rng(23), lambda school: planted.get(school, Planted()))
    return strength_map(entries, value="next_prize", cells=("grade",), person="person")


def link() -> ParticipationLink:
    """120 schools: participation goes with coverage (log-odds 1.5 per whole), schools differ beyond it."""
    rng = np.random.default_rng(24)
    pupils = rng.integers(30, 700, 120)
    village = pupils < 150
    coverage = np.clip(rng.normal(0.72, 0.14, 120), 0.1, 0.98)
    odds = -1.4 + 1.5 * (coverage - 0.72) - 0.3 * village + 0.4 * rng.normal(size=120)
    schools = pd.DataFrame({"school": range(120), "pupils": pupils, "place": np.where(village, "село", "город")})
    schools["participants"] = rng.binomial(pupils, 1 / (1 + np.exp(-odds)))
    return participation_link(schools.assign(covered=np.rint(coverage * pupils)))
