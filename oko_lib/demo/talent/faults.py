"""Faults planted in protocols of the last year: against the organiser's rule, the order of stages, one entry each."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd

from oko_lib.demo.randomness import stream
from oko_lib.demo.talent.olympiads import Olympiads
from oko_lib.demo.talent.roster import Roster
from oko_lib.demo.talent.settings import FaultSettings

_HERE = ("municipality", "subject_number", "grade")
_JURY = ("municipality", "subject_number")
#: Share of the maximum a planted extra entry gets: nobody near it is awarded.
_LOW = 0.06


class FaultPlanter:
    """Spoils entries of one year in place of an organiser; keeps what was done.

    Parameters
    ----------
    entries : DataFrame
        All entries of all years with ``municipality``; a copy is changed.
    roster : Roster
        Children of the year to spoil.
    olympiads : Olympiads
        For quotas and for entries of children who did not enter.
    seed : int
    """

    def __init__(self, entries: pd.DataFrame, roster: Roster, olympiads: Olympiads, seed: int) -> None:
        self.entries = entries.assign(fault=0)
        self.cases: list[dict] = []
        self._roster = roster
        self._olympiads = olympiads
        self._rng = stream(seed, "protocol faults")
        self._used: set[tuple] = set()

    def plant(self, settings: FaultSettings) -> pd.DataFrame:
        """Plant the asked number of cases of every kind, as far as the data give occasion; return the entries."""
        kinds: dict[str, Callable[[], bool]] = {
            "winner_not_above_half": self._winner_not_above_half,
            "winner_not_maximum": self._winner_not_maximum,
            "over_quota": self._over_quota,
            "equal_scores_different_status": self._equal_scores,
            "absent_from_earlier_stage": self._absent_before,
        }
        for kind, plant in kinds.items():
            for _ in range(getattr(settings, kind)):
                plant()
        for number in range(settings.same_person_twice):
            self._twice("municipal" if number % 2 == 0 else "school")
        return self.entries

    # --- where

    def _stage(self, stage: str = "municipal") -> pd.DataFrame:
        held = self.entries
        return held[(held["year"] == self._roster.year) & (held["stage"] == stage) & held["present"]]

    def _groups(self) -> Iterator[pd.DataFrame]:
        """Grades of municipal juries not yet spoilt, in a random order."""
        held = self._stage()
        places = held.groupby(list(_HERE), sort=True).indices
        keys = sorted(places)
        for number in self._rng.permutation(len(keys)):
            if keys[number][:2] not in self._used:
                yield held.iloc[places[keys[number]]]

    @staticmethod
    def _jury(group: pd.DataFrame) -> tuple:
        return tuple(group[list(_JURY)].iloc[0])

    def _done(self, kind: str, rows: list[int], **numbers: float) -> bool:
        case = len(self.cases) + 1
        self.entries.loc[rows, "fault"] = case
        first = self.entries.loc[rows[0]]
        self._used.add((first["municipality"], first["subject_number"]))
        self.cases.append({"case": case, "kind": kind, **numbers})
        return True

    # --- what

    def _winner_not_above_half(self) -> bool:
        """A prize-winner with the top score but no more than half of the maximum is called a winner."""
        exactly = not any(case["kind"] == "winner_not_above_half" for case in self.cases)
        for group in self._groups():
            top = group[group["score"] == group["score"].max()]
            half = float(top["max_score"].iloc[0]) / 2
            if len(top) != 1 or top["status"].iloc[0] != "prize_winner" or top["score"].iloc[0] > half:
                continue
            if exactly and half != int(half):
                continue
            row = int(top.index[0])
            # The first case has exactly half: that is not more than half.
            if exactly:
                self.entries.loc[row, "score"] = half
            self.entries.loc[row, "status"] = "winner"
            return self._done("winner_not_above_half", [row], score=float(self.entries.loc[row, "score"]), limit=half)
        return False

    def _winner_not_maximum(self) -> bool:
        """A prize-winner with more than half, but not the top score, is called a winner too."""
        for group in self._groups():
            second = group[(group["status"] == "prize_winner") & (group["score"] > group["max_score"] / 2)]
            second = second[~second["score"].duplicated(keep=False)]
            if len(second) and (group["status"] == "winner").any():
                row = int(second["score"].idxmax())
                self.entries.loc[row, "status"] = "winner"
                limit = float(group["score"].max())
                return self._done("winner_not_maximum", [row], score=float(self.entries.loc[row, "score"]), limit=limit)
        return False

    def _over_quota(self) -> bool:
        """Participants of one grade next in order are called prize-winners beyond the jury's quota."""
        for group in self._groups():
            jury = self._stage()
            place, subject = self._jury(group)
            jury = jury[(jury["municipality"] == place) & (jury["subject_number"] == subject)]
            limit = int(np.floor(self._olympiads.quotas["municipal"][place] * len(jury) + 1e-9))
            awarded = int(jury["status"].isin(["winner", "prize_winner"]).sum())
            rest = group[(group["status"] == "participant") & (group["score"] > 0)]
            order = rest["score"].rank(method="max", ascending=False)
            more = rest[order <= limit - awarded + 4]
            if len(jury) < 12 or awarded + len(more) < limit + 2:
                continue
            self.entries.loc[more.index, "status"] = "prize_winner"
            value = awarded + len(more)
            return self._done("over_quota", more.index.tolist(), awarded=value, limit=limit, participants=len(jury))
        return False

    def _equal_scores(self) -> bool:
        """Of two prize-winners with one score one is called a participant."""
        for group in self._groups():
            awarded = group[group["status"] == "prize_winner"]
            tied = awarded[awarded["score"].duplicated(keep=False)]
            if len(tied) == 0:
                continue
            rows = tied.index[tied["score"] == tied["score"].iloc[0]].tolist()
            self.entries.loc[rows[-1], "status"] = "participant"
            score = float(tied["score"].iloc[0])
            return self._done("equal_scores_different_status", rows, score=score, entries=len(rows))
        return False

    def _absent_before(self) -> bool:
        """A child of the municipal stage was not at the school stage of the subject, nor awarded the year before."""
        held, year = self.entries, self._roster.year
        for group in self._groups():
            place, subject = self._jury(group)
            of_subject = held[(held["subject_number"] == subject) & (held["municipality"] == place)]
            before = of_subject[(of_subject["year"] == year - 1) & (of_subject["stage"] == "municipal")]
            now = of_subject[of_subject["year"] == year]
            grade = int(group["grade"].iloc[0])
            children = self._roster.frame
            children = children[(children["grade"] == grade) & children["school"].isin(group["school"])]
            children = children[~children["pupil_id"].isin([*now["pupil_id"], *before["pupil_id"]])]
            if len(before) == 0 or len(children) == 0:
                continue
            child = children.iloc[[int(self._rng.integers(len(children)))]]
            row = self._added(group.iloc[0], child.iloc[0], grade)
            return self._done("absent_from_earlier_stage", [row])
        return False

    def _twice(self, stage: str) -> bool:
        """A child stands in the protocols of two grades of one subject."""
        held = self._stage(stage)
        jury = ["school", "subject_number"] if stage == "school" else list(_JURY)
        for _, group in held.groupby(["municipality", "subject_number", "grade"], sort=True):
            grade = int(group["grade"].iloc[0])
            place, subject = self._jury(group)
            own = group[(group["grade"] == group["pupil_grade"]) & (group["status"] == "participant")]
            above = held[(held["grade"] == grade + 1) & (held["subject_number"] == subject)]
            above = above[above["municipality"] == place]
            child = own[own["school"].isin(above["school"])] if "school" in jury else own
            if grade < 8 or len(above) < 3 or len(child) == 0 or (place, subject) in self._used:
                continue
            first = child.iloc[int(self._rng.integers(len(child)))]
            row = self._added(above.iloc[0], self._child_of(first), grade + 1)
            return self._done("same_person_twice", [int(first.name), row], entries=2)
        return False

    def _child_of(self, entry: pd.Series) -> pd.Series:
        children = self._roster.frame
        return children[children["pupil_id"] == entry["pupil_id"]].iloc[0]

    def _added(self, like: pd.Series, child: pd.Series, grade: int) -> int:
        """Add an entry of `child` to the protocol that holds `like`; its score is among the lowest."""
        row = int(self.entries.index.max()) + 1
        same = self._stage(like["stage"])
        same = same[(same["municipality"] == like["municipality"]) & (same["grade"] == grade)]
        same = same[same["subject_number"] == like["subject_number"]]
        awarded = same[same["status"] != "participant"]["score"]
        score = float(np.floor(min(_LOW * like["max_score"], awarded.min() - 1 if len(awarded) else np.inf)))
        entry = like.copy()
        entry["school"], entry["start"], entry["place_in_cohort"] = child["school"], child["start"], child["place"]
        entry["pupil_id"], entry["pupil_grade"] = child["pupil_id"], child["grade"]
        entry["class_number"], entry["has_disability"] = child["class_number"], child["disability"] != ""
        entry["grade"], entry["score"], entry["status"] = grade, max(score, 0.0), "participant"
        entry["place"] = int((same["score"] > entry["score"]).sum()) + 1
        entry["passed"], entry["by_last_year"], entry["lasting"] = np.nan, False, np.nan
        self.entries = pd.concat([self.entries, entry.to_frame().T.set_axis([row]).astype(self.entries.dtypes)])
        return row
