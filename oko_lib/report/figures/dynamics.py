"""Lines over years, one small panel per subject and grade, the municipality beside the region."""

from __future__ import annotations

import math

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from oko_lib.report import palette
from oko_lib.report.figures.parts import Key, checked_height, key_height, key_line, n_text, require
from oko_lib.report.figures.theme import NORMAL, SMALL, axes, canvas, percent_axis, theme
from oko_lib.report.numbers import for_figure, is_missing, percent_number
from oko_lib.report.style import TEXT_WIDTH_IN, clipped, text_width

_BODY, _HEAD, _FOOT, _LEFT, _BETWEEN = 92.0, 18.0, 30.0, 34.0, 16.0


def dynamics(
    frame: pd.DataFrame,
    *,
    years: tuple[int, ...] | None = None,
    y_range: tuple[float, float] = (0.0, 1.0),
    own: str = "муниципалитет",
    region: str = "регион",
    columns: int = 3,
    panel_height: float = _BODY,
) -> Figure:
    """Return shares over years with intervals.

    Parameters
    ----------
    frame : DataFrame
        Columns ``panel`` («Русский язык, 4 класс»), ``scope`` ("own" or "region"), ``year``, ``value``, ``low``,
        ``high`` (fractions, missing where there is no answer), ``n``.
    years : tuple of int, optional
        Years of the axis; by default all in the frame. A year without a value leaves a gap.
    y_range : (float, float)
        The same in all panels and, fixed by the caller, in all reports.
    own, region : str
        Names in the key.
    columns : int
        Panels in a row.
    panel_height : float
        Of the axes of one panel, in points.
    """
    require(frame, ["panel", "scope", "year", "value", "low", "high", "n"], "Рисунок динамики")
    # As plain records: to select rows of a frame for every panel takes as long as to draw it.
    panels: dict[object, list[dict]] = {}
    for item in frame.to_dict("records"):
        panels.setdefault(item["panel"], []).append(item)
    years = years or tuple(sorted(int(year) for year in frame["year"].unique()))
    rows = math.ceil(len(panels) / columns)
    row_height = _HEAD + panel_height + _FOOT
    keys = [Key(own, palette.OWN, "line"), Key(region, palette.REGION, "line")]
    top = key_height(keys, _LEFT)
    height = checked_height(top + rows * row_height, rows, "Рисунок динамики")
    with theme():
        figure = canvas(height)
        width = _panel_width(columns)
        key_line(figure, keys, _LEFT)
        for index, (panel, items) in enumerate(panels.items()):
            row, column = divmod(index, columns)
            bottom = figure.get_figheight() * 72 - top - (row + 1) * row_height + _FOOT
            ax = axes(figure, _LEFT + column * (width + _BETWEEN), bottom, width, panel_height)
            _panel(ax, items, years, y_range)
            ax.annotate(
                for_figure(clipped(str(panel), width, NORMAL, bold=True)), (0, 1), xycoords="axes fraction",
                xytext=(0, 5), textcoords="offset points", fontsize=NORMAL, weight="bold", va="bottom", ha="left",
                annotation_clip=False,
            )  # fmt: skip
            if column:
                ax.tick_params(labelleft=False)
            else:
                percent_axis(ax, "y")
    return figure


def _panel_width(columns: int) -> float:
    return (TEXT_WIDTH_IN * 72 - _LEFT - 6 - _BETWEEN * (columns - 1)) / columns


def most_columns(years: int, widest: str) -> int:
    """Return how many panels stand in a row so that the labels under the years keep clear; at least one."""
    need = years * (text_width(for_figure(widest), SMALL) + 5)
    return max((columns for columns in range(2, 9) if _panel_width(columns) >= need), default=1)


def _panel(ax: Axes, items: list[dict], years: tuple[int, ...], y_range: tuple[float, float]) -> None:
    spots = {year: index for index, year in enumerate(years)}
    ax.set_xlim(-0.5, len(years) - 0.5)
    ax.set_ylim(*y_range)
    ax.grid(axis="x", visible=False)
    counts: dict[int, object] = {}
    regional = {int(item["year"]): item["value"] for item in items if item["scope"] == "region"}
    for scope, colour, shift, zorder in (("region", palette.REGION, 0.07, 2), ("own", palette.OWN, -0.07, 3)):
        shown = [item for item in items if item["scope"] == scope and int(item["year"]) in spots]
        values = {spots[int(item["year"])]: item for item in sorted(shown, key=lambda item: item["year"])}
        drawn = [values.get(spot, {}).get("value") for spot in range(len(years))]
        ax.plot(
            [spot + shift for spot in range(len(years))],
            [math.nan if is_missing(value) else value for value in drawn],
            color=colour, marker="o", markersize=3.6, linewidth=1.4, zorder=zorder, clip_on=False,
        )  # fmt: skip
        ends = []
        for spot, item in values.items():
            if scope == "own":
                counts[spot] = item["n"]
            if is_missing(item["value"]) or is_missing(item["low"]) or is_missing(item["high"]):
                continue
            ends.append((spot + shift, item["low"], item["high"]))
            if scope == "own":
                _value(ax, spot + shift, item, y_range, regional.get(int(item["year"])))
        if ends:
            ax.vlines(*zip(*ends, strict=True), color=colour, linewidth=0.9, zorder=zorder)
    ax.set_xticks(range(len(years)))
    ax.set_xticklabels(
        [f"{year}\n{for_figure(n_text(counts.get(spot)))}".rstrip() for spot, year in enumerate(years)],
        fontsize=SMALL, linespacing=1.1,
    )  # fmt: skip


def _value(ax: Axes, x: float, item: dict, y_range: tuple[float, float], regional: float | None) -> None:
    """The own value at the end of its interval that is farther from the region's, or where the panel has room."""
    room = (y_range[1] - y_range[0]) * 0.13
    higher = is_missing(regional) or item["value"] >= regional
    can_above, can_below = item["high"] + room <= y_range[1], item["low"] - room >= y_range[0]
    above = can_above and (higher or not can_below)
    ax.annotate(
        for_figure(percent_number(item["value"])), (x, item["high"] if above else max(item["low"], y_range[0] + room)),
        xytext=(0, 2 if above else -2), textcoords="offset points", fontsize=SMALL, color=palette.BLUE_DARK,
        ha="center", va="bottom" if above else "top", zorder=5,
        bbox={"boxstyle": "square,pad=0.05", "facecolor": "white", "alpha": 0.7, "linewidth": 0},
    )  # fmt: skip
