"""The whole region for its own report: what only the reader of the regional summary sees."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import pandas as pd

from oko_lib.indicators.low_results.context import school_groups
from oko_lib.indicators.low_results.dynamics import MeasureSummary
from oko_lib.indicators.low_results.gaps import gap_changes
from oko_lib.indicators.low_results.identification import early_warning
from oko_lib.indicators.low_results.measures import MEASURES
from oko_lib.indicators.low_results.municipality import FILES
from oko_lib.indicators.low_results.pupils import results_by_nosology
from oko_lib.indicators.low_results.region import FEDERAL, RegionLowResults, region_low_results
from oko_lib.indicators.low_results.shares import pooled_changes
from oko_lib.indicators.low_results.support import Support, complete_share, support_of
from oko_lib.indicators.quality import FileQuality, file_quality
from oko_lib.indicators.session import Session
from oko_lib.methods.cohort_change import LevelTransitions
from oko_lib.methods.context_matrix import Cell
from oko_lib.methods.group_gap import GapChange
from oko_lib.methods.growth_model import GrowthModel, growth_model, precision_weights
from oko_lib.methods.result import Estimate
from oko_lib.methods.risk_position import Risk
from oko_lib.methods.school_clusters import SchoolClusters
from oko_lib.settings.identification import ShareBelow
from oko_lib.settings.low_results_norms import LowResultsNorms

#: Key of schools no register puts into a municipality: they are counted and shown, not dropped.
NO_MUNICIPALITY = ""

#: What becomes of a school by the joined change; ``few`` where nothing can be said.
OUTCOMES = ("growth", "decline", "indistinct", "few")

_COUNTS = ("schools", "base", "current", "entered", "left", *OUTCOMES)
_SUPPORT = ("teachers", "teachers_diagnosed", "teachers_with_deficits", "teachers_supported")


@dataclass(frozen=True)
class CourseOfSchools:
    """The mixed model of one procedure.

    Parameters
    ----------
    model : GrowthModel
    n_years : int
        Years of the data.
    typical_n : int
        Pupils of a school in the middle of the region.
    residual : float or None
        Standard deviation of one year of such a school around its own line, fraction.
    faster, slower : tuple of str
        Schools whose slope differs from the region's beyond its interval.
    """

    model: GrowthModel
    n_years: int
    typical_n: int
    residual: float | None
    faster: tuple[str, ...]
    slower: tuple[str, ...]


@dataclass(frozen=True)
class Sensitivity:
    """How many schools one reading of a method lists at other thresholds.

    Parameters
    ----------
    method, reading : str
    threshold : Fraction
        The method's own.
    counts : Series
        By threshold in percent: schools listed.
    """

    method: str
    reading: str
    threshold: Fraction
    counts: pd.Series


@dataclass(frozen=True)
class RegionSummary:
    """Schools with low results over the region.

    Parameters
    ----------
    session : Session
    region : RegionLowResults
    measures : tuple of MeasureSummary
        Measures of 1.2.3 over the base list.
    states : dict of str to tuple of str
        Schools of the base list by their joined change (see :data:`OUTCOMES`).
    municipalities : DataFrame
        Indexed by municipality_code (:data:`NO_MUNICIPALITY` where unknown): schools (seen in any year of the series or
        listed), base, current, entered, left, and by the joined change growth, decline, indistinct, few; counts of
        schools, the last four add up to ``schools``.
    total : Series
        The same over the region.
    courses : dict of str to CourseOfSchools
        By procedure of the seven measures.
    pooled : dict of str to Estimate
        By procedure: change of the share of success of all pupils of the region together.
    shares : DataFrame
        Exams and diagnostic works of all pupils by year.
    moves, listed_moves : LevelTransitions
        Levels of the same children in grade 4 and grade 6: of the region, and of listed schools.
    sensitivity : tuple of Sensitivity
        Methods with one threshold on shares.
    near : DataFrame
        Schools off the list in force that come near the federal rule (see
        :func:`~oko_lib.indicators.low_results.identification.early_warning`).
    cells : DataFrame
        Indexed by cell of context × result: schools, listed.
    groups : SchoolClusters
        Clusters of schools by conditions and result.
    clusters : DataFrame
        The same told by features, indexed by cluster: n, jaccard, pupils (geometric mean), means of the other features;
        empty when refused.
    resilient : DataFrame
        Resilient schools with their distances from the expected result.
    without_passport : tuple of str
        Listed schools without a social passport of the year.
    risks : DataFrame
        Indexed by factor, in the order of the parameter file: known, strong, moderate (listed schools), share
        (Estimate: strong or moderate of known), region_share (the same over all schools), median, is_share.
    support : Support
        Of all listed schools.
    support_of : dict of str to Support
        By municipality_code.
    support_counts : DataFrame
        Indexed by municipality_code: listed, reported (schools), counts of teachers.
    support_total : Series
        The same over the region.
    gaps : dict of str to GapChange
    nosologies : DataFrame
    quality : FileQuality
    """

    session: Session
    region: RegionLowResults
    measures: tuple[MeasureSummary, ...]
    states: dict[str, tuple[str, ...]]
    municipalities: pd.DataFrame
    total: pd.Series
    courses: dict[str, CourseOfSchools]
    shares: pd.DataFrame
    pooled: dict[str, Estimate]
    moves: LevelTransitions
    listed_moves: LevelTransitions
    sensitivity: tuple[Sensitivity, ...]
    near: pd.DataFrame
    cells: pd.DataFrame
    groups: SchoolClusters
    clusters: pd.DataFrame
    resilient: pd.DataFrame
    without_passport: tuple[str, ...]
    risks: pd.DataFrame
    support: Support
    support_of: dict[str, Support]
    support_counts: pd.DataFrame
    support_total: pd.Series
    gaps: dict[str, GapChange]
    nosologies: pd.DataFrame
    quality: FileQuality

    @property
    def in_force(self) -> frozenset[str]:
        """Schools on the list of the year, or on the newest one before it."""
        return in_force(self.region)


def region_summary(session: Session) -> RegionSummary:
    """Compute the summary of the session's region."""
    region = region_low_results(session)
    norms, year, listed = session.norms, session.year, region.listed
    schools = _schools(region)
    by_municipality = {
        str(code): frozenset(rows.index) for code, rows in schools[schools["on_list"]].groupby("municipality_code")
    }
    support = support_of(region.support, region.deficits, listed.schools, year, norms)
    supported = {
        code: support_of(region.support, region.deficits, own, year, norms) for code, own in by_municipality.items()
    }
    base = schools.loc[schools["base"]]
    now = region.conditions[region.conditions["year"] == year]
    resilient = region.context.resilience.schools
    counts = schools.groupby("municipality_code")[list(_COUNTS)].sum()
    groups = school_groups(region.conditions, region.results, year, norms)
    return RegionSummary(
        session=session,
        region=region,
        measures=region.measures,
        states={state: tuple(base.index[base[state]]) for state in OUTCOMES},
        municipalities=counts,
        total=counts.sum(),
        courses=courses_of_schools(region, norms),
        shares=region.shares,
        pooled=pooled_changes(region.outcomes[region.outcomes["kind"] != "ВПР"], None, year, norms),
        moves=region.moves,
        listed_moves=region.cohorts.transitions(norms, listed.schools),
        sensitivity=_sensitivity(region),
        near=near_schools(region, norms.near_threshold.value),
        cells=_cells(region),
        groups=groups,
        clusters=_clusters(groups),
        resilient=resilient[resilient["resilient"].fillna(False).astype(bool)].reset_index(drop=True),
        without_passport=tuple(sorted(listed.schools - set(now.loc[now["passport_pupils"].notna(), "school"]))),
        risks=risks_of(region, listed.schools),
        support=support,
        support_of=supported,
        support_counts=pd.DataFrame(
            {code: _support_counts(supported[code], own) for code, own in by_municipality.items()}
        ).T.rename_axis("municipality_code"),
        support_total=_support_counts(support, listed.schools),
        gaps=gap_changes(region.group_counts, norms),
        nosologies=results_by_nosology(region.pupils, region.nosologies, year, norms),
        quality=file_quality(session.workspace, session.snapshot, year, FILES, None, None),
    )


def in_force(region: RegionLowResults) -> frozenset[str]:
    """Return the schools on the list of the year, or on the newest one before it."""
    return region.listed.current if region.listed.current_year is not None else region.listed.base


def near_schools(region: RegionLowResults, near_share: float) -> pd.DataFrame:
    """Return the schools off the list in force that come near the federal rule (empty where there is no such file)."""
    federal = region.identification.get(FEDERAL)
    if federal is None:
        return pd.DataFrame()
    found = early_warning(federal, near_share)
    return found[~found.index.isin(in_force(region))]


def _schools(region: RegionLowResults) -> pd.DataFrame:
    """Every school seen or listed, with what is counted of it."""
    listed = region.listed
    index = pd.Index(sorted(set(region.outcomes["school"]) | listed.schools), name="school")
    state = region.dynamics.composite.units["state"].reindex(index)
    codes = region.schools["municipality_code"].reindex(index)
    frame = pd.DataFrame(
        {
            "municipality_code": codes.where(codes.notna(), NO_MUNICIPALITY),
            "schools": True,
            "on_list": index.isin(listed.schools),
            "base": index.isin(listed.base),
            "current": index.isin(listed.current),
            "entered": index.isin(listed.entered),
            "left": index.isin(listed.left),
        },
        index=index,
    )
    known = {name: (state == name).fillna(False).astype(bool) for name in OUTCOMES[:-1]}
    return frame.assign(**known, few=~np.logical_or.reduce(list(known.values())))


def courses_of_schools(region: RegionLowResults, norms: LowResultsNorms) -> dict[str, CourseOfSchools]:
    """Return the mixed model of every procedure of the seven measures that has results in the year.

    A year of a school weighs by its pupils and by the natural fluctuation of schools (the same that changes are judged
    by), so that a large school is not taken for one without bad years.
    """
    known = region.outcomes.dropna(subset="n_success")
    names = [name for measure in MEASURES for name in measure.procedures if name in region.dynamics.procedures]
    return {name: _course(known[known["procedure"] == name], region, name, norms) for name in names}


def _course(rows: pd.DataFrame, region: RegionLowResults, name: str, norms: LowResultsNorms) -> CourseOfSchools:
    n, success = rows["n"].astype(float), rows["n_success"].astype(float)
    share = float(success.sum() / n.sum())
    natural = region.dynamics.procedures[name].natural_sd or 0.0
    within = float(np.sqrt(share * (1 - share)))
    # All or none everywhere: any weight will do, the model then refuses by itself.
    weights = precision_weights(n, within or 1.0, natural)
    model = growth_model(
        rows.assign(share=success / n, weight=weights)[["school", "year", "share", "weight"]],
        weight="weight",
        minimum_schools=int(norms.dynamics_minimum_schools.value),
        level=norms.confidence_level.value,
    )
    typical = int(n.median())
    weight = float(precision_weights(typical, within or 1.0, natural))
    units = model.units
    return CourseOfSchools(
        model=model,
        n_years=rows["year"].nunique(),
        typical_n=typical,
        residual=None if model.sd_residual is None else float(model.sd_residual / np.sqrt(weight)),
        faster=tuple(units.index[units["slope_low"] > 0]),
        slower=tuple(units.index[units["slope_high"] < 0]),
    )


def _sensitivity(region: RegionLowResults) -> tuple[Sensitivity, ...]:
    found = []
    for name, result in region.identification.items():
        thresholds = {item.share for item in result.method.criteria if isinstance(item, ShareBelow)}
        for reading, each in result.readings.items():
            if each.sensitivity is not None:
                counts = each.sensitivity.fillna(False).astype(bool).sum()
                found.append(Sensitivity(name, reading, min(thresholds), counts))
    return tuple(found)


def _cells(region: RegionLowResults) -> pd.DataFrame:
    """Schools by cell; those without a result of the year are in no cell."""
    rows = region.context.matrix.schools
    own = rows[rows["school"].isin(region.listed.schools)]
    frame = pd.DataFrame({"schools": rows["cell"].value_counts(), "listed": own["cell"].value_counts()})
    return frame.reindex([cell.value for cell in Cell]).fillna(0).astype(int).rename_axis("cell")


def _clusters(groups: SchoolClusters) -> pd.DataFrame:
    found = groups.clusters.set_index("cluster")
    if "log_pupils" not in found.columns:
        return found
    return found.assign(pupils=np.exp(found["log_pupils"].astype(float))).drop(columns="log_pupils")


def risks_of(region: RegionLowResults, schools: Collection[str]) -> pd.DataFrame:
    """Return by factor how many of `schools` stand out, of those whose passport tells it."""
    rows = region.risks.schools
    borders = region.risks.factors.set_index("factor")
    found = []
    for factor in region.factors:
        own = rows[rows["factor"] == factor.code]
        of = own[own["school"].isin(list(schools))]
        found.append(
            {
                "factor": factor.code,
                "known": int((of["risk"] != Risk.NO_DATA).sum()),
                "strong": int((of["risk"] == Risk.STRONG).sum()),
                "moderate": int((of["risk"] == Risk.MODERATE).sum()),
                "share": _standing_out(of),
                "region_share": _standing_out(own),
                "median": borders["median"].get(factor.code),
                "is_share": bool(own["n"].notna().any()),
            }
        )
    return pd.DataFrame(found).set_index("factor")


def _standing_out(rows: pd.DataFrame) -> Estimate:
    known = rows[rows["risk"] != Risk.NO_DATA]
    return complete_share(int(known["risk"].isin([Risk.STRONG, Risk.MODERATE]).sum()), len(known))


def _support_counts(support: Support, schools: Collection[str]) -> pd.Series:
    # What nobody reported stays unknown; it is not zero.
    sums = support.schools[list(_SUPPORT)].astype(float).sum(min_count=1)
    return pd.concat([pd.Series({"listed": len(schools), "reported": len(support.schools)}, dtype=float), sums])
