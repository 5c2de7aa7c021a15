"""Stages of the olympiad from school to final: who took part, and what share went on to the next stage."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Polygon
from matplotlib.ticker import MaxNLocator

from oko_lib.report import palette
from oko_lib.report.figures.parts import Key, require
from oko_lib.report.figures.sheet import LINE, Sheet, intervals, marks, sheet
from oko_lib.report.figures.standing import too_few
from oko_lib.report.figures.theme import NORMAL, SMALL, percent_axis, theme
from oko_lib.report.numbers import TOO_FEW, for_figure, integer, is_missing, percent, percent_number, span
from oko_lib.report.style import clipped, wrapped

WHAT = "Рисунок этапов"
_PERSONS, _ENTRIES, _BARS, _BARS_WIDTH = 126.0, 166.0, 176.0, 112.0
_SHARES, _SHARES_WIDTH, _TEXT = 304.0, 76.0, 390.0
_NAME_WIDTH = 88.0
_STAGE, _STEP, _BAR, _HEAD_LINES = 20.0, 21.0, 15.0, 2
#: A bar of a single child can still be seen.
_LEAST = 0.008


def stage_funnel(
    frame: pd.DataFrame,
    *,
    hide_below: int,
    region: str = "регион",
    share_range: tuple[float, float] = (0.0, 0.5),
) -> Figure:
    """Return the stages one below the other, persons inside entries, and between them the share that went on.

    Bars are drawn in parts of the largest number of entries (that of the first stage with data), so that the funnels
    of two municipalities of different size can be laid side by side.

    Parameters
    ----------
    frame : DataFrame
        One row per stage, from the first to the last: ``stage`` («Школьный»), ``persons`` (different children who
        took part), ``entries`` (takings-part; one child may have several), both missing where no file of the stage
        is there; then the way to the next stage: ``base`` (persons who could go on, such as those of the grades the
        next stage is held in), ``went_on`` (those of them who took part in the next stage), ``share``, ``low``,
        ``high`` (went_on / base with its interval, fractions), ``region_share`` (fraction; may be missing). They are
        missing where there is no answer, and not looked at in the last row.
    hide_below : int
        A share of fewer persons is written «м.д.».
    region : str
        Its name beside the shares.
    share_range : (float, float)
        Scale of the shares, the same in all reports; what lies outside stands at the edge.

    Raises
    ------
    KeyError, ValueError
        If a column is missing, there are no rows, or they do not fit a page.
    """
    columns = ["stage", "persons", "entries", "base", "went_on", "share", "low", "high", "region_share"]
    require(frame, columns, WHAT)
    rows = frame.to_dict("records")
    keys = [
        Key("участия", palette.BLUE_LIGHT),
        Key("дети", palette.BLUE),
        Key("перешли дальше, с интервалом", palette.INK, "dot"),
        Key(region, palette.GREY, "line"),
    ]
    heights = [_STAGE if place % 2 == 0 else _STEP for place in range(2 * len(rows) - 1)]
    with theme():
        made = sheet(heights, keys, _HEAD_LINES, WHAT)
        made.head(0, "Этап")
        made.head(_PERSONS, "Детей,\nчел.", "right")
        made.head(_ENTRIES, "Участий,\nед.", "right")
        if len(rows) > 1:
            made.head(_SHARES, "Доля перешедших\nна следующий этап")
        middles = made.middles
        _funnel(made, rows)
        for y, row in zip(middles[::2], rows, strict=True):
            _stage(made, y, row)
        _steps(made, middles[1::2], rows[:-1], hide_below, region, share_range)
    return made.figure


def _stage(made: Sheet, y: float, row: dict) -> None:
    name = wrapped(str(row["stage"]), _NAME_WIDTH, NORMAL, lines=2)
    made.write(0, y, "\n".join(name), fontsize=NORMAL, weight="bold")
    if is_missing(row["persons"]) and is_missing(row["entries"]):
        made.write(_BARS + _BARS_WIDTH / 2, y, "нет данных", "center", color=palette.MUTED, style="italic")
    for x, count in ((_PERSONS, row["persons"]), (_ENTRIES, row["entries"])):
        made.write(x, y, integer(count), "right", fontsize=NORMAL, gid="count")


def _funnel(made: Sheet, rows: Sequence[dict]) -> None:
    """Centred bars, and between neighbouring ones the slope from one number of children to the next."""
    counts = [row[name] for row in rows for name in ("persons", "entries") if not is_missing(row[name])]
    largest = max(counts, default=0)
    if not largest:
        return
    page, centre = made.page, _BARS + _BARS_WIDTH / 2

    def half(count: float) -> float:
        return max(count / largest, _LEAST) * _BARS_WIDTH / 2 if count else 0.0

    edges: list[tuple[float, float] | None] = []
    for y, row in zip(made.middles[::2], rows, strict=True):
        for name, colour in (("entries", palette.BLUE_LIGHT), ("persons", palette.BLUE)):
            if not is_missing(row[name]) and row[name]:
                page.barh(
                    y, 2 * half(row[name]), left=centre - half(row[name]), height=_BAR, color=colour, zorder=3, gid=name
                )
        edges.append(None if is_missing(row["persons"]) else (y, half(row["persons"])))
    for upper, lower in pairwise(edges):
        if upper is None or lower is None:
            continue
        corners = [
            (centre - upper[1], upper[0] + _BAR / 2), (centre + upper[1], upper[0] + _BAR / 2),
            (centre + lower[1], lower[0] - _BAR / 2), (centre - lower[1], lower[0] - _BAR / 2),
        ]  # fmt: skip
        page.add_patch(Polygon(corners, facecolor=palette.RULE_LIGHT, linewidth=0, zorder=2, gid="slope"))


def _steps(
    made: Sheet,
    middles: Sequence[float],
    rows: Sequence[dict],
    hide_below: int,
    region: str,
    share_range: tuple[float, float],
) -> None:
    if not rows:
        return
    ax = made.panel(_SHARES, _SHARES_WIDTH, share_range)
    percent_axis(ax)
    ax.xaxis.set_major_locator(MaxNLocator(2, steps=[1, 2, 2.5, 5, 10]))
    for y, row in zip(middles, rows, strict=True):
        hidden = too_few(row["base"], hide_below)
        if not is_missing(row["went_on"]) and not is_missing(row["base"]):
            made.write(0, y, f"перешли {integer(row['went_on'])} из {integer(row['base'])}", color=palette.MUTED)
        beside = "" if is_missing(row["region_share"]) else for_figure(f"{region} {percent(row['region_share'])}")
        own = TOO_FEW if hidden else "нет данных" if is_missing(row["share"]) else _with_interval(row)
        made.write(_TEXT, y - LINE / 2 * bool(beside), own, gid="share")
        if beside:
            made.write(_TEXT, y + LINE / 2, clipped(beside, made.width - _TEXT, SMALL), color=palette.MUTED)
            at = min(max(row["region_share"], share_range[0]), share_range[1])
            ax.vlines(at, y - 8, y + 8, color=palette.GREY, linewidth=1.6, zorder=3, gid="region")
        if not hidden:
            _mark(ax, y, row)


def _mark(ax: Axes, y: float, row: dict) -> None:
    if is_missing(row["share"]):
        return
    intervals(ax, [y], [row["low"]], [row["high"]], width=1.2, zorder=4)
    marks(ax, [row["share"]], [y], "dot", palette.INK, size=4.6, gid="own")


def _with_interval(row: dict) -> str:
    text = percent(row["share"])
    if is_missing(row["low"]) or is_missing(row["high"]):
        return text
    return f"{text} ({span(percent_number(row['low']), percent_number(row['high']))})"
