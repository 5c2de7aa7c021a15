"""Adapted programmes by nosology, and schools' own assessment of functional literacy by class."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
from scipy.special import ndtri

from oko_lib.demo.effects import school_effect
from oko_lib.demo.low_results.ability import ability_of
from oko_lib.demo.low_results.diagnostics import LEVELS, DiagnosticResults
from oko_lib.demo.pupils import Cohort
from oko_lib.demo.quality.settings import AdaptedSettings, InternalSettings
from oko_lib.demo.randomness import stream
from oko_lib.demo.settings import ModelSettings

_LETTERS = "АБВГДЕЖЗИК"


def adapted_programmes(
    year: int,
    roster: pd.DataFrame,
    enrolment: pd.DataFrame,
    diagnostics: list[DiagnosticResults],
    nosologies: dict[str, float],
    settings: AdaptedSettings,
    seed: int,
) -> pd.DataFrame:
    """Pupils with disabilities by school and nosology: as many as in the enrolment; assessed — those met in КДР.

    Parameters
    ----------
    roster : DataFrame
        Children of grades 4–11 with their nosology.
    enrolment : DataFrame
        Enrolment of the year by grade.

    Returns
    -------
    DataFrame
        ``school, disability, pupils, programme_approved, internal_assessment, assessed``.
    """
    rng = stream(seed, "adapted programmes", year)
    names = list(nosologies)
    weights = np.array(list(nosologies.values()))
    count = int(enrolment["school"].max()) + 1
    pupils = np.zeros((count, len(names)), dtype=int)
    disabled = roster[roster["disability"] != ""]
    which = {name: number for number, name in enumerate(names)}
    np.add.at(pupils, (disabled["school"].to_numpy(), disabled["disability"].map(which).to_numpy(dtype=int)), 1)
    primary = enrolment[enrolment["grade"] < roster["grade"].min()]
    small = np.bincount(primary["school"], primary["pupils_with_disabilities"], minlength=count).astype(int)
    pupils += np.array([rng.multinomial(number, weights / weights.sum()) for number in small])
    assessed = np.zeros_like(pupils)
    for work in diagnostics:
        met = work.frame[work.frame["present"] & (work.frame["disability"] != "")]
        np.add.at(assessed, (met["school"].to_numpy(), met["disability"].map(which).to_numpy(dtype=int)), 1)
    school, number = np.nonzero(pupils)
    has_programmes = stream(seed, "adapted programmes").random(count) < settings.schools
    return pd.DataFrame(
        {
            "school": school,
            "disability": np.array(names, dtype=object)[number],
            "pupils": pupils[school, number],
            "programme_approved": has_programmes[school] & (rng.random(len(school)) < settings.approved),
            "internal_assessment": rng.random(len(school)) < settings.internal,
            "assessed": np.minimum(assessed, pupils)[school, number],
        }
    )


def internal_levels(
    year: int,
    schools: pd.DataFrame,
    cohort_of: Callable[[int], Cohort],
    model: ModelSettings,
    settings: InternalSettings,
    seed: int,
) -> pd.DataFrame:
    """Levels by class in the schools that assess functional literacy themselves.

    Returns
    -------
    DataFrame
        ``school, domain, title, grade, class_label, n_participants, n_insufficient, n_reduced, n_basic, n_advanced``.
    """
    holds = stream(seed, "internal assessment").random(len(schools)) < settings.schools
    parts = []
    for work in settings.works:
        rng = stream(seed, "internal assessment", year, work.domain, work.grade)
        cohort = cohort_of(year - work.grade)
        who = cohort.at(work.grade)
        who = who[holds[cohort.school[who]]]
        school = cohort.school[who]
        effect = school_effect(schools, work.domain, work.grade, year, model.school_effects, seed)
        own = ability_of(cohort, who, work.ability, work.icc, model.pupils.within, rng)
        borders = ndtri(np.cumsum(work.levels)[:3] / np.sum(work.levels))
        level = np.searchsorted(borders, np.sqrt(work.icc) * effect[school] + own, side="right")
        there = rng.random(len(who)) < 1 - model.pupils.absent
        frame = pd.DataFrame({"school": school[there], "class": cohort.class_number[who][there], "level": level[there]})
        reached = {f"n_{name}": frame["level"] == number for number, name in enumerate(LEVELS)}
        counts = frame[["school", "class"]].assign(n_participants=1, **reached)
        counts = counts.groupby(["school", "class"]).sum().reset_index()
        labels = [f"{work.grade}{_LETTERS[(number - 1) % len(_LETTERS)]}" for number in counts["class"]]
        parts.append(counts.assign(domain=work.domain, title=work.title, grade=work.grade, class_label=labels))
    return pd.concat(parts, ignore_index=True).sort_values(["school", "grade"], kind="stable", ignore_index=True)
