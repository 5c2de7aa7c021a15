"""Names of schools for tables and short labels for figures, the same in every direction."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from oko_lib.report.names import short_school, strip_code


def school_names(register: Mapping[str, str], schools: Iterable[str]) -> dict[str, str]:
    """Return school → full name without its code; the identifier where the register has no name."""
    # A register of the region is a column of a frame: asked school by school it takes a hundred times as long.
    known = dict(register.items())
    return {school: strip_code(str(known.get(school, school))) for school in schools}


def short_labels(names: Mapping[str, str]) -> dict[str, str]:
    """Return school → short label; labels that repeat carry the identifier."""
    short = {school: short_school(name) for school, name in names.items()}
    repeated = {label for label, n in Counter(short.values()).items() if n > 1}
    return {school: f"{label} ({school})" if label in repeated else label for school, label in short.items()}
