"""Where a unit stands against what was to be expected: marks of the states, and cells without an answer."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.patches import PathPatch
from matplotlib.path import Path

from oko_lib.report import palette
from oko_lib.report.numbers import is_missing

#: State → its mark and colour; the mark alone tells the states apart in a copy without colours.
MARKS = {
    "above": ("up", palette.BLUE),
    "below": ("down", palette.ORANGE),
    "indistinct": ("dot", palette.MUTED),
}
_HATCH_STEP = 4.0


def too_few(n: object, hide_below: int) -> bool:
    """Tell whether a group is too small for its share to be shown; a group of unknown size is not."""
    return not is_missing(n) and n < hide_below


def state_of(row: dict, hide_below: int) -> str | None:
    """Return the state of a row, None where the group is too small or the method gave no answer."""
    state = row["state"]
    return None if too_few(row["n"], hide_below) or state not in MARKS else state


def hatched(ax: Axes, boxes: Sequence[tuple[float, float, float, float]], colour: str, **style: object) -> None:
    """Draw slanted lines into boxes (left, right, top, bottom) of axes measured in points, as one path.

    The lines are drawn one by one: a fill pattern is not understood by every program that opens the file.
    """
    ends = [end for box in boxes for segment in _slanted(*box) for end in segment]
    if not ends:
        return
    path = Path(ends, [Path.MOVETO, Path.LINETO] * (len(ends) // 2))
    path.should_simplify = False
    # Not as a patch of the axes: their range is fixed, and looking for it in every line takes most of the time.
    ax.add_artist(
        PathPatch(path, **{"facecolor": "none", "edgecolor": colour, "linewidth": 0.6, "clip_on": False, **style})
    )


def _slanted(left: float, right: float, top: float, bottom: float) -> list[tuple[tuple[float, float], ...]]:
    """Lines from the lower left to the upper right, cut at the edges of the box."""
    width, height = right - left, bottom - top
    lines, shift = [], _HATCH_STEP / 2
    while shift < width + height:
        start = (left + max(0.0, shift - height), top + min(shift, height))
        end = (left + min(shift, width), top + max(0.0, shift - width))
        lines.append((start, end))
        shift += _HATCH_STEP
    return lines
