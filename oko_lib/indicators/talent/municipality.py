"""One municipality cut from the regional results."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

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
    """Results of one municipality, each cut from the region's when it is first asked for.

    Parameters
    ----------
    session : Session
    region : RegionTalent
    schools : Index
        Schools with data of the year.
    """

    session: Session
    region: RegionTalent
    schools: pd.Index

    @cached_property
    def summary(self) -> TalentSummary:
        """Results of all its schools together."""
        return summarise(self.region.data.of(self.schools), self.session.norms)

    @cached_property
    def strength(self) -> pd.DataFrame:
        """Rows of the map of these schools; see :class:`~oko_lib.methods.strength_map.StrengthMap`."""
        units = self.region.strength.units
        return units[units["school"].isin(self.schools)]

    @cached_property
    def home(self) -> pd.DataFrame:
        """Rows of these schools; see :class:`~oko_lib.methods.stage_consistency.StageConsistency`; empty without it."""
        consistency = self.region.consistency
        home = consistency.units if consistency is not None else pd.DataFrame()
        return home[home.index.isin(self.schools)]

    @cached_property
    def faults(self) -> pd.DataFrame:
        """Faults in protocols that concern this municipality alone, with ``file_name``."""
        faults = self.region.faults[self.region.faults["municipality_code"] == self.session.municipality_code]
        return faults.assign(file_name=files_of_faults(self.session.snapshot, faults))

    @cached_property
    def quality(self) -> FileQuality:
        """Files behind the report and what was put aside of them."""
        session = self.session
        logins = logins_of(session.snapshot, self.schools)
        return file_quality(
            session.workspace, session.snapshot, session.year, FILES, logins, session.municipality_code or ""
        )

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
    return MunicipalityTalent(session, region, schools)
