"""The region with every municipality beside: what the regional report stands on."""

from __future__ import annotations

from dataclasses import dataclass

from oko_lib.indicators.quality import FileQuality, file_quality
from oko_lib.indicators.session import Session
from oko_lib.indicators.talent.municipality import FILES
from oko_lib.indicators.talent.region import RegionTalent, region_talent
from oko_lib.indicators.talent.summary import TalentSummary, summarise


@dataclass(frozen=True)
class RegionalTalent:
    """Results of the region and of each municipality.

    Parameters
    ----------
    session : Session
    region : RegionTalent
    summary : TalentSummary
        Of all schools.
    municipalities : dict of str to TalentSummary
        By municipality code, by name; only those with data of the year.
    quality : FileQuality
    """

    session: Session
    region: RegionTalent
    summary: TalentSummary
    municipalities: dict[str, TalentSummary]
    quality: FileQuality


def regional_talent(session: Session) -> RegionalTalent:
    """Compute the regional report."""
    region = region_talent(session)
    return RegionalTalent(
        session=session,
        region=region,
        summary=region.summary,
        municipalities={
            code: summarise(region.data.of(region.schools_of(code)), session.norms) for code in region.codes
        },
        quality=file_quality(session.workspace, session.snapshot, session.year, FILES, None, None),
    )
