"""One municipality cut from the regional results."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from oko_lib.indicators.quality import FileQuality, file_quality
from oko_lib.indicators.registers import logins_of
from oko_lib.indicators.session import Session, require_municipality
from oko_lib.indicators.talent.protocols import files_of_faults
from oko_lib.indicators.talent.region import RegionTalent, region_talent
from oko_lib.indicators.talent.summary import TalentSummary, summarise
from oko_lib.settings.loading import SettingsError

#: Tables whose files stand behind the report.
FILES = (
    "olympiad_results_by_participant",
    "contest_results_by_participant",
    "enrolment_by_grade",
    "talent_support_by_school",
    "observers_by_procedure",
)


@dataclass(frozen=True)
class MunicipalityTalent:
    """Results of one municipality.

    Parameters
    ----------
    session : Session
    region : RegionTalent
    schools : Index
        Schools with data of the year.
    summary : TalentSummary
    strength : DataFrame
        Rows of the map of these schools; see :class:`~oko_lib.methods.strength_map.StrengthMap`.
    home : DataFrame
        Rows of these schools; see :class:`~oko_lib.methods.stage_consistency.StageConsistency`; empty without it.
    faults : DataFrame
        Faults in protocols that concern this municipality alone, with ``file_name``.
    quality : FileQuality
    """

    session: Session
    region: RegionTalent
    schools: pd.Index
    summary: TalentSummary
    strength: pd.DataFrame
    home: pd.DataFrame
    faults: pd.DataFrame
    quality: FileQuality

    @property
    def beside(self) -> TalentSummary | None:
        """The region, when there is more than one municipality."""
        return self.region.summary if self.region.has_comparison else None


def municipality_talent(session: Session) -> MunicipalityTalent:
    """Compute the report of the session's municipality.

    Raises
    ------
    SettingsError
        If no municipality is given, or it has no data in the year.
    """
    require_municipality(session)
    region = region_talent(session)
    code = session.municipality_code or ""
    schools = region.schools_of(code)
    if schools.empty:
        raise SettingsError(
            f"Нет данных об олимпиадах и конкурсах за {session.year} год: {session.municipality_name} ({code}). "
            "Загрузите файлы муниципалитета: oko ingest ПАПКА."
        )
    faults = region.faults[region.faults["municipality_code"] == code]
    strength = region.strength.units
    home = region.consistency.units if region.consistency is not None else pd.DataFrame()
    return MunicipalityTalent(
        session=session,
        region=region,
        schools=schools,
        summary=summarise(region.data.of(schools), session.norms),
        strength=strength[strength["school"].isin(schools)],
        home=home[home.index.isin(schools)],
        faults=faults.assign(file_name=files_of_faults(session.snapshot, faults)),
        quality=file_quality(
            session.workspace, session.snapshot, session.year, FILES, logins_of(session.snapshot, schools), code
        ),
    )
