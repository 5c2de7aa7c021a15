"""Movement of pupils: who began and finished basic and secondary education, who left without a certificate."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import pandas as pd

from oko_lib.methods.rare_share import rare_shares
from oko_lib.methods.result import Refusal
from oko_lib.settings.training_quality_norms import TrainingQualityNorms
from oko_lib.store import Snapshot
from oko_lib.tables.quality import EDUCATION_LEVELS

COUNTS = (
    "started", "finished", "without_certificate", "continued_school", "continued_vocational", "continued_university",
    "employed", "not_continuing",
)  # fmt: skip

_GRADUATES = f"""
    select
        own.year, coalesce(history.school_id, own.login) as school, own.education_level,
        {", ".join(f"sum({name})::double as {name}" for name in COUNTS)}
    from graduates_by_school as own
    left join school_logins as history on history.login = own.login
    where own.year between ? and ?
    group by all
    order by all
"""


@dataclass(frozen=True)
class Flow:
    """Graduates over the region.

    Parameters
    ----------
    rows : DataFrame
        School × level × year: counts.
    schools : DataFrame
        Of the year: school, education_level, not_continuing, started, region (usual share of those who do not go on),
        expected (their number at that share), p_value, flagged (more than the natural differences of schools explain,
        false discoveries held).
    refusals : dict of str to Refusal
        Levels whose schools are too few to be judged.
    """

    rows: pd.DataFrame
    schools: pd.DataFrame
    refusals: dict[str, Refusal]


def graduates(snapshot: Snapshot, first_year: int, last_year: int) -> pd.DataFrame:
    """Return counts of graduates: year, school, education_level, counts (missing where nobody reported)."""
    return snapshot.sql(_GRADUATES, [first_year, last_year])


def region_flow(rows: pd.DataFrame, year: int, norms: TrainingQualityNorms) -> Flow:
    """Compare schools in the share of graduates who do not go on."""
    now = rows[(rows["year"] == year) & rows["not_continuing"].notna() & (rows["finished"] > 0)]
    parts, refusals = [], {}
    for level in EDUCATION_LEVELS:
        own = now[now["education_level"] == level]
        if own.empty:
            continue
        # Who left without a certificate may not go on either: the whole is everybody who began the last grade.
        whole = np.maximum(own["started"], own["not_continuing"])
        # Two questions — after grade 9 and after grade 11 — each with its own false ones.
        fit = rare_shares(
            own["not_continuing"].to_numpy(),
            whole.to_numpy(),
            alpha=norms.false_discovery_rate.value,
            minimum_n=int(norms.minimum_group.value),
            minimum_units=int(norms.funnel_minimum_units.value),
        )
        if fit.refusal is not None:
            refusals[level] = fit.refusal
        parts.append(
            own[["school", "education_level", "not_continuing"]].assign(
                started=whole.to_numpy(),
                region=fit.centre,
                expected=fit.units["expected"].to_numpy(),
                p_value=fit.units["p_value"].to_numpy(),
                flagged=(fit.units["state"] == "more").to_numpy(),
            )
        )
    columns = ["school", "education_level", "not_continuing", "started", "region", "expected", "p_value", "flagged"]
    return Flow(rows, pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns), refusals)


def totals(rows: pd.DataFrame, schools: Collection[str] | None = None) -> pd.DataFrame:
    """Return counts over a set of schools (None: all) by year and level; what nobody reported is missing."""
    own = rows if schools is None else rows[rows["school"].isin(set(schools))]
    return own.groupby(["year", "education_level"])[list(COUNTS)].sum(min_count=1)
