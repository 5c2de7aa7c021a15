"""Expected against actual results of schools: what the context explains and what it does not."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from oko_lib.report import palette
from oko_lib.report.figures.labels import Box, place_labels
from oko_lib.report.figures.parts import Key, crowd, key_height, key_line, require, write_label
from oko_lib.report.figures.theme import SMALL, axes, canvas, number_axis, percent_axis, theme
from oko_lib.report.numbers import for_figure

WHAT = "Рисунок ожидаемых результатов"
#: More labels than this make a figure nobody reads.
MAX_LABELS = 15
_LEFT, _RIGHT, _BOTTOM, _BODY = 46.0, 10.0, 34.0, 270.0


def context_scatter(
    points: pd.DataFrame,
    *,
    x_title: str = "Ожидаемый результат по условиям работы школы",
    y_title: str = "Фактический результат",
    low_context_to: float | None = None,
    shares: bool = False,
    own: str = "школы муниципалитета",
    others: str = "остальные школы региона",
    x_range: tuple[float, float] | None = None,
    y_range: tuple[float, float] | None = None,
    max_labels: int = MAX_LABELS,
) -> Figure:
    """Return a scatter of expected and actual results with the intervals of the municipality's schools.

    Parameters
    ----------
    points : DataFrame
        One row per school: ``expected``, ``actual`` (one unit: fractions with `shares`, otherwise regional standard
        deviations or points; rows without either are left out), ``low``, ``high`` (interval of the actual result;
        needed for own schools only, may be missing), ``own`` (bool), ``label`` (short, see
        :func:`oko_lib.report.names.short_school`).
    x_title, y_title, own, others : str
        Axis titles with units; how the two groups are called.
    low_context_to : float, optional
        Upper end of the expected results of the third of schools with the least favourable context; the zone left of
        it is shaded.
    shares : bool
        Values are fractions, printed in per cent.
    x_range, y_range : (float, float), optional
        Fixed ranges, so that municipalities can be laid side by side; points outside are drawn at the edge. By
        default they hold all schools.
    max_labels : int
        With more own schools only those farthest from the diagonal relative to their interval are labelled; the
        others are in the table beside the figure.
    """
    require(points, ["expected", "actual", "low", "high", "own", "label"], WHAT)
    data = points.dropna(subset=["expected", "actual"]).reset_index(drop=True)
    if data.empty:
        raise ValueError(f"{WHAT}: ни у одной школы нет обоих результатов. Скажите об этом словами.")
    mine = data["own"].astype(bool).to_numpy()
    numbers = data[["expected", "actual", "low", "high"]].apply(pd.to_numeric).to_numpy(float)
    # The crowd's intervals are not drawn, so they do not stretch the axis either.
    x_range = x_range or _range(numbers[:, 0])
    y_range = y_range or _range(np.concatenate([numbers[:, 1], numbers[mine, 2:].ravel()]))
    zoned = low_context_to is not None and low_context_to > x_range[0]
    keys = [
        Key(f"{own}, с интервалом", palette.BLUE, "dot"),
        *([Key(others, palette.GREY, "dot")] if not mine.all() else []),
        Key("фактический равен ожидаемому", palette.MUTED, "dash"),
        *([Key("треть школ с наименее благоприятными условиями", palette.RULE_LIGHT)] if zoned else []),
    ]
    with theme():
        figure = canvas((key_height(keys, _LEFT) + _BODY + _BOTTOM) / 72)
        key_line(figure, keys, _LEFT)
        width = figure.get_figwidth() * 72 - _LEFT - _RIGHT
        ax = axes(figure, _LEFT, _BOTTOM, width, _BODY)
        ax.set_xlim(*x_range)
        ax.set_ylim(*y_range)
        ax.set_xlabel(for_figure(x_title), labelpad=4)
        ax.set_ylabel(for_figure(y_title), labelpad=5)
        for which, axis in (("x", ax.xaxis), ("y", ax.yaxis)):
            axis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
            _printed(ax, which, shares)
        if zoned:
            ax.axvspan(x_range[0], min(low_context_to, x_range[1]), color=palette.RULE_LIGHT, linewidth=0, zorder=0)
        ends = max(x_range[0], y_range[0]), min(x_range[1], y_range[1])
        if ends[0] < ends[1]:
            ax.plot(ends, ends, color=palette.MUTED, linewidth=1.1, linestyle=(0, (4, 2)), zorder=2, gid="diagonal")
        x, y = np.clip(numbers[:, 0], *x_range), np.clip(numbers[:, 1], *y_range)
        low, high = np.clip(numbers[:, 2], *y_range), np.clip(numbers[:, 3], *y_range)
        crowd(ax, x[~mine], y[~mine])
        sure = mine & np.isfinite(low) & np.isfinite(high)
        ax.vlines(x[sure], low[sure], high[sure], color=palette.BLUE, linewidth=1.0, zorder=4, gid="interval")
        ax.scatter(
            x[mine], y[mine], s=26, color=palette.BLUE, edgecolor="white", linewidths=0.6, clip_on=False, zorder=5
        )
        chosen = _chosen(numbers, mine, max_labels)
        _labels(ax, np.column_stack([x, y, low, high]), mine, chosen, data["label"].astype(str).to_list(), width)
    return figure


def _range(values: np.ndarray) -> tuple[float, float]:
    """Range that holds all values with some air."""
    values = values[np.isfinite(values)]
    first, last = float(values.min()), float(values.max())
    air = (last - first) * 0.06 or 0.5
    return first - air, last + air


def _printed(ax: Axes, which: str, shares: bool) -> None:
    if shares:
        percent_axis(ax, which)
        return
    first, last = ax.get_xlim() if which == "x" else ax.get_ylim()
    span = last - first
    number_axis(ax, which, digits=0 if span >= 5 else 1 if span >= 0.5 else 2)


def _chosen(numbers: np.ndarray, mine: np.ndarray, most: int) -> np.ndarray:
    """Own schools to label, in the order given."""
    own = np.flatnonzero(mine)
    if len(own) <= most:
        return own
    half = (numbers[own, 3] - numbers[own, 2]) / 2
    far = np.abs(numbers[own, 1] - numbers[own, 0]) / np.maximum(half, 1e-9)
    return own[np.sort(np.argsort(-np.nan_to_num(far, nan=-1.0), kind="stable")[:most])]


def _labels(ax: Axes, values: np.ndarray, mine: np.ndarray, chosen: np.ndarray, texts: list[str], width: float) -> None:
    """Label the chosen schools, off other own schools and, where possible, off intervals and the crowd."""

    def placed(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        return (ax.transScale + ax.transLimits).transform(np.column_stack([x, y])) * (width, _BODY)

    spots = placed(values[:, 0], values[:, 1])
    bars = [placed(values[mine, 0], values[mine, 2] + (values[mine, 3] - values[mine, 2]) * part) for part in _STEPS]
    silent = np.setdiff1d(np.flatnonzero(mine), chosen)
    avoided = np.concatenate([spots[~mine], spots[silent], *bars])
    avoided = avoided[np.isfinite(avoided).all(axis=1)]
    area = Box(1, 1, width - 1, _BODY - 1)
    names = [for_figure(texts[index]) for index in chosen]
    for label in place_labels([tuple(spots[index]) for index in chosen], names, area, SMALL, avoided):
        write_label(ax, label, width, _BODY)


#: Points along an interval that a label should not cover.
_STEPS = tuple(step / 12 for step in range(13))
