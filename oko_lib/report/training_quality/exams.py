"""Element analysis of exams: tasks that ask for work."""

from __future__ import annotations

import pandas as pd

from oko_lib.report.columns import ColumnSpec
from oko_lib.report.grammar import count
from oko_lib.report.numbering import Numbering
from oko_lib.report.table import ReportTable
from oko_lib.report.training_quality import words
from oko_lib.report.training_quality.skills import zones_note
from oko_lib.settings.training_quality_norms import TrainingQualityNorms


def exam_tasks_table(
    found: pd.DataFrame, norms: TrainingQualityNorms, numbering: Numbering, has_region: bool
) -> ReportTable:
    """Tasks of ОГЭ and ЕГЭ outside the sufficient zone, or clearly below the region."""
    short = found
    if len(found):
        behind = (found["high"] < found["region"]) & has_region
        short = found[found["zone"].isin(["insufficient", "border"]) | behind]
    rows = [
        {
            "exam": f"{row.exam}, {row.subject}",
            "task": row.task,
            "skill": row.skill or "—",
            "level": row.level or "—",
            "n": row.n,
            "completion": row.completion,
            "region": row.region if has_region else None,
            "zone": words.zone(row.zone, row.reliable),
        }
        for row in short.itertuples()
    ]
    columns = [
        ColumnSpec("exam", "Экзамен"),
        ColumnSpec("task", "Задание"),
        ColumnSpec("skill", "Умение"),
        ColumnSpec("level", "Уровень", align="center"),
        ColumnSpec("n", "Сдавали", kind="integer"),
        ColumnSpec("completion", "Выполнение", kind="share"),
        ColumnSpec("region", "Регион", kind="share", missing="—"),
        ColumnSpec("zone", "Зона"),
    ]
    notes = [zones_note(norms)]
    if len(found) > len(short):
        notes.append(
            f"Показано {len(short)} из {count(len(found), 'задание', case='genitive')}: вне зоны «достаточно» или "
            "интервал целиком ниже региона."
        )
    return ReportTable.build(
        pd.DataFrame(rows, columns=[column.key for column in columns]),
        columns,
        caption="Поэлементный анализ ОГЭ и ЕГЭ: задания, которые требуют внимания",
        number=numbering.table("tbl-exam-tasks"),
        label="tbl-exam-tasks",
        sort=["exam", "task"],
        notes=notes if rows else (),
        empty="Отчётов о выполнении заданий экзаменов этого года нет, или все задания — в зоне «достаточно».",
    )
