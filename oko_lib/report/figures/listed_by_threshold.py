"""How many schools a rule names at each threshold, and up to which threshold it names a school."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, MultipleLocator

from oko_lib.report import palette
from oko_lib.report.figures.order import by_name
from oko_lib.report.figures.parts import Key, key_height, key_line, missing_row, require
from oko_lib.report.figures.sheet import marks, names_in_rows, room_for_rows, sheet
from oko_lib.report.figures.theme import NORMAL, axes, canvas, number_axis, percent_axis, theme
from oko_lib.report.numbers import is_missing, percent

WHAT = "Рисунок порога правила"
_LEFT, _RIGHT, _BOTTOM, _BODY = 46.0, 10.0, 34.0, 190.0
_NAME, _PANEL, _PANEL_WIDTH, _ANSWER, _HEAD_LINES = 150.0, 158.0, 186.0, 352.0, 2
#: Room for the mark of the first and of the last threshold.
_MARGIN = 0.004
_DASHES = (0, (4, 2))


def _keys(usual: float, tried: float) -> list[Key]:
    return [
        Key(f"порог правила, {percent(usual, 0)}", palette.INK, "line"),
        *([Key(f"пробный порог, {percent(tried, 0)}", palette.ORANGE, "dash")] if tried != usual else []),
    ]


def _lines(ax: Axes, usual: float, tried: float) -> None:
    ax.axvline(usual, color=palette.INK, linewidth=1.0, zorder=2, gid="usual")
    if tried != usual:
        ax.axvline(tried, color=palette.ORANGE, linewidth=1.3, linestyle=_DASHES, zorder=2.2, gid="tried")


def listed_by_threshold(counts: Mapping[float, int], usual: float, tried: float) -> Figure:
    """Return the number of named schools by threshold as a step line, the rule's threshold and the tried one marked.

    Parameters
    ----------
    counts : mapping of float to int
        Threshold (fraction) → schools named at it.
    usual, tried : float
        The rule's own threshold and the one looked at (fractions).

    Raises
    ------
    ValueError
        If there are no thresholds.
    """
    if not counts:
        raise ValueError(f"{WHAT}: нет ни одного порога.")
    keys = [Key("школ подходит под правило", palette.BLUE, "line"), *_keys(usual, tried)]
    x = np.array(sorted(counts))
    y = np.array([counts[value] for value in sorted(counts)])
    with theme():
        figure = canvas((key_height(keys, _LEFT) + _BODY + _BOTTOM) / 72)
        key_line(figure, keys, _LEFT)
        ax = axes(figure, _LEFT, _BOTTOM, figure.get_figwidth() * 72 - _LEFT - _RIGHT, _BODY)
        ax.set_xlim(min(x[0], usual) - _MARGIN, max(x[-1], usual) + _MARGIN)
        ax.set_ylim(0, max(1, y.max()) * 1.08)
        percent_axis(ax)
        ax.xaxis.set_major_locator(MultipleLocator(0.05))
        number_axis(ax, "y")
        ax.yaxis.set_major_locator(MaxNLocator(6, integer=True))
        ax.set_xlabel("Порог доли не преодолевших", labelpad=4)
        ax.set_ylabel("Школ", labelpad=5)
        # Between two thresholds nothing was computed: the number holds from the one before up to its own.
        ax.step(
            np.r_[x[0] - _MARGIN, x],
            np.r_[y[0], y],
            where="pre",
            color=palette.BLUE,
            linewidth=1.6,
            zorder=4,
            gid="counts",
        )
        _lines(ax, usual, tried)
        known = {threshold: counts[threshold] for threshold in (usual, tried) if threshold in counts}
        marks(ax, list(known), list(known.values()), "dot", palette.BLUE, size=6, gid="chosen")
    return figure


def critical_strip(
    frame: pd.DataFrame, usual: float, tried: float, *, x_range: tuple[float, float] = (0.0, 1.0)
) -> Figure:
    """Return a row per school: the largest threshold at which the rule still names it, beside the thresholds.

    Parameters
    ----------
    frame : DataFrame
        One row per school, drawn by name: ``school``, ``critical`` (fraction; missing where the rule does not depend on
        a threshold or data are too few), ``at_usual``, ``at_tried`` (answers in words).
    usual, tried : float
        The rule's own threshold and the one looked at (fractions).
    x_range : (float, float)
        The same in all municipalities.

    Raises
    ------
    KeyError, ValueError
        If a column is missing, there are no rows, or they do not fit a page.
    """
    require(frame, ["school", "critical", "at_usual", "at_tried"], WHAT)
    rows = by_name(frame)
    keys = [Key("правило выполнено до этого порога", palette.BLUE, "dot"), *_keys(usual, tried)]
    texts, heights = names_in_rows(rows["school"], _NAME - 4, room=room_for_rows(keys, _HEAD_LINES))
    with theme():
        made = sheet(heights, keys, _HEAD_LINES, WHAT)
        made.rules(made.tops[1:-1])
        made.head(0, "Школа")
        made.head(_PANEL, "Правило выполнено до порога")
        made.head(_ANSWER, f"При\n{percent(usual, 0)}")
        if tried != usual:
            made.head(_ANSWER + 52, f"При\n{percent(tried, 0)}")
        ax = made.panel(_PANEL, _PANEL_WIDTH, x_range)
        percent_axis(ax)
        _lines(ax, usual, tried)
        for y, text, row in zip(made.middles, texts, rows.to_dict("records"), strict=True):
            made.write(0, y, text, fontsize=NORMAL)
            made.write(_ANSWER, y, str(row["at_usual"]), color=palette.MUTED)
            if tried != usual:
                changed = row["at_tried"] != row["at_usual"]
                made.write(_ANSWER + 52, y, str(row["at_tried"]), color=palette.INK if changed else palette.MUTED)
            if is_missing(row["critical"]):
                missing_row(ax, y, x_range[0] + 0.02)
        at = np.array(made.middles)
        # From the left end on, so that what lies below the mark is seen as «named».
        known = rows["critical"].notna().to_numpy()
        ends = rows["critical"][known].to_numpy(float)
        ax.hlines(at[known], x_range[0], np.clip(ends, *x_range), color=palette.BLUE_LIGHT, linewidth=2.4, zorder=3)
        marks(ax, rows["critical"], made.middles, "dot", palette.BLUE, size=6, gid="critical")
    return made.figure
