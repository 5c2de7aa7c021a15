"""What came of each report and of the run as a whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import Any

from oko_lib.report.names import short_school


class ReportStatus(StrEnum):
    """State of a report after a run."""

    BUILT = "built"
    UNCHANGED = "unchanged"
    FAILED = "failed"
    #: In a dry run only: would be built.
    PLANNED = "planned"


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
    school, school_name : str or None
        Identifier and full name of the school of a report on one school.
    reason : str
        Why it was built or why not, in Russian: «новый», «изменились данные», «ничего не изменилось».
    note : str or None
        What the reader should know of the files: the present one was open in another program, for instance.
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
    school: str | None = None
    school_name: str | None = None
    reason: str = ""
    note: str | None = None

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> ReportOutcome:
        """Return the outcome :meth:`to_json` has written, also one of an earlier version with fewer fields."""
        names = {entry.name for entry in fields(cls)}
        values = {name: value for name, value in content.items() if name in names}
        return cls(**{**values, "status": ReportStatus(values["status"])})

    @property
    def title(self) -> str:
        """Whom it is about, for people: «город Северск» or «СОШ № 5, город Северск»."""
        parts = (short_school(self.school_name) if self.school_name else "", self.municipality_name)
        return ", ".join(part for part in parts if part)

    def to_json(self) -> dict[str, object]:
        """Return the stable JSON form of ``oko run --json``."""
        return {
            "id": self.id,
            "municipality": self.municipality,
            "municipality_name": self.municipality_name,
            "school": self.school,
            "school_name": self.school_name,
            "direction": self.direction,
            "year": self.year,
            "status": self.status.value,
            "files": self.files,
            "seconds": round(self.seconds, 2),
            "error": self.error,
            "reason": self.reason,
            "note": self.note,
            "log": self.log,
            "fingerprint": self.fingerprint,
        }


@dataclass(frozen=True)
class Skipped:
    """What was asked for wholesale and left out for want of data.

    Parameters
    ----------
    direction : str
        Name of the direction.
    reason : str
        What there is not, in Russian.
    whom : tuple of str
        Names of municipalities and schools, one per report.
    """

    direction: str
    reason: str
    whom: tuple[str, ...]

    def to_json(self) -> dict[str, object]:
        """Return the stable JSON form of ``oko run --json``."""
        return {"direction": self.direction, "reason": self.reason, "reports": list(self.whom)}


@dataclass(frozen=True)
class Problem:
    """Something that kept reports from being planned at all.

    Parameters
    ----------
    direction : str
        Name of the direction.
    error : str
        What went wrong and what to do, in Russian.
    details : str
        Traceback for a developer.
    log : str or None
        Where the details were written, relative to ``outputs``.
    """

    direction: str
    error: str
    details: str = ""
    log: str | None = None

    def to_json(self) -> dict[str, object]:
        """Return the stable JSON form of ``oko run --json``."""
        return {"direction": self.direction, "error": self.error, "log": self.log}


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
    skipped : tuple of Skipped
        What the data did not allow.
    problems : tuple of Problem
        What kept reports from being planned.
    stopped : bool
        Somebody has asked the run to end before everything was built.
    """

    outcomes: tuple[ReportOutcome, ...]
    seconds: float
    index: str
    skipped: tuple[Skipped, ...] = ()
    problems: tuple[Problem, ...] = ()
    stopped: bool = False

    @property
    def failed(self) -> tuple[ReportOutcome, ...]:
        return tuple(item for item in self.outcomes if item.status is ReportStatus.FAILED)

    @property
    def complete(self) -> bool:
        """True when everything asked for is there."""
        return not self.failed and not self.problems and not self.stopped

    def to_json(self) -> dict[str, object]:
        """Return the stable JSON form of ``oko run --json``."""
        return {
            "reports": [item.to_json() for item in self.outcomes],
            "seconds": round(self.seconds, 2),
            "index": self.index,
            "skipped": [item.to_json() for item in self.skipped],
            "problems": [item.to_json() for item in self.problems],
            "stopped": self.stopped,
        }
