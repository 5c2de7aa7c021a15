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
    year : int or None
        Year of the document, None when it bears no date.
    official : bool
        True for a norm of a document, False for a choice of the workbench that a methodologist may change.
    """

    value: float
    unit: str
    source: str = Field(min_length=3)
    clause: str = Field(min_length=3)
    year: int | None = Field(ge=1900, le=2100)
    official: bool


class Work(Strict):
    """A ВПР work: subject and programme grade."""

    subject: str
    grade: int = Field(ge=1, le=11)


class Norms(Strict):
    """Norms of one direction: base of the classes that name them, one per file of ``parameters/norms``."""

    def items(self) -> list[tuple[str, Norm]]:
        """Return (name, norm) pairs in the order of the file."""
        fields = ((name, getattr(self, name)) for name in type(self).model_fields)
        return [(name, value) for name, value in fields if isinstance(value, Norm)]

    @property
    def fingerprint(self) -> str:
        """Short hexadecimal digest of all values and sources."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:12]


class SeriesNorms(Norms):
    """Norms every direction that follows results of schools over years needs."""

    minimum_group: Norm
    confidence_level: Norm
    dynamics_years: Norm
    dynamics_minimum_schools: Norm


class ObjectivityNorms(Norms):
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
    sign_works: tuple[Work, ...] = Field(min_length=1)


def load_objectivity_norms(workspace: Workspace) -> ObjectivityNorms:
    """Read ``parameters/norms/objectivity.yaml``."""
    return load(workspace.parameters / "norms" / "objectivity.yaml", ObjectivityNorms)
