"""Direction «Objectivity of ВПР» (sections 1.1.4 and 2.1 of the indicators)."""

from __future__ import annotations

from oko_lib.indicators.objectivity.region import region_objectivity
from oko_lib.indicators.session import open_session, pin
from oko_lib.settings.workspace import Workspace
from oko_lib.store import Snapshot


def prepare(workspace: Workspace, snapshot: Snapshot, year: int) -> None:
    """Compute once what all reports of a run share: forked reports find it ready."""
    pin(workspace.root, snapshot)
    region_objectivity(open_session(workspace.root, year=year))
