"""Pointers of prose lead somewhere: every label a report's source names is numbered in that direction."""

import re
from importlib import import_module
from pathlib import Path

import pytest

from oko_lib.report.numbering import Numbering
from oko_lib.settings.workspace import PROJECT_ROOT

REPORTS = PROJECT_ROOT / "oko_lib" / "report"
DIRECTIONS = sorted(path.parent.name for path in REPORTS.glob("*/context.py"))
LABEL = re.compile(r'"((?:tbl|fig)-[a-z-]+)"')


def modules(direction: str) -> list[Path]:
    return sorted((REPORTS / direction).glob("*.py"))


def numberings(direction: str) -> dict[str, Numbering]:
    found = {}
    for path in modules(direction):
        module = import_module(f"oko_lib.report.{direction}.{path.stem}")
        if isinstance(getattr(module, "NUMBERING", None), Numbering):
            found[path.stem] = module.NUMBERING
    return found


def labels(numbering: Numbering) -> set[str]:
    return {*numbering.tables, *numbering.figures}


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_labels_of_a_direction_are_numbered_in_one_of_its_reports(direction):
    known = set().union(*(labels(numbering) for numbering in numberings(direction).values()))
    shared = {"tbl-indicators", "tbl-school-indicators"}
    for path in modules(direction):
        named = set(LABEL.findall(path.read_text(encoding="utf-8")))
        assert named <= known | shared, (path.name, named - known)


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_modules_of_the_regional_report_name_its_own_labels(direction):
    """A pointer of a rare sentence would else stop the report of the one region that has the rare case."""
    regional = numberings(direction).get("regional_context") or numberings(direction).get("regional")
    assert regional is not None
    for path in modules(direction):
        if path.stem.startswith("regional"):
            named = set(LABEL.findall(path.read_text(encoding="utf-8")))
            assert named <= labels(regional), (path.name, named - labels(regional))
