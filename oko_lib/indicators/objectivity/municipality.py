"""One municipality cut from the regional results."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import cast

import pandas as pd

from oko_lib.indicators.objectivity.agreement import agreement_in_cells, agreement_of
from oko_lib.indicators.objectivity.attention import Attention, schools_needing_attention
from oko_lib.indicators.objectivity.borders import WorkBorders, borders_by_work
from oko_lib.indicators.objectivity.dynamics import AgreementDynamics, agreement_dynamics
from oko_lib.indicators.objectivity.region import RegionObjectivity, region_objectivity
from oko_lib.indicators.quality import DataQuality, data_quality
from oko_lib.indicators.registers import logins_of
from oko_lib.indicators.session import Session
from oko_lib.methods.agreement import MarkAgreement
from oko_lib.settings.loading import SettingsError
from oko_lib.settings.norms import ObjectivityNorms


@dataclass(frozen=True)
class MunicipalityObjectivity:
    """Objectivity in one municipality; each part is computed when it is first asked for.

    Parameters
    ----------
    session : Session
    region : RegionObjectivity
        What the municipality is compared with.
    schools : Index
        Its schools with results in any year of the series.
    """

    session: Session
    region: RegionObjectivity
    schools: pd.Index

    @property
    def _norms(self) -> ObjectivityNorms:
        return cast(ObjectivityNorms, self.session.norms)

    @cached_property
    def _series(self) -> pd.DataFrame:
        """Written works of the series."""
        marks = self.region.marks
        own = marks[marks["municipality_code"] == self.session.municipality_code]
        return own[own["year"] >= self.region.years[0]]

    @cached_property
    def _now(self) -> pd.DataFrame:
        """Written works of the year of the report."""
        return self._series[self._series["year"] == self.session.year]

    @cached_property
    def total(self) -> MarkAgreement:
        """Marks against the journal over all works of the year."""
        return agreement_of(self._now, self._norms)

    @cached_property
    def works(self) -> dict[tuple[str, int], MarkAgreement]:
        """The same by subject and grade."""
        return agreement_in_cells(self._now, self._norms)

    @cached_property
    def borders(self) -> list[WorkBorders]:
        """Excess at the borders of marks by work."""
        scales = self.region.scales[self.region.scales["year"] == self.session.year]
        return borders_by_work(self._now, scales, self._norms)

    @cached_property
    def dynamics(self) -> AgreementDynamics:
        """Shares by year over comparable works."""
        works, left_out = self.region.dynamics.works, self.region.dynamics.left_out
        return agreement_dynamics(self._series, list(works), list(left_out), self._norms)

    @cached_property
    def attention(self) -> list[Attention]:
        """Schools that need attention."""
        region = self.region
        return schools_needing_attention(region.evidence, region.lists, self.session.year, self.schools)

    @cached_property
    def participation(self) -> pd.DataFrame:
        """Listed and present pupils by school, subject and grade."""
        return self.region.participation[self.region.participation["school"].isin(self.schools)]

    @cached_property
    def quality(self) -> DataQuality:
        """Files behind the report and rows put aside."""
        session = self.session
        return data_quality(
            session.workspace,
            session.snapshot,
            session.year,
            self._now,
            self.region.discrepancies,
            logins_of(session.snapshot, self.schools),
            session.municipality_code,
        )


def municipality_objectivity(session: Session) -> MunicipalityObjectivity:
    """Return the results of the session's municipality.

    Raises
    ------
    SettingsError
        If the municipality has no results in the year.
    """
    region = region_objectivity(session)
    own = region.marks[region.marks["municipality_code"] == session.municipality_code]
    own = own[own["year"] >= region.years[0]]
    if not (own["year"] == session.year).any():
        raise SettingsError(
            f"Нет результатов ВПР за {session.year} год: {session.municipality_name} ({session.municipality_code}). "
            "Загрузите файлы муниципалитета: oko ingest ПАПКА."
        )
    return MunicipalityObjectivity(session, region, pd.Index(sorted(own["school"].unique())))
