"""Which municipalities and schools there are, over all years and logins."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from oko_lib.indicators.remembered import once_per_snapshot
from oko_lib.store import Snapshot

_MUNICIPALITIES = """
    select municipality_code, municipality_name, region_code, region_name
    from municipalities
    order by municipality_name
"""

# A school is known by its lasting identifier; its name is the newest one, its municipality the newest one stated.
_SCHOOLS = """
    with sightings as (
        select
            coalesce(history.school_id, schools.login) as school,
            schools.year,
            -- A file that only mentions a school may have nothing but its login to call it by.
            nullif(schools.school_name, schools.login) as stated_name,
            schools.school_name,
            coalesce(schools.municipality_code, named.municipality_code) as municipality_code,
            schools.school_kind
        from schools
        left join school_logins as history on history.login = schools.login
        left join municipalities as named
            on schools.municipality_code is null
            and lower(trim(named.municipality_name)) = lower(trim(schools.municipality_name))
    )
    select
        school,
        coalesce(
            arg_max(stated_name, year) filter (where stated_name is not null), arg_max(school_name, year)
        ) as school_name,
        arg_max(municipality_code, year) filter (where municipality_code is not null) as municipality_code,
        arg_max(school_kind, year) filter (where school_kind is not null) as school_kind
    from sightings
    group by school
    order by school
"""


@once_per_snapshot
def municipality_register(snapshot: Snapshot) -> pd.DataFrame:
    """One row per municipality: code, name, region_code, region_name; by name."""
    return snapshot.sql(_MUNICIPALITIES)


def school_register(snapshot: Snapshot) -> pd.DataFrame:
    """One row per school: school (lasting identifier), school_name, municipality_code, school_kind."""
    return snapshot.sql(_SCHOOLS)


@once_per_snapshot
def region_name(snapshot: Snapshot) -> str | None:
    """Name of the region: as the register of municipalities states it, else as aggregated reports do."""
    found = snapshot.sql(
        """
        select region_name as name, 0 as preference from municipalities where region_name is not null
        union all
        select unit_name, 1 from vpr_aggregates where level = 'region'
        order by preference, name
        limit 1
        """
    )
    return str(found["name"].iloc[0]) if len(found) else None


def logins_of(snapshot: Snapshot, schools: Iterable[str]) -> list[str]:
    """Return all logins, old and new, of the schools."""
    wanted = set(schools)
    history = snapshot.sql("select login, school_id from school_logins")
    return sorted(wanted | set(history.loc[history["school_id"].isin(wanted), "login"]))
