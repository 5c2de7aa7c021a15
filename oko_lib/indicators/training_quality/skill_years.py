"""Skills over two years: compared only where the codifiers of both years name the same skill."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import pandas as pd

from oko_lib.indicators.training_quality.comparability import SkillComparison, compare_skills
from oko_lib.indicators.vpr_tasks import WORK, ScoredWork
from oko_lib.methods.change import states
from oko_lib.methods.result import Estimate, Interval
from oko_lib.methods.task_completion import PointSums, point_sums, pooled_completion
from oko_lib.settings.training_quality_norms import TrainingQualityNorms


@dataclass(frozen=True)
class SkillYears:
    """Skills of a set of schools in the year before and this year.

    Parameters
    ----------
    comparisons : dict of (str, int) to SkillComparison
        By work of the year.
    rows : DataFrame
        One row per common skill: subject, grade, skill_code, skill, n_before, n_now (pupils), before, now (completion),
        region_before, region_now, change (Estimate: change of the difference from the region, since the tasks of two
        years differ in difficulty), state (``growth``, ``decline``, ``indistinct`` or missing).
    """

    comparisons: dict[tuple[str, int], SkillComparison]
    rows: pd.DataFrame


@dataclass(frozen=True)
class SkillPoints:
    """Common skills of one work in one year over the region.

    Parameters
    ----------
    names : dict of str to str
        Code → wording.
    sums : PointSums or None
        By school; a skill is one task of many points. None when no common skill has a task in the work.
    region : dict of str to float
        Completion over all pupils.
    """

    names: dict[str, str]
    sums: PointSums | None
    region: dict[str, float]


@dataclass(frozen=True)
class RegionSkillYears:
    """What of two years can be compared, over the region.

    Parameters
    ----------
    comparisons : dict of (str, int) to SkillComparison
        By work of the year.
    points : dict of (str, int) to pair of SkillPoints
        The year before and this year, of works that can be compared.
    """

    comparisons: dict[tuple[str, int], SkillComparison]
    points: dict[tuple[str, int], tuple[SkillPoints, SkillPoints]]


def region_skill_years(
    before: Sequence[ScoredWork], now: Sequence[ScoredWork], skills: pd.DataFrame, year: int
) -> RegionSkillYears:
    """Sum the points of skills that both years have.

    Parameters
    ----------
    before, now : sequence of ScoredWork
        Works of the year before and of `year`.
    skills : DataFrame
        Codifiers of both years.
    year : int
    """
    earlier = {(work.subject, work.grade): work for work in before}
    comparisons, points = {}, {}
    for work in now:
        key = (work.subject, work.grade)
        comparisons[key] = compare_skills(skills, *key, year - 1, year)
        if not comparisons[key].comparable or key not in earlier:
            continue
        common = set(comparisons[key].common)
        points[key] = (
            _skill_points(earlier[key], skills[skills["year"] == earlier[key].year], common),
            _skill_points(work, skills[skills["year"] == work.year], common),
        )
    return RegionSkillYears(comparisons, points)


def skill_years(region: RegionSkillYears, schools: Collection[str], norms: TrainingQualityNorms) -> SkillYears:
    """Compare skills of `schools` with the region in both years.

    Parameters
    ----------
    region : RegionSkillYears
    schools : collection of str
    norms : TrainingQualityNorms
    """
    parts = []
    for (subject, grade), (before, now) in region.points.items():
        sides = [_skills_of(each, set(schools), norms) for each in (before, now)]
        parts.append(
            sides[0]
            .add_suffix("_before")
            .join(sides[1].add_suffix("_now"), how="inner")
            .assign(subject=subject, grade=grade)
        )
    rows = pd.concat(parts) if parts else pd.DataFrame()
    return SkillYears(region.comparisons, _changes(rows, norms) if len(rows) else _nothing())


_COLUMNS = [
    *WORK, "skill_code", "skill", "n_before", "n_now", "before", "now", "region_before", "region_now", "change",
    "state",
]  # fmt: skip


def _nothing() -> pd.DataFrame:
    return pd.DataFrame(columns=_COLUMNS)


def _skill_points(work: ScoredWork, skills: pd.DataFrame, common: set[str]) -> SkillPoints:
    own = skills[(skills["subject"] == work.subject) & (skills["grade"] == work.grade)]
    codes = own[own["skill_code"].isin(common)].set_index("task")
    points, most, names, everywhere = {}, {}, {}, {}
    maximum = work.tasks.set_index("task")["max_score"]
    scored, possible = work.scores.sum(), work.scores.notna().sum() * maximum
    by_pupil = work.scores.to_numpy(dtype=float)
    for code, tasks in codes.groupby("skill_code"):
        known = [task for task in tasks.index if task in work.scores.columns]
        if known:
            # Missing where the score of any of the tasks is missing.
            points[code] = by_pupil[:, work.scores.columns.get_indexer(known)].sum(axis=1)
            most[code] = int(maximum[known].sum())
            everywhere[code] = float(scored[known].sum() / possible[known].sum())
            names[code] = "; ".join(dict.fromkeys(tasks["skill"]))
    sums = point_sums(pd.DataFrame(points), list(most.values()), work.school) if points else None
    return SkillPoints(names, sums, everywhere)


def _skills_of(points: SkillPoints, schools: set[str], norms: TrainingQualityNorms) -> pd.DataFrame:
    """Completion of every common skill, the schools' and the region's."""
    inside = points.sums.of(schools) if points.sums is not None else None
    if inside is None or inside.schools.empty:
        return pd.DataFrame(columns=["skill", "n", "own", "variance", "region"])
    level = norms.confidence_level.value
    mine = pooled_completion(inside, minimum_n=int(norms.minimum_group.value), level=level).set_index("task")
    reach = NormalDist().inv_cdf((1 + level) / 2)
    return pd.DataFrame(
        {
            "skill": pd.Series(points.names),
            "n": mine["n"],
            "own": mine["completion"].astype(float),
            "variance": ((mine["high"] - mine["low"]).astype(float) / 2 / reach) ** 2,
            "region": pd.Series(points.region, dtype=float),
        }
    ).rename_axis("skill_code")


def _changes(rows: pd.DataFrame, norms: TrainingQualityNorms) -> pd.DataFrame:
    level = norms.confidence_level.value
    reach = NormalDist().inv_cdf((1 + level) / 2)
    change = (rows["own_now"] - rows["region_now"]) - (rows["own_before"] - rows["region_before"])
    spread = np.sqrt(rows["variance_now"] + rows["variance_before"])
    p_value = [2 * (1 - NormalDist().cdf(abs(z))) if np.isfinite(z) else np.nan for z in change / spread]
    estimates = [
        Estimate(float(value), Interval(float(value - reach * sd), float(value + reach * sd), level), int(n))
        if np.isfinite(value) and np.isfinite(sd)
        else None
        for value, sd, n in zip(change, spread, rows["n_now"], strict=True)
    ]
    frame = rows.reset_index().rename(columns={"skill_now": "skill", "own_before": "before", "own_now": "now"})
    return frame.assign(change=estimates, state=states(change, p_value, 1 - level))[_COLUMNS]
