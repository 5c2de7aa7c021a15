"""Lists over the years: who entered, who stayed, who left."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from oko_lib.methods.proportions import wilson


@dataclass(frozen=True)
class ListHistory:
    """Published lists of one kind over the years.

    Parameters
    ----------
    years : DataFrame
        One row per year asked for: year, published (False: no list of that year is known, which is not an empty list),
        previous_year (of the list before), listed, entered, stayed, left, gone (listed before and no longer among the
        schools of the region), left_share (Estimate: of those listed before and still there, the share that left;
        None where there is no list before).
    schools : DataFrame
        Indexed by school, one row per school ever listed in these years: n_years, first_year, last_year, n_entries
        (times it entered, the first included), on_last_list, in_region; and one boolean column per published year.
    unlisted_years : tuple of int
        Years without a list.
    """

    years: pd.DataFrame
    schools: pd.DataFrame
    unlisted_years: tuple[int, ...]


def list_history(
    lists: pd.DataFrame, years: Sequence[int], schools: Iterable[str], list_kind: str = "low_results"
) -> ListHistory:
    """Follow schools through the lists of several years.

    Parameters
    ----------
    lists : DataFrame
        list_kind, year, school; a school named twice in a year counts once.
    years : sequence of int
        Years to be told of.
    schools : iterable of str
        Schools of the region today: one that is listed and not among them was closed or merged, and has not left the
        list by its results.
    list_kind : str
        Which lists.

    Returns
    -------
    ListHistory
        Changes are told between neighbouring *published* lists; a school on the first list counts as entered in no
        year. Leaving a list says nothing of its reason: rules, sizes and chance change too.
    """
    years = sorted({int(year) for year in years})
    here = set(schools)
    own = lists[(lists["list_kind"] == list_kind) & lists["year"].isin(years)].drop_duplicates(["year", "school"])
    published = sorted(int(year) for year in own["year"].unique())
    members = {year: set(own.loc[own["year"] == year, "school"]) for year in published}
    return ListHistory(
        years=pd.DataFrame([_year_row(year, published, members, here) for year in years]),
        schools=_school_rows(published, members, here),
        unlisted_years=tuple(year for year in years if year not in members),
    )


def _year_row(year: int, published: list[int], members: dict[int, set[str]], here: set[str]) -> dict:
    row = {"year": year, "published": year in members, "previous_year": pd.NA}
    row |= dict.fromkeys(("listed", "entered", "stayed", "left", "gone"), pd.NA) | {"left_share": None}
    if year not in members:
        return row
    row["listed"] = len(members[year])
    earlier = [other for other in published if other < year]
    if earlier:
        before, now = members[earlier[-1]], members[year]
        left = before - now
        row |= {
            "previous_year": earlier[-1],
            "entered": len(now - before),
            "stayed": len(now & before),
            "left": len(left & here),
            "gone": len(left - here),
            "left_share": wilson(len(left & here), len(before) - len(left - here)),
        }
    return row


def _school_rows(published: list[int], members: dict[int, set[str]], here: set[str]) -> pd.DataFrame:
    names = sorted(set().union(*members.values())) if members else []
    table = pd.DataFrame({year: [name in members[year] for name in names] for year in published}, index=names)
    table = table.rename_axis("school")
    flags = table.to_numpy(dtype=bool).reshape(len(names), len(published))
    years = np.array(published, dtype=int)
    before = np.pad(flags, ((0, 0), (1, 0)))[:, :-1]
    frame = pd.DataFrame(
        {
            "n_years": flags.sum(axis=1),
            "first_year": years[flags.argmax(axis=1)] if len(names) else [],
            "last_year": years[::-1][flags[:, ::-1].argmax(axis=1)] if len(names) else [],
            "n_entries": (flags & ~before).sum(axis=1),
            "on_last_list": flags[:, -1] if len(names) else [],
            "in_region": [name in here for name in names],
        },
        index=table.index,
    )
    return frame.join(table)
