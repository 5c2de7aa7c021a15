"""Section 1: marks and their agreement with the journal, by subject and grade; section 2: by school."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from oko_lib.indicators.objectivity.agreement import UnitFunnel
from oko_lib.methods.agreement import MarkAgreement
from oko_lib.report.columns import ColumnSpec
from oko_lib.report.grammar import count
from oko_lib.report.objectivity import words
from oko_lib.report.objectivity.context import ReportContext, rows_by, share
from oko_lib.report.table import ReportTable
from oko_lib.settings.norms import ObjectivityNorms

MARKS = (2, 3, 4, 5)


def works_rows(works: dict[tuple[str, int], MarkAgreement]) -> list[dict[str, object]]:
    """One row per subject and grade."""
    return [{"work": words.work(subject, grade), **_shares(found)} for (subject, grade), found in works.items()]


def works_total(total: MarkAgreement) -> dict[str, object]:
    """The last row: all works together."""
    return {"work": "Все работы", **_shares(total)}


def _shares(found: MarkAgreement) -> dict[str, object]:
    return {
        "pairs": found.n_pairs,
        "lowered": found.lowered,
        "confirmed": found.confirmed,
        "raised": found.raised,
        "lowered_substantially": found.lowered_substantially,
        "raised_substantially": found.raised_substantially,
    }


def work_row(label: str, row: pd.Series) -> dict[str, object]:
    """One row of ``agreement_by`` as a row of the tables by subject and grade."""
    names = ("lowered", "confirmed", "raised", "lowered_substantially", "raised_substantially")
    return {"work": label, "pairs": int(row["n_pairs"]), **{name: share(row, name) for name in names}}


def schools_of_work_table(context: ReportContext, subject: str, grade: int) -> ReportTable:
    """Agreement of one work by school of the municipality."""
    cells = context.results.region.agreement.by_school_cell
    own = cells[
        (cells["subject"] == subject) & (cells["grade"] == grade) & cells["school"].isin(context.results.schools)
    ]
    rows = [work_row(context.short_names[row["school"]], row) for _, row in own.iterrows()]
    _, *columns = works_columns(context.results.session.norms)
    return ReportTable.build(
        pd.DataFrame(rows, columns=["work", *(column.key for column in columns)]),
        [ColumnSpec("work", "Школа"), *columns],
        caption=f"{words.work(subject, grade)}: соответствие отметок по школам",
        sort="work",
    )


def works_columns(norms: ObjectivityNorms) -> list[ColumnSpec]:
    """Columns of the tables by subject and grade."""
    beyond = f"На {int(norms.substantial_difference.value)} балла и более"
    return [
        ColumnSpec("work", "Работа"),
        ColumnSpec("pairs", "Пар отметок", kind="integer"),
        ColumnSpec("lowered", "Понизили", kind="share"),
        ColumnSpec("confirmed", "Подтвердили", kind="share"),
        ColumnSpec("raised", "Повысили", kind="share"),
        ColumnSpec("lowered_substantially", "понизили", kind="share", interval=False, group=beyond),
        ColumnSpec("raised_substantially", "повысили", kind="share", interval=False, group=beyond),
    ]


def works_table(context: ReportContext) -> ReportTable:
    """Agreement by subject and grade, the region's share of confirmed marks beside."""
    results = context.results
    by_cell = rows_by(results.region.agreement.by_cell, "subject", "grade")
    beside = {
        words.work(subject, grade): share(by_cell.get((subject, grade)), "confirmed")
        for subject, grade in results.works
    }
    rows = [
        {**row, "region": beside[row["work"]] if results.region.has_comparison else None}
        for row in works_rows(results.works)
    ]
    region = ColumnSpec("region", "Регион: подтвердили", kind="share", interval=False, missing="—")
    return ReportTable.build(
        pd.DataFrame(rows),
        [*works_columns(results.session.norms), region],
        caption="Соответствие отметок за ВПР отметкам журнала по предметам и классам",
        number=context.numbering.table("tbl-works"),
        label="tbl-works",
        sort="work",
        total_row={**works_total(results.total), "region": None},
        notes=(
            "Доли — от числа пар, в которых есть обе отметки (так считает ФИС ОКО); в скобках 95-процентный интервал. "
            "Предметы и классы между собой не сравнивают: трудность работ разная.",
        ),
    )


def marks_table(context: ReportContext) -> ReportTable:
    """Distribution of ВПР marks by subject and grade, with the region's «2» and «4–5»."""
    results = context.results
    region = results.region.marks_of_year
    own = region[region["school"].isin(results.schools) & region["mark"].notna()]
    region = region[region["mark"].notna()]
    minimum = int(results.session.norms.minimum_group.value)
    rows = []
    for (subject, grade), marks in own.groupby(["subject", "grade"], observed=True):
        n = len(marks)
        shares = marks["mark"].value_counts(normalize=True)
        beside = region[(region["subject"] == subject) & (region["grade"] == grade)]["mark"]
        rows.append(
            {
                "work": words.work(str(subject), int(grade)),
                "n": n,
                **{f"mark_{mark}": float(shares.get(mark, 0.0)) if n >= minimum else "м.д." for mark in MARKS},
                "region_2": float((beside == 2).mean()) if results.region.has_comparison else None,
                "region_45": float((beside >= 4).mean()) if results.region.has_comparison else None,
            }
        )
    return ReportTable.build(
        pd.DataFrame(rows),
        [
            ColumnSpec("work", "Работа"),
            ColumnSpec("n", "Писали", kind="integer"),
            *(ColumnSpec(f"mark_{mark}", f"«{mark}»", kind="share", group="Отметка за ВПР") for mark in MARKS),
            ColumnSpec("region_2", "«2»", kind="share", group="Регион", missing="—"),
            ColumnSpec("region_45", "«4» и «5»", kind="share", group="Регион", missing="—"),
        ],
        caption="Отметки за ВПР по предметам и классам",
        number=context.numbering.table("tbl-marks"),
        label="tbl-marks",
        sort="work",
        notes=_scale_notes(context),
    )


def _scale_notes(context: ReportContext) -> tuple[str, ...]:
    quality = context.results.quality
    notes = []
    if quality.n_mark_by_scale:
        notes.append(
            f"В {count(quality.n_mark_by_scale, 'работа', case='prepositional')} файл не содержит отметки за ВПР; "
            "она определена по шкале этого года."
        )
    if quality.n_without_mark:
        notes.append(
            f"{count(quality.n_without_mark, 'работа')} без отметки: в файле её нет, шкала этого года не загружена."
        )
    return tuple(notes)


def schools_table(context: ReportContext) -> ReportTable:
    """Agreement by school with the two verdicts of the funnels."""
    results = context.results
    agreement = results.region.agreement
    by_school = agreement.by_school.set_index("school")
    rows = []
    for school in context.schools_of_year():
        row = by_school.loc[school]
        rows.append(
            {
                "school": context.short_names[school],
                "pairs": int(row["n_pairs"]),
                "lowered": share(row, "lowered"),
                "raised": share(row, "raised"),
                "lowered_substantially": share(row, "lowered_substantially"),
                "ratio_lowered": _ratio(agreement.schools["lowered"], school),
                "verdict_lowered": words.unit_verdict(agreement.schools["lowered"], school),
                "verdict_raised": words.unit_verdict(agreement.schools["raised"], school),
            }
        )
    return ReportTable.build(
        pd.DataFrame(rows, columns=_SCHOOL_COLUMNS),
        [
            ColumnSpec("school", "Школа"),
            ColumnSpec("pairs", "Пар отметок", kind="integer"),
            ColumnSpec("lowered", "Понизили", kind="share"),
            ColumnSpec("raised", "Повысили", kind="share"),
            ColumnSpec("lowered_substantially", "Понизили на 2 и более", kind="share", interval=False),
            ColumnSpec("ratio_lowered", "Понизили: к ожидаемому", unit="раз", kind="number", digits=2),
            ColumnSpec("verdict_lowered", "понизили", group="Отличие от школ региона"),
            ColumnSpec("verdict_raised", "повысили", group="Отличие от школ региона"),
        ],
        caption="Соответствие отметок за ВПР отметкам журнала по школам",
        number=context.numbering.table("tbl-schools"),
        label="tbl-schools",
        sort="school",
        notes=(
            "«К ожидаемому» — во сколько раз пониженных отметок больше, чем было бы в школе при долях региона по тем "
            "же предметам и классам. «Неслучайно» — вне обычного разброса школ региона с поправкой на число школ (доля "
            "ложных находок не более 5 %).",
        ),
    )


_SCHOOL_COLUMNS = [
    "school",
    "pairs",
    "lowered",
    "raised",
    "lowered_substantially",
    "ratio_lowered",
    "verdict_lowered",
    "verdict_raised",
]


def _ratio(funnel: UnitFunnel, school: str) -> float | str | None:
    if school not in funnel.units.index:
        return None
    row = funnel.units.loc[school]
    return float(row["ratio"]) if row["enough"] else "м.д."


def classes_table(context: ReportContext, schools: Iterable[str] | None = None) -> ReportTable:
    """Agreement by class within school, all subjects of the class together; of all schools unless some are named."""
    by_class = context.results.region.agreement.by_class
    own = by_class[by_class["school"].isin(context.results.schools if schools is None else list(schools))]
    rows = [
        {
            "school": context.short_names[row["school"]],
            "grade": int(row["grade"]),
            "class": row["class_label"] if isinstance(row["class_label"], str) else "не указан",
            "pairs": int(row["n_pairs"]),
            "lowered": share(row, "lowered"),
            "confirmed": share(row, "confirmed"),
            "raised": share(row, "raised"),
            "substantially": _either(row),
        }
        for _, row in own.iterrows()
        if row["n_pairs"]
    ]
    columns = ["school", "grade", "class", "pairs", "lowered", "confirmed", "raised", "substantially"]
    return ReportTable.build(
        pd.DataFrame(rows, columns=columns),
        [
            ColumnSpec("school", "Школа"),
            ColumnSpec("grade", "Класс программы", kind="integer"),
            ColumnSpec("class", "Класс в файле", align="center"),
            ColumnSpec("pairs", "Пар отметок", kind="integer"),
            ColumnSpec("lowered", "Понизили", kind="share"),
            ColumnSpec("confirmed", "Подтвердили", kind="share"),
            ColumnSpec("raised", "Повысили", kind="share"),
            ColumnSpec("substantially", "На 2 и более", kind="share", interval=False),
        ],
        caption="Соответствие отметок по классам внутри школ (все предметы класса вместе)",
        number=context.numbering.table("tbl-classes"),
        label="tbl-classes",
        sort=["school", "grade", "class"],
        notes=("Таблица — для разговора внутри школы: классы разных школ по ней не сравнивают.",),
    )


def _either(row: pd.Series) -> float | str:
    if isinstance(row["refusal"], str):
        return "м.д."
    return float(row["lowered_substantially"] + row["raised_substantially"])
