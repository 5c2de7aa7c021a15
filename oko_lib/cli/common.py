"""What all commands share: the root folder, JSON or words, the console."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from oko_lib.batch.wording import counted as counted
from oko_lib.batch.wording import duration as duration
from oko_lib.settings.loading import SettingsError
from oko_lib.settings.workspace import Workspace

if TYPE_CHECKING:
    from rich.console import Console

Root = Annotated[
    Path | None,
    typer.Option("--root", metavar="ПАПКА", help="Рабочая папка (данные и отчёты); по умолчанию — папка проекта."),
]
Json = Annotated[bool, typer.Option("--json", help="Вывести только JSON: для других программ.")]


def workspace_at(root: Path | None, must_exist: bool = True) -> Workspace:
    """Return the working place at `root`.

    Raises
    ------
    SettingsError
        If the folder does not exist (a misspelt root would silently be an empty working place) or is a file.
    """
    if root is not None:
        if root.exists() and not root.is_dir():
            raise SettingsError(f"--root: «{root}» — файл, а нужна папка.")
        if must_exist and not root.exists():
            raise SettingsError(f"--root: нет папки «{root}». Проверьте путь или создайте её.")
    return Workspace.at(root)


def print_json(content: object) -> None:
    """Write `content` as the only thing on standard output."""
    sys.stdout.write(json.dumps(content, ensure_ascii=False, indent=1) + "\n")
    sys.stdout.flush()


def console(json_mode: bool = False) -> Console:
    """Return the console for people: standard error when standard output carries JSON."""
    from rich.console import Console

    return Console(stderr=json_mode, highlight=False, soft_wrap=True)


def shown_path(path: Path) -> str:
    """Return a path relative to the present folder when it lies below it."""
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)
