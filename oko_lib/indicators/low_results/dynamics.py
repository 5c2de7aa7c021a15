"""Dynamics of schools' results: every procedure against the region, measures of section 1.2.3, whole schools."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import pandas as pd

from oko_lib.indicators.low_results.listed import ListedSchools
from oko_lib.indicators.low_results.measures import MEASURES, Measure
from oko_lib.methods.change import SchoolChanges, school_changes
from oko_lib.methods.composite_change import CompositeChange, composite_change
from oko_lib.methods.proportions import wilson
from oko_lib.methods.regression_to_mean import RegressionToMean, regression_to_mean
from oko_lib.methods.result import Estimate
from oko_lib.settings.low_results_norms import LowResultsNorms

GROWTH, DECLINE, INDISTINCT = "growth", "decline", "indistinct"


@dataclass(frozen=True)
class MeasureChange:
    """One measure of 1.2.3 over all schools of the region.

    Parameters
    ----------
    measure : Measure
    schools : DataFrame
        Indexed by school: n_previous, n_last, share_previous, share_last, change, change_low, change_high,
        relative, relative_low, relative_high (beyond the region's shift), formal (share rose at all), state (beyond the
        region's shift and usual fluctuation; missing when too few pupils), refusal, previous_year, last_year.
    common_change : float or None
        The region's own change, fraction.
    """

    measure: Measure
    schools: pd.DataFrame
    common_change: float | None


@dataclass(frozen=True)
class RegionDynamics:
    """Changes of all schools of the region.

    Parameters
    ----------
    procedures : dict of str to SchoolChanges
        By procedure: shares of success.
    measures : tuple of MeasureChange
        The seven measures; those without data are left out.
    composite, composite_trend : CompositeChange
        Over all procedures of the seven measures together: the last change, and the trend of three years and more.
    """

    procedures: dict[str, SchoolChanges]
    measures: tuple[MeasureChange, ...]
    composite: CompositeChange
    composite_trend: CompositeChange

    def states(self) -> pd.DataFrame:
        """Return school, procedure, state of every school × procedure with an answer."""
        parts = [
            changes.units["state"].dropna().rename_axis("school").reset_index().assign(procedure=procedure)
            for procedure, changes in self.procedures.items()
        ]
        return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=["school", "state", "procedure"])


@dataclass(frozen=True)
class MeasureSummary:
    """One measure over a set of listed schools.

    Parameters
    ----------
    measure : Measure
    n_listed : int
        Listed schools in all.
    n_taking : int
        Of them with pupils in this procedure in both years.
    n_judged : int
        Of them with enough pupils for a state.
    formal : Estimate
        Share of `n_taking` whose share of success rose at all. About half do by chance alone.
    reliable : Estimate
        Share of `n_judged` whose state is growth.
    growth, decline, indistinct : tuple of str
        Schools by state.
    """

    measure: Measure
    n_listed: int
    n_taking: int
    n_judged: int
    formal: Estimate
    reliable: Estimate
    growth: tuple[str, ...]
    decline: tuple[str, ...]
    indistinct: tuple[str, ...]


def region_dynamics(outcomes: pd.DataFrame, year: int, norms: LowResultsNorms) -> RegionDynamics:
    """Compute changes of all schools of the region up to `year`.

    Parameters
    ----------
    outcomes : DataFrame
        From :func:`~oko_lib.indicators.low_results.outcomes.outcomes_by_school`, the years of the series.
    year : int
        Year of the report: procedures without results in it have no dynamics.
    norms : LowResultsNorms
    """
    known = outcomes.dropna(subset="n_success")
    present = known.loc[known["year"] == year, "procedure"].unique()
    procedures = {
        str(procedure): school_changes(
            rows[["school", "year", "n_success", "n"]],
            minimum_n=int(norms.minimum_group.value),
            minimum_schools=int(norms.dynamics_minimum_schools.value),
            level=norms.confidence_level.value,
        )
        for procedure, rows in known[known["procedure"].isin(present)].groupby("procedure")
    }
    measures = tuple(
        _measure_change(measure, procedures, norms)
        for measure in MEASURES
        if any(p in procedures for p in measure.procedures)
    )
    wanted = {name: procedures[name] for measure in MEASURES for name in measure.procedures if name in procedures}
    level, minimum = norms.confidence_level.value, int(norms.dynamics_minimum_schools.value)
    return RegionDynamics(
        procedures=procedures,
        measures=measures,
        composite=composite_change(wanted, minimum_schools=minimum, level=level),
        composite_trend=composite_change(wanted, trend=True, minimum_schools=minimum, level=level),
    )


def _measure_change(measure: Measure, procedures: dict[str, SchoolChanges], norms: LowResultsNorms) -> MeasureChange:
    found = {name: procedures[name] for name in measure.procedures if name in procedures}
    if len(found) == 1:
        changes = next(iter(found.values()))
        return MeasureChange(measure, changes.units, changes.common_change)
    # Two exams under one measure (mathematics of ЕГЭ): shares are weighted by the pupils of the later year, so that
    # more pupils choosing the easier exam do not look like growth; the state comes from both together.
    parts = pd.concat(
        [changes.units.rename_axis("unit").reset_index() for changes in found.values()], ignore_index=True
    )
    both = parts.dropna(subset="change")
    schools = pd.DataFrame(
        {name: _weighted(both, name) for name in ("share_previous", "share_last", "change", "relative")}
    )
    for name in ("change", "relative"):
        reach = _joined_reach(both, name)
        schools = schools.assign(**{f"{name}_low": schools[name] - reach, f"{name}_high": schools[name] + reach})
    counts = both.groupby("unit")[["n_previous", "n_last"]].sum()
    years = both.groupby("unit")[["previous_year", "last_year"]].max()
    joined = composite_change(
        found,
        minimum_schools=int(norms.dynamics_minimum_schools.value),
        level=norms.confidence_level.value,
    ).units["state"]
    # Too few schools with both exams to join them: who took one only is still judged by it.
    judged = parts.dropna(subset="state")
    only = judged[~judged["unit"].duplicated(keep=False)].set_index("unit")["state"]
    joined = joined.astype("str").reindex(joined.index.union(only.index)).fillna(only)
    everyone = pd.Index(parts["unit"].unique(), name="unit")
    refusals = parts.groupby("unit")["refusal"].first()
    table = schools.join(counts).join(years).reindex(everyone)
    # Where there is no change to tell, the facts of the one year stay.
    for when in ("previous", "last"):
        share, n = f"share_{when}", f"n_{when}"
        alone = parts.groupby("unit")[n].sum(min_count=1)
        table[n] = table[n].fillna(alone)
        table[share] = table[share].fillna(_weighted(parts, share, n))
    table = table.assign(
        formal=(table["change"] > 0).where(table["change"].notna()),
        state=joined.reindex(everyone),
        refusal=refusals.reindex(everyone).where(joined.reindex(everyone).isna()),
    )
    shifts = [(changes.common_change, len(changes.units)) for changes in found.values()]
    known = [(shift, n) for shift, n in shifts if shift is not None]
    common = sum(shift * n for shift, n in known) / sum(n for _, n in known) if known else None
    return MeasureChange(measure, table, common)


def _weighted(parts: pd.DataFrame, name: str, by: str = "n_last") -> pd.Series:
    """Mean of a column over the procedures of a school, weighted by the pupils (of the later year)."""
    known = parts.dropna(subset=name)
    weight = known[by].astype(float)
    total = (known[name].astype(float) * weight).groupby(known["unit"]).sum()
    return total / weight.groupby(known["unit"]).sum()


def _joined_reach(parts: pd.DataFrame, name: str) -> pd.Series:
    """Half the width of the interval of :func:`_weighted`, procedures taken as independent."""
    known = parts.dropna(subset=f"{name}_low")
    weight = known["n_last"].astype(float)
    half = (known[f"{name}_high"] - known[f"{name}_low"]).astype(float) / 2
    squares = (half * weight).pow(2).groupby(known["unit"]).sum()
    return squares.pow(0.5) / weight.groupby(known["unit"]).sum()


def measure_summary(change: MeasureChange, schools: Collection[str], norms: LowResultsNorms) -> MeasureSummary:
    """Return the measure over the listed `schools` (of the region or of one municipality)."""
    own = change.schools[change.schools.index.isin(set(schools))]
    taking = own[own["change"].notna()]
    judged = own[own["state"].notna()]
    level = norms.confidence_level.value
    named = {state: tuple(sorted(judged.index[judged["state"] == state])) for state in (GROWTH, DECLINE, INDISTINCT)}
    return MeasureSummary(
        measure=change.measure,
        n_listed=len(set(schools)),
        n_taking=len(taking),
        n_judged=len(judged),
        formal=wilson(int(taking["formal"].astype(bool).sum()), len(taking), level),
        reliable=wilson(len(named[GROWTH]), len(judged), level),
        growth=named[GROWTH],
        decline=named[DECLINE],
        indistinct=named[INDISTINCT],
    )


def returns_to_mean(
    outcomes: pd.DataFrame, results: pd.DataFrame, listed: ListedSchools, year: int, norms: LowResultsNorms
) -> dict[str, RegressionToMean]:
    """Return by procedure how much of the change of the base list is a mere return to the mean.

    Schools get on a list in a bad year; the next one is better for many of them whatever is done. `results` (one per
    school and year, see :mod:`~oko_lib.indicators.low_results.results`) tell how low a school is besides. Nothing is
    computed for a list made from the results of `year` itself.
    """
    if listed.base_year is None or listed.chosen_by_this_year:
        return {}
    known = outcomes.dropna(subset="n_success")
    # Lists are made of several procedures and years: schools low in all of them return to a low level of their own.
    earlier = results[results["year"] <= listed.base_year].groupby("school")["result"].mean()
    return {
        name: regression_to_mean(
            known[known["procedure"] == name],
            listed.base,
            listed.base_year,
            year,
            minimum_n=int(norms.minimum_group.value),
            minimum_schools=int(norms.dynamics_minimum_schools.value),
            level=norms.confidence_level.value,
            beside=earlier,
        )
        for measure in MEASURES
        for name in measure.procedures
        if (known["procedure"] == name).any()
    }
