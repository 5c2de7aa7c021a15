"""Labels of points that neither overlap each other nor leave the axes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from oko_lib.report.style import text_width

_RADII = (5.0, 8.0, 13.0, 19.0, 27.0, 37.0, 50.0, 66.0, 86.0, 110.0, 140.0)
_ANGLES = tuple(index * math.pi / 8 for index in (0, 8, 2, 14, 6, 10, 4, 12, 1, 15, 7, 9, 3, 13, 5, 11))


@dataclass(frozen=True)
class Box:
    """A rectangle in points."""

    left: float
    bottom: float
    right: float
    top: float

    def meets(self, other: Box, pad: float = 0.0) -> bool:
        """Whether the two overlap or come closer than `pad`."""
        return (
            self.left < other.right + pad
            and other.left < self.right + pad
            and self.bottom < other.top + pad
            and other.bottom < self.top + pad
        )

    def holds(self, x: float, y: float, pad: float = 0.0) -> bool:
        """Whether a point lies inside or closer than `pad`."""
        return self.left - pad <= x <= self.right + pad and self.bottom - pad <= y <= self.top + pad


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


def _covered(box: Box, crowd: np.ndarray, pad: float = 2.0) -> int:
    """How many points of the crowd a label would cover."""
    x, y = crowd[:, 0], crowd[:, 1]
    inside = (box.left - pad <= x) & (x <= box.right + pad) & (box.bottom - pad <= y) & (y <= box.top + pad)
    return int(inside.sum())


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
    best, best_cost = None, math.inf
    for radius in _RADII:
        if radius > best_cost:
            break
        for turn, angle in enumerate(_ANGLES):
            cos, sin = math.cos(angle), math.sin(angle)
            centre_x = x + cos * (radius + width / 2)
            centre_y = y + sin * (radius + height / 2)
            box = Box(centre_x - width / 2, centre_y - height / 2, centre_x + width / 2, centre_y + height / 2)
            inside = (
                area.left <= box.left and box.right <= area.right and area.bottom <= box.bottom and box.top <= area.top
            )
            if not inside or any(box.meets(other.box, 1.5) for other in placed):
                continue
            if any(box.holds(px, py, 2.5) for px, py in points):
                continue
            candidate = Placed(text, box, x, y, far=radius > 8)
            cost = radius + 0.15 * turn + 2 * _covered(box, crowd)
            if cost < best_cost:
                cost += 25 * sum(_crosses(candidate, other) for other in placed)
            if cost < best_cost:
                best, best_cost = candidate, cost
    return best


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
