"""Regions shared by the tests of the demo: one large in memory, one small on disk."""

from __future__ import annotations

import json

import pytest
from demo_samples import SMALL, Written

from oko_lib.demo import Region, make_demo, simulate
from oko_lib.intake import IngestReport, ingest
from oko_lib.settings.workspace import Workspace
from oko_lib.store import Store
from oko_lib.store.snapshot import Snapshot


@pytest.fixture(scope="session")
def large() -> Region:
    """About 1000 schools, two years: statistics of the model are stable here."""
    return simulate(Workspace.at(), municipalities=61, years=(2025, 2026))


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> Written:
    workspace = Workspace.at(tmp_path_factory.mktemp("demo"))
    summary = make_demo(workspace, **SMALL)
    return Written(simulate(workspace, **SMALL), summary, json.loads(summary.truth.read_text(encoding="utf-8")))


@pytest.fixture(scope="session")
def taken(written: Written, tmp_path_factory: pytest.TempPathFactory) -> tuple[IngestReport, Snapshot]:
    """The small region taken in: what intake says of it, and the store."""
    workspace = Workspace.at(tmp_path_factory.mktemp("taken"))
    report = ingest([written.folder], workspace)
    return report, Store(workspace.store).snapshot()
