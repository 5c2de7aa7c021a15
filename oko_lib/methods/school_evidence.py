"""All signals about a school together: is it different from the region beyond what schools naturally differ by?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import ndtr, ndtri
from statsmodels.stats.multitest import multipletests

from oko_lib.methods.direction_scan import SetFamily
from oko_lib.methods.evidence_scan import HYPOTHESES, Scanned, parts_of_hypotheses, scan_schools
from oko_lib.methods.evidence_signals import LEVEL, SIGNALS, SchoolGrid, school_grid
from oko_lib.methods.natural_variation import natural_variation
from oko_lib.methods.result import Refusal, RefusalReason
from oko_lib.methods.school_variation import COMPONENTS, CovarianceModel, Signals, Variation

#: One-sided 5 % point: from here on a single signal is said to speak.
_SPEAKS = 1.645
#: Added to the variance of a lasting level (pupil variances): it is then no evidence.
_FREE = 10.0
#: Information (inverse variance) about the level that more than its own free prior must give to be a contrast.
_TOLD_APART = 2 / _FREE


@dataclass(frozen=True)
class SchoolEvidence:
    """Outcome for all schools of a region.

    Parameters
    ----------
    schools : DataFrame
        One row per school, see :func:`school_evidence`; None after a refusal.
    variation : Variation or None
        Estimated natural variation (components × signals × signals).
    inflation : float
        Factor by which statistics were reduced because the middle of the schools is spread wider than the model says;
        1 when the model fits.
    alpha : float
        False-discovery rate controlled.
    n_schools, n_left_out : int
        Schools judged; schools kept out of the estimate of natural variation because they stand out.
    refusal : Refusal or None
    """

    schools: pd.DataFrame | None
    variation: Variation | None
    inflation: float
    alpha: float
    n_schools: int
    n_left_out: int
    refusal: Refusal | None = None
    components: tuple[str, ...] = COMPONENTS


def school_evidence(
    cells: pd.DataFrame,
    *,
    alpha: float = 0.05,
    min_schools: int = 30,
    min_pupils: int = 5,
    lasting_level: str = "free",
    pupil_correlation: np.ndarray | None = None,
    draws: int = 64,
    rng: np.random.Generator | None = None,
) -> SchoolEvidence:
    """Judge every school of a region by all its signals together.

    Parameters
    ----------
    cells : DataFrame
        School cells of the whole region, columns as returned by :func:`~oko_lib.methods.evidence_cells.school_cells`.
        Any number of subjects, grades, years; cells may be missing.
    alpha : float
        False-discovery rate (Benjamini–Hochberg) among the schools of the region.
    min_schools : int
        Refuse when fewer schools have data: natural variation cannot be estimated.
    min_pupils : int
        A school's cell with fewer pupils (pairs, pupils around borders) is left out.
    lasting_level : {"free", "estimated"}
        "free": a lasting difference of a school's results in everything (a lyceum, a boarding school) is no evidence
        at all and is removed; "estimated": it counts with its estimated normal variance.
    pupil_correlation : array, shape (2, 2), optional
        From :func:`~oko_lib.methods.evidence_cells.pupil_correlation`; where works of one pupil cannot be linked, usual
        values are taken (0.5 between scores, 0.1 between mark differences).
    draws : int
        Importance-sampling draws per school for the tail; four times as many where the p-value is small.
    rng : numpy.random.Generator, optional

    Returns
    -------
    SchoolEvidence
        ``schools`` has the columns ``school, n_pupils, n_cells, statistic, p_value, adjusted_p, flagged, hypothesis``
        (one of :data:`~oko_lib.methods.evidence_scan.HYPOTHESES`), ``pattern``, ``subjects, grades, years`` (tuples:
        where the signal is strongest),
        ``level_z, profile_z, journal_z, border_z`` (each signal in that set of cells, in its own standard deviations:
        level against the region, level against the school's other cells and years, mark difference, border excess),
        ``level_shift`` (pupil standard deviations), ``journal_shift`` (marks), ``border_shift`` (fraction),
        ``signals`` (codes of the signals that speak, strongest first), ``refusal`` (code or None).

        ``pattern`` says what moved with what: ``results_above_journal`` results up and journal did not follow;
        ``results_with_journal`` results up and the journal with them (so looks an honest improvement);
        ``results_without_journal`` results up, no journal marks to compare with; ``journal_above_results`` journal
        marks far above results that are not low; ``results_below_journal`` the same, but results are low; ``border``
        pupils lifted over borders; None for a school that is not flagged.

    Notes
    -----
    Model of a natural school: residuals of the signals are jointly normal with mean 0 and the covariance of
    :mod:`~oko_lib.methods.school_variation`, estimated from the region's own schools without those that stand out.
    Statistic: the largest standardised projection on the directions «results up by δ in these subjects, years,
    grades and marks up accordingly», «journal up, results not», «border excess» (:mod:`direction_scan`). Its p-value
    is that of the model, with Student's tail because natural variation is itself estimated from the schools; it is
    then corrected by the spread of the middle half of the schools.

    Assumptions: most schools (about nine tenths) are natural; the region is big enough to say what is natural; the
    whole region did not drift together (what all schools do is invisible); the natural
    effects of schools, teachers' leniency included, are near normal (with heavy tails false findings exceed the
    nominal rate). A finding is «the difference is not chance», never its cause.

    Raises
    ------
    ValueError
        Repeated cells or an unknown `lasting_level`.
    """
    if lasting_level not in ("free", "estimated"):
        raise ValueError(f"lasting_level must be free or estimated, not {lasting_level!r}")
    rng = np.random.default_rng(20250402) if rng is None else rng
    if cells.empty:
        return _refused(RefusalReason.NO_DATA, 0, min_schools, alpha)
    grid = school_grid(cells)
    judged = (grid.columns["n"] >= min_pupils).any(axis=1)
    if judged.sum() < min_schools:
        return _refused(RefusalReason.TOO_FEW, int(judged.sum()), min_schools, alpha)

    family = SetFamily(grid.cells)
    extra = _FREE if lasting_level == "free" else 0.0
    signals, variation, natural = natural_variation(grid, judged, family, pupil_correlation, min_pupils, extra, rng)
    parts = parts_of_hypotheses(signals, grid, variation, family, extra)
    scanned = scan_schools(parts, judged, max(int(natural.sum()) - 1, 2), draws, rng)
    p_value, inflation = _empirical_null(scanned.tail, judged)
    schools = _table(grid, signals, variation, scanned, family, p_value, judged, alpha)
    return SchoolEvidence(schools, variation, inflation, alpha, int(judged.sum()), int(judged.sum() - natural.sum()))


def _refused(reason, found, needed, alpha) -> SchoolEvidence:
    return SchoolEvidence(None, None, 1.0, alpha, found, 0, Refusal(reason, float(found), float(needed)))


def _signal_z(signals: Signals, grid: SchoolGrid, variation: Variation, rows: np.ndarray, judged) -> pd.DataFrame:
    """Each signal on its own in the leading set of cells of each school."""
    shift, z = np.full((2, len(SIGNALS), len(judged)), np.nan)
    profile = np.full(len(judged), np.nan)
    for signal in range(len(SIGNALS)):
        model = CovarianceModel(signals, grid.cells, variation, (signal,))
        for school in np.flatnonzero(judged):
            present, sigma, values = model.school(school)
            inside = rows[school][present].astype(float)
            if not inside.any():
                continue
            weight = inside / sigma.diagonal()
            weight /= weight.sum()
            shift[signal, school] = weight @ values
            z[signal, school] = weight @ values / np.sqrt(weight @ sigma @ weight)
            if signal == LEVEL:
                # The level given the school's own other cells and years: its lasting level is left free.
                solved = np.linalg.solve(sigma + _FREE, np.stack([values, inside], axis=1))
                length = inside @ solved[:, 1]
                profile[school] = inside @ solved[:, 0] / np.sqrt(length) if length > _TOLD_APART else np.nan
    columns = {f"{name}_z": z[k] for k, name in enumerate(SIGNALS)}
    columns |= {f"{name}_shift": shift[k] for k, name in enumerate(SIGNALS)}
    return pd.DataFrame({**columns, "profile_z": profile})


def _empirical_null(tail: np.ndarray, judged: np.ndarray) -> tuple[np.ndarray, float]:
    """Correct p-values by the middle of the schools (Efron's empirical null, never in the optimistic direction)."""
    p = np.clip(tail, 1e-300, 1 - 1e-9)
    score = -ndtri(p)
    quartiles = np.quantile(score[judged], [0.25, 0.5, 0.75])
    # Sampling error of the quartiles themselves must not be taken for inflation.
    slack = 1.0 / np.sqrt(judged.sum())
    shift = max(quartiles[1] - slack, 0.0)
    inflation = max((quartiles[2] - quartiles[0]) / 1.349 - slack, 1.0)
    corrected = ndtr(-(score - shift) / inflation)
    return np.where(judged, np.where((shift > 0) | (inflation > 1), corrected, tail), np.nan), float(inflation)


def _table(
    grid: SchoolGrid, signals: Signals, variation: Variation, scanned: Scanned, family, p_value, judged, alpha
) -> pd.DataFrame:
    adjusted = np.full(len(judged), np.nan)
    adjusted[judged] = multipletests(p_value[judged], method="fdr_bh")[1]
    flagged = judged & (np.nan_to_num(adjusted, nan=1.0) <= alpha)
    hypothesis = scanned.best // len(family)
    where = family.indicators(scanned.best % len(family)).astype(bool) & np.isfinite(signals.noise).any(axis=0)
    frame = pd.DataFrame(
        {
            "school": grid.schools,
            "n_pupils": grid.columns["n"].sum(axis=1).astype(int),
            "n_cells": np.isfinite(signals.noise[LEVEL]).sum(axis=1),
            "statistic": np.where(judged, scanned.statistic, np.nan),
            "p_value": p_value,
            "adjusted_p": adjusted,
            "flagged": flagged,
            "hypothesis": [HYPOTHESES[h] if known else None for h, known in zip(hypothesis, judged, strict=True)],
            **{
                f"{key}s": [
                    tuple(dict.fromkeys(grid.works[key][row])) if known else ()
                    for row, known in zip(where, judged, strict=True)
                ]
                for key in ("subject", "grade", "year")
            },
        }
    )
    frame = pd.concat([frame, _signal_z(signals, grid, variation, where, judged)], axis=1)
    patterns = [
        _pattern(*row)
        for row in zip(frame["hypothesis"], frame["level_z"], frame["journal_z"], frame["flagged"], strict=True)
    ]
    frame.insert(frame.columns.get_loc("hypothesis") + 1, "pattern", pd.Series(patterns, dtype=object))
    frame["signals"] = [_speaking(row) for row in frame[["level_z", "profile_z", "journal_z", "border_z"]].to_numpy()]
    refusals = [None if known else RefusalReason.TOO_FEW.value for known in judged]
    frame["refusal"] = pd.Series(refusals, dtype=object)
    return frame


def _pattern(hypothesis, level_z: float, journal_z: float, flagged: bool) -> str | None:
    """What moved with what in a flagged school; see :func:`school_evidence`."""
    if not flagged:
        return None
    if hypothesis == "border_excess":
        return "border"
    if hypothesis == "journal_raised":
        return "results_below_journal" if level_z <= -_SPEAKS else "journal_above_results"
    if np.isnan(journal_z):
        return "results_without_journal"
    return "results_above_journal" if journal_z >= _SPEAKS else "results_with_journal"


def _speaking(z: np.ndarray) -> tuple[str, ...]:
    """Codes of the signals beyond the one-sided 5 % point, strongest first (a low journal difference counts too)."""
    size = np.where([True, True, False, True], z, np.abs(z))
    names = np.array(["level", "profile", "journal", "border"])
    order = np.argsort(-np.nan_to_num(size, nan=-np.inf), kind="stable")
    return tuple(str(names[k]) for k in order if size[k] >= _SPEAKS)
