"""Element analysis of exams: tasks that ask for work."""

from __future__ import annotations

import pandas as pd

from oko_lib.report.columns import ColumnSpec
from oko_lib.report.grammar import count
from oko_lib.report.numbering import Numbering
from oko_lib.report.table import ReportTable, natural_key
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
    rows = [_skill(part, has_region) for _, part in short.groupby(["exam", "subject", "level", "skill"], dropna=False)]
    columns = [
        ColumnSpec("exam", "Экзамен"),
        ColumnSpec("skill", "Умение"),
        ColumnSpec("level", "Уровень", align="center"),
        ColumnSpec("tasks", "Задания"),
        ColumnSpec("task", "номер", align="right", group="Слабейшее из них"),
        ColumnSpec("completion", "выполнение", kind="share", group="Слабейшее из них"),
        ColumnSpec("region", "регион", kind="share", missing="—", group="Слабейшее из них"),
        ColumnSpec("zone", "зона", group="Слабейшее из них"),
    ]
    if not has_region:
        columns = [column for column in columns if column.key != "region"]
    notes = [zones_note(norms), "Отчёты не называют учеников, поэтому интервалы считают их независимыми."]
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
        sort=["exam", "tasks"],
        wide=False,
        notes=notes if rows else (),
        empty="Отчётов о выполнении заданий экзаменов этого года нет, или все задания — в зоне «достаточно».",
    )


def _skill(tasks: pd.DataFrame, has_region: bool) -> dict[str, object]:
    """One row of the table: a skill of an exam with its weakest task."""
    weakest = tasks.loc[tasks["completion"].idxmin()]
    return {
        "exam": f"{weakest['exam']}, {weakest['subject']}",
        "skill": weakest["skill"] or "—",
        "level": weakest["level"] or "—",
        "tasks": ", ".join(sorted(map(str, tasks["task"]), key=natural_key)),
        "task": str(weakest["task"]),
        "completion": weakest["completion"],
        "region": weakest["region"] if has_region else None,
        "zone": words.zone(weakest["zone"], weakest["reliable"]),
    }
