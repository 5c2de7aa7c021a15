"""Direction «Dynamics of schools with low results» (sections 1.2.1-1.2.7 of the indicators)."""

from __future__ import annotations

from oko_lib.indicators.low_results.region import TABLES, RegionLowResults, region_low_results
from oko_lib.indicators.session import open_session, pin
from oko_lib.settings.low_results_norms import load_low_results_norms
from oko_lib.settings.workspace import Workspace
from oko_lib.store import Snapshot


def prepare(workspace: Workspace, snapshot: Snapshot, year: int) -> None:
    """Compute once what all reports of a run share: forked reports find it ready."""
    pin(workspace.root, snapshot)
    _region(workspace, year)


def listed_schools(workspace: Workspace, snapshot: Snapshot, year: int) -> dict[str, list[tuple[str, str]]]:
    """Return by municipality the schools that get a sheet of their own: (lasting identifier, name), by name."""
    pin(workspace.root, snapshot)
    region = _region(workspace, year)
    found: dict[str, list[tuple[str, str]]] = {}
    now = set(region.outcomes.loc[region.outcomes["year"] == year, "school"])
    for school in region.listed.schools & set(region.schools.index) & now:
        row = region.schools.loc[school]
        if isinstance(row["municipality_code"], str):
            found.setdefault(row["municipality_code"], []).append((str(school), str(row["school_name"])))
    return {code: sorted(schools, key=lambda pair: (pair[1], pair[0])) for code, schools in sorted(found.items())}


def _region(workspace: Workspace, year: int) -> RegionLowResults:
    session = open_session(workspace.root, year=year, norms=load_low_results_norms, tables=TABLES)
    return region_low_results(session)
