"""Protocols of the olympiad against its rules: what does not fit, and where to look."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from oko_lib.report.columns import ColumnSpec
from oko_lib.report.grammar import agree, count
from oko_lib.report.numbering import Numbering
from oko_lib.report.numbers import integer, is_missing, number
from oko_lib.report.table import ReportTable
from oko_lib.report.talent import words

#: A table of places longer than this is for Excel, not for a meeting.
MOST_PLACES = 25


def faults_table(
    faults: pd.DataFrame, checked: pd.DataFrame, regional: pd.DataFrame | None, numbering: Numbering
) -> ReportTable:
    """What in protocols does not fit the rules of the olympiad, by kind.

    Parameters
    ----------
    faults : DataFrame
        Of the report.
    checked : DataFrame
        Over the region, from :func:`~oko_lib.indicators.talent.protocols.protocol_faults`.
    regional : DataFrame or None
        Faults of the region, to stand beside.
    """
    own = faults.groupby("rule").agg(cases=("rule", "size"), rows=("n_rows", "sum"))
    beside = regional.groupby("rule").size() if regional is not None else pd.Series(dtype=int)
    rows = [
        {
            "rule": words.FAULTS[rule],
            "cases": int(own["cases"].get(rule, 0)) if checked.loc[rule, "n_checked"] > 0 else "…",
            "rows": int(own["rows"].get(rule, 0)) if checked.loc[rule, "n_checked"] > 0 else "…",
            "region": int(beside.get(rule, 0)) if checked.loc[rule, "n_checked"] > 0 else "…",
            "unchecked": int(checked.loc[rule, "n_unchecked"]),
        }
        for rule in words.FAULTS
    ]
    columns = [
        ColumnSpec("rule", "Что не сходится"),
        ColumnSpec("cases", "Случаев", kind="integer"),
        ColumnSpec("rows", "Строк протоколов", kind="integer"),
        ColumnSpec("unchecked", "Нельзя проверить", kind="integer"),
    ]
    if regional is not None:
        columns[-1] = ColumnSpec("unchecked", "Нельзя проверить по региону", kind="integer")
        columns.insert(3, ColumnSpec("region", "По региону, случаев", kind="integer"))
    return ReportTable.build(
        pd.DataFrame(rows),
        columns,
        caption="Проверка протоколов олимпиады",
        number=numbering.table("tbl-faults"),
        label="tbl-faults",
        notes=(
            "Это несовпадения с правилами олимпиады и между протоколами, а не выводы о людях: чаще всего это ошибки "
            "записи. "
            "Победитель должен набрать больше половины максимума и больше всех в своём классе; квоту задаёт "
            "организатор "
            "(«…» — квота не внесена в параметры); равные баллы получают один статус.",
        ),
    )


def fault_places_table(faults: pd.DataFrame, names: Mapping[str, str], numbering: Numbering) -> ReportTable:
    """Where to look: file, sheet, row; never a child."""
    shown = faults.sort_values(["rule", "stage", "subject", "grade"], kind="stable").head(MOST_PLACES)
    rows = [
        {
            "rule": words.FAULTS[row.rule],
            "what": _work(row),
            "school": names.get(row.school, "несколько школ") if isinstance(row.school, str) else "несколько школ",
            "numbers": _numbers(row),
            "place": _place(row),
        }
        for row in shown.itertuples()
    ]
    more = len(faults) - len(shown)
    tail = f" Показаны первые {MOST_PLACES} случаев из {len(faults)}." if more > 0 else ""
    return ReportTable.build(
        pd.DataFrame(rows, columns=["rule", "what", "school", "numbers", "place"]),
        [
            ColumnSpec("rule", "Что не сходится"),
            ColumnSpec("what", "Этап, предмет, класс"),
            ColumnSpec("school", "Школа"),
            ColumnSpec("numbers", "Числа"),
            ColumnSpec("place", "Где смотреть"),
        ],
        caption="Строки протоколов, которые стоит сверить",
        number=numbering.table("tbl-fault-places"),
        label="tbl-fault-places",
        notes=("Имён и кодов детей здесь нет: строка находится по файлу, листу и номеру." + tail,),
        empty="Строк, которые стоило бы сверить, нет.",
    )


def _work(row: object) -> str:
    grade = "" if is_missing(row.grade) else f", {int(row.grade)}\u00a0кл."
    return f"{words.STAGES[row.stage]}, {words.subject(row.subject)}{grade}"


def _numbers(row: object) -> str:
    if row.rule == "over_quota":
        return f"{integer(row.value)} при квоте {integer(row.limit)} из {integer(row.n)}"
    if row.rule == "winner_not_above_half":
        return f"балл {_score(row.value)}, половина {_score(row.limit)}"
    if row.rule == "winner_not_maximum":
        return f"балл {_score(row.value)}, наибольший {_score(row.limit)}"
    if row.rule == "equal_scores_different_status":
        return f"балл {_score(row.value)} у {count(int(row.n), 'участник', case='genitive')}"
    if row.rule == "same_person_twice":
        return f"строк {integer(row.value)}"
    return "—"


def _score(value: float) -> str:
    return number(value, 0 if float(value).is_integer() else 1)


def _place(row: object) -> str:
    sheet = f", лист «{row.source_sheet}»" if isinstance(row.source_sheet, str) and row.source_sheet else ""
    line = "" if is_missing(row.source_row) else f", строка {int(row.source_row)}"
    return f"{row.file_name}{sheet}{line}"


def faults_sentence(faults: pd.DataFrame) -> str:
    """How many cases, for the front page; the commonest kind, when there is one."""
    if faults.empty:
        return ""
    n = len(faults)
    frequent = faults["rule"].value_counts().sort_index().sort_values(ascending=False, kind="stable")
    text = f"В протоколах {agree(n, 'не сходится', 'не сходятся')} {count(n, 'запись')} с правилами олимпиады"
    if len(frequent) > 1 and frequent.iloc[0] == frequent.iloc[1]:
        return f"{text}."
    return f"{text}; чаще всего: {words.FAULTS[frequent.index[0]]} ({integer(frequent.iloc[0])})."
