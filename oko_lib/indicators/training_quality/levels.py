"""Levels of КДР from the region to the class, and of schools' own assessment beside them."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from oko_lib.indicators.low_results.outcomes import LEVELS
from oko_lib.indicators.share_estimates import pooled_shares, share_estimates
from oko_lib.methods.proportions import difference
from oko_lib.methods.result import Estimate
from oko_lib.settings.norms import SeriesNorms
from oko_lib.store import Snapshot

WORK = ["domain", "grade"]

#: Parts told of: those who did not reach the basic level, those who reached it or more.
BELOW, REACHED = "below", "reached"
PARTS = {**{level: (level,) for level in LEVELS}, BELOW: LEVELS[:2], REACHED: LEVELS[2:]}

_COUNTS = """
    select
        counts.year, counts.domain, counts.grade, coalesce(history.school_id, counts.login) as school,
        sum(n_insufficient)::double as insufficient, sum(n_reduced)::double as reduced,
        sum(n_basic)::double as basic, sum(n_advanced)::double as advanced
    from diagnostic_counts_by_school as counts
    left join school_logins as history on history.login = counts.login
    where counts.pupil_group = 'все' and counts.year between ? and ?
    group by all
    order by all
"""

_INTERNAL = """
    select
        own.year, own.domain, own.grade, coalesce(history.school_id, own.login) as school, own.class_label,
        n_insufficient::double as insufficient, n_reduced::double as reduced,
        n_basic::double as basic, n_advanced::double as advanced
    from internal_levels_by_class as own
    left join school_logins as history on history.login = own.login
    where own.year between ? and ?
    order by all
"""


def level_counts(snapshot: Snapshot, pupils: pd.DataFrame, first_year: int, last_year: int) -> pd.DataFrame:
    """Return counts of levels by class.

    Parameters
    ----------
    snapshot : Snapshot
    pupils : DataFrame
        From :func:`~oko_lib.indicators.low_results.pupils.pupils_of_diagnostics`; where a school's pupils are known,
        its reported counts are left out.
    first_year, last_year : int

    Returns
    -------
    DataFrame
        year, domain, grade, school, class_label (missing where only the school's counts are known), n, the four levels.
    """
    keys = ["year", *WORK, "school"]
    flags = pupils[[*keys, "class_label"]].assign(
        **{level: (pupils["level"] == level).astype(float) for level in LEVELS}
    )
    by_class = flags.groupby([*keys, "class_label"], dropna=False, as_index=False)[list(LEVELS)].sum()
    reported = snapshot.sql(_COUNTS, [first_year, last_year]).assign(class_label=None)
    known = pd.MultiIndex.from_frame(by_class[keys].drop_duplicates())
    reported = reported[~pd.MultiIndex.from_frame(reported[keys]).isin(known)]
    parts = [part for part in (by_class, reported[by_class.columns]) if len(part)]
    both = pd.concat(parts, ignore_index=True) if parts else by_class
    return both.assign(n=both[list(LEVELS)].sum(axis=1))


def internal_counts(snapshot: Snapshot, first_year: int, last_year: int) -> pd.DataFrame:
    """Return levels of schools' own assessment, columns as in :func:`level_counts`."""
    frame = snapshot.sql(_INTERNAL, [first_year, last_year])
    return frame.assign(n=frame[list(LEVELS)].sum(axis=1))


def level_shares(counts: pd.DataFrame, by: Sequence[str], norms: SeriesNorms) -> pd.DataFrame:
    """Return shares of levels by the columns `by`.

    Returns
    -------
    DataFrame
        `by`, n, one Estimate per level and for ``below`` (insufficient and reduced) and ``reached`` (basic and
        advanced); refused under the minimum group.
    """
    sums = counts.groupby(list(by), as_index=False)[["n", *LEVELS]].sum()
    found = {name: share_estimates(sums[list(levels)].sum(axis=1), sums["n"], norms) for name, levels in PARTS.items()}
    return sums[list(by)].assign(n=sums["n"].astype(int), **found)


def levels_of_schools(counts: pd.DataFrame, year: int, norms: SeriesNorms) -> pd.DataFrame:
    """Return shares of levels over a set of schools together, by work of `year`.

    Returns
    -------
    DataFrame
        Columns of :func:`level_shares` for domain and grade; intervals know that pupils of one school resemble each
        other and are missing under five schools.
    """
    rows = []
    for (domain, grade), own in counts[counts["year"] == year].groupby(WORK, sort=True):
        parts = own.assign(**{name: own[list(levels)].sum(axis=1) for name, levels in PARTS.items()})
        shares = pooled_shares(parts, list(PARTS), norms)
        rows.append({"domain": str(domain), "grade": int(grade), "n": int(own["n"].sum()), **shares})
    return pd.DataFrame(rows, columns=[*WORK, "n", *PARTS])


def reached_difference(after: pd.Series, before: pd.Series, norms: SeriesNorms) -> Estimate:
    """Return the difference of shares of the basic level and higher, `after` minus `before` (rows of counts)."""
    return difference(
        float(after["basic"] + after["advanced"]),
        float(after["n"]),
        float(before["basic"] + before["advanced"]),
        float(before["n"]),
        norms.confidence_level.value,
        int(norms.minimum_group.value),
    )
