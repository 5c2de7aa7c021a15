"""Task scores of ВПР: one matrix of pupils and tasks per work."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from oko_lib.store import Snapshot
from oko_lib.tables.vpr import NOT_ATTEMPTED

WORK = ["subject", "grade"]

_FORMS = """
    select year, subject, grade, form_id, position, label as task, max_score, level
    from vpr_tasks
    where year = ?
    order by subject, grade, form_id, position
"""

_SCORES = """
    select
        results.subject, results.grade, results.form_id,
        coalesce(history.school_id, results.login) as school, results.class_label, results.task_scores
    from vpr_results_by_participant as results
    left join school_logins as history on history.login = results.login
    where results.present and results.year = ? and results.form_id is not null and results.task_scores is not null
    order by results.subject, results.grade, results.form_id, results.login, results.participant_code
"""

_SKILLS = """
    select year, subject, grade, task, skill_code, skill, level, max_score
    from task_skills
    where year between ? and ?
    order by year, subject, grade, task
"""


@dataclass(frozen=True)
class ScoredWork:
    """All pupils of one work in one year.

    Parameters
    ----------
    subject, grade, year : str, int, int
    tasks : DataFrame
        In the order of the work: task, max_score, level («Б», «П», «В» or missing).
    scores : DataFrame
        Pupils × tasks, points; a task not attempted is 0, an unknown score is missing.
    school, class_label : Series
        Of each pupil.
    n_left_out : int
        Pupils whose form cannot be brought on these tasks.
    """

    subject: str
    grade: int
    year: int
    tasks: pd.DataFrame
    scores: pd.DataFrame
    school: pd.Series
    class_label: pd.Series
    n_left_out: int


def codifier(snapshot: Snapshot, first_year: int, last_year: int) -> pd.DataFrame:
    """Return the codifier: year, subject, grade, task, skill_code, skill, level, max_score; one row per task."""
    return snapshot.sql(_SKILLS, [first_year, last_year])


def scored_works(snapshot: Snapshot, year: int, skills: pd.DataFrame) -> list[ScoredWork]:
    """Return the works of `year` with the score of every task.

    Parameters
    ----------
    snapshot : Snapshot
    year : int
    skills : DataFrame
        From :func:`codifier`: tells the maximum and the level of a task whose file does not.

    Notes
    -----
    The same work comes in several kinds of file, some of which name no maximum. The form with the most pupils among
    those whose maxima are known is the work; pupils of other forms join it task by task if they share all its tasks
    and no maximum differs. A work without any known maximum is left out.
    """
    forms = snapshot.sql(_FORMS, [year]).merge(
        skills[[*WORK, "year", "task", "max_score", "level"]],
        on=[*WORK, "year", "task"],
        how="left",
        suffixes=("", "_codifier"),
    )
    forms = forms.assign(
        max_score=forms["max_score"].fillna(forms["max_score_codifier"]).astype(float),
        level=forms["level"].fillna(forms["level_codifier"]),
    )
    pupils = snapshot.sql(_SCORES, [year])
    tasks_of = dict(list(forms.groupby("form_id")))
    return [
        work
        for (subject, grade), rows in pupils.groupby(WORK, sort=True)
        if (work := _one_work(str(subject), int(grade), year, rows, tasks_of)) is not None
    ]


def _one_work(
    subject: str, grade: int, year: int, pupils: pd.DataFrame, tasks_of: dict[str, pd.DataFrame]
) -> ScoredWork | None:
    written = {form: rows for form, rows in pupils.groupby("form_id", sort=True) if form in tasks_of}
    complete = [form for form in written if (tasks_of[form]["max_score"] > 0).all()]
    if not complete:
        return None
    main = max(complete, key=lambda form: (len(written[form]), form))
    tasks = tasks_of[main].sort_values("position")[["task", "max_score", "level"]].reset_index(drop=True)
    parts, left_out = [], 0
    for form, rows in written.items():
        own = tasks_of[form].sort_values("position").set_index("task")["max_score"].reindex(tasks["task"])
        maxima = own.dropna()
        fits = set(tasks["task"]) <= set(tasks_of[form]["task"])
        if fits and (maxima == tasks.set_index("task")["max_score"].reindex(maxima.index)).all():
            parts.append(_matrix(rows, tasks_of[form], tasks))
        else:
            left_out += len(rows)
    both = pd.concat(parts, ignore_index=True)
    return ScoredWork(
        subject=subject,
        grade=grade,
        year=year,
        tasks=tasks.assign(max_score=tasks["max_score"].astype(int)),
        scores=both[list(tasks["task"])],
        school=both["school"],
        class_label=both["class_label"],
        n_left_out=left_out,
    )


def _matrix(rows: pd.DataFrame, form: pd.DataFrame, tasks: pd.DataFrame) -> pd.DataFrame:
    names = list(form.sort_values("position")["task"])
    rows = rows[rows["task_scores"].map(len) == len(names)]
    values = list(rows["task_scores"])
    points = np.concatenate(values).astype(float).reshape(-1, len(names)) if values else np.empty((0, len(names)))
    points = np.where(points == NOT_ATTEMPTED, 0.0, points)
    frame = pd.DataFrame(points, columns=names)[list(tasks["task"])]
    # A score no pupil can have is not known; it is not the largest possible one.
    possible = (frame >= 0) & (frame <= tasks.set_index("task")["max_score"])
    return frame.where(possible).assign(school=rows["school"].to_numpy(), class_label=rows["class_label"].to_numpy())
