"""One school cut from the regional results, for its sheet."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from oko_lib.indicators.low_results.dynamics import MeasureChange
from oko_lib.indicators.low_results.near import near_threshold
from oko_lib.indicators.low_results.region import FEDERAL, RegionLowResults, region_low_results
from oko_lib.indicators.low_results.shares import shares_by_procedure
from oko_lib.indicators.low_results.support import Support, support_of
from oko_lib.indicators.session import Session, require_municipality
from oko_lib.settings.loading import SettingsError, suggest


@dataclass(frozen=True)
class SchoolLowResults:
    """One school of the session's municipality.

    Parameters
    ----------
    session : Session
    region : RegionLowResults
    school : str
        Lasting identifier.
    outcomes : DataFrame
        Its outcomes over the series.
    changes : tuple of (MeasureChange, Series)
        Measures in which the school has a row.
    shares, region_shares : DataFrame
        Its exams and diagnostic works by year, and the region's (see
        :func:`~oko_lib.indicators.low_results.shares.shares_by_procedure`).
    near : DataFrame
        Procedures at the threshold of the federal rule or near it.
    risks : DataFrame
        Its risk factors in the order of the parameter file: factor, value, n, low, high, risk, and of the region
        median, q1, q3, far_low and far_high (nearly all schools lie between them).
    support : Support
        Of this school alone.
    """

    session: Session
    region: RegionLowResults
    school: str
    outcomes: pd.DataFrame
    changes: tuple[tuple[MeasureChange, pd.Series], ...]
    shares: pd.DataFrame
    region_shares: pd.DataFrame
    near: pd.DataFrame
    risks: pd.DataFrame
    support: Support


def school_low_results(session: Session, school: str) -> SchoolLowResults:
    """Compute the sheet of `school`.

    Raises
    ------
    SettingsError
        If no municipality is given, or it has no such school with results; the message suggests the nearest.
    """
    require_municipality(session)
    region = region_low_results(session)
    known = region.schools_of(session.municipality_code or "")
    found = _find(school, region.schools.loc[known, "school_name"])
    if found is None:
        names = [*known, *region.schools.loc[known, "school_name"]]
        hint = suggest(school, names) or f" Есть: {', '.join(known)}."
        raise SettingsError(
            f"Нет школы «{school}» с результатами: {session.municipality_name}, {session.year} год.{hint}"
        )
    exams = region.outcomes[region.outcomes["kind"] != "ВПР"]
    norms, year = session.norms, session.year
    return SchoolLowResults(
        session=session,
        region=region,
        school=found,
        outcomes=region.outcomes[region.outcomes["school"] == found].reset_index(drop=True),
        changes=tuple(
            (change, change.schools.loc[found]) for change in region.dynamics.measures if found in change.schools.index
        ),
        shares=shares_by_procedure(exams, [found], norms),
        region_shares=region.shares,
        near=near_threshold(region.outcomes, [found], region.identification.get(FEDERAL), year, norms),
        risks=_risks(region, found),
        support=support_of(region.support, region.deficits, [found], year, norms),
    )


#: Quantiles between which nearly all schools lie: the ends of a factor's scale, the same in all sheets.
_FAR = (0.02, 0.98)


def _risks(region: RegionLowResults, school: str) -> pd.DataFrame:
    rows = region.risks.schools
    values = rows["value"].astype(float).groupby(rows["factor"])
    quantiles = {"far_low": _FAR[0], "q1": 0.25, "q3": 0.75, "far_high": _FAR[1]}
    spread = pd.DataFrame({name: values.quantile(part) for name, part in quantiles.items()})
    own = rows[rows["school"] == school].set_index("factor")
    order = [factor.code for factor in region.factors if factor.code in own.index]
    return own.join(region.risks.factors.set_index("factor")["median"]).join(spread).reindex(order).reset_index()


def _find(wanted: str, names: pd.Series) -> str | None:
    """Return the school written as its identifier or its name."""

    def folded(text: object) -> str:
        return " ".join(str(text).casefold().split())

    fits = [school for school, name in names.items() if folded(wanted) in (folded(school), folded(name))]
    return str(fits[0]) if len(fits) == 1 else None
