"""Causes and support: risk factors of listed schools, coverage of their teachers, deficits."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import pandas as pd

from oko_lib.indicators.low_results.region import RegionLowResults
from oko_lib.indicators.low_results.support import Support
from oko_lib.report.columns import ColumnSpec
from oko_lib.report.findings import FindingsBox
from oko_lib.report.grammar import listed
from oko_lib.report.low_results import words
from oko_lib.report.numbering import Numbering
from oko_lib.report.numbers import integer, is_missing, number, percent
from oko_lib.report.table import ReportTable, natural_key


def risks_table(
    region: RegionLowResults, schools: Collection[str], names: Mapping[str, str], numbering: Numbering
) -> ReportTable:
    """Factors that stand out in each of `schools`, with the school's value and the region's middle."""
    titles = {factor.code: factor for factor in region.factors}
    order = {factor.code: place for place, factor in enumerate(region.factors)}
    rows = region.risks.schools
    own = rows[rows["school"].isin(list(schools)) & rows["risk"].isin(["strong", "moderate"])]
    medians = region.risks.factors.set_index("factor")["median"]
    frame = pd.DataFrame(
        [
            {
                "school": names[row.school],
                "place": order[row.factor],
                "group": titles[row.factor].group_ru,
                "factor": titles[row.factor].title_ru,
                "value": factor_value(row.value, row.n),
                "median": factor_value(medians.get(row.factor), row.n),
                "risk": words.RISKS[str(row.risk)],
            }
            for row in own.itertuples()
        ],
        columns=["school", "place", "group", "factor", "value", "median", "risk"],
    )
    return ReportTable.build(
        frame,
        [
            ColumnSpec("school", "Школа"),
            ColumnSpec("factor", "Фактор риска"),
            ColumnSpec("value", "В школе", align="right"),
            ColumnSpec("median", "Середина по региону", align="right"),
            ColumnSpec("risk", "Вывод"),
        ],
        caption="Факторы риска школ списков по паспортам",
        number=numbering.table("tbl-risks"),
        label="tbl-risks",
        sort=["school", "place"],
        notes=(
            "Показаны факторы, которые в школе выражены сильнее, чем у трёх четвертей школ региона, и не из-за малого "
            "числа детей. Фактор — повод для разговора, а не доказанная причина.",
        ),
        empty="Выраженных факторов риска нет, или паспорта школ не загружены.",
    )


def factor_value(value: object, n: object) -> str:
    """Return a share in per cent, a plain value as it is."""
    if is_missing(value):
        return "…"
    return number(value, 2) if is_missing(n) else percent(value)


def unknown_sentence(region: RegionLowResults, schools: Collection[str], names: Mapping[str, str]) -> str:
    """Listed schools without a passport: unknown is not «no risk»."""
    now = region.conditions[region.conditions["year"] == region.year]
    known = set(now.loc[now["passport_pupils"].notna(), "school"])
    silent = sorted((names[school] for school in schools if school not in known), key=natural_key)
    return (
        f"Социального паспорта этого года нет у школ: {listed(silent)}; о причинах по ним сказать нечего."
        if silent
        else ""
    )


def support_sentence(support: Support) -> str:
    """Coverage of teachers of listed schools against the norm."""
    if not support.coverage.given:
        return "Сведений об охвате педагогов поддержкой нет."
    verdict = "норма выполнена" if support.target_met else "ниже нормы"
    return (
        f"Охват педагогов школ списков поддержкой — {percent(support.coverage.value)} "
        f"({integer(support.coverage.numerator)} из {integer(support.coverage.denominator)}) при норме не менее "
        f"{percent(support.target, 0)}: {verdict}."
    )


def silent_sentence(support: Support, names: Mapping[str, str]) -> str:
    """Listed schools that reported nothing on support."""
    if not support.silent:
        return ""
    silent = sorted((names[school] for school in support.silent), key=natural_key)
    return f"Сведений о поддержке не подали: {listed(silent)}."


def support_table(support: Support, names: Mapping[str, str], numbering: Numbering) -> ReportTable:
    """Support of listed schools one by one."""
    rows = support.schools.assign(school=[names[school] for school in support.schools["school"]])
    return ReportTable.build(
        rows,
        [
            ColumnSpec("school", "Школа"),
            ColumnSpec("teachers", "Педагогов", kind="integer"),
            ColumnSpec("teachers_diagnosed", "прошли диагностику", kind="integer", group="Педагогов"),
            ColumnSpec("teachers_with_deficits", "с дефицитами", kind="integer", group="Педагогов"),
            ColumnSpec("teachers_supported", "охвачены поддержкой", kind="integer", group="Педагогов"),
            ColumnSpec("coverage", "Охват", kind="share"),
            ColumnSpec("programme_approved", "ШППКО утверждена", kind="flag"),
            ColumnSpec("mentor_school", "Есть школа-наставник", kind="flag"),
        ],
        caption="Поддержка школ списков",
        number=numbering.table("tbl-support"),
        label="tbl-support",
        sort="school",
        total_row={
            "teachers": _total(rows, "teachers"),
            "teachers_diagnosed": _total(rows, "teachers_diagnosed"),
            "teachers_with_deficits": _total(rows, "teachers_with_deficits"),
            "teachers_supported": _total(rows, "teachers_supported"),
            "coverage": support.coverage,
        },
        notes=(
            f"Норма охвата — не менее {percent(support.target, 0)} педагогов школ списка.",
            *(["Общий охват — по школам, которые сообщили оба числа."] if _partly_known(rows) else []),
        ),
        empty="Сведений о поддержке школ списков нет.",
    )


def _partly_known(rows: pd.DataFrame) -> bool:
    return bool(rows[["teachers", "teachers_supported"]].isna().any(axis=None))


def _total(rows: pd.DataFrame, column: str) -> int | None:
    return int(rows[column].sum()) if rows[column].notna().any() else None


def deficits_table(support: Support, numbering: Numbering) -> ReportTable:
    """Deficits of teachers by subject."""
    return ReportTable.build(
        support.deficits,
        [
            ColumnSpec("subject", "Предмет"),
            ColumnSpec("n_schools", "Школ", kind="integer"),
            ColumnSpec("teachers_diagnosed", "Прошли диагностику", kind="integer"),
            ColumnSpec("teachers_with_deficits", "Выявлены дефициты", kind="integer"),
            ColumnSpec("share", "Доля", kind="share"),
        ],
        caption="Профессиональные дефициты педагогов школ списков по предметам",
        number=numbering.table("tbl-deficits"),
        label="tbl-deficits",
        empty="Сведений о диагностике педагогов нет.",
    )


def advice(region: RegionLowResults, school: str, most: int) -> list[str]:
    """Return what follows from the strongest factors of a school, at most so many of them."""
    titles = {factor.code: factor for factor in region.factors}
    rows = region.risks.schools
    own = rows[(rows["school"] == school) & (rows["risk"] == "strong")].sort_values("position", ascending=False)
    named = [titles[code] for code in own["factor"].head(most)]
    return [f"{factor.title_ru[:1].lower()}{factor.title_ru[1:]} — {factor.advice}" for factor in named]


def advice_box(region: RegionLowResults, schools: Collection[str], names: Mapping[str, str]) -> FindingsBox:
    """What to discuss with each listed school: its strongest factors and what follows from them."""
    found = {school: advice(region, school, 2) for school in sorted(schools, key=lambda each: names[each])}
    items = [f"{names[school]}: {'; '.join(texts)}." for school, texts in found.items() if texts]
    return FindingsBox(items, "О чём говорить со школами", "Сильно выраженных факторов риска у школ списков нет.")
