"""What in the protocols of an olympiad does not fit its own rules: a list of places to look at, not of culprits.

Entries are rows of protocols: who took part in which stage, subject and grade, with which score and status. Rules are
checked only where the data allow it, and how much was checked is said.

Columns of ``entries`` (names are free, see the parameters): ``year``, ``stage`` (school < municipal < regional <
final), ``subject``, ``grade``, ``school``, ``person`` (lasting key, may be missing), ``score``, ``max_score``,
``status`` (winner, prize_winner, participant; missing: was absent), ``quota`` (share of participants that may be
winners and prize-winners; missing or no column: not checked).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain

import numpy as np
import pandas as pd

#: Stages from the first to the last.
STAGES = ("school", "municipal", "regional", "final")
WINNER, PRIZE_WINNER, PARTICIPANT = STATUSES = ("winner", "prize_winner", "participant")
#: Scores and shares that differ by less are equal (sums of halves and products of shares are not exact).
_TOLERANCE = 1e-9


class ProtocolRule(StrEnum):
    """What is checked."""

    WINNER_NOT_ABOVE_HALF = "winner_not_above_half"
    WINNER_NOT_MAXIMUM = "winner_not_maximum"
    OVER_QUOTA = "over_quota"
    EQUAL_SCORES_DIFFERENT_STATUS = "equal_scores_different_status"
    ABSENT_FROM_EARLIER_STAGE = "absent_from_earlier_stage"
    SAME_PERSON_TWICE = "same_person_twice"


class Apart(StrEnum):
    """Why an entry without an earlier stage is no fault, or cannot be called one."""

    LAST_YEARS_LAUREATE = "last_years_laureate"
    LAST_YEAR_NOT_KNOWN = "last_year_not_known"
    SCHOOL_WITHOUT_EARLIER_STAGE = "school_without_earlier_stage"


@dataclass(frozen=True)
class ProtocolChecks:
    """Outcome of all checks.

    Parameters
    ----------
    faults : DataFrame
        One row per case: ``rule`` (:class:`ProtocolRule`), the grouping columns (missing where a case spans several
        groups), ``school`` (missing when several), ``rows`` (tuple of index labels of the entries concerned),
        ``n_rows``, ``value``, ``limit``, ``n``, ``by_tie`` (missing except for the quota):

        * winner_not_above_half: value = score, limit = half of the maximum (it must be exceeded);
        * winner_not_maximum: value = score, limit = the highest score of the group;
        * over_quota: value = winners and prize-winners, limit = ⌊quota · participants⌋, n = participants; ``by_tie``
          says whether those above the lowest awarded score alone would fit;
        * equal_scores_different_status: value = the score, n = entries with it;
        * absent_from_earlier_stage: value and limit missing;
        * same_person_twice: value = entries of the person in one year, stage and subject, n = different grades.
    apart : DataFrame
        Entries without the earlier stage that are no fault or cannot be called one: ``row``, the grouping columns,
        ``school``, ``reason`` (:class:`Apart`).
    checked : DataFrame
        By rule: ``n_checked`` (entries; groups for the quota; scores with more than one entry for equal scores),
        ``n_unchecked`` (where the data do not allow it), ``n_faults`` (cases), ``n_rows`` (entries in them).
    n_entries : int
    """

    faults: pd.DataFrame
    apart: pd.DataFrame
    checked: pd.DataFrame
    n_entries: int


def check_protocols(
    entries: pd.DataFrame,
    *,
    group: Sequence[str] = ("year", "stage", "subject", "grade"),
    quota_group: Sequence[str] | None = None,
    half_stages: Sequence[str] = ("school", "municipal"),
    school: str = "school",
    person: str = "person",
    area: str | None = None,
) -> ProtocolChecks:
    """Check entries of any number of protocols at once.

    Parameters
    ----------
    entries : DataFrame
        See the module; the index must be unique: faults name its labels.
    group : sequence of str
        Columns within which places are given: add the municipality (or, where a school awards for itself, the school).
    quota_group : sequence of str, optional
        Columns within which the quota is counted; by default ``group``.
    half_stages : sequence of str
        Stages whose winners must have more than half of the maximum.
    school, person : str
    area : str, optional
        Column of the municipality, whose protocols come in together: whether an earlier stage or the year before is
        there is then asked of the area, not of the region.

    Returns
    -------
    ProtocolChecks

    Raises
    ------
    ValueError
        For a repeated index label, an unknown stage or status, or several quotas in one group.
    """
    group = list(group)
    quota_group = group if quota_group is None else list(quota_group)
    data = _checked(entries, group, quota_group, school, person)
    data["_area"] = "" if area is None else entries[area].astype(object).to_numpy()
    apart, earlier = _earlier_stage(data)
    found = {
        ProtocolRule.WINNER_NOT_ABOVE_HALF: _not_above_half(data, half_stages),
        ProtocolRule.WINNER_NOT_MAXIMUM: _not_maximum(data, group),
        ProtocolRule.OVER_QUOTA: _over_quota(data, quota_group),
        ProtocolRule.EQUAL_SCORES_DIFFERENT_STATUS: _equal_scores(data, group),
        ProtocolRule.ABSENT_FROM_EARLIER_STAGE: earlier,
        ProtocolRule.SAME_PERSON_TWICE: _twice(data),
    }
    faults = pd.concat([_described(cases, rule, data, group) for rule, (cases, _, _) in found.items()])
    checked = pd.DataFrame(
        {
            "n_checked": [done for _, done, _ in found.values()],
            "n_unchecked": [undone for _, _, undone in found.values()],
            "n_faults": [len(cases) for cases, _, _ in found.values()],
            "n_rows": [len(set(chain.from_iterable(cases["rows"]))) for cases, _, _ in found.values()],
        },
        index=pd.Index([rule.value for rule in found], name="rule"),
    )
    names = {"_school": school}
    return ProtocolChecks(
        faults.astype(_TYPES).rename(columns=names).reset_index(drop=True),
        apart[["row", *group, "_school", "reason"]].rename(columns=names).reset_index(drop=True),
        checked,
        len(entries),
    )


_TYPES = {"n_rows": "int64", "value": "float64", "limit": "float64", "n": "Int64", "by_tie": "boolean"}
#: Cases of a rule, how many places were checked, how many could not be.
Found = tuple[pd.DataFrame, int, int]


def _checked(entries: pd.DataFrame, group: list[str], quota_group: list[str], school: str, person: str) -> pd.DataFrame:
    """The columns in use, numbers as floats, words as plain objects, the label of each entry in ``row``."""
    if not entries.index.is_unique:
        raise ValueError("index labels of entries repeat")
    plain = ["year", "stage", "subject", "grade"]
    columns = list(dict.fromkeys([*plain, *group, *quota_group]))
    data = pd.DataFrame({name: _plain(entries[name]) for name in columns}, index=entries.index)
    data["_school"] = _plain(entries[school])
    data["person"] = _plain(entries[person]).where(entries[person].notna(), None)
    data["status"] = _plain(entries["status"]).where(entries["status"].notna(), None)
    for name in ("score", "max_score", "quota"):
        given = entries[name] if name in entries else pd.Series(np.nan, entries.index)
        data[name] = given.to_numpy(dtype=float, na_value=np.nan)
    data["row"] = entries.index
    for name, words in (("stage", STAGES), ("status", STATUSES)):
        unknown = set(data[name].dropna()) - set(words)
        if unknown:
            raise ValueError(f"unknown {name}: {sorted(map(str, unknown))}")
    return data.reset_index(drop=True)


def _plain(values: pd.Series) -> pd.Series:
    """The same values as plain objects, each made once: a region has a handful of words in millions of cells."""
    number, words = pd.factorize(values, use_na_sentinel=False)
    return pd.Series(words.astype(object).to_numpy()[number], index=values.index, dtype=object)


def _single(rows: pd.DataFrame, **numbers: pd.Series) -> pd.DataFrame:
    """Cases of one entry each."""
    return pd.DataFrame({"rows": [(row,) for row in rows["row"]], **numbers}, index=rows.index)


def _described(cases: pd.DataFrame, rule: ProtocolRule, data: pd.DataFrame, group: list[str]) -> pd.DataFrame:
    """Cases with the group and school their entries share, and all columns of faults."""
    columns = ["rule", *group, "_school", "rows", "n_rows", "value", "limit", "n", "by_tie"]
    if cases.empty:
        return pd.DataFrame(columns=columns, dtype=object)
    long = cases["rows"].reset_index(drop=True).explode()
    concerned = data.iloc[pd.Index(data["row"]).get_indexer(pd.Index(long))]
    shared = concerned[[*group, "_school"]].groupby(long.index.to_numpy(), sort=True)
    first = shared.first()
    cases = cases.reset_index(drop=True).join(first.where(shared.nunique(dropna=False).le(1), None))
    cases["rule"], cases["n_rows"] = rule.value, cases["rows"].map(len)
    return cases.reindex(columns=columns).astype(object).where(lambda frame: frame.notna(), None)


def _not_above_half(data: pd.DataFrame, half_stages: Sequence[str]) -> Found:
    winners = data[(data["status"] == WINNER) & data["stage"].isin(list(half_stages))]
    known = winners["score"].notna() & winners["max_score"].gt(0)
    half = winners["max_score"] / 2
    wrong = known & (winners["score"] <= half + _TOLERANCE)
    cases = _single(winners[wrong], value=winners["score"][wrong], limit=half[wrong])
    return cases, int(known.sum()), int((~known).sum())


def _not_maximum(data: pd.DataFrame, group: list[str]) -> Found:
    top = data.groupby(group, dropna=False)["score"].transform("max")
    winners = data["status"] == WINNER
    known = winners & data["score"].notna()
    wrong = known & (data["score"] < top - _TOLERANCE)
    cases = _single(data[wrong], value=data["score"][wrong], limit=top[wrong])
    return cases, int(known.sum()), int((winners & ~known).sum())


def _over_quota(data: pd.DataFrame, group: list[str]) -> Found:
    took_part = data[data["status"].notna()]
    number = took_part.groupby(group, dropna=False).ngroup()
    quota = took_part["quota"].groupby(number).agg(["min", "max"])
    if (quota["max"] > quota["min"]).any():
        raise ValueError("a group has several quotas")
    awarded = took_part["status"].isin([WINNER, PRIZE_WINNER])
    n = number.value_counts().sort_index()
    counts = pd.DataFrame({"n": n, "value": awarded.groupby(number).sum()})
    counts["limit"] = np.floor(quota["min"] * n + _TOLERANCE)
    # Of those awarded, how many have more than the lowest awarded score: without the tie they may fit.
    lowest = took_part["score"].where(awarded).groupby(number).transform("min")
    surely = (awarded & (took_part["score"] > lowest + _TOLERANCE)).groupby(number).sum()
    counts["by_tie"] = (counts["value"] - surely > 1) & (surely <= counts["limit"])
    counts["rows"] = took_part["row"][awarded].groupby(number[awarded]).agg(tuple)
    over = counts["limit"].notna() & (counts["value"] > counts["limit"])
    return counts[over], int(counts["limit"].notna().sum()), int(counts["limit"].isna().sum())


def _equal_scores(data: pd.DataFrame, group: list[str]) -> Found:
    known = data[data["score"].notna() & data["status"].notna()].assign(_score=lambda frame: frame["score"].round(6))
    number = known.groupby([*group, "_score"], dropna=False).ngroup()
    size = number.value_counts()
    differ = known["status"].groupby(number).transform("nunique") > 1
    several = known[differ].groupby(number[differ])
    cases = pd.DataFrame({"rows": several["row"].agg(tuple), "value": several["_score"].first(), "n": several.size()})
    unknown = data["status"].notna() & data["score"].isna()
    return cases, int((size > 1).sum()), int(unknown.sum())


def _twice(data: pd.DataFrame) -> Found:
    known = data[data["person"].notna()]
    number = known.groupby(["year", "stage", "subject", "person"], dropna=False).ngroup()
    twice = number.duplicated(keep=False)
    several = known[twice].groupby(number[twice])
    cases = pd.DataFrame({"rows": several["row"].agg(tuple), "value": several.size(), "n": several["grade"].nunique()})
    return cases, len(known), len(data) - len(known)


def _earlier_stage(data: pd.DataFrame) -> tuple[pd.DataFrame, Found]:
    """Entries of later stages whose person is not in the earlier stage of the same year and subject."""
    rank = data["stage"].map({stage: place for place, stage in enumerate(STAGES)}).astype(int)
    took_part, named = data["status"].notna(), data["person"].notna()
    awarded = data["status"].isin([WINNER, PRIZE_WINNER])
    entries = data
    # Names are compared many times below: numbers stand for them (-1 for a missing one).
    codes = {name: pd.factorize(data[name])[0] for name in ("stage", "subject", "person", "_area", "_school")}
    data = pd.DataFrame({"year": pd.to_numeric(data["year"]), **codes}, index=data.index)
    later = data[(rank > 0) & took_part]
    attended = data.assign(next=rank + 1)[took_part & named]
    before = later.assign(next=rank[later.index])
    # Checked only where the subject's earlier stage is there and its persons are known.
    subject = ["year", "next", "_area", "subject"]
    checked = named[later.index] & _in(before, attended, subject)
    absent = checked & ~_in(before, attended, ["year", "next", "subject", "person"])
    laureates = data[awarded & named]
    laureates = laureates.assign(year=laureates["year"] + 1)
    last_year = data.assign(year=data["year"] + 1)[named]
    reason = np.select(
        [
            _in(later, laureates, ["year", "stage", "subject", "person"]),
            ~_in(later, last_year, ["year", "stage", "_area", "subject"]),
            ~_in(before, attended, [*subject, "_school"]),
        ],
        [Apart.LAST_YEARS_LAUREATE, Apart.LAST_YEAR_NOT_KNOWN, Apart.SCHOOL_WITHOUT_EARLIER_STAGE],
        default="",
    )
    later = entries.loc[later.index]
    apart = later[absent & (reason != "")].assign(reason=reason[absent & (reason != "")])
    fault = absent & (reason == "")
    return apart, (_single(later[fault]), int(checked.sum()), int((~checked).sum()))


def _in(left: pd.DataFrame, right: pd.DataFrame, keys: list[str]) -> pd.Series:
    """Whether the keys of each row of ``left`` stand in ``right``."""
    known = pd.MultiIndex.from_frame(right[keys].drop_duplicates())
    return pd.Series(pd.MultiIndex.from_frame(left[keys]).isin(known), index=left.index)
