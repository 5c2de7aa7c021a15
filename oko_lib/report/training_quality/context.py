"""What all sections of the report on quality of training share: results, numbers of tables, names."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

from oko_lib.indicators.training_quality.indicator_values import municipality_values
from oko_lib.indicators.training_quality.municipality import MunicipalityQuality
from oko_lib.indicators.values import IndicatorValue
from oko_lib.report.municipality_context import MunicipalityContext
from oko_lib.report.numbering import Numbering

DIRECTION = "Качество подготовки"


class QualityContext(Protocol):
    """What a section needs to speak of a set of schools: of a municipality or of the region.

    ``results`` has ``session``, ``region``, ``own`` (results of the set), ``schools`` and ``beside_region``.
    """

    results: Any

    @property
    def numbering(self) -> Numbering: ...

    @property
    def short_names(self) -> dict[str, str]:
        """School → label, unique within the report."""

    def ref(self, *labels: str) -> str: ...

    def names(self, schools: Iterable[str]) -> list[str]:
        """Labels of schools in the order of names."""


NUMBERING = Numbering.of(
    tables=[
        "tbl-works",
        "tbl-changes",
        "tbl-schools",
        "tbl-skills",
        "tbl-out",
        "tbl-skill-years",
        "tbl-register",
        "tbl-transition",
        "tbl-levels",
        "tbl-school-levels",
        "tbl-internal",
        "tbl-exam-tasks",
        "tbl-graduates",
        "tbl-not-continuing",
        "tbl-adapted",
        "tbl-nosologies",
        "tbl-gaps",
        "tbl-indicators",
        "tbl-files",
        "tbl-quarantine",
        "tbl-norms",
        "tbl-fingerprint",
    ],
    figures=["fig-marks", "fig-profile", "fig-flow"],
)


@dataclass(frozen=True)
class ReportContext(MunicipalityContext):
    """Results of one municipality with what is needed to put them into words.

    Parameters
    ----------
    results : MunicipalityQuality
        The numbers; nothing is computed above them.
    """

    results: MunicipalityQuality

    @property
    def numbering(self) -> Numbering:
        return NUMBERING

    @cached_property
    def municipal_values(self) -> list[IndicatorValue]:
        """Indicators of the municipality's level, of the whole and by school."""
        results = self.results
        code = results.session.municipality_code or ""
        return municipality_values(results.region, code, results.schools, results.own.moves, results.session.norms)

    def names(self, schools: Iterable[str]) -> list[str]:
        return self.named(schools)
