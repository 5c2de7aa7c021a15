"""Factors of risk of one school beside the schools of the region."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from oko_lib.report import palette
from oko_lib.report.figures.parts import Key, require
from oko_lib.report.figures.sheet import intervals, marks, names_in_rows, room_for_rows, sheet
from oko_lib.report.figures.theme import SMALL, theme
from oko_lib.report.numbers import is_missing, number, percent, percent_number, span

WHAT = "Профиль факторов риска"
#: State of a factor → its words, mark and colour; the mark alone tells them apart in a copy without colours.
STATES = {
    "strong": ("выражен сильно", "diamond", palette.ORANGE),
    "moderate": ("выражен умеренно", "square", palette.PURPLE),
    "none": ("нет", "dot", palette.BLUE),
    "no_data": ("нет данных", "ring", palette.GREY),
}
_FACTOR, _N, _PANEL, _PANEL_WIDTH, _VALUE, _REGION, _STATE = 118.0, 142.0, 152.0, 118.0, 280.0, 384.0, 394.0
_HEAD_LINES = 2


def risk_profile(frame: pd.DataFrame) -> Figure:
    """Return one row per factor: the school's value with interval over the middle half of the region's schools.

    Every row has its own scale, so that the right end is always the side of risk; the values are printed.

    Parameters
    ----------
    frame : DataFrame
        One row per factor, in the order to be drawn: ``factor`` (title), ``kind`` ("share": fractions printed in per
        cent; "number": printed as it is), ``n`` (what the value rests on; may be missing), ``value``, ``low``,
        ``high`` (missing where not known), ``region_median``, ``region_q1``, ``region_q3`` (quartiles of the region's
        schools; may be missing), ``scale_left``, ``scale_right`` (values at the ends of the strip, fixed for all
        reports; left greater than right where *less* means more risk; missing or equal ends leave the strip empty),
        ``state`` ("strong", "moderate", "none", "no_data"; anything else is "no_data"). Optional ``digits``: decimal
        places, 1 by default.

    Raises
    ------
    KeyError, ValueError
        If a column is missing, there are no rows, or they do not fit a page.
    """
    columns = ["factor", "kind", "n", "value", "low", "high", "region_median", "region_q1", "region_q3"]
    require(frame, [*columns, "scale_left", "scale_right", "state"], WHAT)
    rows = frame.to_dict("records")
    keys = [
        *[Key(word, colour, kind) for word, kind, colour in list(STATES.values())[:3]],
        Key("средняя половина школ региона", palette.GREY_LIGHT),
        Key("медиана региона", palette.MUTED, "line"),
    ]
    texts, heights = names_in_rows(
        frame["factor"], _FACTOR - 4, lines=3, size=SMALL, least=18, room=room_for_rows(keys, _HEAD_LINES)
    )  # fmt: skip
    with theme():
        made = sheet(heights, keys, _HEAD_LINES, WHAT, axis_room=15)
        made.rules(made.tops[1:-1])
        for x, text, align in (
            (0, "Фактор", "left"), (_N, "n", "right"), (_VALUE, "Значение\n(интервал)", "left"),
            (_REGION, "Медиана\nрегиона", "right"), (_STATE, "Выраженность", "left"),
            (_PANEL, "Школа среди школ\nрегиона", "left"),
        ):  # fmt: skip
            made.head(x, text, align)
        ax = made.panel(_PANEL, _PANEL_WIDTH, (0, 1))
        ax.grid(visible=False)
        ax.set_xticks([0, 1])
        ax.set_xticklabels([])
        for x, text, align in ((0, "риск меньше", "left"), (_PANEL_WIDTH, "больше", "right")):
            made.write(_PANEL + x, made.tops[-1] + 8, text, align, color=palette.MUTED, clip_on=False)
        for y, text, row in zip(made.middles, texts, rows, strict=True):
            made.write(0, y, text)
            made.write(_N, y, "" if is_missing(row["n"]) else number(row["n"]), "right", color=palette.MUTED)
            state = row["state"] if row["state"] in STATES and not is_missing(row["value"]) else "no_data"
            _strip(ax, y, row, state)
            made.write(_VALUE, y, _value(row))
            made.write(_REGION, y, _printed(row, row["region_median"]), "right", color=palette.MUTED)
            told = state in {"strong", "moderate"}
            made.write(_STATE, y, STATES[state][0], color=palette.INK if told else palette.MUTED, gid="state")
    return made.figure


def _place(row: dict, value: object) -> float | None:
    """Where a value stands between the ends of its scale; may lie outside 0…1."""
    ends = row["scale_left"], row["scale_right"]
    if is_missing(value) or any(map(is_missing, ends)) or ends[0] == ends[1]:
        return None
    return (value - ends[0]) / (ends[1] - ends[0])


def _strip(ax: Axes, y: float, row: dict, state: str) -> None:
    if _place(row, row["scale_left"]) is None:
        return
    ax.hlines(y, 0, 1, color=palette.RULE_LIGHT, linewidth=1.0, zorder=1)
    quartiles = [_place(row, row[name]) for name in ("region_q1", "region_q3")]
    if None not in quartiles:
        start, end = (min(max(place, 0.0), 1.0) for place in sorted(quartiles))
        ax.barh(y, end - start, left=start, height=9, color=palette.GREY_LIGHT, zorder=2, gid="region")
    median = _place(row, row["region_median"])
    if median is not None:
        ax.vlines(min(max(median, 0.0), 1.0), y - 5, y + 5, color=palette.MUTED, linewidth=1.4, zorder=3)
    _, kind, colour = STATES[state]
    ends = [_place(row, row[name]) for name in ("low", "high")]
    if None not in ends:
        intervals(ax, [y], [min(ends)], [max(ends)], colour=palette.INK, width=1.1, zorder=4)
    marks(ax, [_place(row, row["value"])], [y], kind, colour, size=6, gid=state)


def _digits(row: dict) -> int:
    digits = row.get("digits")
    return 1 if is_missing(digits) else int(digits)


def _printed(row: dict, value: object) -> str:
    return percent(value, _digits(row)) if row["kind"] == "share" else number(value, _digits(row))


def _value(row: dict) -> str:
    if is_missing(row["value"]):
        return "…"
    text = _printed(row, row["value"])
    if is_missing(row["low"]) or is_missing(row["high"]):
        return text
    one = percent_number if row["kind"] == "share" else number
    return f"{text} ({span(one(row['low'], _digits(row)), one(row['high'], _digits(row)))})"
