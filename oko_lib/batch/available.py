"""What the data allow: of one year, the municipalities and schools with rows in any of a direction's tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import pandas as pd

from oko_lib.indicators.registers import municipality_register, region_name
from oko_lib.indicators.years import VPR_TABLES, choose_year, years_with_results
from oko_lib.store import Snapshot
from oko_lib.tables import table

# A school's municipality is stated by some files and not by others: one statement in any year is enough.
_WITH_RESULTS = """
    with places as (
        select
            coalesce(history.school_id, schools.login) as school,
            arg_max(coalesce(schools.municipality_code, named.municipality_code), schools.year) as municipality_code
        from schools
        left join school_logins as history on history.login = schools.login
        left join municipalities as named
            on schools.municipality_code is null
            and lower(trim(named.municipality_name)) = lower(trim(schools.municipality_name))
        where coalesce(schools.municipality_code, named.municipality_code) is not null
        group by 1
    ),
    results as ({counts})
    select places.municipality_code, places.school, sum(results.n_rows)::bigint as results
    from results
    left join school_logins as history on history.login = results.login
    join places on places.school = coalesce(history.school_id, results.login)
    group by all
"""


@dataclass(frozen=True)
class Available:
    """What can be reported of one year.

    Parameters
    ----------
    tables : tuple of str
        Tables looked at.
    years : list of int
        Years in which any of them has rows.
    year : int
        The year the rest is about.
    region_name : str
        Name of the region, as in the data.
    municipalities : DataFrame
        Those with rows of their schools: code, name, schools, results (rows of all tables); by name.
    empty : list of (str, str)
        Code and name of those without.
    schools : DataFrame
        Schools with rows: school (lasting identifier), code (of the municipality), results.
    """

    tables: tuple[str, ...]
    years: list[int]
    year: int
    region_name: str
    municipalities: pd.DataFrame
    empty: list[tuple[str, str]] = field(default_factory=list)
    schools: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=["school", "code", "results"]))

    @property
    def codes(self) -> set[str]:
        """Codes of the municipalities that can be reported."""
        return set(self.municipalities["code"])


def available(snapshot: Snapshot, year: int | None = None, tables: Sequence[str] = VPR_TABLES) -> Available:
    """Return what can be built for `year` (the newest one when None) from `tables`.

    Raises
    ------
    SettingsError
        If there are no rows at all, or none for that year.
    """
    return survey(snapshot, choose_year(snapshot, year, tables), tables)


def survey(snapshot: Snapshot, year: int, tables: Sequence[str] = VPR_TABLES) -> Available:
    """Return what can be built for `year` from `tables`, be it nothing."""
    names = tuple(table(name).name for name in dict.fromkeys(tables))
    counts = " union all ".join(
        f"select login, count(*) as n_rows from {name} where year = $year group by login" for name in names
    )
    schools = snapshot.sql(_WITH_RESULTS.format(counts=counts), {"year": year})
    by_code = schools.groupby("municipality_code", as_index=False).agg(
        schools=("school", "nunique"), results=("results", "sum")
    )
    found = municipality_register(snapshot).merge(by_code, on="municipality_code", how="left")
    present = found["results"].fillna(0).gt(0)
    frame = (
        found[present]
        .rename(columns={"municipality_code": "code", "municipality_name": "name"})
        .astype({"schools": int, "results": int})[["code", "name", "schools", "results"]]
        .reset_index(drop=True)
    )
    absent = found.loc[~present, ["municipality_code", "municipality_name"]]
    # A municipality of a school that the register of municipalities does not know has no name to be reported under.
    known = schools[schools["municipality_code"].isin(frame["code"])]
    return Available(
        tables=names,
        years=years_with_results(snapshot, names),
        year=year,
        region_name=region_name(snapshot) or "регион",
        municipalities=frame,
        empty=[(str(code), str(name)) for code, name in absent.itertuples(index=False)],
        schools=known.rename(columns={"municipality_code": "code"}).reset_index(drop=True),
    )
