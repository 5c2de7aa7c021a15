"""Schools by subjects: where a school is beyond chance above or below the region, and where nobody took part."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, to_hex
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch
from matplotlib.path import Path

from oko_lib.report import palette
from oko_lib.report.figures.order import natural_key
from oko_lib.report.figures.parts import Key, key_height, require
from oko_lib.report.figures.sheet import LINE, Sheet, names_in_rows, rectangles, sheet
from oko_lib.report.figures.standing import hatched
from oko_lib.report.figures.theme import NORMAL, SMALL, TALLEST_IN, theme
from oko_lib.report.numbers import for_figure, integer, is_missing
from oko_lib.report.style import TEXT_WIDTH_IN, clipped, text_width, wrapped

WHAT = "Карта предметов"
_NAME, _WIDEST, _LEAST_CELL, _ROW, _FOOT = 112.0, 36.0, 14.2, 15.0, 16.0
_ROOM = TEXT_WIDTH_IN * 72 - _NAME
#: Subjects one sheet has room for.
MOST_SUBJECTS = int(_ROOM / _LEAST_CELL)
#: Tallest upright heading, and the width of a cell from which it may take two lines.
_HEADING, _TWO_LINES_FROM = 100.0, 23.0
_SHADES = {
    "above": LinearSegmentedColormap.from_list("above", ["#E3F0F8", palette.BLUE_LIGHT, palette.BLUE]),
    "below": LinearSegmentedColormap.from_list("below", ["#FBEFDC", palette.ORANGE_LIGHT, palette.ORANGE]),
}
#: Shades of a hue; the strongest blue carries white letters.
_STEPS = 4
_CORNERS = {"above": palette.BLUE_DARK, "below": "#8A5300"}
_CORNER = 4.6
#: Left, right, top, bottom in points.
_Box = tuple[float, float, float, float]


def subject_map(
    frame: pd.DataFrame,
    *,
    full_at: float,
    subjects: Sequence[str] | None = None,
    rows_called: str = "Школа",
) -> Figure:
    """Return a table school × subject: hue and corner by state, strength by the shrunk value, participants inside.

    A school above the region has its upper right corner cut off in dark blue, one below its lower left corner in
    dark orange: a copy without colours says the same.

    Parameters
    ----------
    frame : DataFrame
        One row per school and subject: ``school`` (short name), ``subject``, ``n`` (participants), ``value`` (shrunk
        difference from the region, any one unit), ``state`` ("above", "below", "indistinct"; anything else, also
        missing, is «м.д.» and hatched). Pairs that are not in the frame, or with no participants, stay empty: nobody
        took part. Optional ``group`` (municipality): schools stand under it. Groups and schools are drawn by name.
    full_at : float
        Size of `value` at which the colour is full (four shades in equal steps); the same in all reports.
    subjects : sequence of str, optional
        Columns in this order, also those nobody took part in; by default the subjects of the frame by name.
    rows_called : str
        Heading of the first column.

    Raises
    ------
    KeyError, ValueError
        If a column is missing, there are no rows, a pair stands twice, or rows or subjects do not fit a page (use
        :func:`subject_maps`).
    """
    cells, subjects = _checked(frame, subjects)
    if len(subjects) > MOST_SUBJECTS:
        raise ValueError(f"{WHAT}: {len(subjects)} предметов не помещаются. Разделите их на несколько рисунков.")
    return _drawn(cells, subjects, _rows(frame), full_at, rows_called)


def subject_maps(
    frame: pd.DataFrame,
    *,
    full_at: float,
    subjects: Sequence[str] | None = None,
    rows_called: str = "Школа",
) -> list[Figure]:
    """Return the map on as many sheets as it needs: first all schools of the first subjects, then the next subjects.

    Parameters are those of :func:`subject_map`; the sheets are of nearly equal length.
    """
    cells, subjects = _checked(frame, subjects)
    groups = _equal(subjects, math.ceil(len(subjects) / MOST_SUBJECTS))
    return [
        _drawn(cells, part, rows, full_at, rows_called)
        for part in groups
        for rows in _pages(_rows(frame), int(_rows_room(part) / _ROW))
    ]


def _checked(frame: pd.DataFrame, subjects: Sequence[str] | None) -> tuple[dict[tuple, dict], list[str]]:
    """Rows of the frame by group, school and subject; names of the columns."""
    require(frame, ["school", "subject", "n", "value", "state"], WHAT)
    cells: dict[tuple, dict] = {}
    for row in frame.to_dict("records"):
        spot = (_group(row), row["school"], row["subject"])
        if spot in cells:
            raise ValueError(f"{WHAT}: «{row['school']}», «{row['subject']}» — две строки.")
        cells[spot] = row
    if subjects is None:
        subjects = sorted(dict.fromkeys(frame["subject"]), key=natural_key)
    return cells, list(subjects)


def _group(row: dict) -> object:
    group = row.get("group")
    return None if is_missing(group) else group


#: A school with its group; the row that names a group has no school.
_Row = tuple[object, object | None]


def _rows(frame: pd.DataFrame) -> list[_Row]:
    """Rows of the map in order: groups by name, each above its schools by name."""
    units = dict.fromkeys((_group(row), row["school"]) for row in frame.to_dict("records"))
    ordered = sorted(units, key=lambda unit: (natural_key(unit[0] or ""), natural_key(unit[1])))
    return _headed(ordered)


def _headed(units: Sequence[_Row]) -> list[_Row]:
    rows: list[_Row] = []
    for group, school in units:
        if group is not None and (not rows or rows[-1][0] != group):
            rows.append((group, None))
        rows.append((group, school))
    return rows


def _pages(rows: Sequence[_Row], most: int) -> Iterator[list[_Row]]:
    """Cut the rows into sheets of nearly equal length; a group that goes on is named again."""
    units = [row for row in rows if row[1] is not None]
    for sheets in range(math.ceil(len(rows) / most), len(units) + 1):
        pages = [_headed(part) for part in _equal(units, sheets)]
        if max(map(len, pages)) <= most:
            break
    yield from pages


def _equal(items: Sequence, parts: int) -> list[list]:
    ends = [round(part * len(items) / parts) for part in range(parts + 1)]
    return [list(items[start:end]) for start, end in pairwise(ends)]


def _keys() -> list[Key]:
    return [
        Key("выше региона (угол вверху)", palette.BLUE),
        Key("ниже региона (угол внизу)", palette.ORANGE),
        Key("неразличимо", palette.RULE_LIGHT),
        Key("м.д.", palette.GREY, "hatch"),
        Key("нет участников", palette.RULE, "frame"),
    ]


def _cell_width(subjects: Sequence[str]) -> float:
    return min(_WIDEST, _ROOM / len(subjects))


def _headings(subjects: Sequence[str]) -> list[str]:
    if _cell_width(subjects) < _TWO_LINES_FROM:
        return [clipped(for_figure(str(subject)), _HEADING, SMALL) for subject in subjects]
    return ["\n".join(wrapped(for_figure(str(subject)), 76, SMALL, lines=2)) for subject in subjects]


def _head_lines(headings: Sequence[str]) -> int:
    tallest = max(text_width(line, SMALL) for heading in headings for line in heading.split("\n"))
    return math.ceil((tallest + 2) / LINE)


def _rows_room(subjects: Sequence[str]) -> float:
    """Height a page has for rows, points."""
    return TALLEST_IN * 72 - key_height(_keys(), 0) - _head_lines(_headings(subjects)) * LINE - 4 - _FOOT


def _drawn(
    cells: dict[tuple, dict], subjects: Sequence[str], rows: Sequence[_Row], full_at: float, rows_called: str
) -> Figure:
    headings = _headings(subjects)
    names = [group if school is None else school for group, school in rows]
    width = _cell_width(subjects)
    texts, heights = names_in_rows(names, _NAME - 6, least=_ROW, room=_rows_room(subjects))
    with theme():
        made = sheet(heights, _keys(), _head_lines(headings), WHAT, axis_room=_FOOT)
        made.head(0, rows_called)
        for column, heading in enumerate(headings):
            made.page.text(
                _NAME + (column + 0.5) * width, -5, heading, rotation=90, ha="center", va="bottom", fontsize=SMALL,
                linespacing=1.0, color=palette.MUTED,
            )  # fmt: skip
        spots = []
        for y, text, (group, school), top, below in zip(
            made.middles, texts, rows, made.tops[:-1], made.tops[1:], strict=True
        ):
            made.write(0, y, text, fontsize=NORMAL, weight="bold" if school is None else "normal")
            if school is not None:
                for column, name in enumerate(subjects):
                    left = _NAME + column * width
                    spots.append(((left, left + width, top, below), cells.get((group, school, name))))
        _cells(made, spots, full_at)
        note = "В клетке — число участников; чем темнее цвет, тем дальше от региона."
        made.write(_NAME, made.tops[-1] + 9, note, color=palette.MUTED, clip_on=False)
    return made.figure


def _cells(made: Sheet, spots: Sequence[tuple[_Box, dict | None]], full_at: float) -> None:
    """All cells; `spots` are boxes with what is known of them. Cells of one look are one path: the file stays small."""
    looks: dict[tuple[str, int], list[_Box]] = {}
    for (left, right, top, below), row in spots:
        kind, step = _look(row, full_at)
        looks.setdefault((kind, step), []).append((left + 0.7, right - 0.7, top + 0.7, below - 0.7))
        if row is None or kind == "none":
            continue
        text = integer(row["n"])
        if text_width(for_figure(text), SMALL) <= right - left - 0.5:
            ink = "white" if (kind, step) == ("above", _STEPS) else palette.MUTED if kind == "few" else palette.INK
            made.write((left + right) / 2, (top + below) / 2, text, "center", color=ink, zorder=6, gid="n")
    for (kind, step), boxes in looks.items():
        rectangles(made.page, boxes, zorder=2, gid=kind, **_style(kind, step))
        if kind == "few":
            hatched(made.page, boxes, palette.GREY_LIGHT, zorder=3)
    for state, colour in _CORNERS.items():
        boxes = [box for (kind, _), found in looks.items() if kind == state for box in found]
        _corners(made.page, boxes, state, colour)


def _look(row: dict | None, full_at: float) -> tuple[str, int]:
    """Kind of a cell, and for a cell beyond chance the step of its shade from 1 to the strongest."""
    if row is None or is_missing(row["n"]) or not row["n"]:
        return "none", 0
    if row["state"] in _SHADES and not is_missing(row["value"]):
        return row["state"], max(1, math.ceil(min(abs(row["value"]) / full_at, 1.0) * _STEPS))
    return ("indistinct" if row["state"] == "indistinct" else "few"), 0


def _style(kind: str, step: int) -> dict[str, object]:
    if kind in _SHADES:
        return {"facecolor": to_hex(_SHADES[kind]((step - 0.5) / (_STEPS - 0.5)))}
    if kind == "indistinct":
        return {"facecolor": palette.RULE_LIGHT}
    return {
        "facecolor": "white",
        "edgecolor": palette.GREY_LIGHT if kind == "few" else palette.RULE_LIGHT,
        "linewidth": 0.6,
    }


def _corners(page: Axes, boxes: Sequence[_Box], state: str, colour: str) -> None:
    """Dark corners that tell the side without colours: upper right above the region, lower left below it."""
    if not boxes:
        return
    corners = []
    for left, right, top, below in boxes:
        x, y, way = (right, top, 1) if state == "above" else (left, below, -1)
        corners += [(x - way * _CORNER, y), (x, y), (x, y + way * _CORNER), (x - way * _CORNER, y)]
    path = Path(corners, [Path.MOVETO, Path.LINETO, Path.LINETO, Path.CLOSEPOLY] * len(boxes))
    path.should_simplify = False
    page.add_artist(PathPatch(path, facecolor=colour, linewidth=0, zorder=4, gid=f"corner {state}"))
