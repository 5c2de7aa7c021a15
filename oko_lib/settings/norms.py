"""Norms: numbers a conclusion rests on, each with its source, clause and year."""

from __future__ import annotations

import hashlib

from pydantic import Field

from oko_lib.settings.loading import Strict, load
from oko_lib.settings.workspace import Workspace


class Norm(Strict):
    """One norm or threshold.

    Parameters
    ----------
    value : float
        The number itself.
    unit : str
        Unit of the value, in Russian.
    source, clause : str
        Document and the place in it.
    year : int
        Year of the document.
    official : bool
        True for a norm of a document, False for a choice of the workbench that a methodologist may change.
    """

    value: float
    unit: str
    source: str = Field(min_length=3)
    clause: str = Field(min_length=3)
    year: int = Field(ge=1900, le=2100)
    official: bool


class ObjectivityNorms(Strict):
    """Norms of the direction «objectivity of ВПР»; see ``parameters/norms/objectivity.yaml``."""

    substantial_difference: Norm
    minimum_group: Norm
    minimum_histogram: Norm
    sign_confidence_factor: Norm
    sign_iqr_multiplier: Norm
    confidence_level: Norm
    false_discovery_rate: Norm
    funnel_outer_level: Norm
    funnel_winsorise: Norm
    funnel_minimum_units: Norm
    border_minimum_free_scores: Norm
    border_minimum_near: Norm
    evidence_minimum_schools: Norm
    control_minimum_schools: Norm
    dynamics_years: Norm

    def items(self) -> list[tuple[str, Norm]]:
        """Return (name, norm) pairs in the order of the file."""
        return [(name, getattr(self, name)) for name in type(self).model_fields]

    @property
    def fingerprint(self) -> str:
        """Short hexadecimal digest of all values and sources."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:12]


def load_objectivity_norms(workspace: Workspace) -> ObjectivityNorms:
    """Read ``parameters/norms/objectivity.yaml``."""
    return load(workspace.parameters / "norms" / "objectivity.yaml", ObjectivityNorms)
