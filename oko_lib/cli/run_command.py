"""``oko run``: build reports with one progress bar and a summary that says what to do next."""

from __future__ import annotations

import os
import signal
from typing import Annotated

import typer

from oko_lib.cli.common import Json, Root, console, print_json, workspace_at
from oko_lib.settings.loading import SettingsError


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
    force: Annotated[bool, typer.Option("--force", help="Строить и то, что не изменилось.")] = False,
    only_changed: Annotated[
        bool, typer.Option("--only-changed", help="Строить только новое и изменившееся (так и без этого ключа).")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Только показать, что и почему будет построено.")] = False,
    memory: Annotated[int | None, typer.Option("--memory", metavar="МБ", help="Предел памяти на один отчёт.")] = None,
    scheduler: Annotated[
        str | None, typer.Option("--scheduler", metavar="АДРЕС", help="Строить на машинах кластера Dask.")
    ] = None,
    root: Root = None,
    json: Json = False,
) -> int:
    """Build reports; exit code 0 only if all that was asked for is there."""
    if force and only_changed:
        raise SettingsError("--force и --only-changed противоречат друг другу: оставьте один ключ.")
    # Several reports are built at once: libraries that would each use all processors only get in each other's way.
    # This must be said before they are imported.
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    from oko_lib.batch import RunOptions, Selection, run_reports
    from oko_lib.cli.run_progress import shown_progress
    from oko_lib.cli.run_summary import show_summary

    workspace = workspace_at(root)
    options = RunOptions(
        jobs=jobs,
        mode=mode,
        engine=engine,  # type: ignore[arg-type]
        timeout=timeout,
        formats=_formats(formats),
        as_of=as_of,
        parameters=_parameters(settings or []),
        force=force,
        dry_run=dry_run,
        memory=memory << 20 if memory is not None else None,
        scheduler=scheduler,
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
    with shown_progress(out, workspace) as progress:
        report = run_reports(workspace, selection, options, progress)
    if json:
        print_json(report.to_json())
    else:
        show_summary(out, workspace, report)
    return 0 if report.complete else 1


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
