"""The mixed model of school courses against statsmodels' ``MixedLM``: same rows, one run, processor time as a ratio.

    python benchmarks/growth_model.py [--schools 1000] [--years 5]

Two regions: schools with clearly different slopes, and schools whose slopes hardly differ (the usual case, where a
variance lies near zero and a search may not end).
"""

# ruff: noqa: E402  (threads are limited before numpy is loaded)

from __future__ import annotations

import argparse
import os

for _variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_variable, "1")

import sys
import time
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from statsmodels.regression.mixed_linear_model import MixedLM

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT)]

from oko_lib.methods.growth_model import growth_model, precision_weights


def region(schools: int, years: int, sd_slope: float, seed: int = 1) -> pd.DataFrame:
    """Shares of simulated schools by year with their weights."""
    rng = np.random.default_rng(seed)
    n = np.clip(np.rint(22 * np.exp(rng.normal(size=schools))), 5, 170)[:, None] + np.zeros((schools, years))
    t = np.arange(years) - (years - 1) / 2
    share = 0.5 + 0.02 * t + rng.normal(0, 0.12, (schools, 1)) + rng.normal(0, sd_slope, (schools, 1)) * t
    share = share + rng.normal(size=n.shape) * np.sqrt(0.25 / n + 0.08**2)
    return pd.DataFrame(
        {
            "school": np.repeat(np.arange(schools), years),
            "year": np.tile(2026 - years + 1 + np.arange(years), schools),
            "share": share.ravel(),
            "weight": precision_weights(n.ravel(), 0.5, 0.08),
        }
    )


def by_statsmodels(rows: pd.DataFrame) -> tuple[float, bool]:
    """Processor time of ``MixedLM`` on the rows scaled by the root of their weight; whether it says it converged."""
    weight = rows["weight"].to_numpy() / rows["weight"].mean()
    root = np.sqrt(weight)
    when = rows["year"].to_numpy(float) - rows["year"].mean()
    fixed = pd.get_dummies(rows["year"]).to_numpy(float)
    start = time.process_time()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fit = MixedLM(
            rows["share"].to_numpy() * root,
            fixed * root[:, None],
            groups=rows["school"],
            exog_re=np.column_stack([root, root * when]),
        ).fit()
    return time.process_time() - start, bool(fit.converged)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--schools", type=int, default=1000)
    parser.add_argument("--years", type=int, default=5)
    options = parser.parse_args()
    print(f"{options.schools} schools x {options.years} years")
    for title, sd_slope in (("slopes differ", 0.03), ("slopes hardly differ", 0.002)):
        rows = region(options.schools, options.years, sd_slope)
        start = time.process_time()
        ours = growth_model(rows, weight="weight")
        own = time.process_time() - start
        other, converged = by_statsmodels(rows)
        print(
            f"{title}: ours {own:.2f} s (converged: {ours.converged}, {ours.boundary or 'inside'}), "
            f"MixedLM {other:.1f} s (converged: {converged}), ratio {other / own:.0f}"
        )


if __name__ == "__main__":
    main()
