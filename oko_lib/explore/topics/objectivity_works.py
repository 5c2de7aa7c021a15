"""Objectivity of ВПР by work: agreement with the journal, scores at the borders of marks."""

from __future__ import annotations

import pandas as pd

from oko_lib.explore.choice import Choice, Offers
from oko_lib.explore.lens import Lens
from oko_lib.explore.topic import Behind, View
from oko_lib.explore.topics.objectivity_parts import FORMULAS, by_schools, named, opened
from oko_lib.explore.topics.parts import options, share_facts
from oko_lib.indicators.objectivity.borders import WorkBorders
from oko_lib.report.columns import ColumnSpec
from oko_lib.report.figure import ReportFigure
from oko_lib.report.figures.histogram import border_histogram
from oko_lib.report.figures.stacked import agreement_bars
from oko_lib.report.numbers import integer
from oko_lib.report.objectivity import agreement, borders, figures, overview, words
from oko_lib.report.objectivity.context import ReportContext, row_of, share
from oko_lib.report.refusals import refusal_sentence
from oko_lib.report.table import ReportTable
from oko_lib.settings.loading import SettingsError

_SHARES = ("lowered", "confirmed", "raised")
_BOUNDS = ("lowered_low", "lowered_high", "raised_low", "raised_high")
_WHOLE = "весь муниципалитет"


def works_offers(lens: Lens, choice: Choice) -> Offers:
    """Offer the municipality as a whole and each of its schools."""
    context = opened(lens, choice)
    return {"school": options(by_schools(context, context.schools_of_year()), all_of=_WHOLE)}


def draw_works(lens: Lens, choice: Choice) -> View:
    """Agreement by subject and grade, of the municipality or of one school beside it."""
    context = opened(lens, choice)
    if choice.school:
        return _school_works(context, choice.school)
    units = {words.work(*work): words.work(*work) for work in context.results.works}
    return View(
        table=agreement.works_table(context),
        figure=figures.agreement_figure(context),
        text=f"{overview.confirmed_sentence(context)} {overview.direction_sentence(context)}",
        units=units,
        unit_title="Работа",
        behind=lambda work: _behind_work(context, work, ""),
    )


def _school_works(context: ReportContext, school: str) -> View:
    cells = context.results.region.agreement.by_school_cell
    own = cells[cells["school"] == school].sort_values(["subject", "grade"])
    if own.empty:
        raise SettingsError(f"{named(context, school)}: работ этого года нет.")
    name = context.short_names[school]
    pairs = [(words.work(str(row["subject"]), int(row["grade"])), row) for _, row in own.iterrows()]
    rows = [agreement.work_row(label, row) for label, row in pairs]
    table = ReportTable.build(
        pd.DataFrame(rows),
        agreement.works_columns(context.results.session.norms),
        caption=f"{name}: соответствие отметок за ВПР отметкам журнала по предметам и классам",
        sort="work",
        notes=("«м.д.» — пар отметок меньше, чем позволяет делать вывод.",),
    )
    return View(
        table=table,
        figure=_bars(context, name, pairs),
        units={label: label for label, _ in pairs},
        unit_title="Работа",
        behind=lambda work: _behind_work(context, work, school),
    )


def _bars(context: ReportContext, name: str, pairs: list[tuple[str, pd.Series]]) -> ReportFigure:
    beside = context.results.region.agreement.by_municipality_cell
    code = context.results.session.municipality_code
    drawn = []
    for label, row in pairs:
        work = {"municipality_code": code, "subject": row["subject"], "grade": row["grade"]}
        for scope, source in (("own", row), ("region", row_of(beside, **work))):
            shares = {column: source[column] for column in (*_SHARES, *_BOUNDS)}
            drawn.append({"label": label, "scope": scope, "n": int(source["n_pairs"]), **shares})
    return ReportFigure(
        agreement_bars(pd.DataFrame(drawn), own="школа", region="муниципалитет"),
        caption=f"{name}: отметки за ВПР и журнал рядом с муниципалитетом",
        alt="Столбцы по предметам и классам: доли понизивших, подтвердивших и повысивших отметку.",
    )


def _behind_work(context: ReportContext, work: str, school: str) -> Behind:
    results, norms = context.results, context.results.session.norms
    whose = named(context, school) if school else context.place.nominative
    if not work:
        if school:
            row = row_of(results.region.agreement.by_school, school=school)
            return Behind(whose, share_facts(share(row, "lowered"), FORMULAS["lowered"], "пара отметок"))
        return Behind(whose, share_facts(results.total.lowered, FORMULAS["lowered"], "пара отметок"))
    subject, grade = next(key for key in results.works if words.work(*key) == work)
    cells = results.region.agreement.by_school_cell
    units = agreement.schools_of_work_table(context, subject, grade)
    if school:
        row = row_of(cells, school=school, subject=subject, grade=grade)
        facts = share_facts(share(row, "lowered"), FORMULAS["lowered"], "пара отметок")
        units = None
    else:
        facts = share_facts(results.works[subject, grade].lowered, FORMULAS["lowered"], "пара отметок")
    return Behind(f"{whose}: {work}", facts, (norms.minimum_group, norms.substantial_difference), units, "agreement")


def border_offers(lens: Lens, choice: Choice) -> Offers:
    """Offer the works of the municipality, then the schools that wrote the one chosen."""
    context = opened(lens, choice)
    works = context.results.borders
    subjects = sorted({work.subject for work in works})
    subject = choice.subject if choice.subject in subjects else subjects[0] if subjects else ""
    grades = sorted({work.grade for work in works if work.subject == subject})
    cells = context.results.region.agreement.by_school_cell
    wrote = cells[(cells["subject"] == subject) & (cells["grade"] == choice.grade)]["school"]
    schools = [school for school in wrote if school in context.results.schools]
    return {
        "subject": [(name, name) for name in subjects],
        "grade": [(f"{grade} класс", grade) for grade in grades],
        "school": options(by_schools(context, schools), all_of=_WHOLE),
    }


def draw_border(lens: Lens, choice: Choice) -> View:
    """Scores of one work with the borders of marks, of the municipality or of one school."""
    context = opened(lens, choice)
    found = [work for work in context.results.borders if (work.subject, work.grade) == (choice.subject, choice.grade)]
    if not found:
        raise SettingsError("Такой работы в этом году нет: выберите другой предмет или класс.")
    (work,) = found
    table = borders.one_work_table(context, work)
    units = {str(border.mark): f"«{border.mark}»" for border in work.result.borders}
    text, figure = " ".join(borders.sentences(context)), figures.border_figure(context, work)
    if choice.school:
        text, figure = _school_scores(context, work, choice.school)
    elif figure is None and work.result.refusal is not None:
        text = f"{words.work(work.subject, work.grade)}: {refusal_sentence(work.result.refusal, 'работа')}."
    return View(
        table=table,
        figure=figure,
        text=text,
        units=units,
        unit_title="Граница",
        behind=lambda mark: _behind_border(context, work, mark),
    )


def _school_scores(context: ReportContext, work: WorkBorders, school: str) -> tuple[str, ReportFigure | None]:
    """Scores of one school; what a smooth distribution would give is known of the municipality only."""
    marks = context.results.region.marks_of_year
    own = marks[(marks["school"] == school) & (marks["subject"] == work.subject) & (marks["grade"] == work.grade)]
    scores = own["primary_score"].dropna().astype(int)
    least = int(context.results.session.norms.minimum_histogram.value)
    name = context.short_names[school]
    if len(scores) < least:
        return f"{name}: работ {integer(len(scores))}. Распределение информативно, если их не меньше {least}.", None
    counts = scores.value_counts().reindex(range(work.result.max_score + 1), fill_value=0).tolist()
    figure = ReportFigure(
        border_histogram(counts, dict(zip((3, 4, 5), work.borders, strict=True)) if work.borders else {}, y_max=0.16),
        caption=f"{name}: {words.work(work.subject, work.grade)}, баллы участников",
        alt="Столбцы — доля работ с каждым баллом; отмечены границы отметок.",
    )
    return f"{name}: {integer(len(scores))} работ. Таблица рядом — по муниципалитету.", figure


def _behind_border(context: ReportContext, work: WorkBorders, mark: str) -> Behind:
    norms, result = context.results.session.norms, work.result
    title = f"{context.place.nominative}: {words.work(work.subject, work.grade)}"
    used = (norms.border_minimum_free_scores, norms.border_minimum_near, norms.minimum_histogram)
    facts = [("Как считается", "работ с баллом ровно на границе ÷ столько, сколько даёт гладкое распределение")]
    if result.refusal is not None:
        facts.append(("Значение", refusal_sentence(result.refusal, "работа")))
    for border in result.borders:
        if mark in ("", str(border.mark)):
            seen = f"{integer(border.observed)} работ с баллом {border.border}, ожидалось {integer(border.expected)}"
            facts.append((f"Граница «{border.mark}»", seen))
    facts.append(("Всего работ", integer(result.n)))
    return Behind(title, tuple(facts), used, _background(context, work), "border_excess")


def _background(context: ReportContext, work: WorkBorders) -> ReportTable:
    scores = pd.DataFrame({"score": range(len(work.result.counts)), "works": work.result.counts})
    if work.result.expected:
        scores["expected"] = work.result.expected
    columns = [ColumnSpec("score", "Балл", kind="integer"), ColumnSpec("works", "Работ", kind="integer")]
    if work.result.expected:
        columns.append(ColumnSpec("expected", "Ожидалось", kind="number"))
    return ReportTable.build(scores, columns, caption=f"{words.work(work.subject, work.grade)}: работы по баллам")
