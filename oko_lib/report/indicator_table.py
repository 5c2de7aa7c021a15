"""Appendix of a direction: values under the codes of the official table of indicators."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from oko_lib.indicators.values import IndicatorValue
from oko_lib.methods.result import Estimate
from oko_lib.report.columns import ColumnSpec
from oko_lib.report.numbering import Numbering
from oko_lib.report.numbers import (
    NARROW,
    integer,
    mean_with_interval,
    points_with_interval,
    share_with_interval,
)
from oko_lib.report.refusals import cell_code
from oko_lib.report.table import ReportTable

_READINGS = {"formal": "рост по числам", "reliable": "отличимый рост", "": "—"}


def value_text(value: IndicatorValue) -> str:
    """Return the value as it is printed: «37,2 % (34,1–40,4)», «+3,1 п.п. (…)», «12», «да», «м.д.»."""
    estimate = value.estimate
    if not estimate.given:
        return cell_code(estimate)
    if value.kind == "share":
        return share_with_interval(estimate)
    if value.kind == "points":
        return points_with_interval(estimate)
    if value.kind == "ratio":
        return mean_with_interval(estimate, 2)
    if value.kind == "flag":
        return "да" if estimate.value else "нет"
    return integer(estimate.value)


def of_text(estimate: Estimate) -> str:
    """Return what the share is made of: «48 из 382»."""
    if estimate.numerator is None or estimate.denominator is None:
        return "—"
    return f"{integer(estimate.numerator)}{NARROW}из{NARROW}{integer(estimate.denominator)}"


def indicator_table(
    values: Sequence[IndicatorValue],
    names: Mapping[str, str],
    numbering: Numbering,
    *,
    caption: str,
    notes: Sequence[str] = (),
    minimum_group: int = 0,
) -> ReportTable:
    """Values under their official codes.

    Parameters
    ----------
    values : sequence of IndicatorValue
    names : mapping of str to str
        Unit → what the table calls it.
    numbering : Numbering
        Knows ``tbl-indicators``.
    caption : str
    notes : sequence of str
        Printed under the table before the note on codes.
    minimum_group : int
        Counts of a refused group smaller than this are not printed either.
    """
    rows = [
        {
            "code": value.code,
            "unit": names.get(value.unit, value.unit),
            "title": value.title_ru,
            "reading": _READINGS.get(value.reading, value.reading),
            "value": value_text(value),
            "of": _of(value.estimate, minimum_group),
        }
        for value in values
    ]
    return ReportTable.build(
        pd.DataFrame(rows, columns=["code", "unit", "title", "reading", "value", "of"]),
        [
            ColumnSpec("code", "Код"),
            ColumnSpec("unit", "Чей"),
            ColumnSpec("title", "Показатель"),
            ColumnSpec("reading", "Как считается"),
            ColumnSpec("value", "Значение", align="right"),
            ColumnSpec("of", "Из скольких", align="right"),
        ],
        caption=caption,
        number=numbering.table("tbl-indicators"),
        label="tbl-indicators",
        notes=(*notes, "Коды — по официальной таблице показателей: R — регион, M — муниципалитет, S — школа."),
        empty="Показателей нет.",
    )


def school_flags_table(
    values: Sequence[IndicatorValue], names: Mapping[str, str], numbering: Numbering, caption: str
) -> ReportTable:
    """Schools × indicators that are yes or no: one row per school instead of one per value.

    Parameters
    ----------
    values : sequence of IndicatorValue
        Of kind ``flag``, of schools.
    names : mapping of str to str
        School → what the table calls it.
    numbering : Numbering
        Knows ``tbl-school-indicators``.
    caption : str
    """
    titles = {value.code: value.title_ru for value in values}
    cells: dict[str, dict[str, object]] = {}
    for value in values:
        cells.setdefault(value.unit, {"school": names[value.unit]})[value.code] = value_text(value)
    columns = [ColumnSpec("school", "Школа"), *(ColumnSpec(code, code, align="center") for code in titles)]
    return ReportTable.build(
        pd.DataFrame(list(cells.values()), columns=[column.key for column in columns]),
        columns,
        caption=caption,
        number=numbering.table("tbl-school-indicators"),
        label="tbl-school-indicators",
        sort="school",
        notes=("; ".join(f"{code} — {title}" for code, title in titles.items()) + ".",),
        empty="Школ с данными нет.",
    )


def _of(estimate: Estimate, minimum_group: int) -> str:
    if not estimate.given and estimate.n < minimum_group:
        return "—"
    return of_text(estimate)
