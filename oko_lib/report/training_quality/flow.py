"""Movement of pupils: who finished, who left without a certificate, who does not go on."""

from __future__ import annotations

import pandas as pd

from oko_lib.indicators.training_quality.flow import totals
from oko_lib.report.columns import ColumnSpec
from oko_lib.report.grammar import count, listed, sentence
from oko_lib.report.numbering import Numbering
from oko_lib.report.numbers import integer, is_missing, percent
from oko_lib.report.table import ReportTable
from oko_lib.report.training_quality import words
from oko_lib.report.training_quality.context import QualityContext

_COLUMNS = (
    ("started", "Начали", ""),
    ("finished", "Завершили", ""),
    ("without_certificate", "Без аттестата", ""),
    ("continued_school", "10 класс", "Продолжили"),
    ("continued_vocational", "ПОО", "Продолжили"),
    ("continued_university", "вуз", "Продолжили"),
    ("not_continuing", "чел.", "Не продолжили"),
)


def flow_sentence(context: QualityContext) -> str:
    """Those without a certificate and those who do not go on, by level."""
    own, year = context.results.own.graduates, context.results.session.year
    beside = totals(context.results.region.flow.rows)
    parts = []
    for level, title in words.EDUCATION.items():
        if (year, level) not in own.index:
            continue
        row = own.loc[(year, level)]
        text = f"{title}: без аттестата {integer(row['without_certificate'])} из {integer(row['started'])}"
        if not is_missing(row["not_continuing"]):
            region = ""
            if context.results.beside_region:
                other = beside.loc[(year, level)]
                region = f" (по региону {percent(other['not_continuing'] / other['started'])})"
            text += (
                f", не продолжили образование {integer(row['not_continuing'])}, "
                f"{percent(row['not_continuing'] / row['started'])}{region}"
            )
        parts.append(text)
    return sentence("; ".join(parts)) if parts else "Сведений о завершении обучения в данных нет."


def schools_sentence(context: QualityContext) -> str:
    """Schools where more graduates do not go on than the spread of schools explains."""
    flagged = flagged_schools(context)
    if context.results.region.flow.schools.empty:
        return ""
    if not flagged:
        return "Ни в одной школе доля не продолживших образование не выходит за обычный разброс школ региона."
    named = [f"{context.short_names[school]} ({words.EDUCATION[level]})" for school, level in flagged]
    return sentence(f"доля не продолживших образование больше обычного: {listed(named)}")


def flagged_schools(context: QualityContext) -> list[tuple[str, str]]:
    """School and level of education where more do not go on than elsewhere."""
    rows = context.results.region.flow.schools
    own = rows[rows["school"].isin(context.results.schools) & rows["flagged"].astype(bool)]
    return [(str(row.school), str(row.education_level)) for row in own.itertuples()]


def graduates_table(own: pd.DataFrame, numbering: Numbering, caption: str) -> ReportTable:
    """Counts by year and level of education."""
    rows = [
        {
            "level": words.EDUCATION.get(str(level), str(level)),
            "year": int(year),
            **{name: row[name] for name, _, _ in _COLUMNS},
            "share": row["not_continuing"] / row["started"] if row["started"] > 0 else None,
        }
        for (year, level), row in own.iterrows()
    ]
    columns = [
        ColumnSpec("level", "Выпуск"),
        ColumnSpec("year", "Год", kind="year"),
        *(ColumnSpec(name, title, kind="integer", group=group) for name, title, group in _COLUMNS),
        ColumnSpec("share", "доля", kind="share", group="Не продолжили"),
    ]
    return ReportTable.build(
        pd.DataFrame(rows, columns=[column.key for column in columns]),
        columns,
        caption=caption,
        number=numbering.table("tbl-graduates"),
        label="tbl-graduates",
        sort=["level", "year"],
        wide=False,
        notes=("Доля не продолживших — от начавших выпускной класс.",) if rows else (),
        empty="Сведений о завершении обучения в данных нет.",
    )


def not_continuing_table(context: QualityContext, *, every: bool = True) -> ReportTable:
    """Schools: those who do not go on, against the spread of schools; only those out of it when not `every`."""
    results = context.results
    minimum = results.session.norms.minimum_group.value
    rows = results.region.flow.schools
    own = rows[rows["school"].isin(results.schools)]
    shown = [
        {
            "school": context.short_names[str(row.school)],
            "level": words.EDUCATION[str(row.education_level)],
            "started": row.started,
            "count": row.not_continuing,
            "share": row.not_continuing / row.started if row.started >= minimum else "м.д.",
            "region": row.region if results.beside_region else None,
            "place": _place(row),
        }
        for row in own.itertuples()
        if row.not_continuing > 0 and (every or row.flagged)
    ]
    columns = [
        ColumnSpec("school", "Школа"),
        ColumnSpec("level", "Выпуск"),
        ColumnSpec("started", "Начали", kind="integer"),
        ColumnSpec("count", "Не продолжили", kind="integer"),
        ColumnSpec("share", "Доля", kind="share"),
        ColumnSpec("region", "Регион", kind="share", missing="—"),
        ColumnSpec("place", "Среди школ региона"),
    ]
    if not results.beside_region:
        columns = [column for column in columns if column.key != "region"]
    without = len(own) - len(shown)
    notes = ["«Больше обычного» — больше, чем объясняют размер школы и обычный разброс школ региона."]
    if without and every:
        notes.append(f"Не показаны {count(without, 'выпуск')}, где продолжили все.")
    return ReportTable.build(
        pd.DataFrame(shown, columns=[column.key for column in columns]),
        columns,
        caption="Школы, где есть выпускники, не продолжившие образование"
        if every
        else "Школы, где доля не продолживших образование вне обычного разброса",
        number=context.numbering.table("tbl-not-continuing"),
        label="tbl-not-continuing",
        sort=["school", "level"],
        notes=notes if shown else (),
        empty="Выпускников, не продолживших образование, в данных нет."
        if every
        else "Ни в одной школе доля не продолживших образование не выходит за обычный разброс школ.",
    )


def _place(row) -> str:
    if is_missing(row.p_value):
        return "м.д."
    return words.PLACES["more" if row.flagged else "usual"]
