"""Intake: raw files → accepted rows + quarantined rows; nothing disappears.

``ingest`` takes files in; ``cross_check`` compares aggregated reports with rows of participants. What counts as a
read row and how duplicates are judged is written in ``docs/ru/mapping_example.md`` and in :mod:`oko_lib.intake.drafts`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from oko_lib.intake.crosscheck import cross_check
    from oko_lib.intake.options import IntakeOptions
    from oko_lib.intake.report import FileReport, IngestReport
    from oko_lib.intake.taking import ingest

__all__ = ["FileReport", "IngestReport", "IntakeOptions", "cross_check", "ingest"]

_HOMES = {
    "ingest": "oko_lib.intake.taking",
    "cross_check": "oko_lib.intake.crosscheck",
    "IntakeOptions": "oko_lib.intake.options",
    "FileReport": "oko_lib.intake.report",
    "IngestReport": "oko_lib.intake.report",
}


def __getattr__(name: str) -> object:
    # Names are fetched when asked for: a reading process must not pay for the store and pandas at its start.
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__} has no attribute {name}")
