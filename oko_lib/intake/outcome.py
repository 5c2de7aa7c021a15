"""What reading one file gives, before anything is stored; travels between processes."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa

from oko_lib.intake.drafts import Sightings


@dataclass
class Outcome:
    """Result of reading one file.

    Parameters
    ----------
    path : Path
        The file.
    content_hash : str
        SHA-256 of its bytes; empty when they could not be read.
    layout : str or None
        Recognised layout (several joined by ``+``).
    rank : int
        Seniority of the layout.
    read, accepted, quarantined, non_data : int
        Rows.
    tables : dict of str to pyarrow.Table
        Accepted rows.
    quarantine : pyarrow.Table or None
        Cells of quarantined rows.
    error : str or None
        Why the file was not taken.
    warnings : list of str
        What deserves a look.
    sightings : Sightings
        Schools and municipalities named.
    works : dict
        (year, grade, subject, login) → accepted rows of participants.
    touched : set
        (year, grade, subject) of the rows of participants and of aggregated reports.
    return_part : Path or None
        Return workbook, not yet under its final name.
    size : int
        Bytes of the file.
    pupil_secret : str or None
        Fingerprint of the secret with which keys of pupils were made, None when none was.
    """

    path: Path
    content_hash: str = ""
    layout: str | None = None
    rank: int = 1
    read: int = 0
    accepted: int = 0
    quarantined: int = 0
    non_data: int = 0
    tables: dict[str, pa.Table] = field(default_factory=dict)
    quarantine: pa.Table | None = None
    error: str | None = None
    warnings: list[str] = field(default_factory=list)
    sightings: Sightings = field(default_factory=Sightings)
    works: dict[tuple[int, int, str, str], int] = field(default_factory=dict)
    touched: set[tuple[int, int, str]] = field(default_factory=set)
    return_part: Path | None = None
    size: int = 0
    pupil_secret: str | None = None
