"""Which schools methods name, how near the others are, lists over the years."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import pandas as pd

from oko_lib.indicators.low_results.identification import MethodResult, Status, early_warning
from oko_lib.indicators.low_results.region import FEDERAL, RegionLowResults
from oko_lib.report.columns import ColumnSpec
from oko_lib.report.figure import ReportFigure
from oko_lib.report.figures.history import list_history_chart
from oko_lib.report.figures.threshold_strip import threshold_strip
from oko_lib.report.grammar import agree, count, listed
from oko_lib.report.low_results import words
from oko_lib.report.low_results.context import ReportContext
from oko_lib.report.numbering import Numbering
from oko_lib.report.numbers import is_missing, percent
from oko_lib.report.table import ReportTable
from oko_lib.settings.identification import IdentificationMethod

STATUSES = {
    Status.LISTED: "входит",
    Status.RISK_ZONE: "зона риска",
    Status.NOT_LISTED: "нет",
    Status.TOO_LITTLE_DATA: "м.д.",
}
READINGS = {"all": "и", "any": "или"}

#: Criterion of the federal rule on the same procedure in two years.
SAME_PROCEDURE = "same_procedure"

#: Procedures of one school in the figure of thresholds.
_STRIP_ROWS = 24


def titles(region: RegionLowResults) -> dict[str, str]:
    """Method → title."""
    return {name: result.method.title_ru for name, result in region.identification.items()}


def named_by(region: RegionLowResults, schools: Collection[str]) -> list[str]:
    """Schools that the official list, any method or any zone of risk names."""
    found = set(region.listed.schools) & set(schools)
    for result in region.identification.values():
        own = result.schools[result.schools.index.isin(list(schools))]
        found |= set(own.index[own["status"].isin([Status.LISTED, Status.RISK_ZONE])])
        for reading in result.readings.values():
            rows = reading.schools[reading.schools.index.isin(list(schools))]
            found |= set(rows.index[rows["listed"].fillna(False).astype(bool)])
    return sorted(found)


def methods_table(
    region: RegionLowResults, schools: Collection[str], names: Mapping[str, str], numbering: Numbering, caption: str
) -> ReportTable:
    """Methods side by side for every school that any of them names; both readings of an ambiguous rule."""
    columns = [ColumnSpec("school", "Школа"), ColumnSpec("official", "Список года", align="center")]
    rows = [{"school": names[school], "id": school} for school in named_by(region, schools)]
    year = region.year
    published = region.listed.current_year == year and region.listed.official
    for row in rows:
        row["official"] = ("да" if row["id"] in region.listed.current else "нет") if published else "…"
    for name, result in region.identification.items():
        method = result.method
        if method.combine_is_ambiguous:
            for reading, found in result.readings.items():
                key = f"{name}_{reading}"
                columns.append(
                    ColumnSpec(
                        key, f"прочтение «{READINGS.get(reading, reading)}»", align="center", group=method.title_ru
                    )
                )
                for row in rows:
                    row[key] = _yes(found.schools["listed"].get(row["id"]))
            columns.append(
                ColumnSpec(
                    f"{name}_p", "вероятность, что правило выполнено («и»)", kind="share", interval=False,
                    group=method.title_ru,
                )
            )  # fmt: skip
            for row in rows:
                row[f"{name}_p"] = result.schools["probability"].get(row["id"])
        else:
            columns.append(ColumnSpec(name, method.title_ru, align="center"))
            for row in rows:
                row[name] = STATUSES.get(result.schools["status"].get(row["id"]), "…")
    return ReportTable.build(
        pd.DataFrame(rows, columns=["id", *(column.key for column in columns)]),
        columns,
        caption=caption,
        number=numbering.table("tbl-methods"),
        label="tbl-methods",
        sort="school",
        notes=(
            "В таблице школы, которых называет список года или хотя бы одна методика. Методики разные, поэтому и "
            "ответы разные; решение о включении в список принимает тот, кто его утверждает. Вероятность считается по "
            "числу участников: 3 из 10 и 30 из 100 — не одно и то же.",
        ),
        empty="Ни список года, ни одна методика не называют школ.",
    )


def _yes(value: object) -> str:
    return "м.д." if is_missing(value) else "да" if bool(value) else "нет"


def why_table(context: ReportContext) -> ReportTable:
    """Why the federal rule names a school, how near it is, how the answer moves with the threshold."""
    results = context.results
    found = results.region.identification.get(FEDERAL)
    rows = [] if found is None else [_why(context, found, school) for school in _told(context, found)]
    columns = [
        ColumnSpec("school", "Школа"),
        ColumnSpec("several", "Процедуры этого года с долей не меньше 30 %"),
        ColumnSpec("repeated", "Те же процедуры два года подряд"),
        ColumnSpec("both", "«и»", kind="share", interval=False, group="Правило выполнялось бы до порога"),
        ColumnSpec("either", "«или»", kind="share", interval=False, group="Правило выполнялось бы до порога"),
        ColumnSpec("pupils", "Сколько участников меняют ответ («и»)", kind="integer"),
    ]
    return ReportTable.build(
        pd.DataFrame(rows, columns=[column.key for column in columns]),
        columns,
        caption="Федеральное правило: почему школа подходит и насколько близко остальные",
        number=context.numbering.table("tbl-why"),
        label="tbl-why",
        sort="school",
        notes=(
            "Столбцы «до порога»: наибольший порог, при котором правило ещё выполнено. Больше 30 % — школа подходит с "
            "запасом, меньше — не подходит; чем ближе к 30 %, тем меньше значит ответ. Последний столбец: скольким "
            "участникам достаточно оказаться по другую сторону порога своей процедуры, чтобы ответ сменился.",
            words.BRIEF_NOTE,
        ),
        empty="Школ, которые подходят под федеральное правило или близки к нему, нет.",
    )


def _told(context: ReportContext, found: MethodResult) -> list[str]:
    """Schools of the municipality that the rule names in any reading, that are near it, or that are listed."""
    near = early_warning(found, context.results.session.norms.near_threshold.value).index
    named = {
        school
        for reading in found.readings.values()
        for school in reading.schools.index[reading.schools["listed"].fillna(False).astype(bool)]
    }
    wanted = named | set(near) | set(context.results.listed)
    return sorted(wanted & set(context.results.schools) & set(found.schools.index))


def _why(context: ReportContext, found: MethodResult, school: str) -> dict[str, object]:
    rows = found.evidence
    rows = rows[(rows["school"] == school) & (rows["part"] == "list") & rows["reached"].astype(bool)]
    now = rows[rows["year"] == found.year]
    several = now.drop_duplicates("procedure")
    repeated = rows[rows["speaks"].astype(bool) & (rows["criterion"] == SAME_PROCEDURE)].drop_duplicates("procedure")
    shares = {name: reading.schools["critical_share"].get(school) for name, reading in found.readings.items()}
    return {
        "school": context.short_names[school],
        "several": "; ".join(
            f"{words.brief(row.procedure)} ({int(row.n_below)} из {int(row.n)})" for row in several.itertuples()
        )
        or "—",
        "repeated": "; ".join(words.brief(name) for name in repeated["procedure"]) or "—",
        "both": shares.get("all"),
        "either": shares.get("any"),
        "pupils": found.schools["change_pupils"].get(school),
    }


def near_table(context: ReportContext) -> ReportTable:
    """Procedures at the threshold and near it, and how sure that is."""
    results = context.results
    near = percent(results.session.norms.near_threshold.value, 0)
    found = results.near
    frame = found.assign(
        school=[context.short_names[school] for school in found["school"]],
        procedure=[words.brief(key) for key in found["procedure"]],
        counts=[f"{int(k)} из {int(n)}" for k, n in zip(found["n_below"], found["n"], strict=True)],
        reached=["да" if reached else "близко" for reached in found["at_threshold"]],
    )
    return ReportTable.build(
        frame,
        [
            ColumnSpec("school", "Школа"),
            ColumnSpec("procedure", "Процедура"),
            ColumnSpec("counts", "Не преодолели порог", align="right"),
            ColumnSpec("share", "Доля", kind="share"),
            ColumnSpec("share_before", "Год назад", kind="share"),
            ColumnSpec("reached", "Не меньше 30 %", align="center"),
            ColumnSpec("probability", "Вероятность, что доля не меньше 30 %", kind="share"),
        ],
        caption=f"Процедуры, в которых порог не преодолели {near} участников и больше",
        number=context.numbering.table("tbl-near"),
        label="tbl-near",
        sort=["school", "procedure"],
        notes=(
            "Ровно 30 % по федеральному правилу уже входит. Наименьшего числа участников в правиле нет, поэтому в "
            "малых школах смотрите на вероятность.",
            words.BRIEF_NOTE,
        ),
        empty=f"Процедур, в которых порог не преодолели {near} участников и больше, нет.",
    )


def threshold_figure(context: ReportContext) -> ReportFigure | None:
    """Shares below the threshold against 30 %; None when no procedure comes near."""
    results = context.results
    if not results.near["at_threshold"].any():
        return None
    found = results.near[results.near["at_threshold"]].head(_STRIP_ROWS)
    frame = found.assign(
        school=[context.short_names[school] for school in found["school"]],
        procedure=[words.brief(key) for key in found["procedure"]],
    )
    reached = int(results.near["at_threshold"].sum())
    return ReportFigure(
        threshold_strip(
            frame, risk_from=results.session.norms.near_threshold.value, before=str(results.session.year - 1)
        ),
        number=context.numbering.figure("fig-threshold"),
        label="fig-threshold",
        caption=(
            f"Доли не преодолевших порог, которые достигли 30\u202f%, с интервалами: {count(reached, 'процедура')} из "
            f"{len(results.near)} близких к порогу"
        ),
    )


def near_sentence(context: ReportContext) -> str:
    """Schools that the federal rule does not name yet and that come near its threshold."""
    results = context.results
    found = results.region.identification.get(FEDERAL)
    if found is None:
        return ""
    near = early_warning(found, results.session.norms.near_threshold.value)
    near = near[near.index.isin(results.schools)]
    if near.empty:
        return "Школ, близких к порогу федерального правила, нет."
    parts = []
    for school, row in near.sort_index().iterrows():
        pupils = row["change_pupils"]
        more = (
            ""
            if is_missing(pupils)
            else f" ({agree(int(pupils), 'решает', 'решают')} {count(int(pupils), 'участник')})"
        )
        parts.append(f"{context.short_names[school]}{more}")
    return f"Близко к порогу федерального правила: {listed(parts)}."


def lists_sentence(context: ReportContext) -> str:
    """Who entered and who left the list."""
    results = context.results
    own = results.region.listed
    if not own.official:
        return (
            "Опубликованных списков ШНОР в данных нет; отчёт опирается на федеральное правило по загруженным "
            "результатам."
        )
    if own.current_year is None:
        return f"Список {results.session.year} года не загружен; отчёт опирается на список {own.base_year} года."
    if own.base_year == own.current_year:
        return f"Списков до {own.current_year} года в данных нет: вхождение и выход назвать нельзя."
    parts = []
    if results.entered:
        parts.append(f"вошли: {listed(context.named(results.entered))}")
    if results.left:
        parts.append(f"вышли: {listed(context.named(results.left))}")
    stayed = set(results.base) & set(results.current)
    if stayed:
        parts.append(f"остались: {listed(context.named(stayed))}")
    if not parts:
        return f"В списках {own.base_year} и {own.current_year} годов школ муниципалитета нет."
    return f"Список {own.current_year} года против списка {own.base_year} года: {'; '.join(parts)}."


def history_figure(
    region: RegionLowResults, schools: Sequence[str], names: Mapping[str, str], numbering: Numbering
) -> ReportFigure | None:
    """Lists over the years; None when none of the schools was ever listed or there is one list only."""
    table = region.history.schools
    own = table[table.index.isin(list(schools))]
    published = region.history.years[region.history.years["published"].astype(bool)]
    years = [int(year) for year in published["year"]]
    if own.empty or len(years) < 2:
        return None
    frame = pd.DataFrame(
        [
            {"school": names[school], "year": year, "listed": bool(own.loc[school, year])}
            for school in own.index
            for year in years
        ]
    )
    return ReportFigure(
        list_history_chart(frame, years),
        number=numbering.figure("fig-history"),
        label="fig-history",
        caption="Официальные списки ШНОР по годам: кто входил и кто вышел",
    )


def rules_table(methods: Sequence[IdentificationMethod], numbering: Numbering) -> ReportTable:
    """Rules of identification with source and clause."""
    rows = [
        {
            "title": method.title_ru,
            "criteria": "; ".join(item.title_ru for item in method.criteria),
            "source": method.source + (f", {method.year}" if method.year else ""),
            "official": "документ" if method.official else "выбор рабочего места",
        }
        for method in methods
    ]
    return ReportTable.build(
        pd.DataFrame(rows),
        [
            ColumnSpec("title", "Методика"),
            ColumnSpec("criteria", "Признаки"),
            ColumnSpec("source", "Источник"),
            ColumnSpec("official", "Чья"),
        ],
        caption="Методики отнесения к ШНОР",
        number=numbering.table("tbl-rules"),
        label="tbl-rules",
        wide=False,
        notes=tuple(method.note for method in methods if method.note),
    )
