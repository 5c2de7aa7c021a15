"""Funnel plot: schools of different size against the limits of chance."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from oko_lib.report import palette
from oko_lib.report.figures.labels import Box, place_labels
from oko_lib.report.figures.parts import Key, crowd, key_height, key_line, require, write_label
from oko_lib.report.figures.theme import SMALL, axes, canvas, number_axis, percent_axis, theme
from oko_lib.report.numbers import for_figure, percent

#: More labels than this make a figure nobody reads.
MAX_LABELS = 15
_TICKS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000)
_LEFT, _RIGHT, _BOTTOM, _BODY = 46.0, 44.0, 34.0, 232.0


def funnel(
    points: pd.DataFrame,
    limits: pd.DataFrame,
    centre: float,
    *,
    y_title: str,
    x_title: str = "Число участников",
    own: str = "школы муниципалитета",
    others: str = "остальные школы региона",
    x_range: tuple[float, float] | None = None,
    y_range: tuple[float, float] = (0.0, 1.0),
    max_labels: int = MAX_LABELS,
    border: float | None = None,
) -> Figure:
    """Return a funnel plot of shares.

    Parameters
    ----------
    points : DataFrame
        One row per school: ``n``, ``share`` (fraction), ``own`` (bool), ``label`` (short, see
        :func:`oko_lib.report.names.short_school`).
    limits : DataFrame
        Curves over ``n``: ``low95``, ``high95``, ``low998``, ``high998`` with over-dispersion (fractions) and, when
        known, ``naive_low95``, ``naive_high95`` without it.
    centre : float
        Reference share (region).
    y_title, x_title, own, others : str
        Axis titles and how the highlighted and the other units are called.
    x_range, y_range : (float, float), optional
        Fixed ranges, so that municipalities can be laid side by side; points outside are drawn at the edge. The axis
        of numbers is logarithmic (small schools would lie on a heap), so it begins above zero.
    max_labels : int
        With more own schools only those farthest from the centre relative to the 95 % limits are labelled.
    border : float, optional
        A share tried on the units: a line of its own.
    """
    require(points, ["n", "share", "own", "label"], "Воронка")
    require(limits, ["n", "low95", "high95", "low998", "high998"], "Воронка, границы")
    data = points.dropna(subset=["n", "share"])
    has_naive = {"naive_low95", "naive_high95"} <= set(limits.columns)
    keys = [
        Key(own, palette.BLUE, "dot"),
        *([Key(others, palette.GREY, "dot")] if not data["own"].all() else []),
        Key("границы 95 % и 99,8 % с учётом обычного разброса", palette.BLUE_DARK, "line"),
        *([Key("95 % без учёта разброса", palette.ORANGE, "dash")] if has_naive else []),
        *([Key(f"проба: {percent(border, 0)}", palette.PURPLE, "line")] if border is not None else []),
    ]
    first, last = x_range or _sizes(data["n"])
    shown = limits[(limits["n"] >= first) & (limits["n"] <= last)]
    with theme():
        figure = canvas((key_height(keys, _LEFT) + _BODY + _BOTTOM) / 72)
        key_line(figure, keys, _LEFT)
        width = figure.get_figwidth() * 72 - _LEFT - _RIGHT
        ax = axes(figure, _LEFT, _BOTTOM, width, _BODY)
        ax.set_xscale("log")
        ax.set_xlim(first, last)
        ax.set_ylim(*y_range)
        percent_axis(ax, "y")
        ax.set_xticks([tick for tick in _TICKS if first <= tick <= last])
        ax.xaxis.set_minor_locator(NullLocator())
        number_axis(ax, "x")
        ax.set_xlabel(x_title, labelpad=4)
        ax.set_ylabel(y_title, labelpad=5)
        _curves(ax, shown, centre, has_naive)
        if border is not None:
            ax.axhline(border, color=palette.PURPLE, linewidth=1.4, zorder=3)
        mine = data["own"].astype(bool).to_numpy()
        x = np.clip(data["n"].to_numpy(float), first, last)
        y = np.clip(data["share"].to_numpy(float), *y_range)
        crowd(ax, x[~mine], y[~mine])
        ax.scatter(
            x[mine], y[mine], s=26, color=palette.BLUE, edgecolor="white", linewidths=0.6, clip_on=False, zorder=5
        )
        _label_own(ax, x, y, mine, data["label"].astype(str).to_list(), limits, centre, max_labels, width)
        _label_curves(ax, shown, centre)
    return figure


def _sizes(n: pd.Series) -> tuple[float, float]:
    """Range of the axis of numbers that holds all schools."""
    if n.empty:
        return 5.0, 200.0
    return max(1.0, float(n.min()) * 0.9), max(20.0, float(n.max()) * 1.1)


def _curves(ax: Axes, limits: pd.DataFrame, centre: float, has_naive: bool) -> None:
    n = limits["n"].to_numpy(float)
    ax.fill_between(n, limits["low95"], limits["high95"], color=palette.ACCENT_TINT, linewidth=0, zorder=1)
    for side in ("low", "high"):
        ax.plot(n, limits[f"{side}95"], color=palette.BLUE_DARK, linewidth=0.9, zorder=2)
        ax.plot(n, limits[f"{side}998"], color=palette.BLUE_DARK, linewidth=1.3, zorder=2)
        if has_naive:
            ax.plot(n, limits[f"naive_{side}95"], color=palette.ORANGE, linewidth=1.0, linestyle=(0, (4, 2)), zorder=2)
    ax.axhline(centre, color=palette.MUTED, linewidth=0.9, zorder=2)


def _label_curves(ax: Axes, limits: pd.DataFrame, centre: float) -> None:
    """Names of the lines at their right ends, pushed apart where they come close."""
    if limits.empty:
        return
    row = limits.iloc[-1]
    low, high = ax.get_ylim()
    wanted = [
        (float(row["high998"]), "99,8 %"),
        (float(row["high95"]), "95 %"),
        (centre, f"регион {percent(centre)}".replace(" ", "\n", 1)),
        (float(row["low95"]), "95 %"),
        (float(row["low998"]), "99,8 %"),
    ]
    shown = [((value - low) / (high - low) * _BODY, text) for value, text in wanted if low <= value <= high]
    for y, text in _spread(shown, _BODY):
        ax.annotate(
            for_figure(text), (1, y / _BODY), xycoords="axes fraction", xytext=(4, 0), textcoords="offset points",
            fontsize=SMALL, va="center", ha="left", color=palette.MUTED, annotation_clip=False, linespacing=0.95,
        )  # fmt: skip


def _spread(items: list[tuple[float, str]], room: float) -> list[tuple[float, str]]:
    """Push labels of a margin apart; from the top down, then back up when they ran out of room."""
    heights = [10.0 * (text.count("\n") + 1) for _, text in items]
    ys = [y for y, _ in items]
    for index in range(1, len(ys)):
        ys[index] = min(ys[index], ys[index - 1] - (heights[index] + heights[index - 1]) / 2)
    if ys and ys[-1] < heights[-1] / 2:
        ys[-1] = heights[-1] / 2
        for index in range(len(ys) - 2, -1, -1):
            ys[index] = max(ys[index], ys[index + 1] + (heights[index] + heights[index + 1]) / 2)
    return [(y, text) for y, (_, text) in zip(ys, items, strict=True)]


def _label_own(
    ax: Axes,
    x: np.ndarray,
    y: np.ndarray,
    mine: np.ndarray,
    labels: Sequence[str],
    limits: pd.DataFrame,
    centre: float,
    max_labels: int,
    width: float,
) -> None:
    own = np.flatnonzero(mine)
    if len(own) > max_labels:
        half = np.interp(x[own], limits["n"], (limits["high95"] - limits["low95"]) / 2)
        far = np.abs(y[own] - centre) / np.maximum(half, 1e-9)
        own = own[np.sort(np.argsort(-far, kind="stable")[:max_labels])]
    placed = (ax.transScale + ax.transLimits).transform(np.column_stack([x, y])) * (width, _BODY)
    spots = [tuple(placed[index]) for index in own]
    others = placed[~mine]
    texts = [for_figure(labels[index]) for index in own]
    for label in place_labels(spots, texts, Box(1, 1, width - 1, _BODY - 1), SMALL, others):
        write_label(ax, label, width, _BODY)
