"""Talent: coverage of pupils by school against a border that can be moved."""

from __future__ import annotations

import pandas as pd

from oko_lib.explore.choice import Choice, Offers, Scale
from oko_lib.explore.lens import Lens
from oko_lib.explore.topic import Behind, View
from oko_lib.explore.topics.strip import strip
from oko_lib.explore.topics.talent_parts import NAME, by_schools, minimum_of, opened, words_of
from oko_lib.indicators.talent.units import complete_share
from oko_lib.methods.result import Estimate, Interval, RefusalReason
from oko_lib.report.columns import ColumnSpec
from oko_lib.report.grammar import count, listed
from oko_lib.report.numbers import NO_DATA, TOO_FEW, integer, is_missing, number, percent, share_with_interval
from oko_lib.report.table import ReportTable
from oko_lib.report.talent import coverage, words
from oko_lib.report.talent.context import ReportContext

#: Measure → label; the norm is of the first.
_MEASURES = {
    "covered": "Охват мероприятиями (сведения школ)",
    "olympians": "Школьный этап олимпиады",
}
_FORMULAS = {
    "covered": "охваченные мероприятиями для одарённых ÷ ученики {grades} классов; каждый ребёнок один раз",
    "olympians": "участвовавшие в школьном этапе ÷ ученики {grades} классов; каждый ребёнок один раз",
}
BELOW, REACHED = "ниже порога", "не ниже порога"
#: Names in a sentence.
_NAMED = 8


def coverage_offers(lens: Lens, choice: Choice) -> Offers:
    """Offer what is counted, and borders around the norm."""
    usual = 100 * lens.session(NAME, choice.year).norms.coverage_target.value
    return {
        "measure": [(title, code) for code, title in _MEASURES.items()],
        "threshold": Scale(0.0, max(40.0, 2 * usual), 1.0, usual, "Порог, %"),
    }


def draw_coverage(lens: Lens, choice: Choice) -> View:
    """Which schools lie below the border as it moves."""
    context = opened(lens, choice)
    border = _border(context, choice)
    own = context.results.summary
    estimates = estimates_of(context, choice.measure)
    states = {school: _state(estimate, border) for school, estimate in estimates.items()}
    names = by_schools(context, estimates)
    limit = f"{number(100 * border, 1)} %"
    figure, spots = strip(
        estimates,
        names,
        caption=f"{_MEASURES[choice.measure]}: школы и порог {limit}",
        title="Доля учеников, %",
        unit_title="Школа",
        x_range=_range(estimates, border),
        text=lambda value: percent(value, 0),
        line=border,
        line_name=f"порог {limit}",
    )
    return View(
        table=_table(context, choice.measure, estimates, states, border),
        figure=figure,
        text=_text(context, choice.measure, states, border) + ("" if figure else " Рисунка нет: долей нет."),
        units=names,
        spots=spots,
        behind=lambda school: _behind(context, school, choice.measure, border, own.coverage.target),
    )


def _border(context: ReportContext, choice: Choice) -> float:
    target = context.results.session.norms.coverage_target.value
    return target if choice.threshold is None else choice.threshold / 100


def estimates_of(context: ReportContext, measure: str) -> dict[str, Estimate]:
    """Return school → share; a complete count of the form has no interval, participation has Wilson's."""
    own, minimum = context.results.summary, minimum_of(context)
    participation = own.data.participation
    found = {}
    for school, row in own.coverage.schools.iterrows():
        estimate = complete_share(row[measure], row["pupils"], minimum)
        if measure == "olympians" and estimate.given and school in participation.index:
            known = participation.loc[school]
            level = own.norms.confidence_level.value
            estimate = Estimate(
                float(known["share"]),
                Interval(float(known["low"]), float(known["high"]), level),
                int(known["n"]),
                float(known["participants"]),
                float(known["n"]),
            )
        found[str(school)] = estimate
    return found


def _state(estimate: Estimate, border: float) -> str:
    """Exactly the border is not below it; judged by numbers of children, never by a rounded per cent."""
    if not estimate.given:
        return "м.д." if estimate.refusal and estimate.refusal.reason is RefusalReason.TOO_FEW else "нет данных"
    return REACHED if estimate.numerator >= border * estimate.denominator - 1e-9 else BELOW


def _sure(estimate: Estimate, border: float) -> str:
    if not estimate.given or estimate.interval is None:
        return "—"
    if estimate.interval.high < border:
        return "весь ниже порога"
    return "весь не ниже порога" if estimate.interval.low >= border else "задевает порог"


def _range(estimates: dict[str, Estimate], border: float) -> tuple[float, float]:
    """The scale stands still while the border moves within the usual."""
    highest = [estimate.interval.high if estimate.interval else estimate.value for estimate in estimates.values()
               if estimate.given]  # fmt: skip
    return 0.0, max(0.4, border, *highest) * 1.02


def _table(
    context: ReportContext, measure: str, estimates: dict[str, Estimate], states: dict[str, str], border: float
) -> ReportTable:
    limit = f"{number(100 * border, 1)} %"
    rows = [
        {
            "school": context.short_names[school],
            "n": estimate.n if estimate.n else NO_DATA,
            "part": estimate.numerator if estimate.given else _code(estimate),
            "share": estimate,
            "state": states[school],
            "sure": _sure(estimate, border),
        }
        for school, estimate in estimates.items()
    ]
    columns = [
        ColumnSpec("school", "Школа"),
        ColumnSpec("n", "Учеников", kind="integer"),
        ColumnSpec("part", "Из них, чел.", kind="integer"),
        ColumnSpec("share", "Доля", kind="share"),
        ColumnSpec("state", f"Порог {limit}"),
    ]
    if measure == "olympians":
        columns.append(ColumnSpec("sure", "Интервал"))
    return ReportTable.build(
        pd.DataFrame(rows, columns=["school", "n", "part", "share", "state", "sure"]),
        columns,
        caption=f"{_MEASURES[measure]}: школы и порог {limit}",
        sort="school",
        notes=(_note(context, measure),),
        empty="Численности обучающихся по классам в данных нет.",
    )


def _code(estimate: Estimate) -> str:
    too_few = estimate.refusal is not None and estimate.refusal.reason is RefusalReason.TOO_FEW
    return TOO_FEW if too_few else NO_DATA


def _note(context: ReportContext, measure: str) -> str:
    target = percent(context.results.session.norms.coverage_target.value, 0)
    if measure == "covered":
        return (
            f"Норма — не менее {target} по муниципалитету; школьных норм нет, порог здесь — проба. Сведения школ — "
            "полный счёт, интервала у него нет. Ровно порог — «не ниже»."
        )
    return (
        f"Норма {target} — об охвате мероприятиями, а не об олимпиаде; порог здесь — проба. Доли малых школ скачут "
        "сами по себе: смотрят, задевает ли порог интервал."
    )


def _text(context: ReportContext, measure: str, states: dict[str, str], border: float) -> str:
    own = context.results.summary
    head = coverage.coverage_sentence(own, context.short_names) if measure == "covered" else ""
    judged = [school for school, state in states.items() if state in (BELOW, REACHED)]
    if not judged:
        return head or "Долей по школам нет: мало данных или сведений нет."
    below = by_schools(context, [school for school in judged if states[school] == BELOW])
    limit = number(100 * border, 1)
    if not below:
        return f"{head} Ниже порога {limit} % школ нет (из {len(judged)}).".strip()
    named = list(below.values())
    shown = listed(named) if len(named) <= _NAMED else f"{listed(named[:_NAMED])} и ещё {len(named) - _NAMED}"
    return f"{head} Ниже порога {limit} % — {count(len(below), 'школа')} из {len(judged)}: {shown}.".strip()


def _behind(context: ReportContext, school: str, measure: str, border: float, target: float) -> Behind:
    norms = context.results.session.norms
    first, last = norms.coverage_grades
    formula = _FORMULAS[measure].format(grades=f"{first}–{last}")
    used = (norms.coverage_target, norms.coverage_first_grade, norms.minimum_group)
    own = context.results.summary.coverage
    if not school:
        total = own.by_form if measure == "covered" else own.by_olympiad
        facts = [("Как считается", formula), ("Значение", words_of(total, "ученик"))]
        if measure == "covered" and total.given:
            facts.append(
                ("Норма", f"не менее {percent(target, 0)}: {'выполнена' if own.target_met else 'не достигнута'}")
            )
        facts.append(("Интервал", "полный счёт всех учеников: интервала нет"))
        return Behind(context.place.nominative, tuple(facts), used)
    estimate = estimates_of(context, measure)[school]
    facts = [
        ("Как считается", formula),
        ("Значение", words_of(estimate, "ученик")),
        ("Порог", f"{number(100 * border, 1)} %: {_state(estimate, border)}"),
    ]
    method = ""
    participation = context.results.summary.data.participation
    if measure == "covered":
        facts.append(("Интервал", "сведения школы — полный счёт: интервала нет"))
    elif estimate.given:
        facts.append(("Интервал и порог", _sure(estimate, border)))
        if school in participation.index and not is_missing(participation.loc[school, "shrunk"]):
            row = participation.loc[school]
            bounds = Interval(float(row["shrunk_low"]), float(row["shrunk_high"]))
            shrunk = Estimate(float(row["shrunk"]), bounds, int(row["n"]))
            facts.append(("С поправкой на размер школы", share_with_interval(shrunk)))
            method = "shrinkage"
        used = (*used, norms.confidence_level)
    name = context.school_names.get(school, school)
    return Behind(name, tuple(facts), used, _grades(context, school), method)


def _grades(context: ReportContext, school: str) -> ReportTable:
    """Pupils of the school by grade, and how many of each were at the school stage."""
    data, norms = context.results.summary.data, context.results.session.norms
    low, high = norms.coverage_grades
    rows = data.enrolment
    rows = rows[(rows["year"] == data.year) & (rows["school"] == school) & rows["grade"].between(low, high)]
    entries = data.entries_of(data.year)
    home = entries[(entries["school"] == school) & (entries["stage"] == "school")]
    works = home.groupby("grade").size()
    frame = pd.DataFrame(
        {
            "grade": [integer(grade) for grade in rows["grade"]],
            "pupils": rows["pupils"].to_list(),
            "works": [int(works.get(grade, 0)) for grade in rows["grade"]],
        }
    )
    return ReportTable.build(
        frame,
        [
            ColumnSpec("grade", "Класс"),
            ColumnSpec("pupils", "Учеников", kind="integer"),
            ColumnSpec("works", f"Участий, {words.STAGES['school']} этап", kind="integer"),
        ],
        caption="Из чего складывается: классы школы",
        notes=("Сведения об охвате школа подаёт одним числом, по классам их нет.",),
        empty="Численности по классам нет.",
    )
