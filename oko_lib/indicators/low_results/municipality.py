"""One municipality cut from the regional results."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from oko_lib.indicators.low_results.dynamics import MeasureSummary, measure_summary
from oko_lib.indicators.low_results.gaps import gap_changes
from oko_lib.indicators.low_results.near import near_threshold
from oko_lib.indicators.low_results.pupils import results_by_nosology
from oko_lib.indicators.low_results.region import FEDERAL, TABLES, RegionLowResults, region_low_results
from oko_lib.indicators.low_results.shares import pooled_changes, shares_by_procedure
from oko_lib.indicators.low_results.support import Support, support_of
from oko_lib.indicators.quality import FileQuality, file_quality
from oko_lib.indicators.registers import logins_of
from oko_lib.indicators.session import Session, require_municipality
from oko_lib.methods.cohort_change import LevelTransitions
from oko_lib.methods.group_gap import GapChange
from oko_lib.methods.result import Estimate
from oko_lib.settings.loading import SettingsError

#: Tables whose files a report of this direction names.
FILES = (
    "vpr_results_by_participant",
    *TABLES,
    "attendance_by_school",
    "social_passport_by_year",
    "school_support_by_year",
    "teacher_deficits_by_subject",
)


@dataclass(frozen=True)
class MunicipalityLowResults:
    """Schools with low results in one municipality.

    Parameters
    ----------
    session : Session
    region : RegionLowResults
        What the municipality is compared with.
    schools : Index
        Its schools.
    base, current, entered, left : tuple of str
        Its listed schools (see :class:`~oko_lib.indicators.low_results.listed.ListedSchools`).
    measures, region_measures : tuple of MeasureSummary
        Measures of 1.2.3 over the base list, of the municipality and of the region.
    pooled : dict of str to Estimate
        By procedure: change of the share of success of all pupils of the municipality together.
    shares, region_shares : DataFrame
        Exams and diagnostic works by year (see :mod:`~oko_lib.indicators.low_results.shares`).
    transitions, region_transitions : LevelTransitions
        Moves of the same children between levels from grade 4 to grade 6.
    near : DataFrame
        Procedures at the threshold of the federal rule or near it (see
        :func:`~oko_lib.indicators.low_results.near.near_threshold`).
    support : Support
        Of schools on either list.
    gaps : dict of str to GapChange
    nosologies : DataFrame
    quality : FileQuality
    """

    session: Session
    region: RegionLowResults
    schools: pd.Index
    base: tuple[str, ...]
    current: tuple[str, ...]
    entered: tuple[str, ...]
    left: tuple[str, ...]
    measures: tuple[MeasureSummary, ...]
    region_measures: tuple[MeasureSummary, ...]
    shares: pd.DataFrame
    region_shares: pd.DataFrame
    pooled: dict[str, Estimate]
    transitions: LevelTransitions
    region_transitions: LevelTransitions
    near: pd.DataFrame
    support: Support
    gaps: dict[str, GapChange]
    nosologies: pd.DataFrame
    quality: FileQuality

    @property
    def listed(self) -> tuple[str, ...]:
        """Schools on either list."""
        return tuple(sorted({*self.base, *self.current}))


def municipality_low_results(session: Session) -> MunicipalityLowResults:
    """Compute the report of the session's municipality.

    Raises
    ------
    SettingsError
        If no municipality is given, or it has no results in the year.
    """
    require_municipality(session)
    region = region_low_results(session)
    norms, year = session.norms, session.year
    schools = region.schools_of(session.municipality_code or "")
    now = region.outcomes[(region.outcomes["year"] == year) & region.outcomes["school"].isin(schools)]
    if now.empty:
        raise SettingsError(
            f"Нет результатов за {year} год: {session.municipality_name} ({session.municipality_code}). "
            "Загрузите файлы муниципалитета: oko ingest ПАПКА."
        )
    listed = region.listed

    def own(chosen: frozenset[str]) -> tuple[str, ...]:
        return tuple(sorted(chosen & set(schools)))

    pupils = region.pupils[region.pupils["school"].isin(schools)]
    counts = region.nosologies[region.nosologies["school"].isin(schools)]
    exams = region.outcomes[region.outcomes["kind"] != "ВПР"]
    return MunicipalityLowResults(
        session=session,
        region=region,
        schools=schools,
        base=own(listed.base),
        current=own(listed.current),
        entered=own(listed.entered),
        left=own(listed.left),
        measures=tuple(measure_summary(change, own(listed.base), norms) for change in region.dynamics.measures),
        region_measures=region.measures,
        shares=shares_by_procedure(exams, schools, norms),
        region_shares=region.shares,
        pooled=pooled_changes(exams, schools, year, norms),
        transitions=region.cohorts.transitions(norms, schools),
        region_transitions=region.moves,
        near=near_threshold(region.outcomes, schools, region.identification.get(FEDERAL), year, norms),
        support=support_of(region.support, region.deficits, own(listed.schools), year, norms),
        gaps=gap_changes(region.group_counts, norms, schools),
        nosologies=results_by_nosology(pupils, counts, year, norms),
        quality=file_quality(
            session.workspace,
            session.snapshot,
            year,
            FILES,
            logins_of(session.snapshot, schools),
            session.municipality_code,
        ),
    )
