"""Adding a view to the notebook of a report, so that the batch builds it for every municipality."""

from __future__ import annotations

import os
import shutil
import tempfile
from dataclasses import fields
from pathlib import Path

import nbformat

from oko_lib.batch.directions import DIRECTIONS
from oko_lib.explore.choice import Choice
from oko_lib.explore.topic import Explored, Topic
from oko_lib.settings.loading import SettingsError
from oko_lib.settings.workspace import Workspace

#: Of a choice, what holds for every municipality and every year.
_LASTING = ("subject", "grade", "measure", "threshold")
_APPENDIX = "## Приложение"


def add_section(workspace: Workspace, known: Explored, topic: Topic, choice: Choice) -> Path:
    """Write a section with this view into the direction's notebook, before its appendices; returns the notebook.

    Raises
    ------
    SettingsError
        If the direction has no report of municipalities, the section is there already, or the notebook cannot be
        written; the message says what to do.
    """
    if known.name not in DIRECTIONS:
        raise SettingsError("У этого обзора нет своего отчёта: раздел добавляют из обзора одного направления.")
    if not topic.municipal:
        raise SettingsError("Эта тема показывает весь регион, а отчёт строится по муниципалитетам.")
    path = _own_notebook(workspace, DIRECTIONS[known.name].notebook)
    notebook = nbformat.read(path, as_version=4)
    code = section_code(known.name, topic.key, choice)
    if any(cell.source == code for cell in notebook.cells):
        raise SettingsError(f"Такой раздел в тетради {path.name} уже есть.")
    place = next(
        (number for number, cell in enumerate(notebook.cells) if cell.source.startswith(_APPENDIX)),
        len(notebook.cells),
    )
    notebook.cells[place:place] = [
        nbformat.v4.new_markdown_cell(f"## {topic.title_ru}\n\n{topic.question_ru}"),
        nbformat.v4.new_code_cell(code),
    ]
    _write(notebook, path)
    return path


def section_code(direction: str, topic: str, choice: Choice) -> str:
    """Return the code of a cell that shows the view; the school is left out: every municipality has its own."""
    usual = Choice()
    chosen = [
        f"{field.name}={getattr(choice, field.name)!r}"
        for field in fields(Choice)
        if field.name in _LASTING and getattr(choice, field.name) != getattr(usual, field.name)
    ]
    parameters = ["municipality", "year", "mode", "workspace_root", "as_of"]
    called = ", ".join([f'"{direction}"', f'"{topic}"', *parameters, *chosen])
    return f"from oko_lib.explore.section import section\n\nsection({called})"


def _own_notebook(workspace: Workspace, name: str) -> Path:
    """Return the working place's own notebook; a place without notebooks gets a copy of the project's."""
    workspace.make_own_notebooks()
    path = workspace.notebooks / name
    if not path.is_file():
        raise SettingsError(f"В папке notebooks нет тетради {name}: верните её из исходной поставки.")
    return path


def _write(notebook: nbformat.NotebookNode, path: Path) -> None:
    """Write the notebook whole or not at all."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".ipynb")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            nbformat.write(notebook, file)
        shutil.copymode(path, temporary)
        os.replace(temporary, path)
    except PermissionError:
        raise SettingsError(f"Тетрадь {path.name} не удалось записать: она открыта в другой программе.") from None
    finally:
        Path(temporary).unlink(missing_ok=True)
