"""Units by name, each with its value and interval on one scale, and a line they are held against."""

from __future__ import annotations

import math
from collections.abc import Callable

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from oko_lib.report import palette
from oko_lib.report.figures.order import by_name
from oko_lib.report.figures.parts import Key, key_height, missing_row, require
from oko_lib.report.figures.sheet import LINE, Sheet, intervals, marks, sheet
from oko_lib.report.figures.theme import NORMAL, SMALL, TALLEST_IN, theme
from oko_lib.report.numbers import for_figure, is_missing, number
from oko_lib.report.style import TEXT_WIDTH_IN, clipped

WHAT = "Рисунок значений"
_ROW, _LEAST, _BETWEEN, _HEAD, _FOOT, _NAME = 15.0, 9.0, 16.0, 1, 17.0, 0.42
#: More rows than this stand in two columns.
_ONE_COLUMN = 32


def value_strip(
    frame: pd.DataFrame,
    *,
    title: str,
    x_range: tuple[float, float],
    text: Callable[[float], str] = number,
    line: float | None = None,
    line_name: str = "норма",
    unit_title: str = "Муниципалитет",
) -> Figure:
    """Return a row per unit in the order of names: value, interval, and the line of a norm.

    Parameters
    ----------
    frame : DataFrame
        One row per unit: ``unit`` (name, one per unit), ``value``, ``low``, ``high`` (any one unit; missing where there
        is no answer). Optional ``missing``: what is said instead of a value.
    title : str
        What is measured, with its unit.
    x_range : (float, float)
        Scale; what lies outside stands at the edge.
    text : callable
        Value → text of a tick.
    line : float, optional
        Where the line stands.
    line_name, unit_title : str

    Raises
    ------
    KeyError, ValueError
        If a column is missing, or the rows do not fit a page.
    """
    require(frame, ["unit", "value", "low", "high"], WHAT)
    rows = by_name(frame, "unit")
    columns = 1 if len(rows) <= _ONE_COLUMN else 2
    each = math.ceil(len(rows) / columns)
    keys = [Key("значение, с интервалом, где он есть", palette.BLUE, "dot")]
    keys += [Key(line_name, palette.INK, "dash")] if line is not None else []
    room = TALLEST_IN * 72 - key_height(keys, 0) - _HEAD * LINE - 4 - _FOOT
    height = min(_ROW, room / each)
    if height < _LEAST:
        raise ValueError(f"{WHAT}: {len(rows)} строк не помещаются на странице. Разделите их на несколько рисунков.")
    width = (TEXT_WIDTH_IN * 72 - _BETWEEN * (columns - 1)) / columns
    with theme():
        made = sheet([height] * each, keys, _HEAD, WHAT, axis_room=_FOOT)
        made.rules(made.tops[1:-1])
        for column in range(columns):
            left = column * (width + _BETWEEN)
            part = rows.iloc[column * each : (column + 1) * each]
            made.head(left, unit_title)
            made.head(left + _NAME * width, clipped(for_figure(title), (1 - _NAME) * width, SMALL))
            ax = made.panel(left + _NAME * width, (1 - _NAME) * width - 8, x_range)
            ax.xaxis.set_major_locator(MaxNLocator(4))
            ax.xaxis.set_major_formatter(lambda value, _: for_figure(text(value)))
            if line is not None and x_range[0] <= line <= x_range[1]:
                ax.axvline(line, color=palette.INK, linewidth=1.0, linestyle=(0, (4, 2)), zorder=2, gid="line")
            _rows(made, ax, part, left, _NAME * width - 6, min(NORMAL, height - 2))
    return made.figure


def _rows(made: Sheet, ax: Axes, rows: pd.DataFrame, left: float, room: float, size: float) -> None:
    middles = made.middles[: len(rows)]
    for y, row in zip(middles, rows.to_dict("records"), strict=True):
        made.write(left, y, clipped(for_figure(str(row["unit"])), room, size), fontsize=size)
        if is_missing(row["value"]):
            missing_row(ax, y, ax.get_xlim()[0], str(row.get("missing") or "нет данных"))
    intervals(ax, middles, rows["low"], rows["high"], colour=palette.BLUE_DARK)
    marks(ax, rows["value"], middles, "dot", palette.BLUE, gid="value")
