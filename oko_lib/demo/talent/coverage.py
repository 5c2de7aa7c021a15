"""How many children of a school take part: additional education, and the chance to enter the school stage."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import expit, logit

from oko_lib.demo.randomness import stream
from oko_lib.demo.talent.plants import TalentPlants
from oko_lib.demo.talent.settings import AdditionalEducationSettings, LowCoverageSettings, ParticipationSettings


@dataclass(frozen=True)
class Coverage:
    """Shares of children by school in one year.

    Parameters
    ----------
    additional, additional_talent : ndarray, shape (schools,)
        Covered by additional education; by the part of it that is for talents.
    participation : ndarray
        Chance of a child of average ability of grades 5–11 to enter the school stage.
    """

    additional: np.ndarray
    additional_talent: np.ndarray
    participation: np.ndarray


def coverage_of_schools(
    schools: pd.DataFrame,
    year: int,
    plants: TalentPlants,
    education: AdditionalEducationSettings,
    participation: ParticipationSettings,
    low: LowCoverageSettings,
    seed: int,
) -> Coverage:
    """Shares by school: participation follows the coverage of additional education, and has reasons of its own."""
    count = len(schools)
    lasting, yearly = stream(seed, "additional education"), stream(seed, "additional education", year)
    own = lasting.standard_normal(count)
    bent = lasting.standard_normal(count)
    additional = expit(
        logit(education.share) + education.spread * own + education.yearly * yearly.standard_normal(count)
    )
    talent = additional * expit(logit(education.talent) + education.talent_spread * bent)
    reasons = stream(seed, "olympiad participation").standard_normal(count)
    chance = expit(
        logit(participation.share)
        + participation.link * 10 * (additional - education.share)
        + participation.village * (schools["place_type"] == "село").to_numpy()
        + participation.school_spread * reasons
    )
    if plants.low_coverage:
        chance[list(plants.low_coverage.villages)] = low.participation
        chance[list(plants.low_coverage.others)] = low.others_participation
    return Coverage(additional, talent, chance)
