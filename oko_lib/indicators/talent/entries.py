"""Entries in olympiads and contests: one row per child, subject and stage, under the school's lasting identifier."""

from __future__ import annotations

import pandas as pd

from oko_lib.store import Snapshot

#: Stages of the olympiad in their order.
STAGES = ("school", "municipal", "regional", "final")
#: Federal lists of events, and the lists of a region and of a municipality.
FEDERAL_LISTS = ("federal_education", "federal_science")
EVENT_LISTS = (*FEDERAL_LISTS, "regional", "municipal")

#: Statuses that are prizes.
PRIZES = ("winner", "prize_winner")

#: Where a row of a protocol stands.
PLACES = ("participant", "load_id", "source_sheet", "source_row")

_OLYMPIADS = """
    select
        results.year, results.stage, results.subject, results.grade,
        coalesce(history.school_id, results.login) as school,
        results.participant_code as participant, results.pupil_key as person,
        results.score, results.max_score, results.status, results.has_disability,
        results.load_id, results.source_sheet, results.source_row
    from olympiad_results_by_participant as results
    left join school_logins as history on history.login = results.login
    where results.present and results.year between ? and ?
    order by year, stage, subject, grade, school, participant
"""

_CONTESTS = """
    select
        results.year, results.event_list, results.event, results.profile, results.stage, results.grade,
        coalesce(history.school_id, results.login) as school,
        results.participant_code as participant, results.pupil_key as person,
        results.status, results.has_disability
    from contest_results_by_participant as results
    left join school_logins as history on history.login = results.login
    where results.present and results.year between ? and ?
    order by year, event_list, event, profile, stage, school, participant
"""


def olympiad_entries(snapshot: Snapshot, first_year: int, last_year: int) -> pd.DataFrame:
    """Return entries of the olympiad by those who came.

    Returns
    -------
    DataFrame
        year, stage, subject, grade (for which the child competes), school, participant (code of the protocol), person
        (pseudonymous key, missing where the file gives none), score, max_score, status, has_disability (missing: not
        stated), where the row stands (load_id, source_sheet, source_row), score_share (score / max_score, missing where
        either is), prize (winner or prize-winner).
    """
    frame = snapshot.sql(_OLYMPIADS, [first_year, last_year])
    share = frame["score"].astype("float64") / frame["max_score"].astype("float64").where(frame["max_score"] > 0)
    return frame.assign(score_share=share, prize=frame["status"].isin(PRIZES))


def contest_entries(snapshot: Snapshot, first_year: int, last_year: int) -> pd.DataFrame:
    """Return entries in listed contests by those who came.

    Returns
    -------
    DataFrame
        year, event_list, event, profile, stage (qualifying or final), grade, school, participant, person, status,
        has_disability, prize.
    """
    frame = snapshot.sql(_CONTESTS, [first_year, last_year])
    return frame.assign(prize=frame["status"].isin(PRIZES))
