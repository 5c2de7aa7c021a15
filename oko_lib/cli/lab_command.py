"""``oko lab``: JupyterLab on the notebooks of the working place."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Annotated

import typer

from oko_lib.cli.common import Root, workspace_at
from oko_lib.settings.loading import SettingsError
from oko_lib.settings.workspace import ROOT_VARIABLE


def lab(
    root: Root = None,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Открыть окно браузера.")] = True,
    port: Annotated[int | None, typer.Option("--port", help="Порт; по умолчанию первый свободный с 8888.")] = None,
) -> int:
    """Start JupyterLab with the working place as its top folder and wait until it ends."""
    workspace = workspace_at(root)
    if not workspace.notebooks.is_dir():
        raise SettingsError("Нет папки notebooks: верните её из исходной поставки.")
    # Jupyter shows only what lies below its top folder; notebooks of the project lie outside a working place elsewhere.
    inside = workspace.notebooks.is_relative_to(workspace.root)
    top = workspace.root if inside else workspace.notebooks
    command = [sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={top}"]
    if inside:
        command.append(f"--LabApp.default_url=/lab/tree/{workspace.notebooks.relative_to(workspace.root).as_posix()}")
    if not browser:
        command.append("--no-browser")
    if port is not None:
        command.append(f"--port={port}")
    environment = {**os.environ, ROOT_VARIABLE: str(workspace.root)}
    try:
        return subprocess.run(command, env=environment, check=False).returncode
    except KeyboardInterrupt:
        return 0
