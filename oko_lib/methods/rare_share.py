"""Which schools have more of a rare event than the natural differences between schools explain.

The funnel of shares works on the arcsine scale, which is wrong where an ordinary school expects one event or none: most
schools have zero there, and the scale takes that for over-dispersion. Here counts are judged by the beta-binomial
distribution itself.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from .multiplicity import false_discovery
from .result import Refusal, RefusalReason
from .shrinkage import shrink_proportions

#: Rounds of setting schools aside; more are not needed in practice.
_ROUNDS = 10
#: Share of schools set aside in the first round.
_FIRST = 0.05


@dataclass(frozen=True)
class RareShares:
    """Schools judged against the others.

    Parameters
    ----------
    units : DataFrame
        One row per school in the order given: ``unit`` (when given), ``value`` (share), ``n``, ``expected`` (events at
        the usual share), ``p_value`` (one-sided: as many or more), ``q_value``, ``state`` (``more``, ``indistinct``,
        missing when not judged).
    centre : float or None
        Usual share: of the schools not set aside.
    rho : float or None
        Their intra-school correlation: natural differences.
    n_units : int
        Schools judged.
    alpha : float
        False-discovery rate.
    refusal : Refusal or None
    """

    units: pd.DataFrame
    centre: float | None
    rho: float | None
    n_units: int
    alpha: float
    refusal: Refusal | None = None


def rare_shares(
    events: ArrayLike,
    n: ArrayLike,
    *,
    alpha: float = 0.05,
    minimum_n: int = 10,
    minimum_units: int = 20,
    units: ArrayLike | None = None,
) -> RareShares:
    """Judge counts of a rare event.

    Parameters
    ----------
    events, n : array_like
        Counts per school; missing ones are not judged.
    alpha : float
        False-discovery rate over schools.
    minimum_n : int
        Smaller schools are not judged (they still tell what is usual).
    minimum_units : int
        Fewest schools to tell what is usual.
    units : array_like, optional
        Names of the schools.

    Returns
    -------
    RareShares
        Beta-binomial fitted by maximum likelihood to the schools not called, and schools called by their upper tail
        (Benjamini-Hochberg), in turn until nothing changes: else the schools sought widen what passes for usual. The
        first round sets a twentieth of the schools aside; those not called come back. At last every school called must
        stand out also when it is counted among the usual ones itself: else a school set aside by chance stays aside.
        Only «more» is asked: that a rare event did not happen cannot stand out.

    Raises
    ------
    ValueError
        For counts outside 0..n or arrays of different length.

    References
    ----------
    Griffiths D. A. (1973) Biometrics 29:637-648 (fit); Hadi A. S., Simonoff J. S. (1993) JASA 88:1264-1272 (setting
    outliers aside in rounds).
    """
    x, size = np.asarray(events, dtype=float).ravel(), np.asarray(n, dtype=float).ravel()
    if x.shape != size.shape:
        raise ValueError("events and n differ in length")
    usable = np.isfinite(x) & np.isfinite(size) & (size > 0)
    if np.any(usable & ((x < 0) | (x > size))):
        raise ValueError("counts must satisfy 0 <= events <= n")
    frame = pd.DataFrame({"value": np.where(usable, x / np.where(usable, size, 1), np.nan), "n": size})
    if units is not None:
        frame.insert(0, "unit", np.asarray(units))
    frame = frame.assign(expected=np.nan, p_value=np.nan, q_value=np.nan, state=None)
    count = int(usable.sum())
    if count < minimum_units:
        reason = RefusalReason.TOO_FEW if count else RefusalReason.NO_DATA
        return RareShares(frame, None, None, 0, alpha, Refusal(reason, count, minimum_units))
    judged = usable & (size >= minimum_n)
    aside = _foremost(x, size, usable)
    for _ in range(_ROUNDS):
        usual = usable & ~aside
        centre, rho = _usual(x[usual], size[usual])
        p = np.full(len(x), np.nan)
        p[judged] = _upper_tail(x[judged], size[judged], centre, rho)
        found = false_discovery(p, alpha)
        if np.array_equal(found.rejected, aside) or (usable & ~found.rejected).sum() < minimum_units:
            break
        aside = found.rejected
    called = _withstanding(x, size, usable, found.rejected, alpha, int(judged.sum()))
    state = np.where(called, "more", "indistinct").astype(object)
    frame = frame.assign(
        expected=np.where(usable, centre * size, np.nan),
        p_value=p,
        q_value=found.adjusted,
        state=np.where(judged, state, None),
    )
    return RareShares(frame, centre, rho, int(judged.sum()), alpha)


def _withstanding(x: NDArray, n: NDArray, usable: NDArray, called: NDArray, alpha: float, tests: int) -> NDArray:
    """Those of the called who stand out though they are counted among the usual ones, one at a time."""
    called = called.copy()
    while called.any():
        limit = alpha * called.sum() / tests
        own = {}
        for place in np.flatnonzero(called):
            usual = usable & ~called
            usual[place] = True
            own[place] = float(_upper_tail(x[place], n[place], *_usual(x[usual], n[usual])))
        weakest = max(own, key=own.get)
        if own[weakest] <= limit:
            break
        called[weakest] = False
    return called


def _foremost(x: NDArray, n: NDArray, usable: NDArray) -> NDArray:
    """The schools whose counts are the least likely if all shares were equal."""
    tail = np.ones(len(x))
    tail[usable] = stats.binom.sf(x[usable] - 1, n[usable], max(x[usable].sum(), 0.5) / n[usable].sum())
    aside = np.zeros(len(x), dtype=bool)
    few = int(_FIRST * usable.sum())
    if few:
        aside[usable] = tail[usable] < np.sort(tail[usable])[few]
    return aside


def _usual(x: NDArray, n: NDArray) -> tuple[float, float]:
    """Usual share and intra-school correlation; a region without a single event still has half a one."""
    fit = shrink_proportions(x, n, minimum_units=2)
    centre = fit.centre if fit.centre else 0.5 / n.sum()
    return float(min(centre, 1 - 0.5 / n.sum())), float(fit.spread or 0.0)


def _upper_tail(x: NDArray, n: NDArray, centre: float, rho: float) -> NDArray:
    """Probability of as many events or more."""
    if rho < 1e-6:
        return stats.binom.sf(x - 1, n, centre)
    strength = 1 / rho - 1
    return stats.betabinom.sf(x - 1, n, centre * strength, (1 - centre) * strength)
