"""Schools on an official list over the years: who entered, who left, who stays."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from oko_lib.report import palette
from oko_lib.report.figures.order import natural_key
from oko_lib.report.figures.parts import Key, require
from oko_lib.report.figures.sheet import marks, names_in_rows, rectangles, room_for_rows, sheet
from oko_lib.report.figures.theme import NORMAL, theme
from oko_lib.report.numbers import is_missing

WHAT = "Рисунок списка по годам"
_NAME, _FIRST, _TIMES, _NOW, _HEAD_LINES = 146.0, 152.0, 374.0, 392.0, 2
#: Two figures of a year with air around.
_LEAST_STEP = 12.0
#: Sign → what it says, colour.
_SIGNS = {
    "square": ("в списке", palette.BLUE_DARK),
    "box": ("не в списке", palette.GREY),
    "point": ("нет данных", palette.MUTED),
    "entry": ("вход", palette.BLUE_DARK),
    "exit": ("выход", palette.GREY),
}


def list_history_chart(frame: pd.DataFrame, years: Sequence[int], *, total: bool = True) -> Figure:
    """Return a grid school × year: filled square on the list, hollow one not, dot where nothing is known.

    A filled arrowhead marks an entry (from a year off the list to the next one on it), an open one an exit. The last
    two columns say the same in words for a print without a magnifier.

    Parameters
    ----------
    frame : DataFrame
        One row per school and year: ``school`` (short name, one per school), ``year`` (int), ``listed`` (bool;
        missing where it is not known). A year without a row counts as not known; when a school has several rows in a
        year, one of them on the list is enough. Years outside `years` are left out. Schools are drawn by name.
    years : sequence of int
        Columns, in this order.
    total : bool
        Add a last row with the number of schools on the list of those with data.

    Raises
    ------
    KeyError, ValueError
        If a column is missing, there are no rows or years, or rows or years do not fit a page.
    """
    require(frame, ["school", "year", "listed"], WHAT)
    if not years:
        raise ValueError(f"{WHAT}: не назван ни один год.")
    step = min(46.0, (_TIMES - 40 - _FIRST) / len(years))
    if step < _LEAST_STEP:
        raise ValueError(f"{WHAT}: {len(years)} лет не помещаются в ширину страницы. Возьмите последние годы.")
    known = _known(frame)
    schools = sorted(dict.fromkeys(frame["school"]), key=natural_key)
    grid = [[known.get((school, year)) for year in years] for school in schools]
    keys = [Key(word, colour, kind) for kind, (word, colour) in _SIGNS.items()]
    names = [*map(str, schools), *(["Всего в списке"] if total else [])]
    texts, heights = names_in_rows(names, _NAME - 4, room=room_for_rows(keys, _HEAD_LINES))
    with theme():
        made = sheet(heights, keys, _HEAD_LINES, WHAT, axis_room=4)
        made.rules(made.tops[1:-1])
        made.head(0, "Школа")
        made.head(_TIMES, "Лет\nв списке", "right")
        made.head(_NOW, f"В {years[-1]} г.")
        ax = made.panel(_FIRST, step * len(years), (-0.5, len(years) - 0.5))
        ax.grid(visible=False)
        ax.spines["bottom"].set_visible(False)
        ax.set_xticks([])
        for index, year in enumerate(years):
            made.head(_FIRST + (index + 0.5) * step, str(year) if step >= 22 else f"{year % 100:02d}", "center")
        for text, y in zip(texts, made.middles, strict=True):
            made.write(0, y, text, fontsize=NORMAL)
        _signs(ax, made.middles, grid, step)
        for y, states in zip(made.middles, grid, strict=False):
            told = [state for state in states if state is not None]
            made.write(_TIMES, y, f"{sum(told)} из {len(told)}" if told else "…", "right", color=palette.MUTED)
            word = _word(states)
            made.write(_NOW, y, word, color=palette.INK if states[-1] else palette.MUTED, gid="state")
        if total:
            y = made.middles[-1]
            made.rules(made.tops[-2:-1], palette.RULE)
            for index in range(len(years)):
                told = [states[index] for states in grid if states[index] is not None]
                text = f"{sum(told)} из {len(told)}" if step >= 36 else str(sum(told))
                made.write(_FIRST + (index + 0.5) * step, y, text if told else "…", "center")
    return made.figure


def _known(frame: pd.DataFrame) -> dict[tuple[object, int], bool]:
    known: dict[tuple[object, int], bool] = {}
    for row in frame[["school", "year", "listed"]].to_dict("records"):
        if not is_missing(row["listed"]) and not is_missing(row["year"]):
            spot = row["school"], int(row["year"])
            known[spot] = known.get(spot, False) or bool(row["listed"])
    return known


def _word(states: Sequence[bool | None]) -> str:
    """What happened in the last year."""
    now, before = states[-1], states[-2] if len(states) > 1 else None
    if now is None:
        return "нет данных"
    if before is None:
        return "в списке" if now else "не в списке"
    if now:
        return "остаётся" if before else "вход"
    return "выход" if before else "не в списке"


def _signs(ax: Axes, middles: Sequence[float], grid: Sequence[Sequence[bool | None]], step: float) -> None:
    """Squares and points of all schools, arrowheads between the years."""
    size = min(9.0, step * 0.5)
    spots: dict[str, list[tuple[float, float]]] = {kind: [] for kind in _SIGNS}
    for y, states in zip(middles, grid, strict=False):
        for year, state in enumerate(states):
            spots["point" if state is None else "square" if state else "box"].append((year, y))
        for year, (before, now) in enumerate(pairwise(states)):
            if before is not None and now is not None and before != now:
                spots["entry" if now else "exit"].append((year + 0.5, y))
    for kind, (_, colour) in _SIGNS.items():
        if not spots[kind]:
            continue
        if kind in {"square", "box"}:
            half = size / step / 2, size / 2
            rectangles(
                ax, [(x - half[0], x + half[0], y - half[1], y + half[1]) for x, y in spots[kind]],
                facecolor=colour if kind == "square" else "white", edgecolor=colour, linewidth=1.0, zorder=5, gid=kind,
            )  # fmt: skip
        else:
            x, y = zip(*spots[kind], strict=True)
            marks(ax, x, y, kind, colour, size=min(5.0, step * 0.3), gid=kind)
