"""However notebooks are executed, a report says the same; and it reads no table its direction does not name."""

import os
import subprocess
import sys

import nbformat
import pytest
from lxml import etree

from oko_lib.batch import DIRECTIONS, RunOptions, Selection, run_reports
from oko_lib.batch.verify import pdf_text
from oko_lib.settings.workspace import Workspace

PLACE = "reg99_m009"
ENGINES = {
    "fork": RunOptions(formats=("pdf", "xlsx"), jobs=2, force=True, method="fork"),
    "spawn": RunOptions(formats=("pdf", "xlsx"), jobs=1, force=True, method="spawn"),
    "kernel": RunOptions(formats=("pdf", "xlsx"), jobs=2, force=True, engine="kernel"),
}


@pytest.fixture(scope="module")
def built(root, taken):
    """What each engine has built: engine → report → what it shows and says."""
    workspace = Workspace.at(root)
    found = {}
    for name, options in ENGINES.items():
        report = run_reports(workspace, Selection(municipalities=(PLACE,), no_schools=True), options)
        assert report.complete, [item.error for item in report.failed]
        found[name] = {item.direction: _content(workspace, item.files) for item in report.outcomes}
    return found


def _content(workspace, files) -> dict:
    notebook = nbformat.read(workspace.outputs / files["ipynb"], as_version=4)
    return {
        "cells": [_shown(cell) for cell in notebook.cells if cell.cell_type == "code"],
        "text": pdf_text(workspace.outputs / files["pdf"]),
    }


def _shown(cell) -> list:
    """Return the outputs of a cell in every form but pictures, of which the texts, and numbers of execution."""
    if "injected-parameters" in cell.metadata.get("tags", []):
        return []
    shown = []
    for output in cell.outputs:
        data = dict(output.get("data", {}))
        picture = data.pop("image/svg+xml", None)
        if picture is not None:
            tree = etree.fromstring(picture.encode())
            data["texts"] = [text for text in (item.strip() for item in tree.itertext()) if text]
        shown.append((output.output_type, output.get("text"), sorted(data.items())))
    return shown


@pytest.mark.parametrize("engine", ["spawn", "kernel"])
@pytest.mark.parametrize("direction", list(DIRECTIONS))
def test_engines_are_equal(built, engine, direction):
    one, other = built["fork"][direction], built[engine][direction]
    assert len(one["cells"]) > 10
    for number, (expected, found) in enumerate(zip(one["cells"], other["cells"], strict=True)):
        assert found == expected, f"ячейка {number}"
    assert other["text"] == one["text"]


_WATCH = """
import os, sys
os.environ["OKO_CACHE"] = "0"
from oko_lib.store.query import mentioned
from oko_lib.store.snapshot import Snapshot
from oko_lib.tables import TABLES

read = set()
sql, whole = Snapshot.sql, Snapshot.read

def watched_sql(self, query, params=None):
    read.update(mentioned(query, TABLES))
    return sql(self, query, params)

def watched_read(self, name, *given, **named):
    read.add(name)
    return whole(self, name, *given, **named)

Snapshot.sql, Snapshot.read = watched_sql, watched_read
import papermill
name, root, place = sys.argv[1:]
from oko_lib.batch.directions import DIRECTIONS
from oko_lib.settings.workspace import Workspace
workspace = Workspace.at(root)
direction = DIRECTIONS[name]
given = {"workspace_root": root, "year": 2026, "mode": "internal"}
school = {}
for notebook in direction.notebooks:
    about = {} if notebook == direction.region_notebook else {"municipality": place}
    if notebook == direction.school_notebook:
        from oko_lib.store import Store
        listed = direction.schools(workspace, Store(workspace.store).snapshot(), 2026)
        code = next(iter(listed))
        about = {"municipality": code, "school": listed[code][0][0]}
    papermill.execute_notebook(
        str(workspace.notebooks / notebook), None, parameters={**given, **about}, engine_name="oko-inprocess",
        kernel_name="python3", language="python", progress_bar=False,
    )
print(" ".join(sorted(read)))
"""


@pytest.mark.parametrize("direction", list(DIRECTIONS))
def test_reports_read_only_what_makes_them_build_again(root, taken, direction):
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", _WATCH, direction, str(root), PLACE],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONUTF8": "1"},
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    read = set(done.stdout.split())
    assert len(read) > 5
    assert read <= set(DIRECTIONS[direction].reads)
