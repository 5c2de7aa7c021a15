"""Pupils behind diagnostic works: groups, nosologies, the same children two years later."""

from __future__ import annotations

from collections.abc import Collection

import pandas as pd

from oko_lib.indicators.low_results.outcomes import LEVELS
from oko_lib.indicators.share_estimates import share_estimates
from oko_lib.settings.norms import SeriesNorms
from oko_lib.store import Snapshot

#: Columns of groups: a pupil is in the group, is not, or nobody said.
GROUPS = ("at_risk", "other_native_language", "low_income", "has_disability")

#: Stands in place of a nosology for all pupils with disabilities together.
ALL_NOSOLOGIES = ""

_PUPILS = """
    select
        results.year, results.domain, results.grade,
        coalesce(history.school_id, results.login) as school,
        results.class_label, results.pupil_key, results.level, results.disability,
        results.at_risk, results.other_native_language, results.low_income,
        results.disability is not null as has_disability
    from diagnostic_results_by_participant as results
    left join school_logins as history on history.login = results.login
    where results.present and results.level is not null and results.year between ? and ?
    order by year, domain, grade, school, results.participant_code
"""

_NOSOLOGY_COUNTS = """
    select
        counts.year, counts.domain, counts.grade,
        coalesce(history.school_id, counts.login) as school,
        if(counts.pupil_group = 'disabilities', '', counts.pupil_group) as disability,
        sum(n_participants)::double as n, sum(n_insufficient)::double as insufficient,
        sum(n_reduced)::double as reduced, sum(n_basic)::double as basic, sum(n_advanced)::double as advanced
    from diagnostic_counts_by_school as counts
    left join school_logins as history on history.login = counts.login
    where counts.pupil_group <> 'все' and counts.year between ? and ?
    group by all
    order by all
"""


def pupils_of_diagnostics(snapshot: Snapshot, first_year: int, last_year: int) -> pd.DataFrame:
    """Return one row per pupil and diagnostic work with a level.

    Returns
    -------
    DataFrame
        year, domain, grade, school, class_label, pupil_key (missing where the source gives none), level, disability
        (nosology code or missing), at_risk, other_native_language, low_income (missing where nobody said),
        has_disability, success (basic level or higher, 0/1).
    """
    frame = snapshot.sql(_PUPILS, [first_year, last_year])
    return frame.assign(success=frame["level"].isin(LEVELS[2:]).astype(float))


#: What reports of one year still ask about single pupils; the rest is counted for the region.
_OF_YEAR = ["year", "domain", "grade", "school", "level", "disability", "has_disability", "success"]


def pupils_of_year(pupils: pd.DataFrame, year: int) -> pd.DataFrame:
    """Return the pupils of one year without their keys and circumstances: a tenth of the memory."""
    return pupils.loc[pupils["year"] == year, _OF_YEAR].reset_index(drop=True)


def nosology_counts(snapshot: Snapshot, first_year: int, last_year: int, nosologies: Collection[str]) -> pd.DataFrame:
    """Return reported counts of levels by nosology: year, domain, grade, school, disability, n and the four levels.

    Parameters
    ----------
    snapshot : Snapshot
    first_year, last_year : int
    nosologies : collection of str
        Codes of nosologies: the same table holds other groups too. A school's count of all pupils with disabilities
        has :data:`ALL_NOSOLOGIES` for a code.
    """
    frame = snapshot.sql(_NOSOLOGY_COUNTS, [first_year, last_year])
    return frame[frame["disability"].isin([ALL_NOSOLOGIES, *nosologies])].reset_index(drop=True)


def results_by_nosology(pupils: pd.DataFrame, counts: pd.DataFrame, year: int, norms: SeriesNorms) -> pd.DataFrame:
    """Return levels of pupils with disabilities by work and nosology.

    Parameters
    ----------
    pupils, counts : DataFrame
        From :func:`pupils_of_diagnostics` and :func:`nosology_counts`, of the schools in question. Where a school's
        pupils are known, its counts are left out.
    year : int
    norms : SeriesNorms
        Minimum group: smaller groups of children are not shown. Where a school states a count of all its pupils with
        disabilities, it and not the sum of nosologies enters the total.

    Returns
    -------
    DataFrame
        domain, grade, disability, n, below_basic (share on the insufficient and reduced levels, Estimate) and reduced
        (the level «ниже базового» alone, Estimate); a last row per work with disability "" for all of them together.
    """
    own = pupils[(pupils["year"] == year) & pupils["disability"].notna()]
    keys = ["domain", "grade", "school"]
    flags = own[[*keys, "disability"]].assign(**{level: (own["level"] == level).astype(float) for level in LEVELS})
    long = flags.groupby([*keys, "disability"], as_index=False)[list(LEVELS)].sum()
    reported = counts[counts["year"] == year]
    known = pd.MultiIndex.from_frame(pupils.loc[pupils["year"] == year, keys].drop_duplicates())
    reported = reported[~pd.MultiIndex.from_frame(reported[keys]).isin(known)]
    both = pd.concat([long, reported[[*keys, "disability", *LEVELS]]], ignore_index=True)
    whole = both["disability"] == ALL_NOSOLOGIES
    stated = pd.MultiIndex.from_frame(both.loc[whole, keys])
    sums = both[~whole].groupby(["domain", "grade", "disability"])[list(LEVELS)].sum()
    parts = both[whole | ~pd.MultiIndex.from_frame(both[keys]).isin(stated)]
    totals = parts.groupby(["domain", "grade"])[list(LEVELS)].sum().assign(disability=ALL_NOSOLOGIES)
    rows = pd.concat([sums.reset_index(), totals.reset_index()], ignore_index=True)
    rows = rows.assign(n=rows[list(LEVELS)].sum(axis=1).astype(int))
    return rows.assign(
        below_basic=share_estimates(rows["insufficient"] + rows["reduced"], rows["n"], norms),
        reduced=share_estimates(rows["reduced"], rows["n"], norms),
    )[["domain", "grade", "disability", "n", "below_basic", "reduced"]].sort_values(
        ["domain", "grade", "disability"], ignore_index=True
    )


def same_children(pupils: pd.DataFrame, domain: str, earlier: tuple[int, int], later: tuple[int, int]) -> pd.DataFrame:
    """Pair the works of one child in two grades.

    Parameters
    ----------
    pupils : DataFrame
        From :func:`pupils_of_diagnostics`.
    domain : str
        Domain of both works.
    earlier, later : (int, int)
        Grade and year of either work.

    Returns
    -------
    DataFrame
        pupil_key, school (of the later work), school_before, level_before, level_after; a key met twice in one work
        is left out: it does not name one child.
    """

    def of(grade: int, year: int) -> pd.DataFrame:
        work = pupils[(pupils["domain"] == domain) & (pupils["grade"] == grade) & (pupils["year"] == year)]
        work = work.dropna(subset="pupil_key")
        return work.drop_duplicates("pupil_key", keep=False)[["pupil_key", "school", "level"]]

    pairs = of(*earlier).merge(of(*later), on="pupil_key", suffixes=("_before", "_after"))
    return pairs.rename(columns={"school_after": "school"})
