"""Schools over years, simulated for testing the methods of dynamics: independent of the demo and of the methods.

The model is a latent one: a school's share is the logistic of its lasting level, the difficulty of the year's work,
its luck of the year and, where planted, its own change. The methods work on another scale (arcsine) and know none of
these parts.

Where the figures come from
---------------------------
* sizes: log-normal, median 22 pupils, cut to 10–170 (one region, 639 schools, 2020–2021: median 21–23);
* spread of levels 0.5 and luck of a year 0.3 of the logit: with sampling noise the shares of one school in two years
  correlate at about 0.4 in schools of 20 and more (same region, school means: 0.33–0.47).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import expit, logit

#: Last year of every simulation.
LAST_YEAR = 2025


@dataclass(frozen=True)
class Dynamics:
    """Parameters of a region; see the module docstring for sources.

    ``sizes`` is ``"real"`` or the smallest and largest usual size; ``difficulty`` the shift of the whole region on the
    logit scale over all years; ``luck_df`` makes the luck of a year Student's t of the same variance; ``persistence``
    is the correlation of luck between neighbouring years; ``cohorts`` lets the
    number of pupils differ by year; ``sudden`` puts a planted change into the last year whole.
    """

    schools: int = 150
    years: int = 2
    sizes: str | tuple[int, int] = "real"
    share: float = 0.4
    level_sd: float = 0.5
    luck_sd: float = 0.3
    luck_df: float | None = None
    persistence: float = 0.0
    difficulty: float = 0.3
    cohorts: bool = True
    sudden: bool = False


def simulate_dynamics(
    p: Dynamics,
    rng: np.random.Generator,
    planted: Callable[[np.ndarray], np.ndarray] | None = None,
    size: np.ndarray | None = None,
) -> pd.DataFrame:
    """Counts by school and year.

    Parameters
    ----------
    p : Dynamics
    rng : numpy.random.Generator
    planted : callable, optional
        Takes the usual sizes of the schools and returns their true changes of the share at the region's level from
        the first year to the last (0 for schools that do not change), spread evenly over the years.
    size : ndarray, optional
        Usual sizes of the schools, for another procedure of the same schools; by default drawn.

    Returns
    -------
    DataFrame
        ``school``, ``year``, ``n``, ``n_success``, ``truth`` (planted change), ``size`` (usual size).
    """
    size = _sizes(p, rng) if size is None else size
    shape = (p.schools, p.years)
    n = np.clip(rng.poisson(size[:, None], shape), 5, None) if p.cohorts else np.repeat(size[:, None], p.years, 1)
    truth = np.zeros(p.schools) if planted is None else planted(size)
    progress = np.linspace(0, 1, p.years) if p.years > 1 else np.zeros(1)
    arrived = np.where(progress < 1, 0.0, 1.0) if p.sudden else progress
    level = logit(p.share) + p.level_sd * rng.normal(size=p.schools)
    eta = level[:, None] + p.difficulty * progress + p.luck_sd * _luck(p, rng, shape)
    base = expit(eta)
    # The planted change is of the share itself, whatever the level; it stops short of the edges.
    probability = np.where(truth[:, None] == 0, base, np.clip(base + truth[:, None] * arrived, 0.01, 0.99))
    return pd.DataFrame(
        {
            "school": np.repeat(np.arange(p.schools), p.years),
            "year": np.tile(LAST_YEAR - p.years + 1 + np.arange(p.years), p.schools),
            "n": n.ravel(),
            "n_success": rng.binomial(n, probability).ravel(),
            "truth": np.repeat(truth, p.years),
            "size": np.repeat(size, p.years),
        }
    )


def _sizes(p: Dynamics, rng: np.random.Generator) -> np.ndarray:
    if p.sizes == "real":
        return np.clip(np.rint(22 * np.exp(1.02 * rng.normal(size=p.schools))), 10, 170).astype(int)
    low, high = p.sizes
    return rng.integers(low, high + 1, p.schools)


def _luck(p: Dynamics, rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    """Luck of each school and year, of variance 1."""
    if p.luck_df is None:
        fresh = rng.normal(size=shape)
    else:
        fresh = rng.standard_t(p.luck_df, size=shape) / np.sqrt(p.luck_df / (p.luck_df - 2))
    luck = fresh.copy()
    for t in range(1, shape[1]):
        luck[:, t] = p.persistence * luck[:, t - 1] + np.sqrt(1 - p.persistence**2) * fresh[:, t]
    return luck
