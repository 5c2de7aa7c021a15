"""From school cells to residual signals: level of results, disagreement with the journal, excess at borders."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from oko_lib.methods.evidence_cells import MARKS, WORK_KEYS
from oko_lib.methods.school_variation import Cells, Signals

LEVEL, JOURNAL, BORDER = 0, 1, 2
SIGNALS = ("level", "journal", "border")


@dataclass(frozen=True)
class SchoolGrid:
    """School cells laid out as schools × works.

    Parameters
    ----------
    schools : array
        Names of schools.
    works : DataFrame
        ``subject, grade, year`` of each column.
    cells : Cells
    columns : dict of str → array (schools, works)
        Columns of :func:`~oko_lib.methods.evidence_cells.school_cells`; 0 where a school has no such cell.
    """

    schools: np.ndarray
    works: pd.DataFrame
    cells: Cells
    columns: dict[str, np.ndarray]

    @property
    def mark_slope(self) -> np.ndarray:
        """Marks per one standard deviation of the score, within schools, by work."""
        squares, products = self.columns["ss_z"].sum(axis=0), self.columns["sp_zm"].sum(axis=0)
        return np.maximum(np.divide(products, squares, out=np.zeros(len(squares)), where=squares > 0), 0.0)


def school_grid(frame: pd.DataFrame) -> SchoolGrid:
    """Lay the tidy frame of school cells out as matrices."""
    works = frame[WORK_KEYS].drop_duplicates().sort_values(WORK_KEYS, ignore_index=True)
    column = frame[WORK_KEYS].merge(works.reset_index(names="column"), on=WORK_KEYS, how="left")["column"].to_numpy()
    code, schools = pd.factorize(frame["school"], sort=True)
    if pd.Series(code * len(works) + column).duplicated().any():
        raise ValueError("school cells are repeated: one row per school × subject × grade × year is expected")
    columns = {}
    for name in frame.columns.difference([*WORK_KEYS, "school"]):
        matrix = np.zeros((len(schools), len(works)))
        matrix[code, column] = np.nan_to_num(frame[name].to_numpy(dtype=float, na_value=np.nan))
        columns[name] = matrix
    cells = Cells(
        pd.factorize(works["subject"])[0], works["grade"].to_numpy(dtype=int), works["year"].to_numpy(dtype=int)
    )
    return SchoolGrid(np.asarray(schools), works, cells, columns)


def residual_signals(grid: SchoolGrid, school_weight: np.ndarray, spread: np.ndarray, min_pupils: int) -> Signals:
    """Residuals about the region and their sampling variances.

    Parameters
    ----------
    grid : SchoolGrid
    school_weight : array, shape (schools,)
        Weight of a school in the regional means.
    spread : array, shape (signals,)
        Present idea of the variance between schools, for the weights of the means.
    min_pupils : int
        Cells with fewer pupils (pairs, pupils around borders) are left out.
    """
    c = grid.columns
    level, level_noise = _mean_signal(c["mean_z"], c["n"], c["ss_z"], min_pupils)
    journal, journal_noise = _mean_signal(c["mean_d"], c["n_pairs"], c["ss_d"], min_pupils)
    level = _centred(level, level_noise, school_weight, spread[LEVEL])
    journal = _centred(journal, journal_noise, school_weight, spread[JOURNAL])
    border, border_noise = _border_signal(c, level, level_noise, school_weight, min_pupils)
    border = _centred(border, border_noise, school_weight, spread[BORDER])
    own = np.zeros((3, 3, len(grid.works)))
    own[[0, 1, 2], [0, 1, 2]] = 1.0
    scale = np.sqrt(np.maximum(c["ss_z"].sum(axis=0) * c["ss_d"].sum(axis=0), 1e-12))
    own[LEVEL, JOURNAL] = own[JOURNAL, LEVEL] = np.clip(c["sp_zd"].sum(axis=0) / scale, -0.95, 0.95)
    return Signals(
        np.stack([level, journal, border]), np.stack([level_noise, journal_noise, border_noise]), c["n"], own
    )


def _mean_signal(mean, n, squares, min_pupils):
    """Means with the sampling variance from the pooled within-school variance of the work."""
    spare = np.maximum(n - 1, 0).sum(axis=0)
    variance = np.divide(squares.sum(axis=0), spare, out=np.zeros(len(spare)), where=spare > 0)
    usable = (n >= min_pupils) & (variance > 0)[None, :]
    noise = np.where(usable, variance[None, :] / np.maximum(n, 1), np.inf)
    return np.where(usable, mean, 0.0), noise


def _centred(values, noise, school_weight, spread):
    weight = np.where(np.isfinite(noise), school_weight[:, None] / (spread + noise), 0.0)
    total = weight.sum(axis=0)
    centre = np.divide((weight * values).sum(axis=0), total, out=np.zeros(len(total)), where=total > 0)
    return np.where(np.isfinite(noise), values - centre, 0.0)


def _border_signal(c, level, level_noise, school_weight, min_pupils):
    """Share «at the border» of those around it, minus what the region has at the same level of results."""
    surplus, variance, around = 0.0, 0.0, 0.0
    for mark in MARKS:
        at, total = c[f"at_{mark}"], c[f"at_{mark}"] + c[f"below_{mark}"]
        expected = expected_share_at_border(at, total, level, np.isfinite(level_noise), school_weight)
        surplus = surplus + at - total * expected
        variance = variance + total * expected * (1 - expected)
        around = around + total
    usable = around >= min_pupils
    noise = np.where(usable, np.maximum(variance, 0.05 * around) / np.maximum(around, 1) ** 2, np.inf)
    return np.where(usable, surplus / np.maximum(around, 1), 0.0), noise


def expected_share_at_border(at, total, level, level_known, school_weight) -> np.ndarray:
    """Region's share «at the border» of those around it, without the school itself, at the school's level.

    In a strong school the distribution still rises at the border of «3», in a weak one it falls at the border of «5»,
    so the share goes with the level of results even without any adjustment; a weighted straight line on the level
    takes that away.

    Parameters
    ----------
    at, total : array, shape (schools, works)
        Pupils at the border, and at or just below it.
    level : array, shape (schools, works)
        Mean standardised score.
    level_known : bool array, same shape
    school_weight : array, shape (schools,)

    Returns
    -------
    array, shape (schools, works)
        Shares within [0.01, 0.99].
    """
    x = np.where(level_known, level, 0.0)
    w = school_weight[:, None]
    n = w * total
    s0, s1, s2 = n.sum(0) - n, (n * x).sum(0) - n * x, (n * x**2).sum(0) - n * x**2
    t0, t1 = (w * at).sum(0) - w * at, (w * at * x).sum(0) - w * at * x
    with np.errstate(invalid="ignore", divide="ignore"):
        mean_x, mean_y = s1 / s0, t0 / s0
        slope = (t1 - s1 * t0 / s0) / (s2 - s1**2 / s0)
        share = mean_y + np.clip(np.nan_to_num(slope), -0.5, 0.5) * (x - mean_x)
    return np.clip(np.nan_to_num(share, nan=0.5), 0.01, 0.99)
