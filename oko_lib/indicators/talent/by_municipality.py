"""The region with every municipality beside: what the regional report stands on."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from oko_lib.indicators.quality import FileQuality, file_quality
from oko_lib.indicators.session import Session
from oko_lib.indicators.talent.municipality import FILES
from oko_lib.indicators.talent.region import RegionTalent, region_talent
from oko_lib.indicators.talent.summary import TalentSummary, summarise


@dataclass(frozen=True)
class RegionalTalent:
    """Results of the region and of each municipality, each computed when it is first asked for.

    Parameters
    ----------
    session : Session
    region : RegionTalent
    """

    session: Session
    region: RegionTalent

    @property
    def summary(self) -> TalentSummary:
        """Results of all schools."""
        return self.region.summary

    @cached_property
    def municipalities(self) -> dict[str, TalentSummary]:
        """By municipality code, by name; only those with data of the year."""
        region, norms = self.region, self.session.norms
        return {code: summarise(region.data.of(region.schools_of(code)), norms) for code in region.codes}

    @cached_property
    def quality(self) -> FileQuality:
        """Files behind the report and what was put aside of them."""
        session = self.session
        return file_quality(session.workspace, session.snapshot, session.year, FILES, None, None)


def regional_talent(session: Session) -> RegionalTalent:
    """Compute the regional report."""
    return RegionalTalent(session, region_talent(session))
