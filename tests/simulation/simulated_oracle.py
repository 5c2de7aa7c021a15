"""A test that knows the parameters of the simulation: the limit that variation between schools sets.

It knows, to Monte-Carlo accuracy, the mean of every signal, the covariance between schools and within them for every
pair of works (nothing pooled, nothing assumed about structure), and what a shift of one pupil standard deviation does
to scores and marks. It tests by the Neyman–Pearson lemma with Benjamini–Hochberg over the schools:

* ``known``: told in advance which subjects, years and grades are under suspicion in each school (nobody can know
  more);
* ``family``: told only the kind (two subjects, two neighbouring years, all grades or one grade), averages the
  likelihood ratio over the possibilities (the most powerful test on average over them).
"""

# ruff: noqa: PD010  (tables by several keys read better unstacked)

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations, pairwise

import numpy as np
import pandas as pd
from scipy.stats import norm
from simulated_region import Change, Parameters, simulate

WORK = ["subject", "grade", "year"]


@dataclass(frozen=True)
class Truth:
    """Moments of natural schools and the effect of a unit shift; signals are score and mark minus journal mark."""

    works: pd.DataFrame
    mean: np.ndarray  # (2, works)
    between: np.ndarray  # (2·works, 2·works)
    within: np.ndarray  # (2·works, 2·works), covariance of one pupil's results about the school's means
    shift: np.ndarray  # (2, works)


def learn_truth(parameters: Parameters, rng: np.random.Generator, batches: int = 8, schools: int = 250) -> Truth:
    """Moments from large schools of 100 pupils a grade, simulated with the same parameters."""
    big = Parameters(**{**parameters.__dict__, "schools": schools, "fixed_size": 100, "selective_share": 0.0})
    all_cells = (big.subjects, big.years, big.grades)
    means, within, shifted = [], [], []
    for batch in range(batches):
        region = simulate(big, rng)
        values, works, cov = _school_means(region.participants)
        means.append(values)
        within.append(cov)
        if batch < 3:
            every = [Change(s, *all_cells, scores=1.0) for s in range(schools)]
            shifted.append(_school_means(simulate(big, rng, every).participants)[0].mean(axis=0))
    stacked = np.concatenate(means)
    inner = np.mean(within, axis=0)
    centre = stacked.mean(axis=0)
    noise = inner / 100
    same = np.eye(len(works), dtype=bool)
    noise[np.tile(same, (2, 2))] /= big.attendance
    covariance = np.cov(stacked, rowvar=False) - noise
    return Truth(works, centre.reshape(2, -1), covariance, inner, (np.mean(shifted, axis=0) - centre).reshape(2, -1))


def _school_means(participants: pd.DataFrame):
    frame = participants.assign(
        difference=participants["mark"] - participants["journal_mark"],
        cohort=participants["grade"] - participants["year"],
    )
    works = frame[WORK].drop_duplicates().sort_values(WORK, ignore_index=True)
    frame["work"] = frame.set_index(WORK).index.map(works.reset_index().set_index(WORK)["index"])
    size = len(works)
    table = frame.groupby(["school", "work"])[["primary_score", "difference"]].mean()
    means = np.concatenate([table[c].unstack().to_numpy() for c in ("primary_score", "difference")], axis=1)
    within = np.zeros((2 * size, 2 * size))
    for _, cohort in frame.groupby("cohort"):
        wide = cohort.pivot(index="participant_code", columns="work", values=["primary_score", "difference"])
        school = cohort.drop_duplicates("participant_code").set_index("participant_code")["school"].reindex(wide.index)
        centred = wide - wide.groupby(school.to_numpy()).transform("mean")
        position = np.array([(0 if signal == "primary_score" else size) + work for signal, work in wide.columns])
        within[np.ix_(position, position)] = centred.cov().to_numpy() * 100 / 99
    return means, works, within


def oracle_p_values(
    truth: Truth,
    participants: pd.DataFrame,
    suspected,
    family_of: str,
    delta: float,
    rng: np.random.Generator,
    draws: int = 5000,
) -> pd.DataFrame:
    """p-values of both oracles for every school.

    Parameters
    ----------
    suspected : sequence of (years, grade or None)
        For each school what the ``known`` oracle is told: years, and the grade (None: all grades).
    family_of : {"all", "one"}
        Whether all grades or one grade may be shifted.
    """
    size = len(truth.works)
    frame = participants.assign(difference=participants["mark"] - participants["journal_mark"])
    table = frame.groupby(["school", *WORK]).agg(
        score=("primary_score", "mean"), difference=("difference", "mean"), n=("difference", "size")
    )
    wide = table.unstack(WORK)
    order = pd.MultiIndex.from_frame(truth.works)
    x = np.stack([wide[c].reindex(columns=order).to_numpy() for c in ("score", "difference")], axis=1)
    n = wide["n"].reindex(columns=order).to_numpy()
    cohort = (truth.works["grade"] - truth.works["year"]).to_numpy()
    pupils = (
        frame.assign(cohort=frame["grade"] - frame["year"]).groupby(["school", "cohort"])["participant_code"].nunique()
    )
    pupils = (
        pupils.unstack().reindex(columns=np.unique(cohort)).to_numpy()[:, np.searchsorted(np.unique(cohort), cohort)]
    )
    subjects = truth.works["subject"].unique()
    years, grades = np.unique(truth.works["year"]), np.unique(truth.works["grade"])
    spans = [None] if family_of == "all" else list(grades)
    family = [(pair, (a, b), span) for pair in combinations(subjects, 2) for a, b in pairwise(years) for span in spans]
    rows = []
    for k, school in enumerate(wide.index):
        present = np.flatnonzero(np.isfinite(np.tile(n[k], 2)))
        common = 1 / np.tile(pupils[k], 2)
        noise = np.minimum.outer(common, common)
        own = np.tile(np.eye(size, dtype=bool), (2, 2))
        noise = np.where(own, np.tile(1 / n[k], 2)[:, None], noise)
        sigma = (truth.between + truth.within * noise)[np.ix_(present, present)]
        inverse = np.linalg.inv(sigma)
        residual = (x[k] - truth.mean).ravel()[present]

        def direction(pair, span_years, grade, present=present):
            inside = truth.works["subject"].isin(pair) & truth.works["year"].isin(span_years)
            if grade is not None:
                inside &= truth.works["grade"] == grade
            return (delta * truth.shift * inside.to_numpy()).ravel()[present]

        told_years, told_grade = suspected[k]
        d = direction(tuple(subjects[:2]), told_years, told_grade)
        known = norm.sf(d @ inverse @ residual / np.sqrt(d @ inverse @ d))
        all_d = np.stack([direction(*member) for member in family])
        gram = all_d @ inverse @ all_d.T
        drawn = rng.standard_normal((draws, len(family))) @ np.linalg.cholesky(gram + 1e-9 * np.eye(len(family))).T
        penalty = gram.diagonal() / 2
        null = np.exp(np.minimum(drawn - penalty, 500)).mean(axis=1)
        seen = np.exp(np.minimum(all_d @ inverse @ residual - penalty, 500)).mean()
        rows.append((school, known, (1 + (null >= seen).sum()) / (1 + draws)))
    return pd.DataFrame(rows, columns=["school", "known", "family"]).set_index("school")
