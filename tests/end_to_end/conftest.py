"""The demo region, made and taken in once for all tests of the whole path."""

import json

import pytest
from oko_command import oko

from oko_lib.cli.main import run


@pytest.fixture(scope="session")
def root(tmp_path_factory):
    folder = tmp_path_factory.mktemp("путь с пробелом")
    assert run(["demo", "--root", str(folder)]) == 0
    return folder


@pytest.fixture(scope="session")
def truth(root):
    return json.loads((root / "data" / "demo_truth.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def taken(root):
    return oko("ingest", str(root / "data" / "raw"), "--root", str(root))
