"""Typed parameters of report notebooks; a misspelt or wrong one is refused before anything is executed.

Papermill itself only warns about a parameter the notebook does not know and then runs it with the default value: a
report on the wrong municipality would look perfectly well.
"""

from __future__ import annotations

import ast
from typing import Literal

from nbformat import NotebookNode
from pydantic import Field

from oko_lib.settings.loading import SettingsError, Strict, suggest, validate

PARAMETERS_TAG = "parameters"
INJECTED_TAG = "injected-parameters"


class RegionParameters(Strict):
    """Parameters of a notebook on the whole region.

    Parameters
    ----------
    year : int
        Calendar year of the report.
    mode : str
        ``internal``; a public mode comes with disclosure control.
    workspace_root : str
        Top folder of the working place.
    as_of : str
        Load id or time the data are read as of; empty for the version the run pinned.
    """

    year: int = Field(ge=2015, le=2100)
    mode: Literal["internal"] = "internal"
    workspace_root: str
    as_of: str = ""


class MunicipalityParameters(RegionParameters):
    """Parameters of a notebook on one municipality: those of the region and the municipality's code."""

    municipality: str = Field(min_length=1)


class SchoolParameters(MunicipalityParameters):
    """Parameters of a notebook on one school: those of its municipality and the school's lasting identifier."""

    school: str = Field(min_length=1)


def typed_parameters(given: dict[str, object], model: type[RegionParameters], where: str) -> dict[str, object]:
    """Return `given` checked and completed with defaults, ready for papermill.

    Raises
    ------
    SettingsError
        If a name is unknown (with the nearest known one) or a value is wrong.
    """
    return validate(given, model, where=where).model_dump()


def declared_names(notebook: NotebookNode, where: str) -> set[str]:
    """Return the names the notebook's ``parameters`` cell assigns.

    Raises
    ------
    SettingsError
        If there is not exactly one such cell or it is not Python.
    """
    cells = [cell for cell in notebook.cells if PARAMETERS_TAG in cell.metadata.get("tags", [])]
    if len(cells) != 1:
        raise SettingsError(
            f"{where}: в тетради должна быть одна ячейка с меткой «{PARAMETERS_TAG}», найдено {len(cells)}. "
            "Поставьте метку ячейке с параметрами (панель «Property Inspector» в JupyterLab)."
        )
    try:
        tree = ast.parse(cells[0].source)
    except SyntaxError as error:
        raise SettingsError(f"{where}: ячейка параметров, строка {error.lineno}: это не запись на Python.") from None
    names: set[str] = set()
    for node in tree.body:
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        names |= {target.id for target in targets if isinstance(target, ast.Name)}
    return names


def check_notebook(notebook: NotebookNode, model: type[RegionParameters], where: str) -> None:
    """Refuse a notebook whose ``parameters`` cell does not declare exactly the parameters of `model`.

    Raises
    ------
    SettingsError
        If a name is missing or extra; the message names the nearest expected one.
    """
    declared = declared_names(notebook, where)
    expected = set(model.model_fields)
    missing = sorted(expected - declared)
    for name in sorted(declared - expected):
        raise SettingsError(f"{where}: в ячейке параметров неизвестное имя «{name}».{suggest(name, sorted(expected))}")
    if missing:
        raise SettingsError(f"{where}: в ячейке параметров не хватает: {', '.join(missing)}.")


def show_injected_parameters(notebook: NotebookNode, parameters: dict[str, object]) -> None:
    """Make the cell papermill injected readable (it writes Cyrillic as escapes) and hide it from readers.

    The cell is changed in place: the notebook belongs to the run that executed it.
    """
    for cell in notebook.cells:
        if INJECTED_TAG in cell.metadata.get("tags", []):
            lines = [f"{name} = {value!r}" for name, value in parameters.items()]
            cell.source = "\n".join(["# Параметры этого отчёта", *lines])
            cell.metadata["tags"] = [INJECTED_TAG, "hide-cell", "remove-cell"]
            cell.metadata["jupyter"] = {"source_hidden": True, "outputs_hidden": True}
