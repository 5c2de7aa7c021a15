"""The olympiad of one year, stage by stage: who enters, who goes on, what they get."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
from scipy.special import expit, logit, ndtr, ndtri

from oko_lib.demo.effects import school_effect
from oko_lib.demo.randomness import stream
from oko_lib.demo.settings import EffectSettings
from oko_lib.demo.talent.abilities import Abilities
from oko_lib.demo.talent.awards import award
from oko_lib.demo.talent.coverage import Coverage
from oko_lib.demo.talent.plants import TalentPlants
from oko_lib.demo.talent.roster import Roster
from oko_lib.demo.talent.settings import OlympiadSettings, StageSettings

STAGES = ("school", "municipal", "regional", "final")
_LAST_GRADE = 11
#: What every entry says of the child, and of what it competes in.
CHILD = ("school", "start", "place_in_cohort", "pupil_id", "pupil_grade", "class_number", "has_disability")
_GOES_ON = (*CHILD, "subject_number", "subject", "grade", "lasting")
#: Share of the maximum from which the final of the country awards; its other participants are not in the data.
_FINAL_WINNER, _FINAL_PRIZE = 0.75, 0.5


class Olympiads:
    """Holds the olympiad year by year; what a school or an organiser keeps over the years is drawn once.

    Parameters
    ----------
    schools : DataFrame
    abilities : Abilities
    plants : TalentPlants
    effects : EffectSettings
        Of schools in their results.
    settings : OlympiadSettings
    seed : int
    """

    def __init__(
        self,
        schools: pd.DataFrame,
        abilities: Abilities,
        plants: TalentPlants,
        effects: EffectSettings,
        settings: OlympiadSettings,
        seed: int,
    ) -> None:
        self._schools = schools
        self._abilities = abilities
        self._plants = plants
        self._effects = effects
        self._settings = settings
        self._seed = seed
        self._municipality = pd.factorize(schools["municipality_code"])[0]
        places = int(self._municipality.max()) + 1
        rng = stream(seed, "olympiad quotas")
        #: Stage → quota by number of the municipality.
        self.quotas = {"municipal": rng.choice(settings.stages["municipal"].quota, places)}
        self.quotas["school"] = rng.choice(settings.stages["school"].quota, places)
        self.quotas |= {stage: np.full(places, settings.stages[stage].quota[0]) for stage in STAGES[2:]}
        self._standing = stream(seed, "who comes").standard_normal(len(schools))

    def hold(self, roster: Roster, coverage: Coverage, laureates: pd.DataFrame | None) -> pd.DataFrame:
        """Hold all stages of one year.

        Parameters
        ----------
        laureates : DataFrame or None
            Winners and prize-winners of last year's municipal stage: ``pupil_id, subject``.

        Returns
        -------
        DataFrame
            One row per child, subject and stage: columns :data:`CHILD`, ``year, stage, subject, grade`` (the child
            competes for), ``present, score, max_score, place, status``, ``lasting`` (true ability), ``passed`` (passing
            score of those invited; missing at the school stage), ``by_last_year`` (invited as last year's laureate).
        """
        year = roster.year
        entries = self._held(self._entering(roster, coverage), "school", year)
        held = [entries]
        for _, stage in pairwise(STAGES):
            invited = _invited(held[-1], self._settings.stages[stage], by_grade=stage != "final")
            if stage == "municipal" and laureates is not None:
                invited = pd.concat([invited, self._returning(roster, entries, laureates)], ignore_index=True)
            held.append(self._held(invited, stage, year))
        return pd.concat(held, ignore_index=True).assign(year=year)

    def _entering(self, roster: Roster, coverage: Coverage) -> pd.DataFrame:
        """Entries of the school stage, before it is held."""
        settings = self._settings.participation
        frame = roster.frame
        rng = stream(self._seed, "olympiad entries", roster.year)
        start, place = frame["start"].to_numpy(), frame["place"].to_numpy()
        disabled = (frame["disability"] != "").to_numpy()
        yearly = np.sqrt(1 - settings.general**2 - settings.lasting**2)
        wish = (
            settings.general * frame["general"].to_numpy()
            + settings.lasting * self._abilities.inclination(start, place)
            + yearly * rng.standard_normal(len(frame))
            + settings.disability * disabled
        )
        grade = frame["grade"].to_numpy()
        odds = logit(coverage.participation[frame["school"].to_numpy()])
        odds = odds + np.where(grade < 5, logit(settings.grade_4) - logit(settings.share), 0.0)
        enters = wish > -ndtri(expit(odds))
        mine = np.flatnonzero(enters)
        talents = self._abilities.talents(start[mine], place[mine])

        subjects = self._settings.subjects
        liking = np.log([subject.popularity for subject in subjects]) + settings.prefers_talent * talents
        liking = liking + rng.gumbel(size=liking.shape)
        allowed = grade[mine][:, None] >= np.array([subject.from_grade for subject in subjects])
        order = np.argsort(np.argsort(np.where(allowed, -liking, np.inf), axis=1), axis=1)
        wanted = 1 + rng.poisson(settings.further_subjects, len(mine))
        child, number = np.nonzero((order < wanted[:, None]) & allowed)

        row = mine[child]
        own_grade = grade[row]
        older = (rng.random(len(row)) < settings.senior_class) & (own_grade >= 5) & (own_grade < _LAST_GRADE)
        return self._of_children(frame.iloc[row], number, talents[child, number], own_grade + older, roster.year)

    def _of_children(
        self, children: pd.DataFrame, number: np.ndarray, talent: np.ndarray, grade: np.ndarray, year: int
    ) -> pd.DataFrame:
        """Entries of children (rows of a roster, repeated) in subjects, with their true ability."""
        ability, names = self._settings.ability, [subject.subject for subject in self._settings.subjects]
        school, own_grade = children["school"].to_numpy(), children["grade"].to_numpy()
        effect = np.zeros(len(children))
        for subject, age in sorted(set(zip(number.tolist(), own_grade.tolist(), strict=True))):
            mine = (number == subject) & (own_grade == age)
            effect[mine] = school_effect(self._schools, names[subject], age, year, self._effects, self._seed)[
                school[mine]
            ]
        own = ability.general * children["general"].to_numpy() + ability.talent * talent
        lasting = np.sqrt(ability.school) * effect + np.sqrt(1 - ability.school) * own
        lasting = lasting - self._settings.participation.senior_class_harder * (grade > own_grade)
        subject = np.array(names, dtype=object)[number]
        strong = self._plants.strong_subject
        if strong is not None:
            lasting = lasting + strong.ability_shift * ((school == strong.school) & (subject == strong.subject))
        return pd.DataFrame(
            {
                "school": school,
                "start": children["start"].to_numpy(),
                "place_in_cohort": children["place"].to_numpy(),
                "pupil_id": children["pupil_id"].to_numpy(),
                "pupil_grade": own_grade,
                "class_number": children["class_number"].to_numpy(),
                "has_disability": (children["disability"] != "").to_numpy(),
                "subject_number": number,
                "subject": subject,
                "grade": grade,
                "lasting": lasting,
                "passed": np.nan,
                "by_last_year": False,
            }
        )

    def _returning(self, roster: Roster, entries: pd.DataFrame, laureates: pd.DataFrame) -> pd.DataFrame:
        """Last year's laureates who come to the municipal stage without the school stage."""
        settings = self._settings
        known = pd.MultiIndex.from_frame(entries[["pupil_id", "subject"]])
        fresh = laureates[~pd.MultiIndex.from_frame(laureates[["pupil_id", "subject"]]).isin(known)]
        fresh = fresh[stream(self._seed, "laureates", roster.year).random(len(fresh)) < settings.laureates_return]
        both = fresh.merge(roster.frame.reset_index(names="row"), on="pupil_id")
        children = roster.frame.loc[both["row"]]
        number = both["subject_number"].to_numpy()
        talents = self._abilities.talents(children["start"].to_numpy(), children["place"].to_numpy())
        talent = talents[np.arange(len(number)), number]
        invited = self._of_children(children, number, talent, children["grade"].to_numpy(), roster.year)
        return invited.assign(by_last_year=True)

    def _held(self, entries: pd.DataFrame, stage: str, year: int) -> pd.DataFrame:
        """Scores, places and statuses of a stage."""
        model = self._settings.stages[stage]
        rng = stream(self._seed, "olympiad", year, stage)
        school = entries["school"].to_numpy()
        present = rng.random(len(entries)) < self._comes(stage, model)[school]
        shown = entries["lasting"].to_numpy() + self._settings.ability.occasion * rng.standard_normal(len(entries))
        if stage == "school":
            for plant in self._plants.home_medals:
                shown = shown + plant.ability_shift * (school == plant.school)
        subjects = self._settings.subjects
        pairs = list(zip(entries["subject_number"].tolist(), entries["grade"].tolist(), strict=True))
        most = {pair: subjects[pair[0]].maximum_of(stage, pair[1]) for pair in set(pairs)}
        maximum = np.array([most[pair] for pair in pairs], dtype=float)
        parts = np.array([2.0 if subjects[number].half_points else 1.0 for number, _ in pairs])
        score = np.floor(maximum * ndtr(model.centre + model.spread * shown) * parts) / parts
        held = entries.assign(stage=stage, present=present, score=np.where(present, score, np.nan), max_score=maximum)
        if stage == "final":
            return _awarded_by_the_country(held)
        places = self._municipality[school]
        by = {"school": school, "municipal": places}.get(stage, np.zeros(len(held), dtype=int))
        jury = by * len(subjects) + held["subject_number"].to_numpy()
        return award(held, jury, self.quotas[stage][places])

    def _comes(self, stage: str, model: StageSettings) -> np.ndarray:
        """Chance of an invited child to come, by school."""
        if model.comes >= 1:
            return np.ones(len(self._schools))
        chance = expit(logit(model.comes) + model.comes_spread * self._standing)
        if stage == "municipal":
            for plant in self._plants.home_medals:
                chance[plant.school] = plant.comes
        return chance


def _invited(entries: pd.DataFrame, stage: StageSettings, *, by_grade: bool) -> pd.DataFrame:
    """Entries of those who reach the passing score of the next stage."""
    came = entries[entries["present"] & (entries["grade"] >= stage.from_grade)]
    share = np.round(came["score"] / came["max_score"], 9)
    # The last stage is the country's: one passing share for all.
    keys = [came["subject_number"], came["grade"]] if by_grade else [np.zeros(len(came), dtype=int)]
    number = share.groupby(keys).transform("size")
    reached = share.groupby(keys).rank(method="max", ascending=False)
    passed = reached <= np.maximum(1, np.floor(stage.invited * number))
    going = came[passed]
    score = going["score"].groupby([key[passed] for key in keys]).transform("min") if by_grade else np.nan
    return going[list(_GOES_ON)].assign(passed=score, by_last_year=False).reset_index(drop=True)


def _awarded_by_the_country(entries: pd.DataFrame) -> pd.DataFrame:
    share = entries["score"] / entries["max_score"]
    best = entries.groupby(["subject_number", "grade"])["score"].transform("max") == entries["score"]
    won, awarded = (share >= _FINAL_WINNER) & best, share >= _FINAL_PRIZE
    status = np.select([won, awarded], ["winner", "prize_winner"], "participant")
    return entries.assign(place=0, status=status)
