"""The register of gifted children: one row per child, known by its key alone; names are nowhere in the data.

In the register of a year is who in that year won a prize at any stage of the olympiad, came to its municipal or a later
stage, or took part in a listed event. The school stage alone is open to everybody: a register of all who came there
would be a register of all children.
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from oko_lib.indicators.registers import school_register
from oko_lib.indicators.session import Session
from oko_lib.settings.workspace import Workspace
from oko_lib.store import Store
from oko_lib.tables import table

#: Tables the register stands on.
TABLES = ("olympiad_results_by_participant", "contest_results_by_participant")

_ACHIEVEMENTS = """
    select
        results.pupil_key as person, results.year, 'olympiad' as kind, results.stage, '' as event_list,
        results.subject as what, '' as profile, results.status, results.login,
        coalesce(results.pupil_grade, results.grade) as grade
    from olympiad_results_by_participant as results
    where results.present and results.year <= $year
    union all
    select
        results.pupil_key, results.year, 'contest', results.stage, results.event_list, results.event, results.profile,
        results.status, results.login, results.grade
    from contest_results_by_participant as results
    where results.present and results.year <= $year
"""

_WITH_SCHOOLS = f"""
    select achievements.* exclude (login), coalesce(history.school_id, achievements.login) as school
    from ({_ACHIEVEMENTS}) as achievements
    left join school_logins as history on history.login = achievements.login
    order by person, year, kind desc, event_list, what, profile, stage, school
"""

_PRIZES = ("winner", "prize_winner")
_STAGES = ("school", "municipal", "regional", "final")


@dataclass(frozen=True)
class PupilRegister:
    """Register of a year.

    Parameters
    ----------
    year : int
        Calendar year in which the school year ends.
    municipality_code, municipality_name : str or None
        None for the whole region.
    children : DataFrame
        One row per child: person (key), municipality_name, school, school_name, grade (own class, missing where not
        stated), prizes (in the year), years (tuple of the years it was met in).
    achievements : DataFrame
        What the children did up to the year: person, year, kind (olympiad or contest), stage, event_list, what (subject
        or event), profile, status, school, grade.
    unlinked : int
        Achievements of the year that would count and have no key: initials in place of a name, a bare code.
    """

    year: int
    municipality_code: str | None
    municipality_name: str | None
    children: pd.DataFrame
    achievements: pd.DataFrame
    unlinked: int


def pupil_register(session: Session) -> PupilRegister:
    """Return the register of the session's year and municipality."""
    found = session.snapshot.sql(_WITH_SCHOOLS, {"year": session.year})
    schools = school_register(session.snapshot).set_index("school")
    names = session.snapshot.sql("select municipality_code, municipality_name from municipalities")
    municipality = names.set_index("municipality_code")["municipality_name"]
    now = found[(found["year"] == session.year) & _counts(found)]
    if session.municipality_code is not None:
        now = now[now["school"].map(schools["municipality_code"]) == session.municipality_code]
    linked = now.dropna(subset="person")
    # The school and the class of the year: as the latest stage states them.
    last = linked.assign(order=linked["stage"].map(_order)).sort_values(["person", "order"], kind="stable")
    children = last.groupby("person", as_index=False).agg(school=("school", "last"), grade=("grade", "last"))
    history = found[found["person"].isin(children["person"])].reset_index(drop=True)
    prizes = linked[linked["status"].isin(_PRIZES)].groupby("person").size()
    years = history.groupby("person")["year"].agg(lambda column: tuple(sorted(set(column.astype(int)))))
    codes = children["school"].map(schools["municipality_code"])
    children = children.assign(
        school_name=children["school"].map(schools["school_name"]).fillna(children["school"]),
        municipality_name=codes.map(municipality).fillna("—"),
        prizes=children["person"].map(prizes).fillna(0).astype(int),
        years=children["person"].map(years),
    )
    children = children.sort_values(["municipality_name", "school_name", "grade", "person"], ignore_index=True)
    return PupilRegister(
        session.year,
        session.municipality_code,
        session.municipality_name,
        children,
        history,
        unlinked=int(now["person"].isna().sum()),
    )


def _order(stage: str) -> int:
    """Return the place of a stage; the qualifying stage of an event says as much as the school stage."""
    return _STAGES.index(stage) if stage in _STAGES else 0


def _counts(found: pd.DataFrame) -> pd.Series:
    """Return which achievements bring a child into the register."""
    later = (found["kind"] == "contest") | (found["stage"] != "school")
    return later | found["status"].isin(_PRIZES)


def records_of(workspace: Workspace, key: str) -> list[dict[str, object]]:
    """Return how many rows each table and year has about the child with this key."""
    if not workspace.store.is_dir():
        return []
    snapshot = Store(workspace.store).snapshot()
    found = []
    for name in snapshot.sources:
        if "pupil_key" in {column.name for column in table(name).columns}:
            query = f"select year, count(*) as n from {name} where pupil_key = $key group by year"
            found += [(int(row.year), name, int(row.n)) for row in snapshot.sql(query, {"key": key}).itertuples()]
    return [{"table": name, "year": year, "rows": rows} for year, name, rows in sorted(found)]
