"""Everything about schools with low results that is computed over the whole region, once per run."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from oko_lib.indicators.low_results.cohorts import RegionCohorts, region_cohorts
from oko_lib.indicators.low_results.conditions import conditions_by_school
from oko_lib.indicators.low_results.context import RegionContext, region_context
from oko_lib.indicators.low_results.dynamics import (
    MeasureSummary,
    RegionDynamics,
    measure_summary,
    region_dynamics,
    returns_to_mean,
)
from oko_lib.indicators.low_results.gaps import GroupCounts, group_counts
from oko_lib.indicators.low_results.identification import MethodResult, identify
from oko_lib.indicators.low_results.identification_compare import Comparison, compare_methods
from oko_lib.indicators.low_results.list_history import ListHistory, list_history
from oko_lib.indicators.low_results.listed import ListedSchools, computed_lists, official_lists
from oko_lib.indicators.low_results.outcomes import outcomes_by_school
from oko_lib.indicators.low_results.pupils import nosology_counts, pupils_of_diagnostics, pupils_of_year
from oko_lib.indicators.low_results.results import results_by_school
from oko_lib.indicators.low_results.risks import risk_profile
from oko_lib.indicators.low_results.shares import shares_by_procedure
from oko_lib.indicators.low_results.support import deficits_by_school, support_by_school
from oko_lib.indicators.regional import once
from oko_lib.indicators.registers import municipality_register, school_register
from oko_lib.indicators.school_lists import lists_of_schools
from oko_lib.indicators.session import Session
from oko_lib.methods.cohort_change import LevelTransitions
from oko_lib.methods.regression_to_mean import RegressionToMean
from oko_lib.methods.risk_position import RiskPositions
from oko_lib.settings.identification import load_identification_methods
from oko_lib.settings.levels import load_levels
from oko_lib.settings.risk_factors import RiskFactor, load_risk_factors
from oko_lib.settings.thresholds import load_exam_thresholds

#: Tables any of which makes a report of this direction possible.
TABLES = (
    "exam_results_by_participant",
    "exam_counts_by_school",
    "diagnostic_results_by_participant",
    "diagnostic_counts_by_school",
)

#: Name of the rule that stands in where no list was published.
FEDERAL = "federal"

#: How far back lists are followed.
_LIST_YEARS = 10


@dataclass(frozen=True)
class RegionLowResults:
    """Results over the whole region; reports of municipalities and schools are cut from them.

    Parameters
    ----------
    year : int
        Year of the report.
    years : tuple of int
        Years of the series with outcomes, ending with `year`.
    municipalities, schools : DataFrame
        Registers, indexed by municipality_code and by school.
    outcomes : DataFrame
        School × year × procedure (see :mod:`~oko_lib.indicators.low_results.outcomes`).
    shares : DataFrame
        Exams and diagnostic works of the whole region by year (see :mod:`~oko_lib.indicators.low_results.shares`).
    results : DataFrame
        School × year: one result over all procedures.
    dynamics : RegionDynamics
    returns : dict of str to RegressionToMean
        By procedure of the seven measures: how much of the change of the base list is the mere return of schools
        chosen for a low result. Empty when the list was made from this very year.
    cohorts : RegionCohorts
        The same children in grade 4 and grade 6.
    moves : LevelTransitions
        Their moves between levels.
    measures : tuple of MeasureSummary
        Measures of 1.2.3 over the base list of the region.
    lists : DataFrame
        Published lists of all kinds: list_kind, year, school, school_name, sign, source.
    listed : ListedSchools
        Schools in work.
    history : ListHistory
        Official lists over the years.
    identification : dict of str to MethodResult
        By method, in the order of their files; the federal rule first.
    comparison : Comparison
    context : RegionContext
    conditions : DataFrame
    factors : tuple of RiskFactor
    risks : RiskPositions
    support, deficits : DataFrame
    pupils, nosologies : DataFrame
        Pupils behind diagnostic works of the year; reported counts by nosology.
    group_counts : dict
        See :func:`~oko_lib.indicators.low_results.gaps.group_counts`.
    """

    year: int
    years: tuple[int, ...]
    municipalities: pd.DataFrame
    schools: pd.DataFrame
    outcomes: pd.DataFrame
    shares: pd.DataFrame
    results: pd.DataFrame
    dynamics: RegionDynamics
    returns: dict[str, RegressionToMean]
    cohorts: RegionCohorts
    moves: LevelTransitions
    measures: tuple[MeasureSummary, ...]
    lists: pd.DataFrame
    listed: ListedSchools
    history: ListHistory
    identification: dict[str, MethodResult]
    comparison: Comparison
    context: RegionContext
    conditions: pd.DataFrame
    factors: tuple[RiskFactor, ...]
    risks: RiskPositions
    support: pd.DataFrame
    deficits: pd.DataFrame
    pupils: pd.DataFrame
    group_counts: GroupCounts
    nosologies: pd.DataFrame

    @cached_property
    def has_comparison(self) -> bool:
        """True when there is more than one municipality to compare with."""
        now = self.outcomes.loc[self.outcomes["year"] == self.year, "school"].unique()
        return len(self.schools["municipality_code"].reindex(now).dropna().unique()) > 1

    def schools_of(self, municipality_code: str) -> pd.Index:
        """Schools of a municipality with outcomes in any year of the series, or on a list of the report."""
        seen = set(self.outcomes["school"].unique()) | self.listed.schools
        own = self.schools.index[self.schools["municipality_code"] == municipality_code]
        return pd.Index(sorted(seen & set(own)), name="school")


def region_low_results(session: Session) -> RegionLowResults:
    """Return the regional results for a session, computed once per data version, year, norms and parameter files."""
    return once("low_results", session, _compute)


def _compute(session: Session) -> RegionLowResults:
    snapshot, norms, year, workspace = session.snapshot, session.norms, session.year, session.workspace
    methods = load_identification_methods(workspace)
    nosologies = [word.code for word in load_levels(workspace).nosologies]
    first = year - int(norms.dynamics_years.value) + 1
    schools = school_register(snapshot).set_index("school")
    outcomes = outcomes_by_school(snapshot, first, year, load_exam_thresholds(workspace))
    results = results_by_school(outcomes, norms.confidence_level.value)
    dynamics = region_dynamics(outcomes, year, norms)
    lists = lists_of_schools(snapshot, year - _LIST_YEARS + 1, year)
    states = dynamics.states()
    found = {
        method.name: identify(method, outcomes, lists, year, states)
        for method in sorted(methods.values(), key=lambda item: item.name != FEDERAL)
    }
    conditions = conditions_by_school(snapshot, first, year)
    factors = load_risk_factors(workspace)
    pupils = pupils_of_diagnostics(snapshot, first, year)
    list_years = sorted({int(each) for each in lists.loc[lists["list_kind"] == "low_results", "year"]} | {year})
    federal = methods.get(FEDERAL)

    def by_rule() -> ListedSchools:
        if federal is None:
            return computed_lists({year: frozenset()}, year)
        before = identify(federal, outcomes[outcomes["year"] < year], lists, year - 1)
        return computed_lists({year - 1: before.listed(), year: found[FEDERAL].listed()}, year)

    listed = official_lists(lists, year) or by_rule()
    cohorts = region_cohorts(outcomes, pupils, year, norms)
    return RegionLowResults(
        year=year,
        years=tuple(sorted(int(each) for each in outcomes["year"].unique())),
        municipalities=municipality_register(snapshot).set_index("municipality_code"),
        schools=schools,
        outcomes=outcomes,
        shares=shares_by_procedure(outcomes[outcomes["kind"] != "ВПР"], None, norms),
        results=results,
        dynamics=dynamics,
        returns=returns_to_mean(outcomes, results, listed, year, norms),
        cohorts=cohorts,
        moves=cohorts.transitions(norms),
        measures=tuple(measure_summary(change, listed.base, norms) for change in dynamics.measures),
        lists=lists,
        listed=listed,
        history=list_history(lists, list_years, schools.index),
        identification=found,
        comparison=compare_methods(list(found.values()), lists),
        context=region_context(conditions, results, year, norms),
        conditions=conditions,
        factors=factors,
        risks=risk_profile(conditions, factors, year, norms),
        support=support_by_school(snapshot, first, year),
        deficits=deficits_by_school(snapshot, first, year),
        pupils=pupils_of_year(pupils, year),
        group_counts=group_counts(pupils, year),
        nosologies=nosology_counts(snapshot, first, year, nosologies),
    )
