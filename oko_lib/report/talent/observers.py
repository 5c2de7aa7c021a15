"""Observers at olympiads, video in rooms, regulations."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from oko_lib.indicators.talent.observers import Observation
from oko_lib.indicators.talent.summary import TalentSummary
from oko_lib.report.columns import ColumnSpec
from oko_lib.report.grammar import listed
from oko_lib.report.numbering import Numbering
from oko_lib.report.numbers import integer, percent
from oko_lib.report.table import ReportTable, natural_key
from oko_lib.report.talent import words


def observers_table(own: TalentSummary, beside: TalentSummary | None, numbering: Numbering) -> ReportTable:
    """Observers, video and regulations by stage."""
    rows = []
    for stage, found in own.observed.items():
        if not found.venues:
            continue
        rows.append(
            {
                "stage": words.STAGES[stage],
                "venues": found.venues,
                "olympiads": found.olympiads.denominator,
                "observed": found.olympiads,
                "region": beside.observed[stage].olympiads if beside is not None else None,
                "target": percent(own.norms.observed_olympiads_target.value, 0) if stage == "municipal" else "—",
                "rooms": found.rooms,
                "own": found.own_observers,
                "regulation": found.regulation,
            }
        )
    columns = [
        ColumnSpec("stage", "Этап"),
        ColumnSpec("venues", "Площадок", kind="integer"),
        ColumnSpec("olympiads", "Олимпиад", kind="integer"),
        ColumnSpec("observed", "С независимыми наблюдателями", kind="share"),
        ColumnSpec("target", "Норма", align="right"),
        ColumnSpec("rooms", "Аудитории с видео", kind="share"),
        ColumnSpec("own", "Наблюдал свой работник, олимпиад", kind="integer"),
        ColumnSpec("regulation", "Регламент утверждён", kind="share"),
    ]
    if beside is not None:
        columns.insert(4, ColumnSpec("region", "По региону", kind="share"))
    return ReportTable.build(
        pd.DataFrame(rows, columns=[column.key for column in columns]),
        columns,
        caption="Наблюдатели, видеонаблюдение и регламенты",
        number=numbering.table("tbl-observers"),
        label="tbl-observers",
        notes=("Олимпиада — один предмет на одной площадке. Доли — по сведениям площадок, полный счёт.",),
        empty="Сведений о наблюдателях на олимпиадах нет.",
    )


def observers_sentence(own: TalentSummary, names: Mapping[str, str]) -> str:
    """Presence of observers at the municipal stage against the norm."""
    found: Observation = own.observed["municipal"]
    if not found.olympiads.given:
        return "Сведений о наблюдателях на муниципальном этапе нет."
    made = f"{integer(found.olympiads.numerator)} из {integer(found.olympiads.denominator)}"
    text = (
        f"Независимые наблюдатели были на {percent(found.olympiads.value)} олимпиад муниципального этапа ({made}), "
        "норма — "
        f"{percent(own.norms.observed_olympiads_target.value, 0)}"
    )
    if found.unobserved.empty:
        return text + "."
    places = sorted({names.get(school, school) for school in found.unobserved["school"]}, key=natural_key)
    shown = listed(places) if len(places) <= 4 else f"{listed(places[:4])} и ещё {len(places) - 4}"
    return f"{text}; без них прошли олимпиады на площадках: {shown}."
