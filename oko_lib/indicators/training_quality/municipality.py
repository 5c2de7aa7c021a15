"""One municipality cut from the regional results."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from typing import cast

import pandas as pd

from oko_lib.indicators.low_results.gaps import gap_changes
from oko_lib.indicators.low_results.municipality import require_municipality
from oko_lib.indicators.low_results.pupils import results_by_nosology
from oko_lib.indicators.quality import FileQuality, file_quality
from oko_lib.indicators.registers import logins_of
from oko_lib.indicators.session import Session
from oko_lib.indicators.training_quality.adapted import AdaptedProgrammes, adapted_programmes
from oko_lib.indicators.training_quality.exam_tasks import exam_tasks
from oko_lib.indicators.training_quality.flow import totals
from oko_lib.indicators.training_quality.levels import WORK as LEVEL_WORK
from oko_lib.indicators.training_quality.levels import level_shares, levels_of_schools
from oko_lib.indicators.training_quality.marks import WORK, distribution, schools_of_marks, shares_of_works
from oko_lib.indicators.training_quality.region import TABLES, RegionQuality, region_quality
from oko_lib.indicators.training_quality.register import difficulties
from oko_lib.indicators.training_quality.skill_years import SkillYears, skill_years
from oko_lib.indicators.training_quality.tasks import municipality_completion
from oko_lib.indicators.training_quality.transition import pooled_transitions
from oko_lib.methods.cohort_change import LevelTransitions
from oko_lib.methods.group_gap import GapChange
from oko_lib.settings.loading import SettingsError
from oko_lib.settings.training_quality_norms import TrainingQualityNorms

#: Tables whose files a report of this direction names.
FILES = (
    *TABLES,
    "graduates_by_school",
    "adapted_programmes_by_school",
    "internal_levels_by_class",
    "exam_tasks_by_school",
)


@dataclass(frozen=True)
class QualityOfSchools:
    """Quality of training in a set of schools: of one municipality or of the whole region.

    Each part is computed when it is first asked for: a report needs all of them, a view on the screen one.

    Parameters
    ----------
    session : Session
    region : RegionQuality
    inside : frozenset of str
        The schools.
    """

    session: Session
    region: RegionQuality
    inside: frozenset[str]

    def _own(self, frame: pd.DataFrame) -> pd.DataFrame:
        return frame[frame["school"].isin(self.inside)]

    @property
    def _norms(self) -> TrainingQualityNorms:
        return cast("TrainingQualityNorms", self.session.norms)

    @cached_property
    def _counts(self) -> pd.DataFrame:
        return self._own(self.region.marks.counts)

    @cached_property
    def works(self) -> pd.DataFrame:
        """Marks by work (see :func:`~oko_lib.indicators.training_quality.marks.shares_of_works`)."""
        return shares_of_works(self._counts, self.region.scales, self.session.year, self._norms)

    def schools_of_work(self, subject: str, grade: int) -> pd.DataFrame:
        """Marks of one work of the year by school.

        See :func:`~oko_lib.indicators.training_quality.marks.distribution`.
        """
        rows = self._counts[self._counts["year"] == self.session.year]
        rows = rows[(rows["subject"] == subject) & (rows["grade"] == grade)]
        return distribution(rows, ["school"], self._norms)

    @cached_property
    def schools(self) -> pd.DataFrame:
        """Marks by school (see :func:`~oko_lib.indicators.training_quality.marks.schools_of_marks`)."""
        return schools_of_marks(self.region.marks, self.inside, self.session.year, self._norms)

    @cached_property
    def transition(self) -> pd.DataFrame:
        """Grades 4 and 5 (see :func:`~oko_lib.indicators.training_quality.transition.pooled_transitions`)."""
        return pooled_transitions(self._counts, self.session.year, self._norms)

    @cached_property
    def completion(self) -> pd.DataFrame:
        """Tasks (see :func:`~oko_lib.indicators.training_quality.tasks.municipality_completion`)."""
        return municipality_completion(self.region.tasks, self.inside, self._norms)

    @cached_property
    def skill_years(self) -> SkillYears:
        """Skills of two years."""
        return skill_years(self.region.skill_years, self.inside, self._norms)

    @cached_property
    def register(self) -> pd.DataFrame:
        """Difficulties by class and skill (see :mod:`~oko_lib.indicators.training_quality.register`)."""
        return difficulties(self.region.tasks, self.inside, self._norms)

    @cached_property
    def _levels(self) -> pd.DataFrame:
        return self._own(self.region.levels)

    @cached_property
    def levels(self) -> pd.DataFrame:
        """Levels of diagnostic works of the year by work."""
        return levels_of_schools(self._levels, self.session.year, self._norms)

    @cached_property
    def levels_before(self) -> pd.DataFrame:
        """Levels of diagnostic works of the year before by work."""
        return levels_of_schools(self._levels, self.session.year - 1, self._norms)

    @cached_property
    def school_levels(self) -> pd.DataFrame:
        """Levels of the year by school and work."""
        now = self._levels[self._levels["year"] == self.session.year]
        return level_shares(now, ["school", *LEVEL_WORK], self._norms)

    @cached_property
    def internal(self) -> pd.DataFrame:
        """Levels of schools' own assessment by work."""
        internal = self._own(self.region.internal)
        return level_shares(internal[internal["year"] == self.session.year], LEVEL_WORK, self._norms)

    @cached_property
    def moves(self) -> LevelTransitions:
        """The same children in grade 4 and grade 6."""
        return self.region.cohorts.transitions(self._norms, self.inside)

    @cached_property
    def gaps(self) -> dict[str, GapChange]:
        """By group of pupils, how far it lags."""
        return gap_changes(self.region.group_counts, self._norms, self.inside)

    @cached_property
    def nosologies(self) -> pd.DataFrame:
        """Results by nosology."""
        pupils, counts = self._own(self.region.pupils), self._own(self.region.nosologies)
        return results_by_nosology(pupils, counts, self.session.year, self._norms)

    @cached_property
    def adapted(self) -> AdaptedProgrammes:
        """Adapted programmes."""
        return adapted_programmes(self.region.adapted, self.session.year, self.inside)

    @cached_property
    def graduates(self) -> pd.DataFrame:
        """Counts by year and level of education."""
        return totals(self.region.flow.rows, self.inside)

    @cached_property
    def exam_tasks(self) -> pd.DataFrame:
        """Tasks of exams."""
        return exam_tasks(self.region.exam_tasks, self.inside, self._norms)


@dataclass(frozen=True)
class MunicipalityQuality:
    """Quality of training in one municipality; parts are computed when they are first asked for.

    Parameters
    ----------
    session : Session
    region : RegionQuality
        What the municipality is compared with.
    schools : Index
        Its schools.
    own : QualityOfSchools
    """

    session: Session
    region: RegionQuality
    schools: pd.Index
    own: QualityOfSchools

    @property
    def beside_region(self) -> bool:
        """Whether there is a region to compare the municipality with."""
        return self.region.has_comparison

    @cached_property
    def class_marks(self) -> pd.DataFrame:
        """Distribution of marks by school, class and work of the year."""
        counts = self.region.marks.counts
        mine = counts[(counts["year"] == self.session.year) & counts["school"].isin(self.schools)]
        by = ["school", *WORK, "class_label"]
        return distribution(mine[mine["class_label"].notna()], by, cast("TrainingQualityNorms", self.session.norms))

    @property
    def region_works(self) -> pd.DataFrame:
        """Marks by work over the region: subject, grade, n, mark_2 … mark_5, failing, good."""
        return self.region.works

    @property
    def region_levels(self) -> pd.DataFrame:
        """Levels by work over the region."""
        return self.region.level_works

    @property
    def region_moves(self) -> LevelTransitions:
        """Moves between levels over the region."""
        return self.region.moves

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


def quality_of_schools(session: Session, region: RegionQuality, schools: Collection[str]) -> QualityOfSchools:
    """Return everything told of a set of schools."""
    return QualityOfSchools(session, region, frozenset(schools))


def municipality_quality(session: Session) -> MunicipalityQuality:
    """Return what the report of the session's municipality is made of.

    Raises
    ------
    SettingsError
        If no municipality is given, or it has neither marks nor levels in the year.
    """
    require_municipality(session)
    region = region_quality(session)
    schools = region.schools_of(session.municipality_code or "")
    if not any(
        ((frame["year"] == session.year) & frame["school"].isin(schools)).any()
        for frame in (region.marks.counts, region.levels)
    ):
        raise SettingsError(
            f"Нет результатов ВПР и диагностических работ за {session.year} год: {session.municipality_name} "
            f"({session.municipality_code}). Загрузите файлы муниципалитета: oko ingest ПАПКА."
        )
    return MunicipalityQuality(session, region, schools, quality_of_schools(session, region, schools))
