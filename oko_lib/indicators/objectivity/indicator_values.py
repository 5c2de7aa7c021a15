"""Indicators of section 1.1.4 under their codes, as the reports on objectivity have them."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import pandas as pd

from oko_lib.indicators.objectivity.region import RegionObjectivity
from oko_lib.indicators.values import IndicatorValue
from oko_lib.methods.agreement import MarkAgreement
from oko_lib.methods.result import Estimate, Interval, Refusal, RefusalReason

_NO_DATA = Estimate(None, None, 0, refusal=Refusal(RefusalReason.NO_DATA))
_SHARES = {"lowered": "понизившие", "confirmed": "соответствующие", "raised": "повысившие"}
_ALL_WORKS = "все работы ВПР вместе"


def region_values(region: RegionObjectivity, total: MarkAgreement) -> list[IndicatorValue]:
    """Return 1.1.4-R01 … R03.

    Parameters
    ----------
    region : RegionObjectivity
    total : MarkAgreement
        Over all works of the year.
    """
    year = region.year
    values = [
        IndicatorValue("1.1.4-R01", "region", "", year, title, getattr(total, name), _ALL_WORKS)
        for name, title in _SHARES.items()
    ]
    compared = {"доля максимального балла": "level", "понизили": "lowered", "повысили": "raised"}
    for what, name in compared.items():
        found = _NO_DATA if region.control is None else getattr(region.control, name).difference
        reading = f"{what}: без наблюдателей минус с наблюдателями"
        values.append(
            IndicatorValue("1.1.4-R02", "region", "", year, "контрольная группа и остальные", found, reading, "points")
        )
    rows = region.lists.rows
    listed = rows.groupby("year")["school"].nunique() if len(rows) else pd.Series(dtype=int)
    now, before = listed.get(year), listed.get(year - 1)
    change = None if now is None or before is None else float(now) - float(before)
    source = "по опубликованному списку"
    values += [
        IndicatorValue(
            "1.1.4-R03", "region", "", year, "школы с признаками необъективности", _count(now), source, "count"
        ),
        IndicatorValue("1.1.4-R03", "region", "", year, "изменение их числа за год", _count(change), source, "count"),
    ]
    return values


def municipality_values(region: RegionObjectivity, code: str, schools: Collection[str]) -> list[IndicatorValue]:
    """Return 1.1.4-M01 of a municipality and, by the wording of the indicator, of each of its schools with results."""
    agreement = region.agreement
    values = _both(agreement.by_municipality, "municipality_code", code, region.year)
    there = set(agreement.by_school["school"])
    for school in sorted(set(schools) & there):
        values += _both(agreement.by_school, "school", school, region.year)
    return values


def school_values(region: RegionObjectivity, schools: Collection[str]) -> list[IndicatorValue]:
    """Return 1.1.4-S01 (of the whole school) and S02 of schools with results of the year."""
    by_school = region.agreement.by_school.set_index("school")
    values = []
    for school in sorted(set(schools) & set(by_school.index)):
        row = by_school.loc[school]
        values += [
            IndicatorValue("1.1.4-S01", "school", school, region.year, title, share_of(row, name), "вся школа")
            for name, title in _SHARES.items()
        ]
        values += [
            IndicatorValue("1.1.4-S02", "school", school, region.year, title, share_of(row, name))
            for name, title in (
                ("lowered_substantially", "понизившие существенно"),
                ("raised_substantially", "повысившие существенно"),
            )
        ]
    return values


def share_of(row: Mapping[str, object], name: str) -> Estimate:
    """Return a share of a row of :func:`~oko_lib.methods.agreement.agreement_by`."""
    n = int(row["n_pairs"])
    if isinstance(row["refusal"], str):
        return Estimate(None, None, n, refusal=Refusal(RefusalReason(row["refusal"]), n))
    bounds = Interval(float(row[f"{name}_low"]), float(row[f"{name}_high"]))
    return Estimate(float(row[name]), bounds, n, float(row[f"{name}_n"]), float(n))


def _both(frame: pd.DataFrame, column: str, unit: str, year: int) -> list[IndicatorValue]:
    rows = frame[frame[column] == unit]
    found = {name: _NO_DATA if rows.empty else share_of(rows.iloc[0], name) for name in ("lowered", "raised")}
    return [
        IndicatorValue("1.1.4-M01", "municipality", unit, year, _SHARES[name], estimate, _ALL_WORKS)
        for name, estimate in found.items()
    ]


def _count(value: float | None) -> Estimate:
    return _NO_DATA if value is None or pd.isna(value) else Estimate(float(value), None, abs(int(value)))
