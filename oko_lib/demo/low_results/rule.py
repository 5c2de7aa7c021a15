"""The federal rule on schools with low results, counted here anew from the simulated results."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from oko_lib.demo.low_results.settings import OfficialListSettings


def outcomes(parts: Iterable[tuple[int, str, pd.Series, pd.Series]]) -> pd.DataFrame:
    """Participants and those below the threshold by school, year and procedure.

    Parameters
    ----------
    parts : iterable of (year, procedure, school, below)
        Of those present.
    """
    frames = []
    for year, procedure, school, below in parts:
        counts = below.astype(int).groupby(school.to_numpy()).agg(["size", "sum"])
        counts.columns = ["n", "n_below"]
        frames.append(counts.rename_axis("school").reset_index().assign(year=year, procedure=procedure))
    return pd.concat(frames, ignore_index=True)


def federal_flags(counts: pd.DataFrame, years: tuple[int, ...], settings: OfficialListSettings) -> pd.DataFrame:
    """Both parts of the rule for every school and year.

    Returns
    -------
    DataFrame
        ``year, school, several, repeated``: the share is reached in enough procedures of the year; it is reached in
        one procedure in the year and the year before. A share exactly at the threshold counts.
    """
    counts = counts.assign(reached=100 * counts["n_below"] >= settings.share * counts["n"])
    reached = counts[counts["reached"]]
    before = reached.assign(year=reached["year"] + 1)[["year", "school", "procedure"]]
    again = reached.merge(before, on=["year", "school", "procedure"])
    keys = ["year", "school"]
    table = counts[keys].drop_duplicates().set_index(keys).sort_index()
    table["several"] = reached.groupby(keys).size().reindex(table.index, fill_value=0) >= settings.procedures
    table["repeated"] = again.groupby(keys).size().reindex(table.index, fill_value=0) > 0
    return table.loc[table.index.get_level_values("year").isin(years)].reset_index()
