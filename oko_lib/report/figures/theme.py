"""One look for all figures: seaborn's light grid, PT Sans, sizes for print at full text width."""

from __future__ import annotations

from contextlib import AbstractContextManager
from functools import lru_cache

import matplotlib
import seaborn
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from oko_lib.report import palette
from oko_lib.report.numbers import for_figure, number
from oko_lib.report.style import FONT_DIR, TEXT_WIDTH_IN

#: Smallest text printed, points; nothing is scaled afterwards.
SMALL = 8.0
NORMAL = 8.5
TALLEST_IN = 9.0


@lru_cache(maxsize=1)
def _rc() -> dict[str, object]:
    for path in sorted(FONT_DIR.glob("PTS*.ttf")):
        font_manager.fontManager.addfont(str(path))
    return {
        **seaborn.axes_style("whitegrid"),
        **seaborn.plotting_context("paper"),
        "font.family": ["PT Sans"],
        "font.sans-serif": ["PT Sans"],
        "font.size": NORMAL,
        "axes.labelsize": NORMAL,
        "axes.titlesize": NORMAL,
        "xtick.labelsize": SMALL,
        "ytick.labelsize": SMALL,
        "legend.fontsize": SMALL,
        "axes.unicode_minus": True,
        "axes.edgecolor": palette.RULE,
        "axes.labelcolor": palette.INK,
        "text.color": palette.INK,
        "xtick.color": palette.INK,
        "ytick.color": palette.INK,
        "grid.color": palette.RULE_LIGHT,
        "grid.linewidth": 0.6,
        "axes.linewidth": 0.6,
        "axes.axisbelow": True,
        "lines.linewidth": 1.3,
        "patch.linewidth": 0.0,
        "svg.fonttype": "none",
        # A «$» in a school's name is a letter.
        "text.parse_math": False,
        "svg.hashsalt": "oko",
        "figure.dpi": 72,
        "figure.facecolor": "white",
        "path.simplify": True,
        "figure.autolayout": False,
        "figure.constrained_layout.use": False,
    }


def theme() -> AbstractContextManager:
    """Return a context in which figures of the house are made and written; the caller's settings come back after it."""
    return matplotlib.rc_context(_rc())


def canvas(height: float) -> Figure:
    """Return an empty figure of the text's width and `height` inches."""
    figure = Figure(figsize=(TEXT_WIDTH_IN, min(height, TALLEST_IN)))
    FigureCanvasAgg(figure)
    return figure


def axes(figure: Figure, left: float, bottom: float, width: float, height: float) -> Axes:
    """Return axes placed in points from the figure's lower left corner."""
    full_width, full_height = figure.get_figwidth() * 72, figure.get_figheight() * 72
    result = figure.add_axes((left / full_width, bottom / full_height, width / full_width, height / full_height))
    for side in ("top", "right"):
        result.spines[side].set_visible(False)
    result.tick_params(length=0, pad=3)
    return result


def percent_axis(ax: Axes, which: str = "x", digits: int = 0) -> None:
    """Print the ticks of an axis that holds shares (0..1) in per cent."""
    axis = ax.xaxis if which == "x" else ax.yaxis
    axis.set_major_formatter(FuncFormatter(lambda value, _: for_figure(number(value * 100, digits)) + "\u00a0%"))


def number_axis(ax: Axes, which: str = "x", digits: int = 0, signed: bool = False) -> None:
    """Print the ticks of an axis in Russian notation."""
    axis = ax.xaxis if which == "x" else ax.yaxis
    axis.set_major_formatter(FuncFormatter(lambda value, _: for_figure(number(value, digits, signed=signed))))
