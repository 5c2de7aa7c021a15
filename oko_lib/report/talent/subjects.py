"""Subjects: the municipal stage by subject, and the map of schools."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from oko_lib.indicators.talent.summary import TalentSummary
from oko_lib.methods.strength_map import StrengthMap
from oko_lib.report.columns import ColumnSpec
from oko_lib.report.figure import ReportFigure
from oko_lib.report.figures.subject_map import subject_maps
from oko_lib.report.grammar import count, listed
from oko_lib.report.numbering import Numbering
from oko_lib.report.table import ReportTable, natural_key
from oko_lib.report.talent import words

#: Difference of shares that gets the full colour; the same in all reports.
FULL_AT = 0.15

NONE_STANDS_OUT = "Пар «школа — предмет», где до диплома доходят неслучайно чаще ожидаемого, нет."

#: More schools than this do not fit one page.
MOST_SCHOOLS = 30


def subjects_table(own: TalentSummary, beside: TalentSummary | None, numbering: Numbering) -> ReportTable:
    """Municipal stage by subject: entries, schools, prizes of entries."""
    regional = {} if beside is None else beside.subjects.set_index("subject")["prize_of_entries"].to_dict()
    rows = [
        {**row, "region": regional.get(row["subject"])}
        for row in own.subjects.sort_values("subject").to_dict("records")
    ]
    columns = [
        ColumnSpec("subject", "Предмет"),
        ColumnSpec("schools", "Школ", kind="integer"),
        ColumnSpec("entries", "Участий", kind="integer"),
        ColumnSpec("prizes", "Дипломов", kind="integer"),
        ColumnSpec("prize_of_entries", "Дипломы, от участий", kind="share"),
    ]
    if beside is not None:
        columns.append(ColumnSpec("region", "По региону", kind="share", interval=False))
    return ReportTable.build(
        pd.DataFrame(rows, columns=[column.key for column in columns]),
        columns,
        caption="Муниципальный этап по предметам",
        number=numbering.table("tbl-subjects"),
        label="tbl-subjects",
        notes=(
            "Доля дипломов зависит и от квоты организатора: сравнивать её между муниципалитетами с разной квотой "
            "нельзя.",
        ),
        empty="Протоколов муниципального этапа этого года нет.",
    )


def map_figure(
    strength: StrengthMap,
    units: pd.DataFrame,
    names: Mapping[str, str],
    numbering: Numbering,
    who: str,
    groups: Mapping[str, str] | None = None,
) -> ReportFigure | None:
    """Schools × subjects; None where nobody took part.

    Parameters
    ----------
    strength : StrengthMap
        Of the region: which subjects there are.
    units : DataFrame
        Rows of the map to be drawn.
    names : mapping of str to str
        School → short label.
    numbering : Numbering
    who : str
        Whose schools, for the caption.
    groups : mapping of str to str, optional
        School → municipality, when rows are grouped.
    """
    if units.empty:
        return None
    every = units["school"].nunique()
    if every > MOST_SCHOOLS:
        units = units[units["school"].isin(units.loc[units["level_state"].notna(), "school"])]
    chosen = sorted(units["school"].unique(), key=lambda school: natural_key(names[school]))[:MOST_SCHOOLS]
    left_out = every - len(chosen)
    units = units[units["school"].isin(chosen)]
    frame = pd.DataFrame(
        {
            "school": [names[school] for school in units["school"]],
            "subject": units["subject"].to_numpy(),
            "n": units["n"].to_numpy(),
            "value": units["shrunk"].to_numpy(),
            "state": units["level_state"].astype("object").where(units["level_state"].notna(), None).to_numpy(),
        }
    )
    if groups is not None:
        frame["group"] = [groups[school] for school in units["school"]]
    levels = units["level_state"].astype("object")
    apart, judged = int(levels.isin(["above", "below"]).sum()), int(levels.notna().sum())
    found = int(units["state"].isin(["above", "below"]).sum())
    pairs = f"из {judged} пар «школа — предмет» отличимы от региона {apart}"
    seen = f"{pairs}, выделяются и среди обычных различий школ {found}" if judged else "данных мало"
    more = f"; ещё {left_out} школ не поместились" if left_out else ""
    sheets = subject_maps(frame, full_at=FULL_AT, subjects=sorted(strength.subjects["subject"], key=natural_key))
    return ReportFigure(
        sheets[0],
        number=numbering.figure("fig-map"),
        label="fig-map",
        caption=f"Путь к диплому муниципального этапа по школам и предметам, {who}: {seen}{more}",
    )


def strength_table(units: pd.DataFrame, names: Mapping[str, str], numbering: Numbering) -> ReportTable:
    """Pairs of school and subject that stand out beyond natural differences of schools."""
    called = units[units["state"].isin(["above", "below"])]
    rows = [
        {
            "school": names[row.school],
            "subject": row.subject,
            "n": row.n,
            "value": row.value,
            "expected": row.expected,
            "shrunk": row.shrunk,
            "state": "выше" if row.state == "above" else "ниже",
        }
        for row in called.itertuples()
    ]
    columns = [
        ColumnSpec("school", "Школа"),
        ColumnSpec("subject", "Предмет"),
        ColumnSpec("n", "Участий школьного этапа", kind="integer"),
        ColumnSpec("value", "Дошли до диплома", kind="share"),
        ColumnSpec("expected", "Ожидалось", kind="share"),
        ColumnSpec("shrunk", "Отличие с поправкой на число участий", kind="points"),
        ColumnSpec("state", "Отличие неслучайно"),
    ]
    return ReportTable.build(
        pd.DataFrame(rows, columns=[column.key for column in columns]),
        columns,
        caption="Предметы, в которых школы отличаются неслучайно",
        number=numbering.table("tbl-strength"),
        label="tbl-strength",
        sort=["school", "subject"],
        notes=(
            "Здесь только те, что выделяются и среди обычных различий школ, с учётом числа проверок. Доля участий "
            "школьного "
            "этапа (с тех классов, которые допускает муниципальный), завершившихся дипломом "
            "муниципального этапа, за все годы ряда; «ожидалось» — по детям всех школ в тех же классах, предмете и "
            "годах.",
        ),
        empty="Пар «школа — предмет», которые неслучайно отличаются от региона, нет.",
    )


def strength_sentence(units: pd.DataFrame, names: Mapping[str, str]) -> str:
    """Where the schools are strong; never an order of schools."""
    strong = units[units["state"] == "above"]
    if strong.empty:
        return ""
    pairs = sorted(
        (f"{words.subject(row.subject)} ({names[row.school]})" for row in strong.itertuples()), key=natural_key
    )
    shown = listed(pairs) if len(pairs) <= 4 else f"{listed(pairs[:4])} и ещё {len(pairs) - 4}"
    return (
        "До диплома муниципального этапа доходят неслучайно чаще, чем ожидалось по всем школам, в "
        f"{count(len(pairs), 'пара', case='prepositional')} "
        f"«предмет — школа»: {shown}."
    )


def absent_subjects_sentence(own: TalentSummary, beside: TalentSummary | None) -> str:
    """Subjects of the region's municipal stage this year in which nobody of the municipality took part.

    A subject whose protocols nobody loaded is none of them: there is nothing to tell of it.
    """
    if beside is None or own.subjects.empty:
        return ""
    absent = sorted(set(beside.subjects["subject"]) - set(own.subjects["subject"]), key=natural_key)
    if not absent:
        return ""
    return f"На муниципальном этапе никого не было по предметам: {listed([words.subject(name) for name in absent])}."
