"""Geometry of a table: numbers under each other, column widths, font size, upright or turned page."""

from __future__ import annotations

from dataclasses import dataclass

from oko_lib.report.columns import Cell, ColumnSpec
from oko_lib.report.numbers import DASH
from oko_lib.report.style import LANDSCAPE_WIDTH_MM, MM, TEXT_WIDTH_MM, text_width

#: More columns than this do not fit an upright page in a readable size.
MAX_PORTRAIT_COLUMNS = 9
INSET = 4.0  # points on either side of a cell
SIZES = (9.0, 8.5, 8.0, 7.5)
_HEADER_LINES = 3
_MOST_SPARE = 50.0


@dataclass(frozen=True)
class Segment:
    """A piece of a cell's text; a hidden one only keeps its room."""

    text: str
    hidden: bool = False
    muted: bool = False


def segments(cells: list[Cell], column: ColumnSpec) -> list[list[Segment]]:
    """Return the cells of a column cut so that decimal commas of values and bounds stand under each other.

    Digits of PT Sans have one width, so hidden digits before a shorter bound fill it to the longest of the column.
    """
    longest_low = max((item.low for item in cells), key=len, default="")
    longest_high = max((item.high for item in cells), key=len, default="")
    if not longest_low or column.side != "right":
        return [[Segment(item.text)] for item in cells]
    return [_aligned(item, longest_low, longest_high) for item in cells]


def _aligned(item: Cell, longest_low: str, longest_high: str) -> list[Segment]:
    if not item.has_interval:
        return [Segment(item.value), Segment(f" ({longest_low}{DASH}{longest_high})", hidden=True)]
    opening, join, closing = item.text.removeprefix(item.value)[:2], item.text[-len(item.high) - 2], ")"
    parts = [
        Segment(item.value),
        Segment(opening, muted=True),
        Segment(longest_low[: len(longest_low) - len(item.low)], hidden=True),
        Segment(item.low + join, muted=True),
        Segment(longest_high[: len(longest_high) - len(item.high)], hidden=True),
        Segment(item.high + closing, muted=True),
    ]
    return [part for part in parts if part.text]


@dataclass(frozen=True)
class Geometry:
    """How a table is set: font size and column widths in points, and whether the page is turned."""

    size: float
    widths: tuple[float, ...]
    wide: bool


def geometry(
    columns: list[ColumnSpec], printed: list[list[list[Segment]]], bold_last: bool, wide: bool | None
) -> Geometry:
    """Return the geometry of a table.

    Parameters
    ----------
    columns : list of ColumnSpec
        The columns.
    printed : list (columns) of list (rows) of list of Segment
        Cells as cut by :func:`segments`.
    bold_last : bool
        The last row is a bold total row.
    wide : bool, optional
        Turn the page; None lets the content decide.
    """
    if wide is None and len(columns) > MAX_PORTRAIT_COLUMNS:
        wide = True
    turns = [False, True] if wide is None else [wide]
    measured = [_measured(column, cells, bold_last) for column, cells in zip(columns, printed, strict=True)]
    for turned in turns:
        room = (LANDSCAPE_WIDTH_MM if turned else TEXT_WIDTH_MM) * MM - 2 * INSET * len(columns)
        for size in SIZES:
            needs = [_need(column, widths, size) for column, widths in zip(columns, measured, strict=True)]
            if sum(least for least, _ in needs) <= room:
                return Geometry(size, _shared(needs, room), turned)
    # Nothing fits: the smallest size, every column cut in proportion; long words are then hyphenated or broken.
    total = sum(least for least, _ in needs)
    return Geometry(SIZES[-1], tuple(least * room / total for least, _ in needs), turns[-1])


@dataclass(frozen=True)
class _Measured:
    """The widest things of a column at 100 points; widths grow with the size, so they are measured once."""

    cell: float
    cell_word: float
    header: float
    header_word: float


def _measured(column: ColumnSpec, cells: list[list[Segment]], bold_last: bool) -> _Measured:
    texts = ["".join(part.text for part in cell) for cell in cells]
    last = len(texts) - 1
    words = [word for title in (column.header, column.group) for word in title.split(" ")]
    # A column's cells repeat: shares of nothing, «м.д.», names of subjects.
    plain = set(texts[:-1] if bold_last else texts)
    left = column.side == "left"
    return _Measured(
        cell=max(
            (*(text_width(text, 100) for text in plain), *((text_width(texts[last], 100, True),) if bold_last else ())),
            default=0.0,
        ),
        cell_word=max((text_width(word, 100) for text in set(texts) for word in text.split(" ")), default=0.0)
        if left
        else 0.0,
        header=text_width(column.header, 100, bold=True),
        header_word=max(text_width(word, 100, bold=True) for word in words),
    )


def _need(column: ColumnSpec, measured: _Measured, size: float) -> tuple[float, float]:
    """Least and best width of a column."""
    cell_max, header_word = measured.cell * size / 100, measured.header_word * size / 100
    header = max(header_word, measured.header * size / 100 / _HEADER_LINES * 1.15)
    if column.side == "left":
        # A text column may be narrow only as far as its cells stay within about three lines.
        least = max(header_word, measured.cell_word * size / 100, min(cell_max, 60.0), cell_max / 3)
        return least + 1.5, max(cell_max, header, least) + 1.5
    return max(cell_max, header) + 1.5, max(cell_max, header) + 1.5


def _shared(needs: list[tuple[float, float]], room: float) -> tuple[float, ...]:
    """Give every column its least width, then what it wants, then some of the rest.

    A small table is not stretched over the page: the eye would lose the row between its first and last column.
    """
    widths = [least for least, _ in needs]
    wishes = [best - least for least, best in needs]
    left = room - sum(widths)
    if sum(wishes) > left:
        return tuple(width + wish * left / sum(wishes) for width, wish in zip(widths, wishes, strict=True))
    widths = [best for _, best in needs]
    spare = min((room - sum(widths)) / len(widths), _MOST_SPARE)
    return tuple(width + spare for width in widths)
