"""The run: pin the data, check everything that can be checked beforehand, build what has changed, journal."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from oko_lib.batch.decision import Decision, decide
from oko_lib.batch.directions import DIRECTIONS, Direction
from oko_lib.batch.executor import Executor, make_executor
from oko_lib.batch.explain import process_failure, unexpected
from oko_lib.batch.files import FileRecord, write_whole
from oko_lib.batch.index import FILE_NAME as INDEX
from oko_lib.batch.index import index_page
from oko_lib.batch.ingredients import code_version, commit, library_versions
from oko_lib.batch.journal import BuiltReport, Journal, PlannedReport
from oko_lib.batch.method_pages import FOLDER as METHOD_PAGES
from oko_lib.batch.method_pages import publish
from oko_lib.batch.options import RunOptions, jobs_at_once, refuse_wrong_options
from oko_lib.batch.outcomes import Problem, ReportOutcome, ReportStatus, RunReport
from oko_lib.batch.placing import finish_placing, place
from oko_lib.batch.plan import Plan, Selection, plan_reports
from oko_lib.batch.pool import Answer, Pool, Started, default_method
from oko_lib.batch.progress import Progress
from oko_lib.batch.run_lock import run_lock
from oko_lib.batch.tasks import make_tasks
from oko_lib.batch.warm import directions_of, import_heavy_modules, prepare_run, settled_memory, take_from_cache
from oko_lib.batch.worker import Made, ReportTask, outcome_of
from oko_lib.batch.year_record import present_reports, write_record
from oko_lib.indicators.session import pin, pinned
from oko_lib.settings.loading import SettingsError
from oko_lib.settings.workspace import Workspace
from oko_lib.store import Snapshot, Store
from oko_lib.store.connection import THREADS_VARIABLE

__all__ = ["RunOptions", "run_reports"]

#: Folder below ``outputs`` in which reports are made before they are put in place.
WORK = ".work"
_STOP_LOOK_SECONDS = 1.0


class _StopRequestedError(Exception):
    """Somebody has asked the run to end (``oko status --stop``, the button in JupyterLab)."""


def run_reports(
    workspace: Workspace,
    selection: Selection,
    options: RunOptions | None = None,
    progress: Progress | None = None,
    directions: dict[str, Direction] | None = None,
) -> RunReport:
    """Build those of the reports `selection` asks for that are not there yet or were made from something else.

    One failing report does not stop the others, nor does a direction that cannot say which schools to report. Whenever
    the run is interrupted, by whatever, the next one builds what is missing.

    Raises
    ------
    SettingsError
        If something is wrong that would fail every report: the mode, a name, a parameter, a notebook, no data; or if
        another run is under way. Nothing has been executed then.
    StoreError
        If the store cannot be read.
    """
    options = options or RunOptions()
    progress = progress or Progress()
    started = time.monotonic()
    refuse_wrong_options(options)
    # Several reports are built at once, and each must come out the same every time: for this process and all it starts.
    os.environ.setdefault(THREADS_VARIABLE, "1")
    snapshot = Store(workspace.store).snapshot(options.as_of)
    known = DIRECTIONS if directions is None else directions
    # Also what a direction says of itself while planning stands on the data of this run.
    with pinned(workspace.root, snapshot):
        run = _Run(workspace, snapshot, options, progress, known, started)
        run.plan_and_check(selection)
        if options.dry_run:
            return run.said()
        with _plainly(), run_lock(workspace):
            return run.build()


@dataclass
class _Run:
    """One run in the making."""

    workspace: Workspace
    snapshot: Snapshot
    options: RunOptions
    progress: Progress
    known: dict[str, Direction]
    started: float
    id: str = field(default_factory=lambda: f"{datetime.now():%Y%m%d-%H%M%S}-{uuid.uuid4().hex[:6]}")
    plan: Plan = field(init=False)
    tasks: list[ReportTask] = field(init=False)
    journal: Journal = field(init=False)
    outcomes: dict[str, ReportOutcome] = field(default_factory=dict)
    _looked: float = 0.0

    # --- before anything is executed ---------------------------------------------------------------------------------

    def plan_and_check(self, selection: Selection) -> None:
        self.journal = Journal(self.workspace)
        self.plan = plan_reports(self.workspace, self.snapshot, selection, self.known, self._before_list)
        self.tasks = make_tasks(self.workspace, self.snapshot, self.plan.specs, self.options)

    def _before_list(self, asked: Direction, directions: list[Direction], year: int) -> None:
        """Have the region's results computed side by side if the list of schools stands on some that are not there."""
        if self.options.dry_run or self.method != "fork" or take_from_cache(self.workspace, self.snapshot, asked, year):
            return
        import_heavy_modules()
        pool = self._local_pool(jobs_at_once(self.options, len(directions)))
        prepare_run(self.workspace, self.snapshot, [(item, year) for item in directions], pool, self.progress)

    @property
    def method(self) -> str:
        return self.options.method or default_method()

    def _decisions(self) -> list[tuple[ReportTask, Decision]]:
        built = self.journal.reports(self.plan.year)
        return [
            (
                task,
                decide(
                    built.get(task.id),
                    task.made_from,
                    self.options.formats,
                    self.workspace.outputs,
                    force=self.options.force,
                ),
            )
            for task in self.tasks
        ]

    def said(self) -> RunReport:
        """Return what would be done and why."""
        outcomes = []
        for task, decision in self._decisions():
            status = ReportStatus.PLANNED if decision.build else ReportStatus.UNCHANGED
            outcomes.append(replace(outcome_of(task, status), reason=decision.reason, note=_note(decision.notes)))
        return self._report(outcomes)

    # --- building ----------------------------------------------------------------------------------------------------

    def build(self) -> RunReport:
        """Build what has to be built; the lock is held."""
        work = self.workspace.outputs / WORK
        self._sweep(work)
        self.plan = replace(self.plan, problems=self._logged_problems())
        before = self.journal.reports(self.plan.year)
        decisions = self._decisions()
        to_build = [
            replace(task, scratch=work / self.id / str(number), reason=decision.reason)
            for number, (task, decision) in enumerate(decisions)
            if decision.build
        ]
        jobs = jobs_at_once(self.options, len(to_build))
        self.journal.begin(self.id, self.plan.year, jobs, self.options.engine, self._about(jobs), self._planned())
        state = "finished"
        try:
            self._take_over([item for item in decisions if not item[1].build])
            self.progress.tell("planned", len(to_build), jobs)
            if to_build:
                self._build(to_build, before, jobs)
        except _StopRequestedError:
            state = "stopped"
        except BaseException:
            # Ctrl-C, a full disk, a scheduler that is gone.
            state = "stopped"
            raise
        finally:
            # Also after Ctrl-C: what was built is entered and linked.
            shutil.rmtree(work, ignore_errors=True)
            self._remove_empty_folders()
            self.journal.end(self.id, state)
            self._publish(jobs)
            self.journal.close()
        return replace(self._report([self.outcomes[item.id] for item in self.tasks if item.id in self.outcomes]),
                       stopped=state == "stopped")  # fmt: skip

    def _sweep(self, work: Path) -> None:
        """Remove what a run that was killed has left: nobody else writes here while the lock is held."""
        shutil.rmtree(work, ignore_errors=True)
        year = self.workspace.outputs / str(self.plan.year)
        for folder in (year, year / METHOD_PAGES):
            for path in folder.glob(".*"):
                with contextlib.suppress(OSError):
                    path.unlink()

    def _take_over(self, decisions: list[tuple[ReportTask, Decision]]) -> None:
        """Enter the reports that need not be built, with the files they have."""
        for task, decision in decisions:
            files, notes = {}, list(decision.notes)
            ours = self.journal.digests_of(task.id)
            for kind, record in decision.files.items():
                files[kind], said = finish_placing(record, self.workspace.outputs, ours, kind)
                notes += said
            outcome = replace(
                outcome_of(task, ReportStatus.UNCHANGED, files=_paths(files)),
                reason=decision.reason,
                note=_note(notes),
            )
            self.outcomes[task.id] = outcome
            self.journal.report_done(self.id, outcome, task.made_from, _journalled(files), task.spec.stem)
        if decisions:
            self.progress.tell("unchanged", len(decisions))

    def _build(self, tasks: list[ReportTask], before: dict[str, BuiltReport], jobs: int) -> None:
        executor = make_executor(self.workspace, self.snapshot, self.options, self.method, jobs, self._tick)
        self.progress.tell("phase", "Подключаю библиотеки")
        import_heavy_modules()
        pin(self.workspace.root, self.snapshot)
        work = directions_of([task.spec for task in tasks])
        pool = executor if isinstance(executor, Pool) else self._local_pool(jobs)
        prepare_run(self.workspace, self.snapshot, work, pool, self.progress)
        pages = dict.fromkeys(page for task in tasks for page in task.spec.direction.method_pages)
        publish(tuple(pages), self.workspace.outputs / str(self.plan.year))
        with settled_memory():
            self._follow(executor, tasks, before)

    def _local_pool(self, jobs: int) -> Pool:
        return Pool(jobs=jobs, method=self.method, tick=self._tick)

    def _follow(self, executor: Executor, tasks: list[ReportTask], before: dict[str, BuiltReport]) -> None:
        """Give the tasks out and take the answers in, one by one: this process alone writes outputs and journal."""
        by_id = {task.id: task for task in tasks}
        with contextlib.closing(executor.run(tasks)) as events:
            for event in events:
                task = by_id[event.job.id]
                if isinstance(event, Started):
                    self.journal.report_started(self.id, task.id)
                    self.progress.tell("started", task.id, _title(task))
                else:
                    self._take(task, event, before.get(task.id))

    def _take(self, task: ReportTask, answer: Answer, before: BuiltReport | None) -> None:
        """Put the files of a finished report in place and enter it."""
        if not isinstance(answer.result, Made):
            message = process_failure(
                answer.exit_code,
                timed_out=self.options.timeout if answer.timed_out else None,
                memory=answer.memory,
                never_began=answer.never_began,
            )
            outcome = outcome_of(task, ReportStatus.FAILED, seconds=answer.seconds, error=message)
            files: dict[str, FileRecord] = {}
        else:
            outcome, files = self._placed(task, answer.result, before)
        shutil.rmtree(task.scratch, ignore_errors=True)
        self.outcomes[task.id] = outcome
        self.journal.report_done(self.id, outcome, task.made_from, _journalled(files), task.spec.stem)
        self.progress.tell("finished", outcome)

    def _placed(
        self, task: ReportTask, made: Made, before: BuiltReport | None
    ) -> tuple[ReportOutcome, dict[str, FileRecord]]:
        if made.outcome.status is not ReportStatus.BUILT:
            return made.outcome, {}
        ours = self.journal.digests_of(task.id)
        try:
            # Said before it is done: after a crash in between the new files are known for ours.
            self.journal.about_to_place(self.id, task.id, [record.sha256 for record in made.records.values()])
            placed = place(made.files, made.records, self.workspace.outputs, ours)
        except OSError as error:
            failed = outcome_of(task, ReportStatus.FAILED, seconds=made.outcome.seconds, error=unexpected(error))
            return failed, {}
        files = {**self._still_good(task, before, set(placed.files), ours), **placed.files}
        return replace(made.outcome, files=_paths(files), note=_note(placed.notes)), files

    def _still_good(
        self, task: ReportTask, before: BuiltReport | None, placed: set[str], ours: set[str]
    ) -> dict[str, FileRecord]:
        """Return files of formats that were not asked for now, if made from the same; remove what is out of date."""
        kept = {}
        for kind, content in (before.files if before else {}).items():
            record = FileRecord(**content)
            path = self.workspace.outputs / record.path
            if kind in placed or not path.is_file():
                continue
            if before is not None and before.ingredients == task.made_from:
                kept[kind] = record
            elif record.is_at(path):
                # It would stand beside the new ones and say something else. A person's own version is left.
                path.unlink()
        return kept

    def _tick(self) -> None:
        self.progress.tell("tick")
        now = time.monotonic()
        if now - self._looked >= _STOP_LOOK_SECONDS:
            self._looked = now
            if self.journal.stop_requested(self.id):
                raise _StopRequestedError

    # --- what remains of a run ---------------------------------------------------------------------------------------

    def _planned(self) -> list[PlannedReport]:
        return [PlannedReport(task.id, _title(task), task.spec.stem) for task in self.tasks]

    def _about(self, jobs: int) -> dict[str, object]:
        options = self.options
        return {
            "data": self.snapshot.version,
            "as_of": options.as_of,
            "code": code_version(),
            "commit": commit(),
            "python": sys.version.split()[0],
            "system": sys.platform,
            "libraries": library_versions(),
            "mode": options.mode,
            "engine": options.engine,
            "scheduler": options.scheduler,
            "processes": {"jobs": jobs, "method": self.method, "cpus": os.cpu_count()},
            "parameters": options.parameters,
            "formats": list(options.formats),
            "force": options.force,
            "skipped": [item.to_json() for item in self.plan.skipped],
            "problems": [item.to_json() for item in self.plan.problems],
        }

    def _publish(self, jobs: int) -> None:
        """Write the record, the page and the summary of the year."""
        if not self.outcomes:
            return
        year, finished, about = self.plan.year, datetime.now().astimezone(), self._about(jobs)
        reports = present_reports(self.workspace, self.journal, year, set(self.outcomes))
        write_record(self.workspace, year, reports, about, finished)
        page = index_page(
            year,
            reports,
            {name: item.title_ru for name, item in self.known.items()},
            data=self.snapshot.version,
            code=code_version(),
            finished=finished,
            problems=self.plan.problems,
        )
        write_whole(self.workspace.outputs / str(year) / INDEX, page)
        state = self.journal.run_state()
        if state is not None:
            from oko_lib.batch.summary import write_summary

            write_summary(self.workspace, state, about)

    def _logged_problems(self) -> tuple[Problem, ...]:
        """Write the details of the plan's problems beside the logs of reports and say where."""
        folder = self.workspace.outputs / str(self.plan.year) / "logs"
        for name in {spec.direction.name for spec in self.plan.specs}:
            (folder / f"schools-{name}.log").unlink(missing_ok=True)
        written = []
        for problem in self.plan.problems:
            log = folder / f"schools-{problem.direction}.log"
            write_whole(log, problem.details)
            written.append(replace(problem, log=log.relative_to(self.workspace.outputs).as_posix()))
        return tuple(written)

    def _remove_empty_folders(self) -> None:
        """Remove folders of reports that were not built; here, because another report may just be put into them."""
        for spec in self.plan.specs:
            folder = self.workspace.outputs / spec.folder
            with contextlib.suppress(OSError):
                for place_ in [folder, *(folder.parents if spec.is_school else ())][:3]:
                    place_.rmdir()

    def _report(self, outcomes: Sequence[ReportOutcome]) -> RunReport:
        return RunReport(
            tuple(outcomes),
            seconds=time.monotonic() - self.started,
            index=f"{self.plan.year}/{INDEX}",
            skipped=self.plan.skipped,
            problems=self.plan.problems,
        )


@contextlib.contextmanager
def _plainly():
    """Say in words what the file system refuses to the run itself: a full disk, a folder without rights."""
    try:
        yield
    except OSError as error:
        raise SettingsError(unexpected(error)) from error


def _title(task: ReportTask) -> str:
    spec = task.spec
    return ", ".join(part for part in (spec.school_title, spec.title) if part) + f": {spec.direction.title_ru}"


def _paths(files: dict[str, FileRecord]) -> dict[str, str]:
    return {kind: record.path for kind, record in files.items()}


def _journalled(files: dict[str, FileRecord]) -> dict[str, dict]:
    return {kind: record.to_json() for kind, record in files.items()}


def _note(notes: Sequence[str]) -> str | None:
    return " ".join(notes) or None
