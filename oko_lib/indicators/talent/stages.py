"""Stages of the olympiad: how many came, how many went on, how many got a prize."""

from __future__ import annotations

import pandas as pd

from oko_lib.indicators.talent.entries import STAGES
from oko_lib.indicators.talent.units import keyed, share_of_entries, share_of_persons, units
from oko_lib.methods.result import Estimate, Refusal, RefusalReason
from oko_lib.settings.talent_norms import TalentNorms

_NO_DATA = Estimate(None, None, 0, refusal=Refusal(RefusalReason.NO_DATA))


def stage_funnel(entries: pd.DataFrame, held: frozenset[str], norms: TalentNorms) -> pd.DataFrame:
    """Return the funnel of one year.

    Parameters
    ----------
    entries : DataFrame
        Entries of one year, from :func:`~oko_lib.indicators.talent.entries.olympiad_entries`, of the schools asked for.
    held : frozenset of str
        Stages of which the region has data: only there does «nobody went on» mean nobody.
    norms : TalentNorms
        Grades admitted to a stage, smallest group, level.

    Returns
    -------
    DataFrame
        One row per stage, in order: stage, known (the region has data of it), entries, persons (missing where children
        cannot be counted), schools, prizes (entries with a prize), prize_persons, prize_of_entries, prize_of_persons
        (Estimates), on_entries and on_persons (share of the *previous* stage's entries and children of the grades
        admitted to this one that came here; Estimates, refused for the first stage).
    """
    rows = []
    # Only these columns: the frame is cut some twenty times.
    entries = entries[["stage", "subject", "grade", "school", "person", "prize"]]
    by_stage = {stage: entries[entries["stage"] == stage] for stage in STAGES}
    for before, stage in zip((None, *STAGES), STAGES, strict=False):
        own = by_stage[stage]
        on_entries = on_persons = _NO_DATA
        if before is not None and {before, stage} <= held:
            on_entries, on_persons = passage(by_stage[before], own, norms.first_grade(stage), norms)
        prizes = own[own["prize"]]
        counted = units(own, norms)
        won = units(prizes, norms)
        rows.append(
            {
                "stage": stage,
                "known": stage in held,
                "entries": counted.entries,
                "persons": counted.persons,
                "schools": int(own["school"].nunique()),
                "prizes": won.entries,
                "prize_persons": won.persons if counted.persons is not None else None,
                "prize_of_entries": share_of_entries(prizes, own, norms),
                "prize_of_persons": share_of_persons(prizes, own, norms),
                "on_entries": on_entries,
                "on_persons": on_persons,
            }
        )
    return pd.DataFrame(rows)


def passage(
    before: pd.DataFrame, after: pd.DataFrame, first_grade: int, norms: TalentNorms
) -> tuple[Estimate, Estimate]:
    """Share of a stage's entries and of its children that came to the next stage.

    A child goes on in the same subject to make an entry go on, in any subject to be a child that went on. Both are
    refused where children have no keys: entries of two files cannot be linked without them.
    """
    admitted = before[before["grade"] >= first_grade]
    if not (keyed(admitted, norms) and keyed(after, norms)):
        return _NO_DATA, _NO_DATA
    pairs = pd.MultiIndex.from_frame(after[["person", "subject"]].dropna())
    known = admitted.dropna(subset="person")
    went = known[pd.MultiIndex.from_frame(known[["person", "subject"]]).isin(pairs)]
    in_any = known[known["person"].isin(after["person"].dropna())]
    return share_of_entries(went, known, norms), share_of_persons(in_any, known, norms)


def prizes_by_subject(entries: pd.DataFrame, stage: str, norms: TalentNorms) -> pd.DataFrame:
    """Return one row per subject of a stage: subject, entries, persons, schools, prizes, prize_of_entries (Estimate).

    Parameters
    ----------
    entries : DataFrame
        Entries of one year.
    stage : str
    norms : TalentNorms
    """
    rows = []
    columns = ["subject", "school", "person", "prize"]
    for subject, own in entries.loc[entries["stage"] == stage, columns].groupby("subject", sort=True):
        prizes = own[own["prize"]]
        rows.append(
            {
                "subject": subject,
                "entries": len(own),
                "schools": int(own["school"].nunique()),
                "prizes": len(prizes),
                "prize_of_entries": share_of_entries(prizes, own, norms),
            }
        )
    return pd.DataFrame(rows, columns=["subject", "entries", "schools", "prizes", "prize_of_entries"])


def retention(entries: pd.DataFrame, year: int, norms: TalentNorms) -> Estimate:
    """Share of last year's children of the school stage who came again in `year`, among those who still could.

    A child of grade 11 has left; of last year's children all others could come back, in any subject, at any stage.

    Parameters
    ----------
    entries : DataFrame
        Entries of at least `year` and the year before, of the schools asked for.
    """
    last = (entries["year"] == year - 1) & (entries["stage"] == "school") & (entries["grade"] < 11)
    before, now = entries.loc[last, ["person"]], entries.loc[entries["year"] == year, ["person"]]
    if before.empty or now.empty or not (keyed(before, norms) and keyed(now, norms)):
        return _NO_DATA
    back = before[before["person"].isin(now["person"].dropna())]
    return share_of_persons(back, before.dropna(subset="person"), norms)
