"""Checking filled forms without storing them: the same reading and the same checks as the intake's."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from oko_lib.intake.context import make_context
from oko_lib.intake.finding import find_files
from oko_lib.intake.options import IntakeOptions
from oko_lib.intake.outcome import Outcome
from oko_lib.intake.report import FileReport
from oko_lib.intake.take import take_file
from oko_lib.settings.secret import SecretPlace
from oko_lib.settings.workspace import Workspace


@dataclass(frozen=True)
class CellError:
    """One thing to correct.

    Parameters
    ----------
    sheet : str
        Sheet.
    row : int
        Row as Excel counts it.
    cell : str or None
        Cell; None when it is about the whole row.
    column : str or None
        Heading of its column.
    found : str or None
        What stands there.
    rule : str
        Code of the check.
    message : str
        What is wrong, what is allowed, what to do.
    """

    sheet: str
    row: int
    cell: str | None
    column: str | None
    found: str | None
    rule: str
    message: str


@dataclass(frozen=True)
class CheckedFile:
    """What the intake would make of one file.

    Parameters
    ----------
    report : FileReport
        Counts of rows, as the intake would give them.
    errors : tuple of CellError
        What to correct.
    """

    report: FileReport
    errors: tuple[CellError, ...] = ()

    @property
    def ok(self) -> bool:
        """True when every row would be taken."""
        return self.report.error is None and self.report.quarantined == 0

    def to_json(self) -> dict[str, object]:
        """Return the JSON form of the intake's report with the errors added."""
        return {**self.report.to_json(), "errors": [vars(error) for error in self.errors]}


@dataclass(frozen=True)
class CheckReport:
    """What became of the check of several files."""

    files: tuple[CheckedFile, ...]

    @property
    def ok(self) -> bool:
        """True when every row of every file would be taken, and there was a file."""
        return bool(self.files) and all(file.ok for file in self.files)

    def to_json(self) -> dict[str, object]:
        """Return the JSON form: the keys of the intake's report."""
        return {"files": [file.to_json() for file in self.files], "return_workbooks": []}


def check_forms(paths: Iterable[Path], workspace: Workspace, options: IntakeOptions | None = None) -> CheckReport:
    """Read files as the intake would and say what it would not take; nothing is stored or written.

    Parameters
    ----------
    paths : iterable of Path
        Files and folders.
    workspace : Workspace
        Where the parameters are.
    options : IntakeOptions, optional
        What the files do not say themselves.

    Raises
    ------
    SettingsError
        If a parameter file or an option is wrong.
    """
    found = find_files(paths)
    missing = (
        CheckedFile(FileReport(str(path), status="failed", error=f"Файла или папки «{path}» нет. Проверьте путь."))
        for path in found.missing
    )
    with tempfile.TemporaryDirectory() as folder:
        # Reading a file with errors writes a workbook to send back; here nobody asked for one.
        secret = SecretPlace(workspace.pupil_secret, may_make=False)
        context = replace(make_context(workspace, options or IntakeOptions(), secret), returns=Path(folder))
        checked = [_checked(take_file(path, context)) for path in found.files]
    return CheckReport((*checked, *missing))


def _checked(outcome: Outcome) -> CheckedFile:
    if outcome.error is not None:
        return CheckedFile(FileReport(str(outcome.path), status="failed", error=outcome.error))
    warnings = list(outcome.warnings)
    if outcome.accepted == outcome.quarantined == 0:
        warnings.append("в файле нет ни одной заполненной строки: загружать нечего.")
    report = FileReport(
        path=str(outcome.path),
        layout=outcome.layout,
        read=outcome.read,
        accepted=outcome.accepted,
        quarantined=outcome.quarantined,
        non_data=outcome.non_data,
        status="checked",
        warnings=tuple(warnings),
    )
    rows = outcome.quarantine.to_pylist() if outcome.quarantine is not None else []
    errors = (
        CellError(
            sheet=row["source_sheet"],
            row=row["source_row"],
            cell=row["cell"],
            column=row["column_title"],
            found=row["found"],
            rule=row["rule"],
            message=row["message_ru"],
        )
        for row in rows
    )
    return CheckedFile(report, tuple(errors))
