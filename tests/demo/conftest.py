"""Regions shared by the tests of the demo: one large in memory, one small on disk."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from demo_samples import SMALL, Written
from made_once import made_once

from oko_lib.demo import DemoSummary, Region, make_demo, simulate
from oko_lib.intake import IngestReport, ingest
from oko_lib.settings.workspace import Workspace
from oko_lib.store import Store
from oko_lib.store.snapshot import Snapshot


@pytest.fixture(scope="session")
def large() -> Region:
    """About 1000 schools, two years: statistics of the model are stable here."""
    return simulate(Workspace.at(), municipalities=61, years=(2025, 2026))


@pytest.fixture(scope="session")
def usual() -> Region:
    """The region of the command without arguments: its planted truths are what reports are tried on."""
    return simulate(Workspace.at())


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> Written:
    """A small region on disk; only looked at."""

    def write(folder: Path) -> DemoSummary:
        folder.mkdir()
        return make_demo(Workspace.at(folder), **SMALL)

    summary = made_once(tmp_path_factory, "written region", write)
    return Written(simulate(Workspace.at(), **SMALL), summary, json.loads(summary.truth.read_text(encoding="utf-8")))


@pytest.fixture(scope="session")
def taken(written: Written, tmp_path_factory: pytest.TempPathFactory) -> tuple[IngestReport, Snapshot]:
    """The small region taken in: what intake says of it, and the store."""

    def take(folder: Path) -> tuple[IngestReport, Path]:
        folder.mkdir()
        workspace = Workspace.at(folder)
        return ingest([written.folder], workspace), workspace.store

    report, store = made_once(tmp_path_factory, "taken region", take)
    return report, Store(store).snapshot()
