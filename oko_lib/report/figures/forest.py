"""Differences with their intervals, one line per school."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from oko_lib.report import palette
from oko_lib.report.figures.parts import Key, beside, checked_height, key_height, key_line, missing_row, n_text, require
from oko_lib.report.figures.theme import SMALL, axes, canvas, number_axis, theme
from oko_lib.report.numbers import for_figure, is_missing
from oko_lib.report.style import clipped

_STEP, _LEFT, _RIGHT, _BOTTOM = 13.0, 140.0, 52.0, 34.0


def evidence_forest(
    frame: pd.DataFrame,
    *,
    x_range: tuple[float, float] = (-0.5, 0.5),
    x_title: str = "Отличие от региона, п.п.",
    in_points: bool = True,
    robust: str = "отличие неслучайно",
    unclear: str = "неразличимо",
) -> Figure:
    """Return differences with intervals; filled dots are those that chance does not explain.

    Parameters
    ----------
    frame : DataFrame
        In the order to be shown (by name, not by result): ``label``, ``value``, ``low``, ``high``, ``n``, ``robust``
        (bool). A missing value is said in words.
    x_range : (float, float)
        Fixed range in the unit of the values; intervals that leave it end in an arrow.
    x_title : str
        Axis title with the unit.
    in_points : bool
        Values are fractions and shown in percentage points; otherwise shown as they are.
    robust, unclear : str
        Words of the key.
    """
    require(frame, ["label", "value", "low", "high", "n", "robust"], "Рисунок отличий")
    body = len(frame) * _STEP + 4
    keys = [Key(robust, palette.BLUE_DARK, "dot"), Key(unclear, palette.GREY, "ring")]
    height = checked_height(key_height(keys, _LEFT) + body + _BOTTOM, len(frame), "Рисунок отличий")
    factor = 100.0 if in_points else 1.0
    low_edge, high_edge = (edge * factor for edge in x_range)
    with theme():
        figure = canvas(height)
        width = figure.get_figwidth() * 72 - _LEFT - _RIGHT
        ax = axes(figure, _LEFT, _BOTTOM, width, body)
        ax.set_xlim(low_edge, high_edge)
        ax.set_ylim(body, 0)
        ax.set_yticks([])
        ax.spines["left"].set_visible(False)
        ax.axvline(0, color=palette.MUTED, linewidth=1.0, zorder=1)
        ax.set_xlabel(x_title, labelpad=4)
        number_axis(ax, "x", digits=0 if high_edge - low_edge >= 4 else 1, signed=True)
        for index, row in enumerate(frame.to_dict("records")):
            y = 2 + (index + 0.5) * _STEP
            ax.axhline(y, color=palette.RULE_LIGHT, linewidth=0.5, zorder=0)
            strong = bool(row["robust"]) and not is_missing(row["robust"])
            name = clipped(for_figure(str(row["label"])), _LEFT - 10, SMALL, bold=strong)
            beside(ax, y, name, 6, weight="bold" if strong else "normal")
            beside(ax, y, n_text(row["n"]), 4, side="right", color=palette.MUTED)
            if is_missing(row["value"]):
                missing_row(ax, y, (high_edge - low_edge) * 0.015)
                continue
            _interval(ax, row, y, strong, factor, (low_edge, high_edge))
        key_line(figure, keys, _LEFT)
    return figure


def _interval(ax: Axes, row: dict, y: float, strong: bool, factor: float, edges: tuple[float, float]) -> None:
    colour = palette.BLUE_DARK if strong else palette.GREY
    value = row["value"] * factor
    if not is_missing(row["low"]) and not is_missing(row["high"]):
        low, high = max(row["low"] * factor, edges[0]), min(row["high"] * factor, edges[1])
        if low < high:
            ax.plot([low, high], [y, y], color=colour, linewidth=1.6 if strong else 1.1, zorder=2)
        if row["low"] * factor < edges[0]:
            ax.plot([edges[0]], [y], marker="<", markersize=4, color=colour, clip_on=False, zorder=3)
        if row["high"] * factor > edges[1]:
            ax.plot([edges[1]], [y], marker=">", markersize=4, color=colour, clip_on=False, zorder=3)
    if edges[0] <= value <= edges[1]:
        ax.plot(
            [value], [y], marker="o", markersize=4.8, color=colour, markerfacecolor=colour if strong else "white",
            markeredgewidth=1.1, zorder=4,
        )  # fmt: skip
