"""Schools at their own stage and at the next one: expected against observed, named only where it is beyond chance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch
from matplotlib.path import Path

from oko_lib.report import palette
from oko_lib.report.figures.labels import Box, place_labels
from oko_lib.report.figures.parts import Key, crowd, key_height, key_line, require, write_label
from oko_lib.report.figures.sheet import LINE, marks
from oko_lib.report.figures.standing import MARKS, too_few
from oko_lib.report.figures.theme import NORMAL, SMALL, axes, canvas, percent_axis, theme
from oko_lib.report.numbers import for_figure, integer, is_missing
from oko_lib.report.style import TEXT_WIDTH_IN, clipped

WHAT = "Рисунок двух этапов"
#: More labels than this in one panel make a figure nobody reads.
MAX_LABELS = 10
_LEFT, _RIGHT, _BETWEEN, _TITLE, _BOTTOM, _BODY = 44.0, 12.0, 48.0, 18.0, 34.0, 200.0
_TICKS = (0.0, 0.25, 0.5, 0.75, 1.0)
#: Points along an interval that a label should not cover.
_STEPS = tuple(step / 10 for step in range(11))


def home_and_away(
    frame: pd.DataFrame,
    *,
    measures: Mapping[str, str],
    hide_below: int,
    own: str = "школы муниципалитета",
    others: str = "остальные школы региона",
    max_labels: int = MAX_LABELS,
) -> Figure:
    """Return a panel per measure: what the own stage lets expect of the next one, and what was seen there.

    Parameters
    ----------
    frame : DataFrame
        One row per school and measure: ``measure`` (code), ``label`` (short name, see
        :func:`oko_lib.report.names.short_school`), ``own`` (bool), ``n`` (children the measure rests on),
        ``expected`` (from the school's results at its own stage), ``observed``, ``low``, ``high`` (at the next stage,
        with interval), all fractions; ``state`` ("above", "below", "indistinct"; anything else is no answer and
        drawn like "indistinct"). Rows without `expected` or `observed` are left out.
    measures : mapping
        Code → title of its panel («Пришли на муниципальный этап, % победителей и призёров»), one or two, in order.
    hide_below : int
        Schools with fewer children are not drawn; how many they are is written under the panel.
    own, others : str
        How the two groups are called.
    max_labels : int
        Of one panel; with more schools beyond chance those farthest from the diagonal relative to their interval.

    Returns
    -------
    Figure
        Both axes always from 0 to 100 %.

    Raises
    ------
    KeyError, ValueError
        If a column is missing or no school has both results.
    """
    require(frame, ["measure", "label", "own", "n", "expected", "observed", "low", "high", "state"], WHAT)
    small = np.array([too_few(n, hide_below) for n in frame["n"]], dtype=bool)
    known = (frame["expected"].notna() & frame["observed"].notna()).to_numpy()
    shown, silent = frame[known & ~small], frame[known & small]
    if not shown["measure"].isin(list(measures)).any():
        raise ValueError(f"{WHAT}: ни у одной школы нет обоих результатов. Скажите об этом словами.")
    keys = [
        Key(f"{own}, с интервалом", palette.MUTED, "dot"),
        Key("выше ожидаемого", palette.BLUE, "up"),
        Key("ниже ожидаемого", palette.ORANGE, "down"),
        *([Key(others, palette.GREY_LIGHT, "dot")] if not shown["own"].astype(bool).all() else []),
        Key("как ожидалось", palette.MUTED, "dash"),
    ]
    with theme():
        parts = {code: shown[shown["measure"] == code].reset_index(drop=True) for code in measures}
        hidden = silent[silent["own"].astype(bool)]
        notes = [_notes(part, int((hidden["measure"] == code).sum()), hide_below) for code, part in parts.items()]
        bottom = _BOTTOM + LINE * max(map(len, notes))
        figure = canvas((key_height(keys, _LEFT) + _TITLE + _BODY + bottom) / 72)
        key_line(figure, keys, _LEFT)
        width = (TEXT_WIDTH_IN * 72 - _LEFT - _RIGHT - _BETWEEN * (len(measures) - 1)) / len(measures)
        for place, (code, title) in enumerate(measures.items()):
            ax = axes(figure, _LEFT + place * (width + _BETWEEN), bottom, width, _BODY)
            _frame(ax, width, title, notes[place])
            _panel(ax, parts[code], width, max_labels)
    return figure


def _notes(data: pd.DataFrame, hidden: int, hide_below: int) -> list[str]:
    """What stands below a panel: the meaning of its labels, and how many own schools are not drawn."""
    named = (data["own"].astype(bool) & data["state"].isin(["above", "below"])).any()
    notes = ["в скобках — число детей"] if named else []
    return [*notes, f"не показано школ (детей меньше {hide_below}): {integer(hidden)}"] if hidden else notes


def _frame(ax: Axes, width: float, title: str, notes: Sequence[str]) -> None:
    """Axes, their titles and the notes below them."""
    ax.set_xlim(0, 1)
    ax.set_ylim(0, 1)
    for which in ("x", "y"):
        percent_axis(ax, which)
    # The two zeros keep clear of each other.
    ax.tick_params(axis="x", pad=5)
    ax.set_xticks(_TICKS)
    ax.set_yticks(_TICKS)
    ax.set_xlabel("Ожидалось", labelpad=3)
    ax.set_ylabel("Наблюдалось", labelpad=3)
    ax.annotate(
        clipped(for_figure(title), width + 30, NORMAL, bold=True), (0, 1), xycoords="axes fraction", xytext=(-30, 6),
        textcoords="offset points", fontsize=NORMAL, weight="bold", ha="left", va="baseline", annotation_clip=False,
    )  # fmt: skip
    for place, note in enumerate(notes):
        ax.annotate(
            clipped(for_figure(note), width, SMALL), (0, 0), xycoords="axes fraction", xytext=(0, -40 - LINE * place),
            textcoords="offset points", fontsize=SMALL, color=palette.MUTED, annotation_clip=False, gid="note",
        )  # fmt: skip
    ax.plot([0, 1], [0, 1], color=palette.MUTED, linewidth=1.1, linestyle=(0, (4, 2)), zorder=2, gid="diagonal")


def _panel(ax: Axes, data: pd.DataFrame, width: float, max_labels: int) -> None:
    if data.empty:
        ax.text(0.5, 0.5, "мало данных", fontsize=NORMAL, color=palette.MUTED, style="italic", ha="center", va="center")
        return
    mine = data["own"].astype(bool).to_numpy()
    numbers = data[["expected", "observed", "low", "high"]].apply(pd.to_numeric).to_numpy(float)
    x, y, low, high = numbers.T
    crowd(ax, x[~mine], y[~mine])
    states = np.array([state if state in MARKS else "indistinct" for state in data["state"]], dtype=object)
    sure = np.isfinite(low) & np.isfinite(high)
    for state, (kind, colour) in MARKS.items():
        chosen = mine & (states == state)
        told = state != "indistinct"
        seen = chosen & sure
        if seen.any():
            lines = PathPatch(
                _verticals(x[seen], low[seen], high[seen]), fill=False, edgecolor=colour,
                linewidth=1.3 if told else 0.8, alpha=1 if told else 0.55, zorder=4 if told else 3.5, gid="interval",
            )  # fmt: skip
            ax.add_artist(lines)
        marks(ax, x[chosen], y[chosen], kind, colour, size=7.0 if told else 4.5, zorder=6 if told else 5, gid=state)
    beyond = np.flatnonzero(mine & np.isin(states, ["above", "below"]))
    half = np.nan_to_num((high - low) / 2, nan=np.inf)[beyond]
    far = np.abs(y - x)[beyond] / np.maximum(half, 1e-9)
    beyond = beyond[np.sort(np.argsort(-far, kind="stable")[:max_labels])]
    spots = np.column_stack([x * width, y * _BODY])
    bars = _bars(numbers[mine], width)
    # The intervals the labels speak of weigh more than the others.
    bars += [bar for bar in _bars(numbers[beyond], width) for _ in range(12)]
    silent = np.setdiff1d(np.arange(len(data)), beyond)
    texts = [_label(data.iloc[index]) for index in beyond]
    placed = place_labels(
        [tuple(spots[index]) for index in beyond], texts, Box(1, 1, width - 1, _BODY - 1), SMALL,
        np.concatenate([spots[silent], *bars]),
    )  # fmt: skip
    for label in placed:
        write_label(ax, label, width, _BODY)


def _verticals(x: np.ndarray, low: np.ndarray, high: np.ndarray) -> Path:
    """Return vertical lines as one path: a region has a thousand, and drawn one by one they take half a second."""
    ends = np.column_stack([x, low, x, high]).reshape(-1, 2)
    return Path(ends, np.tile([Path.MOVETO, Path.LINETO], len(x)))


def _bars(numbers: np.ndarray, width: float) -> list[np.ndarray]:
    """Points along the intervals, in points of the page."""
    x, _, low, high = numbers[np.isfinite(numbers).all(axis=1)].T
    return [np.column_stack([x, low + (high - low) * step]) * (width, _BODY) for step in _STEPS]


def _label(row: pd.Series) -> str:
    name = clipped(for_figure(" ".join(str(row["label"]).split())), 110, SMALL)
    return name if is_missing(row["n"]) else f"{name} ({for_figure(integer(row['n']))})"
