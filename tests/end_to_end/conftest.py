"""The demo region, made and taken in once for all tests of the whole path."""

import json
import shutil

import pytest
from made_once import made_once
from oko_command import oko

from oko_lib.cli.main import run


def demo_taken_in(folder):
    assert run(["demo", "--root", str(folder)]) == 0
    return str(folder), oko("ingest", str(folder / "data" / "raw"), "--root", str(folder))


@pytest.fixture(scope="session")
def demo(tmp_path_factory):
    """Folder of the demo region, and what the command said when it took the region in."""
    return made_once(tmp_path_factory, "demo region", demo_taken_in)


@pytest.fixture(scope="session")
def root(demo, tmp_path_factory):
    """A copy for each process of pytest: of two runs into one folder the second is refused."""
    folder = tmp_path_factory.mktemp("copy") / "путь с пробелом"
    shutil.copytree(demo[0], folder)
    return folder


@pytest.fixture(scope="session")
def truth(root):
    return json.loads((root / "data" / "demo_truth.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def taken(demo):
    return demo[1]
