"""Pieces shared by the figures: key line, labels beside the axes, checks of what was handed in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from oko_lib.report import palette
from oko_lib.report.figures.theme import SMALL, TALLEST_IN
from oko_lib.report.numbers import for_figure, integer, is_missing
from oko_lib.report.style import MM, TEXT_WIDTH_MM, text_width
from oko_lib.settings.loading import suggest


@dataclass(frozen=True)
class Key:
    """One entry of the key line above a figure."""

    text: str
    colour: str
    kind: Literal["patch", "line", "dash", "dot", "ring"] = "patch"


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
    if key.kind == "patch":
        return Rectangle(
            (x / full_width, at - 3 / full_height),
            11 / full_width,
            7 / full_height,
            transform=figure.transFigure,
            facecolor=key.colour,
            edgecolor="none",
        )
    dotted = key.kind in {"dot", "ring"}
    return Line2D(
        [(x + 6) / full_width] if dotted else [x / full_width, (x + 11) / full_width],
        [at] if dotted else [at, at],
        transform=figure.transFigure,
        color=key.colour,
        linewidth=1.4,
        linestyle={"line": "-", "dash": (0, (4, 2))}.get(key.kind, "none"),
        marker="o" if dotted else None,
        markersize=4.5,
        markerfacecolor="white" if key.kind == "ring" else key.colour,
    )


def beside(
    ax: Axes, y: float, text: str, gap: float, *, side: Literal["left", "right"] = "left", **style: object
) -> None:
    """Write `text` beside the axes at the height `y` of the data, `gap` points away from them."""
    ax.annotate(
        for_figure(text),
        (0 if side == "left" else 1, y),
        xycoords=("axes fraction", "data"),
        xytext=(-gap if side == "left" else gap, 0),
        textcoords="offset points",
        ha="right" if side == "left" else "left",
        va="center",
        annotation_clip=False,
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
