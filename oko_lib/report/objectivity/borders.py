"""Section 3: scores at the borders of marks."""

from __future__ import annotations

import pandas as pd

from oko_lib.indicators.objectivity.borders import WorkBorders
from oko_lib.methods.border_excess import BorderResult
from oko_lib.methods.result import Estimate, Interval, Refusal, RefusalReason
from oko_lib.report.columns import ColumnSpec
from oko_lib.report.grammar import count, listed
from oko_lib.report.numbering import Numbering
from oko_lib.report.objectivity import words
from oko_lib.report.objectivity.context import ReportContext
from oko_lib.report.refusals import refusal_reason
from oko_lib.report.table import ReportTable


def borders_table(context: ReportContext) -> ReportTable:
    """Observed against expected numbers at each border, the region's background beside."""
    region = {(work.subject, work.grade): work for work in context.results.region.borders}
    rows, refused = [], []
    for work in context.results.borders:
        beside = region.get((work.subject, work.grade))
        if work.result.refusal is not None:
            reason = refusal_reason(work.result.refusal, "работа")
            refused.append(f"{words.work(work.subject, work.grade)}: {reason}")
        rows.append(
            {
                "work": words.work(work.subject, work.grade),
                "n": work.result.n,
                **{f"own_{mark}": _ratio(work, mark) for mark in (3, 4, 5)},
                **{f"region_{mark}": _ratio(beside, mark) for mark in (3, 4, 5)},
            }
        )
    notes = [
        "Число — во сколько раз работ с баллом ровно на границе больше, чем в гладком распределении; 1 — избытка "
        "нет, в "
        "скобках 95-процентный интервал. Избыток есть почти везде (фон региона), поэтому смотрят отличие от фона."
    ]
    if refused:
        notes.append(f"Не посчитано: {'; '.join(refused)}.")
    return ReportTable.build(
        pd.DataFrame(rows),
        [
            ColumnSpec("work", "Работа"),
            ColumnSpec("n", "Работ", kind="integer"),
            *(_column(f"own_{mark}", mark, "Граница отметки, раз") for mark in (3, 4, 5)),
            *(_column(f"region_{mark}", mark, "Фон региона, раз", interval=False) for mark in (3, 4, 5)),
        ],
        caption="Избыток баллов на границах отметок",
        number=context.numbering.table("tbl-borders"),
        label="tbl-borders",
        sort="work",
        notes=notes,
    )


def one_work_table(context: ReportContext, work: WorkBorders) -> ReportTable:
    """Observed against expected numbers at each border of one work, the region's background beside."""
    region = {(each.subject, each.grade): each for each in context.results.region.borders}
    beside = region.get((work.subject, work.grade))
    rows = [
        {
            "mark": f"«{border.mark}»",
            "score": border.border,
            "observed": border.observed,
            "expected": border.expected,
            "own": border.ratio,
            "region": _ratio(beside, border.mark),
        }
        for border in work.result.borders
    ]
    refused = work.result.refusal
    return ReportTable.build(
        pd.DataFrame(rows, columns=["mark", "score", "observed", "expected", "own", "region"]),
        [
            ColumnSpec("mark", "Граница отметки"),
            ColumnSpec("score", "Балл", kind="integer"),
            ColumnSpec("observed", "Работ", kind="integer"),
            ColumnSpec("expected", "Ожидалось", kind="number"),
            ColumnSpec("own", "Во сколько раз больше", kind="number", digits=2),
            ColumnSpec("region", "Фон региона", kind="number", digits=2, missing="—", interval=False),
        ],
        caption=f"{words.work(work.subject, work.grade)}: баллы на границах отметок",
        notes=("1 — избытка нет. Избыток есть почти в каждом регионе, поэтому смотрят отличие от фона.",),
        empty=f"Не посчитано: {refusal_reason(refused, 'работа')}." if refused is not None else "Границ нет.",
    )


def sentences(context: ReportContext) -> list[str]:
    """How many works can be judged, and where the municipality's border differs from the region's background."""
    works = context.results.borders
    judged = [work for work in works if work.result.refusal is None]
    if not judged:
        return ["Ни по одной работе ожидаемое распределение восстановить нельзя; причины названы под таблицей."]
    region = {(work.subject, work.grade): work for work in context.results.region.borders}
    above = [
        f"{words.short_work(work.subject, work.grade)} (граница «{border.mark}»)"
        for work in judged
        for border in work.result.borders
        if _above_background(border, region.get((work.subject, work.grade)))
    ]
    counted = f"Распределение восстановлено по {count(len(judged), 'работа', case='dative')} из {len(works)}."
    if not context.results.region.has_comparison:
        return [counted]
    if not above:
        return [counted, "Ни на одной границе избыток не выше фона региона за пределами своего интервала."]
    return [counted, f"Избыток выше фона региона за пределами своего интервала: {listed(above)}."]


def school_borders_table(context: ReportContext) -> ReportTable:
    """Excess of each school over the regional background, all works and borders together."""
    found = context.results.region.evidence.borders
    every = found.schools if found.schools is not None else pd.DataFrame(columns=["school"])
    units = every[every["school"].isin(context.results.schools)]
    rows = [
        {
            "school": context.short_names[row.school],
            "near": int(row.n_around),
            "usual": _unless_refused(row, row.expected_share),
            "at": _unless_refused(row, row.share),
            "excess": _excess(row),
            "verdict": _verdict(row),
        }
        for row in units.itertuples()
    ]
    empty = "Сравнить школы с фоном региона нельзя"
    return ReportTable.build(
        pd.DataFrame(rows, columns=["school", "near", "usual", "at", "excess", "verdict"]),
        [
            ColumnSpec("school", "Школа"),
            ColumnSpec("near", "Работ у границ", kind="integer"),
            ColumnSpec("at", "Из них на границе", kind="share"),
            ColumnSpec("usual", "Обычно в регионе", kind="share"),
            ColumnSpec("excess", "Избыток над фоном", kind="points"),
            ColumnSpec("verdict", "Отличие"),
        ],
        caption="Избыток работ на границах отметок по школам, все предметы и границы вместе",
        number=context.numbering.table("tbl-school-borders"),
        label="tbl-school-borders",
        sort="school",
        notes=(
            "«У границ» — на два балла ниже границы и на два балла начиная с неё. «Обычно» — у остальных школ "
            "региона по тем "
            "же работам с поправкой на уровень школы. «Неслучайно» — с учётом разброса школ и их числа (доля ложных "
            "находок "
            "не более 5 %).",
        ),
        empty=f"{empty}: {refusal_reason(found.refusal, 'школа')}." if found.refusal else f"{empty}: нет данных.",
    )


def _excess(row) -> Estimate:
    if row.refusal is not None:
        return Estimate(None, None, int(row.n_around), refusal=Refusal(RefusalReason(row.refusal), int(row.n_around)))
    return Estimate(float(row.excess), Interval(float(row.low), float(row.high)), int(row.n_around))


def _unless_refused(row, value: float) -> float | str:
    return float(value) if row.refusal is None else "м.д."


def _verdict(row) -> str:
    if row.refusal is not None:
        return "м.д."
    return f"{words.DIFFERENT} больше" if row.flagged else words.WITHIN


def _above_background(border: BorderResult, beside: WorkBorders | None) -> bool:
    if beside is None or beside.result.refusal is not None or border.ratio.interval is None:
        return False
    background = next((item.ratio for item in beside.result.borders if item.mark == border.mark), None)
    return background is not None and background.given and border.ratio.interval.low > background.value


def background_table(works: list[WorkBorders], numbering: Numbering) -> ReportTable:
    """The region's background: what is usual at the borders, by work."""
    rows = [
        {
            "work": words.work(work.subject, work.grade),
            "n": work.result.n,
            **{f"own_{mark}": _ratio(work, mark) for mark in (3, 4, 5)},
            "why": refusal_reason(work.result.refusal, "работа") if work.result.refusal is not None else "",
        }
        for work in works
    ]
    return ReportTable.build(
        pd.DataFrame(rows, columns=["work", "n", "own_3", "own_4", "own_5", "why"]),
        [
            ColumnSpec("work", "Работа"),
            ColumnSpec("n", "Работ", kind="integer"),
            *(_column(f"own_{mark}", mark, "Граница отметки, раз") for mark in (3, 4, 5)),
            ColumnSpec("why", "Почему не посчитано"),
        ],
        caption="Фон региона: избыток баллов на границах отметок",
        number=numbering.table("tbl-borders"),
        label="tbl-borders",
        sort="work",
        notes=(
            "1 — избытка нет. Фон сам по себе не говорит о нарушениях: проверяющий обычно ищет недостающий балл. Школу "
            "сравнивают с этим фоном.",
        ),
    )


def _column(key: str, mark: int, group: str, *, interval: bool = True) -> ColumnSpec:
    return ColumnSpec(key, f"«{mark}»", kind="number", digits=2, group=group, missing="—", interval=interval)


def _ratio(work: WorkBorders | None, mark: int) -> Estimate | object:
    if work is None:
        return None
    if work.result.refusal is not None:
        return work.result.refusal
    return next((border.ratio for border in work.result.borders if border.mark == mark), None)
