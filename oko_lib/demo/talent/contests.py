"""Contests and olympiads of the four lists: who takes part, who gets to the final, who is awarded."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import expit, logit

from oko_lib.demo.randomness import stream
from oko_lib.demo.talent.abilities import Abilities
from oko_lib.demo.talent.plants import TalentPlants
from oko_lib.demo.talent.roster import Roster
from oko_lib.demo.talent.settings import ContestSettings, EventSettings

#: Luck of a performance beside ability, in standard deviations of pupils.
_LUCK = 0.8


def held_events(settings: ContestSettings, year: int) -> list[EventSettings]:
    """Events of one year."""
    return [event for event in settings.events if event.since is None or year >= event.since]


def hold_contests(
    roster: Roster,
    schools: pd.DataFrame,
    abilities: Abilities,
    plants: TalentPlants,
    low_shares: tuple[float, float],
    settings: ContestSettings,
    seed: int,
) -> pd.DataFrame:
    """Hold all events of a year.

    Parameters
    ----------
    low_shares : tuple of float
        Chance of a child of the planted villages, and of the other schools of their municipality, against elsewhere.

    Returns
    -------
    DataFrame
        One row per child, event, profile and stage: ``school, start, place_in_cohort, pupil_id, pupil_grade,
        has_disability, year, event_list, event, profile, stage, team, listed, status``.
    """
    frame = roster.frame
    school = frame["school"].to_numpy()
    start, place = frame["start"].to_numpy(), frame["place"].to_numpy()
    disabled = (frame["disability"] != "").to_numpy()
    grade = frame["grade"].to_numpy()
    general = frame["general"].to_numpy()
    wish = settings.general * (general + abilities.inclination(start, place)) / np.sqrt(2)
    active = settings.school_spread * stream(seed, "contests", "schools").standard_normal(len(schools))
    wish = wish + active[school] + settings.disability * disabled
    # The mean of exp(wish) over children is taken off, so that shares are those of the parameter file.
    wish = wish - (settings.general**2 + settings.school_spread**2) / 2
    if plants.low_coverage:
        for members, share in zip((plants.low_coverage.villages, plants.low_coverage.others), low_shares, strict=True):
            wish = wish + np.log(share) * np.isin(school, members)
    municipality = pd.factorize(schools["municipality_code"])[0]
    parts = []
    for event in held_events(settings, roster.year):
        rng = stream(seed, "contest", event.name, roster.year)
        of_age = (grade >= event.grades[0]) & (grade <= event.grades[1])
        chance = expit(logit(event.share) + wish)
        for profile in event.profiles or ("",):
            mine = np.flatnonzero(of_age & (rng.random(len(frame)) < chance / max(1, len(event.profiles))))
            shown = general[mine] + _LUCK * rng.standard_normal(len(mine))
            jury = municipality[school[mine]] if event.list == "municipal" else np.zeros(len(mine), dtype=int)
            entries = pd.DataFrame(
                {
                    "school": school[mine],
                    "start": start[mine],
                    "place_in_cohort": place[mine],
                    "pupil_id": frame["pupil_id"].to_numpy()[mine],
                    "pupil_grade": grade[mine],
                    "has_disability": disabled[mine],
                    "event_list": event.list,
                    "event": event.name,
                    "profile": profile,
                    "team": event.team,
                    "listed": event.listed,
                    "stage": "qualifying" if event.qualifying else "final",
                    "status": _status(shown, jury, settings),
                }
            )
            parts.append(entries)
            if event.qualifying:
                reached = pd.Series(shown).rank(ascending=False, method="first").to_numpy()
                through = reached <= max(1, round(settings.to_final * len(mine)))
                again = shown[through] + _LUCK * rng.standard_normal(int(through.sum()))
                final = entries[through].assign(
                    stage="final", status=_status(again, np.zeros(len(again), dtype=int), settings)
                )
                parts.append(final)
    return pd.concat(parts, ignore_index=True).assign(year=roster.year)


def _status(shown: np.ndarray, jury: np.ndarray, settings: ContestSettings) -> np.ndarray:
    values = pd.Series(shown)
    place = values.groupby(jury).rank(ascending=False, method="first") / values.groupby(jury).transform("size")
    awarded = settings.winners + settings.prize_winners
    return np.select([place <= settings.winners, place <= awarded], ["winner", "prize_winner"], "participant")


def register_of_events(settings: ContestSettings, years: tuple[int, ...]) -> pd.DataFrame:
    """The yearly register: ``year, event_list, event, event_kind, organiser``; one event is missing from it."""
    rows = [
        (year, event.list, event.name, event.kind, event.organiser)
        for year in years
        for event in held_events(settings, year)
        if event.listed
    ]
    return pd.DataFrame(rows, columns=["year", "event_list", "event", "event_kind", "organiser"])
