"""Stages of the olympiad: who came, who went on, who got a prize; what grew since last year."""

from __future__ import annotations

import pandas as pd

from oko_lib.indicators.talent.summary import TalentSummary
from oko_lib.report.columns import ColumnSpec
from oko_lib.report.numbering import Numbering
from oko_lib.report.numbers import percent, share_with_interval
from oko_lib.report.refusals import cell_code
from oko_lib.report.table import ReportTable
from oko_lib.report.talent import words

UNITS_NOTE = (
    "Участие — одна работа одного ребёнка; ребёнок, писавший по трём предметам, — один человек и три участия. Доля от "
    "работ и доля от людей — разные числа, у каждой назван свой знаменатель."
)

NO_PROTOCOLS = "Протоколов олимпиады этого года нет."


def stages_table(own: TalentSummary, beside: TalentSummary | None, numbering: Numbering) -> ReportTable:
    """The funnel as a table.

    Parameters
    ----------
    own : TalentSummary
    beside : TalentSummary or None
        The region, when there is something to compare with.
    """
    regional = {} if beside is None else beside.funnel.set_index("stage").to_dict("index")
    rows = [
        {
            "stage": words.STAGES[row["stage"]],
            "schools": row["schools"],
            "persons": row["persons"],
            "entries": row["entries"],
            "on": row["on_persons"] if row["stage"] != "school" else "—",
            "on_region": regional[row["stage"]]["on_persons"] if regional and row["stage"] != "school" else "—",
            "prize_entries": row["prize_of_entries"],
            "prize_persons": row["prize_of_persons"],
            "prize_region": regional[row["stage"]]["prize_of_entries"] if regional else "—",
        }
        for row in own.funnel.to_dict("records")
        if row["known"]
    ]
    columns = [
        ColumnSpec("stage", "Этап"),
        ColumnSpec("schools", "Школ", kind="integer"),
        ColumnSpec("persons", "Людей", kind="integer"),
        ColumnSpec("entries", "Участий", kind="integer"),
        ColumnSpec("on", "Прошли сюда, от людей", kind="share"),
        ColumnSpec("prize_entries", "от участий", kind="share", group="Победители и призёры"),
        ColumnSpec("prize_persons", "от людей", kind="share", group="Победители и призёры"),
    ]
    if regional:
        columns.insert(5, ColumnSpec("on_region", "По региону", kind="share", interval=False))
        columns.append(ColumnSpec("prize_region", "По региону, от участий", kind="share", interval=False))
    return ReportTable.build(
        pd.DataFrame(rows, columns=[column.key for column in columns]),
        columns,
        caption="Этапы всероссийской олимпиады школьников",
        number=numbering.table("tbl-stages"),
        label="tbl-stages",
        notes=(
            UNITS_NOTE,
            "«Прошли сюда» — из людей предыдущего этапа тех классов, которых этот этап принимает. Число мест на этапах "
            "ограничено, поэтому большая доля бывает и там, где на первом этапе было мало детей.",
        ),
        empty=NO_PROTOCOLS,
    )


def stage_sentence(own: TalentSummary, stage: str, beside: TalentSummary | None = None) -> str:
    """«На школьном этапе — 812 человек, 1 430 участий; дипломы получили 31,2 % участий (…), 40,1 % людей (…)»."""
    row = own.stage(stage)
    if row is None or not row["known"]:
        return ""
    if not row["entries"]:
        return f"На {words.STAGES_PREPOSITIONAL[stage]} этапе участников не было."
    head = f"На {words.STAGES_PREPOSITIONAL[stage]} этапе — {words.taking_part(row['persons'], row['entries'])}"
    entries, persons = row["prize_of_entries"], row["prize_of_persons"]
    if not entries.given:
        return f"{head}; о доле дипломов говорить рано: участников меньше десяти."
    text = f"{head}; дипломы — {share_with_interval(entries)} участий"
    if persons.given:
        text += f", {share_with_interval(persons)} людей"
    if beside is not None and (regional := beside.stage(stage)) is not None and regional["prize_of_entries"].given:
        text += f" (по региону {percent(regional['prize_of_entries'].value)} участий)"
    return text + "."


def passage_sentence(own: TalentSummary, stage: str, beside: TalentSummary | None = None) -> str:
    """«До муниципального этапа дошли 12,4 % (…) детей 7–11 классов, писавших школьный; по региону 15,0 %»."""
    row = own.stage(stage)
    if row is None or not row["on_persons"].given:
        return ""
    first = own.first_grade(stage)
    text = (
        f"До {words.STAGES_GENITIVE[stage]} этапа из предыдущего дошли {share_with_interval(row['on_persons'])} людей "
        f"{first}–11 классов"
    )
    if beside is not None and (regional := beside.stage(stage)) is not None and regional["on_persons"].given:
        text += f", по региону {percent(regional['on_persons'].value)}"
    return text + "."


def retention_sentence(own: TalentSummary, beside: TalentSummary | None = None) -> str:
    """Who came back next year."""
    if not own.retention.given:
        return ""
    text = (
        "Из детей, бывших на школьном этапе прошлого года (кроме выпускников), в этом году снова участвовали "
        f"{share_with_interval(own.retention)}"
    )
    if beside is not None and beside.retention.given:
        text += f", по региону {percent(beside.retention.value)}"
    return text + "."


def growth_table(own: TalentSummary, numbering: Numbering, year: int) -> ReportTable:
    """Participants and prizes beside last year: by numbers, and told from chance."""
    rows = [
        {
            "measure": words.GROWTH[row.measure],
            "before": row.before,
            "after": row.after,
            "formal": row.formal,
            "ratio": row.ratio,
            "state": words.STATES.get(row.state, cell_code(row.ratio)),
        }
        for row in own.growth.itertuples()
    ]
    formal = {"growth": "больше", "decline": "меньше", "indistinct": "столько же"}
    frame = pd.DataFrame(rows, columns=["measure", "before", "after", "formal", "ratio", "state"])
    frame = frame.assign(formal=[formal.get(each, "…") for each in frame["formal"]])
    return ReportTable.build(
        frame,
        [
            ColumnSpec("measure", "Что считается"),
            ColumnSpec("before", str(year - 1), kind="integer", align="right"),
            ColumnSpec("after", str(year), kind="integer", align="right"),
            ColumnSpec("formal", "По числам"),
            ColumnSpec("ratio", "Во сколько раз", kind="number", digits=2),
            ColumnSpec("state", "Отличимо от случая"),
        ],
        caption="Динамика участия и наград",
        number=numbering.table("tbl-growth"),
        label="tbl-growth",
        notes=(
            "«По числам» — стало ли больше; «отличимо от случая» — с учётом того, что участники приходят школами и что "
            "малые числа скачут сами. Дипломы одного предмета и года делят между собой участники этого же года, "
            "поэтому рост их числа говорит и о числе мест.",
        ),
        empty="Сравнить не с чем: данных прошлого или этого года нет.",
    )


def growth_sentence(own: TalentSummary, measure: str) -> str:
    """«Участники муниципального этапа: было 182, стало 240; рост отличим от случая» for the front page."""
    row = own.growth[own.growth["measure"] == measure]
    if row.empty or not row["ratio"].iloc[0].given:
        return ""
    found = row.iloc[0]
    verdict = {
        "growth": "рост отличим от случая",
        "decline": "снижение отличимо от случая",
        "indistinct": "изменение неразличимо",
    }[found["state"]]
    title = words.GROWTH[measure].removesuffix(", чел.")
    return f"{title[:1].upper()}{title[1:]}: было {int(found['before'])}, стало {int(found['after'])}; {verdict}."
