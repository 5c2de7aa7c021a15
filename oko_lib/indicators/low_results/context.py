"""Results against conditions: what may be expected of a school, which schools do better two years running."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import pandas as pd

from oko_lib.indicators.low_results.conditions import context_features
from oko_lib.methods.context_matrix import ContextMatrix, context_matrix
from oko_lib.methods.context_regression import ContextFit, expected_results
from oko_lib.methods.resilience import Resilience, lowest_part, resilient_schools
from oko_lib.methods.school_clusters import SchoolClusters, ward_clusters
from oko_lib.methods.social_index import SocialIndex, social_index
from oko_lib.settings.low_results_norms import LowResultsNorms

#: What a school's result is expected from; what most schools lack is dropped and named.
FEATURES = (
    "log_pupils", "rural", "low_income", "single_parent", "other_language", "on_record", "parents_higher_education",
)  # fmt: skip

#: Fields of the index of social well-being: 1 where more is more favourable.
INDEX_FIELDS = {
    "parents_higher_education": 1,
    "low_income": -1,
    "single_parent": -1,
    "on_record": -1,
    "other_language": -1,
}


@dataclass(frozen=True)
class RegionContext:
    """Context of all schools of the region.

    Parameters
    ----------
    fits : dict of int to ContextFit
        Link of results with conditions by year.
    low_context : frozenset of str
        Schools in the lowest third by what their conditions predict, in the year of the report.
    resilience : Resilience
        Over the last two years.
    index : SocialIndex
        Of the year of the report.
    matrix : ContextMatrix
        Conditions × result, borders at the region's middle; a school whose interval holds a border is undetermined.
    """

    fits: dict[int, ContextFit]
    low_context: frozenset[str]
    resilience: Resilience
    index: SocialIndex
    matrix: ContextMatrix


def region_context(conditions: pd.DataFrame, results: pd.DataFrame, year: int, norms: LowResultsNorms) -> RegionContext:
    """Compute everything that joins results and conditions.

    Parameters
    ----------
    conditions : DataFrame
        From :func:`~oko_lib.indicators.low_results.conditions.conditions_by_school`.
    results : DataFrame
        From :func:`~oko_lib.indicators.low_results.results.results_by_school`.
    year : int
        Year of the report; the year before it is needed for resilience.
    norms : LowResultsNorms
    """
    features = context_features(conditions)
    level, minimum = norms.confidence_level.value, int(norms.context_minimum_schools.value)
    joined = results.merge(features, on=["school", "year"], how="left")
    fits = {
        each: expected_results(joined[joined["year"] == each], features=FEATURES, minimum_schools=minimum, level=level)
        for each in (year - 1, year)
    }
    part = Fraction(norms.low_context_share.value).limit_denominator(100)
    now = fits[year].schools
    low = lowest_part(now["predicted"], part) if len(now) else []
    return RegionContext(
        fits=fits,
        low_context=frozenset(now.loc[low, "school"]) if len(now) else frozenset(),
        resilience=resilient_schools(fits, year, part=part, minimum_pupils=int(norms.minimum_group.value)),
        index=social_index(
            features[features["year"] == year],
            INDEX_FIELDS,
            minimum_schools=minimum,
            minimum_explained=norms.index_minimum_explained.value,
            level=level,
        ),
        matrix=_matrix(now, results, year),
    )


def school_groups(conditions: pd.DataFrame, results: pd.DataFrame, year: int, norms: LowResultsNorms) -> SchoolClusters:
    """Return clusters of schools by conditions and result; only the regional report needs them, and they take long.

    Parameters
    ----------
    conditions, results, year, norms
        As in :func:`region_context`.
    """
    now = results[results["year"] == year].merge(context_features(conditions), on=["school", "year"], how="left")
    return ward_clusters(
        now,
        ["result", *(name for name in FEATURES if name != "rural")],
        minimum_schools=int(norms.cluster_minimum_schools.value),
        minimum_stability=norms.cluster_minimum_stability.value,
    )


def _matrix(fitted: pd.DataFrame, results: pd.DataFrame, year: int) -> ContextMatrix:
    """Four groups by what conditions predict and by the result, each against the middle school of the region."""
    now = results[results["year"] == year].rename(columns={"low": "result_low", "high": "result_high"})
    columns = ["school", "predicted", "expected_mean_low", "expected_mean_high"]
    frame = now.merge(fitted[columns], on="school", how="left")
    return context_matrix(
        frame,
        context="predicted",
        context_low="expected_mean_low",
        context_high="expected_mean_high",
        context_border=float(frame["predicted"].median()) if frame["predicted"].notna().any() else 0.0,
        result_border=float(frame["result"].median()) if len(frame) else 0.0,
    )
