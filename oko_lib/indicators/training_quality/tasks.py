"""Tasks and skills of ВПР: completion from the region to the class, what falls out of a school's own profile."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import pandas as pd

from oko_lib.indicators.memory import give_back
from oko_lib.indicators.vpr_tasks import WORK, ScoredWork
from oko_lib.methods.completion_zone import completion_zones
from oko_lib.methods.multiplicity import false_discovery
from oko_lib.methods.skill_profile import skill_profile
from oko_lib.methods.task_completion import PointSums, point_sums, pooled_completion
from oko_lib.methods.task_functioning import TaskState, task_functioning, task_states
from oko_lib.settings.training_quality_norms import TrainingQualityNorms

#: A unit of the register is one skill on one level of difficulty: zones of levels differ.
SKILL = [*WORK, "skill_code", "level"]

#: Tasks of the basic level; all others have the norms of the raised one.
BASIC = "Б"

#: Joins a school and its class in one name of a unit; no login holds it.
_JOIN = "\x1f"


@dataclass(frozen=True)
class WorkPoints:
    """One work of the year: the points of its tasks by school.

    Pupils are not kept: they are by far the largest part of a region's data, and reports look at schools and classes.

    Parameters
    ----------
    subject, grade : str, int
    sums : PointSums
    """

    subject: str
    grade: int
    sums: PointSums


@dataclass(frozen=True)
class RegionTasks:
    """Tasks of the year over the whole region.

    Parameters
    ----------
    works : tuple of WorkPoints
    codifier : DataFrame
        subject, grade, task, max_score, task_level (of the task itself, may be missing), level («» where unknown),
        skill_code, skill, place (position in the work); a task without a skill stands for itself.
    from_codifier : frozenset of (str, int)
        Works whose skills are known; in others every task is its own «skill».
    completion : DataFrame
        Of the region: subject, grade, task, n, completion, low, high …
    schools : DataFrame
        School × task with ``state`` (see :func:`~oko_lib.methods.task_functioning.task_states`), zone, reliable. Tasks
        of classes are not kept: what is told of a class are its skills.
    school_skills, class_skills : DataFrame
        Unit × skill (see :func:`~oko_lib.methods.skill_profile.skill_profile`) with school, class_label, skill, zone,
        reliable.
    """

    works: tuple[WorkPoints, ...]
    codifier: pd.DataFrame
    from_codifier: frozenset[tuple[str, int]]
    completion: pd.DataFrame
    schools: pd.DataFrame
    school_skills: pd.DataFrame
    class_skills: pd.DataFrame


def region_tasks(
    works: Collection[ScoredWork], skills: pd.DataFrame, year: int, norms: TrainingQualityNorms
) -> RegionTasks:
    """Judge every school and class of the region in every task and skill of the year.

    Parameters
    ----------
    works : collection of ScoredWork
        Of `year`.
    skills : DataFrame
        From :func:`~oko_lib.indicators.vpr_tasks.codifier`.
    year : int
    norms : TrainingQualityNorms
    """
    works = tuple(works)
    known = skills[skills["year"] == year]
    book = codifier_of_works(works, known)
    points = tuple(
        WorkPoints(work.subject, work.grade, point_sums(work.scores, work.tasks["max_score"].to_numpy(), work.school))
        for work in works
    )
    everywhere = [completion_of(work, work.sums, norms) for work in points]
    # One kind of unit after the other, and with the steps gone: cells of classes are the most there is of a region.
    schools, school_skills = _tasks_and_skills(works, "school", book, norms)
    class_skills = _tasks_and_skills(works, "class", book, norms)[1]
    return RegionTasks(
        works=points,
        codifier=book,
        from_codifier=frozenset((str(subject), int(grade)) for subject, grade in known[WORK].itertuples(index=False)),
        completion=_joined(everywhere, [*WORK, "task"]),
        schools=schools,
        school_skills=school_skills,
        class_skills=class_skills,
    )


def _tasks_and_skills(
    works: Collection[ScoredWork], kind: str, book: pd.DataFrame, norms: TrainingQualityNorms
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Tasks and skills of all units of a kind as they are told."""
    # A wording is a hundred bytes long and stands in the row of every unit.
    book = book.assign(skill=book["skill"].astype("category")) if len(book) else book
    cells = _judged(works, kind, book, norms)
    give_back()
    skills = _told(_skills(cells, book, norms))
    cells = _told(cells)
    give_back()
    return cells, skills


#: Columns that were needed to come to a state and that no report shows: the half of the memory.
_STEPS = [
    "chance_sd", "natural_sd", "sd", "sd_pupils", "per_logit", "p_adjusted", "own_p_adjusted", "own_state", "load",
    "chance", "deviation", "tau2", "n_units",
]  # fmt: skip


def _told(rows: pd.DataFrame) -> pd.DataFrame:
    """Leave out the steps; one wording of a skill stands for many rows."""
    rows = rows.drop(columns=_STEPS, errors="ignore")
    return rows.assign(skill=_wordings(rows["skill"])) if "skill" in rows else rows


def _wordings(skill: pd.Series) -> pd.Series:
    """The same texts as categories, of those that occur."""
    return skill.cat.remove_unused_categories() if skill.dtype == "category" else skill.astype("category")


def codifier_of_works(works: Collection[ScoredWork], skills: pd.DataFrame) -> pd.DataFrame:
    """Return one row per task of the works with its skill (see :class:`RegionTasks`)."""
    parts = [work.tasks.assign(subject=work.subject, grade=work.grade, place=range(len(work.tasks))) for work in works]
    columns = [*WORK, "task", "max_score", "level", "place"]
    tasks = pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)
    book = tasks.merge(skills[[*WORK, "task", "skill_code", "skill"]], on=[*WORK, "task"], how="left")
    alone = book["skill_code"].isna()
    return book.assign(
        level=book["level"].fillna("").astype(str),
        skill_code=book["skill_code"].where(~alone, "№" + book["task"].astype(str)),
        skill=book["skill"].where(~alone, "Задание " + book["task"].astype(str)),
    )


def completion_of(work: WorkPoints, sums: PointSums, norms: TrainingQualityNorms) -> pd.DataFrame:
    """Return completion of the tasks of a work over the schools of `sums`, schools being the clusters."""
    found = pooled_completion(sums, minimum_n=int(norms.minimum_group.value), level=norms.confidence_level.value)
    return found.assign(subject=work.subject, grade=work.grade)


def _joined(parts: list[pd.DataFrame], columns: list[str]) -> pd.DataFrame:
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)


def _units(work: ScoredWork, kind: str) -> np.ndarray:
    """Unit of each pupil: the school, or the school with its class; missing where the class is not named."""
    if kind == "school":
        return work.school.to_numpy(dtype=object)
    joined = work.school + _JOIN + work.class_label.astype("string")
    return joined.astype(object).where(work.class_label.notna(), None).to_numpy()


def _judged(works: Collection[ScoredWork], kind: str, book: pd.DataFrame, norms: TrainingQualityNorms) -> pd.DataFrame:
    """Cells of all works with states over all of them together."""
    parts = []
    for work in works:
        found = task_functioning(
            work.scores,
            work.tasks["max_score"].to_numpy(),
            _units(work, kind),
            minimum_n=int(norms.minimum_group.value),
            minimum_units=int(norms.task_minimum_units.value),
            level=norms.confidence_level.value,
        )
        parts.append(found.cells.assign(subject=work.subject, grade=work.grade))
    cells = _joined(parts, [*WORK, "unit", "task"])
    if cells.empty:
        return cells
    cells = task_states(cells, norms.false_discovery_rate.value)
    rows = _named(cells, kind).merge(book, on=[*WORK, "task"], how="left")
    return _with_zones(rows, _pupils_effect(rows), norms)


def _named(cells: pd.DataFrame, kind: str) -> pd.DataFrame:
    """Take the name of a unit apart."""
    if kind == "school" or cells.empty:
        return cells.assign(school=cells["unit"])
    number, units = pd.factorize(cells["unit"])
    parts = pd.Series(units).str.split(_JOIN, n=1, expand=True).reindex(number)
    return cells.assign(school=parts[0].array, class_label=parts[1].array)


def _pupils_effect(rows: pd.DataFrame) -> pd.Series:
    """Variance of a completion over that of yes-or-no answers, from the pupils' own spread: less for many points."""
    share = rows["completion"].astype(float)
    answers = (share * (1 - share)).where(lambda value: value > 0)
    return (rows["sd_pupils"].astype(float) ** 2 / answers).fillna(1.0).clip(lower=_LEAST_EFFECT)


#: Pupils who all scored the same do not make an interval vanish.
_LEAST_EFFECT = 0.05


def _with_zones(rows: pd.DataFrame, effect: pd.Series | float, norms: TrainingQualityNorms) -> pd.DataFrame:
    """Add zone and reliable; a task of unknown level has no norm."""
    basic = rows["level"] == BASIC
    found = completion_zones(
        rows["points"],
        rows["possible"],
        rows["n"],
        np.where(basic, norms.basic_sufficient.value, norms.advanced_sufficient.value),
        np.where(basic, norms.basic_insufficient.value, norms.advanced_insufficient.value),
        design_effect=effect,
        minimum_n=int(norms.minimum_group.value),
        level=norms.confidence_level.value,
    )
    known = (rows["level"] != "").to_numpy()
    zone, reliable = found["zone"].where(known), found["reliable"].where(known, False)
    return rows.assign(zone=zone.to_numpy(), reliable=reliable.to_numpy())


def _skills(cells: pd.DataFrame, book: pd.DataFrame, norms: TrainingQualityNorms) -> pd.DataFrame:
    """Skills of every unit, with zones; the minimum of pupils holds for a skill as for a task."""
    if cells.empty:
        return pd.DataFrame(columns=[*SKILL, "unit", "school"])
    kind = "class" if "class_label" in cells.columns else "school"
    key = book[SKILL].apply(tuple, axis=1)
    found = skill_profile(
        cells[["unit", *WORK, *(name for name in cells.columns if name in _CELL)]],
        book.assign(skill_key=key)[[*WORK, "task", "skill_key"]],
        work=WORK,
        by=["skill_key"],
        minimum_units=int(norms.task_minimum_units.value),
        alpha=norms.false_discovery_rate.value,
        level=norms.confidence_level.value,
    )
    units = found.units
    named = tasks_of_skills(book)
    named = named.assign(skill_key=named[SKILL].apply(tuple, axis=1), skill=named["skill"].astype("category"))
    points = cells.groupby(["unit", *SKILL], as_index=False)[["points", "possible"]].sum()
    rows = _named(units.merge(named, on="skill_key"), kind).drop(columns="skill_key")
    # The spread of pupils over several tasks is not known: yes-or-no answers are the widest they can be.
    return _with_zones(rows.merge(points, on=["unit", *SKILL], how="left"), 1.0, norms)


#: Columns of a cell that :func:`~oko_lib.methods.skill_profile.skill_profile` reads.
_CELL = (
    "task", "n", "points", "possible", "completion", "sd_pupils", "region", "expected", "difference", "low", "high",
    "chance_sd", "natural_sd", "sd", "per_logit", "z", "p_value", "refusal",
)  # fmt: skip


def tasks_of_skills(book: pd.DataFrame) -> pd.DataFrame:
    """Return one row per skill: SKILL columns, skill, tasks (their numbers), place of the first of them.

    The codifier may word one code differently for its tasks: the wordings are joined.
    """
    grouped = book.groupby(SKILL, sort=False)
    return pd.DataFrame(
        {
            "skill": grouped["skill"].agg(lambda texts: "; ".join(dict.fromkeys(texts))),
            "tasks": grouped["task"].agg(", ".join),
            "place": grouped["place"].min(),
        }
    ).reset_index()


# --- One municipality -----------------------------------------------------------------------------------------------


def municipality_completion(tasks: RegionTasks, schools: Collection[str], norms: TrainingQualityNorms) -> pd.DataFrame:
    """Return completion of every task in a set of schools beside the region.

    Returns
    -------
    DataFrame
        One row per task in the order of the works: columns of the codifier, n, n_clusters (schools), completion, low,
        high, region, difference, p_value, state (``below``, ``above``, ``indistinct`` or missing: the set of schools
        against the region, false discoveries held over all tasks), zone, reliable.
    """
    own = set(schools)
    parts = []
    for work in tasks.works:
        inside = work.sums.of(own)
        if len(inside.schools):
            parts.append(completion_of(work, inside, norms))
    if not parts:
        return pd.DataFrame(columns=[*SKILL, "task", "completion", "state", "zone"])
    region = tasks.completion[[*WORK, "task", "completion"]].rename(columns={"completion": "region"})
    rows = (
        pd.concat(parts, ignore_index=True).merge(region, on=[*WORK, "task"]).merge(tasks.codifier, on=[*WORK, "task"])
    )
    rows = _with_zones(_against_region(rows, norms), rows["design_effect"].astype(float).fillna(1.0), norms)
    return rows.sort_values([*WORK, "place"], ignore_index=True)


def _against_region(rows: pd.DataFrame, norms: TrainingQualityNorms) -> pd.DataFrame:
    reach = NormalDist().inv_cdf((1 + norms.confidence_level.value) / 2)
    difference = rows["completion"].astype(float) - rows["region"].astype(float)
    spread = (rows["high"].astype(float) - rows["low"].astype(float)) / 2 / reach
    z = difference / spread.where(spread > 0)
    p_value = 2 * z.abs().map(lambda value: 1 - NormalDist().cdf(value), na_action="ignore")
    control = false_discovery(p_value.to_numpy(dtype=float), norms.false_discovery_rate.value)
    told = np.where(difference < 0, TaskState.BELOW.value, TaskState.ABOVE.value)
    state = pd.Series(np.where(control.rejected, told, TaskState.INDISTINCT.value), index=rows.index)
    return rows.assign(difference=difference, p_value=p_value, state=state.where(p_value.notna()))


def skills_of_schools(completion: pd.DataFrame) -> pd.DataFrame:
    """Put tasks of one skill together in the result of :func:`municipality_completion`.

    Returns
    -------
    DataFrame
        SKILL columns, skill, tasks (numbers), n (the largest of its tasks), completion and region (points over possible
        ones), in the order of the works.
    """
    weighted = completion.assign(region_points=completion["region"] * completion["possible"])
    grouped = weighted.groupby(SKILL, sort=False)
    sums = grouped[["points", "possible", "region_points"]].sum()
    frame = sums.assign(
        completion=sums["points"] / sums["possible"],
        region=sums["region_points"] / sums["possible"],
        n=grouped["n"].max(),
    )
    return tasks_of_skills(completion).merge(frame.reset_index(), on=SKILL)
