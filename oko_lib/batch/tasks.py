"""The checked task of each planned report: whatever would fail every one of them is found here."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from oko_lib.batch.ingredients import files_digest, fingerprint_of, ingredients, parameters_ingredient
from oko_lib.batch.options import RunOptions
from oko_lib.batch.parameters import check_notebook, typed_parameters
from oko_lib.batch.schools import School, schools_of
from oko_lib.batch.spec import ReportSpec
from oko_lib.batch.worker import ReportTask
from oko_lib.indicators.registers import municipality_register
from oko_lib.settings.loading import SettingsError
from oko_lib.settings.workspace import Workspace
from oko_lib.store import Snapshot


def make_tasks(
    workspace: Workspace, snapshot: Snapshot, specs: Sequence[ReportSpec], options: RunOptions
) -> list[ReportTask]:
    """Return a task for each report.

    Raises
    ------
    SettingsError
        If a notebook, a parameter or a parameter file is wrong.
    """
    _check_notebooks(workspace, specs)
    names = list(municipality_register(snapshot)["municipality_name"])
    schools = schools_of(snapshot)
    phrases = tuple(dict.fromkeys(name for school in schools.values() for name in school.names))
    shared: dict[str, dict[str, str]] = {}
    tasks = []
    for spec in specs:
        parameters = _parameters(workspace, snapshot, spec, options)
        if spec.direction.name not in shared:
            shared[spec.direction.name] = ingredients(workspace, snapshot, spec.direction)
        made_from = {
            **shared[spec.direction.name],
            "notebook": _digest_of_notebook(workspace.notebooks / spec.notebook),
            "parameters": parameters_ingredient(parameters),
        }
        tasks.append(
            ReportTask(
                spec=spec,
                workspace=workspace,
                parameters=parameters,
                fingerprint=fingerprint_of(made_from),
                formats=options.formats,
                engine=options.engine,
                built_on=date.today(),
                other_names=tuple(name for name in names if name != spec.municipality_name),
                allowed_phrases=phrases,
                made_from=made_from,
                **_school_of(spec, schools),
            )
        )
    return tasks


def _digest_of_notebook(path: Path) -> str:
    return files_digest([path], path.parent)


def _parameters(workspace: Workspace, snapshot: Snapshot, spec: ReportSpec, options: RunOptions) -> dict[str, object]:
    given: dict[str, object] = {
        "year": spec.year,
        "mode": options.mode,
        "workspace_root": str(workspace.root),
        # Reports in forks and workers read the pinned version; a kernel is a stranger and has to be told.
        "as_of": (options.as_of or _newest_load(snapshot)) if options.engine == "kernel" else "",
        **options.parameters,
    }
    if not spec.is_region:
        given["municipality"] = spec.municipality_code
    if spec.is_school:
        given["school"] = spec.school_id
    return typed_parameters(given, spec.parameters_model, where=spec.notebook)


def _school_of(spec: ReportSpec, schools: dict[str, School]) -> dict[str, Any]:
    """Return the school of a report on one school and the others of its municipality, as a task names them."""
    if spec.school_id is None:
        return {}
    others = (item for item in schools.values() if item.municipality_code == spec.municipality_code)
    return {
        "school": schools[spec.school_id],
        "other_schools": tuple(item for item in others if item.id != spec.school_id),
    }


def _check_notebooks(workspace: Workspace, specs: Sequence[ReportSpec]) -> None:
    import nbformat

    for name, spec in {spec.notebook: spec for spec in specs}.items():
        path = workspace.notebooks / name
        try:
            notebook = nbformat.read(path, as_version=4)
        except FileNotFoundError:
            raise SettingsError(f"Нет тетради {name} в папке notebooks: верните её из исходной поставки.") from None
        except Exception:
            raise SettingsError(f"Тетрадь {name} повреждена: верните её из исходной поставки.") from None
        check_notebook(notebook, spec.parameters_model, where=name)


def _newest_load(snapshot: Snapshot) -> str:
    loads = snapshot.loads()
    return str(loads.sort_values("sequence")["load_id"].iloc[-1])
