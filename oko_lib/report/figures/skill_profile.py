"""Tasks or skills of one work: completion beside the region and beside what the overall level lets expect."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from oko_lib.report import palette
from oko_lib.report.figures.order import by_name, natural_key
from oko_lib.report.figures.parts import Key, key_height, key_line, missing_row, require
from oko_lib.report.figures.sheet import LINE, Sheet, intervals, marks, names_in_rows, rectangles, room_for_rows, sheet
from oko_lib.report.figures.standing import MARKS, state_of, too_few
from oko_lib.report.figures.theme import SMALL, TALLEST_IN, axes, canvas, percent_axis, theme
from oko_lib.report.numbers import TOO_FEW, for_figure, integer, is_missing, percent_number, span
from oko_lib.report.style import TEXT_WIDTH_IN, clipped, text_width, wrapped

WHAT = "Профиль выполнения заданий"
#: State → its words in the last column and in the key.
WORDS = {"above": "выше ожидаемого", "below": "ниже ожидаемого", "indistinct": "неразличимо"}
_AGAINST_REGION = {"above": "выше региона", "below": "ниже региона", "indistinct": "неразличимо"}
_COLUMNS = ["task", "n", "share", "low", "high", "region_share", "expected", "state"]
_TASK_WIDEST, _SKILL_RIGHT, _LEVEL, _N = 44.0, 170.0, 180.0, 208.0
_PANEL, _PANEL_WIDTH, _VALUE, _STATE = 218.0, 114.0, 344.0, 417.0
_HEAD_LINES = 2
#: Where the column of levels begins when no skill has a text.
_BARE = 44.0
# Small multiples, points.
_LEFT, _RIGHT, _BETWEEN, _STEP, _FOOT = 30.0, 8.0, 16.0, 10.5, 24.0


def _keys(region: str, zoned: bool, against_region: bool = False) -> list[Key]:
    words = _AGAINST_REGION if against_region else WORDS
    return [
        *[Key(words[state], colour, kind) for state, (kind, colour) in MARKS.items()],
        *([] if against_region else [Key("ожидаемое по общему уровню", palette.INK, "line")]),
        Key(region, palette.GREY, "ring"),
        *([Key("недостаточно", palette.RULE_LIGHT), Key("пограничная зона", palette.GREY_LIGHT)] if zoned else []),
    ]


def _zoned(frame: pd.DataFrame) -> bool:
    return {"zone_low", "zone_high"} <= set(frame.columns) and bool(frame["zone_low"].notna().any())


def skill_profile(
    frame: pd.DataFrame,
    *,
    hide_below: int,
    region: str = "регион",
    rows_called: str = "Задание",
    against_region: bool = False,
) -> Figure:
    """Return one row per task: completion with interval, region, expected value, zones, and in words what falls out.

    Parameters
    ----------
    frame : DataFrame
        One row per task of one school or municipality, in any order (drawn by number): ``task`` («10.2»), ``n``
        (participants), ``share``, ``low``, ``high`` (completion with its interval, fractions; missing where there is
        no answer), ``region_share``, ``expected`` (completion the overall level of these children lets expect,
        fractions; may be missing), ``state`` ("above", "below", "indistinct" against the expected value; anything
        else, also missing, is «м.д.»). Optional ``skill`` (text of any length), ``level`` («Б», «П», «В»),
        ``zone_low``, ``zone_high`` (borders of the zone between insufficient and sufficient completion, fractions).
    hide_below : int
        Completion of fewer participants is written «м.д.».
    region : str
        Its name in the key.
    rows_called : str
        Heading of the first column.
    against_region : bool
        The states are against the region, not against what the overall level lets expect.

    Returns
    -------
    Figure
        Axis always from 0 to 100 %.

    Raises
    ------
    KeyError, ValueError
        If a column is missing, there are no rows, or they do not fit a page.
    """
    require(frame, _COLUMNS, WHAT)
    rows = by_name(frame, "task")
    keys = _keys(region, _zoned(rows), against_region)
    skills = rows["skill"].fillna("").astype(str) if "skill" in rows else pd.Series("", index=rows.index)
    # Without texts the panel takes their room.
    spare = 0.0 if skills.str.strip().any() else _SKILL_RIGHT - _BARE
    numbered = _task_width(rows["task"])
    texts, heights = names_in_rows(
        skills, _SKILL_RIGHT - numbered, lines=3, size=SMALL, least=16, room=room_for_rows(keys, _HEAD_LINES)
    )
    with theme():
        made = sheet(heights, keys, _HEAD_LINES, WHAT)
        made.rules(made.tops[1:-1])
        made.head(0, rows_called)
        if "level" in rows:
            made.head(_LEVEL - spare, "Уро-\nвень", "center")
        made.head(_N - spare, "n", "right")
        made.head(_PANEL - spare, "Выполнение")
        made.head(_VALUE, "Выполнение\n(интервал), %")
        made.head(_STATE, "К региону" if against_region else "К ожида-\nемому")
        ax = made.panel(_PANEL - spare, _PANEL_WIDTH + spare, (0, 1))
        percent_axis(ax)
        ax.set_xticks([0, 0.5, 1])
        _zones(ax, made.tops, rows)
        for y, text, row in zip(made.middles, texts, rows.to_dict("records"), strict=True):
            made.write(0, y, clipped(for_figure(str(row["task"])), numbered - 6, SMALL), gid="task")
            made.write(numbered, y, text)
            if "level" in row and not is_missing(row["level"]):
                made.write(_LEVEL - spare, y, clipped(str(row["level"]), 18, SMALL), "center", color=palette.MUTED)
            n = "…" if is_missing(row["n"]) else integer(row["n"])
            made.write(_N - spare, y, n, "right", color=palette.MUTED)
            _words(made, ax, y, row, hide_below)
        _values(ax, made.middles, rows, hide_below)
    return made.figure


def _task_width(tasks: pd.Series) -> float:
    return min(_TASK_WIDEST, max(text_width(for_figure(str(task)), SMALL) for task in tasks)) + 8


def _words(made: Sheet, ax: Axes, y: float, row: dict, hide_below: int) -> None:
    """Completion in numbers and its state in words."""
    state = state_of(row, hide_below)
    told = state in {"above", "below"}
    style = {"color": palette.INK, "weight": "bold"} if told else {"color": palette.MUTED}
    made.write(_STATE, y, TOO_FEW if state is None else WORDS[state].split(" ")[0], gid="state", **style)
    if too_few(row["n"], hide_below):
        missing_row(ax, y, 0.02, TOO_FEW)
    elif is_missing(row["share"]):
        missing_row(ax, y, 0.02, "нет данных" if is_missing(row["n"]) else "мало данных")
    else:
        made.write(_VALUE, y, _with_interval(row))


def _with_interval(row: dict) -> str:
    text = percent_number(row["share"])
    if is_missing(row["low"]) or is_missing(row["high"]):
        return text
    return f"{text} ({span(percent_number(row['low']), percent_number(row['high']))})"


def _zones(ax: Axes, tops: Sequence[float], rows: pd.DataFrame) -> None:
    """Bands of insufficient and border completion; they differ from row to row with the level of the task."""
    if not _zoned(rows):
        return
    # Over the bands the grid would look like another border.
    ax.grid(visible=False)
    bands = [
        (low, high, top, below)
        for low, high, top, below in zip(rows["zone_low"], rows["zone_high"], tops[:-1], tops[1:], strict=True)
        if not is_missing(low) and not is_missing(high)
    ]
    insufficient = [(0.0, low, top, below) for low, _, top, below in bands]
    rectangles(ax, insufficient, facecolor=palette.RULE_LIGHT, alpha=0.6, zorder=0.5, gid="insufficient")
    rectangles(ax, bands, facecolor=palette.GREY_LIGHT, zorder=0.6, gid="border")


def _values(ax: Axes, middles: Sequence[float], rows: pd.DataFrame, hide_below: int, *, half: float = 5.0) -> None:
    """Region, expected value and the own completion of all rows."""
    at = np.asarray(middles)
    marks(ax, rows["region_share"], at, "ring", palette.GREY, size=half + 0.8, zorder=4, gid="region")
    records = rows.to_dict("records")
    shown = np.array([not too_few(row["n"], hide_below) and not is_missing(row["share"]) for row in records])
    expected = pd.to_numeric(rows["expected"], errors="coerce").to_numpy(float)
    due = shown & np.isfinite(expected)
    ax.vlines(
        expected[due], at[due] - half, at[due] + half, color=palette.INK, linewidth=1.3, zorder=4.5, gid="expected"
    )
    intervals(ax, at[shown], rows["low"][shown], rows["high"][shown], colour=palette.MUTED, width=1.2, zorder=4.2)
    # Without a state there is still a value: a point that claims nothing.
    states = [state_of(row, hide_below) or "indistinct" for row in records]
    for state, (kind, colour) in MARKS.items():
        mine = shown & np.array([own == state for own in states])
        size = half + (1.6 if kind in {"up", "down"} else 0.0)
        marks(ax, rows["share"][mine], at[mine], kind, colour, size=size, zorder=5, gid=state)


def skill_multiples(
    frame: pd.DataFrame,
    *,
    hide_below: int,
    region: str = "регион",
    columns: int = 4,
) -> list[Figure]:
    """Return a small panel per school with all tasks of a work, on as many sheets as needed.

    Above a panel stand the school, its participants and, in words, the tasks that fall out of its own profile.

    Parameters
    ----------
    frame : DataFrame
        As for :func:`skill_profile` with ``school`` (short name); schools are drawn by name, all panels have the same
        tasks in the same order.
    hide_below, region
        As for :func:`skill_profile`.
    columns : int
        Panels in a row.

    Raises
    ------
    KeyError, ValueError
        If a column is missing, there are no rows, or the tasks of one school do not fit a page.
    """
    require(frame, ["school", *_COLUMNS], WHAT)
    tasks = sorted(dict.fromkeys(frame["task"].astype(str)), key=natural_key)
    schools = sorted(dict.fromkeys(frame["school"]), key=natural_key)
    names = [
        wrapped(for_figure(" ".join(str(name).split())), _width(columns), SMALL, True, lines=2) for name in schools
    ]
    if frame.assign(task=frame["task"].astype(str)).duplicated(["school", "task"]).any():
        raise ValueError(f"{WHAT}: у одной школы одно задание стоит в двух строках.")
    keys = _keys(region, _zoned(frame))
    title = (max(map(len, names)) + 2) * LINE + 8
    each = title + len(tasks) * _STEP + _FOOT
    down = int((TALLEST_IN * 72 - key_height(keys, 0)) / each)
    if not down:
        raise ValueError(f"{WHAT}: {len(tasks)} заданий не помещаются на странице. Разделите их на несколько рисунков.")
    panels = list(zip(schools, names, strict=True))
    made = []
    with theme():
        for start in range(0, len(panels), down * columns):
            part = panels[start : start + down * columns]
            top = key_height(keys, 0)
            figure = canvas((top + math.ceil(len(part) / columns) * each) / 72)
            key_line(figure, keys, 0)
            for index, (school, name) in enumerate(part):
                row, column = divmod(index, columns)
                bottom = figure.get_figheight() * 72 - top - (row + 1) * each + _FOOT
                left = _LEFT + column * (_width(columns) + _BETWEEN)
                ax = axes(figure, left, bottom, _width(columns), len(tasks) * _STEP)
                own = frame[frame["school"] == school].assign(task=lambda rows: rows["task"].astype(str))
                own = own.set_index("task").reindex(tasks).reset_index()
                _panel(ax, own, hide_below, named=not column)
                _title(ax, name, own, hide_below, _width(columns))
            made.append(figure)
    return made


def _width(columns: int) -> float:
    """Width of one panel in points."""
    return (TEXT_WIDTH_IN * 72 - _LEFT - _RIGHT - _BETWEEN * (columns - 1)) / columns


def _panel(ax: Axes, own: pd.DataFrame, hide_below: int, *, named: bool) -> None:
    """One school: a row per task, in the order of `own`."""
    tops = [place * _STEP for place in range(len(own) + 1)]
    middles = [top + _STEP / 2 for top in tops[:-1]]
    ax.set_xlim(0, 1)
    ax.set_ylim(tops[-1], 0)
    ax.grid(axis="y", visible=False)
    # The unit stands in the middle: at the ends it would run into the next panel.
    ax.set_xticks([0, 0.5, 1], ["0", "50\u00a0%", "100"])
    labels = [clipped(for_figure(task), _LEFT - 5, SMALL) for task in own["task"]]
    ax.set_yticks(middles, labels if named else [""] * len(labels))
    _zones(ax, tops, own)
    _values(ax, middles, own, hide_below, half=3.8)
    for y, row in zip(middles, own.to_dict("records"), strict=True):
        if is_missing(row["share"]) or too_few(row["n"], hide_below):
            missing_row(ax, y, 0.02, TOO_FEW)


def _title(ax: Axes, name: Sequence[str], own: pd.DataFrame, hide_below: int, width: float) -> None:
    """School, participants, and in words which tasks fall out."""
    counts = [integer(n) for n in sorted(n for n in own["n"] if not is_missing(n))]
    if not counts:
        size = "нет данных"
    else:
        size = f"n = {counts[0] if counts[0] == counts[-1] else span(counts[0], counts[-1])}"
    states = {row["task"]: state_of(row, hide_below) for row in own.to_dict("records")}
    out = [
        f"{WORDS[state].split(' ')[0]}: {', '.join(tasks)}"
        for state in ("below", "above")
        if (tasks := [task for task, given in states.items() if given == state])
    ]
    said = clipped(for_figure("; ".join(out)), width, SMALL)
    lines = [(said, {"gid": "said"}), (for_figure(size), {"color": palette.MUTED})]
    lines += [(line, {"weight": "bold"}) for line in reversed(name)]
    for place, (line, style) in enumerate(lines):
        ax.annotate(
            line, (0, 1), xycoords="axes fraction", xytext=(0, 5 + place * LINE), textcoords="offset points",
            fontsize=SMALL, va="baseline", ha="left", annotation_clip=False, **style,
        )  # fmt: skip
