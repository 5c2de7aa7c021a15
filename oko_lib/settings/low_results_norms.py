"""Norms of the direction «dynamics of schools with low results»."""

from __future__ import annotations

from oko_lib.settings.loading import load
from oko_lib.settings.norms import Norm, SeriesNorms
from oko_lib.settings.workspace import Workspace


class LowResultsNorms(SeriesNorms):
    """Content of ``parameters/norms/low_results.yaml``.

    Rules by which schools are called low-performing are not norms of this file: each published method has its own file
    in ``parameters/identification``.
    """

    near_threshold: Norm
    support_coverage: Norm
    support_schools: Norm
    context_minimum_schools: Norm
    low_context_share: Norm
    resilience_years: Norm
    cluster_minimum_schools: Norm
    cluster_minimum_stability: Norm
    index_minimum_explained: Norm
    risk_strong_quantile: Norm
    risk_moderate_quantile: Norm


def load_low_results_norms(workspace: Workspace) -> LowResultsNorms:
    """Read ``parameters/norms/low_results.yaml``."""
    return load(workspace.parameters / "norms" / "low_results.yaml", LowResultsNorms)
