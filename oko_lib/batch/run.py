"""The run: pin the data, check everything that can be checked beforehand, build, journal."""

from __future__ import annotations

import contextlib
import importlib
import os
import pkgutil
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import partial
from typing import Any, Literal

import oko_lib.report
from oko_lib.batch.directions import DIRECTIONS, Direction
from oko_lib.batch.explain import process_failure
from oko_lib.batch.fingerprint import code_version, commit, fingerprint, library_versions
from oko_lib.batch.index import FILE_NAME as INDEX
from oko_lib.batch.index import index_page
from oko_lib.batch.journal import update_journal, write_whole
from oko_lib.batch.method_pages import publish
from oko_lib.batch.outcomes import Problem, ReportOutcome, ReportStatus, RunReport
from oko_lib.batch.parameters import check_notebook, typed_parameters
from oko_lib.batch.plan import Plan, Selection, plan_reports
from oko_lib.batch.pool import Answer, Pool, available_cpus, default_method
from oko_lib.batch.schools import School, schools_of
from oko_lib.batch.spec import ReportSpec
from oko_lib.batch.worker import ReportTask, outcome_of
from oko_lib.indicators.registers import municipality_register
from oko_lib.indicators.session import pin, pinned
from oko_lib.settings.loading import SettingsError
from oko_lib.settings.workspace import Workspace
from oko_lib.store import Snapshot, Store

PUBLIC_REFUSED = (
    "Режим public пока не строится: без защиты малых групп по опубликованным таблицам можно узнать отдельных детей. "
    "Стройте служебные отчёты (--mode internal)."
)

#: Modules that reports and exporters import on first use, besides those of the report room.
_PRELOADED = ("duckdb", "matplotlib.backends.backend_svg", "papermill", "pypdfium2", "scipy.stats", "typst")


@dataclass(frozen=True)
class RunOptions:
    """How to build.

    Parameters
    ----------
    jobs : int or None
        Processes at once; None for one per processor.
    mode : str
        ``internal``; ``public`` is refused.
    engine : str
        ``inprocess`` executes notebooks in the report's own process, ``kernel`` starts a Jupyter kernel for each.
    method : str or None
        ``fork`` or ``spawn``; None for what this system does best.
    timeout : float or None
        Seconds a report may take.
    formats : tuple of str
        Files besides the executed notebook.
    as_of : str or None
        Load id or time: the data as they stood then.
    parameters : dict
        Further parameters of the notebooks, beyond those the plan gives.
    """

    jobs: int | None = None
    mode: str = "internal"
    engine: Literal["inprocess", "kernel"] = "inprocess"
    method: str | None = None
    timeout: float | None = 600.0
    formats: tuple[str, ...] = ("pdf", "html", "docx", "xlsx")
    as_of: str | None = None
    parameters: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Progress:
    """How a run tells what it is doing; every call is optional.

    Parameters
    ----------
    planned : callable
        ``planned(n_reports, n_jobs)`` once everything is checked.
    finished : callable
        ``finished(outcome)`` after each report.
    tick : callable
        ``tick()`` about twice a second.
    """

    planned: Callable[[int, int], object] | None = None
    finished: Callable[[ReportOutcome], object] | None = None
    tick: Callable[[], object] | None = None


def run_reports(
    workspace: Workspace,
    selection: Selection,
    options: RunOptions | None = None,
    progress: Progress | None = None,
    directions: dict[str, Direction] | None = None,
) -> RunReport:
    """Build the reports `selection` asks for.

    One failing report does not stop the others, nor does a direction that cannot say which schools to report.

    Raises
    ------
    SettingsError
        If something is wrong that would fail every report: the mode, a name, a parameter, a notebook, no data. Nothing
        has been executed then.
    StoreError
        If the store cannot be read.
    """
    options = options or RunOptions()
    progress = progress or Progress()
    started = time.monotonic()
    _refuse_wrong_options(options)
    snapshot = Store(workspace.store).snapshot(options.as_of)
    known = DIRECTIONS if directions is None else directions
    # Also what a direction says of itself while planning stands on the data of this run.
    with pinned(workspace.root, snapshot):
        plan = plan_reports(workspace, snapshot, selection, known)
        return _run(workspace, snapshot, plan, options, progress, known, started)


def _run(
    workspace: Workspace,
    snapshot: Snapshot,
    plan: Plan,
    options: RunOptions,
    progress: Progress,
    known: dict[str, Direction],
    started: float,
) -> RunReport:
    specs = plan.specs
    tasks = _tasks(workspace, snapshot, specs, options)
    plan = replace(plan, problems=_logged(workspace, plan))
    jobs = max(1, min(options.jobs or available_cpus(), len(tasks)))
    method = options.method or default_method()
    prepare = partial(prepare_process, workspace, snapshot, _prepared(specs))
    if progress.planned:
        progress.planned(len(tasks), jobs)
    if method == "fork":
        prepare()
    pages = dict.fromkeys(page for spec in specs for page in spec.direction.method_pages)
    publish(tuple(pages), workspace.outputs / str(plan.year))
    pool = Pool(
        jobs=jobs,
        method=method,
        timeout=options.timeout,
        prepare=None if method == "fork" else prepare,
        tick=progress.tick,
    )
    outcomes: dict[str, ReportOutcome] = {}
    try:
        for answer in pool.run(tasks):
            outcome = _outcome(answer, options.timeout)
            outcomes[outcome.id] = outcome
            if progress.finished:
                progress.finished(outcome)
    finally:
        # Also after Ctrl-C: what was built is entered and linked.
        _remove_empty_folders(workspace, specs)
        ordered = [outcomes[spec.id] for spec in specs if spec.id in outcomes]
        if ordered:
            _enter(workspace, plan, ordered, snapshot, options, known, jobs, method)
    return RunReport(
        tuple(ordered),
        seconds=time.monotonic() - started,
        index=f"{plan.year}/{INDEX}",
        skipped=plan.skipped,
        problems=plan.problems,
    )


def _logged(workspace: Workspace, plan: Plan) -> tuple[Problem, ...]:
    """Write the details of the plan's problems beside the logs of reports and say where."""
    folder = workspace.outputs / str(plan.year) / "logs"
    for name in {spec.direction.name for spec in plan.specs}:
        (folder / f"schools-{name}.log").unlink(missing_ok=True)
    written = []
    for problem in plan.problems:
        log = folder / f"schools-{problem.direction}.log"
        write_whole(log, problem.details)
        written.append(replace(problem, log=log.relative_to(workspace.outputs).as_posix()))
    return tuple(written)


def _remove_empty_folders(workspace: Workspace, specs: Sequence[ReportSpec]) -> None:
    """Remove folders above school reports of which none was built; here, because a worker may just be filling them."""
    for spec in specs:
        if spec.is_school:
            with contextlib.suppress(OSError):
                for folder in list(spec.folder.parents)[:2]:
                    (workspace.outputs / folder).rmdir()


def prepare_process(workspace: Workspace, snapshot: Snapshot, work: list[tuple[Direction, int]]) -> None:
    """Make this process ready for reports: imports, pinned data, what all reports of a direction share."""
    _import_heavy_modules()
    pin(workspace.root, snapshot)
    for direction, year in work:
        if direction.prepare is None:
            continue
        log = workspace.outputs / str(year) / "logs" / f"prepare-{direction.name}.log"
        log.unlink(missing_ok=True)
        try:
            direction.prepare(workspace, snapshot, year)
        except Exception:
            # Each report then computes this itself and fails or not with its own explanation: one broken direction
            # must not stop the others.
            log.parent.mkdir(parents=True, exist_ok=True)
            log.write_text(traceback.format_exc(), encoding="utf-8")


def _import_heavy_modules() -> None:
    """Import and try once what every report needs; forks inherit it.

    Nothing here may compile Typst: a fork after that hangs.
    """
    from oko_lib.report.exporters.light_imports import skip_slow_imports

    skip_slow_imports()
    import matplotlib as mpl

    # A batch has no window to draw in.
    mpl.use("agg")
    import matplotlib.pyplot as plt

    from oko_lib.batch.shell import report_shell

    for name in _PRELOADED:
        importlib.import_module(name)
    for module in pkgutil.walk_packages(oko_lib.report.__path__, "oko_lib.report.", onerror=lambda name: None):
        # What cannot be imported will be said by the report that needs it, and by no other.
        with contextlib.suppress(ImportError):
            importlib.import_module(module.name)
    # The first figure of a process reads the fonts and the first shell imports its parts: once here, not per report.
    figure, axes = plt.subplots()
    axes.set_title("Проба 1")
    figure.canvas.draw()
    plt.close(figure)
    with report_shell() as shell:
        shell.run_cell("None")
    # Half a second of every report otherwise: the dictionary of word forms.
    from oko_lib.report.grammar import analyser

    analyser()


def _refuse_wrong_options(options: RunOptions) -> None:
    if options.mode == "public":
        raise SettingsError(PUBLIC_REFUSED)
    if options.mode != "internal":
        raise SettingsError(f"Нет режима «{options.mode}». Есть internal (служебный) и, позже, public.")
    if options.jobs is not None and options.jobs < 1:
        raise SettingsError(f"--jobs: нужно число от 1, задано {options.jobs}.")
    if options.timeout is not None and options.timeout <= 0:
        raise SettingsError(f"--timeout: нужно положительное число секунд, задано {options.timeout:g}.")
    if options.engine not in ("inprocess", "kernel"):
        raise SettingsError(f"Нет способа выполнения «{options.engine}». Есть inprocess и kernel.")
    reserved = sorted({"municipality", "school", "year", "mode", "workspace_root", "as_of"} & set(options.parameters))
    if reserved:
        raise SettingsError(f"Параметр «{reserved[0]}» задаётся своим ключом команды, а не через --set.")


def _tasks(
    workspace: Workspace, snapshot: Snapshot, specs: Sequence[ReportSpec], options: RunOptions
) -> list[ReportTask]:
    """Return a checked task for each report; whatever would fail every one of them is found here."""
    _check_notebooks(workspace, specs)
    names = list(municipality_register(snapshot)["municipality_name"])
    schools = schools_of(snapshot)
    phrases = tuple(dict.fromkeys(name for school in schools.values() for name in school.names))
    return [
        replace(
            _task(workspace, snapshot, spec, options),
            other_names=tuple(name for name in names if name != spec.municipality_name),
            allowed_phrases=phrases,
            **_school_of(spec, schools),
        )
        for spec in specs
    ]


def _school_of(spec: ReportSpec, schools: dict[str, School]) -> dict[str, Any]:
    """Return the school of a report on one school and the others of its municipality, as a task names them."""
    if spec.school_id is None:
        return {}
    others = (item for item in schools.values() if item.municipality_code == spec.municipality_code)
    return {
        "school": schools[spec.school_id],
        "other_schools": tuple(item for item in others if item.id != spec.school_id),
    }


def _check_notebooks(workspace: Workspace, specs: Sequence[ReportSpec]) -> None:
    import nbformat

    for name, spec in {spec.notebook: spec for spec in specs}.items():
        path = workspace.notebooks / name
        try:
            notebook = nbformat.read(path, as_version=4)
        except FileNotFoundError:
            raise SettingsError(f"Нет тетради {name} в папке notebooks: верните её из исходной поставки.") from None
        except Exception:
            raise SettingsError(f"Тетрадь {name} повреждена: верните её из исходной поставки.") from None
        check_notebook(notebook, spec.parameters_model, where=name)


def _task(workspace: Workspace, snapshot: Snapshot, spec: ReportSpec, options: RunOptions) -> ReportTask:
    given: dict[str, object] = {
        "year": spec.year,
        "mode": options.mode,
        "workspace_root": str(workspace.root),
        # Reports in forks and workers read the pinned version; a kernel is a stranger and has to be told.
        "as_of": (options.as_of or _newest_load(snapshot)) if options.engine == "kernel" else "",
        **options.parameters,
    }
    if not spec.is_region:
        given["municipality"] = spec.municipality_code
    if spec.is_school:
        given["school"] = spec.school_id
    parameters = typed_parameters(given, spec.parameters_model, where=spec.notebook)
    notebook = workspace.notebooks / spec.notebook
    said = {name: value for name, value in parameters.items() if name != "as_of"}
    return ReportTask(
        spec=spec,
        workspace=workspace,
        parameters=parameters,
        fingerprint=fingerprint(workspace, snapshot, spec.direction, notebook, said),
        formats=options.formats,
        engine=options.engine,
        built_on=date.today(),
    )


def _newest_load(snapshot: Snapshot) -> str:
    loads = snapshot.loads()
    return str(loads.sort_values("sequence")["load_id"].iloc[-1])


def _prepared(specs: Sequence[ReportSpec]) -> list[tuple[Direction, int]]:
    return list({(spec.direction.name, spec.year): (spec.direction, spec.year) for spec in specs}.values())


def _outcome(answer: Answer, timeout: float | None) -> ReportOutcome:
    if isinstance(answer.outcome, ReportOutcome):
        return answer.outcome
    message = process_failure(answer.exit_code, answer.timed_out, timeout)
    return outcome_of(answer.task, ReportStatus.FAILED, seconds=answer.seconds, error=message)


def _enter(
    workspace: Workspace,
    plan: Plan,
    outcomes: list[ReportOutcome],
    snapshot: Snapshot,
    options: RunOptions,
    known: dict[str, Direction],
    jobs: int,
    method: str,
) -> None:
    """Write the journal and the page of the year."""
    finished = datetime.now().astimezone()
    about = {
        "data": snapshot.version,
        "as_of": options.as_of,
        "code": code_version(),
        "commit": commit(),
        "python": sys.version.split()[0],
        "system": sys.platform,
        "libraries": library_versions(),
        "mode": options.mode,
        "engine": options.engine,
        "processes": {"jobs": jobs, "method": method, "cpus": os.cpu_count()},
        "parameters": options.parameters,
        "skipped": [item.to_json() for item in plan.skipped],
        "problems": [item.to_json() for item in plan.problems],
    }
    year = plan.year
    kept = update_journal(workspace, year, outcomes, about=about, finished=finished)
    titles = {name: item.title_ru for name, item in known.items()}
    page = index_page(
        year, kept, titles, data=snapshot.version, code=code_version(), finished=finished, problems=plan.problems
    )
    write_whole(workspace.outputs / str(year) / INDEX, page)
