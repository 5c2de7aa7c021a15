"""Excess of scores at mark borders: in a region, in a municipality, in a school."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from oko_lib.methods.border_excess import BorderExcess, border_excess
from oko_lib.settings.norms import ObjectivityNorms

_BORDERS = ("mark3_min", "mark4_min", "mark5_min")


@dataclass(frozen=True)
class WorkBorders:
    """Distribution of one work in one year.

    Parameters
    ----------
    subject : str
    grade : int
    borders : tuple of int
        First scores of «3», «4», «5»; empty when the scale of the year is unknown.
    result : BorderExcess
        With a refusal when the method does not answer.
    """

    subject: str
    grade: int
    borders: tuple[int, ...]
    result: BorderExcess


def borders_by_work(marks: pd.DataFrame, scales: pd.DataFrame, norms: ObjectivityNorms) -> list[WorkBorders]:
    """Excess at the borders of every work in `marks` (one year; a region or a municipality).

    Parameters
    ----------
    marks : DataFrame
        Written works: subject, grade, school, primary_score, max_score.
    scales : DataFrame
        Scales of that year: subject, grade, max_score, mark3_min, mark4_min, mark5_min.
    norms : ObjectivityNorms
        Least number of free scores; level of the interval.
    """
    known = scales.set_index(["subject", "grade"])
    found = []
    for (subject, grade), rows in marks[marks["primary_score"].notna()].groupby(["subject", "grade"], observed=True):
        has_scale = (subject, grade) in known.index
        scale = known.loc[(subject, grade)] if has_scale else None
        borders = tuple(int(scale[name]) for name in _BORDERS) if has_scale else ()
        top = int(scale["max_score"]) if has_scale else int(rows["primary_score"].max())
        result = border_excess(
            rows["primary_score"].to_numpy(dtype=int),
            borders or None,
            top,
            school_codes=pd.factorize(rows["school"])[0],
            min_free_bins=int(norms.border_minimum_free_scores.value),
            level=norms.confidence_level.value,
            rng=np.random.default_rng(2026),
        )
        found.append(WorkBorders(str(subject), int(grade), borders, result))
    return found
