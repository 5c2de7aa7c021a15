"""How schools naturally differ: variance components of several signals over subject × grade × year.

The covariance between any two cells of a school is a sum of components (lasting level of the school, its subjects,
grades, cohorts, class-years …), each a number for every pair of signals, plus sampling noise that is shared where the
same pupils wrote both works. A dozen numbers per pair of signals are estimated by moments from the products of
residuals of all schools, with non-negativity, so that 30–150 schools are enough where a full covariance matrix would
need thousands.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import lsq_linear, nnls

#: Names of the components in the order of :func:`kernels`.
COMPONENTS = (
    "school",
    "subject",
    "grade",
    "year",
    "subject_grade",
    "grade_year",
    "subject_year",
    "cohort",
    "subject_cohort",
    "cell",
)
_LARGEST_CORRELATION = 0.98


@dataclass(frozen=True)
class Cells:
    """Works of the region in the order of the columns of all arrays: indices of subject, grade, year."""

    subject: np.ndarray
    grade: np.ndarray
    year: np.ndarray

    def __len__(self) -> int:
        return len(self.subject)

    def same(self, *keys: str) -> np.ndarray:
        """Boolean matrix: the two cells agree in all `keys` (``cohort`` is grade minus year)."""
        equal = np.ones((len(self), len(self)), dtype=bool)
        for key in keys:
            values = self.grade - self.year if key == "cohort" else getattr(self, key)
            equal &= values[:, None] == values[None, :]
        return equal


@dataclass(frozen=True)
class Variation:
    """Estimated natural variation.

    Parameters
    ----------
    between : array, shape (components, signals, signals)
        Covariance of the signals within each component.
    shared : array, shape (2, signals, signals)
        Correlation of the sampling noise of two works of one cohort, and what is added when also the year is the
        same: the same pupils wrote both.
    """

    between: np.ndarray
    shared: np.ndarray


@dataclass(frozen=True)
class Signals:
    """Residuals of schools.

    Parameters
    ----------
    values : array, shape (signals, schools, cells)
        Residuals about the region's mean; 0 where missing.
    noise : array, same shape
        Sampling variance; infinite where missing.
    pupils : array, shape (schools, cells)
        Pupils, for the overlap of two works of one cohort.
    own_correlation : array, shape (signals, signals, cells)
        Correlation of the sampling noise of two signals of one cell.
    """

    values: np.ndarray
    noise: np.ndarray
    pupils: np.ndarray
    own_correlation: np.ndarray


def kernels(cells: Cells) -> np.ndarray:
    """Indicator matrices of the components, shape (components, cells, cells)."""
    keys = {
        "school": (),
        "subject": ("subject",),
        "grade": ("grade",),
        "year": ("year",),
        "subject_grade": ("subject", "grade"),
        "grade_year": ("grade", "year"),
        "subject_year": ("subject", "year"),
        "cohort": ("cohort",),
        "subject_cohort": ("subject", "cohort"),
        "cell": ("subject", "grade", "year"),
    }
    return np.stack([cells.same(*keys[name]).astype(float) for name in COMPONENTS])


def shared_kernels(cells: Cells) -> np.ndarray:
    """Pairs of different works of one cohort, and of one class-year, shape (2, cells, cells)."""
    other = ~np.eye(len(cells), dtype=bool)
    return np.stack([cells.same("cohort") & other, cells.same("grade", "year") & other]).astype(float)


def estimate_variation(
    signals: Signals, cells: Cells, school_weight: np.ndarray, shared_noise: np.ndarray
) -> Variation:
    """Variance components by weighted moments.

    Parameters
    ----------
    signals : Signals
    cells : Cells
    shared_noise : array, shape (2, signals, signals)
        As in :class:`Variation`. Given, not estimated: between schools it can be told from a lasting difference only
        by its fall with the number of pupils, and a few outstanding schools then spoil both.
    school_weight : array, shape (schools,)
        0 leaves a school out (schools that stand out must not define what is natural).
    """
    count = len(signals.values)
    kernel, shared = kernels(cells), shared_kernels(cells)
    spread = np.array([_total_variance(signals, a, school_weight) for a in range(count)])
    weight = [school_weight[:, None] ** 0.5 / (spread[a] + signals.noise[a]) for a in range(count)]
    between = np.zeros((len(COMPONENTS), count, count))
    shared_noise = _admissible(shared_noise, signals.own_correlation)
    for a in range(count):
        matrix, target = _normal_equations(signals, a, a, weight, kernel, shared, shared_noise[:, a, a])
        between[:, a, a] = _non_negative(matrix, target)
    for a in range(count):
        for b in range(a + 1, count):
            limit = _LARGEST_CORRELATION * np.sqrt(between[:, a, a] * between[:, b, b])
            matrix, target = _normal_equations(signals, a, b, weight, kernel, shared, shared_noise[:, a, b])
            between[:, a, b] = between[:, b, a] = _bounded(matrix, target, limit)
    return Variation(np.stack([_nearest_covariance(part) for part in between]), shared_noise)


def _total_variance(signals: Signals, a: int, school_weight) -> float:
    """Variance between schools of one signal over all cells, a scale for the weights only."""
    present = np.isfinite(signals.noise[a]) & (school_weight > 0)[:, None]
    if not present.any():
        return 1e-6
    noise = signals.noise[a][present]
    weight = 1 / (np.median(noise) + noise)
    raw = float((weight * (signals.values[a][present] ** 2 - noise)).sum() / weight.sum())
    return max(raw, 0.05 * float(np.median(noise)), 1e-6)


def _normal_equations(signals: Signals, a: int, b: int, weight, kernel, shared, noise_correlation):
    """Sums of weighted least squares of products of residuals, less their sampling part, on the components."""
    wa, wb = weight[a], weight[b]
    product, mass = (wa * signals.values[a]).T @ (wb * signals.values[b]), wa.T @ wb
    root_a, root_b = _rooted(wa, signals.noise[a]), _rooted(wb, signals.noise[b])
    product -= np.diag(signals.own_correlation[a, b] * (root_a * root_b).sum(axis=0))
    correlation = np.tensordot(noise_correlation, shared, axes=1)
    rows, columns = np.nonzero(correlation)
    if len(rows):
        factor = np.minimum(*_ratios(signals.pupils, rows, columns))
        product[rows, columns] -= correlation[rows, columns] * (root_a[:, rows] * root_b[:, columns] * factor).sum(
            axis=0
        )
    if a == b:
        # A square has twice the variance of a product.
        mass[np.diag_indices(len(mass))] /= 2
        product[np.diag_indices(len(mass))] /= 2
    flat = kernel.reshape(len(kernel), -1)
    return (flat * mass.ravel()) @ flat.T, flat @ product.ravel()


def _rooted(weight, noise):
    """Weight times the standard deviation of the noise, 0 where the cell is missing."""
    return np.where(np.isfinite(noise), weight * np.sqrt(np.where(np.isfinite(noise), noise, 0.0)), 0.0)


def _ratios(pupils, rows, columns):
    root = np.sqrt(np.maximum(pupils, 1e-9))
    return root[:, rows] / root[:, columns], root[:, columns] / root[:, rows]


def _factor(matrix, target):
    """Square-root form of normal equations and a scale for each unknown."""
    scale = np.sqrt(np.maximum(matrix.diagonal(), 1e-300))
    values, vectors = np.linalg.eigh(matrix / np.outer(scale, scale))
    values = np.maximum(values, 1e-10 * values.max(initial=1.0))
    design = (vectors * np.sqrt(values)).T
    outcome = (vectors / np.sqrt(values)).T @ (target / scale)
    return design, outcome, scale


def _non_negative(matrix, target):
    alive = matrix.diagonal() > 1e-12 * matrix.diagonal().max(initial=1e-300)
    solved = np.zeros(len(target))
    # A signal nobody has leaves nothing to solve, and nnls aborts the process on an empty system.
    if alive.any():
        design, outcome, scale = _factor(matrix[np.ix_(alive, alive)], target[alive])
        solved[alive] = nnls(design, outcome)[0] / scale
    return solved


def _bounded(matrix, target, limit):
    alive = (limit > 0) & (matrix.diagonal() > 1e-12 * matrix.diagonal().max(initial=1e-300))
    solved = np.zeros(len(target))
    if alive.any():
        design, outcome, scale = _factor(matrix[np.ix_(alive, alive)], target[alive])
        bound = limit[alive] * scale
        solved[alive] = lsq_linear(design, outcome, bounds=(-bound, bound)).x / scale
    return solved


def _nearest_covariance(matrix):
    values, vectors = np.linalg.eigh(matrix)
    return (vectors * np.maximum(values, 0.0)) @ vectors.T


def _admissible(common, own_correlation):
    """Shrink the shared noise until the noise left to each cell is a covariance."""
    common = np.stack([_nearest_covariance(part) for part in common])
    own = own_correlation.min(axis=2) * (~np.eye(len(common[0]), dtype=bool)) + np.eye(len(common[0]))
    for _ in range(60):
        if np.linalg.eigvalsh(own - common.sum(axis=0)).min() > 0.02:
            break
        common = common * 0.93
    return common


class CovarianceModel:
    """Covariance of the present signals of one school.

    Parameters
    ----------
    signals : Signals
    cells : Cells
    variation : Variation
    chosen : tuple of int
        Signals taken, in this order.
    lasting_extra : float
        Added to the variance of the lasting level of the first signal taken; a large number makes that level no
        evidence.
    """

    def __init__(
        self, signals: Signals, cells: Cells, variation: Variation, chosen: tuple[int, ...], lasting_extra=0.0
    ):
        part = variation.between[np.ix_(range(len(COMPONENTS)), chosen, chosen)].copy()
        part[COMPONENTS.index("school"), 0, 0] += lasting_extra
        size = len(cells)
        self._signals, self._chosen, self._size = signals, list(chosen), size
        self._between = np.einsum("pab,pce->acbe", part, kernels(cells)).reshape(len(chosen) * size, -1)
        shared = variation.shared[np.ix_(range(2), chosen, chosen)]
        noise = np.einsum("pab,pce->acbe", shared, shared_kernels(cells))
        noise[:, range(size), :, range(size)] += signals.own_correlation[np.ix_(chosen, chosen)].transpose(2, 0, 1)
        self._noise = noise.reshape(len(chosen) * size, -1)

    def school(self, index: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Positions of present entries (signal · cell), their covariance and their residuals."""
        noise = self._signals.noise[self._chosen, index].ravel()
        present = np.flatnonzero(np.isfinite(noise))
        chosen = np.ix_(present, present)
        pupils = np.sqrt(np.maximum(self._signals.pupils[index, present % self._size], 1e-9))
        ratio = np.divide.outer(pupils, pupils)
        deviation = np.sqrt(noise[present])
        correlation = self._noise[chosen] * np.minimum(ratio, ratio.T)
        sigma = self._between[chosen] + correlation * np.multiply.outer(deviation, deviation)
        return present, sigma, self._signals.values[self._chosen, index].ravel()[present]
