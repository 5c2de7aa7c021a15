"""A region simulated for testing the methods: independent of the demo generator and of the methods' own model.

Where the figures come from
---------------------------
* size: log-normal, median 22 pupils a grade, 22 % of schools below 10 (one region, 639 schools, 2020–2021);
* share of variance between schools 0.095 (grades 4–5 of the same region: 0.09–0.10);
* its structure gives true correlations of school effects 0.48 between years of one subject and grade, 0.70 between
  subjects of one grade and year, 0.38 between grades; with sampling noise the observed ones come to about 0.4, 0.65
  and 0.3 (same region: 0.33–0.47, 0.65, 0.25–0.38);
* background pushing over the borders gives f(c)/f̂(c) of about 2.1, 1.5, 1.4 at «3», «4», «5» (same region: 2.06,
  1.48, 1.39);
* journal marks: correlated with the ability; regional shares of lowered 14–36 % by work (same region, 2021). How much
  schools differ in leniency is NOT published anywhere we know: standard deviation 0.25 of the latent scale, half of
  it lasting, is an assumption; it makes the share of lowered over-dispersed (phi about 3), like the scores.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

#: Real scales (maximum and first scores of «3», «4», «5») of 2021 used in rotation.
SCALES = ((38, 14, 24, 33), (20, 6, 10, 15), (45, 18, 29, 39), (32, 8, 18, 27), (25, 8, 15, 21))


@dataclass(frozen=True)
class Parameters:
    """Parameters of the region; see the module docstring for sources."""

    schools: int = 150
    grades: tuple[int, ...] = (4, 5, 6, 7, 8)
    years: tuple[int, ...] = (2023, 2024, 2025)
    subjects: tuple[str, ...] = ("русский язык", "математика")
    #: Subjects that a given class writes only with this probability (works assigned by lot).
    lot_subjects: tuple[str, ...] = ()
    lot_share: float = 0.5
    median_size: float = 22.0
    size_sigma: float = 1.02
    icc: float = 0.095
    #: Parts of the between-school variance.
    parts: dict[str, float] = field(
        default_factory=lambda: {
            "school": 0.28,
            "subject": 0.06,
            "grade": 0.10,
            "subject_grade": 0.04,
            "year": 0.04,
            "grade_year": 0.28,
            "cell": 0.20,
        }
    )
    #: Parts of a pupil's own variance: lasting ability, ability of the year, lasting subject gift, the rest.
    pupil_parts: tuple[float, float, float, float] = (0.45, 0.15, 0.15, 0.25)
    attendance: float = 0.93
    journal_slope: float = 0.75
    leniency_sd: float = 0.25
    leniency_parts: dict[str, float] = field(
        default_factory=lambda: {"school": 0.50, "subject_grade": 0.20, "grade_year": 0.10, "cell": 0.20}
    )
    push: tuple[float, float, float] = (0.75, 0.36, 0.20)
    push_concentration: float = 8.0
    #: Degrees of freedom of school effects; infinite is normal.
    effect_df: float = np.inf
    #: Share of selective schools and their lasting advantage in pupil standard deviations.
    selective_share: float = 0.0
    selective_shift: float = 0.8
    fixed_size: int | None = None


@dataclass(frozen=True)
class Change:
    """What is done to one school.

    `scores` and `journal` are shifts in pupil standard deviations of the latent score and the latent journal mark;
    `push` replaces the school's probability of lifting a pupil over a border.
    """

    school: int
    subjects: tuple[str, ...]
    years: tuple[int, ...]
    grades: tuple[int, ...]
    scores: float = 0.0
    journal: float = 0.0
    push: float | None = None


@dataclass(frozen=True)
class Region:
    """Participants, scales, sizes of schools, and (for the oracle) nothing else."""

    participants: pd.DataFrame
    scales: pd.DataFrame
    sizes: np.ndarray


def simulate(parameters: Parameters, rng: np.random.Generator, changes=(), sizes: np.ndarray | None = None) -> Region:
    """Simulate one region; `changes` may be a callable of the sizes that returns the list of changes."""
    p = parameters
    if sizes is None:
        sizes = school_sizes(p, rng)
    changes = changes(sizes) if callable(changes) else changes
    subjects = (*p.subjects, *p.lot_subjects)
    shape = (p.schools, len(subjects), len(p.grades), len(p.years))
    level = np.sqrt(p.icc) * _effects(shape, p.parts, p.effect_df, rng)
    level += p.selective_shift * (rng.random(p.schools) < p.selective_share)[:, None, None, None]
    leniency = p.leniency_sd * _effects(shape, p.leniency_parts, p.effect_df, rng)
    cohorts = _cohorts(p, sizes, rng)
    works = _works(p, subjects)
    written = _written(p, shape, rng)

    pieces = []
    for g, grade in enumerate(p.grades):
        for y, year in enumerate(p.years):
            school, lasting, gifts = cohorts[grade - year]
            of_year = rng.standard_normal(len(school))
            for j, subject in enumerate(subjects):
                present = (rng.random(len(school)) < p.attendance) & written[school, j, g, y]
                index = np.flatnonzero(present)
                pieces.append(
                    _work(
                        p,
                        works.iloc[(j * len(p.grades) + g) * len(p.years) + y],
                        school[index],
                        lasting[index],
                        of_year[index],
                        gifts[index, j],
                        level[:, j, g, y],
                        leniency[:, j, g, y],
                        [c for c in changes if subject in c.subjects and grade in c.grades and year in c.years],
                        rng,
                    ).assign(participant_code=index, subject=subject, grade=grade, year=year)
                )
    participants = pd.concat(pieces, ignore_index=True)
    return Region(participants, works, sizes)


def school_sizes(p: Parameters, rng: np.random.Generator) -> np.ndarray:
    """Typical number of pupils a grade, by school."""
    if p.fixed_size is not None:
        return np.full(p.schools, float(p.fixed_size))
    return np.clip(np.exp(rng.normal(np.log(p.median_size), p.size_sigma, p.schools)), 2, 220)


def _effects(shape, parts, df, rng):
    """Sum of random effects with variance 1 over school × subject × grade × year."""
    axes = {
        "school": (0,),
        "subject": (0, 1),
        "grade": (0, 2),
        "subject_grade": (0, 1, 2),
        "year": (0, 3),
        "grade_year": (0, 2, 3),
        "cell": (0, 1, 2, 3),
    }
    total = np.zeros(shape)
    for name, share in parts.items():
        small = tuple(size if axis in axes[name] else 1 for axis, size in enumerate(shape))
        draw = rng.standard_normal(small)
        if np.isfinite(df):
            draw /= np.sqrt(rng.chisquare(df, small) / (df - 2))
        total += np.sqrt(share) * draw
    return total


def _cohorts(p: Parameters, sizes, rng):
    """Pupils of each cohort (grade − year is constant): school, lasting ability, gifts by subject."""
    subjects = len(p.subjects) + len(p.lot_subjects)
    cohorts = {}
    for cohort in {grade - year for grade in p.grades for year in p.years}:
        counts = sizes.astype(int) if p.fixed_size is not None else np.maximum(rng.poisson(sizes), 1)
        school = np.repeat(np.arange(p.schools), counts)
        cohorts[cohort] = (school, rng.standard_normal(len(school)), rng.standard_normal((len(school), subjects)))
    return cohorts


def _works(p: Parameters, subjects) -> pd.DataFrame:
    """Scales and difficulty of each work; fixed, so that the truth of an oracle can be computed once."""
    rows = []
    for j, subject in enumerate(subjects):
        for g, grade in enumerate(p.grades):
            top, *borders = SCALES[(2 * j + g) % len(SCALES)]
            for y, year in enumerate(p.years):
                rows.append(
                    (
                        subject,
                        grade,
                        year,
                        top,
                        *borders,
                        0.50 + 0.03 * ((j + 2 * g + y) % 6),
                        0.19,
                        0.03 + 0.12 * ((j + g + 2 * y) % 5),
                    )
                )
    return pd.DataFrame(
        rows,
        columns=[
            "subject",
            "grade",
            "year",
            "max_score",
            "mark3_min",
            "mark4_min",
            "mark5_min",
            "easiness",
            "spread",
            "journal_shift",
        ],
    )


def _written(p: Parameters, shape, rng):
    written = np.ones(shape, dtype=bool)
    lot = len(p.lot_subjects)
    if lot:
        written[:, -lot:] = rng.random((shape[0], lot, shape[2], shape[3])) < p.lot_share
    return written


def _work(p, work, school, lasting, of_year, gift, level, leniency, changes, rng) -> pd.DataFrame:
    within = np.sqrt(1 - p.icc)
    a, b, c, e = np.sqrt(p.pupil_parts)
    ability = level[school] + within * (a * lasting + b * of_year + c * gift)
    journal_shift = leniency[school].copy()
    score_shift = np.zeros(len(school))
    borders = np.array([work.mark3_min, work.mark4_min, work.mark5_min], dtype=float)
    push = rng.beta(
        np.multiply(p.push, p.push_concentration),
        np.multiply(np.subtract(1, p.push), p.push_concentration),
        size=(p.schools, 3),
    )
    for change in changes:
        here = school == change.school
        score_shift += here * change.scores
        journal_shift += here * change.journal
        if change.push is not None:
            push[change.school] = change.push
    latent = ability + within * e * rng.standard_normal(len(school)) + score_shift
    score = np.clip(np.rint(work.max_score * (work.easiness + work.spread * latent)), 0, work.max_score)
    for k, border in enumerate(borders):
        for distance, factor in ((1, 1.0), (2, 0.5)):
            moved = (score == border - distance) & (rng.random(len(score)) < factor * push[school, k])
            score[moved] = border
    mark = 2 + (score[:, None] >= borders).sum(axis=1)
    # Teachers mark within their own class: the school's level reaches the journal in part only.
    known = ability - 0.4 * level[school]
    opinion = (
        p.journal_slope * known / np.sqrt(1 - e**2)
        + np.sqrt(1 - p.journal_slope**2) * rng.standard_normal(len(school))
        + journal_shift
    )
    limits = (borders / work.max_score - work.easiness) / work.spread - work.journal_shift
    limits[0] -= 0.8
    journal = 2 + (opinion[:, None] >= limits).sum(axis=1)
    return pd.DataFrame({"school": school, "primary_score": score.astype(int), "mark": mark, "journal_mark": journal})
