"""What changed and for whom: measures of 1.2.3, listed schools one by one, all schools together."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from oko_lib.indicators.low_results.dynamics import MeasureChange, MeasureSummary
from oko_lib.indicators.low_results.measures import Measure
from oko_lib.indicators.low_results.region import RegionLowResults
from oko_lib.methods.result import Estimate, Interval
from oko_lib.report.columns import ColumnSpec
from oko_lib.report.figure import ReportFigure
from oko_lib.report.figures.changes import changes_chart
from oko_lib.report.figures.order import by_name
from oko_lib.report.grammar import agree, count, count_in_words, listed, sentence
from oko_lib.report.low_results import words
from oko_lib.report.low_results.context import ReportContext
from oko_lib.report.numbering import Numbering
from oko_lib.report.numbers import is_missing, percent, points, points_with_interval
from oko_lib.report.table import ReportTable, natural_key

#: Rows of the figure on page one; and on a page of its own, where one measure alone has more schools than that.
_MOST_ROWS, _PAGE_ROWS = 6, 26

STATE_NOTE = (
    "Рост и снижение — изменение сверх общего сдвига региона, которое больше, чем объясняют число участников и обычные "
    "колебания школ от года к году. «По числам» — доля просто стала больше: без всяких перемен в школах так выходит "
    "примерно в половине случаев."
)


def estimate(row: Mapping[str, object], name: str, n: object) -> Estimate | None:
    """Return a value of a row with its bounds as an Estimate; None when there is no value."""
    value, low, high = row[name], row[f"{name}_low"], row[f"{name}_high"]
    if is_missing(value):
        return None
    interval = None if is_missing(low) or is_missing(high) else Interval(float(low), float(high))
    return Estimate(float(value), interval, 0 if is_missing(n) else int(n))


# --- What the base list is, in words ------------------------------------------------------------------------------


def base_words(region: RegionLowResults) -> str:
    """Return which schools dynamics is told of: «школы списка ШНОР и ШНСУ 2025 года»."""
    own = region.listed
    if not own.official:
        return f"школы, отнесённые к ШНОР по федеральному правилу по результатам {own.base_year} года"
    kinds = sorted(own.base_kinds, reverse=True)
    return f"школы {listed([words.LISTS[kind] for kind in kinds]) or 'ШНОР'} по списку {own.base_year} года"


def list_words(region: RegionLowResults) -> str:
    """Return which list, as it follows «школы»: «списка 2025 года»."""
    own = region.listed
    return f"списка {own.base_year} года" if own.official else f"по федеральному правилу за {own.base_year} год"


def changed_sentences(context: ReportContext) -> list[str]:
    """What changed and for whom: schools that grew, that fell, that cannot be told apart from chance."""
    results = context.results
    if not results.base:
        where = context.place.where
        return [f"{where[:1].upper()}{where[1:]} нет школ {list_words(results.region)}."]
    units = results.region.dynamics.composite.units
    own = units.reindex(list(results.base))
    by_state = {code: context.named(own.index[own["state"] == code]) for code in words.STATES}
    rest = context.named(own.index[~own["state"].isin(list(words.STATES))])
    parts = []
    if by_state["growth"]:
        parts.append(f"неслучайно выросли результаты — {listed(by_state['growth'])}")
    if by_state["decline"]:
        parts.append(f"неслучайно снизились результаты — {listed(by_state['decline'])}")
    if by_state["indistinct"]:
        parts.append(f"изменение не больше обычных колебаний — {listed(by_state['indistinct'])}")
    if rest:
        parts.append(f"данных для вывода мало — {listed(rest)}")
    n = len(results.base)
    whom = f"{count_in_words(n, 'школа').capitalize()} {list_words(results.region)}"
    year = f"{whom}, все экзамены и диагностические работы вместе. За год: {'; '.join(parts)}."
    return [f"{year} {trend_sentence(results.region, results.base, context.short_names)}".strip()]


def trend_sentence(region: RegionLowResults, schools: Collection[str], names: Mapping[str, str]) -> str:
    """Which of the schools keep growing or falling over the years of the series; empty without such a series."""
    found = region.dynamics.composite_trend.units
    own = found[found.index.isin(list(schools))]
    if own["state"].dropna().empty:
        return ""
    parts = [
        f"{word} — {listed(sorted((names[school] for school in own.index[own['state'] == code]), key=natural_key))}"
        for code, word in (("growth", "неслучайно выросли результаты"), ("decline", "неслучайно снизились результаты"))
        if (own["state"] == code).any()
    ]
    span = f"За {region.years[0]}–{region.years[-1]} годы"
    return f"{span}: {'; '.join(parts)}." if parts else f"{span} неслучайных изменений нет ни у одной."


def strongest_sentence(context: ReportContext) -> str:
    """The largest distinguishable change of a listed school, with its numbers."""
    found, judged = [], 0
    for change in context.results.region.dynamics.measures:
        own = change.schools[change.schools.index.isin(context.results.base)]
        judged += int(own["state"].notna().sum())
        own = own[own["state"].isin(["growth", "decline"])]
        found += [(abs(float(row["relative"])), change, school, row) for school, row in own.iterrows()]
    if not found and not judged:
        return "Отличить изменения школ списка от обычных колебаний нельзя: данных мало."
    if not found:
        return "Ни по одному показателю ни у одной школы списка изменение не отличимо от обычных колебаний."
    _, change, school, row = max(found, key=lambda item: (item[0], item[2]))
    beyond = estimate(row, "relative", row["n_last"])
    # The state is told beyond the region's shift: the school's own share may go the other way, or stay.
    return (
        f"Заметнее всего изменение у школы {context.short_names[school]}: {change.measure.short_ru}, доля "
        f"{_success(change.measure)} изменилась с {percent(row['share_previous'])} до "
        f"{percent(row['share_last'])}; сверх общего сдвига региона — на {points_with_interval(beyond)}."
    )


def _success(measure: Measure) -> str:
    return words.success(measure.procedures[0]) if len(measure.procedures) == 1 else "успешных"


def base_sentence(region: RegionLowResults) -> str:
    """Whom dynamics is told of and why."""
    own = region.listed
    if own.base_year is None or not own.base:
        return "Списка, о школах которого говорить, в данных нет."
    why = (
        "Список составлен по результатам этого же года, поэтому о причинах изменения он не говорит."
        if own.chosen_by_this_year
        else "Эти школы выбраны раньше, чем стали известны результаты этого года."
    )
    return sentence(f"динамика считается для группы: {base_words(region)}. {why}")


def return_sentence(region: RegionLowResults) -> str:
    """How much of the change of listed schools is the mere return to the mean, in the region."""
    known = {name: found for name, found in region.returns.items() if found.beyond.given}
    if not known:
        return (
            "Школы попадают в список в неудачный для них год, поэтому следующий год у многих лучше и без всяких мер "
            "(возврат к среднему). Оценить эту часть здесь нельзя: школ списка с данными за оба года мало."
        )
    name, found = max(known.items(), key=lambda item: (item[1].n_chosen, item[0]))
    beyond = found.beyond
    if beyond.interval.low > 0:
        verdict = "больше, чем возврат"
    else:
        verdict = "меньше, чем возврат" if beyond.interval.high < 0 else "неотличимо от возврата"
    return (
        "Школы попадают в список в неудачный для них год, поэтому следующий год у многих лучше и без всяких мер: это "
        f"возврат к среднему. Например, {words.procedure(name)}: у {count(found.n_chosen, 'школа', case='genitive')} "
        f"списка по региону доля успешных изменилась на {points(found.observed.value)}, одним возвратом и общим "
        f"сдвигом объясняется {points(found.expected.value)}; сверх этого {points_with_interval(beyond)} — {verdict}."
    )


# --- Tables ------------------------------------------------------------------------------------------------------


def measures_table(
    own: Sequence[MeasureSummary],
    beside: Sequence[MeasureSummary] | None,
    numbering: Numbering,
    caption: str,
) -> ReportTable:
    """The seven measures: how many listed schools grew by numbers alone, and how many distinguishably.

    Parameters
    ----------
    own : sequence of MeasureSummary
        Of the report's schools.
    beside : sequence of MeasureSummary or None
        Of the region, for comparison.
    """
    regional = {item.measure.number: item for item in beside or ()}
    rows = []
    for item in own:
        other = regional.get(item.measure.number)
        rows.append(
            {
                "measure": item.measure.short_ru,
                "n": item.n_taking,
                "formal": _of(int(item.formal.numerator or 0), item.n_taking),
                "growth": len(item.growth) if item.n_judged else None,
                "decline": len(item.decline) if item.n_judged else None,
                "indistinct": len(item.indistinct) if item.n_judged else None,
                "few": item.n_taking - item.n_judged,
                "region_formal": other.formal if other else None,
                "region": other.reliable if other else None,
            }
        )
    columns = [
        ColumnSpec("measure", "Результаты"),
        ColumnSpec("n", "Школ с данными за оба года", kind="integer"),
        ColumnSpec("formal", "Рост по числам", align="right"),
        ColumnSpec("growth", "рост", kind="integer", group="Отличимо от случайности, школ"),
        ColumnSpec("decline", "снижение", kind="integer", group="Отличимо от случайности, школ"),
        ColumnSpec("indistinct", "неразличимо", kind="integer", group="Отличимо от случайности, школ"),
        ColumnSpec("few", "мало данных", kind="integer", group="Отличимо от случайности, школ"),
    ]
    if beside is not None:
        columns += [
            ColumnSpec("region_formal", "по числам", kind="share", interval=False, group="По региону, рост"),
            ColumnSpec("region", "отличимый", kind="share", group="По региону, рост"),
        ]
    return ReportTable.build(
        pd.DataFrame(rows, columns=[column.key for column in columns]),
        columns,
        caption=caption,
        number=numbering.table("tbl-measures"),
        label="tbl-measures",
        notes=(STATE_NOTE,),
        empty="Результатов экзаменов и диагностических работ за два года нет.",
    )


def _of(part: int, whole: int) -> str:
    return f"{part} из {whole}" if whole else "—"


def change_rows(measures: Sequence[MeasureChange], schools: Collection[str], names: Mapping[str, str]) -> pd.DataFrame:
    """One row per school × measure with data, ready for a table or a figure."""
    rows = []
    for change in measures:
        own = change.schools[change.schools.index.isin(list(schools))]
        for school, row in zip(own.index, own.to_dict("records"), strict=True):
            if is_missing(row["share_last"]) and is_missing(row["share_previous"]):
                continue
            rows.append(
                {
                    "school": names[school],
                    "school_id": school,
                    "number": change.measure.number,
                    "measure": change.measure.brief_ru,
                    "year_before": row["previous_year"],
                    "n_before": row["n_previous"],
                    "n_now": row["n_last"],
                    "share_before": row["share_previous"],
                    "share_now": row["share_last"],
                    "change": estimate(row, "change", row["n_last"]),
                    "relative": estimate(row, "relative", row["n_last"]),
                    "state": row["state"] if isinstance(row["state"], str) else None,
                    "shown": words.state(row["state"], row["refusal"]),
                    "trend": words.state(row["trend_state"]) if "trend_state" in row else "—",
                }
            )
    columns = ["school", "school_id", "number", "measure", "year_before", "n_before", "n_now", "share_before",
               "share_now", "change", "relative", "state", "shown", "trend"]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def changes_table(context: ReportContext, measure: MeasureChange | None = None) -> ReportTable:
    """Listed schools one by one; with `measure` all schools of the municipality in this one."""
    results = context.results
    measures, schools = (results.region.dynamics.measures, results.listed)
    caption = "Школы списков: как изменились их результаты"
    if measure is not None:
        measures, schools = (measure,), tuple(results.schools)
        caption = f"{measure.measure.short_ru}: как изменились результаты школ"
    frame = change_rows(measures, schools, context.short_names)
    return ReportTable.build(
        frame,
        [
            ColumnSpec("school", "Школа"),
            ColumnSpec("measure", "Результаты"),
            ColumnSpec("n_before", "год назад", kind="integer", group="Участников"),
            ColumnSpec("n_now", "этот год", kind="integer", group="Участников"),
            ColumnSpec("share_before", "год назад", kind="share", group="Доля успешных"),
            ColumnSpec("share_now", "этот год", kind="share", group="Доля успешных"),
            ColumnSpec("relative", "Сверх сдвига региона", kind="points"),
            ColumnSpec("shown", "За год", group="Вывод"),
            ColumnSpec("trend", "За три года", group="Вывод"),
        ],
        caption=caption,
        number=context.numbering.table("tbl-changes"),
        label="tbl-changes",
        sort=["school", "number"],
        notes=(
            SUCCESS_NOTE,
            words.BRIEF_NOTE,
            *older_note(frame, results.session.year),
            "Интервал учитывает число участников и обычные колебания школ региона; вывод сделан по нему.",
        ),
        empty="Школ с такими результатами нет." if measure else "Школ списков с результатами нет.",
    )


def older_note(frame: pd.DataFrame, year: int) -> list[str]:
    """Rows of :func:`change_rows` whose «year before» lies further back: the procedure was not held, or not by all."""
    older = frame[(frame["year_before"] < year - 1).fillna(False).astype(bool)]
    named = [f"{row.school}, {row.measure} ({int(row.year_before)})" for row in older.itertuples()]
    return [f"Год назад результатов нет, взят последний год с ними: {'; '.join(named)}."] if named else []


SUCCESS_NOTE = (
    "Успешные: ОГЭ и базовая математика — «4» и «5», русский язык и профильная математика ЕГЭ — больше 60 баллов, "
    "КДР — базовый уровень и выше. Два ЕГЭ по математике взвешены по участникам этого года."
)


def schools_table(context: ReportContext) -> ReportTable:
    """All schools of the municipality: their joined result and its change."""
    results = context.results
    region, year = results.region, results.session.year
    now = region.results[region.results["year"] == year].set_index("school")
    last, trend = region.dynamics.composite.units, region.dynamics.composite_trend.units
    rows = []
    for school in results.schools:
        kinds = region.listed.kinds.get(school, ()) if school in region.listed.schools else ()
        rows.append(
            {
                "school": context.short_names[school],
                "list": ", ".join(words.LISTS[kind] for kind in kinds) or "—",
                "n": now["n"].get(school),
                "result": result_estimate(now, school),
                "procedures": last["n_procedures"].get(school),
                "state": words.state(last["state"].get(school)),
                "trend": words.state(trend["state"].get(school)),
            }
        )
    return ReportTable.build(
        pd.DataFrame(rows),
        [
            ColumnSpec("school", "Школа"),
            ColumnSpec("list", "Список"),
            ColumnSpec("n", "Учеников с результатом", kind="integer"),
            ColumnSpec("result", "Сводный результат", kind="number", digits=2),
            ColumnSpec("procedures", "Показателей сравнено", kind="integer"),
            ColumnSpec("state", "За год"),
            ColumnSpec("trend", "За три года и больше"),
        ],
        caption="Школы муниципалитета: сводный результат и его изменение по всем показателям вместе",
        number=context.numbering.table("tbl-schools"),
        label="tbl-schools",
        sort="school",
        notes=(
            "Сводный результат — среднее по всем работам и экзаменам года, в стандартных отклонениях учеников региона: "
            "0 — как в среднем по региону. Школы стоят по названиям, а не по результату.",
        ),
    )


def result_estimate(now: pd.DataFrame, school: str) -> Estimate | None:
    """Joined result of a school with the interval its number of pupils gives."""
    if school not in now.index or is_missing(now.loc[school, "result"]):
        return None
    row = now.loc[school]
    return Estimate(float(row["result"]), Interval(float(row["low"]), float(row["high"])), int(row["n"]))


# --- Figure --------------------------------------------------------------------------------------------------------


def _compared(measures: Sequence[MeasureChange], schools: Collection[str], names: Mapping[str, str]) -> pd.DataFrame:
    """Rows of :func:`change_rows` with both years."""
    frame = change_rows(measures, schools, names)
    return frame[frame["change"].notna()]


@dataclass(frozen=True)
class DrawnChanges:
    """What the figure of changes shows.

    Parameters
    ----------
    rows : DataFrame
        Rows of :func:`change_rows` in the order drawn; ``school`` as drawn, ``school_id``.
    every : int
        How many rows there were before those that do not fit were left out.
    label : str
        Whose changes.
    measures : sequence of MeasureChange
    """

    rows: pd.DataFrame
    every: int
    label: str
    measures: Sequence[MeasureChange]


def drawn_changes(context: ReportContext, measure: MeasureChange | None = None) -> DrawnChanges | None:
    """Changes of listed schools; of all schools in mathematics of ОГЭ where none is listed. None without data.

    With `measure`, of all schools in this one.
    """
    results = context.results
    measures = list(results.region.dynamics.measures)
    chosen: Collection[str] = results.base
    label = "школы списка"
    frame = _compared(measures, chosen, context.short_names)
    if measure is not None or frame.empty:
        measures = measures if measure is None else [measure]
        measures, chosen, label = measures[:1], list(results.schools), "школы муниципалитета"
        frame = _compared(measures, chosen, context.short_names)
    while len(frame) > _MOST_ROWS and len(measures) > 1:
        measures = measures[:-1]
        frame = _compared(measures, chosen, context.short_names)
    if frame.empty:
        return None
    frame = frame.sort_values(["school", "number"], key=lambda column: column.map(natural_key))
    every = len(frame)
    frame = frame.head(_PAGE_ROWS)
    frame = frame.assign(
        school=frame["school"] if len(measures) == 1 else frame["school"] + ": " + frame["measure"],
        change=[item.value if item else math.nan for item in frame["relative"]],
        change_low=[item.interval.low if item and item.interval else math.nan for item in frame["relative"]],
        change_high=[item.interval.high if item and item.interval else math.nan for item in frame["relative"]],
    )
    return DrawnChanges(by_name(frame), every, label, measures)


def changes_figure(context: ReportContext, measure: MeasureChange | None = None) -> ReportFigure | None:
    """The figure of :func:`drawn_changes`; None without data."""
    drawn = drawn_changes(context, measure)
    return None if drawn is None else figure_of(context, drawn)


def figure_of(context: ReportContext, drawn: DrawnChanges) -> ReportFigure:
    """The figure of changes with its caption."""
    frame, year = drawn.rows, context.results.session.year
    what = f", {listed([item.measure.brief_ru for item in drawn.measures])}"
    shown = f"; показаны первые по названию {len(frame)} строк из {drawn.every}" if drawn.every > len(frame) else ""
    distinct, judged = int(frame["state"].isin(["growth", "decline"]).sum()), int(frame["state"].notna().sum())
    if not judged:
        seen = "для вывода данных мало"
    elif distinct:
        seen = (
            f"{agree(distinct, 'отличимо', 'отличимы')} от обычных колебаний {count(distinct, 'изменение')} из {judged}"
        )
    else:
        seen = f"ни одно из изменений ({judged}) не отличимо от обычных колебаний"
    return ReportFigure(
        changes_chart(frame, before=str(year - 1), now=str(year), what="Доля успешных, %"),
        number=context.numbering.figure("fig-changes"),
        label="fig-changes",
        caption=f"Доля успешных год назад и в этом году, {drawn.label}{what}{shown}: {seen}",
    )
