"""The summary of a run beside the index of its year: a page to read and print, a workbook to sort and filter."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from oko_lib.batch.files import settle, write_whole
from oko_lib.batch.summary_content import SummaryContent, Table, summary_content
from oko_lib.batch.summary_page import summary_page
from oko_lib.settings.workspace import Workspace

if TYPE_CHECKING:
    from oko_lib.batch.run_state import RunState
    from oko_lib.report.xlsx import Sheet

PAGE = "run_summary.html"
WORKBOOK = "run_summary.xlsx"
#: Where the workbook goes while the present one is open in another program.
WORKBOOK_BESIDE = "run_summary (новая).xlsx"


def write_summary(workspace: Workspace, state: RunState, about: Mapping[str, object]) -> None:
    """Write ``run_summary.html`` and ``run_summary.xlsx`` of the run's year.

    A reader meets the old or the new file, never half of it. A file held open by another program stays as it is: the
    new workbook then lies beside it.

    Parameters
    ----------
    state : RunState
        The run, as the journal knows it.
    about : mapping
        What ``run.json`` keeps of a run: data, code, commit, libraries, mode, formats, force, parameters, skipped,
        problems, …; what is not there is not told.
    """
    content = summary_content(state, about)
    folder = workspace.outputs / str(state.year)
    with suppress(PermissionError):  # Windows: somebody is just reading the old page
        write_whole(folder / PAGE, summary_page(content, datetime.now()))
    _write_workbook(content, folder)


def _write_workbook(content: SummaryContent, folder: Path) -> None:
    # Imported here: the run plans and forks without the workbook's libraries.
    from oko_lib.report.exporters.meta import ReportMeta
    from oko_lib.report.xlsx import write_sheets

    meta = ReportMeta(
        title=content.title,
        year=str(content.year),
        fingerprint={**content.result, **content.asked, **content.versions},
    )
    folder.mkdir(parents=True, exist_ok=True)
    temporary = folder / f".{WORKBOOK}.{os.getpid()}"
    beside = folder / WORKBOOK_BESIDE
    try:
        write_sheets([_sheet(table) for table in content.tables], temporary, meta)
        settle(temporary)
        try:
            os.replace(temporary, folder / WORKBOOK)
        except PermissionError:
            with suppress(PermissionError):
                os.replace(temporary, beside)
        else:
            with suppress(OSError):
                beside.unlink(missing_ok=True)
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


def _sheet(table: Table) -> Sheet:
    from oko_lib.report.xlsx import Sheet, SheetColumn

    columns = []
    for index, title in enumerate(table.columns):
        values = [row[index] for row in table.rows]
        numbers = [value for value in values if isinstance(value, int | float)]
        digits = "#,##0.0" if any(isinstance(value, float) for value in numbers) else "#,##0"
        columns.append(SheetColumn(title, digits if numbers else "General", bool(numbers), values))
    notes = [table.note] if table.note else []
    return Sheet(title=table.title, short=table.short, columns=columns, total=table.total, notes=notes)
