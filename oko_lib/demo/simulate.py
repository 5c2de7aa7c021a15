"""The whole region as frames: places, schools, pupils, results, planted truths."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np
import pandas as pd

from oko_lib.demo.answers import answer_noise, leaked, push_over_borders, task_points
from oko_lib.demo.effects import persistent_effect, school_effect
from oko_lib.demo.journal import journal_marks
from oko_lib.demo.low_results.conditions import social_conditions
from oko_lib.demo.low_results.plants import choose_low_plants, planted_conditions
from oko_lib.demo.low_results.results import LowResults, simulate_low_results
from oko_lib.demo.places import make_municipalities, make_schools
from oko_lib.demo.plants import Plant, choose_control_group, choose_plants, observed_schools
from oko_lib.demo.pupils import Cohort, make_cohort
from oko_lib.demo.quality.plants import QualityPlants, choose_quality_plants
from oko_lib.demo.quality.results import Quality, simulate_quality
from oko_lib.demo.quality.weak_skill import weakened
from oko_lib.demo.randomness import stream
from oko_lib.demo.settings import DemoSettings, load_demo_settings
from oko_lib.demo.talent.plants import choose_talent_plants
from oko_lib.demo.talent.results import Talent, simulate_talent
from oko_lib.demo.talent.roster import Rosters
from oko_lib.demo.works import Work, make_work, read_scales, reliability
from oko_lib.settings.workspace import Workspace
from oko_lib.tables.vpr import NOT_ATTEMPTED

DEFAULT_YEARS = (2024, 2025, 2026)
DEFAULT_SEED = 20260401


@dataclass(frozen=True)
class Cell:
    """Results of one work: subject × grade × year, all schools.

    Parameters
    ----------
    year : int
    work : Work
        With the difficulties of that year.
    frame : DataFrame
        One row per child of the grade, by school, class and code: ``school`` (row number), ``login``,
        ``municipality_code``, ``pupil_id``, ``participant_code``, ``class_label``, ``gender``, ``variant``,
        ``present``, ``primary_score``, ``mark``, ``journal_mark`` (missing where there is none), ``honest_score`` (what
        the child would have got undistorted and observed), ``observed``.
    tasks : ndarray of int8, shape (rows, tasks)
        Points; ``NOT_ATTEMPTED`` where the child did not start the task; zeros for the absent.
    """

    year: int
    work: Work
    frame: pd.DataFrame
    tasks: np.ndarray

    @property
    def subject(self) -> str:
        return self.work.subject

    @property
    def grade(self) -> int:
        return self.work.grade

    @cached_property
    def honest_spread(self) -> float:
        """Standard deviation of undistorted scores of those who wrote."""
        return float(self.frame.loc[self.frame["present"], "honest_score"].std(ddof=0))


@dataclass(frozen=True)
class Region:
    """A simulated region; see :func:`simulate`."""

    settings: DemoSettings
    seed: int
    years: tuple[int, ...]
    municipalities: pd.DataFrame
    schools: pd.DataFrame
    cells: tuple[Cell, ...]
    plants: tuple[Plant, ...]
    control: pd.DataFrame
    low_results: LowResults
    talent: Talent
    quality: Quality

    @cached_property
    def results(self) -> pd.DataFrame:
        """All rows of all cells with ``year``, ``grade`` and ``subject``, without points for tasks."""
        return pd.concat(
            [cell.frame.assign(year=cell.year, grade=cell.grade, subject=cell.subject) for cell in self.cells],
            ignore_index=True,
        )


def simulate(
    workspace: Workspace,
    *,
    municipalities: int = 12,
    scale: float = 1.0,
    years: tuple[int, ...] = DEFAULT_YEARS,
    seed: int = DEFAULT_SEED,
) -> Region:
    """Simulate the demo region.

    Parameters
    ----------
    workspace : Workspace
        Only its parameters are read (``parameters/demo``, ``parameters/scales``).
    municipalities : int
        From 1 to 61.
    scale : float
        Multiplies the number of schools.
    years : tuple of int
        School years by the year of the procedure, ascending.
    seed : int
        Same arguments give the same region.

    Raises
    ------
    SettingsError
        If a parameter or an argument is out of range.
    """
    settings = load_demo_settings(workspace)
    model = settings.model
    places = make_municipalities(settings, municipalities)
    schools = make_schools(settings, places, scale, seed)
    scales = read_scales(workspace.parameters / "scales" / "vpr_2021.csv")
    inflation = model.control_group.unobserved_inflation
    works = [make_work(work, scales[work.subject, work.grade], model.border_push, inflation) for work in settings.works]
    years = tuple(sorted(int(year) for year in years))
    subjects = tuple(dict.fromkeys(work.subject for work in works))
    grades = tuple(sorted({work.grade for work in works}))
    control = choose_control_group(schools, years, grades, subjects, model.control_group, seed)
    pairs = tuple((work.subject, work.grade) for work in works)
    plants = choose_plants(schools, control, years, pairs, model.plants, seed)
    taken = {plant.school for plant in plants}
    standing = persistent_effect(schools, seed)
    low_plants = choose_low_plants(schools, standing, taken, years[0], settings.low_results.plants, seed)
    taken |= {plant.school for plant in low_plants}
    talent_plants = choose_talent_plants(schools, taken, settings.talent.plants, seed)
    quality_plants = choose_quality_plants(schools, taken | talent_plants.schools, years[-1], settings.quality, seed)
    social = planted_conditions(social_conditions(schools, settings.low_results.conditions, seed), low_plants)

    @cache
    def cohort_of(start: int) -> Cohort:
        return make_cohort(start, schools, subjects, grades, model.pupils, seed)

    push_habit = np.clip(
        stream(seed, "push habit").normal(1, model.border_push.school_variation, len(schools)), 0.5, 1.5
    )
    cells = tuple(
        _simulate_cell(
            settings,
            seed,
            years,
            schools,
            work,
            year,
            cohort_of(year - work.grade),
            plants,
            control,
            push_habit,
            quality_plants,
        )
        for year in years
        for work in works
    )
    below = [_below(cell) for cell in cells]
    low_results = simulate_low_results(
        schools, years, cohort_of, below, social, low_plants, model, settings.low_results, seed
    )
    rosters = Rosters(schools, cohort_of, social, settings.low_results, seed)
    talent = simulate_talent(schools, years, cohort_of, control, low_results, rosters, talent_plants, settings, seed)
    quality = simulate_quality(
        schools, years, works, cohort_of, rosters, talent.enrolment, low_results, quality_plants, settings, seed
    )
    return Region(settings, seed, years, places, schools, cells, plants, control, low_results, talent, quality)


def _below(cell: Cell) -> tuple[int, str, pd.Series, pd.Series]:
    """Who of the participants of a work got «2»."""
    frame = cell.frame[cell.frame["present"]]
    return cell.year, f"ВПР · {cell.subject} · {cell.grade}", frame["school"], frame["mark"] == 2


def _simulate_cell(
    settings: DemoSettings,
    seed: int,
    years: tuple[int, ...],
    schools: pd.DataFrame,
    work: Work,
    year: int,
    cohort: Cohort,
    plants: tuple[Plant, ...],
    control: pd.DataFrame,
    push_habit: np.ndarray,
    quality_plants: QualityPlants,
) -> Cell:
    model = settings.model
    rng = stream(seed, "cell", year, work.subject, work.grade)
    work = work.shifted(round(float(rng.normal(0, model.difficulty_drift)), 3))
    who = cohort.at(work.grade)
    school = cohort.school[who]
    here = [plant for plant in plants if plant.acts(year, work.subject, work.grade)]

    def by_school(kind: str, value: object) -> np.ndarray:
        """Per-school array with `value(plant)` where a plant of this kind acts, 0 elsewhere."""
        result = np.zeros(len(schools))
        for plant in here:
            if plant.kind == kind:
                result[plant.school] = value(plant)
        return result

    # Ability: school, lasting ability of the child, the year's luck; variance 1 in all.
    between = min(0.6, model.school_effects.icc_of(work.grade) / reliability(work))
    of_school = np.sqrt(between) * school_effect(schools, work.subject, work.grade, year, model.school_effects, seed)
    improvement = by_school(
        "honest_improvement", lambda plant: plant.strength["ability_shift_per_year"] * (year - years[0])
    )
    within = model.pupils.within
    lasting = (
        np.sqrt(within.general) * cohort.general[who] + np.sqrt(within.subject) * cohort.by_subject[work.subject][who]
    )
    base = (of_school + improvement)[school] + np.sqrt(1 - between) * lasting
    honest = base + np.sqrt((1 - between) * within.occasion) * rng.standard_normal(len(who))

    # What the files show: unobserved schools look better, planted ones much better.
    observed = np.isin(school, observed_schools(control, year, work.subject, work.grade))
    inflated = by_school("inflated_vpr", lambda plant: plant.strength["ability_shift"])[school]
    shown = honest + np.where(observed, 0.0, model.control_group.unobserved_inflation) + inflated
    luck = answer_noise((len(who), len(work.labels)), rng)
    honest_score = task_points(honest, luck, work).sum(axis=1)
    points = task_points(shown, luck, work)
    knows = by_school("leaked_work", lambda plant: plant.strength["solved"])[school]
    if knows.any():
        points = leaked(points, knows > 0, float(knows.max()), work, rng)
    chances = _push_chances(model.border_push.background, push_habit, here)[school]
    chances[observed] = 0.0
    points = push_over_borders(points, chances, model.border_push.one_over, work, rng)
    for plant in quality_plants.weak_skills:
        if (plant.year, plant.subject, plant.grade) == (year, work.subject, work.grade):
            mine, weak = school == plant.school, np.isin(work.labels, plant.tasks)
            points[mine] = weakened(points[mine], shown[mine], luck[mine], weak, plant.shift, work)

    # «Not started» is a zero of another kind; easy tasks are left out more seldom.
    skipped = (points == 0) & (rng.random(points.shape) < model.pupils.not_attempted * _hardness(work))
    score = points.sum(axis=1)
    leniency = stream(seed, "leniency", work.subject, work.grade > 4).standard_normal(len(schools))
    journal_shift = by_school("inflated_journal", lambda plant: plant.strength["ability_shift"])
    journal = journal_marks(
        base, (of_school)[school], leniency[school], journal_shift[school], work.journal, model.journal, rng
    )
    odds = (
        np.log(model.pupils.absent / (1 - model.pupils.absent))
        + model.pupils.absent_ability_slope * cohort.general[who]
    )
    present = rng.random(len(who)) >= 1 / (1 + np.exp(-odds))
    no_journal = rng.random(len(who)) < model.pupils.no_journal_mark

    # Codes are given anew every year, in an order that says nothing.
    order = np.lexsort((rng.random(len(who)), cohort.class_number[who], school))
    school_sorted = school[order]
    number = np.arange(len(who)) - np.searchsorted(school_sorted, school_sorted) + 1
    frame = pd.DataFrame(
        {
            "school": school_sorted,
            "login": schools["login"].to_numpy()[school_sorted],
            "municipality_code": schools["municipality_code"].to_numpy()[school_sorted],
            "pupil_id": cohort.pupil_id[who][order],
            "participant_code": work.grade * 10_000 + number,
            "class_label": cohort.class_number[who][order],
            "gender": np.where(cohort.boy[who][order], "м", "ж"),
            "variant": rng.integers(1, 3, len(who)),
            "present": present[order],
            "primary_score": _missing_where(score[order], ~present[order]),
            "mark": _missing_where(work.mark(score)[order], ~present[order]),
            "journal_mark": _missing_where(journal[order], no_journal[order]),
            "honest_score": honest_score[order],
            "observed": observed[order],
        }
    )
    tasks = np.where(skipped, NOT_ATTEMPTED, points).astype(np.int8)[order]
    tasks[~present[order]] = 0
    return Cell(year, work, frame, tasks)


def _push_chances(background: dict[int, tuple[float, ...]], habit: np.ndarray, plants: list[Plant]) -> np.ndarray:
    """Probabilities of lifting, shape (schools, borders, distances)."""
    usual = np.array([background[mark] for mark in (3, 4, 5)])
    chances = np.clip(habit[:, None, None] * usual[None], 0, 0.97)
    for plant in plants:
        if plant.kind == "border_pushing":
            chances[plant.school] = np.array(plant.strength["push"])
    return chances


def _hardness(work: Work) -> np.ndarray:
    """Rank of the difficulty of each task, 0 (easiest) to 1."""
    first_step = work.difficulties[:, 0]
    return np.argsort(np.argsort(first_step)) / max(1, len(first_step) - 1)


def _missing_where(values: np.ndarray, missing: np.ndarray) -> pd.arrays.IntegerArray:
    return pd.arrays.IntegerArray(values.astype(np.int64), missing.copy())
