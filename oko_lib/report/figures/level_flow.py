"""The same children in two grades: from which level to which they went."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.colors import LinearSegmentedColormap, to_hex
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from oko_lib.report import palette
from oko_lib.report.figures.parts import require
from oko_lib.report.figures.sheet import LINE, Sheet, sheet
from oko_lib.report.figures.theme import NORMAL, theme
from oko_lib.report.numbers import TOO_FEW, integer, percent

WHAT = "Рисунок перехода между уровнями"
#: Levels from the lowest to the highest and how they are written.
LEVELS = {
    "insufficient": "недостаточный",
    "reduced": "пониженный",
    "basic": "базовый",
    "advanced": "повышенный",
}
_LEFT, _CELL, _ROW, _HEAD_LINES = 112.0, 78.0, 34.0, 3
_SHADES = LinearSegmentedColormap.from_list("levels", ["#FFFFFF", palette.BLUE_LIGHT, palette.BLUE])
#: Shades darker than this carry white letters.
_WHITE_FROM = 0.62


def level_flow(
    frame: pd.DataFrame,
    *,
    before: str = "4 класс",
    now: str = "6 класс",
    titles: Mapping[str, str] | None = None,
    hide_below: int | None = None,
) -> Figure:
    """Return a table of levels before (rows) and now (columns): pupils and per cent of the row, one hue.

    Parameters
    ----------
    frame : DataFrame
        Counts of the same children: ``level_before``, ``level_now`` (codes, see :data:`LEVELS`), ``n`` (pupils).
        Pairs that are not in the frame, and missing counts, are zero; repeated pairs are added up.
    before, now : str
        Grades or years as written beside the table.
    titles : mapping, optional
        Code → word, where a region calls its levels otherwise; also sets the codes and their order.
    hide_below : int, optional
        Cells with fewer pupils, zeros too, are written «м.д.». As soon as one is hidden, totals are left out, and
        rows with a hidden cell have neither per cent nor shade: either would give the hidden number away.

    Raises
    ------
    KeyError, ValueError
        If a column is missing, a code is unknown, or there are no pupils.
    """
    require(frame, ["level_before", "level_now", "n"], WHAT)
    words = dict(titles or LEVELS)
    counts = _matrix(frame, list(words))
    hidden = counts < (hide_below or 0)
    sums = counts.sum(axis=1)
    with theme():
        made = sheet([_ROW] * len(words) + ([] if hidden.any() else [16.0]), [], _HEAD_LINES, WHAT, axis_room=4)
        right = _LEFT + _CELL * len(words)
        made.head(0, f"Уровень,\n{before}")
        made.write((_LEFT + right) / 2, -6 - 2 * LINE, f"Уровень, {now}", "center", color=palette.MUTED)
        for column, word in enumerate(words.values()):
            made.head(_LEFT + (column + 0.5) * _CELL, word, "center")
        if not hidden.any():
            made.head(made.width, "всего", "right")
        for row, word in enumerate(words.values()):
            y = made.middles[row]
            made.write(0, y, word, fontsize=NORMAL)
            if not hidden.any():
                made.write(made.width, y, integer(sums[row]), "right")
            for column in range(len(words)):
                whole = 0 if hidden[row].any() else sums[row]
                _cell(made, row, column, counts[row, column], whole, hidden[row, column])
        if not hidden.any():
            y = made.middles[-1]
            made.write(0, y, "Всего", fontsize=NORMAL)
            for column, n in enumerate(counts.sum(axis=0)):
                made.write(_LEFT + (column + 0.5) * _CELL, y, integer(n), "center")
            made.write(made.width, y, integer(counts.sum()), "right", weight="bold")
        made.rules([made.tops[len(words)]], palette.RULE)
    return made.figure


def _matrix(frame: pd.DataFrame, codes: list[str]) -> np.ndarray:
    counts = np.zeros((len(codes), len(codes)), dtype=int)
    for row in frame[["level_before", "level_now", "n"]].to_dict("records"):
        for code in (row["level_before"], row["level_now"]):
            if code not in codes:
                raise ValueError(f"{WHAT}: неизвестный уровень «{code}». Известны: {', '.join(codes)}.")
        if not pd.isna(row["n"]):
            counts[codes.index(row["level_before"]), codes.index(row["level_now"])] += int(row["n"])
    if not counts.any():
        raise ValueError(f"{WHAT}: нет ни одного ученика. Вместо пустого рисунка скажите об этом словами.")
    return counts


def _cell(made: Sheet, row: int, column: int, n: int, whole: int, hidden: bool) -> None:
    """One cell; `whole` is the row's total, zero where no per cent may be shown."""
    left, top = _LEFT + column * _CELL, made.tops[row]
    share = n / whole if whole else 0.0
    same = row == column
    made.page.add_patch(
        Rectangle(
            (left + 1, top + 1), _CELL - 2, _ROW - 2, facecolor=to_hex(_SHADES(share)),
            edgecolor=palette.ACCENT if same else palette.RULE_LIGHT, linewidth=1.4 if same else 0.6, zorder=2,
            gid="cell",
        )
    )  # fmt: skip
    colour = "white" if share > _WHITE_FROM else palette.INK
    x, y = left + _CELL / 2, top + _ROW / 2
    if hidden:
        made.write(x, y, TOO_FEW, "center", color=palette.MUTED, zorder=3)
    elif whole:
        made.write(x, y - 6.5, integer(n), "center", fontsize=NORMAL, weight="bold", color=colour, zorder=3)
        made.write(x, y + 6.5, percent(share), "center", color=colour, zorder=3)
    else:
        made.write(x, y, integer(n), "center", fontsize=NORMAL, weight="bold", color=colour, zorder=3)
