"""``oko form``: which collection forms there are, make one, check filled ones."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from oko_lib.cli.common import Json, Root, console, counted, print_json, shown_path, workspace_at
from oko_lib.cli.usage import RussianCommand, RussianGroup

#: More errors than this are not read on a screen; the return workbooks of the intake show all.
_LISTED = 40

form_app = typer.Typer(
    name="form",
    cls=RussianGroup,
    help="Формы сбора: какие есть, сделать пустую, проверить заполненную.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["--help", "-h"]},
)


def list_forms(root: Root = None, json: Json = False) -> int:
    """Print the forms that can be made."""
    from oko_lib.forms import all_forms

    forms = all_forms(workspace_at(root)).values()
    if json:
        content = [
            {"kind": form.kind, "title": form.title_ru, "columns": [column.heading for column in form.columns]}
            for form in forms
        ]
        print_json({"forms": content})
        return 0
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("Форма", "Что собирает", "Столбцов"):
        table.add_column(title, justify="right" if title == "Столбцов" else "left")
    for form in forms:
        table.add_row(form.kind, form.title_ru, str(len(form.columns)))
    out = console()
    out.print(table)
    out.print("Сделать форму: oko form make ФОРМА --municipality КОД")
    return 0


def make(
    kind: Annotated[str, typer.Argument(metavar="ФОРМА", help="Какая форма: имя или название из oko form list.")],
    municipality: Annotated[
        str | None,
        typer.Option("--municipality", "-m", metavar="КОД|НАЗВАНИЕ", help="Вписать школы этого муниципалитета."),
    ] = None,
    year: Annotated[int | None, typer.Option("--year", help="Год данных; по умолчанию нынешний.")] = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="ФАЙЛ", help="Файл или папка; по умолчанию data/forms.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Записать поверх файла, который уже есть.")] = False,
    root: Root = None,
    json: Json = False,
) -> int:
    """Write a blank form."""
    from oko_lib.forms import make_form

    made = make_form(workspace_at(root), kind, municipality=municipality, year=year, out=out, replace=force)
    schools = len(made.place.schools) if made.place else 0
    if json:
        print_json(
            {
                "file": str(made.file),
                "kind": made.form.kind,
                "year": made.year,
                "municipality": made.place.code if made.place else None,
                "schools": schools,
                "rows": made.rows,
            }
        )
        return 0
    say = console()
    say.print(f"Форма «{made.form.title_ru}» за {made.year} год: {shown_path(made.file)}", markup=False)
    if made.place:
        say.print(
            f"Вписаны: {made.place.name}, {counted(schools, 'школа', 'школы', 'школ')}, "
            f"{counted(made.rows, 'строка', 'строки', 'строк')}.",
            markup=False,
        )
    else:
        say.print("Школы не вписаны: добавьте --municipality КОД, чтобы вписать школы муниципалитета.")
    say.print("Когда заполнят: oko form check ФАЙЛ, затем oko ingest ФАЙЛ.")
    return 0


def check(
    paths: Annotated[list[Path], typer.Argument(metavar="ФАЙЛ…", help="Заполненные формы или папки с ними.")],
    root: Root = None,
    json: Json = False,
) -> int:
    """Check filled forms; exit code 0 only if the intake would take every row."""
    from oko_lib.forms import check_forms

    report = check_forms(paths, workspace_at(root))
    if json:
        print_json(report.to_json())
        return 0 if report.ok else 1
    out = console()
    for file in report.files:
        name = Path(file.report.path).name
        if file.report.error:
            out.print(f"{name}: {file.report.error}", markup=False)
            continue
        counts = file.report
        out.print(
            f"{name}: {counts.layout}; прочитано {counted(counts.read, 'строка', 'строки', 'строк')}, годных "
            f"{counts.accepted}, с ошибками {counts.quarantined}, не данные {counts.non_data}.",
            markup=False,
        )
        for warning in counts.warnings:
            out.print(f"  {warning}", markup=False)
        for error in file.errors[:_LISTED]:
            place = ", ".join(
                part
                for part in (
                    f"лист «{error.sheet}»" if error.sheet else "",
                    f"строка {error.row}",
                    f"ячейка {error.cell}" if error.cell else "",
                    f"«{error.column}»" if error.column else "",
                )
                if part
            )
            out.print(f"  {place}: {error.message}", markup=False)
        if len(file.errors) > _LISTED:
            out.print(f"  … и ещё {counted(len(file.errors) - _LISTED, 'ошибка', 'ошибки', 'ошибок')}.")
    if not report.files:
        out.print("Проверять нечего: таблиц по этому пути нет.")
    elif report.ok:
        out.print("Ошибок нет. Загрузить: oko ingest ФАЙЛ")
    return 0 if report.ok else 1


for _name, _function, _help in (
    ("list", list_forms, "Показать, какие формы можно сделать."),
    ("make", make, "Сделать пустую форму (XLSX) со списками и проверками."),
    ("check", check, "Проверить заполненные формы, ничего не загружая."),
):
    form_app.command(_name, cls=RussianCommand, help=_help)(_function)
