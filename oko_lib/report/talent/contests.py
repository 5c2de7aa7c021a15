"""Contests of the federal lists and events of the region and the municipality."""

from __future__ import annotations

import pandas as pd

from oko_lib.indicators.talent.summary import TalentSummary
from oko_lib.report.columns import ColumnSpec
from oko_lib.report.grammar import listed
from oko_lib.report.numbering import Numbering
from oko_lib.report.numbers import percent, share_with_interval
from oko_lib.report.table import ReportTable
from oko_lib.report.talent import words


def contests_table(own: TalentSummary, beside: TalentSummary | None, numbering: Numbering) -> ReportTable:
    """Four lists of events: who took part, who got to the final stage, who got a prize there."""
    regional = {} if beside is None else beside.contests.set_index("event_list")["of_pupils"].to_dict()
    rows = [
        {
            "list": words.LISTS[row["event_list"]],
            **{name: row[name] if row["known"] else None for name in ("events", "persons", "entries", "final_entries")},
            "of_pupils": row["of_pupils"] if row["entries"] or not row["known"] else "—",
            "region": regional.get(row["event_list"]),
            "prize": row["prize_of_final"] if row["final_entries"] or not row["known"] else "—",
        }
        for row in own.contests.to_dict("records")
    ]
    columns = [
        ColumnSpec("list", "Перечень"),
        ColumnSpec("events", "Мероприятий", kind="integer"),
        ColumnSpec("persons", "Людей", kind="integer"),
        ColumnSpec("entries", "Участий", kind="integer"),
        ColumnSpec("of_pupils", "Людей, от всех учеников", kind="share", digits=2),
        ColumnSpec("final_entries", "Участий в заключительном этапе", kind="integer"),
        ColumnSpec("prize", "Дипломы, от них", kind="share"),
    ]
    if beside is not None:
        columns.insert(5, ColumnSpec("region", "По региону", kind="share", digits=2))
    return ReportTable.build(
        pd.DataFrame(rows, columns=[column.key for column in columns]),
        columns,
        caption="Конкурсы и олимпиады по перечням",
        number=numbering.table("tbl-contests"),
        label="tbl-contests",
        notes=("Ребёнок, участвовавший в нескольких мероприятиях перечня, — один человек и несколько участий.",),
    )


def contests_sentence(own: TalentSummary) -> str:
    """«В мероприятиях перечня … — 40 человек, 0,8 % учеников; дипломы заключительных этапов …»."""
    parts = []
    for row in own.contests.to_dict("records"):
        if not row["entries"]:
            continue
        text = f"{words.LISTS[row['event_list']]} — {words.taking_part(row['persons'], row['entries'])}"
        if row["of_pupils"].given:
            text += f" ({percent(row['of_pupils'].value, 2)} всех учеников)"
        if row["prize_of_final"].given:
            text += f", дипломы — {share_with_interval(row['prize_of_final'])} участий заключительного этапа"
        parts.append(text)
    if not parts:
        return "Участия в мероприятиях перечней в данных нет."
    return f"Участие в мероприятиях: {'; '.join(parts)}."


def unlisted_sentence(own: TalentSummary) -> str:
    """Events that are not in the register of the year."""
    if own.unlisted.empty:
        return ""
    named = [f"«{name}»" for name in sorted(own.unlisted["event"])]
    shown = listed(named) if len(named) <= 4 else f"{listed(named[:4])} и ещё {len(named) - 4}"
    return f"Этих мероприятий нет в перечнях года, хотя участие записано на перечень: {shown}."
