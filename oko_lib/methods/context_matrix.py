"""Context × result: four groups of schools and a zone where the data do not tell.

A rule instead of a clustering: it works for five schools and its borders can be read. A school whose interval holds a
border is undetermined, so nobody changes groups by chance.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import pandas as pd
from numpy.typing import NDArray


class Cell(StrEnum):
    """Group of a school."""

    DIFFICULT_LOW = "difficult_low"
    DIFFICULT_HIGH = "difficult_high"
    FAVOURABLE_LOW = "favourable_low"
    FAVOURABLE_HIGH = "favourable_high"
    UNDETERMINED = "undetermined"
    NO_DATA = "no_data"


@dataclass(frozen=True)
class ContextMatrix:
    """Groups of schools by context and result.

    Parameters
    ----------
    schools : DataFrame
        Unit, ``context_side`` ("difficult", "favourable", "undetermined", "no_data"), ``result_side`` ("low", "high",
        "undetermined", "no_data"), ``cell`` (Cell), sorted by unit.
    counts : Series
        Number of schools by Cell, all cells present.
    context_border, result_border : float
    n_schools : int
        Schools with both values.
    """

    schools: pd.DataFrame
    counts: pd.Series
    context_border: float
    result_border: float
    n_schools: int


def context_matrix(
    frame: pd.DataFrame,
    *,
    context_border: float,
    result_border: float,
    unit: str = "school",
    context: str = "context",
    context_low: str | None = None,
    context_high: str | None = None,
    result: str = "result",
    result_low: str | None = "result_low",
    result_high: str | None = "result_high",
) -> ContextMatrix:
    """Put schools into four groups by two borders, those whose interval holds a border apart.

    Parameters
    ----------
    frame : DataFrame
        One row per school; context high is favourable.
    context_border, result_border : float
        Borders, for example the regional values.
    unit, context, result : str
        Columns.
    context_low, context_high, result_low, result_high : str, optional
        Columns of the intervals; None: the value is taken as exact.

    Returns
    -------
    ContextMatrix
        An interval that touches the border holds it. A missing value or bound is ``no_data``, never a side.

    Raises
    ------
    ValueError
        If a school stands twice, or only one bound of an interval is named.

    References
    ----------
    The four groups go back to Фрумин И. Д., Пинская М. А., Косарецкий С. Г. (schools «тонущие» и «борющиеся» of
    difficult context); the zone of uncertainty is ours.
    """
    if frame[unit].duplicated().any():
        raise ValueError("a school stands twice")
    if (context_low is None) != (context_high is None) or (result_low is None) != (result_high is None):
        raise ValueError("an interval has two bounds")
    frame = frame.sort_values(unit, ignore_index=True)
    on_context = _sides(frame, context, context_low, context_high, context_border, "difficult", "favourable")
    on_result = _sides(frame, result, result_low, result_high, result_border, "low", "high")
    cells = [_cell(first, second) for first, second in zip(on_context, on_result, strict=True)]
    schools = pd.DataFrame(
        {
            unit: frame[unit],
            "context_side": on_context,
            "result_side": on_result,
            "cell": pd.Series(cells, dtype=object),
        }
    )
    counts = schools["cell"].value_counts().reindex(list(Cell), fill_value=0)
    known = int(len(schools) - counts[Cell.NO_DATA])
    return ContextMatrix(schools, counts, context_border, result_border, known)


def _sides(
    frame: pd.DataFrame, value: str, low: str | None, high: str | None, border: float, below: str, above: str
) -> NDArray:
    columns = [value, low or value, high or value]
    middle, bottom, top = (frame[name].to_numpy(dtype=float, na_value=np.nan) for name in columns)
    known = np.isfinite(middle) & np.isfinite(bottom) & np.isfinite(top)
    side = np.where(top < border, below, np.where(bottom > border, above, "undetermined"))
    return np.where(known, side, "no_data")


def _cell(on_context: str, on_result: str) -> Cell:
    if "no_data" in (on_context, on_result):
        return Cell.NO_DATA
    if "undetermined" in (on_context, on_result):
        return Cell.UNDETERMINED
    return Cell(f"{on_context}_{on_result}")
