"""Where schools stand out: results of the municipal stage by subject, and home results against the next stage."""

from __future__ import annotations

import pandas as pd

from oko_lib.indicators.talent.data import TalentData
from oko_lib.indicators.talent.units import keyed
from oko_lib.methods.stage_consistency import StageConsistency, stage_consistency
from oko_lib.methods.strength_map import StrengthMap, strength_map
from oko_lib.settings.talent_norms import TalentNorms

#: Stage whose results make the map: its tasks and juries are not the school's own.
MAP_STAGE = "municipal"
HOME, NEXT = "school", "municipal"


def subject_strength(data: TalentData, norms: TalentNorms) -> StrengthMap:
    """Schools × subjects by scores of the municipal stage over the years of the series."""
    entries = data.entries[data.entries["stage"] == MAP_STAGE]
    return strength_map(
        entries,
        value="score_share",
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
        None where no year has both stages, or children cannot be linked.
    """
    years = [year for year, held in data.held.items() if {HOME, NEXT} <= held]
    entries = data.entries[data.entries["year"].isin(years) & data.entries["stage"].isin([HOME, NEXT])]
    if entries.empty or not keyed(entries, norms):
        return None
    pairs = linked_stages(entries)
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


def linked_stages(entries: pd.DataFrame) -> pd.DataFrame:
    """Put the home entry of a child beside the next stage's entry in the same subject and year.

    Returns
    -------
    DataFrame
        year, subject, grade, school, person, home_score_share, home_prize, next_present, next_score_share. A child met
        twice in one subject and stage is taken once, with the better score.
    """
    keys = ["year", "subject", "person"]
    known = entries.dropna(subset=["person"]).sort_values("score_share", ascending=False, kind="stable")
    known = known.drop_duplicates([*keys, "stage"])
    home = known[(known["stage"] == HOME) & known["score_share"].notna()]
    later = known.loc[known["stage"] == NEXT, [*keys, "score_share"]].assign(next_present=True)
    columns = [*keys, "grade", "school", "score_share", "prize"]
    pairs = home[columns].merge(later, on=keys, how="left", suffixes=("_home", "_next"))
    return pairs.rename(
        columns={"score_share_home": "home_score_share", "score_share_next": "next_score_share", "prize": "home_prize"}
    ).assign(next_present=pairs["next_present"].notna())
