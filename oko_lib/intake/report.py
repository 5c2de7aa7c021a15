"""The account of one intake: what became of every file and every row."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

#: What may become of a file.
STATUSES = ("loaded", "unchanged", "failed", "ignored")


@dataclass(frozen=True)
class FileReport:
    """What became of one file.

    Parameters
    ----------
    path : str
        The file.
    layout : str or None
        Recognised layout; None for a file that was not taken.
    read, accepted, quarantined, non_data : int
        Rows; ``read = accepted + quarantined + non_data``. A row counts as read when it stands below the header of a
        recognised table and is not wholly blank.
    load_id : str or None
        Load the rows are in.
    status : str
        ``loaded``, ``unchanged`` (the same content is in the store already), ``failed`` or ``ignored``.
    error : str or None
        Why the file was not taken, and what to do.
    warnings : tuple of str
        What deserves a look though the file was taken.
    """

    path: str
    layout: str | None = None
    read: int = 0
    accepted: int = 0
    quarantined: int = 0
    non_data: int = 0
    load_id: str | None = None
    status: str = "loaded"
    error: str | None = None
    warnings: tuple[str, ...] = ()

    def to_json(self) -> dict[str, object]:
        """Return the stable JSON form."""
        return {
            "path": self.path,
            "layout": self.layout,
            "read": self.read,
            "accepted": self.accepted,
            "quarantined": self.quarantined,
            "non_data": self.non_data,
            "load_id": self.load_id,
            "status": self.status,
            "error": self.error,
            "warnings": list(self.warnings),
        }


@dataclass(frozen=True)
class IngestReport:
    """What became of everything that was given.

    Parameters
    ----------
    files : list of FileReport
        In the order of reading.
    return_workbooks : list of Path
        Workbooks to send back.
    ignored : list of str
        Files in the given folders that are no tables (documents, pictures).
    warnings : list of str
        What concerns the data as a whole: aggregated reports against rows of participants.
    """

    files: list[FileReport]
    return_workbooks: list[Path] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """True when every file was taken."""
        return all(file.error is None for file in self.files)

    def to_json(self) -> dict[str, object]:
        """Return the stable JSON form."""
        return {
            "files": [file.to_json() for file in self.files],
            "return_workbooks": [str(path) for path in self.return_workbooks],
            "ignored": self.ignored,
            "warnings": self.warnings,
        }
