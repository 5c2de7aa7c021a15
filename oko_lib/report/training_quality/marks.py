"""Marks of ВПР: by work, by school; the change since the year before, or why there is none."""

from __future__ import annotations

import pandas as pd

from oko_lib.indicators.training_quality.marks import MARK_COLUMNS
from oko_lib.methods.result import Estimate, RefusalReason
from oko_lib.report.columns import ColumnSpec
from oko_lib.report.figure import ReportFigure
from oko_lib.report.figures.stacked import marks_distribution
from oko_lib.report.grammar import count_in_words, listed, sentence
from oko_lib.report.numbering import Numbering
from oko_lib.report.numbers import number, percent, points_with_interval, share_with_interval
from oko_lib.report.table import ReportTable, natural_key
from oko_lib.report.training_quality import words
from oko_lib.report.training_quality.context import QualityContext
from oko_lib.settings.training_quality_norms import TrainingQualityNorms

_MOST_NAMED = 4


def change_word(change: Estimate) -> str:
    """Return what became of a share of a set of schools: its interval decides."""
    if not change.given:
        if change.refusal is not None and change.refusal.reason is RefusalReason.NOT_COMPARABLE:
            return "не сравнить"
        return "м.д." if change.refusal is not None and change.refusal.reason is RefusalReason.TOO_FEW else "…"
    if change.interval is None:
        return "…"
    if change.interval.low > 0:
        return words.STATES["growth"]
    return words.STATES["decline"] if change.interval.high < 0 else words.STATES["indistinct"]


def incomparable(works: pd.DataFrame) -> list[str]:
    """Works whose marks of two years are not compared, each with its reason."""
    return [
        f"{words.work(row.subject, row.grade)}: {words.scale_reason(row.scale)}"
        for row in works.itertuples()
        if not row.scale.comparable
    ]


def works_table(works: pd.DataFrame, beside: pd.DataFrame | None, numbering: Numbering, caption: str) -> ReportTable:
    """Shares of marks by work.

    Parameters
    ----------
    works : DataFrame
        From :func:`~oko_lib.indicators.training_quality.marks.shares_of_works`.
    beside : DataFrame or None
        Of the region: subject, grade, failing, good.
    numbering, caption
    """
    regional = {} if beside is None else {(row.subject, row.grade): row for row in beside.itertuples()}
    rows = [
        {
            "work": words.work(row.subject, row.grade),
            "n": row.n,
            "failing": row.failing,
            "region_failing": getattr(regional.get((row.subject, row.grade)), "failing", None),
            "mark_3": row.mark_3,
            "good": row.good,
            "region_good": getattr(regional.get((row.subject, row.grade)), "good", None),
        }
        for row in works.itertuples()
    ]
    columns = [
        ColumnSpec("work", "Работа"),
        ColumnSpec("n", "Писали", kind="integer"),
        ColumnSpec("failing", "доля", kind="share", group="«2»"),
        ColumnSpec("region_failing", "регион", kind="share", interval=False, group="«2»"),
        ColumnSpec("mark_3", "«3»", kind="share", interval=False),
        ColumnSpec("good", "доля", kind="share", group="«4» и «5»"),
        ColumnSpec("region_good", "регион", kind="share", interval=False, group="«4» и «5»"),
    ]
    if beside is None:
        columns = [column for column in columns if not column.key.startswith("region_")]
    return ReportTable.build(
        pd.DataFrame(rows, columns=[column.key for column in columns]),
        columns,
        caption=caption,
        number=numbering.table("tbl-works"),
        label="tbl-works",
        sort="work",
        notes=(
            "Интервалы учитывают, что ученики одной школы похожи. Работы разной трудности между собой не сравнивают.",
        )
        if rows
        else (),
        empty="Отметок за ВПР этого года нет.",
    )


def changes_table(works: pd.DataFrame, norms: TrainingQualityNorms, numbering: Numbering, year: int) -> ReportTable:
    """Changes of «2» and of «4» and «5» since the year before, on one scale only."""
    rows = [
        {
            "work": words.work(row.subject, row.grade),
            "failing_before": row.failing_before if row.scale.comparable else "—",
            "failing_change": row.failing_change,
            "failing_word": change_word(row.failing_change),
            "good_before": row.good_before if row.scale.comparable else "—",
            "good_change": row.good_change,
            "good_word": change_word(row.good_change),
        }
        for row in works.itertuples()
    ]
    columns = [
        ColumnSpec("work", "Работа"),
        ColumnSpec("failing_before", str(year - 1), kind="share", group="«2»"),
        ColumnSpec("failing_change", "изменение", kind="points", group="«2»"),
        ColumnSpec("failing_word", "вывод", group="«2»"),
        ColumnSpec("good_before", str(year - 1), kind="share", group="«4» и «5»"),
        ColumnSpec("good_change", "изменение", kind="points", group="«4» и «5»"),
        ColumnSpec("good_word", "вывод", group="«4» и «5»"),
    ]
    return ReportTable.build(
        pd.DataFrame(rows, columns=[column.key for column in columns]),
        columns,
        caption=f"Изменение долей «2», «4» и «5» за год, {year - 1}–{year}",
        number=numbering.table("tbl-changes"),
        label="tbl-changes",
        sort="work",
        notes=_change_notes(works, norms) if rows else (),
        empty="Отметок за ВПР этого года нет.",
    )


def _change_notes(works: pd.DataFrame, norms: TrainingQualityNorms) -> tuple[str, ...]:
    notes = [
        "Вывод — по интервалу изменения. Работы разных лет сравниваются только на одной шкале: тот же максимальный "
        "балл, те же границы отметок."
    ]
    if reasons := incomparable(works):
        notes.append(f"Не сравниваются: {'; '.join(reasons)}.")
    norm = (
        f"Прирост доли «2» на {number(norms.failing_growth.value * 100)} п.п. и больше — отрицательная динамика по "
        "рекомендациям ФИОКО (с. 8)"
    )
    declined = works[works["formal_decline"].fillna(False).astype(bool)] if len(works) else works
    named = listed([words.work(row.subject, row.grade) for row in declined.itertuples()])
    notes.append(f"{norm}: {named or 'здесь таких работ нет'}.")
    return tuple(notes)


def schools_table(context: QualityContext) -> ReportTable:
    """Schools by name: shares over all works of the year, beside the region's schools and beside the year before."""
    frame = context.results.own.schools
    rows = [
        {
            "school": context.short_names[str(school)],
            "n": row["n"],
            "failing": row["failing"],
            "failing_place": words.told(words.PLACES, row["failing_place"]),
            "failing_change": words.told(words.STATES, row["failing_change"]),
            "good": row["good"],
            "good_place": words.told(words.PLACES, row["good_place"]),
            "good_change": words.told(words.STATES, row["good_change"]),
        }
        for school, row in frame.iterrows()
    ]
    columns = [
        ColumnSpec("school", "Школа"),
        ColumnSpec("n", "Работ", kind="integer"),
        ColumnSpec("failing", "доля", kind="share", group="«2»"),
        ColumnSpec("failing_place", "среди школ", group="«2»"),
        ColumnSpec("failing_change", "за год", group="«2»"),
        ColumnSpec("good", "доля", kind="share", group="«4» и «5»"),
        ColumnSpec("good_place", "среди школ", group="«4» и «5»"),
        ColumnSpec("good_change", "за год", group="«4» и «5»"),
    ]
    return ReportTable.build(
        pd.DataFrame(rows, columns=[column.key for column in columns]),
        columns,
        caption="Школы: доли «2», «4» и «5» по всем работам ВПР года",
        number=context.numbering.table("tbl-schools"),
        label="tbl-schools",
        sort="school",
        notes=(
            "«Среди школ» — сравнение со школами региона на тех же работах, с учётом размера школы и обычного "
            "разброса. "
            "«За год» — по всем сравнимым работам вместе, сверх общего сдвига региона и обычных колебаний школ. Доли "
            "школ с разным набором работ между собой не сравнивают. По предметам и классам — в книге Excel.",
        )
        if rows
        else (),
        empty="Отметок за ВПР этого года нет.",
    )


def marks_figure(context: QualityContext, works: pd.DataFrame | None = None) -> ReportFigure | None:
    """Distribution of marks by work; the municipality above the region where there is one to compare with.

    Parameters
    ----------
    context : QualityContext
    works : DataFrame, optional
        Some of the works; by default all.
    """
    results = context.results
    works = results.own.works if works is None else works
    scope = "own" if results.beside_region else "region"
    beside = results.region_works.set_index(["subject", "grade"]) if results.beside_region else None
    rows = []
    for own in works.to_dict("records"):
        label = words.work(own["subject"], own["grade"])
        rows.append({"label": label, "scope": scope, **_bar(own)})
        if beside is not None:
            rows.append({"label": label, "scope": "region", **_bar(beside.loc[(own["subject"], own["grade"])])})
    if not rows:
        return None
    return ReportFigure(
        marks_distribution(pd.DataFrame(rows)),
        number=context.numbering.figure("fig-marks"),
        label="fig-marks",
        caption=f"Отметки за ВПР {results.session.year} года: {_seen(works)}",
    )


def schools_of_work_figure(context: QualityContext, schools: pd.DataFrame, whole: pd.Series, work: str) -> ReportFigure:
    """Distribution of marks of one work by school, by name; the set of schools together first.

    Parameters
    ----------
    context : QualityContext
    schools : DataFrame
        By school: school, n, mark_2 … mark_5 (see :func:`~oko_lib.indicators.training_quality.marks.distribution`).
    whole : Series
        Row of the work in the results.
    work : str
        Its name.
    """
    rows = [{"label": "Все школы", "scope": "region", **_bar(whole)}]
    by_name = sorted(schools.to_dict("records"), key=lambda row: natural_key(context.short_names[row["school"]]))
    rows += [{"label": context.short_names[row["school"]], "scope": "own", **_bar(row)} for row in by_name]
    return ReportFigure(
        marks_distribution(pd.DataFrame(rows), own="школа", region="вместе"),
        caption=f"{work}: отметки за ВПР {context.results.session.year} года по школам",
        alt="Полосы по школам в порядке названий: доли отметок «2», «3», «4» и «5».",
    )


def schools_of_work_table(context: QualityContext, schools: pd.DataFrame, work: str) -> ReportTable:
    """Shares of marks of one work by school; columns of `schools` as for the figure."""
    return ReportTable.build(
        schools.assign(name=[context.short_names[school] for school in schools["school"]]),
        [
            ColumnSpec("name", "Школа"),
            ColumnSpec("n", "Писали", kind="integer"),
            ColumnSpec("failing", "«2»", kind="share"),
            ColumnSpec("mark_3", "«3»", kind="share", interval=False),
            ColumnSpec("good", "«4» и «5»", kind="share"),
        ],
        caption=f"{work}: доли отметок по школам",
        sort="name",
        notes=("Школы стоят по названиям. Доли малых школ скачут сами по себе: смотрите на интервалы.",),
        empty="Отметок за эту работу нет.",
    )


def _bar(row: pd.Series | dict) -> dict[str, object]:
    bar: dict[str, object] = {"n": row["n"]}
    for name in MARK_COLUMNS:
        estimate: Estimate = row[name]
        bar[name] = estimate.value if estimate.given else None
        if name in {"mark_2", "mark_5"} and estimate.given and estimate.interval:
            bar[f"{name}_low"], bar[f"{name}_high"] = estimate.interval.low, estimate.interval.high
    return bar


def _seen(works: pd.DataFrame) -> str:
    largest = _largest_failing(works)
    if largest is None:
        return "по всем работам участников мало"
    return f"больше всего «2» — {words.work(largest.subject, largest.grade)}, {percent(largest.failing.value)}"


def _largest_failing(works: pd.DataFrame):
    known = [row for row in works.itertuples() if row.failing.given]
    return max(known, key=lambda row: (row.failing.value, row.subject, row.grade)) if known else None


# --- In words -------------------------------------------------------------------------------------------------------


def failing_sentence(context: QualityContext) -> str:
    """The work with the largest share of «2», beside the region."""
    largest = _largest_failing(context.results.own.works)
    if largest is None:
        return "Отметок за ВПР для вывода мало."
    beside = ""
    if context.results.beside_region:
        works = context.results.region_works
        row = works[(works["subject"] == largest.subject) & (works["grade"] == largest.grade)]["failing"].iloc[0]
        beside = f" (по региону {percent(row.value)})"
    return (
        f"Больше всего «2» за работу «{words.work(largest.subject, largest.grade)}»: "
        f"{share_with_interval(largest.failing)}{beside}; «4» и «5» — {share_with_interval(largest.good)}."
    )


def changes_sentence(context: QualityContext) -> str:
    """Which works have a share of «2» that changed beyond chance, and which cannot be compared."""
    works = context.results.own.works
    if works.empty:
        return ""
    parts = []
    for word, text in ((words.STATES["growth"], "выросла"), (words.STATES["decline"], "снизилась")):
        found = [row for row in works.itertuples() if change_word(row.failing_change) == word]
        if found:
            named = [
                f"{words.work(row.subject, row.grade)} — на {points_with_interval(row.failing_change)}" for row in found
            ]
            parts.append(f"{text}: {'; '.join(named)}")
    compared = sum(row.failing_change.given for row in works.itertuples())
    reasons = incomparable(works)
    told = sentence(f"доля «2» за год неслучайно {'; '.join(parts)}") if parts else ""
    if not parts and compared:
        told = (
            f"Доля «2» за год неслучайно не изменилась ни по одной из "
            f"{count_in_words(compared, 'сравнимая работа', 'genitive')}."
        )
    if reasons:
        told += f" Не сравниваются: {'; '.join(reasons)}."
    return told.strip()


def schools_sentence(context: QualityContext) -> str:
    """Schools whose shares are out of the spread of the region's schools."""
    frame = context.results.own.schools
    parts = []
    for share, place, text in (
        ("failing", "more", "«2» больше обычного"),
        ("good", "more", "«4» и «5» больше обычного"),
        ("good", "fewer", "«4» и «5» меньше обычного"),
    ):
        names = context.names(frame.index[frame[f"{share}_place"] == place])
        if names:
            shown = listed(names) if len(names) <= _MOST_NAMED else count_in_words(len(names), "школа")
            parts.append(f"{text} — {shown}")
    judged = int(frame["failing_place"].notna().sum()) if len(frame) else 0
    if not judged:
        return "Сравнить школы с регионом нельзя: школ или участников мало."
    if not parts:
        return f"Из {judged} школ с достаточным числом работ ни одна не выходит за обычный разброс школ региона."
    return sentence(f"среди школ региона на тех же работах: {'; '.join(parts)}")
