"""Norms of the direction «talent»."""

from __future__ import annotations

from oko_lib.settings.loading import load
from oko_lib.settings.norms import Norm, Norms
from oko_lib.settings.workspace import Workspace


class TalentNorms(Norms):
    """Content of ``parameters/norms/talent.yaml``.

    Quotas of prizes are not norms of this file: every organiser sets its own (``parameters/olympiad_quotas.yaml``).
    """

    coverage_target: Norm
    coverage_first_grade: Norm
    coverage_last_grade: Norm
    trained_teachers_target: Norm
    observed_olympiads_target: Norm
    winner_share_of_maximum: Norm
    municipal_first_grade: Norm
    regional_first_grade: Norm
    minimum_group: Norm
    minimum_keyed_share: Norm
    confidence_level: Norm
    false_discovery_rate: Norm
    dynamics_years: Norm
    dynamics_minimum_count: Norm
    link_minimum_schools: Norm

    @property
    def coverage_grades(self) -> tuple[int, int]:
        """First and last grade of the coverage norm."""
        return int(self.coverage_first_grade.value), int(self.coverage_last_grade.value)

    def first_grade(self, stage: str) -> int:
        """Return the youngest grade admitted to an olympiad stage; 1 where the rules set none."""
        if stage == "municipal":
            return int(self.municipal_first_grade.value)
        return int(self.regional_first_grade.value) if stage in {"regional", "final"} else 1


def load_talent_norms(workspace: Workspace) -> TalentNorms:
    """Read ``parameters/norms/talent.yaml``."""
    return load(workspace.parameters / "norms" / "talent.yaml", TalentNorms)
