"""Causes and support over the region: risk factors of listed schools, coverage of their teachers by municipality."""

from __future__ import annotations

import pandas as pd

from oko_lib.methods.result import Estimate
from oko_lib.report.columns import ColumnSpec
from oko_lib.report.grammar import agree, count
from oko_lib.report.low_results.causes import factor_value
from oko_lib.report.low_results.regional_context import RegionalContext
from oko_lib.report.numbers import integer, percent
from oko_lib.report.table import ReportTable

_TEACHERS = "Педагогов"


def passport_sentence(context: RegionalContext) -> str:
    """Listed schools whose passport is not there: unknown is not «no risk»."""
    n = len(context.results.without_passport)
    if not n:
        return ""
    return (
        f"Социального паспорта этого года нет у {count(n, 'школа', case='genitive')} списков; о причинах по ним "
        "сказать нечего."
    )


def silent_sentence(context: RegionalContext) -> str:
    """Listed schools that reported nothing on support."""
    n = len(context.results.support.silent)
    if not n:
        return ""
    return f"Сведений о поддержке не {agree(n, 'подала', 'подали')} {count(n, 'школа')} списков."


def risks_table(context: RegionalContext) -> ReportTable:
    """By factor: in how many listed schools it stands out, beside all schools of the region."""
    results = context.results
    titles = {factor.code: factor for factor in results.region.factors}
    rows = [
        {
            "group": titles[code].group_ru,
            "factor": titles[code].title_ru,
            "known": row["known"],
            "strong": row["strong"],
            "moderate": row["moderate"],
            "share": row["share"],
            "region": row["region_share"],
            "median": factor_value(row["median"], 1 if row["is_share"] else None),
        }
        for code, row in results.risks.iterrows()
    ]
    columns = [
        ColumnSpec("group", "Группа"),
        ColumnSpec("factor", "Фактор риска"),
        ColumnSpec("known", "с данными", kind="integer", group="Школ списков"),
        ColumnSpec("strong", "выражен сильно", kind="integer", group="Школ списков"),
        ColumnSpec("moderate", "умеренно", kind="integer", group="Школ списков"),
        ColumnSpec("share", "школ списков", kind="share", group="Выражен, доля"),
        ColumnSpec("region", "всех школ", kind="share", group="Выражен, доля"),
        ColumnSpec("median", "Середина по региону", align="right"),
    ]
    norms = results.session.norms
    strong, moderate = norms.risk_strong_quantile.value, norms.risk_moderate_quantile.value
    return ReportTable.build(
        pd.DataFrame(rows, columns=[column.key for column in columns]),
        columns,
        caption="Факторы риска: в скольких школах списков они выражены",
        number=context.numbering.table("tbl-risks"),
        label="tbl-risks",
        notes=(
            f"Сильно — сильнее, чем у {percent(strong, 0)} школ региона, умеренно — чем у {percent(moderate, 0)}, и не "
            "из-за малого числа детей. Такие школы есть и вне списков, поэтому сравнивайте две доли. Фактор — повод "
            "для разговора, а не доказанная причина; какой школе что обсудить — в отчёте её муниципалитета.",
        ),
    )


def support_table(context: RegionalContext) -> ReportTable:
    """Support of listed schools by municipality."""
    results = context.results
    rows = [
        {
            "name": context.short_municipality(code),
            **row,
            "coverage": results.support_of[code].coverage,
            "programmes": _of(results.support_of[code].programmes),
        }
        for code, row in results.support_counts.to_dict("index").items()
    ]
    columns = [
        ColumnSpec("name", "Муниципалитет"),
        ColumnSpec("listed", "Школ списков", kind="integer"),
        ColumnSpec("reported", "из них подали сведения", kind="integer"),
        ColumnSpec("teachers", "всего", kind="integer", group=_TEACHERS),
        ColumnSpec("teachers_diagnosed", "прошли диагностику", kind="integer", group=_TEACHERS),
        ColumnSpec("teachers_with_deficits", "с дефицитами", kind="integer", group=_TEACHERS),
        ColumnSpec("teachers_supported", "охвачены поддержкой", kind="integer", group=_TEACHERS),
        ColumnSpec("coverage", "Охват", kind="share"),
        ColumnSpec("programmes", "ШППКО утверждена, школ", align="right"),
    ]
    return ReportTable.build(
        pd.DataFrame(rows, columns=[column.key for column in columns]),
        columns,
        caption="Поддержка школ списков по муниципалитетам",
        number=context.numbering.table("tbl-support"),
        label="tbl-support",
        sort="name",
        total_row={
            "name": "Регион",
            **results.support_total.to_dict(),
            "coverage": results.support.coverage,
            "programmes": _of(results.support.programmes),
        },
        notes=(
            f"Норма охвата — не менее {percent(results.support.target, 0)} педагогов школ списка. Охват считается по "
            "школам, которые назвали оба числа. По алфавиту; порядок — не место.",
        ),
        empty="Школ списков нет.",
    )


def _of(found: Estimate) -> str:
    return f"{integer(found.numerator)} из {integer(found.denominator)}" if found.given else "…"
