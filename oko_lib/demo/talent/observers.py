"""Observers at procedures: the ВПР as in the register of observed schools, the olympiad by subject and venue, exams."""

from __future__ import annotations

import numpy as np
import pandas as pd

from oko_lib.demo.plants import ALL_GRADES, ALL_SUBJECTS
from oko_lib.demo.randomness import stream
from oko_lib.demo.talent.settings import ObserverSettings

_COLUMNS = (
    "procedure_kind", "stage", "subject", "grade", "school", "rooms", "rooms_with_video", "observers",
    "independent_observers", "own_school_observers", "regulation",
)  # fmt: skip
_PUPILS_PER_ROOM = 14
#: Schools of a municipality to one venue of exams.
_PER_VENUE = 4


class Observers:
    """Reports of venues, year by year.

    Parameters
    ----------
    schools : DataFrame
    control : DataFrame
        Schools whose ВПР were observed: ``year, school, subject, grade``.
    exams : tuple of (str, str)
        Exams and their subjects.
    settings : ObserverSettings
    seed : int
    """

    def __init__(
        self,
        schools: pd.DataFrame,
        control: pd.DataFrame,
        exams: tuple[tuple[str, str], ...],
        settings: ObserverSettings,
        seed: int,
    ) -> None:
        self._village = (schools["place_type"] == "село").to_numpy()
        self._rooms = (1 + schools["pupils_per_grade"].to_numpy() // _PUPILS_PER_ROOM).astype(int)
        self._control = control
        self._exams = exams
        self._settings = settings
        self._seed = seed
        sizes = schools["pupils_per_grade"]
        groups = schools.groupby("municipality_code", sort=False).indices
        #: Municipality → its venues: the largest schools, one to every four.
        self._venues = {
            code: sizes.iloc[places].sort_values(ascending=False, kind="stable").index[: 1 + len(places) // _PER_VENUE]
            for code, places in groups.items()
        }
        rng = stream(seed, "observers")
        codes = list(self._venues)
        count = round(settings.incomplete_municipalities * len(codes)) if len(codes) > 2 else 0
        #: Municipalities where the municipal stage is not observed everywhere.
        self.incomplete = tuple(sorted(rng.choice(codes, count, replace=False).tolist()))

    def of(self, year: int, held: pd.DataFrame) -> pd.DataFrame:
        """Reports of one year.

        Parameters
        ----------
        held : DataFrame
            Municipal and regional stages of the olympiad: ``stage, subject, municipality_code``.

        Returns
        -------
        DataFrame
            ``procedure_kind, stage, subject, grade, school, rooms, rooms_with_video, observers,
            independent_observers, own_school_observers, regulation``.
        """
        rng = stream(self._seed, "observers", year)
        rows = [*self._vpr(year, rng), *self._schools_rows("КДР", "", 0.15, rng)]
        rows += self._schools_rows("ВсОШ", "school", self._settings.observed_at_school_stage, rng)
        rows += self._olympiads(held, rng)
        for exam, subject in self._exams:
            for venues in self._venues.values():
                rows += [self._row((exam, "", subject, 0), int(venue), True, rng) for venue in venues]
        return pd.DataFrame(rows, columns=list(_COLUMNS))

    def _row(self, what: tuple[str, str, str, int], school: int, observed: bool, rng: np.random.Generator) -> tuple:
        settings = self._settings
        rooms = int(self._rooms[school])
        video = settings.video_village if self._village[school] else settings.video_town
        independent = 1 + int(rng.binomial(max(1, rooms // 2), 0.4)) if observed else 0
        own = int(rng.binomial(rooms, 0.3)) if what[0] in {"ВПР", "КДР", "ВсОШ"} else 0
        with_video = rooms if what[0] == "ЕГЭ" else int(rng.binomial(rooms, video))
        regulation = bool(rng.random() < settings.regulation)
        return (*what, school, rooms, with_video, independent + own, independent, own, regulation)

    def _schools_rows(self, kind: str, stage: str, share: float, rng: np.random.Generator) -> list[tuple]:
        """One row per school: what is said of all its works together."""
        observed = rng.random(len(self._rooms)) < share
        what = (kind, stage, ALL_SUBJECTS, ALL_GRADES)
        return [self._row(what, school, bool(seen), rng) for school, seen in enumerate(observed)]

    def _vpr(self, year: int, rng: np.random.Generator) -> list[tuple]:
        here = self._control[self._control["year"] == year]
        rows = [
            self._row(("ВПР", "", subject, int(grade)), int(school), True, rng)
            for school, subject, grade in here[["school", "subject", "grade"]].itertuples(index=False)
        ]
        what = ("ВПР", "", ALL_SUBJECTS, ALL_GRADES)
        others = sorted(set(range(len(self._rooms))) - set(here["school"]))
        return rows + [self._row(what, school, False, rng) for school in others]

    def _olympiads(self, held: pd.DataFrame, rng: np.random.Generator) -> list[tuple]:
        rows = []
        centre = next(iter(self._venues.values()))
        for stage, subject, code in (
            held[["stage", "subject", "municipality_code"]].drop_duplicates().itertuples(index=False)
        ):
            if stage == "municipal":
                missing = code in self.incomplete and rng.random() >= self._settings.observed_in_incomplete
                rows.append(self._row(("ВсОШ", stage, subject, 0), int(self._venues[code][0]), not missing, rng))
        for subject in held.loc[held["stage"] == "regional", "subject"].drop_duplicates():
            rows.append(self._row(("ВсОШ", "regional", subject, 0), int(centre[0]), True, rng))
        return rows
