"""One school cut from the regional results, for its sheet."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from oko_lib.indicators.low_results.dynamics import MeasureChange
from oko_lib.indicators.low_results.region import RegionLowResults, region_low_results
from oko_lib.indicators.low_results.support import Support, support_of
from oko_lib.indicators.session import Session
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
    changes : dict of MeasureChange to Series
        Measures in which the school has a row.
    risks : DataFrame
        Its risk factors in the order of the parameter file.
    support : Support
        Of this school alone.
    """

    session: Session
    region: RegionLowResults
    school: str
    outcomes: pd.DataFrame
    changes: tuple[tuple[MeasureChange, pd.Series], ...]
    risks: pd.DataFrame
    support: Support


def school_low_results(session: Session, school: str) -> SchoolLowResults:
    """Compute the sheet of `school`.

    Raises
    ------
    SettingsError
        If the municipality has no such school with results; the message suggests the nearest.
    """
    region = region_low_results(session)
    known = region.schools_of(session.municipality_code or "")
    found = _find(school, region.schools.loc[known, "school_name"])
    if found is None:
        names = [*known, *region.schools.loc[known, "school_name"]]
        hint = suggest(school, names) or f" Есть: {', '.join(known)}."
        raise SettingsError(
            f"Нет школы «{school}» с результатами: {session.municipality_name}, {session.year} год.{hint}"
        )
    rows = region.risks.schools
    own = rows[rows["school"] == found].set_index("factor")
    order = [factor.code for factor in region.factors if factor.code in own.index]
    return SchoolLowResults(
        session=session,
        region=region,
        school=found,
        outcomes=region.outcomes[region.outcomes["school"] == found].reset_index(drop=True),
        changes=tuple(
            (change, change.schools.loc[found]) for change in region.dynamics.measures if found in change.schools.index
        ),
        risks=own.reindex(order).reset_index(),
        support=support_of(region.support, region.deficits, [found], session.year, session.norms),
    )


def _find(wanted: str, names: pd.Series) -> str | None:
    """Return the school written as its identifier or its name."""

    def folded(text: object) -> str:
        return " ".join(str(text).casefold().split())

    fits = [school for school, name in names.items() if folded(wanted) in (folded(school), folded(name))]
    return str(fits[0]) if len(fits) == 1 else None
