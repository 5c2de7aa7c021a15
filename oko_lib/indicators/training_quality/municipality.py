"""One municipality cut from the regional results."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

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

    Parameters
    ----------
    works : DataFrame
        Marks by work (see :func:`~oko_lib.indicators.training_quality.marks.shares_of_works`).
    schools : DataFrame
        Marks by school (see :func:`~oko_lib.indicators.training_quality.marks.schools_of_marks`).
    transition : DataFrame
        Grades 4 and 5 (see :func:`~oko_lib.indicators.training_quality.transition.pooled_transitions`).
    completion : DataFrame
        Tasks (see :func:`~oko_lib.indicators.training_quality.tasks.municipality_completion`).
    skill_years : SkillYears
    register : DataFrame
        Difficulties by class and skill (see :mod:`~oko_lib.indicators.training_quality.register`).
    levels, levels_before, school_levels : DataFrame
        Levels of diagnostic works of the year and of the year before by work; by school and work.
    internal : DataFrame
        The same of schools' own assessment by work.
    moves : LevelTransitions
        The same children in grade 4 and grade 6.
    gaps : dict of str to GapChange
    nosologies : DataFrame
    adapted : AdaptedProgrammes
    graduates : DataFrame
        Counts by year and level of education.
    exam_tasks : DataFrame
    """

    works: pd.DataFrame
    schools: pd.DataFrame
    transition: pd.DataFrame
    completion: pd.DataFrame
    skill_years: SkillYears
    register: pd.DataFrame
    levels: pd.DataFrame
    levels_before: pd.DataFrame
    school_levels: pd.DataFrame
    internal: pd.DataFrame
    moves: LevelTransitions
    gaps: dict[str, GapChange]
    nosologies: pd.DataFrame
    adapted: AdaptedProgrammes
    graduates: pd.DataFrame
    exam_tasks: pd.DataFrame


@dataclass(frozen=True)
class MunicipalityQuality:
    """Quality of training in one municipality.

    Parameters
    ----------
    session : Session
    region : RegionQuality
        What the municipality is compared with.
    schools : Index
        Its schools.
    own : QualityOfSchools
    class_marks : DataFrame
        Distribution of marks by school, class and work of the year.
    region_works : DataFrame
        Marks by work over the region: subject, grade, n, mark_2 … mark_5, failing, good.
    region_levels : DataFrame
        Levels by work over the region.
    region_moves : LevelTransitions
    quality : FileQuality
    """

    session: Session
    region: RegionQuality
    schools: pd.Index
    own: QualityOfSchools
    class_marks: pd.DataFrame
    region_works: pd.DataFrame
    region_levels: pd.DataFrame
    region_moves: LevelTransitions
    quality: FileQuality

    @property
    def beside_region(self) -> bool:
        """Whether there is a region to compare the municipality with."""
        return self.region.has_comparison


def quality_of_schools(session: Session, region: RegionQuality, schools: Collection[str]) -> QualityOfSchools:
    """Compute everything told of a set of schools."""
    norms, year = session.norms, session.year
    inside = set(schools)

    def own(frame: pd.DataFrame) -> pd.DataFrame:
        return frame[frame["school"].isin(inside)]

    counts, levels, internal = own(region.marks.counts), own(region.levels), own(region.internal)
    now = levels[levels["year"] == year]
    pupils = own(region.pupils)
    return QualityOfSchools(
        works=shares_of_works(counts, region.scales, year, norms),
        schools=schools_of_marks(region.marks, inside, year, norms),
        transition=pooled_transitions(counts, year, norms),
        completion=municipality_completion(region.tasks, inside, norms),
        skill_years=skill_years(region.skill_years, inside, norms),
        register=difficulties(region.tasks, inside, norms),
        levels=levels_of_schools(levels, year, norms),
        levels_before=levels_of_schools(levels, year - 1, norms),
        school_levels=level_shares(now, ["school", *LEVEL_WORK], norms),
        internal=level_shares(internal[internal["year"] == year], LEVEL_WORK, norms),
        moves=region.cohorts.transitions(norms, inside),
        gaps=gap_changes(region.group_counts, norms, inside),
        nosologies=results_by_nosology(pupils, own(region.nosologies), year, norms),
        adapted=adapted_programmes(region.adapted, year, inside),
        graduates=totals(region.flow.rows, inside),
        exam_tasks=exam_tasks(region.exam_tasks, inside, norms),
    )


def municipality_quality(session: Session) -> MunicipalityQuality:
    """Compute the report of the session's municipality.

    Raises
    ------
    SettingsError
        If no municipality is given, or it has neither marks nor levels in the year.
    """
    require_municipality(session)
    region = region_quality(session)
    norms, year = session.norms, session.year
    schools = region.schools_of(session.municipality_code or "")
    marks = region.marks.counts[(region.marks.counts["year"] == year)]
    levels = region.levels[region.levels["year"] == year]
    mine = marks[marks["school"].isin(schools)]
    if mine.empty and not levels["school"].isin(schools).any():
        raise SettingsError(
            f"Нет результатов ВПР и диагностических работ за {year} год: {session.municipality_name} "
            f"({session.municipality_code}). Загрузите файлы муниципалитета: oko ingest ПАПКА."
        )
    return MunicipalityQuality(
        session=session,
        region=region,
        schools=schools,
        own=quality_of_schools(session, region, schools),
        class_marks=distribution(mine[mine["class_label"].notna()], ["school", *WORK, "class_label"], norms),
        region_works=region.works,
        region_levels=region.level_works,
        region_moves=region.moves,
        quality=file_quality(
            session.workspace,
            session.snapshot,
            year,
            FILES,
            logins_of(session.snapshot, schools),
            session.municipality_code,
        ),
    )
