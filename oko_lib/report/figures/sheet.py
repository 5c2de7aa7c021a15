"""A figure laid out like a table: one row per school or measure, columns of text beside panels with marks.

All places are in points: x from the left edge of the text, y downwards from the top of the first row.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch
from matplotlib.path import Path

from oko_lib.report import palette
from oko_lib.report.figures.parts import MARKERS, Key, key_height, key_line
from oko_lib.report.figures.theme import NORMAL, SMALL, TALLEST_IN, axes, canvas
from oko_lib.report.numbers import for_figure, is_missing
from oko_lib.report.style import wrapped

#: Distance of text lines and air of a row.
LINE, AIR = 10.0, 5.0
_AXIS_ROOM = 17.0


@dataclass(frozen=True)
class Sheet:
    """Rows of a figure.

    Parameters
    ----------
    figure : Figure
        To be handed out.
    page : Axes
        The rows over the whole width, in points; carries the text.
    tops : tuple of float
        Upper edges of the rows, and the lower edge of the last one.
    bottom : float
        Room below the rows.
    """

    figure: Figure
    page: Axes
    tops: tuple[float, ...]
    bottom: float

    @property
    def middles(self) -> list[float]:
        """Where the rows' marks stand."""
        return [(top + below) / 2 for top, below in zip(self.tops[:-1], self.tops[1:], strict=True)]

    @property
    def width(self) -> float:
        """Width of the text in points."""
        return self.figure.get_figwidth() * 72

    def write(self, x: float, y: float, text: str, align: Literal["left", "right", "center"] = "left", **style) -> None:
        """Write `text` around the height `y`, line by line: matplotlib centres words and digits differently."""
        lines = for_figure(text).split("\n")
        size = style.setdefault("fontsize", SMALL)
        for number, line in enumerate(lines):
            at = y + (number - (len(lines) - 1) / 2) * LINE + 0.35 * size
            self.page.text(x, at, line, ha=align, va="baseline", **style)

    def head(self, x: float, text: str, align: Literal["left", "right", "center"] = "left") -> None:
        """Write the heading of a column above the first row; its last line stands on the rule."""
        for number, line in enumerate(reversed(for_figure(text).split("\n"))):
            style = {"fontsize": SMALL, "color": palette.MUTED}
            self.page.text(x, -4 - number * LINE, line, ha=align, va="baseline", **style)

    def rules(self, at: Sequence[float], colour: str = palette.RULE_LIGHT) -> None:
        """Draw lines between rows over the whole width."""
        self.page.hlines(list(at), 0, self.width, color=colour, linewidth=0.6, zorder=1)

    def panel(self, left: float, width: float, x_range: tuple[float, float]) -> Axes:
        """Return axes beside the text, the same rows, values from `x_range`."""
        ax = axes(self.figure, left, self.bottom, width, self.tops[-1])
        ax.set_facecolor("none")
        ax.set_xlim(*x_range)
        ax.set_ylim(self.tops[-1], 0)
        ax.set_yticks([])
        ax.spines["left"].set_visible(False)
        ax.grid(axis="x")
        return ax


def sheet(
    heights: Sequence[float], keys: Sequence[Key], head_lines: int, what: str, axis_room: float = _AXIS_ROOM
) -> Sheet:
    """Return an empty :class:`Sheet` with its key line; call it inside :func:`oko_lib.report.figures.theme.theme`.

    Parameters
    ----------
    heights : sequence of float
        Heights of the rows in points.
    keys : sequence of Key
        Key line above everything; may be empty.
    head_lines : int
        Lines of the longest column heading.
    what : str
        Name of the figure for the refusal of too many rows.
    axis_room : float
        Room for the ticks below.

    Raises
    ------
    ValueError
        If the rows do not fit on a page.
    """
    tops = (0.0, *accumulate(heights))
    above = (key_height(keys, 0) if keys else 0.0) + head_lines * LINE + 4
    height = above + tops[-1] + axis_room
    if height > TALLEST_IN * 72:
        raise ValueError(f"{what}: {len(heights)} строк не помещаются на странице. Разделите их на несколько рисунков.")
    figure = canvas(height / 72)
    key_line(figure, keys, 0)
    page = axes(figure, 0, axis_room, figure.get_figwidth() * 72, tops[-1])
    page.set_xlim(0, figure.get_figwidth() * 72)
    page.set_ylim(tops[-1], 0)
    page.axis("off")
    made = Sheet(figure, page, tops, axis_room)
    made.rules([0.0], palette.RULE)
    return made


def names_in_rows(
    names: Sequence[object], width: float, *, lines: int = 2, size: float = NORMAL, least: float = 15.0, room: float
) -> tuple[list[str], list[float]]:
    """Break names into lines and give each row its height.

    Parameters
    ----------
    names : sequence
        Long ones take up to `lines` lines; when the rows then need more than `room`, all are cut to one line.
    width, size : float
        Of the column and its letters, points.
    least : float
        Height of a row with one line.
    room : float
        Height the page has for the rows.
    """
    for most in range(lines, 0, -1):
        broken = [wrapped(for_figure(" ".join(str(name).split())), width, size, lines=most) for name in names]
        heights = [max(least, len(parts) * LINE + AIR) for parts in broken]
        if sum(heights) <= room:
            break
    return ["\n".join(parts) for parts in broken], heights


def room_for_rows(keys: Sequence[Key], head_lines: int) -> float:
    """Height a page has for rows, points."""
    return TALLEST_IN * 72 - (key_height(keys, 0) if keys else 0.0) - head_lines * LINE - 4 - _AXIS_ROOM


def intervals(
    ax: Axes,
    y: Sequence[float],
    low: Sequence[object],
    high: Sequence[object],
    *,
    colour: str = palette.INK,
    width: float = 1.0,
    zorder: float = 3,
) -> None:
    """Draw horizontal intervals; one that leaves the axes ends in an arrowhead at their edge."""
    first, last = ax.get_xlim()
    kept = [
        (at, float(start), float(end))
        for at, start, end in zip(y, low, high, strict=True)
        if not is_missing(start) and not is_missing(end)
    ]
    if not kept:
        return
    at, start, end = (np.array(values) for values in zip(*kept, strict=True))
    ax.hlines(
        at, np.clip(start, first, last), np.clip(end, first, last),
        color=colour, linewidth=width, zorder=zorder, gid="interval",
    )  # fmt: skip
    for beyond, edge, shape in ((start < first, first, 4), (end > last, last, 5)):
        if beyond.any():
            ax.plot(
                np.full(int(beyond.sum()), edge), at[beyond], linestyle="none", marker=shape, markersize=3.2,
                color=colour, markeredgewidth=0, clip_on=False, zorder=zorder,
            )  # fmt: skip


def marks(
    ax: Axes,
    x: Sequence[object],
    y: Sequence[float],
    kind: str,
    colour: str,
    *,
    size: float = 5.0,
    zorder: float = 5,
    gid: str | None = None,
) -> None:
    """Draw marks of one kind (see :data:`oko_lib.report.figures.parts.MARKERS`); values outside stand at the edge."""
    shape, filled = MARKERS[kind]
    first, last = ax.get_xlim()
    kept = [(min(max(float(value), first), last), at) for value, at in zip(x, y, strict=True) if not is_missing(value)]
    if not kept:
        return
    # A diamond or a square of the same size looks larger than a circle.
    size = size * {"s": 0.9, "D": 0.85}.get(shape, 1.0)
    ax.plot(
        *zip(*kept, strict=True), linestyle="none", marker=shape, markersize=size, color=colour,
        markerfacecolor=colour if filled else "white", markeredgecolor="white" if filled else colour,
        markeredgewidth=0.5 if filled else 1.1, clip_on=False, zorder=zorder, gid=gid,
    )  # fmt: skip


def rectangles(ax: Axes, boxes: Sequence[tuple[float, float, float, float]], **style: object) -> None:
    """Draw boxes (left, right, top, bottom; data) as one path: many patches cost time and make the file larger."""
    if not boxes:
        return
    corners = [
        corner
        for left, right, top, bottom in boxes
        for corner in ((left, top), (right, top), (right, bottom), (left, bottom), (left, top))
    ]
    path = Path(corners, [Path.MOVETO, *[Path.LINETO] * 3, Path.CLOSEPOLY] * len(boxes))
    path.should_simplify = False
    ax.add_patch(PathPatch(path, **{"linewidth": 0, "clip_on": False, **style}))
