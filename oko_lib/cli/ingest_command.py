"""``oko ingest``: take files in and say what became of every row."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from oko_lib.cli.common import Json, Root, console, counted, print_json, shown_path, workspace_at

if TYPE_CHECKING:
    from rich.console import Console

    from oko_lib.intake import IngestReport

#: More files than this are summed up by layout; what went wrong is always listed one by one.
_LISTED = 20


def ingest(
    paths: Annotated[list[Path], typer.Argument(metavar="ПУТЬ…", help="Файлы или папки.")],
    year: Annotated[int | None, typer.Option("--year", help="Год, если его нет в файле.")] = None,
    grade: Annotated[int | None, typer.Option("--grade", help="Класс, если его нет в файле.")] = None,
    subject: Annotated[str | None, typer.Option("--subject", metavar="ПРЕДМЕТ", help="Предмет, если его нет.")] = None,
    login: Annotated[str | None, typer.Option("--login", metavar="ЛОГИН", help="Логин школы, если его нет.")] = None,
    jobs: Annotated[int | None, typer.Option("--jobs", "-j", help="Сколько файлов читать сразу.")] = None,
    again: Annotated[
        bool, typer.Option("--again", help="Прочитать заново и то, что уже загружено (сменилась раскладка).")
    ] = False,
    root: Root = None,
    json: Json = False,
) -> int:
    """Take files in; exit code 0 if every file was taken (quarantined rows are reported, they are not failures)."""
    from oko_lib.intake import IntakeOptions
    from oko_lib.intake import ingest as take_in

    workspace = workspace_at(root)
    # A relative path may be meant from here or from the working place: `oko ingest data/raw --root X`.
    found = [path if path.exists() or path.is_absolute() else _below_root(workspace.root, path) for path in paths]
    options = IntakeOptions(year=year, grade=grade, subject=subject, login=login, jobs=jobs, again=again)
    out = console(json)
    with _progress(out) as progress:
        report = take_in(found, workspace, options=options, progress=progress)
    if json:
        print_json(report.to_json())
    else:
        _summary(out, report)
    return 0 if report.ok else 1


def _below_root(root: Path, path: Path) -> Path:
    inside = root / path
    return inside if inside.exists() else path


def _progress(out: Console):
    from contextlib import contextmanager

    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    @contextmanager
    def drawn():
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("осталось"),
            TimeRemainingColumn(),
        )
        with Progress(*columns, console=out, auto_refresh=False) as bar:
            task = bar.add_task("Файлы", total=None)

            def advance(done: int, total: int, name: str = "") -> None:
                bar.update(task, completed=done, total=total, refresh=True)

            yield advance

    return drawn()


def _summary(out: Console, report: IngestReport) -> None:
    from rich.table import Table

    files = list(report.files)
    refused = [file for file in files if file.error]
    shown = files if len(files) <= _LISTED else [file for file in files if file.error or file.quarantined]
    if shown:
        table = Table(box=None, pad_edge=False, header_style="bold")
        table.add_column("Файл", overflow="fold")
        table.add_column("Раскладка", overflow="fold")
        for title in ("Прочитано", "Принято", "Отложено", "Не данные"):
            table.add_column(title, justify="right")
        for file in shown[:_LISTED]:
            numbers = (file.read, file.accepted, file.quarantined, file.non_data)
            table.add_row(Path(file.path).name, file.layout or "не опознана", *map(_spaced, numbers))
        out.print(table)
        if len(shown) > _LISTED:
            out.print(f"… и ещё {counted(len(shown) - _LISTED, 'файл', 'файла', 'файлов')}.")
    totals = {
        name: sum(getattr(file, name) for file in files) for name in ("read", "accepted", "quarantined", "non_data")
    }
    unchanged = sum(file.status == "unchanged" for file in files)
    if unchanged:
        out.print(f"Уже загружены раньше и не изменились: {counted(unchanged, 'файл', 'файла', 'файлов')}.")
    out.print(
        f"Всего {counted(len(files), 'файл', 'файла', 'файлов')}: прочитано "
        f"{counted(totals['read'], 'строка', 'строки', 'строк')}, принято {_spaced(totals['accepted'])}, "
        f"отложено {_spaced(totals['quarantined'])}, не данные {_spaced(totals['non_data'])}."
    )
    _remarks(out, report, refused)


def _remarks(out: Console, report: IngestReport, refused: list) -> None:
    """Print what needs somebody's attention: warnings, refused files, books to send back."""
    warnings = [f"{Path(file.path).name}: {warning}" for file in report.files for warning in file.warnings]
    warnings += report.warnings
    for warning in warnings[:_LISTED]:
        out.print(warning, markup=False)
    if len(warnings) > _LISTED:
        out.print(f"… и ещё {counted(len(warnings) - _LISTED, 'замечание', 'замечания', 'замечаний')}.")
    for file in refused[:_LISTED]:
        out.print(f"Не принят {Path(file.path).name}: {file.error}", markup=False)
    if len(refused) > _LISTED:
        out.print(f"… и ещё {counted(len(refused) - _LISTED, 'файл', 'файла', 'файлов')} не принято.")
    books = [Path(book) for book in report.return_workbooks]
    if books:
        # The folder says it for all: there may be hundreds.
        folder = shown_path(Path(os.path.commonpath([book.parent for book in books])))
        out.print(
            f"Книги для возврата отправителям ({counted(len(books), 'файл', 'файла', 'файлов')}) — в папке {folder}",
            markup=False,
        )
    if not refused:
        out.print("Дальше: oko run --all")


def _spaced(number: int) -> str:
    return f"{number:,}".replace(",", "\u202f")
