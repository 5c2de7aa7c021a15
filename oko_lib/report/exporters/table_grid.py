"""An HTML table as a grid of cells, with spans checked, ready to be laid out or cut into narrower tables."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from lxml import etree

from .styles import Style

_NUMBER = re.compile(r"^[<>≤≥≈~+\-−–]?\s*[\d\s\u00a0\u202f.,']*\d(?:[eE][+-]?\d+)?\s*(?:%|п\.\s?п\.)?\s*(?:[(±].*)?$")
_ABSENT = {"", "—", "–", "-", "…", "nan", "NaN", "None", "NaT", "<NA>", "м.д.", "inf", "-inf"}
_MAX_SPAN = 1000


@dataclass(frozen=True)
class Cell:
    """One cell: Typst ``markup``, its plain ``text`` (lines by ``\\n``) for measuring, place and size in the grid."""

    markup: str
    text: str
    row: int
    column: int
    rows: int = 1
    columns: int = 1
    header: bool = False
    style: Style = field(default_factory=dict)


@dataclass(frozen=True)
class Grid:
    """Cells without overlaps; ``head`` rows are repeated on every page, ``index`` columns in every part of a cut."""

    cells: list[Cell]
    rows: int
    columns: int
    head: int
    index: int
    caption: str = ""

    def numeric_columns(self) -> list[bool]:
        """Whether the body cells of each column are numbers (at least one, and signs of absence)."""
        seen: list[list[str]] = [[] for _ in range(self.columns)]
        for cell in self.cells:
            if cell.row >= self.head and cell.columns == 1:
                seen[cell.column].append(cell.text.strip())
        return [
            any(_NUMBER.match(text) for text in texts) and all(text in _ABSENT or _NUMBER.match(text) for text in texts)
            for texts in seen
        ]

    def part(self, columns: list[int]) -> Grid:
        """Return the grid of some columns only; cells that span several are narrowed to what is left of them."""
        place = {column: number for number, column in enumerate(columns)}
        kept = []
        for cell in self.cells:
            inside = [place[c] for c in range(cell.column, cell.column + cell.columns) if c in place]
            # A span cut in the middle keeps one piece per run of neighbouring columns.
            for first, length in _runs(inside):
                kept.append(replace(cell, column=first, columns=length))
        return replace(self, cells=kept, columns=len(columns), index=sum(column < self.index for column in columns))


def _runs(numbers: list[int]) -> list[tuple[int, int]]:
    runs: list[tuple[int, int]] = []
    for number in sorted(numbers):
        if runs and runs[-1][0] + runs[-1][1] == number:
            runs[-1] = (runs[-1][0], runs[-1][1] + 1)
        else:
            runs.append((number, 1))
    return runs


Render = Callable[[etree._Element], tuple[str, str]]


def read_grid(table: etree._Element, styles: Mapping[etree._Element, Style], render: Render) -> Grid | None:
    """Read ``<table>`` into a grid.

    Parameters
    ----------
    table : lxml element
    styles : mapping
        Resolved style per element (``Sheet.resolve``).
    render : callable
        Cell element → (Typst markup, plain text).

    Returns
    -------
    Grid or None
        None if the table has no cell to show. Overlapping or endless spans are clamped the way browsers do.
    """
    rows = [row for row in table.iter("tr") if _owner(row) is table]
    rows = [row for row in rows if not _hidden(styles.get(row, {}))]
    heads = [row for row in rows if row.getparent().tag == "thead"] or _leading_heads(rows)
    rows = heads + [row for row in rows if row not in heads]
    taken: set[tuple[int, int]] = set()
    cells: list[Cell] = []
    width = 0
    for number, row in enumerate(rows):
        column = 0
        head_end = len(heads) if number < len(heads) else len(rows)
        row_style = {key: value for key, value in styles.get(row, {}).items() if key != "text-align"}
        for node in row:
            if node.tag not in ("td", "th") or _hidden(styles.get(node, {})):
                continue
            while (number, column) in taken:
                column += 1
            high = min(_span(node, "rowspan"), head_end - number)
            wide = _span(node, "colspan")
            while any((number, column + extra) in taken for extra in range(wide)):
                wide -= 1
            markup, text = render(node)
            style = row_style | styles.get(node, {})
            cells.append(Cell(markup, text, number, column, high, wide, node.tag == "th", style))
            taken.update((number + down, column + right) for down in range(high) for right in range(wide))
            column += wide
            width = max(width, column)
    if not cells:
        return None
    return _closed(Grid(cells, len(rows), width, len(heads), _index_columns(cells, len(heads)), _caption(table)))


def _closed(grid: Grid) -> Grid:
    """Fill holes with empty cells: Typst places cells by order and would move the next one into the hole."""
    covered = {
        (cell.row + down, cell.column + right)
        for cell in grid.cells
        for down in range(cell.rows)
        for right in range(cell.columns)
    }
    holes = [(r, c) for r in range(grid.rows) for c in range(grid.columns) if (r, c) not in covered]
    filled = [*grid.cells, *(Cell("", "", row, column) for row, column in holes)]
    return replace(grid, cells=sorted(filled, key=lambda cell: (cell.row, cell.column)))


def _index_columns(cells: list[Cell], head: int) -> int:
    """Count the leading columns made of ``<th>`` in the body: the index of a frame."""
    body = [cell for cell in cells if cell.row >= head]
    plain = [cell.column for cell in body if not cell.header]
    return min(plain, default=0)


def _leading_heads(rows: list[etree._Element]) -> list[etree._Element]:
    heads = []
    for row in rows:
        tags = {node.tag for node in row if node.tag in ("td", "th")}
        if tags != {"th"} or len(heads) == len(rows) - 1:
            break
        heads.append(row)
    return heads


def _owner(row: etree._Element) -> etree._Element | None:
    parent = row.getparent()
    while parent is not None and parent.tag != "table":
        parent = parent.getparent()
    return parent


def _span(node: etree._Element, name: str) -> int:
    try:
        return min(max(int(node.get(name, "1")), 1), _MAX_SPAN)
    except ValueError:
        return 1


def _hidden(style: Style) -> bool:
    return style.get("display") == "none"


def _caption(table: etree._Element) -> str:
    found = table.find("caption")
    return " ".join("".join(found.itertext()).split()) if found is not None else ""
