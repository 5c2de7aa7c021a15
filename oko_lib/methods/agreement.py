"""Agreement of ВПР marks with the marks of the school journal.

The difference is ВПР minus journal: below zero the mark was lowered, zero confirmed, above zero raised. The base is the
pairs in which both marks are there: that is how ФИС ОКО counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from .proportions import wilson, wilson_bounds
from .result import Estimate, Interval, Refusal, RefusalReason, TestResult

MARKS = (2, 3, 4, 5)
_DIRECTIONS = ("lowered", "confirmed", "raised", "lowered_substantially", "raised_substantially")


@dataclass(frozen=True)
class MarkAgreement:
    """How the ВПР marks of a group of pupils agree with their journal marks.

    Parameters
    ----------
    n_total, n_pairs : int
        Pupils with a ВПР mark or a journal mark; pupils with both.
    lowered, confirmed, raised : Estimate
        Shares of the pairs; numerators are the counts.
    lowered_substantially, raised_substantially : Estimate
        Shares of pairs differing by at least ``substantial`` marks.
    table : ndarray of shape (4, 4) or None
        Counts: rows are journal marks 2..5, columns ВПР marks 2..5. None when only totals are known.
    kappa : Estimate
        Quadratic-weighted kappa.
    mean_difference : Estimate
        Mean of (ВПР - journal), in marks.
    stuart_maxwell, bowker : TestResult
        Equality of the two mark distributions; symmetry of the table.
    substantial : int
        Smallest difference called substantial.
    """

    n_total: int
    n_pairs: int
    lowered: Estimate
    confirmed: Estimate
    raised: Estimate
    lowered_substantially: Estimate
    raised_substantially: Estimate
    table: NDArray[np.int64] | None
    kappa: Estimate
    mean_difference: Estimate
    stuart_maxwell: TestResult
    bowker: TestResult
    substantial: int = 2


def _positions(values: ArrayLike, name: str) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Places of marks on the scale (0 for «2») and which are there; anything off the scale is refused."""
    marks = pd.to_numeric(pd.Series(values), errors="raise").to_numpy(dtype=float, na_value=np.nan)
    present = ~np.isnan(marks)
    if not np.isin(marks[present], MARKS).all():
        wrong = sorted(set(marks[present].tolist()) - set(MARKS))[:5]
        raise ValueError(f"{name}: marks must be among {MARKS}, found {wrong}")
    return np.where(present, np.nan_to_num(marks) - MARKS[0], 0).astype(np.int64), present


def _steps() -> NDArray[np.int64]:
    """Difference ВПР - journal of every cell of the table."""
    place = np.arange(len(MARKS))
    return place[None, :] - place[:, None]


def _direction_masks(substantial: int) -> dict[str, NDArray[np.bool_]]:
    if substantial < 1:
        raise ValueError("substantial must be at least 1")
    step = _steps()
    return dict(
        zip(_DIRECTIONS, (step < 0, step == 0, step > 0, step <= -substantial, step >= substantial), strict=True)
    )


def weighted_kappa(tables: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Quadratic-weighted kappa of many square tables and its large-sample standard error.

    Parameters
    ----------
    tables : array_like of shape (..., k, k)
        Counts.

    Returns
    -------
    kappa, standard_error : ndarray of shape (...)
        ``nan`` where kappa is undefined (empty table, or no variation expected by chance).

    References
    ----------
    Fleiss J. L., Cohen J., Everitt B. S. (1969) Psychological Bulletin 72:323-327.
    """
    tables = np.asarray(tables, dtype=float)
    size = tables.shape[-1]
    place = np.arange(size)
    weight = 1 - ((place[:, None] - place[None, :]) / (size - 1)) ** 2
    n = tables.sum(axis=(-2, -1))
    with np.errstate(divide="ignore", invalid="ignore"):
        share = tables / n[..., None, None]
        row, column = share.sum(axis=-1), share.sum(axis=-2)
        observed = (share * weight).sum(axis=(-2, -1))
        expected = np.einsum("...i,ij,...j->...", row, weight, column)
        expected = np.where(1 - expected < 1e-12, np.nan, expected)
        kappa = (observed - expected) / (1 - expected)
        of_row = np.einsum("ij,...j->...i", weight, column)  # mean weight of a row
        of_column = np.einsum("ij,...i->...j", weight, row)
        inner = weight - (of_row[..., :, None] + of_column[..., None, :]) * (1 - kappa)[..., None, None]
        spread = (share * inner**2).sum(axis=(-2, -1)) - (kappa - expected * (1 - kappa)) ** 2
        error = np.sqrt(np.maximum(spread, 0) / n) / (1 - expected)
    return kappa, error


def _marginal_test(table: NDArray, minimum_discordant: int) -> TestResult:
    """Stuart-Maxwell test, also for tables with empty rows and columns.

    The covariance of the differences of the margins is the Laplacian of the graph of marks joined by discordant pairs.
    Its pseudo-inverse gives the usual statistic for a full table, and leaves out by itself whatever carries no
    information (a mark nobody has, a mark never exchanged for another); the degrees of freedom are its rank.
    """
    exchanged = table + table.T
    np.fill_diagonal(exchanged, 0)
    covariance = np.diag(exchanged.sum(axis=1)) - exchanged
    shift = table.sum(axis=1) - table.sum(axis=0)
    statistic = float(shift @ np.linalg.pinv(covariance.astype(float), hermitian=True) @ shift)
    df = int(np.linalg.matrix_rank(covariance.astype(float), hermitian=True))
    return _chi2(statistic, df, table, minimum_discordant)


def _symmetry_test(table: NDArray, minimum_discordant: int) -> TestResult:
    """Bowker's test over the pairs of cells that hold anything."""
    upper = np.triu_indices(len(table), 1)
    above, below = table[upper], table.T[upper]
    used = above + below > 0
    above, below = above[used], below[used]
    return _chi2(float(np.sum((above - below) ** 2 / (above + below))), int(used.sum()), table, minimum_discordant)


def _chi2(statistic: float, df: int, table: NDArray, minimum_discordant: int) -> TestResult:
    n = int(table.sum())
    discordant = n - int(np.trace(table))
    if n == 0:
        return TestResult(None, None, None, 0, Refusal(RefusalReason.NO_DATA, 0, 1))
    if discordant < max(minimum_discordant, 1):
        reason = RefusalReason.TOO_FEW if discordant else RefusalReason.NO_VARIATION
        return TestResult(None, None, None, n, Refusal(reason, discordant, max(minimum_discordant, 1)))
    return TestResult(statistic, float(df), float(stats.chi2.sf(statistic, df)), n)


def stuart_maxwell(table: ArrayLike, minimum_discordant: int = 0) -> TestResult:
    """Stuart-Maxwell test that both margins of a square table are the same distribution.

    Parameters
    ----------
    table : array_like of shape (k, k)
        Counts.
    minimum_discordant : int
        Smallest number of discordant pairs for which the chi-square approximation is taken.

    Returns
    -------
    TestResult
        Refused when no pair differs (``no_variation``) or too few do (``too_few``).

    References
    ----------
    Stuart A. (1955) Biometrika 42:412-416; Maxwell A. E. (1970) British Journal of Psychiatry 116:651-655.
    """
    return _marginal_test(np.array(table), minimum_discordant)


def bowker(table: ArrayLike, minimum_discordant: int = 0) -> TestResult:
    """Bowker's test of symmetry of a square table; arguments as :func:`stuart_maxwell`.

    References
    ----------
    Bowker A. H. (1948) JASA 43:572-574.
    """
    return _symmetry_test(np.array(table), minimum_discordant)


def _mean_difference(table: NDArray, level: float, minimum_n: int) -> Estimate:
    n = int(table.sum())
    if n == 0 or n < minimum_n:
        reason = RefusalReason.TOO_FEW if n else RefusalReason.NO_DATA
        return Estimate(None, None, n, refusal=Refusal(reason, n, max(minimum_n, 1)))
    step = _steps()
    total = float((table * step).sum())
    mean = total / n
    if n < 2:
        return Estimate(mean, None, n, total, n)
    error = np.sqrt((table * (step - mean) ** 2).sum() / (n - 1) / n)
    reach = float(stats.t.ppf((1 + level) / 2, n - 1) * error)
    return Estimate(mean, Interval(mean - reach, mean + reach, level), n, total, n)


def _kappa(table: NDArray, level: float, minimum_n: int) -> Estimate:
    n = int(table.sum())
    if n == 0 or n < minimum_n:
        reason = RefusalReason.TOO_FEW if n else RefusalReason.NO_DATA
        return Estimate(None, None, n, refusal=Refusal(reason, n, max(minimum_n, 1)))
    kappa, error = (float(x) for x in weighted_kappa(table))
    if np.isnan(kappa):
        return Estimate(None, None, n, refusal=Refusal(RefusalReason.NO_VARIATION, n, None))
    reach = float(stats.norm.ppf((1 + level) / 2)) * error
    return Estimate(kappa, Interval(max(-1.0, kappa - reach), min(1.0, kappa + reach), level), n)


def mark_agreement(
    vpr: ArrayLike,
    journal: ArrayLike,
    minimum_n: int = 0,
    level: float = 0.95,
    substantial: int = 2,
    minimum_discordant: int = 10,
) -> MarkAgreement:
    """Compare ВПР marks with journal marks of the same pupils.

    Parameters
    ----------
    vpr, journal : array_like
        Marks 2..5 of the same pupils in the same order, ``nan`` where missing.
    minimum_n : int
        Smallest number of pairs for which shares and kappa are given.
    level : float
        Confidence level of all intervals.
    substantial : int
        A difference of exactly this many marks already counts as substantial.
    minimum_discordant : int
        Smallest number of unequal pairs for which the two chi-square tests are given.

    Returns
    -------
    MarkAgreement

    Raises
    ------
    ValueError
        If the arrays differ in length or hold anything but 2, 3, 4, 5 or missing.
    """
    if len(vpr) != len(journal):
        raise ValueError(f"vpr and journal differ in length: {len(vpr)} and {len(journal)}")
    v, has_v = _positions(vpr, "vpr")
    j, has_j = _positions(journal, "journal")
    both = has_v & has_j
    size = len(MARKS)
    table = np.bincount(j[both] * size + v[both], minlength=size * size).reshape(size, size)
    n = int(both.sum())
    shares = {
        name: wilson(int(table[mask].sum()), n, level, minimum_n)
        for name, mask in _direction_masks(substantial).items()
    }
    return MarkAgreement(
        n_total=int((has_v | has_j).sum()),
        n_pairs=n,
        **shares,
        table=table,
        kappa=_kappa(table, level, minimum_n),
        mean_difference=_mean_difference(table, level, minimum_n),
        stuart_maxwell=stuart_maxwell(table, minimum_discordant),
        bowker=bowker(table, minimum_discordant),
        substantial=substantial,
    )


def agreement_from_counts(
    lowered: int,
    confirmed: int,
    raised: int,
    lowered_substantially: int | None = None,
    raised_substantially: int | None = None,
    n_total: int | None = None,
    minimum_n: int = 0,
    level: float = 0.95,
    substantial: int = 2,
) -> MarkAgreement:
    """Agreement from the three counts of an aggregated ФИС ОКО row.

    Parameters
    ----------
    lowered, confirmed, raised : int
        Counts of pairs; their sum is the base of the shares (not the number of participants printed beside them, which
        includes pupils without a journal mark).
    lowered_substantially, raised_substantially : int, optional
        Counts of the layout that gives them.
    n_total : int, optional
        Participants as reported.
    minimum_n, level, substantial
        As in :func:`mark_agreement`.

    Returns
    -------
    MarkAgreement
        Whatever needs the full table is refused with ``no_data``.
    """
    n = int(lowered + confirmed + raised)
    missing = Refusal(RefusalReason.NO_DATA, 0, 1)
    unknown = Estimate(None, None, n, refusal=missing)
    no_test = TestResult(None, None, None, n, missing)

    def share(count: int | None) -> Estimate:
        return unknown if count is None else wilson(count, n, level, minimum_n)

    return MarkAgreement(
        n_total=n if n_total is None else int(n_total),
        n_pairs=n,
        lowered=share(lowered),
        confirmed=share(confirmed),
        raised=share(raised),
        lowered_substantially=share(lowered_substantially),
        raised_substantially=share(raised_substantially),
        table=None,
        kappa=unknown,
        mean_difference=unknown,
        stuart_maxwell=no_test,
        bowker=no_test,
        substantial=substantial,
    )


def agreement_by(
    frame: pd.DataFrame,
    by: str | Sequence[str],
    vpr: str = "mark",
    journal: str = "journal_mark",
    minimum_n: int = 0,
    level: float = 0.95,
    substantial: int = 2,
) -> pd.DataFrame:
    """Agreement of many groups in one pass.

    Parameters
    ----------
    frame : DataFrame
        One row per pupil.
    by : str or sequence of str
        Grouping columns; a missing key is a group of its own.
    vpr, journal : str
        Columns of the marks.
    minimum_n, level, substantial
        As in :func:`mark_agreement`.

    Returns
    -------
    DataFrame
        One row per group in the order of the keys: the ``by`` columns, ``n_total``, ``n_pairs``, for each of lowered,
        confirmed, raised, lowered_substantially, raised_substantially the columns ``<name>_n``, ``<name>``,
        ``<name>_low``, ``<name>_high``; ``mean_difference``, ``kappa``, and ``refusal`` (a reason code or missing).
        Refused groups keep their counts; their shares are missing.
    """
    by = [by] if isinstance(by, str) else list(by)
    v, has_v = _positions(frame[vpr], vpr)
    j, has_j = _positions(frame[journal], journal)
    grouped = frame.groupby(by, dropna=False, sort=True, observed=True)
    group = grouped.ngroup().to_numpy()
    result = grouped.size().reset_index()[by]
    n_groups, cells = len(result), len(MARKS) ** 2
    both = has_v & has_j
    flat = np.bincount(group[both] * cells + j[both] * len(MARKS) + v[both], minlength=n_groups * cells)
    tables = flat.reshape(n_groups, len(MARKS), len(MARKS))
    pairs = tables.sum(axis=(1, 2))
    refused = pairs < max(minimum_n, 1)
    result["n_total"] = np.bincount(group[has_v | has_j], minlength=n_groups)
    result["n_pairs"] = pairs
    base = np.where(refused, 0, pairs)
    with np.errstate(invalid="ignore", divide="ignore"):
        for name, mask in _direction_masks(substantial).items():
            count = tables[:, mask].sum(axis=1)
            result[f"{name}_n"] = count
            result[name] = np.where(refused, np.nan, count / pairs)
            result[f"{name}_low"], result[f"{name}_high"] = wilson_bounds(np.where(refused, 0, count), base, level)
        result["mean_difference"] = np.where(refused, np.nan, (tables * _steps()).sum(axis=(1, 2)) / pairs)
    result["kappa"] = np.where(refused, np.nan, weighted_kappa(tables)[0])
    reason = np.where(pairs == 0, RefusalReason.NO_DATA.value, RefusalReason.TOO_FEW.value)
    result["refusal"] = pd.Series(reason, dtype="str").where(refused)
    return result
