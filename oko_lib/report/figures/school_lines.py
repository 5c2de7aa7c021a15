"""One school over the years: a small panel per work, the region's line beside it."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from oko_lib.report.figures.dynamics import dynamics, most_columns
from oko_lib.report.figures.parts import n_text, require

WHAT = "Рисунок школы по годам"


def school_lines(
    frame: pd.DataFrame,
    *,
    years: tuple[int, ...] | None = None,
    own: str = "школа",
    region: str = "регион",
    columns: int | None = None,
    y_range: tuple[float, float] = (0.0, 1.0),
    panel_height: float = 92.0,
) -> Figure:
    """Return the shares of one school by year with intervals, a panel per work.

    Parameters
    ----------
    frame : DataFrame
        One row per work and year: ``procedure`` («ОГЭ · Математика», also the panel's heading; panels in the order of
        their first row), ``year`` (int), ``n`` (the school's participants), ``share``, ``low``, ``high`` (the
        school's share with interval, fractions; missing where there is no answer), ``region_share`` (fraction; may
        be missing). Optional ``region_low``, ``region_high``.
    years : tuple of int, optional
        Years of all panels; by default all in the frame. A year without a value leaves a gap in the line.
    own, region : str
        Names in the key.
    columns : int, optional
        Panels in a row; by default two to four, as many as there are panels and as the years' labels leave room for.
    y_range : (float, float)
        The same in all panels and, fixed by the caller, in all reports.
    panel_height : float
        Of the axes of one panel, in points.

    Raises
    ------
    KeyError, ValueError
        If a column is missing, there are no rows, or the panels do not fit a page.
    """
    require(frame, ["procedure", "year", "n", "share", "low", "high", "region_share"], WHAT)
    school = frame.rename(columns={"procedure": "panel", "share": "value"})
    school = school[["panel", "year", "n", "value", "low", "high"]].assign(scope="own")
    bounds = {name: frame.get(name) for name in ("region_low", "region_high")}
    beside = pd.DataFrame(
        {
            "panel": frame["procedure"],
            "year": frame["year"],
            "n": None,
            "value": frame["region_share"],
            "low": bounds["region_low"],
            "high": bounds["region_high"],
            "scope": "region",
        }
    )
    years = years or tuple(sorted({int(year) for year in frame["year"]}))
    if columns is None:
        widest = max((n_text(n) for n in frame["n"]), key=len)
        panels = frame["procedure"].nunique()
        columns = max(2, min(4, panels if panels != 4 or len(years) <= 3 else 2, most_columns(len(years), widest)))
    rows = [*school.to_dict("records"), *beside.to_dict("records")]
    return dynamics(
        pd.DataFrame(rows),
        years=years,
        y_range=y_range,
        own=own,
        region=region,
        columns=columns,
        panel_height=panel_height,
    )
