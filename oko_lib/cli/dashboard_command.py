"""``oko dashboard``: the panels of the workbench as a page without code."""

from __future__ import annotations

import importlib.util
import os
from typing import Annotated

import typer

from oko_lib.cli.common import Root, workspace_at
from oko_lib.settings.loading import SettingsError
from oko_lib.settings.workspace import ROOT_VARIABLE

NOTEBOOK = "dashboard.ipynb"


def dashboard(
    root: Root = None,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Открыть окно браузера.")] = True,
    port: Annotated[int | None, typer.Option("--port", help="Порт; по умолчанию первый свободный с 8866.")] = None,
) -> int:
    """Serve the panels of the working place as a page without code and wait until it is stopped."""
    workspace = workspace_at(root)
    notebook = workspace.notebooks / NOTEBOOK
    if not notebook.is_file():
        raise SettingsError(f"Нет тетради notebooks/{NOTEBOOK}: верните её из исходной поставки.")
    if importlib.util.find_spec("voila") is None:
        raise SettingsError(
            "Для страницы без кода нужна библиотека Voilà, а она не установлена. Установите её одной из команд:\n"
            '  pip install "oko-lib[dashboard]"\n'
            '  conda install -c conda-forge "voila>=0.5.13,<0.6"\n'
            "Те же панели, без установки чего-либо, открывает oko lab."
        )
    # Kernels learn from it where the data are.
    os.environ[ROOT_VARIABLE] = str(workspace.root)
    from oko_lib.lab.dashboard import serve_dashboard

    serve_dashboard(notebook, browser, port)
    return 0
