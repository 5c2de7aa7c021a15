"""Pieces shared by the figures: key line, labels beside the axes, checks of what was handed in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path
from matplotlib.transforms import ScaledTranslation

from oko_lib.report import palette
from oko_lib.report.figures.labels import Placed
from oko_lib.report.figures.theme import SMALL, TALLEST_IN
from oko_lib.report.numbers import for_figure, integer, is_missing
from oko_lib.report.style import MM, TEXT_WIDTH_MM, text_width
from oko_lib.settings.loading import suggest


@dataclass(frozen=True)
class Key:
    """One entry of the key line above a figure."""

    text: str
    colour: str
    kind: Literal[
        "patch",
        "frame",
        "hatch",
        "line",
        "dash",
        "dot",
        "ring",
        "up",
        "down",
        "square",
        "box",
        "diamond",
        "point",
        "entry",
        "exit",
    ] = "patch"


#: Marks of the key and of the data: shape, and whether it is filled.
MARKERS = {
    "dot": ("o", True),
    "ring": ("o", False),
    "up": ("^", True),
    "down": ("v", True),
    "square": ("s", True),
    "box": ("s", False),
    "diamond": ("D", True),
    "point": (".", True),
    "entry": (">", True),
    "exit": (">", False),
}


_KEY_STEP, _KEY_GAP, _KEY_MARK = 12.0, 12.0, 18.0


def _key_rows(keys: Sequence[Key], left: float) -> list[list[tuple[float, Key]]]:
    """Keys with their left ends in points, broken into lines."""
    rows: list[list[tuple[float, Key]]] = [[]]
    x = left
    for key in keys:
        need = _KEY_MARK + text_width(for_figure(key.text), SMALL)
        if rows[-1] and x + need > TEXT_WIDTH_MM * MM:
            rows.append([])
            x = left
        rows[-1].append((x, key))
        x += need + _KEY_GAP
    return rows


def key_height(keys: Sequence[Key], left: float) -> float:
    """Return the room the key needs above the axes, in points."""
    return _KEY_STEP * len(_key_rows(keys, left)) + 10


def key_line(figure: Figure, keys: Sequence[Key], left: float) -> None:
    """Write the key at the top of the figure from `left` points on, in the order of the data."""
    full_width, full_height = figure.get_figwidth() * 72, figure.get_figheight() * 72
    for number, row in enumerate(_key_rows(keys, left)):
        at = (full_height - 9 - number * _KEY_STEP) / full_height
        for x, key in row:
            figure.add_artist(_mark(figure, key, x, at, full_width, full_height))
            text = for_figure(key.text)
            figure.text((x + 14.5) / full_width, at, text, fontsize=SMALL, va="center_baseline", ha="left")


def _mark(figure: Figure, key: Key, x: float, at: float, full_width: float, full_height: float) -> Artist:
    if key.kind == "hatch":
        # Three slanted lines: as cells without an answer look in the figures.
        ends = [(x + shift + way, at + (2 * way - 6) * 0.5 / full_height) for shift in (0, 3, 6) for way in (0, 6)]
        codes = [Path.MOVETO, Path.LINETO] * 3
        lines = Path([(left / full_width, height) for left, height in ends], codes)
        return PathPatch(lines, transform=figure.transFigure, facecolor="none", edgecolor=key.colour, linewidth=0.8)
    if key.kind in {"patch", "frame"}:
        framed = key.kind == "frame"
        return Rectangle(
            ((x + 0.6 * framed) / full_width, at - 3 / full_height),
            (11 - 0.6 * framed) / full_width,
            7 / full_height,
            transform=figure.transFigure,
            facecolor="white" if framed else key.colour,
            edgecolor=key.colour if framed else "none",
            linewidth=1.0 if framed else 0.0,
        )
    shape, filled = MARKERS.get(key.kind, (None, True))
    return Line2D(
        [(x + 6) / full_width] if shape else [x / full_width, (x + 11) / full_width],
        [at] if shape else [at, at],
        transform=figure.transFigure,
        color=key.colour,
        linewidth=1.4,
        linestyle={"line": "-", "dash": (0, (4, 2))}.get(key.kind, "none"),
        marker=shape,
        markersize=4.5,
        markerfacecolor=key.colour if filled else "white",
    )


def beside(
    ax: Axes, y: float, text: str, gap: float, *, side: Literal["left", "right"] = "left", **style: object
) -> None:
    """Write `text` beside the axes at the height `y` of the data, `gap` points away from them."""
    left = side == "left"
    # A text with its own shift: an annotation would work out four transformations for the same place.
    shift = ScaledTranslation((-gap if left else gap) / 72, 0, ax.figure.dpi_scale_trans)
    ax.text(
        0 if left else 1,
        y,
        for_figure(text),
        transform=ax.get_yaxis_transform() + shift,
        ha="right" if left else "left",
        va="center",
        **{"fontsize": SMALL, **style},
    )


def n_text(n: object) -> str:
    """Return «n = 2 817», or nothing when n is not known."""
    return "" if is_missing(n) else f"n = {integer(n)}"


def require(frame: pd.DataFrame, columns: Sequence[str], what: str) -> None:
    """Refuse a frame that lacks a column or has no rows (ValueError and KeyError with Russian messages)."""
    for column in columns:
        if column not in frame.columns:
            raise KeyError(f"{what}: нет столбца «{column}».{suggest(column, list(frame.columns))}")
    if frame.empty:
        raise ValueError(f"{what}: нет строк. Вместо пустого рисунка скажите об этом словами.")


def checked_height(points: float, rows: int, what: str) -> float:
    """Return a height in inches; refuse one that does not fit a page."""
    if points / 72 > TALLEST_IN:
        raise ValueError(f"{what}: {rows} строк не помещаются на странице. Разделите их на несколько рисунков.")
    return points / 72


def missing_row(ax: Axes, y: float, x: float, text: str = "мало данных") -> None:
    """Say in words that a row has no value."""
    ax.text(x, y, text, fontsize=SMALL, color=palette.MUTED, va="center", ha="left", style="italic")


def crowd(ax: Axes, x: np.ndarray, y: np.ndarray) -> None:
    """Draw many points of the data as one path of dots: separate marks would make the file five times larger."""
    if not len(x):
        return
    ends = np.column_stack([np.repeat(x, 2), np.repeat(y, 2)])
    ends[1::2, 0] *= 1.0002  # a segment of no length is not drawn by every program
    path = Path(ends, np.tile([Path.MOVETO, Path.LINETO], len(x)))
    path.should_simplify = False
    dots = PathPatch(
        path,
        facecolor="none",
        edgecolor=palette.GREY,
        alpha=0.5,
        linewidth=3.2,
        capstyle="round",
        clip_on=False,
        zorder=3,
        # Set on whole pixels, the short strokes of a raster image would have no length at all.
        snap=False,
    )
    # Not as a patch of the axes: their range is fixed, and looking for it in every dot takes most of the time.
    ax.add_artist(dots)


def write_label(ax: Axes, label: Placed, width: float, height: float) -> None:
    """Write a placed label into axes of `width` by `height` points, with a line to its point when it stands far."""
    if label.far:
        ends = [(label.x, label.y), label.anchor]
        ax.plot(
            [end[0] / width for end in ends], [end[1] / height for end in ends], transform=ax.transAxes,
            color=palette.GREY, linewidth=0.5, zorder=4,
        )  # fmt: skip
    ax.text(
        label.box.left / width, (label.box.bottom + label.box.top) / 2 / height, label.text, transform=ax.transAxes,
        fontsize=SMALL, ha="left", va="center", color=palette.BLUE_DARK, zorder=6, gid="point-label",
        bbox={"boxstyle": "square,pad=0.05", "facecolor": "white", "alpha": 0.75, "linewidth": 0},
    )  # fmt: skip
