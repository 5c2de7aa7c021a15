"""The commands of ``oko`` in the order of work."""

from __future__ import annotations

from typing import Annotated

import typer

import oko_lib
from oko_lib.cli import (
    dashboard_command,
    demo_command,
    doctor_command,
    ingest_command,
    lab_command,
    list_command,
    run_command,
    status_command,
)
from oko_lib.cli.form_command import form_app
from oko_lib.cli.register_command import register_app
from oko_lib.cli.usage import RussianCommand, RussianGroup, speak_russian

speak_russian()

app = typer.Typer(
    name="oko",
    cls=RussianGroup,
    help="Рабочее место по оценке качества образования: от выгрузок ФИС ОКО до отчётов муниципалитетам.",
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["--help", "-h"]},
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"oko {oko_lib.__version__}")
        raise typer.Exit


@app.callback()
def _common(
    version: Annotated[
        bool, typer.Option("--version", help="Показать версию.", callback=_print_version, is_eager=True)
    ] = False,
) -> None:
    """Рабочее место по оценке качества образования: от выгрузок ФИС ОКО до отчётов муниципалитетам."""


for _name, _function, _help in (
    ("demo", demo_command.demo, "Создать учебный регион: файлы в настоящих раскладках с известной правдой."),
    ("ingest", ingest_command.ingest, "Принять файлы: выгрузки ФИС ОКО, формы сбора, папки с ними."),
    ("list", list_command.list_reports, "Показать, какие отчёты можно построить."),
    ("run", run_command.run, "Построить отчёты."),
    ("status", status_command.status, "Показать, как идёт построение отчётов, или остановить его."),
    ("lab", lab_command.lab, "Открыть рабочее место в JupyterLab."),
    ("dashboard", dashboard_command.dashboard, "Открыть панели рабочего места страницей без кода."),
    ("doctor", doctor_command.doctor, "Проверить, всего ли хватает на этом компьютере."),
):
    app.command(_name, cls=RussianCommand, help=_help)(_function)
app.add_typer(form_app)
app.add_typer(register_app)
