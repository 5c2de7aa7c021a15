"""Schools of the municipality against the usual spread of the region's schools in marks of ВПР."""

from __future__ import annotations

import pandas as pd

from oko_lib.indicators.training_quality.marks import FAILING, GOOD
from oko_lib.report.figure import ReportFigure
from oko_lib.report.figures.funnel import funnel
from oko_lib.report.grammar import count
from oko_lib.report.training_quality.context import QualityContext

TITLES = {FAILING: "Доля «2»", GOOD: "Доля «4» и «5»"}
#: One range of the axis for all municipalities.
_RANGES = {FAILING: (0.0, 0.6), GOOD: (0.0, 1.0)}


def funnel_points(context: QualityContext, share: str) -> pd.DataFrame:
    """Schools of the region with enough works: school, n, share (standardised), own, label (of own ones), flagged."""
    fit = context.results.region.marks.schools[share]
    units = fit.units[fit.units["enough"] & fit.units["share"].notna()].reset_index()
    own = units["school"].isin(context.results.schools)
    names = context.short_names
    return pd.DataFrame(
        {
            "school": units["school"],
            "n": units["n"],
            "share": units["share"],
            "own": own,
            "label": [
                names.get(school, "") if is_own else "" for school, is_own in zip(units["school"], own, strict=True)
            ],
            "flagged": units["flagged"].astype(bool),
        }
    )


def funnel_figure(context: QualityContext, share: str) -> ReportFigure | None:
    """Share of marks by school against the spread of the region; None where the spread cannot be told."""
    fit = context.results.region.marks.schools[share]
    if fit.funnel.refusal is not None:
        return None
    points = funnel_points(context, share)
    outside = int(points.loc[points["own"], "flagged"].sum())
    title = TITLES[share]
    seen = (
        f"неслучайно отличаются {count(outside, 'школа')} муниципалитета"
        if outside
        else "школы муниципалитета в пределах разброса региона"
    )
    return ReportFigure(
        funnel(
            points,
            fit.curves,
            fit.funnel.theta,
            y_title=f"{title} с поправкой на набор работ",
            x_title="Число работ",
            y_range=_RANGES[share],
        ),
        caption=f"{title} и размер школы: {seen}",
        alt="Воронка: точки — школы, по горизонтали число работ, по вертикали доля; линии — пределы обычного разброса.",
    )
