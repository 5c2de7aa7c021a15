"""Which layout a sheet has: told by the words of its header, never by the name of the file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from oko_lib.intake import wording
from oko_lib.intake.header import HEADER_ROWS, Header, looks_like_header, two_storeys
from oko_lib.intake.layouts.base import Layout
from oko_lib.intake.readers import Sheet
from oko_lib.intake.text import is_blank, shown, tidy, title
from oko_lib.intake.veil import KnownWords

#: Headings to remember: enough for a region's files, little enough not to grow with their data.
_MEMORY = 20_000


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


class Recogniser:
    """Finds headers of the given layouts.

    Rows are first judged by their required headings alone, looked up in a memory of headings met before: of the forty
    rows and twenty layouts of every sheet next to none is then tried in earnest.

    Parameters
    ----------
    layouts : sequence of Layout
        Layouts to try; when several fit one row, the one that understands most columns is meant, and of equals the
        first.
    known_words : KnownWords
        Words that may be quoted from a row that looks like a header: it may be a row of names.
    """

    def __init__(self, layouts: Sequence[Layout], known_words: KnownWords) -> None:
        self._layouts = tuple(layouts)
        self._known_words = known_words
        self._needed = [len(layout.spec.required) for layout in self._layouts]
        self._met: dict[str, tuple[tuple[int, int], ...]] = {}
        self._rows: dict[tuple[object, ...], tuple[tuple[Layout, Header] | None, _Hint | None]] = {}

    def _fitting(self, heading: str) -> tuple[tuple[int, int], ...]:
        """Return (layout, required field) pairs a heading fits."""
        known = self._met.get(heading)
        if known is None:
            known = tuple(
                (number, place)
                for number, layout in enumerate(self._layouts)
                for place, field in enumerate(layout.spec.required)
                if field.fits(heading)
            )
            if len(self._met) < _MEMORY:
                self._met[heading] = known
        return known

    def _best(self, row_number: int, row: list[object]) -> tuple[tuple[Layout, Header] | None, _Hint | None]:
        """Return the layout and header of a row, or else what came nearest; headings of one kind of file repeat."""
        if bool in map(type, row):  # TRUE equals 1 for a memory, not for a reader
            return self._judge(row_number, row)
        key = tuple(row)
        if key not in self._rows:
            if len(self._rows) >= _MEMORY // 10:
                self._rows.clear()
            self._rows[key] = self._judge(row_number, row)
        best, hint = self._rows[key]
        return (best[0], replace(best[1], row=row_number)) if best else None, hint

    def _judge(self, row_number: int, row: list[object]) -> tuple[tuple[Layout, Header] | None, _Hint | None]:
        found: dict[int, set[int]] = {}
        for cell in row:
            if isinstance(cell, str) and cell:
                for number, place in self._fitting(title(cell)):
                    found.setdefault(number, set()).add(place)
        best: tuple[Layout, Header] | None = None
        hint: _Hint | None = None
        for number in sorted(found):
            layout, places = self._layouts[number], len(found[number])
            header = None
            if places == self._needed[number]:
                header, _, _ = layout.spec.match(row_number, row)
            if header is None:
                share = (places / self._needed[number], places)
                if hint is None or share > hint.share:
                    hint = _Hint(share, layout, row_number, row)
            elif best is None or header.weight > best[1].weight:
                best = (layout, header)
        return best, hint

    def _quoted(self, row: list[object]) -> str:
        """Return the headings of a row that may be quoted: in a sheet without a header its first row names a child."""
        filled = [tidy(shown(cell)) for cell in row if not is_blank(cell)]
        texts = [text if self._known_words.covers(text) else "…" for text in filled[:12]]
        if set(texts) == {"…"}:
            return f"{wording.count(len(filled), 'ячейка', 'ячейки', 'ячеек')} с незнакомыми словами"
        return " | ".join(texts) + (" | …" if len(filled) > 12 else "")

    def recognise(self, sheet: Sheet) -> Recognised:
        """Find the header row of a sheet and the layout it belongs to."""
        hint: _Hint | None = None
        header_like = ""
        candidates: list[int] = []
        for number, row in enumerate(sheet.rows[:HEADER_ROWS]):
            if sum(isinstance(cell, str) and bool(cell) for cell in row) < 2:
                continue
            candidates.append(number)
            if not header_like and looks_like_header(row):
                header_like = f"строка {number + 1}: {self._quoted(row)}"
            best, missed = self._best(number, row)
            if best:
                return Recognised(*best)
            if missed and (hint is None or missed.share > hint.share):
                hint = missed
        # A header of two storeys: the upper row merged over the columns it covers.
        for number in candidates:
            if number + 1 < len(sheet.rows):
                best, _ = self._best(number + 1, two_storeys(sheet.rows[number], sheet.rows[number + 1]))
                if best:
                    return Recognised(*best)
        return Recognised(None, None, hint.miss() if hint else None, header_like)


@dataclass(frozen=True)
class _Hint:
    """A row with some of a layout's required headings."""

    share: tuple[float, int]
    layout: Layout
    row_number: int
    row: list[object]

    def miss(self) -> NearMiss:
        _, missing, found = self.layout.spec.match(self.row_number, self.row)
        return NearMiss(self.layout, missing, found)
