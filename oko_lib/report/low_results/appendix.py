"""Appendix: indicators of 1.2.3 under their codes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from oko_lib.indicators.values import IndicatorValue
from oko_lib.report.columns import ColumnSpec
from oko_lib.report.low_results import words
from oko_lib.report.numbering import Numbering
from oko_lib.report.table import ReportTable

_READINGS = {"formal": "рост по числам", "reliable": "отличимый рост", "": ""}


def indicators_table(values: Sequence[IndicatorValue], names: Mapping[str, str], numbering: Numbering) -> ReportTable:
    """Values under the codes of the official table."""
    rows = [
        {
            "code": value.code,
            "unit": names.get(value.unit, value.unit),
            "title": words.brief(value.title_ru) if value.level == "school" else value.title_ru,
            "reading": _READINGS[value.reading] or _school_reading(value),
            "value": value.estimate,
            "n": value.estimate.n,
        }
        for value in values
    ]
    return ReportTable.build(
        pd.DataFrame(rows, columns=["code", "unit", "title", "reading", "value", "n"]),
        [
            ColumnSpec("code", "Код"),
            ColumnSpec("unit", "Чей"),
            ColumnSpec("title", "Результаты"),
            ColumnSpec("reading", "Что считается"),
            ColumnSpec("value", "Значение", kind="share"),
            ColumnSpec("n", "Из скольких", kind="integer"),
        ],
        caption="Показатели раздела 1.2.3 под их кодами",
        number=numbering.table("tbl-indicators"),
        label="tbl-indicators",
        notes=(
            "Коды: R — регион, M — муниципалитет, S — школа. Муниципальные и региональные — доля школ списка, "
            "школьные — доля участников.",
        ),
    )


def _school_reading(value: IndicatorValue) -> str:
    failures = {"1.2.3-S02", "1.2.3-S04", "1.2.3-S07", "1.2.3-S08", "1.2.3-S10"}
    return "не преодолели порог" if value.code in failures else words.success_brief(value.title_ru)
