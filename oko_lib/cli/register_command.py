"""``oko register``: the register of gifted children by key, and the key of a child whose name one lawfully holds."""

from __future__ import annotations

from typing import Annotated

import typer

from oko_lib.cli.common import Json, Root, console, counted, print_json, shown_path, workspace_at
from oko_lib.cli.usage import RussianCommand, RussianGroup

register_app = typer.Typer(
    name="register",
    cls=RussianGroup,
    help="Реестр одарённых детей: ключи вместо имён.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["--help", "-h"]},
)


def make(
    municipality: Annotated[
        str | None,
        typer.Option("--municipality", "-m", metavar="КОД|НАЗВАНИЕ", help="Только дети школ этого муниципалитета."),
    ] = None,
    year: Annotated[int | None, typer.Option("--year", help="Год; по умолчанию последний с результатами.")] = None,
    root: Root = None,
    json: Json = False,
) -> int:
    """Write the register of a year."""
    from oko_lib.batch.ingredients import code_version
    from oko_lib.indicators.pupil_register import TABLES, pupil_register
    from oko_lib.indicators.session import open_session
    from oko_lib.report.pupil_register import write_register
    from oko_lib.settings.talent_norms import load_talent_norms

    workspace = workspace_at(root)
    session = open_session(workspace.root, municipality, year, norms=load_talent_norms, tables=TABLES)
    register = pupil_register(session)
    made_from = {"Данные": session.snapshot.version, "Программа": code_version()}
    file = write_register(register, workspace, made_from)
    if json:
        print_json(
            {
                "file": str(file),
                "year": register.year,
                "municipality": register.municipality_code,
                "children": len(register.children),
                "unlinked": register.unlinked,
            }
        )
        return 0
    out = console()
    children = counted(len(register.children), "ребёнок", "ребёнка", "детей")
    out.print(f"Реестр за {register.year} год, {children}: {shown_path(file)}", markup=False)
    if register.unlinked:
        records = counted(register.unlinked, "запись", "записи", "записей")
        out.print(f"Без ключа ученика: {records} — в файле инициалы или один код; в реестр не вошли.")
    out.print("Файл для служебного пользования: имён в нём нет, но ребёнка можно узнать по результатам.")
    return 0


def key(
    name: Annotated[
        str | None, typer.Argument(metavar="ИМЯ", help="Фамилия, имя, отчество; без них команда спросит.")
    ] = None,
    born: Annotated[str | None, typer.Option("--born", metavar="ДАТА", help="Дата рождения: 01.02.2011.")] = None,
    login: Annotated[str | None, typer.Option("--login", metavar="ЛОГИН", help="Школа, если даты нет.")] = None,
    year: Annotated[int | None, typer.Option("--year", help="Год, если даты нет.")] = None,
    grade: Annotated[int | None, typer.Option("--grade", help="Класс в этом году, если даты нет.")] = None,
    root: Root = None,
    json: Json = False,
) -> int:
    """Print the key of a child and how often it is met in the data."""
    from oko_lib.indicators.pupil_register import records_of
    from oko_lib.intake.pupil_lookup import key_of

    workspace = workspace_at(root)
    if name is None:
        # A name typed here is in no history of commands and in no list of processes.
        name = typer.prompt("Фамилия, имя, отчество", err=True)
        born = born or (None if login else typer.prompt("Дата рождения", err=True))
    found = key_of(workspace, name, born, login, year, grade)
    records = records_of(workspace, found)
    if json:
        print_json({"key": found, "records": records})
        return 0
    out = console()
    out.print(found)
    years = ", ".join(map(str, sorted({row["year"] for row in records})))
    if records:
        out.print(f"В данных: {counted(sum(row['rows'] for row in records), 'запись', 'записи', 'записей')} ({years}).")
    else:
        out.print("В данных такого ключа нет. Проверьте имя и дату: в файлах могли стоять другие.")
    return 0


for _name, _function, _help in (
    ("make", make, "Записать реестр года: строка на ребёнка, ключ вместо имени."),
    ("key", key, "Узнать ключ ребёнка по имени и дате рождения."),
):
    register_app.command(_name, cls=RussianCommand, help=_help)(_function)
