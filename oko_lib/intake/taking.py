"""Taking files in: find, read, store, report."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pandas as pd

from oko_lib.intake import wording
from oko_lib.intake.context import Context, make_context
from oko_lib.intake.crosscheck import cross_check, discrepancy_warnings
from oko_lib.intake.finding import find_files
from oko_lib.intake.options import IntakeOptions
from oko_lib.intake.outcome import Outcome
from oko_lib.intake.registers import Registers
from oko_lib.intake.report import FileReport, IngestReport
from oko_lib.intake.returns import final_name
from oko_lib.intake.unchanged import Journal
from oko_lib.intake.workers import read_files
from oko_lib.settings.secret import SecretPlace
from oko_lib.settings.workspace import Workspace
from oko_lib.store import Load, Snapshot, Store, keep_fingerprint, kept_fingerprint

logger = logging.getLogger(__name__)

#: A commit holds at most so many files or rows.
_BATCH_FILES = 200
_BATCH_ROWS = 300_000
#: A new version of a school's work with so much less rows than the old one is worth a warning.
_FAR_FEWER = 0.7
_AT_LEAST_LOST = 5
#: An unfinished return workbook so old belongs to nobody any more.
_OLD_PART_SECONDS = 24 * 3600

Work = tuple[int, int, str, str]


class _Progress:
    """Tells how far the intake is, to an object with ``start``/``advance`` or to a function (done, total, name)."""

    def __init__(self, listener: object) -> None:
        self._listener = listener
        self._done = self._total = 0

    def start(self, total: int) -> None:
        self._total = total
        if hasattr(self._listener, "start"):
            self._listener.start(total)
        elif callable(self._listener):
            self._listener(0, total, "")

    def advance(self, path: Path) -> None:
        self._done += 1
        if hasattr(self._listener, "advance"):
            self._listener.advance(path)
        elif callable(self._listener):
            self._listener(self._done, self._total, path.name)


@dataclass
class _Run:
    """State of one intake."""

    workspace: Workspace
    store: Store
    snapshot: Snapshot | None
    registers: Registers
    journal: Journal
    rows_before: dict[Work, tuple[int, int]]
    reports: dict[Path, FileReport] = field(default_factory=dict)
    returns: list[Path] = field(default_factory=list)
    return_names: set[Path] = field(default_factory=set)
    owners: dict[Work, tuple[Path, int, str]] = field(default_factory=dict)
    touched: set[tuple[int, int, str]] = field(default_factory=set)


def ingest(
    paths: Iterable[str | Path] | str | Path,
    workspace: Workspace,
    *,
    options: IntakeOptions | None = None,
    progress: object = None,
) -> IngestReport:
    """Take files in.

    Parameters
    ----------
    paths : path or iterable of paths
        Files and folders (read recursively, in the order of names: of two files about one work the later is seen).
    workspace : Workspace
        Where the parameters, the store and the folder of return workbooks are.
    options : IntakeOptions, optional
        What the files do not say themselves; how many processes read.
    progress : object, optional
        Has ``start(total)`` and ``advance(path)``, or is a function ``(done, total, name)``.

    Returns
    -------
    IngestReport
        What became of every file. Files that cannot be taken are reported, not raised.

    Raises
    ------
    SettingsError
        If a parameter file or an option is wrong.
    StoreError
        If the store is damaged or another process writes into it.
    """
    options = options or IntakeOptions()
    listener = _Progress(progress)
    # A store that has keys of pupils takes more only from the secret that made them.
    secret = SecretPlace(workspace.pupil_secret, kept_fingerprint(workspace.store))
    context = make_context(workspace, options, secret)
    found = find_files([paths] if isinstance(paths, str | Path) else paths)
    listener.start(len(found.files))
    run = _begin(workspace)
    to_read = []
    for path in found.files:
        known = None if options.again or options.said != type(options.said)() else run.journal.same_file(path)
        if known is not None:
            run.reports[path] = known
            listener.advance(path)
        else:
            to_read.append(path)
    batch: list[Outcome] = []
    rows = 0
    for outcome in _told(read_files(to_read, workspace, options, context), listener):
        if outcome.error is not None:
            run.reports[outcome.path] = FileReport(str(outcome.path), status="failed", error=outcome.error)
            continue
        batch.append(outcome)
        rows += outcome.read
        if len(batch) >= _BATCH_FILES or rows >= _BATCH_ROWS:
            _commit(run, batch, context, options)
            batch, rows = [], 0
    _commit(run, batch, context, options)
    files = [run.reports[path] for path in found.files]
    files += [
        FileReport(str(path), status="failed", error=f"Файла или папки «{path}» нет. Проверьте путь.")
        for path in found.missing
    ]
    return IngestReport(files, run.returns, [str(path) for path in found.ignored], _discrepancies(run))


def _told(outcomes: Iterator[Outcome], listener: _Progress) -> Iterator[Outcome]:
    for outcome in outcomes:
        yield outcome
        listener.advance(outcome.path)


def _sweep(returns: Path) -> None:
    """Remove what an interrupted intake left of its return workbooks."""
    for part in returns.glob(".*.part") if returns.is_dir() else ():
        if time.time() - part.stat().st_mtime > _OLD_PART_SECONDS:
            part.unlink(missing_ok=True)


def _begin(workspace: Workspace) -> _Run:
    _sweep(workspace.returns)
    store = Store(workspace.store)
    snapshot = store.snapshot() if workspace.store.is_dir() else None
    return _Run(workspace, store, snapshot, Registers(snapshot), Journal(store, snapshot), _rows_before(snapshot))


def _rows_before(snapshot: Snapshot | None) -> dict[Work, tuple[int, int]]:
    """Return rows and rank of every work of every school that is visible now."""
    if snapshot is None or "vpr_results_by_participant" not in snapshot.sources:
        return {}
    counts = snapshot.sql(
        "SELECT year, grade, subject, login, count(*) AS n, max(rank) AS rank FROM vpr_results_by_participant "
        "JOIN loads USING (load_id) GROUP BY ALL"
    )
    return {
        (int(row.year), int(row.grade), row.subject, row.login): (int(row.n), int(row.rank))
        for row in counts.itertuples(index=False)
    }


def _commit(run: _Run, batch: list[Outcome], context: Context, options: IntakeOptions) -> None:
    """Store a batch of files at once and report them."""
    loads, fresh = [], []
    for outcome in batch:
        known = None if options.again else run.journal.same_rows(outcome)
        if known is None and not options.again and options.said == type(options.said)():
            known = run.journal.superseded(outcome)
        if known is not None:
            _drop_part(outcome)
            run.reports[outcome.path] = known
            continue
        outcome.warnings += _replacement_warnings(run, outcome)
        run.registers.learn(outcome)
        loads.append(_load(outcome, context.root))
        fresh.append(outcome)
    if not loads:
        return
    mentions = run.registers.load()
    _keep_secret(run, fresh)
    ids = _append(run, loads, mentions, force=options.again)
    for outcome, load_id in zip(fresh, ids, strict=True):
        if load_id is None:
            _drop_part(outcome)
            message = f"«{outcome.path.name}» не загружен из-за ошибки программы. Пришлите файл разработчикам."
            run.reports[outcome.path] = FileReport(str(outcome.path), status="failed", error=message)
            continue
        status = "unchanged" if load_id in run.journal.ids else "loaded"
        run.journal.note(outcome, load_id)
        run.reports[outcome.path] = replace(_file_report(outcome), load_id=load_id, status=status)
        run.touched |= outcome.touched
        if outcome.return_part is not None:
            run.returns.append(final_name(outcome.return_part, outcome.path, context.root, run.return_names))


def _keep_secret(run: _Run, outcomes: list[Outcome]) -> None:
    """Let the store remember with which secret its keys of pupils were made."""
    used = next((outcome.pupil_secret for outcome in outcomes if outcome.pupil_secret), None)
    if used is not None and kept_fingerprint(run.workspace.store) is None:
        keep_fingerprint(run.workspace.store, used)


def _append(run: _Run, loads: list[Load], mentions: Load | None, *, force: bool) -> list[str | None]:
    """Commit loads together; if the store refuses the batch, one by one, None for those that do not fit."""
    more = [mentions] if mentions else []
    try:
        return run.store.append([*loads, *more], force=force)[: len(loads)]
    except ValueError:  # a mistake of ours in one file must not stop the others
        logger.exception("a batch of loads was refused")
    ids: list[str | None] = []
    for load in [*loads, *more]:
        try:
            ids += run.store.append([load], force=force)
        except ValueError:
            logger.exception("load of %s was refused", load.file_name)
            ids.append(None)
    return ids[: len(loads)]


def _drop_part(outcome: Outcome) -> None:
    if outcome.return_part is not None:
        outcome.return_part.unlink(missing_ok=True)


def _file_report(outcome: Outcome) -> FileReport:
    return FileReport(
        path=str(outcome.path),
        layout=outcome.layout,
        read=outcome.read,
        accepted=outcome.accepted,
        quarantined=outcome.quarantined,
        non_data=outcome.non_data,
        warnings=tuple(outcome.warnings),
    )


def relative_path(path: Path, root: Path) -> str:
    """Return the path of a file as the journal of loads keeps it."""
    absolute = os.path.abspath(path)
    inside = os.path.relpath(absolute, root) if absolute.startswith(f"{root}{os.sep}") else absolute
    return Path(inside).as_posix()


def _load(outcome: Outcome, root: Path) -> Load:
    return Load(
        file_name=outcome.path.name,
        file_path=relative_path(outcome.path, root),
        content_hash=outcome.content_hash,
        layout=outcome.layout or "",
        rank=outcome.rank,
        read_rows=outcome.read,
        accepted_rows=outcome.accepted,
        quarantined_rows=outcome.quarantined,
        non_data_rows=outcome.non_data,
        tables=outcome.tables,
        quarantine=outcome.quarantine,
    )


def _replacement_warnings(run: _Run, outcome: Outcome) -> list[str]:
    """Say when a file replaces far more rows than it brings, or rows of another file of this very intake."""
    fewer: list[str] = []
    rivals: dict[Path, int] = {}
    for work, rows in outcome.works.items():
        before, rank = run.rows_before.get(work, (0, 0))
        owner = run.owners.get(work)
        if owner is not None and owner[1] == outcome.rank and owner[2] != outcome.content_hash:
            rivals[owner[0]] = rivals.get(owner[0], 0) + 1
        if outcome.rank >= rank and rows < before * _FAR_FEWER and before - rows >= _AT_LEAST_LOST:
            year, grade, subject, login = work
            fewer.append(f"{subject}, {grade} класс, {year}, {login} — {rows} вместо {before}")
        if outcome.rank >= rank:
            run.rows_before[work] = (rows, outcome.rank)
            run.owners[work] = (outcome.path, outcome.rank, outcome.content_hash)
    warnings = []
    if fewer:
        warnings.append(
            f"строк намного меньше, чем было загружено раньше: {wording.listed(fewer, 5)}. "
            "Проверьте, не обрезан ли файл; прежняя версия сохранена и доступна по дате."
        )
    for path, works in rivals.items():
        warnings.append(
            f"заменяет строки файла «{path.name}» из этой же загрузки "
            f"({wording.count(works, 'работа', 'работы', 'работ')} школ). Если это разные классы одной школы, "
            "соедините их в один файл: иначе видны будут только строки последнего."
        )
    return warnings


def _discrepancies(run: _Run) -> list[str]:
    if not run.touched:
        return []
    try:
        return discrepancy_warnings(cross_check(run.store.snapshot(), sorted(run.touched)))
    except (pd.errors.MergeError, KeyError):  # the files are stored already; a comparison must not undo that
        logger.exception("cross-check failed")
        return ["Сравнить сводные отчёты со строками участников не удалось: сообщите разработчикам."]
