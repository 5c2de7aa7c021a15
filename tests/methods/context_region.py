"""Regions with a known link of context and results."""

from __future__ import annotations

import numpy as np
import pandas as pd
from method_sizes import real_sizes

from oko_lib.methods.context_regression import ContextFit, expected_results

FEATURES = ["rural", "families"]


def one_year(rng, schools=150, tau=0.3, beta=(-0.25, 0.15), unrelated=0):
    """Schools of real sizes; returns the frame, what context truly predicts, and the true own deviations."""
    n = real_sizes(rng, schools)
    x = rng.normal(size=(schools, 2 + unrelated))
    x[:, 0] = rng.random(schools) < 0.4
    predicted, own = x[:, :2] @ np.array(beta), rng.normal(0, tau, schools)
    frame = pd.DataFrame(x, columns=[*FEATURES, *(f"unrelated{i}" for i in range(unrelated))])
    frame.insert(0, "school", [f"s{i:03d}" for i in range(schools)])
    frame["n"], frame["result"] = n, predicted + own + rng.normal(0, 1, schools) / np.sqrt(n)
    return frame, predicted, own


def two_years(
    rng, schools=300, lasting=0.0, yearly=0.0, planted=0, effect=0.8, minimum_n=3
) -> tuple[dict[int, ContextFit], np.ndarray]:
    """Fits of 2024 and 2025, and the names of schools of difficult context with a planted lasting deviation."""
    n = np.maximum(minimum_n, real_sizes(rng, schools))
    x = np.column_stack([rng.random(schools) < 0.4, rng.normal(size=schools)])
    predicted, own = x @ np.array([-0.25, 0.3]), rng.normal(0, lasting, schools)
    difficult = np.argsort(predicted)[: schools // 5][:planted]
    own[difficult] += effect
    names = np.array([f"s{i:03d}" for i in range(schools)])
    fits = {}
    for year in (2024, 2025):
        pupils = np.maximum(minimum_n, rng.poisson(n))
        result = predicted + own + rng.normal(0, yearly, schools) + rng.normal(0, 1, schools) / np.sqrt(pupils)
        frame = pd.DataFrame({"school": names, "rural": x[:, 0], "families": x[:, 1], "n": pupils, "result": result})
        fits[year] = expected_results(frame, features=FEATURES)
    return fits, names[difficult]
