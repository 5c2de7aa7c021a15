"""Olympiads, contests, forms and observers of the whole region, put together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from oko_lib.demo.low_results.results import LowResults
from oko_lib.demo.pupils import Cohort
from oko_lib.demo.settings import DemoSettings
from oko_lib.demo.talent.abilities import Abilities
from oko_lib.demo.talent.contests import hold_contests, register_of_events
from oko_lib.demo.talent.coverage import Coverage, coverage_of_schools
from oko_lib.demo.talent.entries import give_codes, plan_contest_dirt, plan_olympiad_dirt
from oko_lib.demo.talent.faults import FaultPlanter
from oko_lib.demo.talent.observers import Observers
from oko_lib.demo.talent.olympiads import Olympiads
from oko_lib.demo.talent.people import People
from oko_lib.demo.talent.plants import TalentPlants
from oko_lib.demo.talent.roster import Rosters, enrolment_by_grade
from oko_lib.demo.talent.support import NORM_GRADES, talent_support

_PRIZES = ("winner", "prize_winner")


@dataclass(frozen=True)
class Talent:
    """What direction 1.3 looks at.

    Parameters
    ----------
    entries : DataFrame
        Olympiads of all years, see :meth:`~oko_lib.demo.talent.olympiads.Olympiads.hold`; besides ``municipality``
        (number), ``municipality_code``, ``code`` (of the participant), ``fault`` (number of the planted case, 0: none),
        ``dirt`` (kind, empty: none).
    cases : list of dict
        Planted faults of protocols: ``case, kind`` and numbers.
    contests : DataFrame
        See :func:`~oko_lib.demo.talent.contests.hold_contests`.
    events : DataFrame
        The yearly register of events.
    enrolment, support, observers : dict of int to DataFrame
        By year.
    coverage : dict of int to Coverage
    quotas : dict of str to ndarray
        Stage → quota by number of the municipality.
    incomplete : tuple of str
        Municipalities without observers at some municipal olympiads.
    plants : TalentPlants
    people : People
        Names of the children.
    """

    entries: pd.DataFrame
    cases: list[dict]
    contests: pd.DataFrame
    events: pd.DataFrame
    enrolment: dict[int, pd.DataFrame]
    support: dict[int, pd.DataFrame]
    observers: dict[int, pd.DataFrame]
    coverage: dict[int, Coverage]
    quotas: dict[str, np.ndarray]
    incomplete: tuple[str, ...]
    plants: TalentPlants
    people: People


def simulate_talent(
    schools: pd.DataFrame,
    years: tuple[int, ...],
    cohort_of: Callable[[int], Cohort],
    control: pd.DataFrame,
    low_results: LowResults,
    rosters: Rosters,
    plants: TalentPlants,
    demo: DemoSettings,
    seed: int,
) -> Talent:
    """Simulate all that direction 1.3 needs.

    Parameters
    ----------
    control : DataFrame
        Schools whose ВПР were observed.
    rosters : Rosters
        Children of every year.
    """
    settings, model = demo.talent, demo.model
    abilities = Abilities(cohort_of, settings.olympiads.subjects, seed)
    olympiads = Olympiads(schools, abilities, plants, model.school_effects, settings.olympiads, seed)
    exams = tuple((exam.exam, exam.subject) for exam in demo.low_results.exams)
    observers = Observers(schools, control, exams, settings.observers, seed)
    low = settings.plants.low_coverage_villages
    codes = schools["municipality_code"].to_numpy()
    usual = settings.olympiads.participation.share
    low_shares = (low.participation / usual, low.others_participation / usual)
    passports = {conditions.year: conditions.passport for conditions in low_results.conditions}

    coverage, enrolment, support, seen, held, contests = {}, {}, {}, {}, [], []
    laureates: pd.DataFrame | None = None
    for year in years:
        roster = rosters.of(year)
        coverage[year] = coverage_of_schools(
            schools, year, plants, settings.additional_education, settings.olympiads.participation, low, seed
        )
        # Laureates of a year that is not the one before are no laureates of last year.
        recent = laureates if laureates is not None and year - 1 in years else None
        entries = olympiads.hold(roster, coverage[year], recent)
        of_municipal = entries[(entries["stage"] == "municipal") & entries["status"].isin(_PRIZES)]
        laureates = of_municipal[["pupil_id", "subject", "subject_number"]]
        held.append(entries)
        contests.append(hold_contests(roster, schools, abilities, plants, low_shares, settings.contests, seed))
        enrolment[year] = enrolment_by_grade(
            schools, roster, cohort_of, passports[year], model.pupils.class_size, settings.enrolment, seed
        )
        support[year] = talent_support(
            schools, year, coverage[year], enrolment[year], _olympians(entries, len(schools)), plants, low,
            settings.support, seed,
        )  # fmt: skip
        seen[year] = observers.of(year, entries.assign(municipality_code=codes[entries["school"]]))

    every = pd.concat(held, ignore_index=True)
    every["municipality"] = pd.factorize(schools["municipality_code"])[0][every["school"]]
    planter = FaultPlanter(every, rosters.of(years[-1]), olympiads, seed)
    entries = planter.plant(settings.faults)
    entries["municipality_code"] = codes[entries["school"].to_numpy(dtype=int)]
    entries["code"] = give_codes(entries, settings.olympiads.subjects, seed)
    entries["dirt"] = plan_olympiad_dirt(entries, settings.dirt, seed)
    return Talent(
        entries=entries,
        cases=planter.cases,
        contests=plan_contest_dirt(pd.concat(contests, ignore_index=True), settings.dirt, seed),
        events=register_of_events(settings.contests, years),
        enrolment=enrolment,
        support=support,
        observers=seen,
        coverage=coverage,
        quotas=olympiads.quotas,
        incomplete=observers.incomplete,
        plants=plants,
        people=People(cohort_of, demo.names.children, settings.people, seed),
    )


def _olympians(entries: pd.DataFrame, count: int) -> np.ndarray:
    """Different children of the norm's grades at the school stage, by school."""
    came = entries[(entries["stage"] == "school") & entries["present"]]
    came = came[came["grade"].between(*NORM_GRADES)].drop_duplicates(["school", "pupil_id"])
    return np.bincount(came["school"], minlength=count)
