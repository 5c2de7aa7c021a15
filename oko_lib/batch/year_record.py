"""The record of a year's reports for people and other programs: what is there, what came of the last tries."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from oko_lib.batch.files import write_whole
from oko_lib.batch.journal import Journal
from oko_lib.batch.outcomes import ReportOutcome
from oko_lib.batch.school_names import natural_order
from oko_lib.report.names import short_school
from oko_lib.settings.workspace import Workspace

FILE_NAME = "run.json"


def present_reports(workspace: Workspace, journal: Journal, year: int, entered: set[str]) -> list[ReportOutcome]:
    """Return the year's reports with the files that are there, of all runs.

    The region comes first, then municipalities by name, each direction's schools after their municipality. A failed
    report keeps the files an earlier run has made: they are still there.

    Parameters
    ----------
    entered : set of str
        Reports of the present run. Of others those whose files somebody has removed are forgotten.
    """
    found: list[ReportOutcome] = []
    gone: list[str] = []
    for name, item in journal.reports(year).items():
        files = {
            kind: record["path"]
            for kind, record in item.files.items()
            if (workspace.outputs / record["path"]).is_file()
        }
        if files or name in entered:
            found.append(replace(item.outcome, files=files))
        else:
            gone.append(name)
    if gone:
        journal.forget(gone)
    return sorted(found, key=_order)


def write_record(
    workspace: Workspace, year: int, reports: list[ReportOutcome], about: Mapping[str, object], finished: datetime
) -> None:
    """Write ``run.json``."""
    content = {
        "finished": finished.isoformat(timespec="seconds"),
        "run": about,
        "reports": [item.to_json() for item in reports],
    }
    text = json.dumps(content, ensure_ascii=False, indent=1, default=str)
    write_whole(workspace.outputs / str(year) / FILE_NAME, text + "\n")


def _order(item: ReportOutcome) -> tuple:
    school = (natural_order(short_school(item.school_name or "")), item.school) if item.school else ()
    return (
        item.municipality is not None, item.municipality_name, item.municipality or "", item.direction, school
    )  # fmt: skip
