"""Participants → one row per school × subject × grade × year with sums: the input of the school-level methods."""

from __future__ import annotations

import numpy as np
import pandas as pd

#: Keys of a cell of the region (one work) and of a school's cell.
WORK_KEYS = ["subject", "grade", "year"]
CELL_KEYS = ["school", *WORK_KEYS]
MARKS = (3, 4, 5)


def school_cells(
    participants: pd.DataFrame,
    scales: pd.DataFrame | None = None,
    *,
    below: int = 2,
    at: int = 2,
) -> pd.DataFrame:
    """Aggregate participants of a region to school cells.

    Parameters
    ----------
    participants : DataFrame
        Columns ``school, subject, grade, year, primary_score, mark, journal_mark``; absent pupils have no score.
        Must hold the whole region: scores are standardised by the region's mean and deviation of each work.
    scales : DataFrame, optional
        Columns ``subject, grade, year, mark3_min, mark4_min, mark5_min``. Without a scale a work has no border
        counts.
    below, at : int
        Pupils «just below» a border have ``border − below … border − 1``, «at» it ``border … border + at − 1``.

    Returns
    -------
    DataFrame
        One row per school cell with at least one score: ``school, subject, grade, year``; ``n`` pupils with a score,
        ``mean_z`` standardised score (region's pupil standard deviations), ``ss_z`` its within-school sum of squares;
        ``n_pairs`` pupils with both marks, ``mean_d`` mark minus journal mark, ``ss_d`` its within sum of squares,
        ``sp_zd`` within sum of products of z and that difference; ``sp_zm`` within sum of products of z and mark over
        pupils with a mark, ``n_marks``; ``at_3, below_3 … at_5, below_5`` counts around borders (0 without a scale).

    Raises
    ------
    KeyError
        If a column is missing.
    """
    frame = participants[[*CELL_KEYS, "primary_score", "mark", "journal_mark"]]
    frame = frame[frame["primary_score"].notna()]
    work = _codes(frame, WORK_KEYS)
    score = frame["primary_score"].to_numpy(dtype=float, na_value=np.nan)
    z = _standardised(score, work)
    school_code, schools = pd.factorize(frame["school"], sort=True)
    flat = work.astype(np.int64) * max(len(schools), 1) + school_code
    order, cell = np.unique(flat, return_inverse=True)
    size = len(order)

    mark = frame["mark"].to_numpy(dtype=float, na_value=np.nan)
    journal = frame["journal_mark"].to_numpy(dtype=float, na_value=np.nan)
    n, mean_z, ss_z = _moments(cell, z, np.ones(len(z), bool), size)
    paired = np.isfinite(mark) & np.isfinite(journal)
    n_pairs, mean_d, ss_d = _moments(cell, np.where(paired, mark - journal, 0.0), paired, size)
    marked = np.isfinite(mark)
    n_marks, mean_m, _ = _moments(cell, np.where(marked, mark, 0.0), marked, size)

    first = np.full(size, -1)
    first[cell[::-1]] = np.arange(len(cell))[::-1]
    result = frame[CELL_KEYS].iloc[first].reset_index(drop=True)
    difference = np.where(paired, mark - journal, 0.0) - np.nan_to_num(mean_d)[cell]
    sp_zd = np.bincount(cell, np.where(paired, (z - mean_z[cell]) * difference, 0.0), size)
    centred_mark = np.where(marked, mark, 0.0) - np.nan_to_num(mean_m)[cell]
    sp_zm = np.bincount(cell, np.where(marked, (z - mean_z[cell]) * centred_mark, 0.0), size)
    result = result.assign(
        n=n,
        mean_z=mean_z,
        ss_z=ss_z,
        n_pairs=n_pairs,
        mean_d=mean_d,
        ss_d=ss_d,
        sp_zd=sp_zd,
        n_marks=n_marks,
        sp_zm=sp_zm,
    )
    return _with_border_counts(result, frame, score, cell, scales, below, at)


def pupil_correlation(participants: pd.DataFrame, *, min_pairs: int = 200) -> np.ndarray | None:
    """Correlation between the works of one pupil in two subjects, within schools.

    The same pupils wrote both works, so the sampling noise of the two school means is correlated; this is by how much.

    Parameters
    ----------
    participants : DataFrame
        As for :func:`school_cells`, with ``participant_code``: one code of a pupil for all works of the year.
    min_pairs : int
        Fewer pairs of works of one pupil give None.

    Returns
    -------
    array, shape (2, 2), or None
        Rows and columns: standardised score, mark minus journal mark. None too when codes do not link works.
    """
    frame = participants[participants["primary_score"].notna() & participants["participant_code"].notna()]
    if frame.empty:
        return None
    work, cell = _codes(frame, WORK_KEYS), _codes(frame, CELL_KEYS)
    z = _standardised(frame["primary_score"].to_numpy(dtype=float), work)
    difference = (frame["mark"].astype(float) - frame["journal_mark"].astype(float)).to_numpy(
        dtype=float, na_value=np.nan
    )
    valid = np.isfinite(difference)
    values = np.stack([_within_cell(z, np.ones(len(z), bool), cell), _within_cell(difference, valid, cell)], axis=1)
    pupil = _codes(frame, ["school", "grade", "year", "participant_code"])
    order = np.lexsort((work, pupil))
    pupil, work, values = pupil[order], work[order], values[order]
    # Neighbours in the order by pupil: consecutive works of one pupil are a sample of the pairs, enough for a mean.
    linked = (pupil[1:] == pupil[:-1]) & (work[1:] != work[:-1])
    first, second = values[:-1][linked], values[1:][linked]
    if len(first) < min_pairs:
        return None
    both = np.concatenate([first, second])
    if np.isnan(both).all(axis=0).any():
        return None  # no pair has the marks of both works
    scale = np.nanmean(both**2, axis=0)
    products = np.array([[np.nanmean(first[:, a] * second[:, b]) for b in (0, 1)] for a in (0, 1)])
    if not np.isfinite(products).all() or (scale <= 0).any():
        return None
    return (products + products.T) / 2 / np.sqrt(np.outer(scale, scale))


def _within_cell(values, valid, cell):
    """Deviation from the school's mean in the work, scaled up for the degree of freedom the mean has taken."""
    size = int(cell.max()) + 1 if len(cell) else 0
    n = np.bincount(cell, valid, size)[cell]
    mean = np.bincount(cell, np.where(valid, values, 0.0), size)[cell] / np.maximum(n, 1)
    return np.where(valid & (n > 1), (values - mean) * np.sqrt(n / np.maximum(n - 1, 1)), np.nan)


def _codes(frame: pd.DataFrame, keys: list[str]) -> np.ndarray:
    return frame.groupby(keys, sort=True, observed=True).ngroup().to_numpy()


def _standardised(score: np.ndarray, work: np.ndarray) -> np.ndarray:
    size = int(work.max()) + 1 if len(work) else 0
    n = np.bincount(work, minlength=size)
    mean = np.bincount(work, score, size) / np.maximum(n, 1)
    centred = score - mean[work]
    deviation = np.sqrt(np.bincount(work, centred**2, size) / np.maximum(n - 1, 1))
    # A work where everybody has one score carries no level at all.
    return centred / np.where(deviation > 0, deviation, 1.0)[work]


def _moments(cell, values, valid, size):
    n = np.bincount(cell, valid, size)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.bincount(cell, np.where(valid, values, 0.0), size) / n
    centred = np.where(valid, values - np.nan_to_num(mean)[cell], 0.0)
    return n.astype(int), mean, np.bincount(cell, centred**2, size)


def _with_border_counts(result, frame, score, cell, scales, below, at) -> pd.DataFrame:
    columns = {f"{kind}_{mark}": np.zeros(len(result), dtype=int) for mark in MARKS for kind in ("at", "below")}
    if scales is not None and len(scales):
        borders = [f"mark{mark}_min" for mark in MARKS]
        known = scales[[*WORK_KEYS, *borders]].drop_duplicates(WORK_KEYS)
        edges = result[WORK_KEYS].merge(known, on=WORK_KEYS, how="left")[borders].to_numpy(dtype=float, na_value=np.nan)
        for index, mark in enumerate(MARKS):
            distance = score - edges[cell, index]
            for kind, inside in (
                ("at", (distance >= 0) & (distance < at)),
                ("below", (distance < 0) & (distance >= -below)),
            ):
                columns[f"{kind}_{mark}"] = np.bincount(cell, inside, len(result)).astype(int)
    return result.assign(**columns)
