"""A small demo region taken in through the real intake, made once for all tests of panels."""

import shutil
from pathlib import Path

import pytest
from made_once import made_once

from oko_lib.demo import make_demo
from oko_lib.intake import ingest
from oko_lib.settings.workspace import Workspace


def taken_in(folder: Path) -> str:
    """Make two municipalities of one year and take their files in; return the folder."""
    workspace = Workspace.at(folder)
    ingest([make_demo(workspace, municipalities=2, scale=0.3, years=(2026,)).folder], workspace)
    return str(folder)


def demo_root(factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the region; it is only read."""
    return Path(made_once(factory, "explored demo", taken_in))


def demo_copy(factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the region that may be written to, with a space and Cyrillic letters in its path."""
    folder = factory.mktemp("demo") / "рабочая папка"
    shutil.copytree(demo_root(factory), folder)
    return folder
