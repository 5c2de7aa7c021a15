"""Tasks and skills of one work, levels of diagnostic works."""

from __future__ import annotations

import pandas as pd

from oko_lib.explore.choice import Choice, Offers
from oko_lib.explore.lens import Lens
from oko_lib.explore.topic import Behind, Spot, View
from oko_lib.explore.topics.parts import options, share_facts, work_offers
from oko_lib.explore.topics.training_quality_parts import (
    by_schools,
    chosen,
    named,
    opened,
)
from oko_lib.indicators.training_quality.tasks import BASIC
from oko_lib.report.columns import ColumnSpec
from oko_lib.report.figure import ReportFigure
from oko_lib.report.numbers import integer, is_missing, percent, points, points_with_interval, share_with_interval
from oko_lib.report.table import ReportTable
from oko_lib.report.training_quality import levels, one_work, words
from oko_lib.report.training_quality.context import ReportContext
from oko_lib.report.training_quality.skills import difference_of
from oko_lib.settings.loading import SettingsError
from oko_lib.settings.norms import Norm

_WHOLE = "весь муниципалитет"


# --- Tasks -----------------------------------------------------------------------------------------------------------


def skills_offers(lens: Lens, choice: Choice) -> Offers:
    """Offer the works with scores of tasks, then the schools that wrote the one chosen."""
    context = opened(lens, choice)
    tasks = context.results.region.tasks
    own = set(context.results.schools)
    wrote = {(work.subject, work.grade): sorted(own & set(work.sums.schools)) for work in tasks.works}
    offered = work_offers(sorted(key for key, schools in wrote.items() if schools), choice, every=False)
    schools = wrote.get((choice.subject, choice.grade), [])
    return {**offered, "school": options(by_schools(context, schools), all_of=_WHOLE)}


def draw_skills(lens: Lens, choice: Choice) -> View:
    """Show the tasks of a work: the municipality beside the region, or a school beside its own level."""
    context = opened(lens, choice)
    if not choice.subject:
        raise SettingsError("Баллов за задания ВПР этого года в данных нет.")
    rows = one_work.task_rows(context, choice.subject, choice.grade, choice.school)
    work = words.work(choice.subject, choice.grade)
    if rows.empty:
        whose = context.short_names.get(choice.school, context.place.nominative)
        raise SettingsError(f"{whose}: сравнить задания нельзя, участников или школ мало ({work}).")
    figure = one_work.tasks_figure(context, rows, work, choice.school)
    return View(
        table=one_work.tasks_table(context, rows, work, choice.school),
        figure=figure,
        text=_said(context, rows, work, choice.school),
        units={task: task for task in rows["task"].astype(str)},
        unit_title="Задание",
        spots=_spots(context, rows, figure, choice.school),
        behind=lambda task: _behind_task(context, rows, work, choice.school, task),
    )


def _said(context: ReportContext, rows: pd.DataFrame, work: str, school: str) -> str:
    whose = context.short_names[school] if school else context.place.nominative
    against = "ожидаемого" if school else "региона"
    parts = []
    for state, word in (("below", "ниже"), ("above", "выше")):
        tasks = rows.loc[rows["state"] == state, "task"].astype(str).tolist()
        if tasks:
            parts.append(f"неслучайно {word} {against} — задания {', '.join(tasks)}")
    if not rows["state"].notna().any():
        return f"{work}, {whose}: данных для вывода мало."
    return f"{work}, {whose}: {'; '.join(parts) or f'неслучайных отличий от {against} нет'}."


def _spots(context: ReportContext, rows: pd.DataFrame, figure: ReportFigure | None, school: str) -> tuple[Spot, ...]:
    """Tasks where their own completion is drawn; the heights are those of the region's marks, one per task."""
    if figure is None:
        return ()
    drawn = one_work.drawn_in_order(context, rows, school)
    drawn = drawn[drawn["region_share"].notna()]
    ring = next((line for line in figure.content.axes[1].lines if line.get_gid() == "region"), None)
    if ring is None:
        return ()
    return tuple(
        Spot(str(task), min(max(float(share), 0.0), 1.0), float(y), 1)
        for task, share, y in zip(drawn["task"], drawn["share"], ring.get_ydata(), strict=True)
        if not is_missing(share)
    )


def _behind_task(context: ReportContext, rows: pd.DataFrame, work: str, school: str, task: str) -> Behind | None:
    norms = context.results.session.norms
    whose = named(context, school) if school else context.place.nominative
    title = f"{whose}: {work}"
    how = ("Как считается", "набранные за задание баллы ÷ наибольшие возможные")
    method = "task_functioning" if school else "completion_zone"
    if not task:
        facts = (how, ("Заданий", integer(len(rows))), ("Учеников", integer(rows["n"].max())))
        return Behind(title, facts, (norms.false_discovery_rate, norms.minimum_group), method=method)
    found = rows[rows["task"].astype(str) == task]
    if found.empty:
        return None
    row = next(found.itertuples())
    facts = [how]
    if not str(row.skill_code).startswith("№"):
        facts.append(("Умение", f"{row.skill} ({row.skill_code})"))
    facts.append(("Из чего", f"{integer(row.points)} из {integer(row.possible)} баллов"))
    own = None if school else one_work.completion_of(row)
    facts.append(("Значение", percent(row.completion) if own is None else share_with_interval(own)))
    facts += [("Учеников", integer(row.n)), ("Регион", percent(row.region))]
    if school:
        gap = difference_of(row)
        facts.append(("Ожидалось", percent(row.expected)))
        facts.append(("Отличие от ожидаемого", "данных мало" if gap is None else points_with_interval(gap)))
        facts.append(("Вывод", words.told(words.PROFILE, row.state)))
    else:
        facts.append(("Отличие от региона", points(row.difference)))
        facts.append(("Вывод", words.told(words.BESIDE, row.state)))
    facts.append(("Зона", words.zone(row.zone, row.reliable)))
    units = None if school else _schools_of_task(context, row)
    return Behind(f"{title}, задание {task}", tuple(facts), _zone_norms(context, row.level), units, method)


def _zone_norms(context: ReportContext, level: str) -> tuple[Norm, ...]:
    norms = context.results.session.norms
    zone: tuple[Norm, ...] = ()
    if level:
        basic = level == BASIC
        zone = (
            (norms.basic_sufficient, norms.basic_insufficient)
            if basic
            else (norms.advanced_sufficient, norms.advanced_insufficient)
        )
    return (*zone, norms.false_discovery_rate, norms.minimum_group, norms.confidence_level)


def _schools_of_task(context: ReportContext, row) -> ReportTable:
    schools = context.results.region.tasks.schools
    if len(schools):
        schools = schools[
            (schools["subject"] == row.subject)
            & (schools["grade"] == row.grade)
            & (schools["task"] == row.task)
            & schools["school"].isin(context.results.schools)
        ]
    frame = pd.DataFrame(
        [
            {
                "school": context.short_names[str(one.school)],
                "n": one.n,
                "completion": one.completion,
                "expected": one.expected,
                "difference": difference_of(one),
                "state": words.told(words.PROFILE, one.state),
            }
            for one in schools.itertuples()
        ],
        columns=["school", "n", "completion", "expected", "difference", "state"],
    )
    return ReportTable.build(
        frame,
        [
            ColumnSpec("school", "Школа"),
            ColumnSpec("n", "Учеников", kind="integer"),
            ColumnSpec("completion", "Выполнение", kind="share"),
            ColumnSpec("expected", "Ожидалось", kind="share"),
            ColumnSpec("difference", "К ожидаемому", kind="points"),
            ColumnSpec("state", "Вывод"),
        ],
        caption=f"Школы: задание {row.task}",
        sort="school",
        empty="Сравнить школы по этому заданию нельзя: школ или участников мало.",
    )


# --- Levels ----------------------------------------------------------------------------------------------------------


def levels_offers(lens: Lens, choice: Choice) -> Offers:
    """Offer diagnostic works by domain and grade, and all of them."""
    rows = _levels_of_year(opened(lens, choice))
    works = {(str(row.domain), int(row.grade)) for row in rows[["domain", "grade"]].itertuples(index=False)}
    offered = work_offers(works, choice, every=True)
    subjects = [
        ("все работы" if not code else words.DOMAINS.get(str(code), str(code)), code) for _, code in offered["subject"]
    ]
    return {"subject": subjects, "grade": offered["grade"]}


def _levels_of_year(context: ReportContext) -> pd.DataFrame:
    rows = context.results.region.levels
    return rows[(rows["year"] == context.results.session.year) & rows["school"].isin(context.results.schools)]


def draw_levels(lens: Lens, choice: Choice) -> View:
    """Show levels of diagnostic works; of one work by school."""
    context = opened(lens, choice)
    results = context.results
    works = chosen(results.own.levels, choice, "domain")
    if works.empty:
        raise SettingsError("Результатов диагностических работ этого года в муниципалитете нет.")
    if choice.subject and choice.grade:
        return _of_work(context, works.iloc[0])
    beside = results.region_levels if results.beside_region else None
    before = chosen(results.own.levels_before, choice, "domain")
    return View(
        table=levels.levels_table(works, before, beside, context.numbering, results.session.year),
        figure=levels.levels_figure(context, works),
        text=levels.levels_sentence(context),
        units={name: name for name in (words.diagnostic(row.domain, row.grade) for row in works.itertuples())},
        unit_title="Работа",
        behind=lambda work: _behind_levels(context, works, work),
    )


def _schools_of(context: ReportContext, whole: pd.Series) -> pd.DataFrame:
    rows = context.results.own.school_levels
    return rows[(rows["domain"] == whole["domain"]) & (rows["grade"] == whole["grade"])]


def _of_work(context: ReportContext, whole: pd.Series) -> View:
    work = words.diagnostic(str(whole["domain"]), int(whole["grade"]))
    schools = _schools_of(context, whole)
    told = (
        f"не достигли базового уровня {share_with_interval(whole['below'])}"
        if whole["below"].given
        else "участников для вывода мало"
    )

    def behind(school: str) -> Behind | None:
        if not school:
            return _levels_behind(context, context.place.nominative, whole, work)
        found = schools[schools["school"] == school]
        return None if found.empty else _levels_behind(context, named(context, school), found.iloc[0], work)

    return View(
        table=levels.schools_of_work_table(context, schools, work),
        figure=levels.schools_of_work_figure(context, schools, whole, work),
        text=f"{work}: {told}.",
        units=by_schools(context, schools["school"]),
        behind=behind,
    )


def _levels_behind(
    context: ReportContext, whose: str, row: pd.Series, work: str, units: ReportTable | None = None
) -> Behind:
    norms = context.results.session.norms
    facts = share_facts(row["below"], "уровни «недостаточный» и «ниже базового» вместе ÷ участники работы")
    if row["reached"].given:
        facts = (*facts, ("Базовый уровень и выше", share_with_interval(row["reached"])))
    facts = (*facts, ("Участников", integer(row["n"])))
    return Behind(f"{whose}: {work}", facts, (norms.minimum_group, norms.confidence_level), units)


def _behind_levels(context: ReportContext, works: pd.DataFrame, work: str) -> Behind | None:
    norms = context.results.session.norms
    if not work:
        facts = (("Как считается", "участники с уровнем ÷ все участники работы"), ("Работ", integer(len(works))))
        return Behind(context.place.nominative, facts, (norms.minimum_group, norms.confidence_level))
    found = [row for _, row in works.iterrows() if words.diagnostic(row["domain"], row["grade"]) == work]
    if not found:
        return None
    units = levels.schools_of_work_table(context, _schools_of(context, found[0]), work)
    return _levels_behind(context, context.place.nominative, found[0], work, units)
