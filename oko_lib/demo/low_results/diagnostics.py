"""Regional diagnostic works (КДР): levels of literacy of the same children over years, and of groups of pupils."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2s

import numpy as np
import pandas as pd
from scipy.special import ndtr, ndtri

from oko_lib.demo.low_results.ability import EffectOfSchools, ability_of
from oko_lib.demo.low_results.conditions import group_shares
from oko_lib.demo.low_results.settings import (
    DiagnosticSettings,
    DiagnosticTakerSettings,
    LowResultsSettings,
    PupilGroupsSettings,
)
from oko_lib.demo.pupils import Cohort
from oko_lib.demo.randomness import stream
from oko_lib.demo.settings import PupilSettings

LEVELS = ("insufficient", "reduced", "basic", "advanced")
FLAGS = ("at_risk", "other_native_language", "low_income")


@dataclass(frozen=True)
class DiagnosticResults:
    """Results of one diagnostic work.

    Parameters
    ----------
    year : int
    settings : DiagnosticSettings
    frame : DataFrame
        One row per child, by school and code: ``school, pupil_id, pupil_key, participant_code, class_label, present,
        score_pct, level`` (place in :data:`LEVELS`), ``disability`` (nosology or empty), ``at_risk,
        other_native_language, low_income``.
    effects : ndarray, shape (schools,)
        True effect of each school in standard deviations of pupils.
    harder : float
        Change of difficulty common to the region, in the same units.
    """

    year: int
    settings: DiagnosticSettings
    frame: pd.DataFrame
    effects: np.ndarray
    harder: float


def pupil_key(pupil_id: int, seed: int) -> str:
    """Lasting key of a child: the same over years, and nothing can be read from it."""
    return blake2s(str(pupil_id).encode(), digest_size=6, key=str(seed).encode()[:32]).hexdigest()


def pupil_groups(
    cohort: Cohort, conditions: np.ndarray, settings: PupilGroupsSettings, nosologies: dict[str, float], seed: int
) -> pd.DataFrame:
    """Groups every child of a cohort belongs to, the same whatever the year."""
    rng = stream(seed, "pupil groups", cohort.start)
    count = len(cohort.school)
    frame = pd.DataFrame(
        {name: rng.random(count) < group_shares(getattr(settings, name), conditions)[cohort.school] for name in FLAGS}
    )
    disabled = rng.random(count) < group_shares(settings.disability, conditions)[cohort.school]
    weights = np.array(list(nosologies.values()))
    which = rng.choice(np.array(list(nosologies), dtype=object), count, p=weights / weights.sum())
    # Python strings, not Arrow's: a column of a few words is read many times.
    frame["disability"] = pd.Series(np.where(disabled, which, ""), dtype=object)
    return frame


def group_gap(groups: pd.DataFrame, settings: PupilGroupsSettings) -> np.ndarray:
    """Planted change of ability of children by the groups they belong to; mean about 0 in the region."""
    members = {name: groups[name].to_numpy() for name in FLAGS} | {
        "disability": (groups["disability"] != "").to_numpy()
    }
    gap = np.zeros(len(groups))
    for name, member in members.items():
        group = getattr(settings, name)
        gap += group.gap * (member - group.share)
    return gap


def level_borders(work: DiagnosticSettings, settings: DiagnosticTakerSettings) -> np.ndarray:
    """Per cent of completion from which the second, third and fourth level begin."""
    nodes = ndtri(np.cumsum(work.levels)[:3] / np.sum(work.levels))
    return np.round(100 * ndtr(settings.percent_centre + settings.percent_spread * nodes)).astype(int)


def hold_diagnostic(
    work: DiagnosticSettings,
    year: int,
    cohort: Cohort,
    conditions: np.ndarray,
    effect_of_schools: EffectOfSchools,
    pupils: PupilSettings,
    settings: LowResultsSettings,
    seed: int,
) -> DiagnosticResults:
    """Hold one diagnostic work."""
    rng = stream(seed, "diagnostic", year, work.domain, work.grade)
    taking = settings.diagnostic_takers
    harder = round(float(rng.normal(0, taking.difficulty_drift)), 3)
    who = cohort.at(work.grade)
    school = cohort.school[who]
    groups = pupil_groups(cohort, conditions, settings.pupil_groups, settings.nosologies, seed).iloc[who]
    effects, _ = effect_of_schools(work.domain, work.grade, year, work.icc)
    own = ability_of(cohort, who, work.ability, work.icc, pupils.within, rng)
    ability = effects[school] + own + group_gap(groups, settings.pupil_groups) - harder
    percent = np.round(100 * ndtr(taking.percent_centre + taking.percent_spread * ability)).astype(int)
    level = np.searchsorted(level_borders(work, taking), percent, side="right")
    present = rng.random(len(who)) >= taking.absent

    order = np.lexsort((rng.random(len(who)), school))
    by_school = school[order]
    number = np.arange(len(who)) - np.searchsorted(by_school, by_school) + 1
    ids = cohort.pupil_id[who][order]
    absent = ~present[order]
    frame = pd.DataFrame(
        {
            "school": by_school,
            "pupil_id": ids,
            "pupil_key": np.array([pupil_key(pupil, seed) for pupil in ids.tolist()], dtype=object),
            "participant_code": work.grade * 10_000 + number,
            "class_label": cohort.class_number[who][order],
            "present": ~absent,
            "score_pct": pd.arrays.IntegerArray(percent[order], absent.copy()),
            "level": pd.arrays.IntegerArray(level[order].astype(np.int64), absent.copy()),
            **{name: groups[name].to_numpy()[order] for name in ("disability", *FLAGS)},
        }
    )
    return DiagnosticResults(year, work, frame, effects, harder)
