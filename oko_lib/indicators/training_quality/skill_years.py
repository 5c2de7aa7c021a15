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
from oko_lib.methods.task_completion import task_completion
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


def skill_years(
    before: Sequence[ScoredWork],
    now: Sequence[ScoredWork],
    skills: pd.DataFrame,
    schools: Collection[str],
    year: int,
    norms: TrainingQualityNorms,
) -> SkillYears:
    """Compare skills of `schools` with the region in both years.

    Parameters
    ----------
    before, now : sequence of ScoredWork
        Works of the year before and of `year`.
    skills : DataFrame
        Codifiers of both years.
    schools : collection of str
    year : int
    norms : TrainingQualityNorms
    """
    earlier = {(work.subject, work.grade): work for work in before}
    comparisons, parts = {}, []
    for work in now:
        key = (work.subject, work.grade)
        comparisons[key] = compare_skills(skills, *key, year - 1, year)
        if not comparisons[key].comparable or key not in earlier:
            continue
        common = set(comparisons[key].common)
        sides = [
            _skills_of(each, skills[skills["year"] == each.year], common, set(schools), norms)
            for each in (earlier[key], work)
        ]
        parts.append(
            sides[0]
            .add_suffix("_before")
            .join(sides[1].add_suffix("_now"), how="inner")
            .assign(subject=work.subject, grade=work.grade)
        )
    rows = pd.concat(parts) if parts else pd.DataFrame()
    return SkillYears(comparisons, _changes(rows, norms) if len(rows) else _nothing())


_COLUMNS = [
    *WORK, "skill_code", "skill", "n_before", "n_now", "before", "now", "region_before", "region_now", "change",
    "state",
]  # fmt: skip


def _nothing() -> pd.DataFrame:
    return pd.DataFrame(columns=_COLUMNS)


def _skills_of(
    work: ScoredWork, skills: pd.DataFrame, common: set[str], schools: set[str], norms: TrainingQualityNorms
) -> pd.DataFrame:
    """Completion of every common skill, the schools' and the region's; the skill is one task of many points."""
    own = skills[(skills["subject"] == work.subject) & (skills["grade"] == work.grade)]
    codes = own[own["skill_code"].isin(common)].set_index("task")
    inside = work.school.isin(schools).to_numpy()
    points, most, names, everywhere = {}, {}, {}, {}
    mine_only, maximum = work.scores[inside], work.tasks.set_index("task")["max_score"]
    scored, possible = work.scores.sum(), work.scores.notna().sum() * maximum
    for code, tasks in codes.groupby("skill_code"):
        known = [task for task in tasks.index if task in work.scores.columns]
        if known:
            points[code] = mine_only[known].sum(axis=1, min_count=len(known))
            most[code] = int(maximum[known].sum())
            everywhere[code] = scored[known].sum() / possible[known].sum()
            names[code] = "; ".join(dict.fromkeys(tasks["skill"]))
    if not points or not inside.any():
        return pd.DataFrame(columns=["skill", "n", "own", "variance", "region"])
    frame, maxima = pd.DataFrame(points), list(most.values())
    level = norms.confidence_level.value
    mine = task_completion(
        frame,
        maxima,
        np.zeros(int(inside.sum()), dtype=int),
        cluster=work.school[inside].to_numpy(),
        minimum_n=int(norms.minimum_group.value),
        level=level,
    ).set_index("task")
    reach = NormalDist().inv_cdf((1 + level) / 2)
    return pd.DataFrame(
        {
            "skill": pd.Series(names),
            "n": mine["n"],
            "own": mine["completion"].astype(float),
            "variance": ((mine["high"] - mine["low"]).astype(float) / 2 / reach) ** 2,
            "region": pd.Series(everywhere, dtype=float),
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
