"""Olympiads of a region over two stages, simulated for testing the methods of talent: independent of the demo.

A latent model: a child has an ability of its own (partly its school's) and a bent for each subject; both stages score
ability and bent plus luck of the day, the home stage on the scale of the school's own marking (lenient or strict). Who
passes the municipality's border is invited; who is invited comes unless the school is far away or the child is ill.

Where the figures come from
---------------------------
* children of a school that take part in a subject: median about 10, from 1 to 60 (11 schools of a district send 568
  children into the school stage over 19 subjects and 232 into the municipal one: published totals of 2015–2017);
* about 30 % of school-stage entries are awarded, about a quarter go on; a fifth of the works of the municipal stage is
  awarded (Moscow: 48,900 diplomas of 240,000 works);
* share of variance between schools about 9 %, as in other works of a region; spread of marking between schools, of
  distance and of illness are assumptions on the large side.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import expit


@dataclass(frozen=True)
class Olympiad:
    """Parameters of a region; see the module docstring.

    ``*_sd`` are standard deviations: ``ability_sd`` of schools, ``bent_sd`` of schools in one subject beyond it,
    ``marking_sd`` of the schools' marking at home, ``coming_sd`` of schools' log-odds of coming, ``jury_sd`` of
    municipalities' juries. ``tail_df`` makes all natural differences of schools Student's t of the same variance.
    """

    schools: int = 100
    municipalities: int = 10
    subjects: int = 8
    grades: tuple[int, ...] = (7, 8, 9, 10, 11)
    entries_per_subject: float = 12.0
    ability_sd: float = 0.3
    bent_sd: float = 0.15
    marking_sd: float = 0.3
    coming_sd: float = 0.7
    coming: float = 1.7
    jury_sd: float = 0.2
    tail_df: float | None = None


@dataclass(frozen=True)
class Planted:
    """What is done to one school: home scores raised by ``inflated`` (standard deviations of children), log-odds of
    coming changed by ``stays_away``, true ability in the first subject raised by ``bent``."""

    inflated: float = 0.0
    stays_away: float = 0.0
    bent: float = 0.0


def simulate_olympiad(
    p: Olympiad, rng: np.random.Generator, planted: Callable[[int], Planted] | None = None
) -> pd.DataFrame:
    """Entries of the home stage with what became of them.

    Parameters
    ----------
    p : Olympiad
    rng : numpy.random.Generator
    planted : callable, optional
        School number → what is done to it.

    Returns
    -------
    DataFrame
        ``school``, ``municipality``, ``person``, ``subject``, ``grade``, ``home_score_share``, ``home_prize``,
        ``next_present``, ``next_score_share``, ``next_prize``, ``truth`` (the school has something planted).
    """
    done = [planted(k) if planted else Planted() for k in range(p.schools)]
    municipality = rng.integers(0, p.municipalities, p.schools)
    ability, marking, coming = (sd * _natural(p, rng, p.schools) for sd in (p.ability_sd, p.marking_sd, p.coming_sd))
    bent = p.bent_sd * _natural(p, rng, (p.schools, p.subjects))
    bent[:, 0] += [one.bent for one in done]
    size = np.clip(np.rint(p.entries_per_subject * np.exp(0.8 * rng.normal(size=p.schools))), 1, 70).astype(int)
    # A child takes part in two subjects on average.
    pool = np.maximum(np.rint(size * p.subjects / 2), 1).astype(int)
    child_ability = [rng.normal(size=count) for count in pool]
    child_grade = [rng.choice(p.grades, count) for count in pool]
    pairs = [(k, subject) for k in range(p.schools) for subject in range(p.subjects)]
    who = [rng.choice(pool[k], min(rng.poisson(size[k]), pool[k]), replace=False) for k, _ in pairs]
    school, subject = (np.repeat([pair[place] for pair in pairs], [len(one) for one in who]) for place in (0, 1))
    first = np.concatenate([[0], np.cumsum(pool)])
    person = first[school] + np.concatenate(who)
    count = len(person)
    true = ability[school] + bent[school, subject] + 0.7 * np.concatenate(child_ability)[person]
    true += 0.5 * rng.normal(size=count)
    raised, away = (np.array([getattr(one, name) for one in done])[school] for name in ("inflated", "stays_away"))
    entries = pd.DataFrame(
        {
            "school": school,
            "municipality": municipality[school],
            "person": person,
            "subject": subject,
            "grade": np.concatenate(child_grade)[person],
            "home": true + marking[school] + raised + 0.6 * rng.normal(size=count),
            "away": true + 0.6 * rng.normal(size=count),
            "comes": coming[school] + away,
            "truth": np.array([one != Planted() for one in done])[school],
        }
    )
    entries["home_score_share"] = _marks(entries["home"] - 0.3, 40)
    local = entries.groupby(["school", "subject", "grade"])["home_score_share"]
    # A school awards its best third, if they have a quarter of the maximum and more.
    entries["home_prize"] = (local.rank(ascending=False, pct=True) <= 0.34) & (entries["home_score_share"] >= 0.25)
    border = entries.groupby(["municipality", "subject", "grade"])["home_score_share"].transform(
        lambda s: s.quantile(0.7)
    )
    invited = entries["home_score_share"] >= border
    entries["next_present"] = invited & (rng.random(len(entries)) < expit(p.coming + entries["comes"]))
    jury = p.jury_sd * rng.normal(size=p.municipalities)
    next_share = _marks(entries["away"] - 1.0 + jury[entries["municipality"]], 50)
    entries["next_score_share"] = next_share.where(entries["next_present"])
    best = entries.groupby(["municipality", "subject", "grade"])["next_score_share"].rank(ascending=False, pct=True)
    entries["next_prize"] = (best <= 0.25).where(entries["next_present"], False).astype(bool)
    return entries.drop(columns=["home", "away", "comes"])


def _natural(p: Olympiad, rng: np.random.Generator, shape: int | tuple[int, ...]) -> np.ndarray:
    if p.tail_df is None:
        return rng.normal(size=shape)
    return rng.standard_t(p.tail_df, size=shape) / np.sqrt(p.tail_df / (p.tail_df - 2))


def _marks(latent: pd.Series, maximum: int) -> pd.Series:
    """Whole points out of a maximum: few points are usual, the top is rare."""
    return np.rint(maximum * expit(1.1 * latent)) / maximum
