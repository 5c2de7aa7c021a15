"""Regions the tests of the demo look at."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from oko_lib.demo import DemoSummary, Region

SMALL = {"municipalities": 5, "scale": 0.5, "years": (2025, 2026), "seed": 7}


@dataclass(frozen=True)
class Written:
    """A region on disk with what it should contain."""

    region: Region
    summary: DemoSummary
    truth: dict

    @property
    def folder(self) -> Path:
        return self.summary.folder
