"""One municipality cut from the regional results."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import cast

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
from oko_lib.settings.low_results_norms import LowResultsNorms

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

    Parts are computed when they are first asked for: a report needs all of them, a view on the screen one.

    Parameters
    ----------
    session : Session
    region : RegionLowResults
        What the municipality is compared with.
    schools : Index
        Its schools.
    """

    session: Session
    region: RegionLowResults
    schools: pd.Index

    @property
    def _norms(self) -> LowResultsNorms:
        return cast("LowResultsNorms", self.session.norms)

    @cached_property
    def schools_now(self) -> tuple[str, ...]:
        """Its schools with results of the year."""
        outcomes = self.region.outcomes
        seen = set(
            outcomes.loc[(outcomes["year"] == self.session.year) & outcomes["school"].isin(self.schools), "school"]
        )
        return tuple(school for school in self.schools if school in seen)

    def _listed(self, chosen: frozenset[str]) -> tuple[str, ...]:
        return tuple(sorted(chosen & set(self.schools)))

    @cached_property
    def base(self) -> tuple[str, ...]:
        """Its schools on the base list (see :class:`~oko_lib.indicators.low_results.listed.ListedSchools`)."""
        return self._listed(self.region.listed.base)

    @cached_property
    def current(self) -> tuple[str, ...]:
        """Its schools on the current list."""
        return self._listed(self.region.listed.current)

    @cached_property
    def entered(self) -> tuple[str, ...]:
        """Its schools that entered the list."""
        return self._listed(self.region.listed.entered)

    @cached_property
    def left(self) -> tuple[str, ...]:
        """Its schools that left the list."""
        return self._listed(self.region.listed.left)

    @property
    def listed(self) -> tuple[str, ...]:
        """Schools on either list."""
        return tuple(sorted({*self.base, *self.current}))

    @cached_property
    def measures(self) -> tuple[MeasureSummary, ...]:
        """Measures of 1.2.3 over the base list."""
        return tuple(measure_summary(change, self.base, self._norms) for change in self.region.dynamics.measures)

    @property
    def region_measures(self) -> tuple[MeasureSummary, ...]:
        """The same of the region."""
        return self.region.measures

    @cached_property
    def _exams(self) -> pd.DataFrame:
        return self.region.outcomes[self.region.outcomes["kind"] != "ВПР"]

    @cached_property
    def shares(self) -> pd.DataFrame:
        """Exams and diagnostic works by year (see :mod:`~oko_lib.indicators.low_results.shares`)."""
        return shares_by_procedure(self._exams, self.schools, self._norms)

    @property
    def region_shares(self) -> pd.DataFrame:
        """The same of the region."""
        return self.region.shares

    @cached_property
    def pooled(self) -> dict[str, Estimate]:
        """By procedure: change of the share of success of all pupils of the municipality together."""
        return pooled_changes(self._exams, self.schools, self.session.year, self._norms)

    @cached_property
    def transitions(self) -> LevelTransitions:
        """Moves of the same children between levels from grade 4 to grade 6."""
        return self.region.cohorts.transitions(self._norms, self.schools)

    @property
    def region_transitions(self) -> LevelTransitions:
        """The same of the region."""
        return self.region.moves

    @cached_property
    def near(self) -> pd.DataFrame:
        """Procedures at the threshold of the federal rule or near it.

        See :func:`~oko_lib.indicators.low_results.near.near_threshold`.
        """
        region = self.region
        federal = region.identification.get(FEDERAL)
        return near_threshold(region.outcomes, self.schools, federal, self.session.year, self._norms)

    @cached_property
    def support(self) -> Support:
        """Support of schools on either list."""
        region = self.region
        chosen = self._listed(region.listed.schools)
        return support_of(region.support, region.deficits, chosen, self.session.year, self._norms)

    @cached_property
    def gaps(self) -> dict[str, GapChange]:
        """By group of pupils, how far it lags."""
        return gap_changes(self.region.group_counts, self._norms, self.schools)

    @cached_property
    def nosologies(self) -> pd.DataFrame:
        """Results by nosology."""
        pupils, counts = (
            frame[frame["school"].isin(self.schools)] for frame in (self.region.pupils, self.region.nosologies)
        )
        return results_by_nosology(pupils, counts, self.session.year, self._norms)

    @cached_property
    def quality(self) -> FileQuality:
        """Files behind the numbers."""
        session = self.session
        return file_quality(
            session.workspace,
            session.snapshot,
            session.year,
            FILES,
            logins_of(session.snapshot, self.schools),
            session.municipality_code,
        )


def municipality_low_results(session: Session) -> MunicipalityLowResults:
    """Return what the report of the session's municipality is made of.

    Raises
    ------
    SettingsError
        If no municipality is given, or it has no results in the year.
    """
    require_municipality(session)
    region = region_low_results(session)
    schools = region.schools_of(session.municipality_code or "")
    if not ((region.outcomes["year"] == session.year) & region.outcomes["school"].isin(schools)).any():
        raise SettingsError(
            f"Нет результатов за {session.year} год: {session.municipality_name} ({session.municipality_code}). "
            "Загрузите файлы муниципалитета: oko ingest ПАПКА."
        )
    return MunicipalityLowResults(session, region, schools)
