"""Equity of participation: by place and kind of school, and of children with disabilities."""

from __future__ import annotations

import pandas as pd

from oko_lib.indicators.talent.units import complete_share, keyed
from oko_lib.methods.clustered_share import clustered_shares
from oko_lib.methods.result import Estimate, Interval, Refusal, RefusalReason
from oko_lib.settings.talent_norms import TalentNorms
from oko_lib.store import Snapshot

#: Kinds of school that choose or concentrate strong pupils.
_SELECTIVE = ("гимназия", "лицей")

_PLACES = """
    select coalesce(history.school_id, c.login) as school, arg_max(c.place_type, c.year) as place_type
    from school_context_by_year as c
    left join school_logins as history on history.login = c.login
    where c.place_type is not null and c.year <= ?
    group by all
    order by school
"""


def school_groups(snapshot: Snapshot, schools: pd.DataFrame, year: int) -> pd.DataFrame:
    """Return what group a school is of.

    Parameters
    ----------
    snapshot : Snapshot
    schools : DataFrame
        Register indexed by school, with school_kind.
    year : int
        The newest place stated up to this year counts.

    Returns
    -------
    DataFrame
        Index school: place (``town``, ``village`` or missing), kind (``selective``: gymnasium or lyceum; ``ordinary``;
        or missing).
    """
    places = snapshot.sql(_PLACES, [year]).set_index("school")["place_type"].reindex(schools.index)
    town = places.astype("string").str.casefold().str.contains("город", na=False)
    place = pd.Series("village", index=schools.index).mask(town, "town").where(places.notna())
    kinds = schools["school_kind"].astype("string").str.casefold()
    selective = kinds.isin(_SELECTIVE)
    kind = pd.Series("ordinary", index=schools.index).mask(selective, "selective").where(kinds.notna())
    return pd.DataFrame({"place": place, "kind": kind})


def participation_by_group(coverage: pd.DataFrame, groups: pd.DataFrame, norms: TalentNorms) -> pd.DataFrame:
    """Return participation in the school stage by place and by kind of school.

    Parameters
    ----------
    coverage : DataFrame
        Rows of :func:`~oko_lib.indicators.talent.coverage.coverage_by_school` of the schools asked for.
    groups : DataFrame
        From :func:`school_groups`.
    norms : TalentNorms

    Returns
    -------
    DataFrame
        by (place or kind), group, schools, pupils, participants, share (Estimate: interval clustered by school, none
        with fewer than five schools).
    """
    known = coverage.dropna(subset="olympians")
    known = known[known["olympians"] <= known["pupils"]]
    rows = []
    for by, names in (("place", ("town", "village")), ("kind", ("selective", "ordinary"))):
        labels = groups[by].reindex(known.index)
        for name in names:
            own = known[labels == name]
            rows.append({"by": by, "group": name, **_pooled(own, norms)})
    return pd.DataFrame(rows, columns=["by", "group", "schools", "pupils", "participants", "share"])


def _pooled(own: pd.DataFrame, norms: TalentNorms) -> dict[str, object]:
    pupils, came = int(own["pupils"].sum()), int(own["olympians"].sum())
    if own.empty:
        share = Estimate(None, None, 0, refusal=Refusal(RefusalReason.NO_DATA))
    elif pupils < norms.minimum_group.value:
        share = Estimate(None, None, pupils, refusal=Refusal(RefusalReason.TOO_FEW, pupils, norms.minimum_group.value))
    else:
        level = norms.confidence_level.value
        counts = own.rename(columns={"pupils": "n", "olympians": "n_success"}).assign(year=0).rename_axis("school")
        found = clustered_shares(counts.reset_index(), level=level).by_year.iloc[0]
        bounds = Interval(found["low"], found["high"], level) if pd.notna(found["low"]) else None
        share = Estimate(came / pupils, bounds, pupils, came, pupils)
    return {"schools": len(own), "pupils": pupils, "participants": came, "share": share}


def disability_participation(
    entries: pd.DataFrame, contests: pd.DataFrame, enrolment: pd.DataFrame, year: int, norms: TalentNorms
) -> Estimate:
    """Share of pupils with disabilities who took part beyond their school (1.3.10-M02).

    Children with disabilities at the municipal or a later stage of the olympiad or in any listed contest, of all pupils
    with disabilities. Refused where files state no disabilities, children cannot be counted, or the group is small.
    """
    beyond = entries[(entries["year"] == year) & (entries["stage"] != "school")]
    events = contests[contests["year"] == year]
    both = pd.concat([beyond[["person", "has_disability"]], events[["person", "has_disability"]]], ignore_index=True)
    pupils = enrolment.loc[enrolment["year"] == year, "pupils_with_disabilities"].dropna()
    if both["has_disability"].notna().sum() == 0 or pupils.empty or not keyed(both, norms):
        return complete_share(None, None)
    own = both[both["has_disability"].fillna(False).astype(bool)]
    return complete_share(own["person"].nunique(), pupils.sum(), int(norms.minimum_group.value))
