"""``oko run``: build reports with one progress bar and a summary that says what to do next."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING, Annotated

import typer

from oko_lib.cli.common import Json, Root, console, counted, duration, print_json, shown_path, workspace_at
from oko_lib.settings.loading import SettingsError

if TYPE_CHECKING:
    from rich.console import Console

    from oko_lib.batch import ReportOutcome, RunReport
    from oko_lib.settings.workspace import Workspace


def run(
    municipality: Annotated[
        list[str] | None, typer.Option("--municipality", "-m", metavar="КОД", help="Код или название; можно несколько.")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Все муниципалитеты и сводка по региону.")] = False,
    school: Annotated[
        list[str] | None,
        typer.Option("--school", metavar="ЛОГИН", help="Профиль школы: логин или название; можно несколько."),
    ] = None,
    no_schools: Annotated[
        bool, typer.Option("--no-schools", help="Без профилей школ, кроме названных в --school.")
    ] = False,
    region: Annotated[bool, typer.Option("--region", help="Только сводка по региону.")] = False,
    direction: Annotated[
        list[str] | None, typer.Option("--direction", "-d", metavar="ИМЯ", help="Направление; по умолчанию все.")
    ] = None,
    year: Annotated[int | None, typer.Option("--year", help="Год; по умолчанию последний с результатами.")] = None,
    jobs: Annotated[int | None, typer.Option("--jobs", "-j", help="Сколько отчётов строить сразу.")] = None,
    mode: Annotated[str, typer.Option("--mode", metavar="internal|public", help="Режим отчёта.")] = "internal",
    engine: Annotated[
        str, typer.Option("--engine", metavar="inprocess|kernel", help="Как исполнять тетради.")
    ] = "inprocess",
    timeout: Annotated[float, typer.Option("--timeout", metavar="СЕКУНД", help="Предел на один отчёт.")] = 600.0,
    formats: Annotated[
        str, typer.Option("--formats", metavar="СПИСОК", help="Какие файлы нужны, через запятую.")
    ] = "pdf,html,docx,xlsx",
    as_of: Annotated[
        str | None, typer.Option("--as-of", metavar="ВРЕМЯ", help="Данные по состоянию на время или номер загрузки.")
    ] = None,
    settings: Annotated[
        list[str] | None, typer.Option("--set", metavar="ИМЯ=ЗНАЧЕНИЕ", help="Другой параметр тетради.")
    ] = None,
    root: Root = None,
    json: Json = False,
) -> int:
    """Build reports; exit code 0 only if all of them were built."""
    # Several reports are built at once: libraries that would each use all processors only get in each other's way.
    # This must be said before they are imported.
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    from oko_lib.batch import RunOptions, Selection, run_reports

    workspace = workspace_at(root)
    options = RunOptions(
        jobs=jobs,
        mode=mode,
        engine=engine,  # type: ignore[arg-type]
        timeout=timeout,
        formats=_formats(formats),
        as_of=as_of,
        parameters=_parameters(settings or []),
    )
    selection = Selection(
        municipalities=tuple(municipality or ()),
        all=everything,
        region=region,
        directions=tuple(direction or ()),
        year=year,
        schools=tuple(school or ()),
        no_schools=no_schools,
    )
    out = console(json)
    # A request to stop ends the run as Ctrl-C does: processes are ended and the journal is written.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with _progress(out) as progress:
        report = run_reports(workspace, selection, options, progress)
    if json:
        print_json(report.to_json())
    else:
        _summary(out, workspace, report)
    return 0 if report.complete else 1


#: So many reports failing for one cause are named; the rest are counted and stand in the index.
_NAMED = 6
_FORMATS = ("pdf", "html", "docx", "xlsx")


def _formats(text: str) -> tuple[str, ...]:
    wanted = tuple(dict.fromkeys(part.strip().lower() for part in text.split(",") if part.strip()))
    wrong = [name for name in wanted if name not in _FORMATS]
    if wrong or not wanted:
        raise SettingsError(f"--formats: допустимо {', '.join(_FORMATS)}, задано «{text}».")
    return wanted


def _parameters(items: list[str]) -> dict[str, object]:
    import yaml

    parameters: dict[str, object] = {}
    for item in items:
        name, equals, value = item.partition("=")
        if not equals or not name.strip():
            raise SettingsError(f"--set: нужна запись ИМЯ=ЗНАЧЕНИЕ, задано «{item}».")
        parameters[name.strip()] = yaml.safe_load(value) if value else ""
    return parameters


def _progress(out: Console):
    """Give the callbacks of a run, drawn as one bar; redrawn only between forks, never from a thread."""
    from contextlib import contextmanager

    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
    from rich.progress import TimeRemainingColumn as Remaining

    from oko_lib.batch.outcomes import ReportStatus
    from oko_lib.batch.run import Progress as RunProgress

    @contextmanager
    def drawn():
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("прошло"),
            TimeElapsedColumn(),
            TextColumn("осталось"),
            Remaining(),
        )
        bar = Progress(*columns, console=out, auto_refresh=False)
        task = bar.add_task("Подготовка", total=None)
        try:

            def planned(reports: int, jobs: int) -> None:
                bar.reset(
                    task, total=reports, description=f"Отчёты ({counted(jobs, 'процесс', 'процесса', 'процессов')})"
                )
                bar.refresh()

            def finished(outcome) -> None:
                if outcome.status is ReportStatus.FAILED:
                    bar.console.print(f"Не построен: {outcome.title} ({outcome.direction})", markup=False)
                bar.advance(task)
                bar.refresh()

            yield RunProgress(planned=planned, finished=finished, tick=bar.refresh)
        finally:
            if bar.live.is_started:  # stopping a bar never shown would print an empty line
                bar.stop()

    return drawn()


def _summary(out: Console, workspace: Workspace, report: RunReport) -> None:
    built = len(report.outcomes) - len(report.failed)
    of_schools = sum(item.school is not None and item.error is None for item in report.outcomes)
    among = f", из них профилей школ: {of_schools}," if of_schools else ""
    out.print(f"Готово: {counted(built, 'отчёт', 'отчёта', 'отчётов')}{among} за {duration(report.seconds)}.")
    if report.failed:
        out.print(f"Не построены: {counted(len(report.failed), 'отчёт', 'отчёта', 'отчётов')}.")
    # One cause often fails many reports: it is said once.
    by_cause: dict[str, list[ReportOutcome]] = {}
    for item in report.failed:
        by_cause.setdefault(item.error or "", []).append(item)
    for cause, items in by_cause.items():
        listed = "; ".join(f"{item.title} ({item.id})" for item in items[:_NAMED])
        more = f" и ещё {len(items) - _NAMED}" if len(items) > _NAMED else ""
        out.print(f"  {listed}{more}", markup=False)
        out.print(f"    {cause}", markup=False)
        log = next((item.log for item in items if item.log), None)
        if log:
            out.print(f"    Журнал: {shown_path(workspace.outputs / log)}", markup=False)
    for problem in report.problems:
        out.print(f"{problem.direction}: {problem.error}", markup=False)
        if problem.log:
            out.print(f"    Журнал: {shown_path(workspace.outputs / problem.log)}", markup=False)
    for item in report.skipped:
        more = f" и ещё {len(item.whom) - _NAMED}" if len(item.whom) > _NAMED else ""
        out.print(
            f"Пропущено: {counted(len(item.whom), 'отчёт', 'отчёта', 'отчётов')} ({item.direction}) — {item.reason}: "
            f"{', '.join(item.whom[:_NAMED])}{more}.",
            markup=False,
        )
    out.print(f"Открыть: {shown_path(workspace.outputs / report.index)}", markup=False)
