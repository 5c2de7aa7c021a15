"""A working place with data for the panels, and a stand-in for ``oko run`` that only keeps the journal."""

import shutil
import sys
from pathlib import Path

import pytest

from oko_lib.settings.workspace import Workspace

TESTS = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def stored(tmp_path_factory):
    sys.path.insert(0, str(TESTS / "batch"))
    from oko_sample_direction import write_store

    root = tmp_path_factory.mktemp("explore")
    write_store(root / "data" / "store")
    return root


@pytest.fixture
def place(stored, tmp_path) -> Workspace:
    root = tmp_path / "рабочая папка"
    shutil.copytree(stored, root)
    return Workspace.at(root)


@pytest.fixture
def program():
    """What the panel starts in place of ``oko``."""
    return (sys.executable, str(Path(__file__).parent / "pretended_run.py"))
