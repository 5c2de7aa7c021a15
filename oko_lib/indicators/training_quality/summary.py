"""The whole region for its own report."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from oko_lib.indicators.quality import FileQuality, file_quality
from oko_lib.indicators.session import Session
from oko_lib.indicators.share_estimates import pooled_share
from oko_lib.indicators.training_quality.flow import COUNTS
from oko_lib.indicators.training_quality.levels import PARTS, REACHED
from oko_lib.indicators.training_quality.municipality import FILES, QualityOfSchools, quality_of_schools
from oko_lib.indicators.training_quality.region import RegionQuality, region_quality
from oko_lib.indicators.unit_funnel import UnitFunnel, unit_funnel

#: Key of schools no register puts into a municipality: they are counted and shown, not dropped.
NO_MUNICIPALITY = ""


@dataclass(frozen=True)
class RegionSummary:
    """Quality of training over the region.

    Parameters
    ----------
    session : Session
    region : RegionQuality
    schools : Index
        All schools with results in the series.
    own : QualityOfSchools
        Of all schools.
    municipalities : DataFrame
        Indexed by municipality_code (:data:`NO_MUNICIPALITY` where unknown): schools, works, failing, good, reached
        (Estimate: marks of all works, levels of all diagnostic works), schools_below, classes_below (those with a skill
        below what is expected), started, not_continuing (graduates).
    funnels : dict of str to UnitFunnel
        By share: municipalities beside each other on the same works.
    quality : FileQuality
    """

    session: Session
    region: RegionQuality
    schools: pd.Index
    own: QualityOfSchools
    municipalities: pd.DataFrame
    funnels: dict[str, UnitFunnel]
    quality: FileQuality

    @property
    def beside_region(self) -> bool:
        """The region stands beside nothing."""
        return False


def region_summary(session: Session) -> RegionSummary:
    """Compute the summary of the session's region."""
    region = region_quality(session)
    seen = {*region.marks.counts["school"], *region.levels["school"], *region.flow.rows["school"]}
    everyone = pd.Index(sorted(seen), name="school")
    return RegionSummary(
        session=session,
        region=region,
        schools=everyone,
        own=quality_of_schools(session, region, everyone),
        municipalities=_municipalities(session, region, everyone),
        funnels=_funnels(session, region),
        quality=file_quality(session.workspace, session.snapshot, session.year, FILES, None, None),
    )


def municipality_of_schools(region: RegionQuality, schools: pd.Index) -> pd.Series:
    """Return the code of every school's municipality, :data:`NO_MUNICIPALITY` where no register tells it."""
    codes = region.schools["municipality_code"].reindex(schools)
    return codes.where(codes.notna(), NO_MUNICIPALITY)


def _funnels(session: Session, region: RegionQuality) -> dict[str, UnitFunnel]:
    now = region.marks.counts[region.marks.counts["year"] == session.year]
    codes = municipality_of_schools(region, pd.Index(now["school"]))
    frame = now.assign(municipality_code=codes.to_numpy())
    sums = frame.groupby(["municipality_code", "subject", "grade"], as_index=False)[["n", "failing_n", "good_n"]].sum()
    sums = sums.rename(columns={"n": "n_pairs"})
    return {share: unit_funnel(sums, "municipality_code", share, session.norms) for share in ("failing", "good")}


def _municipalities(session: Session, region: RegionQuality, everyone: pd.Index) -> pd.DataFrame:
    norms, year = session.norms, session.year
    codes = municipality_of_schools(region, everyone)
    levels = region.levels.assign(part=region.levels[list(PARTS[REACHED])].sum(axis=1))
    flow = region.flow.rows[region.flow.rows["year"] == year]
    rows = {}
    for code, own in codes.groupby(codes):
        inside = set(own.index)
        marks = region.marks.counts[region.marks.counts["school"].isin(inside)]
        graduates = flow[flow["school"].isin(inside)][list(COUNTS)].sum(min_count=1)
        rows[str(code)] = {
            "schools": len(inside),
            "works": int(marks.loc[marks["year"] == year, "n"].sum()),
            "failing": pooled_share(marks, "failing_n", year, norms),
            "good": pooled_share(marks, "good_n", year, norms),
            "reached": pooled_share(levels[levels["school"].isin(inside)], "part", year, norms),
            "schools_below": _below(region.tasks.school_skills, inside, ["school"]),
            "classes_below": _below(region.tasks.class_skills, inside, ["school", "grade", "class_label"]),
            "started": graduates["started"],
            "not_continuing": graduates["not_continuing"],
        }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("municipality_code")


def _below(rows: pd.DataFrame, inside: set[str], keys: list[str]) -> int | None:
    if rows.empty:
        return None
    own = rows[rows["school"].isin(inside) & (rows["state"] == "below")]
    return len(own[keys].drop_duplicates())
