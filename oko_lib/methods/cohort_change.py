"""The same children later: grade 4 → grade 6.

Not to be mixed with :mod:`~oko_lib.methods.change`, where other children of the same grade are compared. Where pupils
can be linked, their moves between levels are counted; where only school counts exist, the shares of the school are
compared, and children who came or left are part of the difference.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from .agreement import bowker, stuart_maxwell
from .change import SchoolChanges, school_changes, states
from .natural_fluctuation import natural_variance, reference_df, weighted_quantile
from .proportions import wilson
from .result import Estimate, Refusal, RefusalReason, TestResult


@dataclass(frozen=True)
class LevelTransitions:
    """Moves of linked pupils between levels.

    Parameters
    ----------
    table : DataFrame
        Pupils, rows the earlier level, columns the later one, lowest first.
    moved_up, kept, moved_down : Estimate
        Shares of pupils with Wilson's intervals.
    symmetry : TestResult
        Bowker: are moves up and down between every two levels balanced?
    margins : TestResult
        Stuart-Maxwell: have the levels become more or less frequent?
    n : int
        Pupils with both levels.
    n_incomplete : int
        Rows left out because a level is missing.
    """

    table: pd.DataFrame
    moved_up: Estimate
    kept: Estimate
    moved_down: Estimate
    symmetry: TestResult
    margins: TestResult
    n: int
    n_incomplete: int


@dataclass(frozen=True)
class PairedChanges:
    """Changes of the share of success of the same pupils, by school.

    Parameters
    ----------
    units : DataFrame
        Indexed by school: ``n`` linked pupils; ``gained``, ``lost`` (reached the success levels, fell out of them);
        ``share_earlier``, ``share_later``, ``change``; ``change_low``, ``change_high`` (pupils' chance only);
        ``relative`` (beyond the common change), ``relative_low``, ``relative_high``, ``p_value``, ``state`` (natural
        differences between schools included); ``refusal``.
    common_change : float or None
        Weighted median change of the schools.
    natural_sd : float or None
        Of the change of a school, chance of pupils excluded, share scale.
    n_schools : int
        Schools with enough linked pupils.
    refusal : Refusal or None
        Too few schools: changes and their intervals stay, nothing is judged.
    """

    units: pd.DataFrame
    common_change: float | None
    natural_sd: float | None
    n_schools: int
    refusal: Refusal | None = None


def cohort_changes(
    earlier: pd.DataFrame,
    later: pd.DataFrame,
    *,
    earlier_year: int = 0,
    later_year: int = 1,
    unit: str = "school",
    successes: str = "n_success",
    total: str = "n",
    minimum_n: int = 10,
    minimum_schools: int = 20,
    level: float = 0.95,
) -> SchoolChanges:
    """Change of a cohort's share in every school, beyond that of the region's cohort.

    Parameters
    ----------
    earlier, later : DataFrame
        One row per school: counts of the cohort in the earlier and in the later grade.
    earlier_year, later_year : int
        Labels of the two.
    unit, successes, total, minimum_n, minimum_schools, level
        As in :func:`~oko_lib.methods.change.school_changes`.

    Returns
    -------
    SchoolChanges
        Its natural fluctuation is that of this cohort's changes alone. Pupils are taken as independent although they
        are mostly the same children: the method is the more cautious for it.

    Raises
    ------
    ValueError
        If ``later_year`` does not follow ``earlier_year``.
    """
    if later_year <= earlier_year:
        raise ValueError("the later year must follow the earlier one")
    columns = [unit, successes, total]
    counts = pd.concat(
        [earlier[columns].assign(_year=earlier_year), later[columns].assign(_year=later_year)], ignore_index=True
    )
    return school_changes(
        counts,
        unit=unit,
        year="_year",
        successes=successes,
        total=total,
        minimum_n=minimum_n,
        minimum_schools=minimum_schools,
        level=level,
    )


def level_transitions(
    pairs: pd.DataFrame,
    levels: Sequence[str],
    *,
    earlier: str = "level_earlier",
    later: str = "level_later",
    minimum_n: int = 10,
    level: float = 0.95,
) -> LevelTransitions:
    """Table of moves of linked pupils.

    Parameters
    ----------
    pairs : DataFrame
        One row per linked pupil; a missing level leaves the pupil out.
    levels : sequence of str
        Levels from the lowest to the highest.
    earlier, later : str
        Columns.
    minimum_n : int
        Fewest pupils for shares and fewest pupils who moved for the tests.
    level : float
        Of the intervals.

    Returns
    -------
    LevelTransitions
        Intervals and tests take pupils as independent: over several schools they are too sure.

    Raises
    ------
    ValueError
        For a level that is not in ``levels``.

    References
    ----------
    Bowker A. H. (1948) JASA 43:572-574; Stuart A. (1955) Biometrika 42:412-416; Maxwell A. E. (1970) British Journal
    of Psychiatry 116:651-655.
    """
    first, second, incomplete = _places(pairs, levels, earlier, later)
    size = len(levels)
    counts = np.bincount(first * size + second, minlength=size**2).reshape(size, size)
    n = int(counts.sum())
    up, down = int(np.triu(counts, 1).sum()), int(np.tril(counts, -1).sum())
    names = pd.Index(list(levels))
    return LevelTransitions(
        pd.DataFrame(counts, index=names.rename(earlier), columns=names.rename(later)),
        wilson(up, n, level, minimum_n),
        wilson(n - up - down, n, level, minimum_n),
        wilson(down, n, level, minimum_n),
        bowker(counts, minimum_n),
        stuart_maxwell(counts, minimum_n),
        n,
        incomplete,
    )


def paired_change_bounds(
    gained: ArrayLike, lost: ArrayLike, n: ArrayLike, level: float = 0.95
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Interval of the change of a share in the same pupils.

    Parameters
    ----------
    gained, lost : array_like
        Pupils who succeeded only later, only earlier.
    n : array_like
        All linked pupils.
    level : float

    Returns
    -------
    low, high, variance : ndarray of float
        Around (gained - lost)/n, cut to -1..1. Variance [(b + c) - (b - c)²/n]/n² after half a pupil is added to each
        of the four cells; pupils who stayed where they were add to n alone, so that it is smaller than that of two
        separate samples.

    References
    ----------
    Agresti A., Min Y. (2005) Statistics in Medicine 24:729-740.
    """
    gained, lost, n = (np.asarray(values, dtype=float) for values in (gained, lost, n))
    b, c, total = gained + 0.5, lost + 0.5, n + 2
    centre = (b - c) / total
    variance = ((b + c) - (b - c) ** 2 / total) / total**2
    reach = stats.norm.ppf((1 + level) / 2) * np.sqrt(variance)
    return np.clip(centre - reach, -1, 1), np.clip(centre + reach, -1, 1), variance


def paired_changes(
    pairs: pd.DataFrame,
    levels: Sequence[str],
    success: Sequence[str],
    *,
    unit: str = "school",
    earlier: str = "level_earlier",
    later: str = "level_later",
    minimum_n: int = 10,
    minimum_schools: int = 20,
    level: float = 0.95,
) -> PairedChanges:
    """Did the same pupils of a school reach the success levels more often than elsewhere?

    Parameters
    ----------
    pairs : DataFrame
        One row per linked pupil.
    levels, success : sequence of str
        All levels from the lowest; those that count as success.
    unit, earlier, later : str
        Columns.
    minimum_n : int
        Fewest linked pupils of a school.
    minimum_schools : int
        Fewest such schools for telling natural differences.
    level : float
        Of intervals; states are called at 1 - level, two-sided.

    Returns
    -------
    PairedChanges
        Deviation of a school's change from the weighted median of all, variance = paired chance (see
        :func:`paired_change_bounds`) + natural variance of changes between schools
        (:func:`~oko_lib.methods.natural_fluctuation.natural_variance`).

    Raises
    ------
    ValueError
        For an unknown level.
    """
    unknown = set(success) - set(levels)
    if unknown:
        raise ValueError(f"success levels not among the levels: {sorted(unknown)}")
    first, second, _ = _places(pairs, levels, earlier, later)
    linked = pairs[[earlier, later]].notna().all(axis=1).to_numpy()
    reached = np.isin(list(levels), list(success))
    pupils = pd.DataFrame({unit: pairs.loc[linked, unit].to_numpy(), "was": reached[first], "has": reached[second]})
    pupils["gained"], pupils["lost"] = pupils["has"] & ~pupils["was"], pupils["was"] & ~pupils["has"]
    grouped = pupils.groupby(unit)
    units = pd.DataFrame({"n": grouped.size()}).join(grouped[["gained", "lost"]].sum())
    units["share_earlier"], units["share_later"] = grouped["was"].mean(), grouped["has"].mean()
    units["change"] = units["share_later"] - units["share_earlier"]
    enough = units["n"] >= max(minimum_n, 1)
    low, high, variance = paired_change_bounds(units["gained"], units["lost"], units["n"], level)
    units["change_low"], units["change_high"] = (
        np.where(enough, np.minimum(low, units["change"]), np.nan),
        np.where(enough, np.maximum(high, units["change"]), np.nan),
    )
    units["refusal"] = pd.Series(RefusalReason.TOO_FEW.value, units.index, dtype="str").where(~enough)
    found, needed = int(enough.sum()), max(minimum_schools, 2)
    judged = ["relative", "relative_low", "relative_high", "p_value", "state"]
    columns = [*units.columns[:-1], *judged, "refusal"]
    if found < needed:
        reason = RefusalReason.TOO_FEW if found else RefusalReason.NO_DATA
        units = units.reindex(columns=columns)
        return PairedChanges(units, None, None, found, Refusal(reason, found, needed))
    d, chance = units.loc[enough, "change"].to_numpy(), variance[enough.to_numpy()]
    tau2, common = 0.0, 0.0
    for _ in range(3):
        common = weighted_quantile(d, 1 / np.sqrt(chance + tau2), 0.5)
        tau2 = natural_variance(d - common, chance, np.ones(found))
    total = chance + tau2
    df = reference_df(tau2 / total, found)
    reach = stats.t.ppf((1 + level) / 2, df) * np.sqrt(total)
    p_value = 2 * stats.t.sf(np.abs(d - common) / np.sqrt(total), df)
    answers = (d - common, d - common - reach, d - common + reach, p_value, states(d - common, p_value, 1 - level))
    units = units.join(pd.DataFrame(dict(zip(judged, answers, strict=True)), index=units.index[enough]))
    return PairedChanges(units[columns], common, float(np.sqrt(tau2)), found)


def _places(
    pairs: pd.DataFrame, levels: Sequence[str], earlier: str, later: str
) -> tuple[NDArray[np.int64], NDArray[np.int64], int]:
    """Places of both levels for pupils who have both, and how many have not."""
    known = pairs[[earlier, later]].dropna()
    names = pd.Index(list(levels))
    places = [names.get_indexer(known[column]) for column in (earlier, later)]
    for column, place in zip((earlier, later), places, strict=True):
        if (place < 0).any():
            raise ValueError(f"unknown level: {known[column].to_numpy()[place < 0][0]!r}")
    return places[0], places[1], len(pairs) - len(known)
