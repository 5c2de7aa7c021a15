"""How a foreign table is fitted to the page: font size, column widths, orientation, or a cut into parts."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .font_metrics import text_width
from .table_grid import Grid

PORTRAIT_WIDTH = 467.0  # A4 less 25 + 20 mm of margins, in points, rounded down
LANDSCAPE_WIDTH = 713.0  # 297 mm less 25 + 20 mm
PORTRAIT_SIZES = (8.5, 8.0, 7.5, 7.0)
LANDSCAPE_SIZES = (8.5, 8.0, 7.5, 7.0, 6.5)
CUT_SIZE = 7.5
ROWS_WORTH_TURNING = 24  # these fill two thirds of a landscape page
INSET = 3.5  # on either side of a cell
_SLACK = 1.0  # rounding and kerning
_WORD_CAP = 24  # longer words may break (typst_escape.breakable puts break points there)
_WRAP_NATURAL = 220.0  # a text column wider than this at 8.5 pt is better wrapped than shrunk


@dataclass(frozen=True)
class Layout:
    """A grid (whole or a part) with its font size and column widths in points."""

    grid: Grid
    size: float
    widths: list[float]
    landscape: bool = False


def lay_out(grid: Grid) -> list[Layout]:
    """Return one layout if the table fits a portrait or landscape page, several parts if it does not.

    Unbroken text is preferred to wrapped text, wrapped text to a landscape page, and that to a cut, whose parts repeat
    the index columns. A short table is cut rather than turned: a turned page with three rows on it is an empty page.
    """
    natural, least = _column_widths(grid)
    found = _fit(grid, natural, least, PORTRAIT_WIDTH, PORTRAIT_SIZES)
    if found:
        return [found]
    found = _fit(grid, natural, least, LANDSCAPE_WIDTH, LANDSCAPE_SIZES)
    if found and grid.rows >= ROWS_WORTH_TURNING:
        return [Layout(found.grid, found.size, found.widths, landscape=True)]
    return _cut(grid, least)


def _fit(
    grid: Grid, natural: list[float], least: list[float], available: float, sizes: tuple[float, ...]
) -> Layout | None:
    padding = (2 * INSET + _SLACK) * grid.columns
    for size in sizes:
        if size * sum(natural) + padding <= available:
            return Layout(grid, size, [size * width + 2 * INSET + _SLACK for width in natural])
    wanted = [min(full, max(low, _WRAP_NATURAL / 8.5)) for full, low in zip(natural, least, strict=True)]
    for size in sizes:
        if size * sum(wanted) + padding <= available:
            return Layout(grid, size, _shared(wanted, natural, size, available - padding))
    for size in sizes:
        if size * sum(least) + padding <= available:
            return Layout(grid, size, _shared(least, natural, size, available - padding))
    return None


def _shared(base: list[float], natural: list[float], size: float, available: float) -> list[float]:
    """Give each column its base width and share what is left in proportion to what each still lacks."""
    lacking = [full - low for full, low in zip(natural, base, strict=True)]
    spare = available - size * sum(base)
    share = min(spare / (size * sum(lacking)), 1.0) if sum(lacking) > 0 else 0.0
    return [size * (low + share * lack) + 2 * INSET + _SLACK for low, lack in zip(base, lacking, strict=True)]


def _cut(grid: Grid, least: list[float]) -> list[Layout]:
    index = list(range(grid.index)) if grid.index < grid.columns else []
    size = CUT_SIZE
    widths = [min(size * width + 2 * INSET + _SLACK, PORTRAIT_WIDTH / 2) for width in least]
    room = PORTRAIT_WIDTH - sum(widths[column] for column in index)
    if room < PORTRAIT_WIDTH / 3:  # an index this wide cannot be repeated
        index, room = [], PORTRAIT_WIDTH
    parts: list[list[int]] = [[]]
    used = 0.0
    for column in range(len(index), grid.columns):
        if parts[-1] and used + widths[column] > room:
            parts.append([])
            used = 0.0
        parts[-1].append(column)
        used += widths[column]
    return [Layout(grid.part(index + part), size, [widths[c] for c in index + part]) for part in parts]


def _column_widths(grid: Grid) -> tuple[list[float], list[float]]:
    """Natural width (no line broken) and least width (no word broken) of each column, in em of the table font."""
    natural = [0.5] * grid.columns
    least = [0.5] * grid.columns
    for cell in sorted(grid.cells, key=lambda cell: cell.columns):
        bold = cell.header or cell.row < grid.head
        lines = cell.text.split("\n") or [""]
        full = max(text_width(line, bold=bold) for line in lines)
        words = [word for line in lines for word in _words(line)]
        word = max((text_width(word, bold=bold) for word in words), default=0.0)
        span = range(cell.column, cell.column + cell.columns)
        for widths, need in ((natural, full), (least, word)):
            have = sum(widths[column] for column in span)
            if need > have:
                for column in span:
                    widths[column] += (need - have) / len(span)
    return natural, least


def _words(line: str) -> list[str]:
    # A number keeps together over its thin or plain spaces; a long word counts only as far as its first break point.
    parts = re.split(r"(?<=[^\d\s])\s+|\s+(?=[^\d\s])|(?<=-)(?=\w)|\u200b", line)
    return [part[:_WORD_CAP] for part in parts if part]
