"""Agreement over years: shares by year and an honest answer to «has it changed?»."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from oko_lib.methods.agreement import agreement_by
from oko_lib.methods.control_group import control_difference
from oko_lib.methods.result import Estimate
from oko_lib.settings.norms import ObjectivityNorms

_WORK, _MARKS = ["subject", "grade"], ["mark", "journal_mark"]
#: Measures followed over the years, as functions of the difference ВПР − journal and the substantial difference.
MEASURES = ("lowered", "confirmed", "raised", "lowered_substantially", "raised_substantially")


@dataclass(frozen=True)
class AgreementDynamics:
    """Shares of a unit by year and the change from the first year to the last.

    Parameters
    ----------
    by_year : DataFrame
        Output of ``agreement_by`` by year, over the comparable works only.
    years : tuple of int
        Years with data.
    works : tuple of (str, int)
        Subjects and grades compared: written in every year by the same scale.
    left_out : tuple of (str, int)
        Works of the last year that cannot be compared.
    changes : dict of str to Estimate
        Change of each share from the first year to the last within subject and grade, as fractions; the interval
        allows for pupils of one school resembling each other.
    """

    by_year: pd.DataFrame
    years: tuple[int, ...]
    works: tuple[tuple[str, int], ...]
    left_out: tuple[tuple[str, int], ...]
    changes: dict[str, Estimate]


def comparable_works(marks: pd.DataFrame, years: list[int]) -> tuple[list[tuple[str, int]], list[tuple[str, int]]]:
    """Works written in every one of `years` with one and the same maximum, and works of the last year that were not."""
    maxima = marks.groupby(["subject", "grade", "year"], observed=True)["max_score"].agg(["min", "max"]).reset_index()
    comparable, left_out = [], []
    for (subject, grade), rows in maxima.groupby(["subject", "grade"], observed=True):
        same_scale = rows["min"].min() == rows["max"].max()
        if set(years) <= set(rows["year"]) and same_scale:
            comparable.append((str(subject), int(grade)))
        elif years[-1] in set(rows["year"]):
            left_out.append((str(subject), int(grade)))
    return comparable, left_out


def agreement_dynamics(
    marks: pd.DataFrame, works: list[tuple[str, int]], left_out: list[tuple[str, int]], norms: ObjectivityNorms
) -> AgreementDynamics:
    """Follow the agreement of one unit over years.

    Parameters
    ----------
    marks : DataFrame
        Written works of the unit over the years.
    works, left_out : list of (str, int)
        From :func:`comparable_works` over the whole region.
    norms : ObjectivityNorms
        Minimum group, substantial difference, level.
    """
    pairs = marks[marks["mark"].notna() & marks["journal_mark"].notna()]
    compared = pairs[pd.MultiIndex.from_frame(pairs[["subject", "grade"]]).isin(works)] if works else pairs.iloc[:0]
    substantial = int(norms.substantial_difference.value)
    by_year = agreement_by(
        compared,
        "year",
        minimum_n=int(norms.minimum_group.value),
        level=norms.confidence_level.value,
        substantial=substantial,
    )
    years = tuple(int(year) for year in by_year["year"])
    changes: dict[str, Estimate] = {}
    if len(years) > 1:
        ends = compared.loc[compared["year"].isin([years[0], years[-1]]), ["year", "school", *_WORK, *_MARKS]]
        difference = ends["mark"] - ends["journal_mark"]
        happened = {
            "lowered": difference < 0,
            "confirmed": difference == 0,
            "raised": difference > 0,
            "lowered_substantially": difference <= -substantial,
            "raised_substantially": difference >= substantial,
        }
        # Schools and works are told apart by numbers: names would be sorted anew for every measure.
        numbered = pd.DataFrame(
            {
                "school": pd.factorize(ends["school"])[0],
                "work": ends.groupby(_WORK, sort=True, observed=True).ngroup().to_numpy(),
                "earlier": (ends["year"] == years[0]).to_numpy(),
            }
        )[ends["school"].notna().to_numpy()]
        for name in MEASURES:
            frame = numbered.assign(value=happened[name].to_numpy(dtype=float)[numbered.index])
            changes[name] = control_difference(
                frame,
                "value",
                observed="earlier",
                unit="school",
                cells=("work",),
                minimum_schools=int(norms.control_minimum_schools.value),
                level=norms.confidence_level.value,
            ).difference
    return AgreementDynamics(by_year, years, tuple(works), tuple(left_out), changes)
