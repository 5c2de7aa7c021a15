"""Which layout a sheet has: told by the words of its header, never by the name of the file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from oko_lib.intake.header import HEADER_ROWS, Header, looks_like_header, two_storeys
from oko_lib.intake.layouts.base import Layout
from oko_lib.intake.readers import Sheet
from oko_lib.intake.text import is_blank, shown, tidy


@dataclass(frozen=True)
class NearMiss:
    """The layout that came nearest to a sheet nobody recognised."""

    layout: Layout
    missing: tuple[str, ...]
    found: int


@dataclass(frozen=True)
class Recognised:
    """Result of looking at a sheet.

    Parameters
    ----------
    layout, header
        What was recognised; None when nothing was.
    near : NearMiss or None
        The nearest layout otherwise.
    header_like : str
        First row that looks like a header, for the message.
    """

    layout: Layout | None
    header: Header | None
    near: NearMiss | None = None
    header_like: str = ""


def _best(row_number: int, row: list[object], layouts: Sequence[Layout]):
    best: tuple[Layout, Header] | None = None
    near: NearMiss | None = None
    for layout in layouts:
        header, missing, found = layout.spec.match(row_number, row)
        if header is not None:
            if best is None or header.weight > best[1].weight:
                best = (layout, header)
        elif missing and found and (near is None or (found, -len(missing)) > (near.found, -len(near.missing))):
            near = NearMiss(layout, missing, found)
    return best, near


def recognise(sheet: Sheet, layouts: Sequence[Layout]) -> Recognised:
    """Find the header row of a sheet and the layout it belongs to.

    Parameters
    ----------
    sheet : Sheet
        The sheet.
    layouts : sequence of Layout
        Layouts to try; when several fit one row, the one that understands most columns is meant, and of equals the
        first.
    """
    rows = sheet.rows[:HEADER_ROWS]
    near: NearMiss | None = None
    header_like = ""
    candidates: list[int] = []
    for number, row in enumerate(rows):
        if sum(not is_blank(cell) for cell in row) < 2:
            continue
        candidates.append(number)
        if not header_like and looks_like_header(row):
            filled = [tidy(shown(cell)) for cell in row if not is_blank(cell)]
            header_like = f"строка {number + 1}: " + " | ".join(filled[:12]) + (" | …" if len(filled) > 12 else "")
        best, missed = _best(number, row, layouts)
        if best:
            return Recognised(best[0], best[1])
        if missed and (near is None or (missed.found, -len(missed.missing)) > (near.found, -len(near.missing))):
            near = missed
    # A header of two storeys: the upper row merged over the columns it covers.
    for number in candidates:
        if number + 1 < len(sheet.rows):
            best, _ = _best(number + 1, two_storeys(sheet.rows[number], sheet.rows[number + 1]), layouts)
            if best:
                return Recognised(best[0], best[1])
    return Recognised(None, None, near, header_like)
