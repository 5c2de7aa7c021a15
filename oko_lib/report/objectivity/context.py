"""What all sections of the objectivity report share: results, numbers of tables, names of schools and places."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from oko_lib.indicators.objectivity.municipality import MunicipalityObjectivity
from oko_lib.methods.result import Estimate, Interval, Refusal, RefusalReason
from oko_lib.report.names import PlaceName, load_name_overrides, place
from oko_lib.report.numbering import Numbering
from oko_lib.report.school_labels import school_names, short_labels

NUMBERING = Numbering.of(
    tables=[
        "tbl-works",
        "tbl-marks",
        "tbl-schools",
        "tbl-borders",
        "tbl-school-borders",
        "tbl-signs",
        "tbl-dynamics",
        "tbl-procedures",
        "tbl-lists",
        "tbl-attention",
        "tbl-classes",
        "tbl-files",
        "tbl-quarantine",
        "tbl-cross-check",
        "tbl-tests",
        "tbl-norms",
        "tbl-fingerprint",
    ],
    figures=["fig-agreement", "fig-marks", "fig-funnel", "fig-border", "fig-dynamics"],
)


@dataclass(frozen=True)
class ReportContext:
    """Results of one municipality with what is needed to put them into words.

    Parameters
    ----------
    results : MunicipalityObjectivity
        The numbers; nothing is computed above them.
    """

    results: MunicipalityObjectivity

    @property
    def numbering(self) -> Numbering:
        return NUMBERING

    @cached_property
    def place(self) -> PlaceName:
        """The municipality's name in its cases."""
        session = self.results.session
        return place(session.municipality_name or "", load_name_overrides(session.workspace))

    @cached_property
    def school_names(self) -> dict[str, str]:
        """School → name for tables."""
        return school_names(self.results.region.schools["school_name"], self.results.schools)

    @cached_property
    def short_names(self) -> dict[str, str]:
        """School → short label, unique within the municipality."""
        return short_labels(self.school_names)

    def ref(self, *labels: str) -> str:
        """Pointer for prose: «табл. 3»."""
        return self.numbering.ref(*labels)

    def schools_of_year(self) -> list[str]:
        """Schools with written works in the year of the report, by name."""
        now = self.results.region.agreement.by_school["school"]
        own = now[now.isin(self.results.schools)]
        return sorted(own, key=lambda school: self.short_names[school])


def share(row: pd.Series | None, name: str) -> Estimate | Refusal:
    """Return the share `name` of an ``agreement_by`` row as an Estimate; «no data» when there is no row."""
    if row is None:
        return Refusal(RefusalReason.NO_DATA)
    n = int(row["n_pairs"])
    if isinstance(row["refusal"], str):
        return Estimate(None, None, n, refusal=Refusal(RefusalReason(row["refusal"]), n))
    return Estimate(
        float(row[name]), Interval(float(row[f"{name}_low"]), float(row[f"{name}_high"])), n, int(row[f"{name}_n"]), n
    )


def row_of(frame: pd.DataFrame, **keys: object) -> pd.Series | None:
    """Return the first row with these keys, or None."""
    found = frame
    for column, value in keys.items():
        found = found[found[column] == value]
    return found.iloc[0] if len(found) else None
