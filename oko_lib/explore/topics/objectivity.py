"""Objectivity of ВПР on the screen."""

from __future__ import annotations

from oko_lib.explore.choice import Choice, Offers
from oko_lib.explore.lens import Lens
from oko_lib.explore.topic import Behind, Explored, Spot, Topic, View
from oko_lib.explore.topics import objectivity_compare, objectivity_works
from oko_lib.explore.topics.objectivity_parts import FORMULAS, NAME, by_schools, classes_of, named, opened
from oko_lib.explore.topics.parts import share_facts
from oko_lib.indicators.objectivity.municipality import municipality_objectivity
from oko_lib.indicators.years import VPR_TABLES
from oko_lib.report.numbers import number
from oko_lib.report.objectivity import agreement, attention, dynamics, figures, overview, words
from oko_lib.report.objectivity.context import ReportContext, row_of, share
from oko_lib.report.refusals import refusal_reason
from oko_lib.settings.norms import load_objectivity_norms

_MEASURES = [("Понизили", "lowered"), ("Подтвердили", "confirmed"), ("Повысили", "raised")]


def _measures(lens: Lens, choice: Choice) -> Offers:
    return {"measure": _MEASURES}


def _schools(lens: Lens, choice: Choice) -> View:
    context = opened(lens, choice)
    fit = context.results.region.agreement.schools[choice.measure]
    figure = figures.funnel_figure(context, choice.measure)
    points = figures.funnel_points(context, choice.measure)
    refusal = fit.funnel.refusal
    why = f" Воронка не построена: {refusal_reason(refusal, 'школа')}." if refusal is not None else ""
    return View(
        table=agreement.schools_table(context),
        figure=figure,
        text=overview.schools_sentence(context) + why,
        units=by_schools(context, context.schools_of_year()),
        spots=tuple(Spot(row.school, row.n, row.share) for row in points[points["own"]].itertuples() if figure),
        behind=lambda school: _behind_school(context, school, choice.measure),
    )


def _behind_school(context: ReportContext, school: str, measure: str) -> Behind:
    region, norms = context.results.region, context.results.session.norms
    if not school:
        facts = share_facts(getattr(context.results.total, measure), FORMULAS[measure], "пара отметок")
        return Behind(context.place.nominative, facts, (norms.minimum_group,), method="agreement")
    fit = region.agreement.schools[measure]
    row = row_of(region.agreement.by_school, school=school)
    facts = share_facts(share(row, measure), FORMULAS[measure], "пара отметок")
    if school in fit.units.index and fit.units.loc[school, "enough"]:
        unit = fit.units.loc[school]
        expected = f"{number(unit['expected'], 1)} отметок при долях региона на тех же работах"
        facts = (*facts, ("Ожидалось", expected))
    facts = (*facts, ("Отличие от школ региона", words.unit_verdict(fit, school)))
    used = (norms.minimum_group, norms.confidence_level, norms.false_discovery_rate, norms.funnel_outer_level)
    return Behind(named(context, school), facts, used, classes_of(context, school), "funnel")


def _attention(lens: Lens, choice: Choice) -> View:
    context = opened(lens, choice)
    found = {item.school: item for item in context.results.attention}

    def behind(school: str) -> Behind:
        norms = context.results.session.norms
        used = (norms.false_discovery_rate, norms.evidence_minimum_schools)
        if school not in found:
            return Behind(context.place.nominative, (("Вывод", attention.attention_sentence(context)),), used)
        item = found[school]
        seen = words.PATTERNS[item.pattern] if item.pattern else "школу называет опубликованный список этого года"
        chance = "" if item.adjusted_p is None else number(item.adjusted_p, 4)
        facts = [
            ("Что видно в данных", seen),
            ("Где", words.works_list(item.subjects, item.grades, item.years) or "—"),
            ("Вероятность случайности с поправкой на число школ", chance or "—"),
            ("Учеников в сравнении", number(item.n_pupils)),
            ("Что проверить", words.CHECKS[item.pattern]),
        ]
        return Behind(named(context, school), tuple(facts), used, classes_of(context, school), "school_evidence")

    return View(
        table=attention.attention_table(context),
        figure=None,
        text=attention.attention_sentence(context),
        units=by_schools(context, found),
        behind=behind,
    )


def _years(lens: Lens, choice: Choice) -> View:
    context = opened(lens, choice)
    norms = context.results.session.norms
    facts = (("Как считается", "изменение доли от первого года к последнему на работах, писавшихся каждый год"),)
    return View(
        table=dynamics.dynamics_table(context),
        figure=figures.dynamics_figure(context),
        text=f"{dynamics.dynamics_sentence(context)} {dynamics.repetition_sentence(context)}",
        behind=lambda _: Behind(
            context.place.nominative, facts, (norms.dynamics_years, norms.confidence_level), method="change"
        ),
    )


EXPLORED = Explored(
    name=NAME,
    title_ru="Объективность ВПР",
    tables=VPR_TABLES,
    norms=load_objectivity_norms,
    open=lambda session: ReportContext(municipality_objectivity(session)),
    topics=(
        Topic(
            "schools",
            "Школы и обычный разброс",
            "Какие школы отличаются от региона больше, чем объясняет их размер?",
            _schools,
            _measures,
        ),
        Topic(
            "threshold",
            "Граница доли: что за ней окажется",
            "Сколько школ попадёт за выбранную границу и сколько из них отличаются неслучайно?",
            objectivity_compare.draw_threshold,
            objectivity_compare.threshold_offers,
        ),
        Topic(
            "works",
            "Предметы и классы",
            "Где отметки за ВПР и в журнале расходятся?",
            objectivity_works.draw_works,
            objectivity_works.works_offers,
        ),
        Topic(
            "border",
            "Баллы у границ отметок",
            "Собираются ли баллы ровно на границах?",
            objectivity_works.draw_border,
            objectivity_works.border_offers,
        ),
        Topic(
            "compare_schools",
            "Две школы рядом",
            "Чем одна школа отличается от другой?",
            objectivity_compare.draw_schools,
            objectivity_compare.schools_offers,
        ),
        Topic(
            "compare_years",
            "Два года рядом",
            "Что изменилось за это время в школе или муниципалитете?",
            objectivity_compare.draw_years,
            objectivity_compare.years_offers,
        ),
        Topic("years", "Динамика", "Как менялось соответствие отметок на сопоставимых работах?", _years),
        Topic(
            "attention",
            "Школы, требующие внимания",
            "Где совокупность сигналов отличается неслучайно и что проверить?",
            _attention,
        ),
    ),
)
