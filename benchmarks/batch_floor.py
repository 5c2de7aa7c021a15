"""The floor of batch speed: the calls of the notebooks as plain functions, without notebook, papermill or IPython.

Each notebook is compiled once into a function; a forked child calls it with a report's parameters, keeps what the
cells' last lines return, and hands that to the exporter that ``oko run`` uses. Preparation is the one of ``oko run``.
Nothing is verified and no notebook is written: whoever builds the same PDF from the same calls cannot do less.
"""

from __future__ import annotations

import ast
import json
import os
import sys
import time
import traceback
from base64 import b64encode
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

_FORMATS = {"text/html": "_repr_html_", "text/markdown": "_repr_markdown_", "text/latex": "_repr_latex_"}


def as_function(notebook: Mapping[str, Any]) -> Callable[..., None]:
    """Return ``function(show, **parameters)`` that does what the cells do; ``show(cell_index, value)`` gets displays.

    Parameters
    ----------
    notebook : mapping
        An .ipynb file as read from JSON, with a cell tagged ``parameters``.
    """
    arguments, body = [], []
    for index, cell in enumerate(notebook["cells"]):
        if cell["cell_type"] != "code":
            continue
        statements = ast.parse("".join(cell["source"])).body
        if "parameters" in cell["metadata"].get("tags", ()):
            arguments = [f"{ast.unparse(item.targets[0])}={ast.unparse(item.value)}" for item in statements]
        elif statements:
            *before, last = statements
            if isinstance(last, ast.Expr):
                shown = ast.parse(f"show({index}, None)").body[0]
                shown.value.args[1] = last.value
                last = shown
            body += [*before, last]
    module = ast.parse(f"def built({', '.join(['show', *arguments])}):\n    pass")
    module.body[0].body = body or module.body[0].body
    scope: dict[str, Any] = {}
    exec(compile(ast.fix_missing_locations(module), "<notebook>", "exec"), scope)
    return scope["built"]


def bundle_of(value: object) -> dict[str, Any]:
    """Return the display data of `value`, as IPython would ask for them."""
    if hasattr(value, "_repr_mimebundle_"):
        given = value._repr_mimebundle_()
        data = dict(given[0] if isinstance(given, tuple) else given)
    else:
        asked = {kind: getattr(value, name)() for kind, name in _FORMATS.items() if hasattr(value, name)}
        data = {kind: text for kind, text in asked.items() if text is not None}
    data.setdefault("text/plain", repr(value))
    return {kind: b64encode(item).decode() if isinstance(item, bytes) else item for kind, item in data.items()}


def executed(notebook: Mapping[str, Any], function: Callable[..., None], parameters: Mapping[str, Any]) -> dict:
    """Return the notebook with the outputs `function` shows."""
    outputs: dict[int, list[dict]] = {}

    def show(index: int, value: object) -> None:
        if value is not None:
            output = {"output_type": "execute_result", "data": bundle_of(value), "metadata": {}, "execution_count": 1}
            outputs.setdefault(index, []).append(output)

    function(show, **parameters)
    cells = [
        {**cell, "source": "".join(cell["source"]), **({"outputs": outputs.get(index, [])} if _is_code(cell) else {})}
        for index, cell in enumerate(notebook["cells"])
    ]
    return {**notebook, "cells": cells}


def _is_code(cell: Mapping[str, Any]) -> bool:
    return cell["cell_type"] == "code"


def run(job_file: Path) -> int:
    """Prepare, build the reports the file lists, print JSON: when the first was begun, seconds of each, failures."""
    job = json.loads(job_file.read_text())
    workspace = _prepare(job)
    notebooks = {name: json.loads((workspace.notebooks / name).read_text()) for name in job["notebooks"]}
    functions = {name: as_function(notebook) for name, notebook in notebooks.items()}
    from oko_lib.batch.warm import settled_memory

    began = time.time()
    with settled_memory():
        failed = _build_all(job, notebooks, functions)
    results = {item["id"]: Path(item["result"]) for item in job["reports"]}
    seconds = {name: float(path.read_text()) for name, path in results.items() if path.is_file()}
    print(json.dumps({"began": began, "seconds": seconds, "failed": failed}))
    return 1 if failed else 0


def _prepare(job: Mapping[str, Any]):
    """Do what ``oko run`` does before its first report: imports, pinned data, the region's results."""
    from oko_lib.batch.directions import DIRECTIONS
    from oko_lib.batch.pool import Pool
    from oko_lib.batch.progress import Progress
    from oko_lib.batch.warm import import_heavy_modules, prepare_run
    from oko_lib.indicators.session import pin
    from oko_lib.settings.workspace import Workspace
    from oko_lib.store import Store

    workspace = Workspace.at(job["root"])
    snapshot = Store(workspace.store).snapshot()
    import_heavy_modules()
    pin(workspace.root, snapshot)
    work = [(DIRECTIONS[name], job["year"]) for name in job["directions"]]
    prepare_run(workspace, snapshot, work, Pool(jobs=job["jobs"], method="fork"), Progress())
    return workspace


def _build_all(job: Mapping[str, Any], notebooks: Mapping[str, Any], functions: Mapping[str, Any]) -> list[str]:
    """Build each report in a fork of its own, so many at a time; return those that failed."""
    waiting = list(reversed(job["reports"]))
    running: dict[int, str] = {}
    failed = []
    while waiting or running:
        while waiting and len(running) < job["jobs"]:
            report = waiting.pop()
            name = report["notebook"]
            pid = os.fork()
            if pid == 0:
                _child(report, notebooks[name], functions[name])
            running[pid] = report["id"]
        pid, status = os.wait()
        name = running.pop(pid, None)
        if name is not None and status != 0:
            failed.append(name)
    return failed


def _child(report: Mapping[str, Any], notebook: Mapping[str, Any], function: Callable[..., None]) -> None:
    """Body of a forked child; does not return."""
    code = 1
    try:
        started = time.monotonic()
        _build(report, notebook, function)
        Path(report["result"]).write_text(str(time.monotonic() - started))
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        # Not exit(): what the parent registered to be done at its end is not this child's.
        os._exit(code)


def _build(report: Mapping[str, Any], notebook: Mapping[str, Any], function: Callable[..., None]) -> None:
    from oko_lib.batch.process_state import seed_for
    from oko_lib.report.exporters import ReportMeta, export
    from oko_lib.report.fingerprint import hand_over

    seed_for(report["id"])
    # The print of the run that is compared with: the PDFs shall be the same to the letter.
    hand_over(report["meta"]["fingerprint"])
    meta = ReportMeta.from_notebook({"metadata": {"oko": report["meta"]}})
    done = executed(notebook, function, report["parameters"])
    export(done, Path(report["folder"]), report["stem"], formats=("pdf",), meta=meta)
