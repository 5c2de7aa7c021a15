"""The whole region for its own report."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from oko_lib.indicators.objectivity.agreement import agreement_in_cells, agreement_of
from oko_lib.indicators.objectivity.attention import Attention, schools_needing_attention
from oko_lib.indicators.objectivity.region import RegionObjectivity, region_objectivity
from oko_lib.indicators.quality import DataQuality, data_quality
from oko_lib.indicators.session import Session
from oko_lib.methods.agreement import MarkAgreement
from oko_lib.methods.result import Estimate


@dataclass(frozen=True)
class RegionSummary:
    """The region as the reader of its summary sees it.

    Parameters
    ----------
    session : Session
    region : RegionObjectivity
    total : MarkAgreement
        Over all works of the year.
    works : dict of (str, int) to MarkAgreement
    attention : list of Attention
    index : dict of str to Estimate
        Index of signs by municipality_code; ``""`` is the region.
    participation : DataFrame
    quality : DataQuality
    """

    session: Session
    region: RegionObjectivity
    total: MarkAgreement
    works: dict[tuple[str, int], MarkAgreement]
    attention: list[Attention]
    index: dict[str, Estimate]
    participation: pd.DataFrame
    quality: DataQuality


def region_summary(session: Session) -> RegionSummary:
    """Compute the summary of the session's region."""
    region = region_objectivity(session)
    norms, now = session.norms, region.marks_of_year
    signs = region.signs[region.year]
    schools = now[["school", "municipality_code"]].drop_duplicates()
    index = {str(code): signs.index(rows["school"]) for code, rows in schools.groupby("municipality_code")}
    return RegionSummary(
        session=session,
        region=region,
        total=agreement_of(now, norms),
        works=agreement_in_cells(now, norms),
        attention=schools_needing_attention(region.evidence, region.lists, region.year, pd.Index(schools["school"])),
        index={**index, "": signs.index()},
        participation=region.participation,
        quality=data_quality(session.workspace, session.snapshot, region.year, now, region.discrepancies, None, None),
    )
