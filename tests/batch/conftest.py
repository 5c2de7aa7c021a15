"""A small working place shared by the batch tests."""

import shutil

import pytest
from oko_sample_direction import write_notebooks, write_store

from oko_lib.settings.workspace import Workspace


@pytest.fixture(scope="session")
def stored(tmp_path_factory):
    root = tmp_path_factory.mktemp("place")
    write_store(root / "data" / "store")
    write_notebooks(root / "notebooks")
    return root


@pytest.fixture
def place(stored, tmp_path, monkeypatch) -> Workspace:
    """A copy of the working place, so that outputs and notebooks may be changed."""
    root = tmp_path / "рабочая папка {1}"
    shutil.copytree(stored, root)
    pids = tmp_path / "pids"
    pids.mkdir()
    monkeypatch.setenv("OKO_TEST_PIDS", str(pids))
    return Workspace.at(root)
