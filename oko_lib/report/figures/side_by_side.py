"""Two units, or two years of one, in the same shares: each with its interval."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from oko_lib.report import palette
from oko_lib.report.figures.parts import Key, missing_row, require
from oko_lib.report.figures.sheet import intervals, marks, names_in_rows, room_for_rows, sheet
from oko_lib.report.figures.theme import percent_axis, theme
from oko_lib.report.numbers import is_missing

WHAT = "Рисунок сравнения"
_NAME, _PANEL, _PANEL_WIDTH, _APART, _HEAD_LINES = 190.0, 200.0, 262.0, 4.5, 1
_SIDES = (("first", "dot", palette.BLUE), ("second", "diamond", palette.ORANGE))


def side_by_side(
    frame: pd.DataFrame, first: str, second: str, *, x_range: tuple[float, float] = (0.0, 1.0), what: str = "Доля"
) -> Figure:
    """Return two marks with intervals in every row.

    Parameters
    ----------
    frame : DataFrame
        One row per thing compared: ``label``, and for ``first`` and ``second`` the share with ``_low`` and ``_high``
        (fractions; missing where there is no answer).
    first, second : str
        Names of the two.
    x_range : (float, float)
    what : str
        Heading of the panel.

    Raises
    ------
    KeyError, ValueError
        If a column is missing, or the rows do not fit a page.
    """
    require(frame, ["label", *(name for side, *_ in _SIDES for name in (side, f"{side}_low", f"{side}_high"))], WHAT)
    keys = [Key(first, palette.BLUE, "dot"), Key(second, palette.ORANGE, "diamond")]
    texts, heights = names_in_rows(frame["label"], _NAME - 6, least=22, room=room_for_rows(keys, _HEAD_LINES))
    with theme():
        made = sheet(heights, keys, _HEAD_LINES, WHAT)
        made.rules(made.tops[1:-1])
        made.head(_PANEL, what)
        ax = made.panel(_PANEL, _PANEL_WIDTH, x_range)
        percent_axis(ax)
        for y, text, row in zip(made.middles, texts, frame.to_dict("records"), strict=True):
            made.write(0, y, text)
            if is_missing(row["first"]) and is_missing(row["second"]):
                missing_row(ax, y, x_range[0] + 0.02, "мало данных")
        for (side, kind, colour), shift in zip(_SIDES, (-_APART, _APART), strict=True):
            at = [y + shift for y in made.middles]
            intervals(ax, at, frame[f"{side}_low"], frame[f"{side}_high"], colour=colour)
            marks(ax, frame[side], at, kind, colour)
    return made.figure
