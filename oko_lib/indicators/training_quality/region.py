"""Everything about the quality of training that is computed over the whole region, once per run."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from oko_lib.indicators.low_results.cohorts import DOMAIN, RegionCohorts, region_cohorts
from oko_lib.indicators.low_results.gaps import GroupCounts, group_counts
from oko_lib.indicators.low_results.outcomes import outcomes_by_school
from oko_lib.indicators.low_results.pupils import nosology_counts, pupils_of_diagnostics, pupils_of_year
from oko_lib.indicators.memory import give_back
from oko_lib.indicators.regional import once
from oko_lib.indicators.registers import municipality_register, school_register
from oko_lib.indicators.session import Session
from oko_lib.indicators.training_quality.adapted import adapted_rows
from oko_lib.indicators.training_quality.agreement import Objectivity, region_objectivity
from oko_lib.indicators.training_quality.exam_tasks import exam_task_rows
from oko_lib.indicators.training_quality.flow import Flow, graduates, region_flow
from oko_lib.indicators.training_quality.levels import WORK as LEVEL_WORK
from oko_lib.indicators.training_quality.levels import internal_counts, level_counts, level_shares
from oko_lib.indicators.training_quality.marks import WORK, RegionMarks, distribution, region_marks
from oko_lib.indicators.training_quality.observers import observer_rows
from oko_lib.indicators.training_quality.skill_years import RegionSkillYears, region_skill_years
from oko_lib.indicators.training_quality.tasks import RegionTasks, region_tasks
from oko_lib.indicators.training_quality.transition import Transition, transitions
from oko_lib.indicators.vpr_frames import mark_counts_by_class, scales
from oko_lib.indicators.vpr_tasks import codifier, scored_works
from oko_lib.methods.cohort_change import LevelTransitions
from oko_lib.settings.levels import load_levels
from oko_lib.settings.norms import load_objectivity_norms
from oko_lib.settings.thresholds import load_exam_thresholds

#: Tables any of which makes a report of this direction possible.
TABLES = (
    "vpr_results_by_participant",
    "diagnostic_results_by_participant",
    "diagnostic_counts_by_school",
)


@dataclass(frozen=True)
class RegionQuality:
    """Results over the whole region; reports of municipalities are cut from them.

    Parameters
    ----------
    year : int
        Year of the report.
    years : tuple of int
        Years of the series with marks or levels, ending with `year`.
    municipalities, schools : DataFrame
        Registers, indexed by municipality_code and by school.
    scales, skills : DataFrame
        Scales of marks; codifiers.
    marks : RegionMarks
    works : DataFrame
        Marks by work of the year: subject, grade, n, mark_2 … mark_5, failing, good.
    transitions : dict of str to Transition
        By subject: the same parallel in grade 4 and grade 5.
    tasks : RegionTasks
    skill_years : RegionSkillYears
        Skills of the year before and of this year.
    levels, internal : DataFrame
        Counts of levels by class: diagnostic works, schools' own assessment.
    level_works : DataFrame
        Levels by work of the year.
    pupils, nosologies : DataFrame
        Pupils behind diagnostic works of the year; reported counts by nosology.
    group_counts : dict
        See :func:`~oko_lib.indicators.low_results.gaps.group_counts`.
    cohorts : RegionCohorts
    moves : LevelTransitions
        The same children in grade 4 and grade 6.
    flow : Flow
    adapted, exam_tasks, observers : DataFrame
    objectivity : Objectivity
    """

    year: int
    years: tuple[int, ...]
    municipalities: pd.DataFrame
    schools: pd.DataFrame
    scales: pd.DataFrame
    skills: pd.DataFrame
    marks: RegionMarks
    works: pd.DataFrame
    transitions: dict[str, Transition]
    tasks: RegionTasks
    skill_years: RegionSkillYears
    levels: pd.DataFrame
    level_works: pd.DataFrame
    internal: pd.DataFrame
    pupils: pd.DataFrame
    group_counts: GroupCounts
    nosologies: pd.DataFrame
    cohorts: RegionCohorts
    moves: LevelTransitions
    flow: Flow
    adapted: pd.DataFrame
    exam_tasks: pd.DataFrame
    observers: pd.DataFrame
    objectivity: Objectivity

    @cached_property
    def has_comparison(self) -> bool:
        """True when there is more than one municipality to compare with."""
        codes = self.schools["municipality_code"].reindex(self._seen_now).dropna()
        return len(codes.unique()) > 1

    @property
    def _seen_now(self) -> pd.Index:
        now = [frame.loc[frame["year"] == self.year, "school"] for frame in (self.marks.counts, self.levels)]
        return pd.Index(pd.concat(now).unique())

    def schools_of(self, municipality_code: str) -> pd.Index:
        """Schools of a municipality with marks or levels in any year of the series."""
        seen = {
            school for frame in (self.marks.counts, self.levels, self.flow.rows) for school in frame["school"].unique()
        }
        own = self.schools.index[self.schools["municipality_code"] == municipality_code]
        return pd.Index(sorted(seen & set(own)), name="school")


def region_quality(session: Session) -> RegionQuality:
    """Return the regional results for a session, computed once per data version, year, norms and parameter files."""
    return once("training_quality", session, _compute)


def _compute(session: Session) -> RegionQuality:
    snapshot, norms, year, workspace = session.snapshot, session.norms, session.year, session.workspace
    first = year - int(norms.dynamics_years.value) + 1
    schools = school_register(snapshot).set_index("school")
    all_scales = scales(snapshot, first, year)
    skills = codifier(snapshot, first, year)
    marks = region_marks(mark_counts_by_class(snapshot, first, year), all_scales, year, norms)
    pupils = pupils_of_diagnostics(snapshot, first, year)
    levels = level_counts(snapshot, pupils, first, year)
    works = scored_works(snapshot, year, skills)
    give_back()
    outcomes = outcomes_by_school(snapshot, first, year, load_exam_thresholds(workspace))
    literacy = outcomes[(outcomes["kind"] == "КДР") & (outcomes["subject"] == DOMAIN)]
    cohorts = region_cohorts(literacy, pupils, year, norms)
    # What takes most comes first: nothing else is there yet, and its works are gone before the next are read.
    tasks = region_tasks(works, skills, year, norms)
    skill_years = region_skill_years(scored_works(snapshot, year - 1, skills), works, skills, year)
    del works
    give_back()
    return RegionQuality(
        year=year,
        years=tuple(sorted({int(each) for frame in (marks.counts, levels) for each in frame["year"].unique()})),
        municipalities=municipality_register(snapshot).set_index("municipality_code"),
        schools=schools,
        scales=all_scales,
        skills=skills,
        marks=marks,
        works=distribution(marks.counts[marks.counts["year"] == year], WORK, norms),
        transitions=transitions(marks.counts, year, norms),
        tasks=tasks,
        skill_years=skill_years,
        levels=levels,
        level_works=level_shares(levels[levels["year"] == year], LEVEL_WORK, norms),
        internal=internal_counts(snapshot, first, year),
        pupils=pupils_of_year(pupils, year),
        group_counts=group_counts(pupils, year),
        nosologies=nosology_counts(snapshot, first, year, [word.code for word in load_levels(workspace).nosologies]),
        cohorts=cohorts,
        moves=cohorts.transitions(norms),
        flow=region_flow(graduates(snapshot, first, year), year, norms),
        adapted=adapted_rows(snapshot, first, year),
        exam_tasks=exam_task_rows(snapshot, year),
        observers=observer_rows(snapshot, year),
        objectivity=region_objectivity(session, schools, first, load_objectivity_norms(workspace)),
    )
