"""Measures of growth in schools: how much of the growth «by the numbers» can be told from chance."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from oko_lib.report import palette
from oko_lib.report.figures.parts import Key, missing_row, require
from oko_lib.report.figures.sheet import intervals, names_in_rows, room_for_rows, sheet
from oko_lib.report.figures.theme import percent_axis, theme
from oko_lib.report.numbers import integer, is_missing, percent_number, span

WHAT = "Рисунок показателей роста"
_TITLE, _N, _PANEL, _PANEL_WIDTH, _FORMAL, _RELIABLE = 170.0, 194.0, 206.0, 138.0, 374.0, 384.0
_BAR, _HEAD_LINES = 9.0, 2


def measures_chart(
    frame: pd.DataFrame,
    *,
    formal: str = "рост по числам",
    reliable: str = "рост, отличимый от случайности",
    x_range: tuple[float, float] = (0.0, 1.0),
) -> Figure:
    """Return shares of schools with growth: hollow by the numbers alone, filled where growth is told from chance.

    The hollow rest of a bar is growth nobody can tell from the usual movement of a school.

    Parameters
    ----------
    frame : DataFrame
        One row per measure, in the order to be drawn (that of the document): ``title``, ``n`` (schools with data),
        ``formal`` (share of schools whose number grew, fraction), ``reliable``, ``reliable_low``, ``reliable_high``
        (share of schools with distinguishable growth and its interval, fractions). Shares are missing where there is
        no answer; the row then says «нет данных» (no schools) or «мало данных».
    formal, reliable : str
        Their names in the key.
    x_range : (float, float)
        The same in all reports.

    Raises
    ------
    KeyError, ValueError
        If a column is missing, there are no rows, or they do not fit a page.
    """
    require(frame, ["title", "n", "formal", "reliable", "reliable_low", "reliable_high"], WHAT)
    rows = frame.to_dict("records")
    keys = [
        Key(formal, palette.BLUE, "frame"),
        Key(reliable, palette.BLUE_LIGHT),
        Key("интервал", palette.INK, "line"),
    ]
    texts, heights = names_in_rows(
        frame["title"], _TITLE - 6, lines=4, least=19, room=room_for_rows(keys, _HEAD_LINES)
    )  # fmt: skip
    with theme():
        made = sheet(heights, keys, _HEAD_LINES, WHAT)
        made.rules(made.tops[1:-1])
        made.head(0, "Показатель")
        made.head(_N, "Школ\nс данными", "right")
        made.head(_PANEL, "Доля школ с ростом")
        made.head(_FORMAL, "По\nчислам, %", "right")
        made.head(_RELIABLE, "Отличимо\n(интервал), %")
        ax = made.panel(_PANEL, _PANEL_WIDTH, x_range)
        percent_axis(ax)
        for y, text, row in zip(made.middles, texts, rows, strict=True):
            made.write(0, y, text)
            made.write(_N, y, "…" if is_missing(row["n"]) else integer(row["n"]), "right", color=palette.MUTED)
            if is_missing(row["formal"]) and is_missing(row["reliable"]):
                missing_row(ax, y, x_range[0] + 0.02, "мало данных" if _some(row["n"]) else "нет данных")
                continue
            _bars(ax, y, row)
            made.write(_FORMAL, y, percent_number(row["formal"]), "right")
            made.write(_RELIABLE, y, _with_interval(row))
        intervals(ax, made.middles, frame["reliable_low"], frame["reliable_high"], width=1.1, zorder=5)
    return made.figure


def _some(n: object) -> bool:
    return not is_missing(n) and n > 0


def _bars(ax: Axes, y: float, row: dict) -> None:
    last = ax.get_xlim()[1]
    if not is_missing(row["reliable"]):
        ax.barh(y, min(row["reliable"], last), height=_BAR, color=palette.BLUE_LIGHT, zorder=2, gid="reliable")
    if not is_missing(row["formal"]):
        ax.barh(
            y, min(row["formal"], last), height=_BAR, facecolor="none", edgecolor=palette.BLUE, linewidth=1.1,
            zorder=3, gid="formal",
        )  # fmt: skip


def _with_interval(row: dict) -> str:
    text = percent_number(row["reliable"])
    if is_missing(row["reliable"]) or is_missing(row["reliable_low"]) or is_missing(row["reliable_high"]):
        return text
    return f"{text} ({span(percent_number(row['reliable_low']), percent_number(row['reliable_high']))})"
