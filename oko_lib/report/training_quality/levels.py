"""Functional literacy: levels of diagnostic works, the same children, schools' own assessment beside."""

from __future__ import annotations

import pandas as pd

from oko_lib.indicators.training_quality.agreement import own_against_outer
from oko_lib.indicators.training_quality.levels import WORK, reached_difference
from oko_lib.report.columns import ColumnSpec
from oko_lib.report.figure import ReportFigure
from oko_lib.report.figures.stacked import marks_distribution
from oko_lib.report.grammar import count
from oko_lib.report.numbering import Numbering
from oko_lib.report.numbers import percent, share_with_interval
from oko_lib.report.table import ReportTable, natural_key
from oko_lib.report.training_quality import words
from oko_lib.report.training_quality.context import QualityContext
from oko_lib.report.training_quality.marks import change_word
from oko_lib.settings.norms import SeriesNorms

_LEVELS = ("insufficient", "reduced", "basic", "advanced")


def levels_sentence(context: QualityContext) -> str:
    """The diagnostic work with the most pupils below the basic level."""
    known = [row for row in context.results.own.levels.itertuples() if row.below.given]
    if not known:
        return "Результатов диагностических работ этого года мало или нет."
    worst = max(known, key=lambda row: (row.below.value, row.domain, row.grade))
    beside = ""
    if context.results.beside_region:
        region = context.results.region_levels
        row = region[(region["domain"] == worst.domain) & (region["grade"] == worst.grade)].iloc[0]
        beside = f" (по региону {percent(row['below'].value)})"
    return (
        f"Базового уровня не достигли больше всего в работе {words.diagnostic(worst.domain, worst.grade)}: "
        f"{share_with_interval(worst.below)}{beside}; выше базового — {share_with_interval(worst.advanced)}."
    )


def levels_table(
    own: pd.DataFrame, before: pd.DataFrame, beside: pd.DataFrame | None, numbering: Numbering, year: int
) -> ReportTable:
    """Levels by diagnostic work, this year and the year before, beside the region."""
    regional = {} if beside is None else {(row.domain, row.grade): row for row in beside.itertuples()}
    earlier = {(row.domain, row.grade): row for row in before.itertuples()}
    rows = [
        {
            "work": words.diagnostic(row.domain, row.grade),
            "n": row.n,
            **{level: getattr(row, level) for level in _LEVELS},
            "before": getattr(earlier.get((row.domain, row.grade)), "reached", None),
            "reached": row.reached,
            "region": getattr(regional.get((row.domain, row.grade)), "reached", None),
        }
        for row in own.itertuples()
    ]
    columns = [
        ColumnSpec("work", "Работа"),
        ColumnSpec("n", "Участников", kind="integer"),
        *(ColumnSpec(level, words.LEVELS[level], kind="share", interval=False, group="Уровень") for level in _LEVELS),
        ColumnSpec("reached", str(year), kind="share", group="Базовый уровень и выше"),
        ColumnSpec("before", str(year - 1), kind="share", interval=False, group="Базовый уровень и выше"),
    ]
    if beside is not None:
        columns.append(ColumnSpec("region", "регион", kind="share", interval=False, group="Базовый уровень и выше"))
    return ReportTable.build(
        pd.DataFrame(rows, columns=["region", *[column.key for column in columns if column.key != "region"]]),
        columns,
        caption="Уровни диагностических работ",
        number=numbering.table("tbl-levels"),
        label="tbl-levels",
        sort="work",
        notes=(words.BRIEF_NOTE, "Прошлый год писали другие дети; об одних и тех же детях — ниже.") if rows else (),
        empty="Результатов диагностических работ этого года нет.",
    )


def levels_figure(context: QualityContext, works: pd.DataFrame) -> ReportFigure | None:
    """Levels by diagnostic work; the municipality above the region where there is one. None without works."""
    results = context.results
    beside = results.region_levels.set_index(WORK) if results.beside_region else None
    rows = []
    for own in works.to_dict("records"):
        key, label = (own["domain"], own["grade"]), words.diagnostic(own["domain"], own["grade"])
        rows.append({"label": label, "scope": "region" if beside is None else "own", **_bar(own)})
        if beside is not None:
            rows.append({"label": label, "scope": "region", **_bar(beside.loc[key])})
    return _bars(rows, f"Уровни диагностических работ {results.session.year} года", "муниципалитет", "регион")


def schools_of_work_figure(
    context: QualityContext, schools: pd.DataFrame, whole: pd.Series | dict, work: str
) -> ReportFigure | None:
    """Levels of one diagnostic work by school, by name; all of them together first."""
    rows = [{"label": "Все школы", "scope": "region", **_bar(whole)}]
    by_name = sorted(schools.to_dict("records"), key=lambda row: natural_key(context.short_names[row["school"]]))
    rows += [{"label": context.short_names[row["school"]], "scope": "own", **_bar(row)} for row in by_name]
    return _bars(rows, f"{work}, {context.results.session.year} год: уровни по школам", "школа", "вместе")


def _bar(row: pd.Series | dict) -> dict[str, object]:
    given = {level: row[level].value if row[level].given else None for level in _LEVELS}
    return {"n": row["n"], **given}


def _bars(rows: list[dict[str, object]], caption: str, own: str, region: str) -> ReportFigure | None:
    if not rows:
        return None
    parts = {level: words.LEVELS[level] for level in _LEVELS}
    return ReportFigure(
        marks_distribution(pd.DataFrame(rows), parts=parts, own=own, region=region),
        caption=caption,
        alt="Полосы: доли учеников с недостаточным уровнем, ниже базового, базовым и выше базового.",
    )


def schools_of_work_table(context: QualityContext, schools: pd.DataFrame, work: str) -> ReportTable:
    """Levels of one diagnostic work by school (rows of ``school_levels``)."""
    return ReportTable.build(
        schools.assign(name=[context.short_names[school] for school in schools["school"]]),
        [
            ColumnSpec("name", "Школа"),
            ColumnSpec("n", "Участников", kind="integer"),
            *(
                ColumnSpec(level, words.LEVELS[level], kind="share", interval=False, group="Уровень")
                for level in _LEVELS
            ),
            ColumnSpec("below", "Не достигли базового", kind="share"),
            ColumnSpec("reached", "Базовый уровень и выше", kind="share"),
        ],
        caption=f"{work}: уровни по школам",
        sort="name",
        notes=("Школы стоят по названиям. Доли малых школ скачут сами по себе: смотрите на интервалы.",),
        empty="Результатов этой работы нет.",
    )


def school_levels_table(context: QualityContext) -> ReportTable:
    """Schools by name: those below the basic level and those above it in every work."""
    frame = context.results.own.school_levels
    works = sorted({(str(row.domain), int(row.grade)) for row in frame.itertuples()})
    rows = []
    for school, own in frame.groupby("school"):
        row: dict[str, object] = {"school": context.short_names[str(school)]}
        for item in own.itertuples():
            place = works.index((item.domain, item.grade))
            row[f"below{place}"], row[f"advanced{place}"] = item.below, item.advanced
        rows.append(row)
    columns = [ColumnSpec("school", "Школа")]
    for place, (domain, grade) in enumerate(works):
        group = words.diagnostic(domain, grade)
        columns += [
            ColumnSpec(f"below{place}", "не достигли базового", kind="share", group=group, missing="—"),
            ColumnSpec(f"advanced{place}", "выше базового", kind="share", interval=False, group=group, missing="—"),
        ]
    return ReportTable.build(
        pd.DataFrame(rows, columns=[column.key for column in columns]),
        columns,
        caption="Школы: уровни диагностических работ",
        number=context.numbering.table("tbl-school-levels"),
        label="tbl-school-levels",
        sort="school",
        notes=(
            "«Не достигли базового» — уровни «недостаточный» и «ниже базового» вместе. По классам — в книге Excel.",
        ),
        empty="Результатов диагностических работ этого года нет.",
    )


def internal_table(context: QualityContext, *, every: bool = False) -> ReportTable:
    """Own assessment of functional literacy: two years, and beside the diagnostic work of the same grade.

    Only works that changed, or differ from the diagnostic work, unless `every` is asked for.
    """
    results = context.results
    region, year, norms = results.region, results.session.year, results.session.norms
    internal = region.internal[region.internal["school"].isin(results.schools)]
    keys = ["school", *WORK]
    now, before = (
        internal[internal["year"] == when].groupby(keys)[["n", "basic", "advanced"]].sum() for when in (year, year - 1)
    )
    beside = own_against_outer(internal, region.levels, year, norms)
    rows = []
    for key, counts in now.iterrows():
        school, domain, grade = key
        change = reached_difference(counts, before.loc[key], norms) if key in before.index else None
        told = {change_word(item) for item in (change, beside.get(key)) if item is not None}
        if not every and not told & {"рост", "снижение"}:
            continue
        rows.append(
            {
                "school": context.short_names[str(school)],
                "work": words.diagnostic(str(domain), int(grade)).removeprefix("КДР "),
                "n": counts["n"],
                "before": _reached(before.loc[key], norms) if key in before.index else None,
                "now": _reached(counts, norms),
                "change": change,
                "state": change_word(change) if change is not None else "…",
                "outer": beside.get(key, "—"),
            }
        )
    columns = [
        ColumnSpec("school", "Школа"),
        ColumnSpec("work", "Работа"),
        ColumnSpec("n", "Участников", kind="integer"),
        ColumnSpec("before", str(year - 1), kind="share", group="Базовый уровень и выше"),
        ColumnSpec("now", str(year), kind="share", group="Базовый уровень и выше"),
        ColumnSpec("change", "Изменение", kind="points"),
        ColumnSpec("state", "Вывод"),
    ]
    notes = ["Задания внутренней оценки школы составляют сами: уровни разных школ между собой не сравнивают."]
    if beside:
        columns.append(ColumnSpec("outer", "Внутренняя минус КДР", kind="points"))
        notes.append("«—»: КДР по этой работе в школе не было.")
    if not every and len(now) > len(rows):
        notes.append(f"Показано {len(rows)} из {count(len(now), 'работа', case='genitive')}: где изменение отличимо.")
    return ReportTable.build(
        pd.DataFrame(rows, columns=["outer", *[column.key for column in columns if column.key != "outer"]]),
        columns,
        caption="Внутренняя оценка функциональной грамотности",
        number=context.numbering.table("tbl-internal"),
        label="tbl-internal",
        sort=["school", "work"],
        notes=notes if rows else (),
        empty="Ни в одной школе доля достигших базового уровня отличимо не изменилась."
        if len(now)
        else "Сведений о внутренней оценке функциональной грамотности нет.",
    )


def _reached(counts: pd.Series, norms: SeriesNorms) -> float | str:
    if counts["n"] < norms.minimum_group.value:
        return "м.д."
    return float((counts["basic"] + counts["advanced"]) / counts["n"])
