"""The strip of values with the places a mouse can point at."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pandas as pd

from oko_lib.explore.topic import Spot
from oko_lib.methods.result import Estimate
from oko_lib.report.figure import ReportFigure
from oko_lib.report.figures.order import by_name
from oko_lib.report.figures.value_strip import value_strip
from oko_lib.report.numbers import number
from oko_lib.report.refusals import cell_code


def strip(
    estimates: Mapping[str, Estimate],
    names: Mapping[str, str],
    *,
    caption: str,
    title: str,
    unit_title: str,
    x_range: tuple[float, float] | None = None,
    text: Callable[[float], str] = number,
    line: float | None = None,
    line_name: str = "норма",
) -> tuple[ReportFigure | None, tuple[Spot, ...]]:
    """Return the figure of values by unit and where each unit stands in it; None without any value.

    Parameters
    ----------
    estimates : mapping of str to Estimate
        Unit → its value.
    names : mapping of str to str
        Unit → its name.
    caption, title, unit_title : str
    x_range : (float, float), optional
        By default from zero to a little beyond what there is.
    text : callable
        Value → text of a tick.
    line, line_name : float, str
        Of the norm.
    """
    if not any(estimate.given for estimate in estimates.values()):
        return None, ()
    frame = pd.DataFrame([{"id": unit, "unit": names[unit], **_row(estimates[unit])} for unit in estimates])
    shown = x_range or _range(frame, line)
    figure = value_strip(
        frame, title=title, x_range=shown, text=text, line=line, line_name=line_name, unit_title=unit_title
    )
    report = ReportFigure(figure, caption=caption, alt=f"{title}: по строке на каждую единицу, в порядке названий.")
    return report, _spots(figure, frame, shown)


def _row(estimate: Estimate) -> dict[str, object]:
    if not estimate.given:
        return {"value": None, "low": None, "high": None, "missing": cell_code(estimate)}
    bounds = estimate.interval
    return {
        "value": estimate.value,
        "low": bounds.low if bounds else None,
        "high": bounds.high if bounds else None,
        "missing": "",
    }


def _range(frame: pd.DataFrame, line: float | None) -> tuple[float, float]:
    numbers = pd.concat([frame[name] for name in ("value", "low", "high")]).astype(float)
    ends = [0.0, *numbers.dropna(), *([] if line is None else [line])]
    low, high = min(ends), max(ends)
    spare = (high - low or 1.0) * 0.04
    return (low - spare if low < 0 else 0.0), high + spare


def _spots(figure: object, frame: pd.DataFrame, shown: tuple[float, float]) -> tuple[Spot, ...]:
    """Heights of the rows are those of the page: it is the first of the axes, the panels come after it."""
    page, *panels = figure.axes  # type: ignore[attr-defined]
    rows = by_name(frame, "unit")
    each = -(-len(rows) // len(panels))
    height = page.get_ylim()[0] / each
    return tuple(
        Spot(
            row["id"],
            min(max(float(row["value"]), shown[0]), shown[1]),
            (place % each + 0.5) * height,
            1 + place // each,
        )
        for place, row in enumerate(rows.to_dict("records"))
        if row["value"] is not None and row["value"] == row["value"]
    )
