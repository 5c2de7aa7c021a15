"""Stacked bars of shares: agreement of marks, distribution of marks; the municipality above the region."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from oko_lib.report import palette
from oko_lib.report.figures.parts import Key, beside, checked_height, key_height, key_line, missing_row, n_text, require
from oko_lib.report.figures.theme import NORMAL, SMALL, axes, canvas, percent_axis, theme
from oko_lib.report.numbers import for_figure, is_missing, percent_number
from oko_lib.report.style import clipped, text_width, wrapped

_BAR, _STEP, _GAP = 9.2, 10.4, 4.6
_LABEL_WIDTH, _N_WIDTH = 112.0, 54.0

#: Column → word, from the lowest to the highest.
MARKS = {f"mark_{mark}": f"«{mark}»" for mark in (2, 3, 4, 5)}
LEVELS = {
    "insufficient": "недостаточный",
    "reduced": "пониженный",
    "basic": "базовый",
    "advanced": "повышенный",
}


def agreement_bars(frame: pd.DataFrame, *, own: str = "муниципалитет", region: str = "регион") -> Figure:
    """Return lowered, confirmed and raised marks by subject and grade, the municipality beside the region.

    Parameters
    ----------
    frame : DataFrame
        Columns ``label`` («Русский язык, 4 класс»), ``scope`` ("own" or "region"), ``n`` (pairs), ``lowered``,
        ``confirmed``, ``raised`` (fractions; missing when there are too few pairs) and, when known, the intervals
        ``lowered_low``, ``lowered_high``, ``raised_low``, ``raised_high``. Rows of one label stand together, labels in
        the order of their first row.
    own, region : str
        How the two are called beside the bars.

    Returns
    -------
    Figure
        Axis always from 0 to 100 %.
    """
    parts = ("lowered", "confirmed", "raised")
    require(frame, ["label", "scope", "n", *parts], "Рисунок согласия отметок")
    keys = [
        Key(text, palette.AGREEMENT_COLOURS[part])
        for part, text in zip(parts, ("понизили", "подтвердили", "повысили"), strict=True)
    ]
    return _stacked(frame, parts, keys, {"own": own, "region": region})


def marks_distribution(
    frame: pd.DataFrame, *, parts: Mapping[str, str] = MARKS, own: str = "муниципалитет", region: str = "регион"
) -> Figure:
    """Return shares of marks 2–5, or of four levels, by subject and grade, the municipality beside the region.

    Parameters
    ----------
    frame : DataFrame
        Columns ``label``, ``scope``, ``n`` (participants), ``mark_2`` … ``mark_5`` (fractions) and, when known, the
        intervals ``mark_2_low``, ``mark_2_high``, ``mark_5_low``, ``mark_5_high``; with `parts` its columns in place
        of the marks.
    parts : mapping
        Column → word of the four parts from the lowest to the highest (see :data:`LEVELS`).
    own, region : str
        How the two are called beside the bars.
    """
    require(frame, ["label", "scope", "n", *parts], "Рисунок распределения отметок")
    return _stacked(frame, tuple(parts), distribution_keys(parts), {"own": own, "region": region})


def distribution_keys(parts: Mapping[str, str]) -> list[Key]:
    """Return the key of four parts in order, the lowest in a hue of its own."""
    if len(parts) != len(palette.MARK_COLOURS):
        raise ValueError(f"Рисунок распределения: нужны четыре части, дано {len(parts)}.")
    return [Key(word, colour) for word, colour in zip(parts.values(), palette.MARK_COLOURS.values(), strict=True)]


def _stacked(frame: pd.DataFrame, parts: Sequence[str], keys: Sequence[Key], scopes: dict[str, str]) -> Figure:
    labels: dict[str, list[dict]] = {}
    for row in frame.to_dict("records"):
        labels.setdefault(row["label"], []).append(row)
    scope_width = min(92.0, max(text_width(text, SMALL) for text in scopes.values())) + 6
    left = _LABEL_WIDTH + scope_width + 4
    top, bottom = key_height(keys, left), 20.0
    body = len(frame) * _STEP + len(labels) * _GAP
    height = checked_height(top + body + bottom, len(frame), "Рисунок с полосами")
    with theme():
        figure = canvas(height)
        width = figure.get_figwidth() * 72 - left - _N_WIDTH - 6
        ax = axes(figure, left, bottom, width, body)
        ax.set_xlim(0, 1)
        ax.set_ylim(body, 0)
        ax.set_yticks([])
        ax.spines["left"].set_visible(False)
        ax.grid(axis="x")
        percent_axis(ax)
        key_line(figure, keys, left)
        y = _GAP / 2
        for label, rows in labels.items():
            middle = y + len(rows) * _STEP / 2
            lines = wrapped(for_figure(str(label)), _LABEL_WIDTH - 4, NORMAL, lines=2)
            beside(ax, middle, "\n".join(lines), scope_width + 4, fontsize=NORMAL, linespacing=1.05)
            for row in rows:
                stacked_bar(ax, row, parts, [key.colour for key in keys], y + _STEP / 2, width)
                name = clipped(scopes.get(row["scope"], str(row["scope"])), scope_width - 4, SMALL)
                beside(ax, y + _STEP / 2, name, 4, color=palette.INK if row["scope"] == "own" else palette.MUTED)
                beside(ax, y + _STEP / 2, n_text(row["n"]), 4, side="right", color=palette.MUTED)
                y += _STEP
            y += _GAP
    return figure


def stacked_bar(ax: Axes, row: dict, parts: Sequence[str], colours: Sequence[str], y: float, width: float) -> None:
    """Draw the shares of one row side by side over `width` points, with numbers where they have room.

    Intervals of the first and of the last part are drawn over the bar; a row without shares says so in words.
    """
    shares = [row[part] for part in parts]
    if any(is_missing(share) for share in shares):
        missing_row(ax, y, 0.01)
        return
    first = (row.get(f"{parts[0]}_low"), row.get(f"{parts[0]}_high"))
    last = (row.get(f"{parts[-1]}_low"), row.get(f"{parts[-1]}_high"))
    taken = []  # spans covered by intervals, points
    if not is_missing(first[0]) and not is_missing(first[1]):
        taken.append((first[0] * width, first[1] * width))
    if not is_missing(last[0]) and not is_missing(last[1]):
        taken.append(((1 - last[1]) * width, (1 - last[0]) * width))
    start = 0.0
    for index, (share, colour) in enumerate(zip(shares, colours, strict=True)):
        # Artists are put in as they are: ax.barh and ax.plot would measure each for limits that are given, at five
        # times the cost.
        ax.add_artist(Rectangle((start, y - _BAR / 2), share, _BAR, facecolor=colour, linewidth=0))
        text = for_figure(percent_number(share))
        # The first number stands at the left edge, the last at the right, so that they keep clear of the intervals.
        need = text_width(text, SMALL)
        x_left = (
            start * width + 3
            if index == 0
            else (start + share) * width - need - 3
            if index == len(parts) - 1
            else (start + share / 2) * width - need / 2
        )
        fits = share * width >= need + 5 and all(x_left + need + 1 < low or x_left - 1 > high for low, high in taken)
        if fits:
            dark = colour in {palette.BLUE, palette.PURPLE}
            ax.text(
                x_left / width, y, text, fontsize=SMALL, va="center_baseline", ha="left",
                color="white" if dark else palette.INK,
            )  # fmt: skip
        start += share
    # Both intervals with the marks at their ends as one line with gaps: each line costs more than all its points.
    x, heights = [], []
    for low, high in taken:
        x += [low, high, math.nan, low, low, math.nan, high, high, math.nan]
        heights += [y, y, math.nan, y - 2, y + 2, math.nan, y - 2, y + 2, math.nan]
    if x:
        line = [value / width for value in x]
        ax.add_artist(Line2D(line, heights, color=palette.INK, linewidth=0.9, solid_capstyle="butt"))
