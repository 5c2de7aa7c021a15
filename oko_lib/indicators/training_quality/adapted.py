"""Adapted programmes: schools that have one, pupils with disabilities who took КДР, schools' own assessment."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import pandas as pd

from oko_lib.indicators.low_results.support import complete_share
from oko_lib.methods.result import Estimate
from oko_lib.store import Snapshot

_ADAPTED = """
    select
        own.year, coalesce(history.school_id, own.login) as school, own.disability,
        sum(pupils)::double as pupils, bool_or(programme_approved) as programme_approved,
        bool_or(internal_assessment) as internal_assessment, sum(assessed)::double as assessed
    from adapted_programmes_by_school as own
    left join school_logins as history on history.login = own.login
    where own.year between ? and ?
    group by all
    order by all
"""


@dataclass(frozen=True)
class AdaptedProgrammes:
    """Adapted programmes of a set of schools in one year.

    Parameters
    ----------
    schools : DataFrame
        Indexed by school: pupils, nosologies, approved (nosologies with an approved programme), assessment (those
        in the school's own assessment; missing where nobody said), assessed (pupils; missing).
    any_programme, every_programme : Estimate
        Share of inclusive schools with a programme for some nosology, for every nosology. All schools that reported
        are counted, no sample: no interval.
    assessment, every_assessment : Estimate
        Share of schools with a programme whose own assessment holds pupils of some nosology, of every nosology; among
        those that reported it.
    assessed : Estimate
        Share of pupils with disabilities who took a diagnostic work, of schools that reported it.
    """

    schools: pd.DataFrame
    any_programme: Estimate
    every_programme: Estimate
    assessment: Estimate
    every_assessment: Estimate
    assessed: Estimate

    def meets(self, target: float) -> bool | None:
        """Whether own assessment reaches the norm (exactly the norm does); None without data."""
        if not self.assessment.given:
            return None
        return self.assessment.numerator >= target * self.assessment.denominator - 1e-9


def adapted_rows(snapshot: Snapshot, first_year: int, last_year: int) -> pd.DataFrame:
    """Return school × nosology × year: pupils, programme_approved, internal_assessment, assessed."""
    return snapshot.sql(_ADAPTED, [first_year, last_year])


def adapted_programmes(rows: pd.DataFrame, year: int, schools: Collection[str] | None = None) -> AdaptedProgrammes:
    """Sum up what a set of schools (None: all) reported for `year`."""
    own = rows[(rows["year"] == year) & (rows["pupils"] > 0)]
    own = own if schools is None else own[own["school"].isin(set(schools))]
    approved = own["programme_approved"].astype(float)
    assessment = own["internal_assessment"].astype("boolean").astype("Float64")
    grouped = own.assign(approved=approved, assessment=assessment).groupby("school")
    table = pd.DataFrame(
        {
            "pupils": grouped["pupils"].sum(),
            "nosologies": grouped.size(),
            "approved": grouped["approved"].sum(),
            "assessment": grouped["assessment"].sum(min_count=1),
            "assessed": grouped["assessed"].sum(min_count=1),
        }
    )
    with_programme = table[(table["approved"] > 0) & table["assessment"].notna()]
    known = own[own["assessed"].notna()]
    return AdaptedProgrammes(
        schools=table,
        any_programme=complete_share(float((table["approved"] > 0).sum()), len(table)),
        every_programme=complete_share(float((table["approved"] == table["nosologies"]).sum()), len(table)),
        assessment=complete_share(float((with_programme["assessment"] > 0).sum()), len(with_programme)),
        every_assessment=complete_share(
            float((with_programme["assessment"] == with_programme["nosologies"]).sum()), len(with_programme)
        ),
        assessed=complete_share(float(known["assessed"].sum()), float(known["pupils"].sum())),
    )
