"""Indicators of section 1.2.3 under their codes."""

from __future__ import annotations

from collections.abc import Collection, Iterable

import pandas as pd

from oko_lib.indicators.low_results.dynamics import MeasureSummary
from oko_lib.indicators.low_results.measures import MEASURES
from oko_lib.indicators.low_results.shares import shares_by_procedure
from oko_lib.indicators.values import IndicatorValue
from oko_lib.methods.result import Estimate, Refusal, RefusalReason
from oko_lib.settings.low_results_norms import LowResultsNorms

_NO_DATA = Estimate(None, None, 0, refusal=Refusal(RefusalReason.NO_DATA))


def measure_values(summaries: Iterable[MeasureSummary], level: str, unit: str, year: int) -> list[IndicatorValue]:
    """Return both readings of the seven measures of 1.2.3 for a municipality or the region; all seven, always."""
    found = {item.measure.number: item for item in summaries}
    values = []
    for measure in MEASURES:
        code = measure.region_code if level == "region" else measure.municipality_code
        item = found.get(measure.number)
        for reading in ("formal", "reliable"):
            estimate = getattr(item, reading) if item is not None else _NO_DATA
            values.append(IndicatorValue(code, level, unit, year, measure.brief_ru, estimate, reading))
    return values


def school_values(
    outcomes: pd.DataFrame, schools: Collection[str], year: int, norms: LowResultsNorms
) -> list[IndicatorValue]:
    """Return S01 … S13 of the schools given: shares of success and of those below the threshold in `year`."""
    values = []
    now = outcomes[outcomes["year"] == year]
    for school in sorted(schools):
        shares = shares_by_procedure(now, [school], norms).set_index("procedure")
        for measure in MEASURES:
            pairs = [
                *zip(measure.success_codes, measure.procedures, ("success",) * 2, strict=False),
                *zip(measure.failure_codes, measure.procedures, ("below",) * 2, strict=False),
            ]
            for code, procedure, column in pairs:
                known = procedure in shares.index
                estimate = shares.loc[procedure, column] if known else _NO_DATA
                values.append(IndicatorValue(code, "school", school, year, procedure, estimate))
    return sorted(values, key=lambda item: (item.unit, item.code))
