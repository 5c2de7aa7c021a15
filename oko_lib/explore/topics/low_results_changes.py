"""What changed in the results of schools, and one school over the years."""

from __future__ import annotations

from datetime import date

from oko_lib.explore.choice import Choice, Offers
from oko_lib.explore.lens import Lens
from oko_lib.explore.topic import Behind, Spot, View
from oko_lib.explore.topics.low_results_parts import (
    NAME,
    SUCCESS_FORMULA,
    by_schools,
    named,
    opened,
    outcomes_table,
)
from oko_lib.explore.topics.parts import options, share_facts
from oko_lib.indicators.low_results.dynamics import MeasureChange
from oko_lib.indicators.low_results.school import school_low_results
from oko_lib.indicators.share_estimates import share_estimates
from oko_lib.report.figure import ReportFigure
from oko_lib.report.findings import Finding
from oko_lib.report.low_results import changes, words
from oko_lib.report.low_results.context import ReportContext
from oko_lib.report.low_results.school import SchoolReport
from oko_lib.report.numbers import integer, is_missing, percent, points, points_with_interval
from oko_lib.settings.loading import SettingsError
from oko_lib.settings.norms import Norm

_LISTED = "listed"


# --- Schools of the municipality -------------------------------------------------------------------------------------


def changes_offers(lens: Lens, choice: Choice) -> Offers:
    """Offer listed schools over all measures, and all schools measure by measure."""
    context = opened(lens, choice)
    measures = [
        (f"Все школы: {change.measure.short_ru}", str(change.measure.number))
        for change in context.results.region.dynamics.measures
    ]
    listed = [("Школы списков, все показатели", _LISTED)] if context.results.listed else []
    return {"measure": [*listed, *measures]}


def _measure(context: ReportContext, code: str) -> MeasureChange | None:
    found = (item for item in context.results.region.dynamics.measures if str(item.measure.number) == code)
    return next(found, None)


def draw_changes(lens: Lens, choice: Choice) -> View:
    """Show what changed: the report's table and figure of listed schools, or all schools in one measure."""
    context = opened(lens, choice)
    measure = _measure(context, choice.measure)
    if measure is None and choice.measure != _LISTED:
        raise SettingsError("Результатов экзаменов и диагностических работ за два года нет: сравнивать нечего.")
    schools = context.results.listed if measure is None else tuple(context.results.schools)
    measures = context.results.region.dynamics.measures if measure is None else (measure,)
    told = changes.change_rows(measures, schools, context.short_names)
    drawn = changes.drawn_changes(context, measure)
    figure = changes.figure_of(context, drawn) if drawn else None
    units = by_schools(context, dict.fromkeys(told["school_id"]))
    spots = _spots(list(drawn.rows["school_id"]), figure) if drawn and figure else ()
    return View(
        table=changes.changes_table(context, measure),
        figure=figure,
        text=_said(context, measure) + ("" if figure else " Рисунка нет: результатов за два года нет."),
        units=units,
        # Where nobody was on the base list, the report draws all schools, the table has the listed ones.
        spots=tuple(spot for spot in spots if spot.unit in units),
        behind=lambda school: _behind(context, school, measure),
    )


def _said(context: ReportContext, measure: MeasureChange | None) -> str:
    if measure is None:
        return " ".join([*changes.changed_sentences(context), changes.strongest_sentence(context)])
    own = measure.schools[measure.schools.index.isin(list(context.results.schools))]
    counts = {state: int((own["state"] == state).sum()) for state in words.STATES}
    judged = sum(counts.values())
    if not judged:
        return f"{measure.measure.short_ru}: для вывода данных мало."
    parts = [f"{word} — {counts[state]}" for state, word in words.STATES.items()]
    return f"{measure.measure.short_ru}, школ с выводом {judged}: {', '.join(parts)}."


def _spots(schools: list[str], figure: ReportFigure) -> tuple[Spot, ...]:
    """Places of the marks of this year, and of the changes beside them."""
    shares = figure.content.axes[1]
    now = next(line for line in shares.lines if line.get_gid() == "now")
    # Every row drawn has a change, so it has a share of this year.
    places = zip(schools, now.get_xdata(), now.get_ydata(), strict=True)
    return tuple(Spot(school, float(x), float(y), 1) for school, x, y in places)


def _norms(context: ReportContext) -> tuple[Norm, ...]:
    norms = context.results.session.norms
    return (norms.minimum_group, norms.confidence_level, norms.dynamics_minimum_schools)


_HOW = "доля успешных этого года минус доля прошлого, минус общий сдвиг региона"


def _behind(context: ReportContext, school: str, measure: MeasureChange | None) -> Behind | None:
    results = context.results
    if not school:
        return Behind(
            context.place.nominative,
            (("Как считается", _HOW), ("Вывод", _said(context, measure))),
            _norms(context),
            method="change",
        )
    if school not in context.short_names:
        return None
    measures = results.region.dynamics.measures if measure is None else (measure,)
    facts = [("Как считается", _HOW)]
    for change in measures:
        if school in change.schools.index:
            facts += _change_facts(change, school, prefix=measure is None)
    procedures = [name for change in measures for name in change.measure.procedures]
    units = outcomes_table(results.region, school, results.session.norms, procedures)
    return Behind(named(context, school), tuple(facts), _norms(context), units, "change")


def _change_facts(change: MeasureChange, school: str, *, prefix: bool) -> list[tuple[str, str]]:
    row = change.schools.loc[school]
    of = f"{change.measure.brief_ru}: " if prefix else ""
    facts = []
    for when, n, share in (("год назад", "n_previous", "share_previous"), ("этот год", "n_last", "share_last")):
        if not is_missing(row[share]):
            facts.append((f"{of}{when}", f"{percent(row[share])} из {integer(row[n])} участников"))
    relative = changes.estimate(row, "relative", row["n_last"])
    if relative is not None:
        facts.append((f"{of}сверх сдвига региона", points_with_interval(relative)))
    if change.common_change is not None and not prefix:
        facts.append(("Общий сдвиг региона", points(change.common_change)))
    if isinstance(row["state"], str) and row["state"] in words.STATES:
        facts.append((f"{of}вывод", words.STATES[row["state"]]))
    else:
        facts.append((f"{of}вывод", "вывода нет: участников или школ мало, или нет двух лет"))
    return facts if prefix else [(label[:1].upper() + label[1:], text) for label, text in facts]


# --- One school ------------------------------------------------------------------------------------------------------


def school_offers(lens: Lens, choice: Choice) -> Offers:
    """Offer the schools of the municipality with results of the year."""
    context = opened(lens, choice)
    return {"school": options(by_schools(context, context.results.schools_now))}


def sheet(lens: Lens, choice: Choice) -> SchoolReport:
    """Return the report on the school chosen, made once."""
    if not choice.school:
        raise SettingsError("В муниципалитете нет школ с результатами за этот год.")
    session = opened(lens, choice).results.session

    def made() -> SchoolReport:
        return SchoolReport(school_low_results(session, choice.school), date.today())

    return lens.keep((NAME, "school", session.year, choice.municipality, choice.school), made)


def draw_school(lens: Lens, choice: Choice) -> View:
    """Show one school over the years and how its results changed: as its own report does."""
    context, report = opened(lens, choice), sheet(lens, choice)
    lines = report.lines_figure()
    figure = lines if isinstance(lines, ReportFigure) else None
    measured = {str(change.measure.number): change for change, row in report.results.changes if _told(row)}
    text = " ".join(str(item.text if isinstance(item, Finding) else item) for item in report.findings().items)
    return View(
        table=report.changes_table(),
        figure=figure,
        text=f"{context.short_names[choice.school]}. {text}",
        units={number: change.measure.brief_ru for number, change in measured.items()},
        unit_title="Показатель",
        spots=_panels(report, measured, figure) if figure else (),
        behind=lambda number: _behind_measure(context, choice.school, measured, number),
    )


def _told(row) -> bool:
    return not (is_missing(row["share_last"]) and is_missing(row["share_previous"]))


def _panels(report: SchoolReport, measured: dict[str, MeasureChange], figure: ReportFigure) -> tuple[Spot, ...]:
    """Last points of the panels, which stand in the order of the school's procedures of the year."""
    own, year = report.results.shares, report.results.session.year
    now = own[own["year"] == year]
    # Panels stand in the order in which the years of the series name them.
    present = set(now["procedure"])
    order = [name for name in dict.fromkeys(own["procedure"]) if name in present]
    shares = dict(zip(now["procedure"], now["success"], strict=True))
    spots = []
    for number, change in measured.items():
        for procedure in change.measure.procedures:
            if procedure in shares and shares[procedure].given and len(figure.content.axes) >= len(order):
                spots.append(Spot(number, float(year), float(shares[procedure].value), order.index(procedure)))
    return tuple(spots)


def _behind_measure(
    context: ReportContext, school: str, measured: dict[str, MeasureChange], number: str
) -> Behind | None:
    results = context.results
    norms = results.session.norms
    if number not in measured:
        if number:
            return None
        facts = (("Как считается", _HOW),)
        return Behind(named(context, school), facts, _norms(context), outcomes_table(results.region, school, norms))
    change = measured[number]
    facts = []
    outcomes = results.region.outcomes
    for procedure in change.measure.procedures:
        rows = outcomes[
            (outcomes["school"] == school)
            & (outcomes["procedure"] == procedure)
            & (outcomes["year"] == results.session.year)
            & outcomes["n_success"].notna()
        ]
        for estimate in share_estimates(rows["n_success"].astype(float), rows["n"], norms):
            formula = f"{words.procedure(procedure)}: {SUCCESS_FORMULA} (доля {words.success(procedure)})"
            facts += share_facts(estimate, formula)
    facts += _change_facts(change, school, prefix=False)
    units = outcomes_table(results.region, school, norms, change.measure.procedures)
    title = f"{named(context, school)}: {change.measure.short_ru}"
    return Behind(title, tuple(facts), _norms(context), units, "change")
