"""``oko lab``: JupyterLab on the notebooks of the working place."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated
from urllib.parse import quote

import typer

from oko_lib.cli.common import Root, workspace_at
from oko_lib.lab.start import START_NOTEBOOK, serve
from oko_lib.settings.loading import SettingsError
from oko_lib.settings.workspace import ROOT_VARIABLE, Workspace


def first_page(workspace: Workspace) -> Path:
    """Return what JupyterLab opens: the start notebook, without one the folder of notebooks."""
    page = workspace.notebooks / START_NOTEBOOK
    return page if page.is_file() else workspace.notebooks


def place_of(root: Path | None) -> Workspace:
    """Return the working place, with notebooks of its own.

    Raises
    ------
    SettingsError
        If the folder is not there or cannot be written to.
    """
    workspace = workspace_at(root)
    try:
        if workspace.make_own_notebooks():
            print(f"Новое рабочее место: в папку {workspace.root} скопированы тетради.")
    except OSError as error:
        raise SettingsError(f"В папку {workspace.root} нельзя писать ({error.strerror}). Укажите другую.") from None
    return workspace


def lab(
    root: Root = None,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Открыть окно браузера.")] = True,
    port: Annotated[int | None, typer.Option("--port", help="Порт; по умолчанию первый свободный с 8888.")] = None,
) -> int:
    """Start JupyterLab with the working place as its top folder and wait until it ends."""
    workspace = place_of(root)
    # Jupyter shows only what lies below its top folder: with notebooks of its own that is the whole working place.
    top = workspace.root
    arguments = [f"--ServerApp.root_dir={top}"]
    opened = first_page(workspace).relative_to(top).as_posix()
    if opened != ".":
        arguments.append(f"--LabApp.default_url=/lab/tree/{quote(opened)}")
    if not browser:
        arguments.append("--no-browser")
    if port is not None:
        arguments.append(f"--port={port}")
    # Kernels learn from it where the data are.
    os.environ[ROOT_VARIABLE] = str(workspace.root)
    # In this process: a server that were its child would be killed a moment after Ctrl-C instead of asking.
    serve(arguments)
    return 0
