"""Labels of points that neither overlap each other nor leave the axes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from oko_lib.report.style import text_width

_RADII = (5.0, 8.0, 13.0, 19.0, 27.0, 37.0, 50.0, 66.0, 86.0, 110.0, 140.0)
_ANGLES = tuple(index * math.pi / 8 for index in (0, 8, 2, 14, 6, 10, 4, 12, 1, 15, 7, 9, 3, 13, 5, 11))
#: Places around a point, the nearest first: distance, direction, what the place itself costs.
_RADIUS = np.repeat(_RADII, len(_ANGLES))
_COS, _SIN = (np.tile([turn(angle) for angle in _ANGLES], len(_RADII)) for turn in (math.cos, math.sin))
_OWN_COST = _RADIUS + 0.15 * np.tile(np.arange(len(_ANGLES)), len(_RADII))


@dataclass(frozen=True)
class Box:
    """A rectangle in points."""

    left: float
    bottom: float
    right: float
    top: float


@dataclass(frozen=True)
class Placed:
    """A label with its box and the point it belongs to; `far` asks for a line between them."""

    text: str
    box: Box
    x: float
    y: float
    far: bool

    @property
    def anchor(self) -> tuple[float, float]:
        """Point of the box nearest to the labelled point."""
        return min(max(self.x, self.box.left), self.box.right), min(max(self.y, self.box.bottom), self.box.top)


def place_labels(
    points: Sequence[tuple[float, float]],
    texts: Sequence[str],
    area: Box,
    size: float,
    others: Sequence[tuple[float, float]] = (),
) -> list[Placed]:
    """Find room for the labels of points.

    Every label takes the cheapest of many places around its point: near, off other labels and labelled points
    (never on them), off the remaining points (better not), away from lines already drawn.

    Parameters
    ----------
    points : sequence of (x, y)
        Points to label, in points of the page.
    texts : sequence of str
        Their labels.
    area : Box
        Labels stay inside.
    size : float
        Font size.
    others : sequence of (x, y)
        Points better not covered.

    Returns
    -------
    list of Placed
        In the order given, without labels that found no room.
    """
    placed: dict[int, Placed] = {}
    crowd = np.asarray(others, dtype=float).reshape(-1, 2)
    centre_y = sum(y for _, y in points) / len(points) if points else 0.0
    # Outlying points first: they matter most and have the freest surroundings.
    for index in sorted(range(len(points)), key=lambda item: -abs(points[item][1] - centre_y)):
        found = _cheapest(points, index, texts[index], area, size, list(placed.values()), crowd)
        if found is not None:
            placed[index] = found
    return [placed[index] for index in sorted(placed)]


def _cheapest(
    points: Sequence[tuple[float, float]],
    index: int,
    text: str,
    area: Box,
    size: float,
    placed: list[Placed],
    crowd: np.ndarray,
) -> Placed | None:
    x, y = points[index]
    width, height = text_width(text, size), size * 1.05
    centre_x = x + _COS * (_RADIUS + width / 2)
    centre_y = y + _SIN * (_RADIUS + height / 2)
    left, bottom, right, top = centre_x - width / 2, centre_y - height / 2, centre_x + width / 2, centre_y + height / 2
    boxes = np.stack([left, bottom, right, top], axis=1)
    free = (area.left <= left) & (right <= area.right) & (area.bottom <= bottom) & (top <= area.top)
    free[free] = ~_meet_any(boxes[free], [other.box for other in placed], 1.5)
    free[free] = _held(boxes[free], np.asarray(points, dtype=float), 2.5) == 0
    costs = _OWN_COST[free] + 2 * _held(boxes[free], crowd, 2.0)
    best, best_cost = None, math.inf
    for place, cost in zip(np.flatnonzero(free), costs, strict=True):
        if cost >= best_cost:
            continue
        candidate = Placed(text, Box(*(float(side) for side in boxes[place])), x, y, far=bool(_RADIUS[place] > 8))
        cost += 25 * sum(_crosses(candidate, other) for other in placed)
        if cost < best_cost:
            best, best_cost = candidate, cost
    return best


def _held(boxes: np.ndarray, points: np.ndarray, pad: float) -> np.ndarray:
    """How many of the points lie inside each box or closer than `pad`."""
    x, y = points[:, 0], points[:, 1]
    left, bottom, right, top = (boxes[:, [side]] for side in range(4))
    inside = (left - pad <= x) & (x <= right + pad) & (bottom - pad <= y) & (y <= top + pad)
    return inside.sum(axis=1)


def _meet_any(boxes: np.ndarray, others: Sequence[Box], pad: float) -> np.ndarray:
    """Whether each box overlaps one of the others or comes closer than `pad`."""
    theirs = np.array([(other.left, other.bottom, other.right, other.top) for other in others]).reshape(-1, 4)
    left, bottom, right, top = (boxes[:, [side]] for side in range(4))
    apart = (left >= theirs[:, 2] + pad) | (theirs[:, 0] >= right + pad)
    apart |= (bottom >= theirs[:, 3] + pad) | (theirs[:, 1] >= top + pad)
    return (~apart).any(axis=1)


def _crosses(one: Placed, other: Placed) -> bool:
    """Whether the line of one label runs over the other label or its line."""
    return (
        (one.far and _through((one.x, one.y), one.anchor, other.box))
        or (other.far and _through((other.x, other.y), other.anchor, one.box))
        or (one.far and other.far and _meet((one.x, one.y), one.anchor, (other.x, other.y), other.anchor))
    )


def _through(start: tuple[float, float], end: tuple[float, float], box: Box) -> bool:
    """Whether a segment touches a box (the part inside each pair of sides, cut one after the other)."""
    first, last = 0.0, 1.0
    for at, to, low, high in ((start[0], end[0], box.left, box.right), (start[1], end[1], box.bottom, box.top)):
        run = to - at
        if abs(run) < 1e-9:
            if not low <= at <= high:
                return False
            continue
        near, far = sorted(((low - at) / run, (high - at) / run))
        first, last = max(first, near), min(last, far)
        if first > last:
            return False
    return True


_Point = tuple[float, float]


def _meet(a: _Point, b: _Point, c: _Point, d: _Point) -> bool:
    """Whether the segments ab and cd cross."""

    def side(p: _Point, q: _Point, r: _Point) -> float:
        return (q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0])

    return side(a, b, c) * side(a, b, d) < 0 and side(c, d, a) * side(c, d, b) < 0
