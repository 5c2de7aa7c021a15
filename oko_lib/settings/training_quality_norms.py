"""Norms of the direction «quality of training»."""

from __future__ import annotations

from pydantic import model_validator

from oko_lib.settings.loading import load
from oko_lib.settings.norms import Norm, SeriesNorms
from oko_lib.settings.workspace import Workspace


class TrainingQualityNorms(SeriesNorms):
    """Content of ``parameters/norms/training_quality.yaml``."""

    failing_growth: Norm
    basic_sufficient: Norm
    basic_insufficient: Norm
    advanced_sufficient: Norm
    advanced_insufficient: Norm
    internal_assessment: Norm
    false_discovery_rate: Norm
    funnel_outer_level: Norm
    funnel_winsorise: Norm
    funnel_minimum_units: Norm
    task_minimum_units: Norm

    @model_validator(mode="after")
    def _zones_in_order(self) -> TrainingQualityNorms:
        for level in ("basic", "advanced"):
            low, high = getattr(self, f"{level}_insufficient"), getattr(self, f"{level}_sufficient")
            if not 0 <= low.value <= high.value <= 1:
                raise ValueError(
                    f"{level}_insufficient и {level}_sufficient — доли от 0 до 1, первая не больше второй; "
                    f"записано {low.value:g} и {high.value:g}."
                )
        return self


def load_training_quality_norms(workspace: Workspace) -> TrainingQualityNorms:
    """Read ``parameters/norms/training_quality.yaml``."""
    return load(workspace.parameters / "norms" / "training_quality.yaml", TrainingQualityNorms)
