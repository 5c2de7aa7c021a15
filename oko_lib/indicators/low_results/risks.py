"""Risk factors of schools from their passports, against the schools of the region."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from oko_lib.methods.risk_position import RiskPositions, risk_positions
from oko_lib.settings.loading import SettingsError, suggest
from oko_lib.settings.low_results_norms import LowResultsNorms
from oko_lib.settings.risk_factors import RiskFactor


def risk_profile(
    conditions: pd.DataFrame, factors: Sequence[RiskFactor], year: int, norms: LowResultsNorms
) -> RiskPositions:
    """Return where every school stands on every factor in `year`.

    Parameters
    ----------
    conditions : DataFrame
        From :func:`~oko_lib.indicators.low_results.conditions.conditions_by_school`.
    factors : sequence of RiskFactor
    year : int
    norms : LowResultsNorms
        Quantiles of a moderate and a strong risk, least number of schools.

    Raises
    ------
    SettingsError
        If a factor names a column that conditions do not have.
    """
    now = conditions[conditions["year"] == year]
    parts = [_of_factor(now, factor) for factor in factors]
    return risk_positions(
        pd.concat(parts, ignore_index=True),
        {factor.code: 1 if factor.high_is_risk else -1 for factor in factors},
        moderate=norms.risk_moderate_quantile.value,
        strong=norms.risk_strong_quantile.value,
        minimum_schools=int(norms.dynamics_minimum_schools.value),
    )


def _of_factor(now: pd.DataFrame, factor: RiskFactor) -> pd.DataFrame:
    for column in (factor.numerator, factor.denominator):
        if column is not None and column not in now.columns:
            raise SettingsError(
                f"risk_factors.yaml: фактор «{factor.code}»: нет столбца «{column}»."
                f"{suggest(column, list(now.columns))}"
            )
    base = pd.DataFrame({"school": now["school"], "factor": factor.code})
    numerator = now[factor.numerator]
    if factor.denominator is None:
        return base.assign(value=numerator, count=np.nan, total=np.nan)
    total = now[factor.denominator]
    # More vacancies than teachers, or more specialists than required, is no share of anything: a plain ratio then.
    if (numerator > total).any() or not _whole(numerator, total):
        return base.assign(value=(numerator / total).where(total > 0), count=np.nan, total=np.nan)
    known = numerator.notna() & (total > 0)
    return base.assign(value=np.nan, count=numerator.where(known), total=total.where(known))


def _whole(numerator: pd.Series, total: pd.Series) -> bool:
    return bool(((numerator.dropna() % 1) == 0).all() and ((total.dropna() % 1) == 0).all())
