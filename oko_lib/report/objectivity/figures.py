"""Figures of the objectivity report."""

from __future__ import annotations

import pandas as pd

from oko_lib.indicators.objectivity.borders import WorkBorders
from oko_lib.report.figure import ReportFigure
from oko_lib.report.figures.dynamics import dynamics
from oko_lib.report.figures.funnel import funnel
from oko_lib.report.figures.histogram import border_histogram
from oko_lib.report.figures.stacked import agreement_bars, marks_distribution
from oko_lib.report.grammar import count
from oko_lib.report.numbers import percent
from oko_lib.report.objectivity import words
from oko_lib.report.objectivity.context import ReportContext, rows_by

_MARKS = (2, 3, 4, 5)
_SHARES = ("lowered", "confirmed", "raised")
_BOUNDS = ("lowered_low", "lowered_high", "raised_low", "raised_high")


def agreement_figure(context: ReportContext) -> ReportFigure:
    """Lowered, confirmed and raised by subject and grade beside the region."""
    agreement, own_code = context.results.region.agreement, context.results.session.municipality_code
    own = agreement.by_municipality_cell
    own = own[own["municipality_code"] == own_code].sort_values(["subject", "grade"])
    beside = rows_by(agreement.by_cell, "subject", "grade") if context.results.region.has_comparison else {}
    rows = []
    for row in own.to_dict("records"):
        for scope, source in (("own", row), ("region", beside.get((row["subject"], row["grade"])))):
            if source is not None:
                label = words.work(str(row["subject"]), int(row["grade"]))
                shares = {name: source[name] for name in (*_SHARES, *_BOUNDS)}
                rows.append({"label": label, "scope": scope, "n": int(source["n_pairs"]), **shares})
    total = context.results.total
    seen = f"{percent(total.lowered.value)} отметок понижены, {percent(total.raised.value)} повышены"
    return ReportFigure(
        agreement_bars(pd.DataFrame(rows)),
        number=context.numbering.figure("fig-agreement"),
        label="fig-agreement",
        caption=f"Отметки за ВПР и журнал: {seen if total.lowered.given else 'данных мало'}",
        alt=f"Столбцы по предметам и классам: доли понизивших, подтвердивших и повысивших отметку. Всего {seen}."
        if total.lowered.given
        else "Столбцы по предметам и классам; данных мало.",
    )


def marks_figure(context: ReportContext) -> ReportFigure:
    """Marks «2»–«5» by subject and grade beside the region."""
    region = context.results.region
    now = region.marks_of_year[region.marks_of_year["mark"].notna()]
    own = now["school"].isin(context.results.schools)
    minimum = context.results.session.norms.minimum_group.value
    rows = []
    for (subject, grade), marks in now.groupby(["subject", "grade"], observed=True):
        sides = [("own", marks[own.loc[marks.index]])] + ([("region", marks)] if region.has_comparison else [])
        if sides[0][1].empty:
            continue
        for scope, part in sides:
            shares = part["mark"].value_counts(normalize=True)
            given = {f"mark_{mark}": float(shares.get(mark, 0.0)) if len(part) >= minimum else None for mark in _MARKS}
            rows.append({"label": words.work(str(subject), int(grade)), "scope": scope, "n": len(part), **given})
    return ReportFigure(
        marks_distribution(pd.DataFrame(rows)),
        number=context.numbering.figure("fig-marks"),
        label="fig-marks",
        caption="Отметки за ВПР по предметам и классам рядом с регионом",
        alt="Столбцы по предметам и классам: доли отметок «2», «3», «4» и «5» в муниципалитете и в регионе.",
    )


#: Direction of the difference → how the funnel names it: axis, share in captions.
_FUNNEL_WORDS = {
    "lowered": ("Доля пониженных отметок", "пониженных"),
    "confirmed": ("Доля подтверждённых отметок", "подтверждённых"),
    "raised": ("Доля повышенных отметок", "повышенных"),
}
#: One range of the share axis for all municipalities: rarely is the lowered share of a school above four fifths.
_FUNNEL_RANGES = {"lowered": (0.0, 0.8), "confirmed": (0.0, 1.0), "raised": (0.0, 0.8)}


def funnel_points(context: ReportContext, direction: str = "lowered") -> pd.DataFrame:
    """Schools of the region with enough pairs: school, n, share, own, label (of own ones)."""
    fit = context.results.region.agreement.schools[direction]
    units = fit.units[fit.units["enough"] & fit.units["share"].notna()].reset_index()
    return pd.DataFrame(
        {
            "school": units["school"],
            "n": units["n"],
            "share": units["share"],
            "own": units["school"].isin(context.results.schools),
            "label": [context.short_names.get(school, "") for school in units["school"]],
            "flagged": units["flagged"].astype(bool),
        }
    )


def funnel_figure(
    context: ReportContext, direction: str = "lowered", border: float | None = None
) -> ReportFigure | None:
    """Marks of one direction by school against the spread of the region; None where the spread cannot be told.

    Parameters
    ----------
    context : ReportContext
    direction : str
        ``lowered``, ``confirmed`` or ``raised``.
    border : float, optional
        A share to be tried on the schools, drawn as a line.
    """
    fit = context.results.region.agreement.schools[direction]
    if fit.funnel.refusal is not None:
        return None
    points = funnel_points(context, direction)
    title, named = _FUNNEL_WORDS[direction]
    outside = int(points[points["own"]]["flagged"].sum())
    what = count(outside, "школа") if outside else "ни одной школы"
    return ReportFigure(
        funnel(
            points,
            fit.curves,
            fit.funnel.theta,
            y_title=title,
            x_title="Число пар отметок",
            y_range=_FUNNEL_RANGES[direction],
            border=border,
        ),
        number=context.numbering.figure("fig-funnel"),
        label="fig-funnel",
        caption=f"{title} и размер школы: неслучайно отличаются {what} муниципалитета"
        if outside
        else f"{title} и размер школы: школы муниципалитета в пределах разброса региона",
        alt=f"Воронка: точки — школы, по горизонтали число пар отметок, по вертикали доля {named}; линии — пределы.",
    )


def border_figure(context: ReportContext, work: WorkBorders | None = None) -> ReportFigure | None:
    """Scores of a work, by default of the one with the largest number of pupils for which the method answers."""
    work = work or leading_work(context)
    if work is None or work.result.refusal is not None:
        return None
    result = work.result
    return ReportFigure(
        border_histogram(
            result.counts,
            dict(zip((3, 4, 5), work.borders, strict=True)),
            expected=result.expected,
            y_max=0.16,
        ),
        number=context.numbering.figure("fig-border"),
        label="fig-border",
        caption=f"{words.work(work.subject, work.grade)}: баллы участников и ожидаемое гладкое распределение",
        alt="Столбцы — доля работ с каждым баллом; линия — ожидаемое распределение; отмечены границы отметок.",
    )


def leading_work(context: ReportContext) -> WorkBorders | None:
    """The work whose distribution is drawn: answered, most pupils, first by name when equal."""
    answered = [work for work in context.results.borders if work.result.refusal is None]
    return min(answered, key=lambda work: (-work.result.n, work.subject, work.grade)) if answered else None


def dynamics_figure(context: ReportContext) -> ReportFigure | None:
    """Shares by year beside the region; None for a single year."""
    own, region = context.results.dynamics, context.results.region.dynamics
    if len(own.years) < 2:
        return None
    rows = []
    sides = [("own", own)] + ([("region", region)] if context.results.region.has_comparison else [])
    for scope, source in sides:
        for _, row in source.by_year.iterrows():
            rows += [
                {
                    "panel": words.DIRECTIONS[name],
                    "scope": scope,
                    "year": int(row["year"]),
                    "value": row[name],
                    "low": row[f"{name}_low"],
                    "high": row[f"{name}_high"],
                    "n": int(row["n_pairs"]),
                }
                for name in _SHARES
            ]
    state = words.change(own.changes["confirmed"])
    return ReportFigure(
        dynamics(pd.DataFrame(rows), years=own.years),
        number=context.numbering.figure("fig-dynamics"),
        label="fig-dynamics",
        caption=f"Соответствие отметок по годам; доля подтвердивших: {state}",
        alt="Три графика по годам: доли понизивших, подтвердивших и повысивших отметку с интервалами, рядом регион.",
    )
