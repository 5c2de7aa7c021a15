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

import pandas as pd

#: Stages from the first to the last.
STAGES = ("school", "municipal", "regional", "final")


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
        One row per case: ``rule`` (:class:`ProtocolRule`), the grouping columns, ``school`` (missing when several),
        ``rows`` (tuple of index labels of the entries concerned), ``n_rows``, ``value``, ``limit``, ``n``:

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

    Returns
    -------
    ProtocolChecks

    Raises
    ------
    ValueError
        For a repeated index label, an unknown stage or status, or several quotas in one group.
    """
    raise NotImplementedError
