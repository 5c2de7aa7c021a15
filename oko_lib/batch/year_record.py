"""The journal of a year's reports: what was built when and from what."""

from __future__ import annotations

import json
import os
from dataclasses import fields
from datetime import datetime
from pathlib import Path

from oko_lib.batch.outcomes import ReportOutcome, ReportStatus
from oko_lib.batch.school_names import natural_order
from oko_lib.report.names import short_school
from oko_lib.settings.workspace import Workspace

FILE_NAME = "run.json"


def journal_path(workspace: Workspace, year: int) -> Path:
    """Return where the journal of `year` lies."""
    return workspace.outputs / str(year) / FILE_NAME


def write_whole(path: Path, text: str) -> None:
    """Write a text file so that a reader meets the old or the new one, never half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.write_text(text, encoding="utf-8", newline="\n")
    os.replace(temporary, path)


def read_outcomes(workspace: Workspace, year: int) -> dict[str, ReportOutcome]:
    """Return id → outcome of the reports in the journal of `year`; an unreadable journal counts as empty."""
    try:
        content = json.loads(journal_path(workspace, year).read_text(encoding="utf-8"))
        kept = [_outcome(item) for item in content["reports"]]
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    return {item.id: item for item in kept}


def _outcome(item: dict) -> ReportOutcome:
    names = {entry.name for entry in fields(ReportOutcome)}
    values = {name: value for name, value in item.items() if name in names}
    return ReportOutcome(**{**values, "status": ReportStatus(values["status"])})


def update_journal(
    workspace: Workspace,
    year: int,
    outcomes: list[ReportOutcome],
    *,
    about: dict[str, object],
    finished: datetime,
) -> list[ReportOutcome]:
    """Enter `outcomes` beside those of earlier runs and return all of the year.

    The region comes first, then municipalities by name, each direction's schools after their municipality.

    A failed report keeps the files an earlier run has made: they are still there.
    """
    known = read_outcomes(workspace, year)
    for item in outcomes:
        before = known.get(item.id)
        if item.status is ReportStatus.FAILED and before is not None and not item.files:
            item = _with_files(item, before.files)
        known[item.id] = item
    existing = [_with_files(item, _present(workspace, item.files)) for item in known.values()]
    entered = {item.id for item in outcomes}
    # A report of an earlier run whose files somebody has removed is no longer there.
    kept = [item for item in existing if item.files or item.id in entered]
    kept.sort(key=_order)
    content = {
        "finished": finished.isoformat(timespec="seconds"),
        "run": about,
        "reports": [item.to_json() for item in kept],
    }
    write_whole(journal_path(workspace, year), json.dumps(content, ensure_ascii=False, indent=1) + "\n")
    return kept


def _order(item: ReportOutcome) -> tuple:
    school = (natural_order(short_school(item.school_name or "")), item.school) if item.school else ()
    return (
        item.municipality is not None, item.municipality_name, item.municipality or "", item.direction, school
    )  # fmt: skip


def _present(workspace: Workspace, files: dict[str, str]) -> dict[str, str]:
    return {kind: name for kind, name in files.items() if (workspace.outputs / name).is_file()}


def _with_files(item: ReportOutcome, files: dict[str, str]) -> ReportOutcome:
    values = {entry.name: getattr(item, entry.name) for entry in fields(ReportOutcome)}
    return ReportOutcome(**{**values, "files": files})
