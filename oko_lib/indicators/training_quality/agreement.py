"""Section 1.1.4: agreement with the journal, published lists, own assessment beside diagnostic works.

Everything here is what the direction «objectivity» computes; only the values of 1.1.4 are taken from it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import pandas as pd

from oko_lib.indicators.objectivity.agreement import YearAgreement
from oko_lib.indicators.objectivity.control_group import ControlGroup
from oko_lib.indicators.objectivity.lists import PublishedLists, published_lists
from oko_lib.indicators.objectivity.year import year_objectivity
from oko_lib.indicators.session import Session
from oko_lib.indicators.training_quality.levels import WORK, reached_difference
from oko_lib.indicators.vpr_frames import marks_by_participant
from oko_lib.methods.agreement import MarkAgreement
from oko_lib.methods.result import Estimate
from oko_lib.settings.norms import ObjectivityNorms, SeriesNorms


@dataclass(frozen=True)
class Objectivity:
    """What 1.1.4 asks of the whole region.

    Parameters
    ----------
    agreement : YearAgreement
        By municipality, school and class.
    total : MarkAgreement
        Over the region.
    lists : PublishedLists
        Of schools with biased results.
    control : ControlGroup or None
        Schools with observers against the rest, ВПР.
    """

    agreement: YearAgreement
    total: MarkAgreement
    lists: PublishedLists
    control: ControlGroup | None


def region_objectivity(
    session: Session, schools: pd.DataFrame, first_year: int, norms: ObjectivityNorms
) -> Objectivity:
    """Compute the agreement of the session's year over the region, by the norms of objectivity.

    `schools` is the register with municipality_code.
    """
    snapshot, year = session.snapshot, session.year

    def written() -> pd.DataFrame:
        marks = marks_by_participant(snapshot, year, year)
        return marks.assign(municipality_code=marks["school"].map(schools["municipality_code"]))

    found = year_objectivity(replace(session, norms=norms), written)
    return Objectivity(
        agreement=found.agreement,
        total=found.total,
        lists=published_lists(snapshot, first_year, year),
        control=found.control,
    )


def own_against_outer(
    internal: pd.DataFrame, outer: pd.DataFrame, year: int, norms: SeriesNorms
) -> dict[tuple[str, str, int], Estimate]:
    """Return by school and work: share of the basic level and higher in own assessment less that in КДР."""
    keys = ["school", *WORK]
    columns = ["n", "basic", "advanced"]
    own, other = (frame[frame["year"] == year].groupby(keys)[columns].sum() for frame in (internal, outer))
    return {key: reached_difference(own.loc[key], other.loc[key], norms) for key in own.index.intersection(other.index)}
