"""Direction «Talent»: finding, supporting and developing abilities (sections 1.3.1-1.3.12, 1.1.5 of the indicators)."""

from __future__ import annotations

from oko_lib.indicators.session import open_session, pin
from oko_lib.indicators.talent.region import TABLES, region_talent
from oko_lib.settings.talent_norms import load_talent_norms
from oko_lib.settings.workspace import Workspace
from oko_lib.store import Snapshot


def prepare(workspace: Workspace, snapshot: Snapshot, year: int) -> None:
    """Compute once what all reports of a run share: forked reports find it ready."""
    pin(workspace.root, snapshot)
    region_talent(open_session(workspace.root, year=year, norms=load_talent_norms, tables=TABLES))
