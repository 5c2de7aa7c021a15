"""Tasks of one work of ВПР, of the municipality beside the region or of one school beside its own level."""

from __future__ import annotations

import math

import pandas as pd

from oko_lib.methods.result import Estimate, Interval
from oko_lib.report.columns import ColumnSpec
from oko_lib.report.figure import ReportFigure
from oko_lib.report.figures.order import by_name
from oko_lib.report.figures.skill_profile import skill_profile
from oko_lib.report.numbers import is_missing
from oko_lib.report.table import ReportTable
from oko_lib.report.training_quality import words
from oko_lib.report.training_quality.context import QualityContext
from oko_lib.report.training_quality.skills import difference_of, profile_frame, shortened, zones_note


def task_rows(context: QualityContext, subject: str, grade: int, school: str = "") -> pd.DataFrame:
    """Return the tasks of a work: of a school with what is expected of it, of the whole set of schools without."""
    rows = context.results.region.tasks.schools if school else context.results.own.completion
    if rows.empty:
        return rows
    chosen = (rows["subject"] == subject) & (rows["grade"] == grade)
    if school:
        return rows[chosen & (rows["school"] == school)]
    return rows[chosen].assign(expected=math.nan)


def completion_of(row) -> Estimate | None:
    """Completion of a task with its interval, known for the set of schools only: a school has one of its difference."""
    if is_missing(row.completion):
        return None
    return Estimate(float(row.completion), Interval(float(row.low), float(row.high)), int(row.n))


def tasks_table(context: QualityContext, rows: pd.DataFrame, work: str, school: str = "") -> ReportTable:
    """Tasks of a work (rows of :func:`task_rows`) with zone and state."""
    told = words.PROFILE if school else words.BESIDE
    frame = pd.DataFrame(
        [
            {
                "task": str(row.task),
                "skill": "" if str(row.skill_code).startswith("№") else shortened(str(row.skill)),
                "level": row.level or "—",
                "n": row.n,
                "completion": row.completion if school else completion_of(row),
                "region": row.region,
                "difference": difference_of(row) if school else row.difference,
                "zone": words.zone(row.zone, row.reliable),
                "state": words.told(told, row.state),
            }
            for row in rows.itertuples()
        ],
        columns=["task", "skill", "level", "n", "completion", "region", "difference", "zone", "state"],
    )
    columns = [
        ColumnSpec("task", "Задание"),
        ColumnSpec("skill", "Умение", missing=""),
        ColumnSpec("level", "Уровень", align="center"),
        ColumnSpec("n", "Учеников", kind="integer"),
        ColumnSpec("completion", "Выполнение", kind="share"),
        ColumnSpec("region", "Регион", kind="share", missing="—"),
        ColumnSpec("difference", "К ожидаемому" if school else "К региону", kind="points"),
        ColumnSpec("zone", "Зона"),
        ColumnSpec("state", "Вывод"),
    ]
    return ReportTable.build(
        frame,
        columns,
        caption=f"{work}: выполнение заданий" + (f", {context.short_names[school]}" if school else ""),
        sort="task",
        notes=(zones_note(context.results.session.norms), _STATE_NOTES[bool(school)]),
        empty="Баллов за задания этой работы нет.",
    )


_STATE_NOTES = {
    True: "Ожидаемое — выполнение учениками региона с тем же баллом за остальные задания: общий уровень уже учтён.",
    False: "Вывод — по интервалу отличия от региона с поправкой на число заданий.",
}


def tasks_figure(context: QualityContext, rows: pd.DataFrame, work: str, school: str = "") -> ReportFigure | None:
    """Figure of :func:`tasks_table`; None without tasks."""
    if rows.empty:
        return None
    norms = context.results.session.norms
    below = int((rows["state"] == "below").sum())
    whose, against = (context.short_names[school], "ожидаемого") if school else ("муниципалитет", "региона")
    return ReportFigure(
        skill_profile(
            drawn_tasks(context, rows, school),
            hide_below=int(norms.minimum_group.value),
            against_region=not school,
        ),
        caption=f"{work}, {whose}: неслучайно ниже {against} заданий — {below} из {int(rows['state'].notna().sum())}",
        alt="По строкам задания: выполнение с интервалом рядом с регионом и зонами.",
    )


def drawn_tasks(context: QualityContext, rows: pd.DataFrame, school: str = "") -> pd.DataFrame:
    """Return the frame the figure is drawn from."""
    frame = profile_frame(rows, context.results.session.norms)
    if school:
        return frame
    return frame.assign(low=rows["low"].astype(float), high=rows["high"].astype(float))


def drawn_in_order(context: QualityContext, rows: pd.DataFrame, school: str = "") -> pd.DataFrame:
    """Return :func:`drawn_tasks` in the order of the figure's rows."""
    return by_name(drawn_tasks(context, rows, school), "task")
