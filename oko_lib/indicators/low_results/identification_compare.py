"""Methods side by side: which schools they list alike, and how the official list stands to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import pandas as pd

from oko_lib.indicators.low_results.identification import MethodResult
from oko_lib.methods.proportions import wilson
from oko_lib.methods.result import Estimate

#: Name of the official list among the methods.
OFFICIAL = "official"


@dataclass(frozen=True)
class Comparison:
    """How far methods agree on one year.

    Parameters
    ----------
    schools : DataFrame
        Schools × methods, boolean (missing: too little data to say); column ``official``, if there is a list of the
        year.
    n_methods : Series
        By school: how many methods (the official list apart) list it.
    agreement : DataFrame
        Schools judged by all methods, by the number of methods that list them: n_methods, schools.
    by_all, by_some, by_one : int
        Of the schools judged by all: listed by all methods; by two or more but not all; by one only.
    n_judged : int
        Schools on which every method has an answer.
    pairs : DataFrame
        first, second, both, only_first, only_second, neither, n (schools judged by both), overlap (Estimate: of the
        schools either lists, the share both list).
    """

    schools: pd.DataFrame
    n_methods: pd.Series
    agreement: pd.DataFrame
    by_all: int
    by_some: int
    by_one: int
    n_judged: int
    pairs: pd.DataFrame


def compare_methods(
    results: Sequence[MethodResult], lists: pd.DataFrame | None = None, list_kind: str = "low_results"
) -> Comparison:
    """Compare methods applied to the same year.

    Parameters
    ----------
    results : sequence of MethodResult
        Of one year.
    lists : DataFrame, optional
        Published lists: list_kind, year, school. The list of the year stands beside the methods as ``official``; where
        none was published for the year, there is no such column.
    list_kind : str
        Which lists.

    Returns
    -------
    Comparison
        Zone of risk is not a list: schools in it count as not listed.

    Raises
    ------
    ValueError
        If there are no results, they speak of different years, or two bear one name.
    """
    names = [result.method.name for result in results]
    if not names or len({result.year for result in results}) > 1 or len(set(names)) < len(names):
        raise ValueError("results of different methods for one year are needed")
    table = pd.DataFrame({result.method.name: result.schools["listed"] for result in results}).astype("boolean")
    table = table.rename_axis("school").sort_index()
    if lists is not None:
        own = lists[(lists["list_kind"] == list_kind) & (lists["year"] == results[0].year)]
        if len(own):
            table = table.reindex(table.index.union(own["school"]).rename("school"))
            table[OFFICIAL] = pd.array(table.index.isin(own["school"]), dtype="boolean")
    n_methods = table[names].fillna(False).sum(axis=1).astype(int)
    judged = table[names].notna().all(axis=1)
    counts = n_methods[judged].value_counts().reindex(range(len(names) + 1), fill_value=0)
    return Comparison(
        schools=table,
        n_methods=n_methods,
        agreement=counts.rename_axis("n_methods").rename("schools").reset_index(),
        by_all=int(counts[len(names)]),
        by_some=int(counts.loc[2 : len(names) - 1].sum()),
        by_one=int(counts[1]) if len(names) > 1 else 0,
        n_judged=int(judged.sum()),
        pairs=_pairs(table),
    )


def _pairs(table: pd.DataFrame) -> pd.DataFrame:
    rows = []
    for first, second in combinations(table.columns, 2):
        known = table[[first, second]].dropna().astype(bool)
        one, other = known[first], known[second]
        both = int((one & other).sum())
        overlap: Estimate = wilson(both, int((one | other).sum()))
        rows.append(
            (
                *(first, second, both, int((one & ~other).sum()), int((~one & other).sum())),
                *(int((~one & ~other).sum()), len(known), overlap),
            )
        )
    columns = ["first", "second", "both", "only_first", "only_second", "neither", "n", "overlap"]
    return pd.DataFrame(rows, columns=columns)
