"""Exams and works of all pupils, groups of pupils, nosologies, the same children two years later."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from oko_lib.methods.group_gap import GapChange
from oko_lib.methods.result import Estimate
from oko_lib.report.columns import ColumnSpec
from oko_lib.report.low_results import words
from oko_lib.report.numbering import Numbering
from oko_lib.report.refusals import cell_code
from oko_lib.report.table import ReportTable

_GAP_STATES = {"growth": "увеличилось", "decline": "сократилось", "indistinct": "неразличимо"}


def exams_table(
    shares: pd.DataFrame,
    changes: Mapping[str, Estimate],
    beside: pd.DataFrame | None,
    numbering: Numbering,
    year: int,
) -> ReportTable:
    """Shares of success and of those below the threshold, year by year.

    Parameters
    ----------
    shares, beside : DataFrame
        From :func:`~oko_lib.indicators.low_results.shares.shares_by_procedure`; `beside` is the region's.
    changes : mapping of str to Estimate
        By procedure, from :func:`~oko_lib.indicators.low_results.shares.pooled_changes`.
    numbering : Numbering
    year : int
        Only procedures of this year are shown, with all their years.
    """
    present = set(shares.loc[shares["year"] == year, "procedure"])
    rows = shares[shares["procedure"].isin(present)]
    regional = {} if beside is None else {(row.procedure, row.year): row for row in beside.itertuples()}
    frame = pd.DataFrame(
        [
            {
                "procedure": words.brief(row.procedure),
                "year": int(row.year),
                "n_schools": row.n_schools,
                "n": row.n,
                "success": row.success,
                "below": row.below if row.kind != "КДР" else "—",
                "change": changes.get(row.procedure) if row.year == year else "—",
                "region_success": getattr(regional.get((row.procedure, row.year)), "success", None),
                "region_below": "—"
                if row.kind == "КДР"
                else getattr(regional.get((row.procedure, row.year)), "below", None),
            }
            for row in rows.itertuples()
        ],
        columns=["procedure", "year", "n_schools", "n", "success", "below", "change", "region_success", "region_below"],
    )
    columns = [
        ColumnSpec("procedure", "Процедура"),
        ColumnSpec("year", "Год", kind="year"),
        ColumnSpec("n_schools", "Школ", kind="integer"),
        ColumnSpec("n", "Участников", kind="integer"),
        ColumnSpec("success", "Успешные", kind="share"),
        ColumnSpec("below", "Не преодолели порог", kind="share", interval=False),
        ColumnSpec("change", "Изменение успешных за год", kind="points"),
    ]
    if beside is not None:
        columns += [
            ColumnSpec("region_success", "успешные", kind="share", interval=False, group="По региону"),
            ColumnSpec("region_below", "ниже порога", kind="share", interval=False, group="По региону"),
        ]
    return ReportTable.build(
        frame,
        columns,
        caption="Экзамены и диагностические работы по годам",
        number=numbering.table("tbl-exams"),
        label="tbl-exams",
        notes=(
            "Успешные: «4» и «5»; на ЕГЭ по русскому языку и профильной математике — больше 60 баллов; в КДР — базовый "
            "уровень и выше. Интервал изменения знает, что ученики одной школы похожи. Работы разных лет разной "
            "трудности, поэтому смотрите на отличие от региона.",
            words.BRIEF_NOTE,
        ),
        empty="Результатов экзаменов и диагностических работ этого года нет.",
    )


def gaps_table(gaps: dict[str, GapChange], numbering: Numbering) -> ReportTable:
    """How far groups of pupils lag behind the others of the same schools."""
    rows = [
        {
            "group": words.GROUPS[group],
            "n": found.after.n_group,
            "schools": found.after.n_schools,
            "group_share": found.after.share_group,
            "others": found.after.share_others,
            "before": found.before.gap,
            "gap": found.after.gap,
            "change": found.change,
            "state": _GAP_STATES.get(found.state, cell_code(found.change)),
        }
        for group, found in gaps.items()
    ]
    return ReportTable.build(
        pd.DataFrame(rows),
        [
            ColumnSpec("group", "Группа"),
            ColumnSpec("n", "Детей в группе", kind="integer"),
            ColumnSpec("schools", "Школ", kind="integer"),
            ColumnSpec("group_share", "в группе", kind="share", group="Базовый уровень и выше"),
            ColumnSpec("others", "остальные", kind="share", group="Базовый уровень и выше"),
            ColumnSpec("before", "год назад", kind="points", group="Отставание внутри школ"),
            ColumnSpec("gap", "этот год", kind="points", group="Отставание внутри школ"),
            ColumnSpec("state", "Вывод"),
        ],
        caption="Отставание групп учеников от одноклассников и одношкольников в диагностических работах",
        number=numbering.table("tbl-gaps"),
        label="tbl-gaps",
        notes=(
            "Отставание считается внутри школ и работ: каждый сравнивается с теми, кто учится рядом. Плюс — группа "
            "отстаёт. О ком неизвестно, входит ли он в группу, тот не считается.",
        ),
        empty="Сведений о группах учеников нет.",
    )


def nosologies_table(found: pd.DataFrame, numbering: Numbering) -> ReportTable:
    """Levels of pupils with disabilities by nosology."""
    works = zip(found["domain"], found["grade"], strict=True)
    frame = found.assign(
        work=[words.brief(f"КДР · {domain} · {grade}") for domain, grade in works],
        nosology=[words.NOSOLOGIES.get(code, code) if code else "все с ОВЗ" for code in found["disability"]],
        last=[code == "" for code in found["disability"]],
    )
    return ReportTable.build(
        frame.sort_values(["work", "last", "nosology"]),
        [
            ColumnSpec("work", "Работа"),
            ColumnSpec("nosology", "Нозология"),
            ColumnSpec("n", "Участников", kind="integer"),
            ColumnSpec("below_basic", "Не достигли базового уровня", kind="share"),
            ColumnSpec("reduced", "из них на уровне «ниже базового»", kind="share"),
        ],
        caption="Результаты учеников с ОВЗ в диагностических работах по нозологиям",
        number=numbering.table("tbl-nosologies"),
        label="tbl-nosologies",
        notes=(
            "Доли — от всех участников с этой нозологией; о группах меньше десяти детей вывода нет.",
            words.BRIEF_NOTE,
        ),
        empty="Участников с ОВЗ в диагностических работах этого года нет.",
    )
