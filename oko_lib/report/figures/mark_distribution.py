"""Marks or levels by school: one stacked bar per school by name, the municipality and the region below them."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from matplotlib.figure import Figure

from oko_lib.report import palette
from oko_lib.report.figures.order import by_name
from oko_lib.report.figures.parts import require
from oko_lib.report.figures.sheet import names_in_rows, room_for_rows, sheet
from oko_lib.report.figures.stacked import MARKS, distribution_keys, stacked_bar
from oko_lib.report.figures.standing import too_few
from oko_lib.report.figures.theme import NORMAL, percent_axis, theme
from oko_lib.report.numbers import TOO_FEW, integer, is_missing, percent_number, span

WHAT = "Рисунок распределения по школам"
_NAME, _PANEL, _PANEL_WIDTH, _LOWEST = 136.0, 142.0, 208.0, 362.0
_TOTALS = ("own", "region")


def distribution_by_school(
    frame: pd.DataFrame,
    *,
    hide_below: int,
    parts: Mapping[str, str] = MARKS,
    own: str = "Муниципалитет",
    region: str = "Регион",
) -> Figure:
    """Return shares of four marks or levels by school, with the municipality and the region as last rows.

    Parameters
    ----------
    frame : DataFrame
        One row per school: ``school`` (short name), ``n`` (participants), the columns of `parts` (fractions; missing
        where there is no answer) and, when known, intervals of the first and the last part (``mark_2_low``,
        ``mark_2_high``, ``mark_5_low``, ``mark_5_high``). Optional ``scope``: "own" and "region" are the rows of the
        municipality and of the region, whatever their `school`; all others are schools, drawn by name.
    hide_below : int
        Shares of fewer participants are not drawn: «мало данных».
    parts : mapping
        Column → word of the four parts from the lowest to the highest: :data:`oko_lib.report.figures.stacked.MARKS`
        or :data:`oko_lib.report.figures.stacked.LEVELS`.
    own, region : str
        Names of the last rows.

    Returns
    -------
    Figure
        Axis always from 0 to 100 %.

    Raises
    ------
    KeyError, ValueError
        If a column is missing, there are no rows, or they do not fit a page (use
        :func:`oko_lib.report.figures.order.portions` for the schools).
    """
    require(frame, ["school", "n", *parts], WHAT)
    scope = frame["scope"] if "scope" in frame else pd.Series("school", index=frame.index)
    schools = by_name(frame[~scope.isin(_TOTALS)])
    totals = [frame[scope == name].assign(school=word) for name, word in zip(_TOTALS, (own, region), strict=True)]
    rows = pd.concat([schools, *totals], ignore_index=True).to_dict("records")
    keys = distribution_keys(parts)
    texts, heights = names_in_rows([row["school"] for row in rows], _NAME - 4, least=13.5, room=room_for_rows(keys, 2))
    first, lowest = next(iter(parts.items()))
    with theme():
        made = sheet(heights, keys, 2, WHAT)
        made.head(0, "Школа")
        made.head(_LOWEST, f"{lowest[:1].upper()}{lowest[1:]}\n(интервал), %")
        made.head(made.width, "n", "right")
        ax = made.panel(_PANEL, _PANEL_WIDTH, (0, 1))
        percent_axis(ax)
        if len(schools) and len(schools) < len(rows):
            made.rules([made.tops[len(schools)]], palette.RULE)
        for place, (y, text, row) in enumerate(zip(made.middles, texts, rows, strict=True)):
            bold = "normal" if place < len(schools) else "bold"
            made.write(0, y, text, fontsize=NORMAL, weight=bold, gid="name")
            made.write(made.width, y, "…" if is_missing(row["n"]) else integer(row["n"]), "right", color=palette.MUTED)
            shown = {**row, **dict.fromkeys(parts)} if too_few(row["n"], hide_below) else row
            made.write(_LOWEST, y, _with_interval(shown, first), gid="lowest")
            stacked_bar(ax, shown, tuple(parts), [key.colour for key in keys], y, _PANEL_WIDTH)
    return made.figure


def _with_interval(row: dict, part: str) -> str:
    """The share that matters most in numbers: its bar is often too short for them."""
    if is_missing(row[part]):
        return TOO_FEW
    low, high = row.get(f"{part}_low"), row.get(f"{part}_high")
    text = percent_number(row[part])
    return (
        text if is_missing(low) or is_missing(high) else f"{text} ({span(percent_number(low), percent_number(high))})"
    )
