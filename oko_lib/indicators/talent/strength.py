"""Where schools stand out: prizes of the municipal stage by subject, and home results against the next stage."""

from __future__ import annotations

import pandas as pd

from oko_lib.indicators.talent.data import TalentData
from oko_lib.indicators.talent.units import keyed
from oko_lib.methods.stage_consistency import StageConsistency, stage_consistency
from oko_lib.methods.strength_map import StrengthMap, strength_map
from oko_lib.settings.talent_norms import TalentNorms

HOME, NEXT = "school", "municipal"


def subject_strength(data: TalentData, norms: TalentNorms) -> StrengthMap:
    """Schools × subjects by entries of the school stage that ended with a prize of the municipal one.

    The school decides who gets a prize at home; the municipal jury is the same for all. Every child who tried counts,
    also those who did not come: a school that sends a few chosen ones is not above one that sends many. All years of
    the series are put together.
    """
    pairs = _linked(data, norms)
    pairs = pairs[pairs["grade"] >= norms.first_grade(NEXT)]
    return strength_map(
        pairs,
        value="next_prize",
        cells=("year", "grade"),
        person="person",
        minimum_n=int(norms.minimum_group.value),
        alpha=norms.false_discovery_rate.value,
        level=norms.confidence_level.value,
    )


def home_and_next(data: TalentData, schools: pd.DataFrame, norms: TalentNorms) -> StageConsistency | None:
    """Home results of schools against the municipal stage, over the years of the series.

    Parameters
    ----------
    data : TalentData
        Of the region.
    schools : DataFrame
        Register indexed by school, with municipality_code.
    norms : TalentNorms

    Returns
    -------
    StageConsistency or None
        None where no year has both stages with scores, children cannot be linked, or there is no other school to
        compare with.
    """
    pairs = _linked(data, norms).dropna(subset="home_score_share")
    if pairs["school"].nunique() < 2:
        return None
    pairs = pairs.assign(municipality=pairs["school"].map(schools["municipality_code"]).fillna(""))
    return stage_consistency(
        pairs,
        cells=("year", "subject", "grade"),
        stratum="municipality",
        grades=range(norms.first_grade(NEXT), 12),
        minimum_prizes=int(norms.minimum_group.value),
        alpha=norms.false_discovery_rate.value,
        level=norms.confidence_level.value,
    )


def _linked(data: TalentData, norms: TalentNorms) -> pd.DataFrame:
    """Both stages of the years that have both; empty where children cannot be linked."""
    years = [year for year, held in data.held.items() if {HOME, NEXT} <= held]
    entries = data.entries[data.entries["year"].isin(years) & data.entries["stage"].isin([HOME, NEXT])]
    return linked_stages(entries if keyed(entries, norms) else entries.iloc[:0])


def linked_stages(entries: pd.DataFrame) -> pd.DataFrame:
    """Put the home entry of a child beside the next stage's entry in the same subject and year.

    Returns
    -------
    DataFrame
        year, subject, grade, school, person, home_score_share (missing where the file has no scores), home_prize,
        next_present, next_score_share, next_prize. A child met twice in one subject and stage is taken once, with the
        better score.
    """
    keys = ["year", "subject", "person"]
    known = entries.dropna(subset=["person"]).sort_values("score_share", ascending=False, kind="stable")
    known = known.drop_duplicates([*keys, "stage"])
    home = known.loc[known["stage"] == HOME, [*keys, "grade", "school", "score_share", "prize"]]
    later = known.loc[known["stage"] == NEXT, [*keys, "score_share", "prize"]].assign(next_present=True)
    pairs = home.merge(later, on=keys, how="left", suffixes=("_home", "_next"))
    names = {"score_share_home": "home_score_share", "score_share_next": "next_score_share", "prize_home": "home_prize"}
    came = pairs["next_present"].notna()
    return pairs.rename(columns=names).assign(next_present=came, next_prize=came & (pairs["prize_next"] == True))  # noqa: E712
