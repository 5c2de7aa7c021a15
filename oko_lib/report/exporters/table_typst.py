"""A laid-out grid as Typst markup."""

from __future__ import annotations

from ..typst_escape import escape
from . import styles
from .table_grid import Cell, Grid
from .table_layout import Layout, lay_out

ROWS_KEPT_TOGETHER = 12
_ALIGN = {"left": "left", "right": "right", "center": "center", "start": "left", "end": "right"}


def table_markup(grid: Grid) -> tuple[str, bool]:
    """Return Typst markup of a foreign table and whether it needs a landscape page."""
    layouts = lay_out(grid)
    parts = [_one(layout) for layout in layouts]
    caption = ""
    if grid.caption:
        caption = (
            f"#block(above: 10pt, below: 5pt, sticky: true, text(font: sans, size: 9pt)[{escape(grid.caption)}])\n"
        )
    return caption + "\n\n".join(parts), any(layout.landscape for layout in layouts)


def _one(layout: Layout) -> str:
    grid = layout.grid
    numeric = grid.numeric_columns()
    widths = ", ".join(f"{width:.1f}pt" for width in layout.widths)
    head = [_cell(cell, numeric, grid.head) for cell in grid.cells if cell.row < grid.head]
    body = [_cell(cell, numeric, grid.head) for cell in grid.cells if cell.row >= grid.head]
    # Rules: strong under the header, hair lines under rows, none between columns.
    last = max(grid.head - 1, 0)
    stroke = f"(x, y) => (bottom: if y == {last} {{ 0.8pt + accent }} else {{ 0.3pt + hairline }})"
    whole = ", breakable: false" if grid.rows <= ROWS_KEPT_TOGETHER else ""
    lines = [f"#block(above: 8pt, below: 10pt{whole}, {{", f"show table: set text(size: {layout.size:g}pt)", "table("]
    lines += [f"  columns: ({widths},),", f"  inset: (x: 3.5pt, y: 2.6pt), stroke: {stroke},"]
    if head:
        lines.append("  table.header(" + ", ".join(head) + "),")
    lines += [f"  {cell}," for cell in body]
    return "\n".join([*lines, ")})"])


def _cell(cell: Cell, numeric: list[bool], head: int) -> str:
    options = [f"x: {cell.column}", f"y: {cell.row}"]
    if cell.rows > 1:
        options.append(f"rowspan: {cell.rows}")
    if cell.columns > 1:
        options.append(f"colspan: {cell.columns}")
    in_head = cell.row < head
    is_number = cell.columns == 1 and numeric[cell.column]
    default = "center" if cell.columns > 1 else "right" if is_number else "left"
    align = _ALIGN.get(cell.style.get("text-align", ""), default)
    # pandas right-aligns everything, text too; a column is aligned by what is in it unless its author says otherwise.
    options.append(f"align: {align} + {'bottom' if in_head else 'top'}")
    fill = _fill(cell.style)
    if fill:
        options.append(f"fill: {fill}")
    content = f"[{cell.markup}]"
    tint = styles.colour(cell.style.get("color"))
    text_options = []
    if tint:
        text_options.append(f"fill: {_rgb(tint)}")
    weight = cell.style.get("font-weight", "")
    if in_head or cell.header or weight in ("bold", "bolder", "600", "700", "800", "900"):
        text_options.append('weight: "bold"')
    if cell.style.get("font-style") == "italic":
        text_options.append('style: "italic"')
    if cell.style.get("visibility") == "hidden":
        content = "[]"
    if text_options and cell.markup:
        content = f"text({', '.join(text_options)}, {content})"
    return f"table.cell({', '.join(options)}, {content})"


def _fill(style: styles.Style) -> str:
    stops = styles.bar(style)
    plain = styles.background(style)
    if stops:
        under = _rgb(plain) if plain else "white"
        listed = ", ".join(f"({_rgb(tint) if tint else under}, {at * 100:.2f}%)" for tint, at in stops)
        return f"gradient.linear({listed})"
    return _rgb(plain) if plain else ""


def _rgb(tint: styles.Rgba) -> str:
    red, green, blue, alpha = (round(channel * 255) for channel in tint)
    return f'rgb("#{red:02x}{green:02x}{blue:02x}{alpha:02x}")'
