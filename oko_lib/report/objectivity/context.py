"""What all sections of the objectivity report share: results, numbers of tables, names of schools and places."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from oko_lib.indicators.objectivity.municipality import MunicipalityObjectivity
from oko_lib.methods.result import Estimate, Interval, Refusal, RefusalReason
from oko_lib.report.municipality_context import MunicipalityContext
from oko_lib.report.numbering import Numbering

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
class ReportContext(MunicipalityContext):
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

    def schools_of_year(self) -> list[str]:
        """Schools with written works in the year of the report, by name."""
        now = self.results.region.agreement.by_school["school"]
        own = now[now.isin(self.results.schools)]
        return sorted(own, key=lambda school: self.short_names[school])


def share(row: pd.Series | dict | None, name: str) -> Estimate | Refusal:
    """Return the share `name` of an ``agreement_by`` row as an Estimate; «no data» when there is no row."""
    if row is None:
        return Refusal(RefusalReason.NO_DATA)
    n = int(row["n_pairs"])
    if isinstance(row["refusal"], str):
        return Estimate(None, None, n, refusal=Refusal(RefusalReason(row["refusal"]), n))
    return Estimate(
        float(row[name]), Interval(float(row[f"{name}_low"]), float(row[f"{name}_high"])), n, int(row[f"{name}_n"]), n
    )


def rows_by(frame: pd.DataFrame, *keys: str) -> dict[tuple, dict]:
    """Return the rows of a frame by their values in the columns `keys`: for many questions to one frame."""
    return {tuple(row[key] for key in keys): row for row in frame.to_dict("records")}


def row_of(frame: pd.DataFrame, **keys: object) -> pd.Series | None:
    """Return the first row with these keys, or None."""
    found = frame
    for column, value in keys.items():
        found = found[found[column] == value]
    return found.iloc[0] if len(found) else None
