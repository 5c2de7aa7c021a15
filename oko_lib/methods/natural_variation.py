"""What is natural in a region: signals and their variation without the schools that stand out."""

from __future__ import annotations

import numpy as np

from oko_lib.methods.direction_scan import SetFamily
from oko_lib.methods.evidence_scan import largest_either_way, parts_of_all_ways
from oko_lib.methods.evidence_signals import SIGNALS, SchoolGrid, residual_signals
from oko_lib.methods.school_variation import Signals, Variation, estimate_variation

#: Correlation of a pupil's results (and mark differences) in two subjects where it cannot be measured; assumption.
_USUAL_PUPIL_CORRELATION = np.array([[0.5, 0.1], [0.1, 0.1]])
#: Part of that correlation which lasts from year to year; pupils cannot be linked over years, assumption.
_LASTING_PART = 0.8
#: How many robust deviations above the median largest projection a school may be and still define what is natural.
#: The last reach leaves out about 1 % of natural schools; 2.5 there made p-values of 0.001 twice too small.
_FIRST_REACH, _LAST_REACH = 2.5, 3.0
#: Schools of the first look at natural variation.
_FIRST_LOOK = 250


def natural_variation(
    grid: SchoolGrid,
    judged: np.ndarray,
    family: SetFamily,
    pupil_correlation: np.ndarray | None,
    min_pupils: int,
    lasting_extra: float,
    rng: np.random.Generator,
) -> tuple[Signals, Variation, np.ndarray]:
    """Residual signals and natural variation, estimated without the schools that stand out.

    Parameters
    ----------
    grid : SchoolGrid
    judged : bool array, shape (schools,)
        Schools with data.
    family : SetFamily
        Sets of cells in which a school may stand out.
    pupil_correlation : array, shape (2, 2), or None
        See :func:`~oko_lib.methods.evidence_cells.pupil_correlation`.
    min_pupils : int
        Smallest cell used.
    lasting_extra : float
        Variance added to the lasting level (pupil variances).
    rng : numpy.random.Generator

    Returns
    -------
    signals : Signals
    variation : Variation
    natural : bool array, shape (schools,)
        Schools the estimate rests on.
    """
    noise = _shared_noise(pupil_correlation)
    some = _some(judged, rng)
    weight = some.astype(float)
    spread = np.array([0.1, 0.03, 0.01])
    # Outstanding schools hide each other, so the look is repeated: twice at some of the schools, then at all of them.
    for looked_at, reach in ((some, _FIRST_REACH), (some, _FIRST_REACH), (judged, _LAST_REACH)):
        signals = residual_signals(grid, weight, spread, min_pupils)
        variation = estimate_variation(_clipped(signals), grid.cells, weight, noise)
        spread = np.maximum(np.einsum("paa->a", variation.between), 1e-4)
        parts = parts_of_all_ways(signals, grid, variation, family, lasting_extra)
        weight = (looked_at & _keep(largest_either_way(parts, looked_at), looked_at, reach)).astype(float)
    signals = residual_signals(grid, weight, spread, min_pupils)
    return signals, estimate_variation(signals, grid.cells, weight, noise), weight > 0


def _some(judged: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """At most `_FIRST_LOOK` of the schools, by chance: enough for a first look, and a big region stays quick."""
    some = np.zeros(len(judged), dtype=bool)
    some[rng.permutation(np.flatnonzero(judged))[:_FIRST_LOOK]] = True
    return some


def _keep(statistic: np.ndarray, judged: np.ndarray, reach: float) -> np.ndarray:
    """Schools that may define what is natural: those whose largest projection is not far from the middle ones."""
    middle = np.median(statistic[judged])
    spread = (np.quantile(statistic[judged], 0.75) - np.quantile(statistic[judged], 0.25)) / 1.349
    return statistic <= middle + reach * spread


def _shared_noise(correlation: np.ndarray | None) -> np.ndarray:
    """Correlation of sampling noise of works of one cohort, and the addition within one year."""
    same_year = np.zeros((len(SIGNALS), len(SIGNALS)))
    same_year[:2, :2] = _USUAL_PUPIL_CORRELATION if correlation is None else correlation
    return np.stack([_LASTING_PART * same_year, (1 - _LASTING_PART) * same_year])


def _clipped(signals: Signals) -> Signals:
    """Residuals drawn in to 1.5 robust standard deviations, for the looks while outstanding schools are still in."""
    values = signals.values.copy()
    for a in range(len(values)):
        present = np.isfinite(signals.noise[a])
        if not present.any():
            continue
        squares, noise = values[a][present] ** 2, signals.noise[a][present]
        low, high = 0.0, 10 * float(squares.mean()) + 1e-9
        for _ in range(40):
            middle = (low + high) / 2
            # 0.455 is the median of chi-square with one degree of freedom.
            low, high = (middle, high) if np.median(squares / (middle + noise)) > 0.455 else (low, middle)
        limit = 1.5 * np.sqrt(high + np.where(present, signals.noise[a], 0.0))
        values[a] = np.clip(values[a], -limit, limit)
    return Signals(values, signals.noise, signals.pupils, signals.own_correlation)
