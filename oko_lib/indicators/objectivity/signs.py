"""The signs of ФИОКО exactly as published, and beside each whether the school differs beyond chance."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from oko_lib.methods.fioko_signs import inflated_mean_sign, journal_mismatch_sign, parallel_jump_signs, regional_index
from oko_lib.methods.funnel import funnel_means
from oko_lib.methods.multiplicity import false_discovery
from oko_lib.methods.rank_correlation import negative_correlation_p
from oko_lib.methods.result import Estimate
from oko_lib.methods.shrinkage import shrink_means, variance_parts
from oko_lib.settings.norms import ObjectivityNorms, Work

#: Signs in the order of the methodology.
SIGNS = ("inflated_mean", "journal_mismatch", "parallel_rise", "parallel_fall")


@dataclass(frozen=True)
class YearSigns:
    """Signs of one year over the region.

    Parameters
    ----------
    rows : DataFrame
        One row per school × sign × work for which the sign could be computed: school, sign, subject, grade, n,
        official (the published rule), reliable (n reaches the minimum), p_value, beyond_chance (the same direction,
        between-school spread and number of tests taken into account; missing p-value: too few pupils).
    levels : DataFrame
        Indexed by school: n, mean (standardised score over the works), shrunk, low, high (empirical Bayes).
    """

    rows: pd.DataFrame
    levels: pd.DataFrame

    def by_school(self) -> pd.DataFrame:
        """Boolean frame school × (sign, subject, grade), missing where the sign could not be computed."""
        by_sign = self.rows.set_index(["school", "sign", "subject", "grade"])["official"].astype("boolean")
        return by_sign.unstack(["sign", "subject", "grade"])  # noqa: PD010 (nothing to aggregate)

    def index(self, schools: Iterable[str] | None = None) -> Estimate:
        """Share of schools without any sign; `schools` restricts it to a municipality."""
        table = self.by_school()
        if schools is not None:
            table = table[table.index.isin(list(schools))]
        return regional_index(table, columns=list(table.columns))


def signs_of_year(marks: pd.DataFrame, year: int, norms: ObjectivityNorms) -> YearSigns:
    """Compute all signs of `year`.

    Parameters
    ----------
    marks : DataFrame
        Written works of the region of `year` and the year before: year, school, subject, grade, primary_score,
        max_score, journal_mark.
    year : int
        Year of the signs; the jumps of a parallel compare it with the year before.
    norms : ObjectivityNorms
        Works, multipliers, minimum group, false-discovery rate.
    """
    now, before = marks[marks["year"] == year], marks[marks["year"] == year - 1]
    minimum = int(norms.minimum_group.value)
    parts = []
    for work in norms.sign_works:
        rows = _of_work(now, work)
        if not rows.empty:
            parts += [_inflated(rows, work, norms), _mismatch(rows, work, minimum)]
        earlier = _of_work(before, work)
        later = _of_work(now, Work(subject=work.subject, grade=work.grade + 1))
        if not earlier.empty and not later.empty and _listed(norms, work.subject, work.grade + 1):
            parts += _jumps(earlier, later, work, norms)
    columns = ["school", "sign", "subject", "grade", "n", "official", "reliable", "p_value"]
    found = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)
    # Every kind of sign is one family of tests: a reader looks at each of the four lists by itself.
    beyond = pd.Series(False, index=found.index)
    for _, family in found.groupby("sign"):
        control = false_discovery(family["p_value"].to_numpy(dtype=float), norms.false_discovery_rate.value)
        beyond.loc[family.index] = control.rejected
    return YearSigns(rows=found.assign(beyond_chance=beyond), levels=_levels(now, norms))


def _listed(norms: ObjectivityNorms, subject: str, grade: int) -> bool:
    return any(work.subject == subject and work.grade == grade for work in norms.sign_works)


def _of_work(marks: pd.DataFrame, work: Work) -> pd.DataFrame:
    return marks[(marks["subject"] == work.subject) & (marks["grade"] == work.grade) & marks["primary_score"].notna()]


def _rows(units: pd.DataFrame, sign: str, work: Work, official: str, p_value: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "school": units["school"].to_numpy(),
            "sign": sign,
            "subject": work.subject,
            "grade": work.grade,
            "n": units["n"].to_numpy(),
            "official": units[official].to_numpy(dtype=bool),
            "reliable": units["reliable"].to_numpy(dtype=bool),
            "p_value": p_value,
        }
    )


def _inflated(rows: pd.DataFrame, work: Work, norms: ObjectivityNorms) -> pd.DataFrame:
    minimum = int(norms.minimum_group.value)
    result = inflated_mean_sign(
        rows, "school", "primary_score", z=norms.sign_confidence_factor.value, minimum_n=minimum
    )
    parts = variance_parts(rows, "school", "primary_score")
    p_value = np.full(len(result.units), np.nan)
    if parts.refusal is None and parts.sd_within:
        funnel = funnel_means(
            result.units["mean"].to_numpy(),
            result.units["n"].to_numpy(),
            parts.sd_within,
            winsorise=norms.funnel_winsorise.value,
            minimum_units=int(norms.funnel_minimum_units.value),
            minimum_n=minimum,
        )
        p_value = _one_sided(funnel.units["p_value"].to_numpy(), funnel.units["z_adjusted"].to_numpy())
    return _rows(result.units, "inflated_mean", work, "sign", p_value)


def _mismatch(rows: pd.DataFrame, work: Work, minimum: int) -> pd.DataFrame:
    units = journal_mismatch_sign(rows, "school", "journal_mark", "primary_score", minimum_n=minimum).units
    p_value = negative_correlation_p(units["correlation"].to_numpy(), units["n"].to_numpy(), minimum)
    return _rows(units, "journal_mismatch", work, "sign", p_value)


def _jumps(earlier: pd.DataFrame, later: pd.DataFrame, work: Work, norms: ObjectivityNorms) -> list[pd.DataFrame]:
    minimum = int(norms.minimum_group.value)
    sides = [_percent(frame).add_suffix(suffix) for frame, suffix in ((earlier, "_before"), (later, "_after"))]
    both = sides[0].join(sides[1], how="inner").reset_index()
    result = parallel_jump_signs(both, fence=norms.sign_iqr_multiplier.value, minimum_n=minimum)
    change = (both["z_after"] - both["z_before"]).to_numpy()
    # The variance of a difference of two means of standardised scores is 1/n₁ + 1/n₂ at the most.
    n_both = 1 / (1 / both["n_before"].to_numpy() + 1 / both["n_after"].to_numpy())
    funnel = funnel_means(
        change,
        n_both,
        1.0,
        winsorise=norms.funnel_winsorise.value,
        minimum_units=int(norms.funnel_minimum_units.value),
        minimum_n=minimum / 2,
    )
    two_sided, z = funnel.units["p_value"].to_numpy(), funnel.units["z_adjusted"].to_numpy()
    return [
        _rows(result.units, "parallel_rise", work, "rise", _one_sided(two_sided, z)),
        _rows(result.units, "parallel_fall", work, "fall", _one_sided(two_sided, -z)),
    ]


def _percent(rows: pd.DataFrame) -> pd.DataFrame:
    score = rows["primary_score"].astype(float)
    frame = pd.DataFrame(
        {
            "school": rows["school"],
            "percent": 100 * score / rows["max_score"].astype(float),
            "z": _standardised(score),
        }
    )
    return frame.groupby("school", observed=True).agg(percent=("percent", "mean"), z=("z", "mean"), n=("z", "size"))


def _standardised(score: pd.Series) -> pd.Series:
    score = score.astype(float)
    return (score - score.mean()) / (score.std() or 1.0)


def _one_sided(p_two_sided: np.ndarray, z: np.ndarray) -> np.ndarray:
    return np.where(z > 0, p_two_sided / 2, 1 - p_two_sided / 2)


def _levels(now: pd.DataFrame, norms: ObjectivityNorms) -> pd.DataFrame:
    works = [_of_work(now, work) for work in norms.sign_works]
    scores = [
        pd.DataFrame(
            {"school": rows["school"], "z": (rows["primary_score"] - rows["primary_score"].mean()) / deviation}
        )
        for rows in works
        if len(rows) > 1 and (deviation := float(rows["primary_score"].std())) > 0
    ]
    if not scores:
        return pd.DataFrame(columns=["n", "mean", "shrunk", "low", "high"])
    pupils = pd.concat(scores, ignore_index=True)
    by_school = pupils.groupby("school", observed=True)["z"].agg(n="size", mean="mean")
    parts = variance_parts(pupils, "school", "z")
    if parts.refusal is not None:
        return by_school.assign(shrunk=np.nan, low=np.nan, high=np.nan)
    shrunk = shrink_means(by_school["mean"].to_numpy(), by_school["n"].to_numpy(), parts.sd_within).units
    return by_school.assign(**{name: shrunk[name].to_numpy() for name in ("shrunk", "low", "high")})
