"""Listed contests and olympiads: how many children and entries, and how many prizes at the final stage."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import pandas as pd

from oko_lib.indicators.talent.entries import EVENT_LISTS
from oko_lib.indicators.talent.units import complete_share, share_of_entries, share_of_persons, units
from oko_lib.methods.result import Estimate
from oko_lib.settings.talent_norms import TalentNorms

FINAL = "final"


def contests_by_list(
    contests: pd.DataFrame, pupils: float | None, norms: TalentNorms, held: Collection[str] = EVENT_LISTS
) -> pd.DataFrame:
    """Return one row per list of events, all four always.

    Parameters
    ----------
    contests : DataFrame
        Entries of one year (see :func:`~oko_lib.indicators.talent.entries.contest_entries`) of the schools asked for.
    pupils : float or None
        All their pupils, grades 1–11; None where not reported.
    norms : TalentNorms
    held : collection of str
        Lists of which the region has data: elsewhere absence of rows does not mean that nobody took part.

    Returns
    -------
    DataFrame
        event_list, known, events, entries, persons (missing where children cannot be counted), of_pupils (share of all
        pupils, a complete count), final_entries, final_prizes, prize_of_final, prize_of_final_persons (Estimates).
    """
    minimum = int(norms.minimum_group.value)
    rows = []
    for name in EVENT_LISTS:
        own = contests[contests["event_list"] == name]
        counted = units(own, norms)
        finals = own[own["stage"] == FINAL]
        prizes = finals[finals["prize"]]
        rows.append(
            {
                "event_list": name,
                "known": name in held,
                "events": int(own["event"].nunique()),
                "entries": counted.entries,
                "persons": counted.persons,
                "of_pupils": complete_share(counted.persons if name in held else None, pupils, minimum),
                "final_entries": len(finals),
                "final_prizes": len(prizes),
                "prize_of_final": share_of_entries(prizes, finals, norms),
                "prize_of_final_persons": share_of_persons(prizes, finals, norms),
            }
        )
    return pd.DataFrame(rows)


def lists_together(
    contests: pd.DataFrame, lists: Sequence[str], pupils: float | None, norms: TalentNorms
) -> tuple[Estimate, Estimate, Estimate]:
    """Return for several lists together: children of all pupils, prizes of final entries, prize children of finalists.

    A child met in two lists is counted once.
    """
    own = contests[contests["event_list"].isin(lists)]
    finals = own[own["stage"] == FINAL]
    prizes = finals[finals["prize"]]
    return (
        complete_share(units(own, norms).persons if len(own) else None, pupils, int(norms.minimum_group.value)),
        share_of_entries(prizes, finals, norms),
        share_of_persons(prizes, finals, norms),
    )


def unlisted_events(contests: pd.DataFrame, events: pd.DataFrame, year: int) -> pd.DataFrame:
    """Events children took part in that are not in the year's register: event_list, event, entries.

    Parameters
    ----------
    contests : DataFrame
        Entries of any years.
    events : DataFrame
        Register of events: year, event_list, event. Without rows for the year nothing is said.
    year : int
    """
    known = events[events["year"] == year]
    now = contests[contests["year"] == year]
    columns = ["event_list", "event", "entries"]
    if known.empty or now.empty:
        return pd.DataFrame(columns=columns)
    folded = pd.MultiIndex.from_arrays([known["event_list"], _folded(known["event"])])
    lists = set(known["event_list"])
    there = pd.MultiIndex.from_arrays([now["event_list"], _folded(now["event"])]).isin(folded)
    odd = now[~there & now["event_list"].isin(lists)]
    return odd.groupby(["event_list", "event"]).size().rename("entries").reset_index()[columns]


def _folded(names: pd.Series) -> pd.Series:
    plain = names.str.casefold().str.replace("ё", "е")
    return plain.str.replace(r"[«»\"']", "", regex=True).str.split().str.join(" ")
