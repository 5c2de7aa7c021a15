"""Marks of ВПР by work, and schools against the usual spread of schools."""

from __future__ import annotations

import pandas as pd

from oko_lib.explore.choice import Choice, Offers
from oko_lib.explore.lens import Lens
from oko_lib.explore.topic import Behind, Spot, View
from oko_lib.explore.topics.parts import share_facts, work_offers
from oko_lib.explore.topics.training_quality_parts import (
    FORMULAS,
    by_schools,
    chosen,
    classes_table,
    named,
    opened,
    works_of_year,
)
from oko_lib.indicators.training_quality.marks import FAILING, GOOD
from oko_lib.report.numbers import integer, number, percent, points_with_interval, share_with_interval
from oko_lib.report.refusals import refusal_reason
from oko_lib.report.training_quality import marks, spread, words
from oko_lib.report.training_quality.context import ReportContext
from oko_lib.settings.loading import SettingsError
from oko_lib.settings.norms import Norm

_NONE = "Отметок за ВПР этого года в муниципалитете нет."
_CAVEAT = ("Оговорка", "работы разной трудности между собой не сравнивают; результаты ВПР не повод судить школу")


# --- Works -----------------------------------------------------------------------------------------------------------


def marks_offers(lens: Lens, choice: Choice) -> Offers:
    """Offer subjects and grades, and all of them."""
    return work_offers(works_of_year(opened(lens, choice)), choice, every=True)


def draw_marks(lens: Lens, choice: Choice) -> View:
    """Show marks by work; of one work by school."""
    context = opened(lens, choice)
    works = chosen(context.results.own.works, choice)
    if works.empty:
        raise SettingsError(_NONE)
    if choice.subject and choice.grade:
        return _of_work(context, works.iloc[0])
    results = context.results
    beside = results.region_works if results.beside_region else None
    caption = "Доли «2», «4» и «5» по предметам и классам"
    return View(
        table=marks.works_table(works, beside, context.numbering, caption),
        figure=marks.marks_figure(context, works),
        text=marks.failing_sentence(context) if len(works) == len(results.own.works) else _said(works),
        units={name: name for name in (words.work(row.subject, row.grade) for row in works.itertuples())},
        unit_title="Работа",
        behind=lambda work: _behind_work(context, works, work),
    )


def _said(works: pd.DataFrame) -> str:
    parts = [
        f"{words.work(row.subject, row.grade)} — {share_with_interval(row.failing)}"
        for row in works.itertuples()
        if row.failing.given
    ]
    return f"Доля «2»: {'; '.join(parts)}." if parts else "Участников для вывода мало."


def _of_work(context: ReportContext, whole: pd.Series) -> View:
    key = (str(whole["subject"]), int(whole["grade"]))
    work = words.work(*key)
    schools = context.results.own.schools_of_work(*key)
    return View(
        table=marks.schools_of_work_table(context, schools, work),
        figure=marks.schools_of_work_figure(context, schools, whole, work),
        text=_said(whole.to_frame().T),
        units=by_schools(context, schools["school"]),
        behind=lambda school: _behind_school_of_work(context, schools, key, whole, school),
    )


def _norms(context: ReportContext) -> tuple[Norm, ...]:
    norms = context.results.session.norms
    return (norms.minimum_group, norms.confidence_level, norms.failing_growth)


def _both(row: pd.Series) -> list[tuple[str, str]]:
    """Facts of the two shares; each under its own name."""
    facts: list[tuple[str, str]] = []
    for share, title in ((FAILING, "«2»"), (GOOD, "«4» и «5»")):
        facts += [(f"{title}: {label.lower()}", text) for label, text in share_facts(row[share], FORMULAS[share])]
    return facts


def _behind_work(context: ReportContext, works: pd.DataFrame, work: str) -> Behind | None:
    if not work:
        n = int(works["n"].sum())
        facts = (("Как считается", FORMULAS[FAILING]), ("Написано работ", integer(n)), _CAVEAT)
        return Behind(context.place.nominative, facts, _norms(context))
    found = [row for _, row in works.iterrows() if words.work(row["subject"], row["grade"]) == work]
    if not found:
        return None
    row = found[0]
    key = (str(row["subject"]), int(row["grade"]))
    facts = [*_both(row), ("Писали", f"{integer(row['n'])}, школ {integer(row['n_schools'])}")]
    change = row["failing_change"]
    if change.given:
        facts.append(("Изменение доли «2» за год", f"{points_with_interval(change)}: {marks.change_word(change)}"))
    elif not row["scale"].comparable:
        facts.append(("Изменение доли «2» за год", f"не сравнивается: {words.scale_reason(row['scale'])}"))
    elif change.refusal is not None:
        facts.append(("Изменение доли «2» за год", f"вывод невозможен: {refusal_reason(change.refusal, 'школа')}"))
    schools = context.results.own.schools_of_work(*key)
    units = marks.schools_of_work_table(context, schools, work)
    return Behind(f"{context.place.nominative}: {work}", (*facts, _CAVEAT), _norms(context), units, "change")


def _behind_school_of_work(
    context: ReportContext, schools: pd.DataFrame, key: tuple[str, int], whole: pd.Series, school: str
) -> Behind | None:
    work = words.work(*key)
    if not school:
        return Behind(f"{context.place.nominative}: {work}", (*_both(whole), _CAVEAT), _norms(context))
    found = schools[schools["school"] == school]
    if found.empty:
        return None
    title = f"{named(context, school)}: {work}"
    return Behind(title, (*_both(found.iloc[0]), _CAVEAT), _norms(context), classes_table(context, school, key))


# --- Schools and their spread ----------------------------------------------------------------------------------------


def schools_offers(lens: Lens, choice: Choice) -> Offers:
    """Offer the two shares of marks."""
    return {"measure": [("«2»", FAILING), ("«4» и «5»", GOOD)]}


def draw_schools(lens: Lens, choice: Choice) -> View:
    """Show schools against the spread of the region's schools on the same works."""
    context = opened(lens, choice)
    frame = context.results.own.schools
    if frame.empty:
        raise SettingsError(_NONE)
    share = choice.measure
    figure = spread.funnel_figure(context, share)
    points = spread.funnel_points(context, share)
    fit = context.results.region.marks.schools[share]
    why = ""
    if figure is None and fit.funnel.refusal is not None:
        why = f" Воронка не построена: {refusal_reason(fit.funnel.refusal, 'школа')}."
    return View(
        table=marks.schools_table(context),
        figure=figure,
        text=marks.schools_sentence(context) + why,
        units=by_schools(context, frame.index),
        spots=_spots(points, figure),
        behind=lambda school: _behind_school(context, share, school),
    )


def _spots(points: pd.DataFrame, figure) -> tuple[Spot, ...]:
    if figure is None:
        return ()
    ax = figure.content.axes[0]
    (x_low, x_high), (y_low, y_high) = ax.get_xlim(), ax.get_ylim()
    own = points[points["own"]]
    return tuple(
        Spot(row.school, min(max(float(row.n), x_low), x_high), min(max(float(row.share), y_low), y_high))
        for row in own.itertuples()
    )


def _behind_school(context: ReportContext, share: str, school: str) -> Behind | None:
    norms = context.results.session.norms
    used = (norms.minimum_group, norms.confidence_level, norms.false_discovery_rate, norms.funnel_outer_level)
    fit = context.results.region.marks.schools[share]
    if not school:
        facts = [("Как считается", FORMULAS[share])]
        if fit.funnel.refusal is None:
            facts.append(("В среднем по школам региона", percent(fit.funnel.theta)))
        return Behind(context.place.nominative, (*facts, _CAVEAT), used, method="funnel")
    frame = context.results.own.schools
    if school not in frame.index:
        return None
    row = frame.loc[school]
    facts = list(share_facts(row[share], FORMULAS[share], "работа"))
    if school in fit.units.index and fit.units.loc[school, "enough"]:
        unit = fit.units.loc[school]
        facts.append(("Ожидалось", f"{number(unit['expected'], 1)} отметок при долях региона на тех же работах"))
        facts.append(("С поправкой на набор работ", percent(unit["share"])))
    facts.append(("Среди школ региона", words.told(words.PLACES, row[f"{share}_place"])))
    facts.append(("За год", words.told(words.STATES, row[f"{share}_change"])))
    return Behind(named(context, school), (*facts, _CAVEAT), used, classes_table(context, school), "funnel")
