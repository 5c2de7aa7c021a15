"""All signals about a school together: is it different from the region beyond what schools naturally differ by?"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy.special import ndtr, ndtri, ndtri_exp
from scipy.stats import t as t_distribution
from statsmodels.stats.multitest import multipletests

from oko_lib.methods.direction_scan import Scan, SetFamily, invert
from oko_lib.methods.evidence_signals import BORDER, JOURNAL, LEVEL, SIGNALS, SchoolGrid, residual_signals, school_grid
from oko_lib.methods.result import Refusal, RefusalReason
from oko_lib.methods.school_variation import COMPONENTS, CovarianceModel, Signals, Variation, estimate_variation

#: Alternatives that are scanned. They name what moved, not why.
HYPOTHESES = ("results_raised", "journal_raised", "border_excess")
#: One-sided 5 % point: from here on a single signal is said to speak.
_SPEAKS = 1.645
#: Correlation of a pupil's results (and mark differences) in two subjects where it cannot be measured; assumption.
_USUAL_PUPIL_CORRELATION = np.array([[0.5, 0.1], [0.1, 0.1]])
#: Part of that correlation which lasts from year to year; pupils cannot be linked over years, assumption.
_LASTING_PART = 0.8
#: Added to the variance of a lasting level (pupil variances): it is then no evidence.
_FREE = 10.0
#: Information (inverse variance) about the level that more than its own free prior must give to be a contrast.
_TOLD_APART = 2 / _FREE
#: How many robust deviations above the median largest projection a school may be and still define what is natural.
#: The last reach leaves out about 1 % of natural schools; 2.5 there made p-values of 0.001 twice too small.
_FIRST_REACH, _LAST_REACH = 2.5, 3.0
#: Schools of the first look at natural variation.
_FIRST_LOOK = 300
#: Below this p-value the tail is computed again with four times as many draws.
_REFINE_BELOW = 0.02


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
    components: tuple[str, ...] = field(default=COMPONENTS)


@dataclass(frozen=True)
class _Scanned:
    statistic: np.ndarray
    best: np.ndarray
    tail: np.ndarray


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
        (one of :data:`HYPOTHESES`), ``pattern``, ``subjects, grades, years`` (tuples: where the signal is strongest),
        ``level_z, profile_z, journal_z, border_z`` (each signal in that set of cells, in its own standard deviations:
        level against the region, level against the school's other cells and years, mark difference, border excess),
        ``level_shift`` (pupil standard deviations), ``journal_shift`` (marks), ``border_shift`` (fraction),
        ``signals`` (codes of the signals that speak, strongest first), ``refusal`` (code or None).

        ``pattern`` says what moved with what: ``results_above_journal`` results up and journal did not follow;
        ``results_with_journal`` results up and the journal with them (so looks an honest improvement);
        ``results_without_journal`` results up, no journal marks to compare with; ``journal_above_results`` journal marks
        far above results that are not low; ``results_below_journal`` the same, but results are low; ``border`` pupils
        lifted over borders; None for a school that is not flagged.

    Notes
    -----
    Model of a natural school: residuals of the signals are jointly normal with mean 0 and the covariance of
    :mod:`~oko_lib.methods.school_variation`, estimated from the region's own schools without those that stand out.
    Statistic: the largest standardised projection on the directions «results up by δ in these subjects, years,
    grades and marks up accordingly», «journal up, results not», «border excess» (:mod:`direction_scan`). Its p-value
    is exact under the model; it is then corrected by the spread of the middle half of the schools.

    Assumptions: most schools (about nine tenths) are natural; the region is big enough to say what is natural; the
    whole region did not drift together (what all schools do is invisible); teachers' leniency varies normally between
    schools. A finding is «the difference is not chance», never its cause.

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

    some = _some(judged, rng)
    weight = some.astype(float)
    family = SetFamily(grid.cells)
    spread = np.array([0.1, 0.03, 0.01])
    noise = _shared_noise(pupil_correlation)
    extra = _FREE if lasting_level == "free" else 0.0
    # First look at some of the schools, second look at all of them: who stands out is left out of what is natural.
    for looked_at, reach in ((some, _FIRST_REACH), (judged, _LAST_REACH)):
        signals = residual_signals(grid, weight, spread, min_pupils)
        variation = estimate_variation(_clipped(signals), grid.cells, weight, noise)
        spread = np.maximum(np.einsum("paa->a", variation.between), 1e-4)
        largest = _largest_either_way(_wide_parts(signals, grid, variation, family, extra), looked_at)
        weight = looked_at * _keep(largest, looked_at, reach)
    signals = residual_signals(grid, weight, spread, min_pupils)
    variation = estimate_variation(signals, grid.cells, weight, noise)
    scanned = _scan(
        _parts(signals, grid, variation, family, extra), judged, max(int((weight > 0).sum()) - 1, 2), draws, rng
    )
    p_value, inflation = _empirical_null(scanned.tail, judged)
    schools = _table(grid, signals, variation, scanned, family, p_value, judged, alpha)
    return SchoolEvidence(
        schools, variation, inflation, alpha, int(judged.sum()), int(judged.sum() - (weight > 0).sum())
    )


def _refused(reason, found, needed, alpha) -> SchoolEvidence:
    return SchoolEvidence(None, None, 1.0, alpha, found, 0, Refusal(reason, float(found), float(needed)))


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
    """Residuals drawn in to 1.5 robust standard deviations, for the first look while outstanding schools are still in."""
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


@dataclass(frozen=True)
class _Part:
    """One normal vector of signals with the directions scanned in it."""

    model: CovarianceModel
    scan: Scan

    def look(self, school: int):
        """Inverse covariance, lengths and z of all directions; None when the school has no such signals."""
        present, sigma, values = self.model.school(school)
        if not len(present):
            return None
        inverse = invert(present, sigma, self.scan.loadings.shape[1] * self.scan.loadings.shape[2])
        weighted = np.zeros((1, len(inverse.precision)))
        weighted[0, present] = inverse.precision[np.ix_(present, present)] @ values
        length = self.scan.lengths(inverse.precision)
        return inverse, length, self.scan.project(weighted, length)[0]


def _parts(signals: Signals, grid: SchoolGrid, variation: Variation, family: SetFamily, extra: float) -> list[_Part]:
    """What is scanned, in the order of :data:`HYPOTHESES`.

    The journal is judged on its own: given the level, a school whose results and journal rose together would look
    like one whose journal is too high, because naturally a journal follows the level in part only.
    """
    ones = np.ones(len(grid.works))
    directions = (
        ((LEVEL, JOURNAL), np.stack([ones, grid.mark_slope]), extra),
        ((JOURNAL,), -ones[None], 0.0),
        ((BORDER,), ones[None], 0.0),
    )
    return [
        _Part(CovarianceModel(signals, grid.cells, variation, chosen, free), Scan(family, loading[None]))
        for chosen, loading, free in directions
    ]


def _wide_parts(
    signals: Signals, grid: SchoolGrid, variation: Variation, family: SetFamily, extra: float
) -> list[_Part]:
    """All ways to stand out, level alone included: such a school must not define what is natural."""
    ones, nothing = np.ones(len(grid.works)), np.zeros(len(grid.works))
    results, level, journal = [ones, grid.mark_slope], [ones, nothing], [nothing, ones]
    main = CovarianceModel(signals, grid.cells, variation, (LEVEL, JOURNAL), extra)
    border = CovarianceModel(signals, grid.cells, variation, (BORDER,))
    return [
        _Part(main, Scan(family, np.array([results, level, journal]))),
        _Part(border, Scan(family, ones[None, None])),
    ]


def _largest_either_way(parts: list[_Part], schools: np.ndarray) -> np.ndarray:
    """Largest projection up or down of the given schools (others 0)."""
    result = np.zeros(len(schools))
    for school in np.flatnonzero(schools):
        for part in parts:
            seen = part.look(school)
            if seen is not None:
                result[school] = max(result[school], np.abs(seen[2][np.isfinite(seen[2])]).max(initial=0.0))
    return result


def _scan(parts: list[_Part], judged: np.ndarray, freedom: int, draws: int, rng: np.random.Generator) -> _Scanned:
    statistic, best, tail = np.full(len(judged), -np.inf), np.zeros(len(judged), dtype=int), np.ones(len(judged))
    for school in np.flatnonzero(judged):
        looks = [(part.scan, part.look(school)) for part in parts]
        for number, (_, seen) in enumerate(looks):
            if seen is not None and seen[2].max() > statistic[school]:
                statistic[school] = seen[2].max()
                best[school] = number * len(parts[0].scan) + int(seen[2].argmax())
        looks = [(scan, seen[:2]) for scan, seen in looks if seen is not None]
        height = _as_normal(statistic[school], freedom)
        tail[school] = _joint_tail(looks, height, draws, rng)
        if tail[school] < _REFINE_BELOW:
            tail[school] = _joint_tail(looks, height, 4 * draws, rng)
    return _Scanned(statistic, best, tail)


def _as_normal(statistic: float, freedom: int) -> float:
    """Normal deviate as rare as `statistic` is in Student's distribution.

    The covariance comes from a limited number of schools, so a projection standardised by it has Student's tail.
    """
    upper = t_distribution.logsf(statistic, freedom)
    return float(-ndtri_exp(upper)) if np.isfinite(upper) else statistic


def _joint_tail(looks, statistic: float, draws: int, rng: np.random.Generator) -> float:
    """Tail of the largest of all parts as if they were independent.

    Where p is small this is the sum of the tails, which no dependence can exceed.
    """
    if not np.isfinite(statistic):
        return 1.0
    tails = [scan.tail(inverse, length, statistic, draws, rng) for scan, (inverse, length) in looks]
    return float(-np.expm1(np.log1p(-np.minimum(tails, 1 - 1e-12)).sum()))


def _signal_z(signals: Signals, grid: SchoolGrid, variation: Variation, rows: np.ndarray, judged) -> pd.DataFrame:
    """Each signal on its own in the leading set of cells of each school."""
    result = pd.DataFrame(
        np.nan,
        index=range(len(judged)),
        columns=[f"{name}_{kind}" for name in SIGNALS for kind in ("z", "shift")] + ["profile_z"],
    )
    models = [CovarianceModel(signals, grid.cells, variation, (a,)) for a in range(len(SIGNALS))]
    for school in np.flatnonzero(judged):
        for name, model in zip(SIGNALS, models, strict=True):
            present, sigma, values = model.school(school)
            inside = rows[school][present].astype(float)
            if not inside.any():
                continue
            weight = inside / sigma.diagonal()
            weight /= weight.sum()
            result.at[school, f"{name}_shift"] = weight @ values
            result.at[school, f"{name}_z"] = weight @ values / np.sqrt(weight @ sigma @ weight)
            if name == "level":
                # The level given the school's own other cells and years.
                solved = np.linalg.solve(sigma + _FREE, np.stack([values, inside], axis=1))
                length = inside @ solved[:, 1]
                result.at[school, "profile_z"] = inside @ solved[:, 0] / np.sqrt(length) if length > _TOLD_APART else np.nan
    return result


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
    grid: SchoolGrid, signals: Signals, variation: Variation, scanned: _Scanned, family, p_value, judged, alpha
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
