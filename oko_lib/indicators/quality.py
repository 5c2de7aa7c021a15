"""What the numbers of a report rest on: files, accepted and quarantined rows, agreement of rows with aggregates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from oko_lib.intake import cross_check
from oko_lib.intake.layouts.registry import all_layouts
from oko_lib.settings.workspace import Workspace
from oko_lib.store import Snapshot


@dataclass(frozen=True)
class FileQuality:
    """Files behind a report of one municipality (or the region) in one year, and what was put aside.

    Parameters
    ----------
    files : DataFrame
        One row per file that brought rows of the year: file_name, layout (its title), loaded_at, read_rows,
        accepted_rows, quarantined_rows, non_data_rows (counts are of the whole file, which may hold more than this
        municipality).
    reasons : DataFrame
        Quarantined rows of the municipality and year by rule: rule, n_rows, n_schools.
    n_quarantined : int
        Quarantined rows of the municipality and year; a row with several errors counts once.
    """

    files: pd.DataFrame
    reasons: pd.DataFrame
    n_quarantined: int


@dataclass(frozen=True)
class DataQuality(FileQuality):
    """Quality of the data on ВПР.

    Parameters
    ----------
    discrepancies : DataFrame
        Cells where an aggregated report differs from the participant rows.
    n_results, n_mark_by_scale, n_without_mark : int
        Written works; those whose mark was read off the scale; those that have no mark at all.
    """

    discrepancies: pd.DataFrame
    n_results: int
    n_mark_by_scale: int
    n_without_mark: int


_FILES = """
    with brought as (
        {brought}
        union
        select distinct load_id from quarantine where year = $year and (not $filter or login in $logins)
    ),
    of_kind as (select load_id from loads where list_has_any(string_split(layout, '+'), $layouts))
    select file_name, layout, loaded_at, read_rows, accepted_rows, quarantined_rows, non_data_rows
    from loads
    join brought using (load_id)
    join of_kind using (load_id)
    order by file_name, loaded_at, layout, read_rows, accepted_rows, load_id
"""
_BROUGHT = "select distinct load_id from {table} where year = $year and (not $filter or {unit} in $logins)"

#: Tables of ВПР that files bring.
_VPR = ("vpr_results_by_participant", "vpr_aggregates")

_ROWS = """
    select count(distinct (load_id, source_sheet, source_row))::int as n_rows
    from quarantine
    where year = $year and (not $filter or login in $logins or municipality_code = $municipality)
        and load_id in (select load_id from loads where list_has_any(string_split(layout, '+'), $layouts))
"""

_REASONS = """
    select
        rule,
        count(distinct (load_id, source_sheet, source_row))::int as n_rows,
        count(distinct login)::int as n_schools
    from quarantine
    where year = $year and (not $filter or login in $logins or municipality_code = $municipality)
        and load_id in (select load_id from loads where list_has_any(string_split(layout, '+'), $layouts))
    group by rule
    order by n_rows desc, rule
"""


def discrepancies_of_year(snapshot: Snapshot, year: int, marks: pd.DataFrame) -> pd.DataFrame:
    """Compare aggregated reports with participant rows for every work of `year` in `marks`."""
    works = marks[["grade", "subject"]].drop_duplicates().itertuples(index=False)
    return cross_check(snapshot, [(year, int(work.grade), str(work.subject)) for work in works])


def file_quality(
    workspace: Workspace,
    snapshot: Snapshot,
    year: int,
    tables: Sequence[str],
    logins: list[str] | None,
    municipality_code: str | None,
) -> FileQuality:
    """Describe the files that brought rows of `tables` for `year`.

    Parameters
    ----------
    workspace : Workspace
        For the titles of layouts.
    snapshot : Snapshot
        The pinned data.
    year : int
        Year of the report.
    tables : sequence of str
        Tables the report stands on.
    logins : list of str or None
        All logins, old and new, of the schools; None for the whole region.
    municipality_code : str or None
        Municipality of the report.
    """
    layouts = all_layouts(workspace)
    parameters = {
        # Rows put aside in files of another kind are no business of this report.
        "layouts": [layout.name for layout in layouts if layout.tables & {*tables}],
        "year": year,
        "filter": logins is not None,
        "logins": [*(logins or []), municipality_code or ""],
        "municipality": municipality_code or "",
    }
    brought = " union ".join(
        _BROUGHT.format(table=table, unit="unit_code" if table == "vpr_aggregates" else "login") for table in tables
    )
    files = snapshot.sql(
        _FILES.format(brought=brought), {name: parameters[name] for name in ("year", "filter", "logins", "layouts")}
    )
    titles = {layout.name: layout.title_ru for layout in layouts}
    return FileQuality(
        files=files.assign(layout=[_kinds(layout, titles) for layout in files["layout"]]),
        reasons=snapshot.sql(_REASONS, parameters),
        n_quarantined=int(snapshot.sql(_ROWS, parameters)["n_rows"].iloc[0]),
    )


def _kinds(layout: str, titles: dict[str, str]) -> str:
    """Return what a methodologist calls a file; sheets of several kinds are all named."""
    return "; ".join(titles.get(name, name) for name in layout.split("+"))


def data_quality(
    workspace: Workspace,
    snapshot: Snapshot,
    year: int,
    marks: pd.DataFrame,
    discrepancies: pd.DataFrame,
    logins: list[str] | None,
    municipality_code: str | None,
) -> DataQuality:
    """Describe the data on ВПР of `year` for the schools with these `logins` (None: the whole region).

    Parameters
    ----------
    workspace, snapshot, year, logins, municipality_code
        As in :func:`file_quality`.
    marks : DataFrame
        Written works of the same year and schools (see :func:`~oko_lib.indicators.vpr_frames.marks_by_participant`).
    discrepancies : DataFrame
        Of the whole region in that year, from :func:`discrepancies_of_year`.
    """
    found = file_quality(workspace, snapshot, year, _VPR, logins, municipality_code)
    if logins is not None:
        discrepancies = discrepancies[discrepancies["unit_code"].isin([*logins, municipality_code or ""])]
    return DataQuality(
        files=found.files,
        reasons=found.reasons,
        n_quarantined=found.n_quarantined,
        discrepancies=discrepancies,
        n_results=len(marks),
        n_mark_by_scale=int(marks["mark_by_scale"].sum()),
        n_without_mark=int(marks["mark"].isna().sum()),
    )
