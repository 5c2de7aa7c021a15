"""One school cut from the regional results, for its sheet."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import cast

import pandas as pd

from oko_lib.indicators.low_results.dynamics import MeasureChange
from oko_lib.indicators.low_results.near import near_threshold
from oko_lib.indicators.low_results.region import FEDERAL, RegionLowResults, region_low_results
from oko_lib.indicators.low_results.shares import shares_by_procedure
from oko_lib.indicators.low_results.support import Support, support_of
from oko_lib.indicators.session import Session, require_municipality
from oko_lib.settings.loading import SettingsError, suggest
from oko_lib.settings.low_results_norms import LowResultsNorms


@dataclass(frozen=True)
class SchoolLowResults:
    """One school of the session's municipality.

    Parameters
    ----------
    session : Session
    region : RegionLowResults
    school : str
        Lasting identifier.

    Parts are computed when they are first asked for.
    """

    session: Session
    region: RegionLowResults
    school: str

    @property
    def _norms(self) -> LowResultsNorms:
        return cast("LowResultsNorms", self.session.norms)

    @cached_property
    def outcomes(self) -> pd.DataFrame:
        """Its outcomes over the series."""
        return self.region.outcomes[self.region.outcomes["school"] == self.school].reset_index(drop=True)

    @cached_property
    def changes(self) -> tuple[tuple[MeasureChange, pd.Series], ...]:
        """Measures in which the school has a row, with the row."""
        known = self.region.dynamics.measures
        return tuple(
            (change, change.schools.loc[self.school]) for change in known if self.school in change.schools.index
        )

    @cached_property
    def shares(self) -> pd.DataFrame:
        """Its exams and diagnostic works by year (see :mod:`~oko_lib.indicators.low_results.shares`)."""
        return shares_by_procedure(self.outcomes[self.outcomes["kind"] != "ВПР"], [self.school], self._norms)

    @property
    def region_shares(self) -> pd.DataFrame:
        """The same of the region."""
        return self.region.shares

    @cached_property
    def near(self) -> pd.DataFrame:
        """Procedures at the threshold of the federal rule or near it."""
        federal = self.region.identification.get(FEDERAL)
        return near_threshold(self.outcomes, [self.school], federal, self.session.year, self._norms)

    @cached_property
    def risks(self) -> pd.DataFrame:
        """Its risk factors in the order of the parameter file.

        factor, value, n, low, high, risk, and of the region median, q1, q3, far_low and far_high (nearly all schools
        lie between them).
        """
        return _risks(self.region, self.school)

    @cached_property
    def support(self) -> Support:
        """Of this school alone."""
        region = self.region
        return support_of(region.support, region.deficits, [self.school], self.session.year, self._norms)


def school_low_results(session: Session, school: str) -> SchoolLowResults:
    """Return what the sheet of `school` is made of.

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
    return SchoolLowResults(session, region, found)


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
