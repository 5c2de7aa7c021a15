"""Simple statistics the tests recover the model with; written here anew, not taken from the methods under test."""

from __future__ import annotations

import numpy as np
import pandas as pd
import statsmodels.api as sm

from oko_lib.demo import Cell


def icc(values: pd.Series, groups: pd.Series) -> float:
    """Intraclass correlation by one-way analysis of variance with unequal groups (Searle, Casella & McCulloch 1992)."""
    values = values.astype(float)
    size = values.groupby(groups).size()
    mean = values.groupby(groups).mean()
    within = ((values - groups.map(mean)) ** 2).sum() / (len(values) - len(size))
    between = (size * (mean - values.mean()) ** 2).sum() / (len(size) - 1)
    effective = (len(values) - (size**2).sum() / len(values)) / (len(size) - 1)
    variance = (between - within) / effective
    return float(variance / (variance + within))


def border_ratios(cell: Cell, frame: pd.DataFrame, degree: int = 5) -> list[float]:
    """Observed to expected number of works exactly at the borders of «3», «4», «5»; Poisson polynomial without them."""
    maximum = cell.work.max_score
    counts = np.bincount(frame["primary_score"].to_numpy(dtype=int), minlength=maximum + 1)
    free = np.ones(maximum + 1, dtype=bool)
    for border in cell.work.borders:
        free[border - 2 : border + 2] = False
    scores = np.arange(maximum + 1)
    design = np.vander((scores - scores.mean()) / scores.std(), degree + 1, increasing=True)
    expected = sm.GLM(counts[free], design[free], family=sm.families.Poisson()).fit().predict(design)
    return [float(counts[border] / expected[border]) for border in cell.work.borders]
