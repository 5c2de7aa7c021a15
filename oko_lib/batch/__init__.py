"""Building reports: plan → execute (papermill) → export → verify → journal.

The names are loaded on first use: papermill imports a module of this package whenever papermill itself is imported.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

_HOMES = {
    "DIRECTIONS": "directions",
    "Direction": "directions",
    "Plan": "plan",
    "ReportOutcome": "outcomes",
    "ReportSpec": "spec",
    "ReportStatus": "outcomes",
    "RunOptions": "run",
    "RunReport": "outcomes",
    "Selection": "plan",
    "direction": "directions",
    "plan_reports": "plan",
    "run_reports": "run",
}

__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
