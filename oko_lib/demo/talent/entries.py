"""Entries as organisers write them down: codes of participants, and rows a typist will spoil."""

from __future__ import annotations

import numpy as np
import pandas as pd

from oko_lib.demo.randomness import stream
from oko_lib.demo.talent.settings import OlympiadSubject, TalentDirtSettings

#: Kind of dirt → source rows that cannot be accepted because of one; 0 — the row must be understood as it is.
OLYMPIAD_DIRT = {
    "status_spelling": 0,
    "subject_spelling": 0,
    "score_as_text": 0,
    "date_spelling": 0,
    "score_over_maximum": 1,
    "status_unknown": 1,
    "nobody": 1,
}
CONTEST_DIRT = {"contest_list_unknown": 1}


def give_codes(entries: pd.DataFrame, subjects: tuple[OlympiadSubject, ...], seed: int) -> pd.Series:
    """Code of every entry, unique within stage, subject, grade and municipality: «МА-07-012»."""
    rng = stream(seed, "olympiad codes")
    keys = ["year", "stage", "municipality", "subject_number", "grade"]
    shuffled = entries[keys].assign(draw=rng.random(len(entries))).sort_values([*keys, "draw"], kind="stable")
    number = shuffled.groupby(keys).cumcount() + 1
    names = np.array([subject.code for subject in subjects], dtype=object)[shuffled["subject_number"]]
    codes = [
        f"{name}-{grade:02d}-{place:03d}" for name, grade, place in zip(names, shuffled["grade"], number, strict=True)
    ]
    return pd.Series(codes, index=shuffled.index, dtype=object).reindex(entries.index)


def plan_olympiad_dirt(entries: pd.DataFrame, settings: TalentDirtSettings, seed: int) -> np.ndarray:
    """Kind of dirt of every entry, empty for nearly all.

    A row that will not be accepted is of a year before the last and of a child who got nothing and did not go on:
    neither a rule about prizes nor the order of stages is broken by its absence. Such rows are of small municipalities,
    which type by hand; and what is sent back to be corrected stays short.
    """
    rng = stream(seed, "olympiad dirt")
    plain = (entries["present"] & (entries["fault"] == 0)).to_numpy()
    later = pd.MultiIndex.from_frame(entries.loc[entries["stage"] != "school", ["year", "subject", "pupil_id"]])
    went = pd.MultiIndex.from_frame(entries[["year", "subject", "pupil_id"]]).isin(later)
    at_home = (entries["stage"] == "school").to_numpy()
    nothing = (entries["status"] == "participant").to_numpy() & at_home & ~went
    nothing &= (entries["year"] < entries["year"].max()).to_numpy()
    size = entries["municipality_code"].value_counts(sort=False).sort_values(kind="stable")
    nothing &= entries["municipality_code"].isin(size.index[: max(2, len(size) // 4)]).to_numpy()
    kinds = np.full(len(entries), "", dtype=object)
    for kind, quarantined in OLYMPIAD_DIRT.items():
        fits = plain & (kinds == "") & (nothing if quarantined else at_home)
        pool = np.flatnonzero(fits)
        kinds[rng.choice(pool, min(getattr(settings, kind), len(pool)), replace=False)] = kind
    return kinds


def plan_contest_dirt(contests: pd.DataFrame, settings: TalentDirtSettings, seed: int) -> pd.DataFrame:
    """Contests with ``dirt``: kind of dirt of every entry, empty for nearly all."""
    rng = stream(seed, "contest dirt")
    plain = (contests["status"] == "participant") & (contests["stage"] == "final")
    pool = np.flatnonzero(plain & (contests["event_list"] == "federal_science"))
    kinds = np.full(len(contests), "", dtype=object)
    chosen = rng.choice(pool, min(settings.contest_list_unknown, len(pool)), replace=False)
    kinds[chosen] = "contest_list_unknown"
    return contests.assign(dirt=kinds)
