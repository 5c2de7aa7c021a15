"""Direction «Quality of training» (sections 1.1.1-1.1.4 of the indicators)."""

from __future__ import annotations

from oko_lib.indicators.session import open_session, pin
from oko_lib.indicators.training_quality.region import TABLES, region_quality
from oko_lib.settings.training_quality_norms import load_training_quality_norms
from oko_lib.settings.workspace import Workspace
from oko_lib.store import Snapshot


def prepare(workspace: Workspace, snapshot: Snapshot, year: int) -> None:
    """Compute once what all reports of a run share: forked reports find it ready."""
    pin(workspace.root, snapshot)
    region_quality(open_session(workspace.root, year=year, norms=load_training_quality_norms, tables=TABLES))
