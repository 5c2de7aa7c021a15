"""Where the units of a figure stand on the screen."""

from __future__ import annotations

from collections.abc import Iterable

from matplotlib.figure import Figure

from oko_lib.explore.topic import Spot


def places(figure: Figure | str, spots: Iterable[Spot]) -> list[dict[str, object]]:
    """Return unit, x and y of every spot in the coordinates of the figure's SVG: points from its upper left corner.

    A figure that is finished SVG has no axes to ask: no spots.
    """
    if isinstance(figure, str):
        return []
    scale = 72 / figure.dpi
    height = figure.get_figheight() * 72
    found = []
    for spot in spots:
        axes = figure.axes[spot.axes]
        x, y = _inside(spot.x, axes.get_xlim()), _inside(spot.y, axes.get_ylim())
        right, up = axes.transData.transform((x, y))
        found.append(
            {"unit": spot.unit, "x": round(float(right * scale), 2), "y": round(float(height - up * scale), 2)}
        )
    return found


def _inside(value: float, limits: tuple[float, float]) -> float:
    return min(max(float(value), min(limits)), max(limits))
