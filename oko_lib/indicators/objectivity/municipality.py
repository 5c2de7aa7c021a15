"""One municipality cut from the regional results."""

from __future__ import annotations

from dataclasses import dataclass

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


@dataclass(frozen=True)
class MunicipalityObjectivity:
    """Objectivity in one municipality.

    Parameters
    ----------
    session : Session
    region : RegionObjectivity
        What the municipality is compared with.
    schools : Index
        Its schools with results in any year of the series.
    total : MarkAgreement
        Over all works of the year.
    works : dict of (str, int) to MarkAgreement
        By subject and grade.
    borders : list of WorkBorders
    dynamics : AgreementDynamics
    attention : list of Attention
    participation : DataFrame
        Listed and present pupils by school, subject and grade.
    quality : DataQuality
    """

    session: Session
    region: RegionObjectivity
    schools: pd.Index
    total: MarkAgreement
    works: dict[tuple[str, int], MarkAgreement]
    borders: list[WorkBorders]
    dynamics: AgreementDynamics
    attention: list[Attention]
    participation: pd.DataFrame
    quality: DataQuality


def municipality_objectivity(session: Session) -> MunicipalityObjectivity:
    """Compute the report of the session's municipality.

    Raises
    ------
    SettingsError
        If the municipality has no results in the year.
    """
    region = region_objectivity(session)
    norms, year = session.norms, session.year
    own = region.marks[region.marks["municipality_code"] == session.municipality_code]
    own = own[own["year"] >= region.years[0]]
    now = own[own["year"] == year]
    if now.empty:
        raise SettingsError(
            f"Нет результатов ВПР за {year} год: {session.municipality_name} ({session.municipality_code}). "
            "Загрузите файлы муниципалитета: oko ingest ПАПКА."
        )
    schools = pd.Index(sorted(own["school"].unique()))
    scales = region.scales[region.scales["year"] == year]
    return MunicipalityObjectivity(
        session=session,
        region=region,
        schools=schools,
        total=agreement_of(now, norms),
        works=agreement_in_cells(now, norms),
        borders=borders_by_work(now, scales, norms),
        dynamics=agreement_dynamics(own, list(region.dynamics.works), list(region.dynamics.left_out), norms),
        attention=schools_needing_attention(region.evidence, region.lists, year, schools),
        participation=region.participation[region.participation["school"].isin(schools)],
        quality=data_quality(
            session.workspace,
            session.snapshot,
            year,
            now,
            region.discrepancies,
            logins_of(session.snapshot, schools),
            session.municipality_code,
        ),
    )
