"""Indirect standardisation: a unit's share beside what its mix of cells makes one expect.

The share of lowered marks grows with the difficulty of the work, so shares of different subjects and grades may not be
added up as they are. Each unit's count is compared with the count expected had every cell (subject × grade) of the unit
the regional share of that cell. Source: Breslow, Day, Statistical Methods in Cancer Research, vol. II (1987), ch. 2.
"""

from __future__ import annotations

import numpy as np
import pandas as pd


def indirectly_standardised(
    counts: pd.DataFrame, unit: str, cell: list[str], events: str = "events", n: str = "n"
) -> pd.DataFrame:
    """Compare every unit's count with the count expected from the shares of its cells.

    Parameters
    ----------
    counts : DataFrame
        One row per unit × cell with the counts `events` and `n`.
    unit : str
        Column of the unit (for example the school).
    cell : list of str
        Columns that make a cell (for example subject and grade).
    events, n : str
        Columns of the counts; 0 ≤ events ≤ n.

    Returns
    -------
    DataFrame
        Indexed by unit: events, n, expected (sum over the unit's cells of n times the share of the cell over all
        units), ratio (events / expected, missing where nothing is expected), share (the overall share times the
        ratio, bounded by 0 and 1).
    """
    rows = counts[counts[n] > 0]
    totals = rows.groupby(cell, observed=True)[[events, n]].transform("sum")
    expected = rows[n] * totals[events] / totals[n]
    by_unit = rows.assign(expected=expected).groupby(unit, observed=True)[[events, n, "expected"]].sum().sort_index()
    by_unit = by_unit.rename(columns={events: "events", n: "n"})
    overall = rows[events].sum() / rows[n].sum() if len(rows) else np.nan
    ratio = by_unit["events"] / by_unit["expected"].where(by_unit["expected"] > 0)
    return by_unit.assign(ratio=ratio, share=(overall * ratio).clip(0.0, 1.0))
