"""What came of each report and of the run as a whole."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class ReportStatus(StrEnum):
    """State of a report after a run."""

    BUILT = "built"
    UNCHANGED = "unchanged"
    FAILED = "failed"


@dataclass(frozen=True)
class ReportOutcome:
    """One report after a run.

    Parameters
    ----------
    id : str
        ``2026/reg99_m001/objectivity``.
    municipality : str or None
        Code; None for the region.
    municipality_name : str
        Name of the municipality or the region.
    direction : str
        Name of the direction.
    year : int
        Year of the report.
    status : ReportStatus
        What came of it.
    files : dict of str
        Format → path relative to ``outputs``, with forward slashes.
    seconds : float
        Wall time of this report.
    error : str or None
        What went wrong and what to do, in Russian.
    log : str or None
        Details for a developer, relative to ``outputs``.
    fingerprint : dict of str
        Full fingerprint, with its ``short`` form.
    """

    id: str
    municipality: str | None
    municipality_name: str
    direction: str
    year: int
    status: ReportStatus
    files: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    error: str | None = None
    log: str | None = None
    fingerprint: dict[str, str] = field(default_factory=dict)

    def to_json(self) -> dict[str, object]:
        """Return the stable JSON form of ``oko run --json``."""
        return {
            "id": self.id,
            "municipality": self.municipality,
            "municipality_name": self.municipality_name,
            "direction": self.direction,
            "year": self.year,
            "status": self.status.value,
            "files": self.files,
            "seconds": round(self.seconds, 2),
            "error": self.error,
            "log": self.log,
            "fingerprint": self.fingerprint,
        }


@dataclass(frozen=True)
class RunReport:
    """The run as a whole.

    Parameters
    ----------
    outcomes : tuple of ReportOutcome
        In the order of the plan.
    seconds : float
        Wall time of everything, preparation included.
    index : str
        Page that links all reports of the year, relative to ``outputs``.
    """

    outcomes: tuple[ReportOutcome, ...]
    seconds: float
    index: str

    @property
    def failed(self) -> tuple[ReportOutcome, ...]:
        return tuple(item for item in self.outcomes if item.status is ReportStatus.FAILED)

    @property
    def complete(self) -> bool:
        """True when everything asked for is there."""
        return not self.failed

    def to_json(self) -> dict[str, object]:
        """Return the stable JSON form of ``oko run --json``."""
        return {
            "reports": [item.to_json() for item in self.outcomes],
            "seconds": round(self.seconds, 2),
            "index": self.index,
        }
