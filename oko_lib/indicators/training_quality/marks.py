"""Marks of ВПР: distributions «2»–«5» from the region to the class, changes between years on one scale."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import pandas as pd

from oko_lib.indicators.share_estimates import pooled_shares, share_estimates
from oko_lib.indicators.training_quality.comparability import ScaleComparison, compare_scales
from oko_lib.indicators.unit_funnel import UnitFunnel, unit_funnel
from oko_lib.methods.change import SchoolChanges, school_changes
from oko_lib.methods.clustered_share import several_clustered_shares
from oko_lib.methods.composite_change import CompositeChange, composite_change
from oko_lib.methods.result import Estimate, Refusal, RefusalReason
from oko_lib.settings.training_quality_norms import TrainingQualityNorms

WORK = ["subject", "grade"]
MARKS = (2, 3, 4, 5)
MARK_COLUMNS = tuple(f"mark_{mark}" for mark in MARKS)

#: Shares told of everywhere: of «2», and of «4» and «5» together.
FAILING, GOOD = "failing", "good"
SHARES = (FAILING, GOOD)


@dataclass(frozen=True)
class WorkChanges:
    """Changes of one work in all schools of the region.

    Parameters
    ----------
    scale : ScaleComparison
        With the year before.
    failing, good : SchoolChanges or None
        Over the years whose scale is that of the report's year; None when there is no such year before it.
    """

    scale: ScaleComparison
    failing: SchoolChanges | None
    good: SchoolChanges | None


@dataclass(frozen=True)
class RegionMarks:
    """Marks of the region.

    Parameters
    ----------
    counts : DataFrame
        By class: year, grade, subject, school, class_label, n, mark_2 … mark_5, failing_n, good_n.
    schools : dict of str to UnitFunnel
        By share: schools of the year beside each other, whatever works they wrote.
    changes : dict of (str, int) to WorkChanges
        By work of the year.
    composite : dict of str to CompositeChange
        By share: all comparable works together.
    """

    counts: pd.DataFrame
    schools: dict[str, UnitFunnel]
    changes: dict[tuple[str, int], WorkChanges]
    composite: dict[str, CompositeChange]


def with_shares(counts: pd.DataFrame) -> pd.DataFrame:
    """Add how many failed and how many have «4» or «5»."""
    return counts.assign(failing_n=counts["mark_2"], good_n=counts["mark_4"] + counts["mark_5"])


def region_marks(counts: pd.DataFrame, scales: pd.DataFrame, year: int, norms: TrainingQualityNorms) -> RegionMarks:
    """Compute what is told of marks over the whole region.

    Parameters
    ----------
    counts : DataFrame
        From :func:`~oko_lib.indicators.vpr_frames.mark_counts_by_class`, the years of the series.
    scales : DataFrame
        From :func:`~oko_lib.indicators.vpr_frames.scales`.
    year : int
    norms : TrainingQualityNorms
    """
    counts = with_shares(counts)
    by_school = _summed(counts[counts["year"] == year], ["school", *WORK]).rename(columns={"n": "n_pairs"})
    changes = {
        (str(subject), int(grade)): _changes(rows, scales, str(subject), int(grade), year, norms)
        for (subject, grade), rows in counts.groupby(WORK, sort=True)
        if (rows["year"] == year).any()
    }
    composite = {}
    for share in SHARES:
        known = {f"{key[0]} {key[1]}": found for key, work in changes.items() if (found := getattr(work, share))}
        composite[share] = composite_change(
            known,
            minimum_schools=int(norms.dynamics_minimum_schools.value),
            level=norms.confidence_level.value,
        )
    return RegionMarks(
        counts=counts,
        schools={share: unit_funnel(by_school, "school", share, norms) for share in SHARES},
        changes=changes,
        composite=composite,
    )


def _summed(counts: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    return counts.groupby(list(by), as_index=False)[["n", *MARK_COLUMNS, "failing_n", "good_n"]].sum()


def _changes(
    rows: pd.DataFrame, scales: pd.DataFrame, subject: str, grade: int, year: int, norms: TrainingQualityNorms
) -> WorkChanges:
    scale = compare_scales(scales, subject, grade, year - 1, year)
    years = [
        each
        for each in sorted(rows["year"].unique())
        if each == year or compare_scales(scales, subject, grade, int(each), year).comparable
    ]
    if not scale.comparable or year - 1 not in years:
        return WorkChanges(scale, None, None)
    own = _summed(rows[rows["year"].isin(years)], ["school", "year"])
    found = {
        share: school_changes(
            own.rename(columns={f"{share}_n": "n_success"})[["school", "year", "n_success", "n"]],
            minimum_n=int(norms.minimum_group.value),
            minimum_schools=int(norms.dynamics_minimum_schools.value),
            level=norms.confidence_level.value,
        )
        for share in SHARES
    }
    return WorkChanges(scale, found[FAILING], found[GOOD])


def distribution(counts: pd.DataFrame, by: Sequence[str], norms: TrainingQualityNorms) -> pd.DataFrame:
    """Return shares of every mark by the columns `by`.

    Returns
    -------
    DataFrame
        `by`, n, mark_2 … mark_5, failing, good (Estimate each, Wilson's interval; refused under the minimum group).
    """
    sums = _summed(counts, by)
    parts = {**{name: name for name in MARK_COLUMNS}, **{share: f"{share}_n" for share in SHARES}}
    found = {name: share_estimates(sums[column], sums["n"], norms) for name, column in parts.items()}
    return sums[[*by, "n"]].assign(**found)


def shares_of_works(counts: pd.DataFrame, scales: pd.DataFrame, year: int, norms: TrainingQualityNorms) -> pd.DataFrame:
    """Return shares of a set of schools together by work, with the change since the year before.

    Parameters
    ----------
    counts : DataFrame
        Counts by class of the schools in question, all years of the series.
    scales : DataFrame
    year : int
    norms : TrainingQualityNorms

    Returns
    -------
    DataFrame
        One row per work of the year: subject, grade, n_schools, n, mark_2 … mark_5, failing, good (Estimate; intervals
        know that pupils of one school resemble each other, missing under five schools), failing_before, good_before
        (value or missing), failing_change, good_change (Estimate, refused as «not comparable» when the scale
        differs), scale (ScaleComparison), formal_decline (the change of the share of «2» reaches the norm; missing
        without a change).
    """
    rows = []
    for (subject, grade), own in counts.groupby(WORK, sort=True):
        now = own[own["year"] == year]
        if now.empty:
            continue
        scale = compare_scales(scales, str(subject), int(grade), year - 1, year)
        row: dict[str, object] = {
            "subject": str(subject),
            "grade": int(grade),
            "n_schools": now["school"].nunique(),
            "n": int(now["n"].sum()),
            "scale": scale,
        }
        found = pooled_shares(now, [*MARK_COLUMNS, *(f"{share}_n" for share in SHARES)], norms)
        row.update({name: found[name] for name in MARK_COLUMNS})
        level = norms.confidence_level.value
        followed = several_clustered_shares(own, [f"{share}_n" for share in SHARES], level=level)
        for share in SHARES:
            changes = followed[f"{share}_n"]
            row[share] = found[f"{share}_n"]
            row[f"{share}_before"] = changes.share(year - 1) if scale.comparable else None
            row[f"{share}_change"] = _change_of(changes.change, changes.years, scale, year)
        change = row["failing_change"]
        row["formal_decline"] = (
            change.value >= norms.failing_growth.value - 1e-9 if isinstance(change, Estimate) and change.given else None
        )
        rows.append(row)
    return pd.DataFrame(rows)


def _change_of(change: Estimate, years: tuple[int, ...], scale: ScaleComparison, year: int) -> Estimate:
    if years[-2:] != (year - 1, year):
        return Estimate(None, None, change.n, refusal=Refusal(RefusalReason.NO_DATA))
    if not scale.comparable:
        return Estimate(None, None, change.n, refusal=Refusal(RefusalReason.NOT_COMPARABLE))
    return change


def schools_of_marks(
    marks: RegionMarks, schools: Collection[str], year: int, norms: TrainingQualityNorms
) -> pd.DataFrame:
    """Return marks of schools over all works of the year.

    Returns
    -------
    DataFrame
        Indexed by school: n, failing, good (Estimate), failing_place, good_place (``more``, ``fewer``, ``usual`` or
        missing: beside schools of the region with the same works), failing_change, good_change (``growth``,
        ``decline``, ``indistinct`` or missing: all comparable works together).
    """
    now = marks.counts[(marks.counts["year"] == year) & marks.counts["school"].isin(set(schools))]
    frame = distribution(now, ["school"], norms).set_index("school")[["n", *SHARES]]
    for share in SHARES:
        units = marks.schools[share].units.reindex(frame.index)
        judged = units["enough"].fillna(False).astype(bool) & units["p_value"].notna()
        side = pd.Series("usual", index=frame.index).where(~units["flagged"].fillna(False).astype(bool), "more")
        side = side.where((side == "usual") | (units["z_adjusted"] > 0), "fewer")
        frame[f"{share}_place"] = side.where(judged)
        found = marks.composite[share].units
        frame[f"{share}_change"] = found["state"].astype("str").reindex(frame.index) if len(found) else None
    return frame
