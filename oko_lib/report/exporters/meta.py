"""What a report says about itself on every page and in its file properties."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

DEFAULT_TITLE = "Отчёт"
INTERNAL_MARK = "для служебного пользования"


@dataclass(frozen=True)
class ReportMeta:
    """Running header, footer and document properties of one report.

    Parameters
    ----------
    title, municipality, direction, year : str
        Shown in the running header («municipality · direction · year»); empty parts are left out.
    school : str
        Short name of the school of a report on one school; it comes first in the running header.
    mode_mark : str
        Mark in the footer, «для служебного пользования» for internal reports; empty for public ones.
    fingerprint_short : str
        Short fingerprint in the footer.
    fingerprint : dict of str
        The fingerprint in full, name → value.
    built_on : date
        Also the time stamp inside the PDF, so that equal input gives equal bytes.
    lang : str
        BCP 47 language of the text.
    author : str
        Author in the document properties.
    """

    title: str = DEFAULT_TITLE
    municipality: str = ""
    direction: str = ""
    year: str = ""
    mode_mark: str = INTERNAL_MARK
    fingerprint_short: str = ""
    fingerprint: dict[str, str] = field(default_factory=dict)
    built_on: date = field(default_factory=date.today)
    lang: str = "ru"
    author: str = "Рабочее место ОКО"
    school: str = ""

    @property
    def running_header(self) -> str:
        """«school · municipality · direction · year» without the parts that are not known."""
        return " · ".join(str(part) for part in (self.school, self.municipality, self.direction, self.year) if part)

    @property
    def timestamp(self) -> int:
        """Midnight UTC of ``built_on`` in seconds since 1970."""
        return int(datetime(self.built_on.year, self.built_on.month, self.built_on.day, tzinfo=UTC).timestamp())

    def to_metadata(self) -> dict[str, Any]:
        """Return the form kept in ``nb.metadata["oko"]`` (JSON types only)."""
        return {
            "title": self.title,
            "school": self.school,
            "municipality": self.municipality,
            "direction": self.direction,
            "year": str(self.year),
            "mode_mark": self.mode_mark,
            "fingerprint_short": self.fingerprint_short,
            "fingerprint": dict(self.fingerprint),
            "built_on": self.built_on.isoformat(),
            "lang": self.lang,
            "author": self.author,
        }

    @classmethod
    def from_notebook(cls, nb: Mapping[str, Any], default_title: str = "") -> ReportMeta:
        """Read the meta kept in a notebook; what is missing or unreadable gets its default.

        A notebook without any ``oko`` metadata carries the internal mark: leaving it out must be a decision.
        """
        kept = nb.get("metadata", {}).get("oko", {})
        kept = kept if isinstance(kept, Mapping) else {}
        texts = (
            "title", "school", "municipality", "direction", "year", "mode_mark", "fingerprint_short", "lang", "author",
        )  # fmt: skip
        given: dict[str, Any] = {name: str(kept[name]) for name in texts if kept.get(name) is not None}
        given.setdefault("title", default_title or _first_heading(nb) or DEFAULT_TITLE)
        fingerprint = kept.get("fingerprint")
        if isinstance(fingerprint, Mapping):
            given["fingerprint"] = {str(key): str(value) for key, value in fingerprint.items()}
        with contextlib.suppress(KeyError, ValueError):  # otherwise today, the default
            given["built_on"] = date.fromisoformat(str(kept["built_on"])[:10])
        return cls(**given)


def _first_heading(nb: Mapping[str, Any]) -> str:
    for cell in nb.get("cells", []):
        if cell.get("cell_type") == "markdown":
            for line in str(cell.get("source", "")).splitlines():
                if line.startswith("# "):
                    return line[2:].strip()
    return ""
