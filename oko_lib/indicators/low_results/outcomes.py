"""Outcomes of schools in all procedures on one form: ВПР, ОГЭ, ЕГЭ and КДР side by side."""

from __future__ import annotations

import numpy as np
import pandas as pd

from oko_lib.indicators.vpr_frames import mark_counts_by_school
from oko_lib.settings.loading import SettingsError
from oko_lib.settings.thresholds import ExamThresholds, Threshold
from oko_lib.store import Snapshot

#: Levels of a КДР, lowest first; their place is the score the mean is taken of.
LEVELS = ("insufficient", "reduced", "basic", "advanced")
KEYS = ["school", "year", "procedure"]
COLUMNS = [
    "school", "year", "procedure", "kind", "subject", "grade", "n", "n_below", "n_success", "mean", "mean_score",
    "source",
]  # fmt: skip

_MARK_3 = 3
_HIGHEST_BELOW_BASIC = 2

#: Grade in which an exam is taken.
_EXAM_GRADES = {"ОГЭ": 9, "ГВЭ-9": 9, "ЕГЭ": 11, "ГВЭ-11": 11}

# One row per school, exam and result: a test score where the exam has one, else the mark as it was given. Marks are
# never recomputed from primary scores: composite rules (so many points in all *and* in geometry) cannot be. Basic
# mathematics ends with a mark even where a file states its points beside.
_EXAMS = """
    with results as (
        select
            *,
            mark is not null and (exam <> 'ЕГЭ' or subject = 'Математика базовая') as marked,
            if(marked, mark, coalesce(test_score, mark)) as score
        from exam_results_by_participant
        where present and year between ? and ?
    )
    select
        results.year, results.exam as kind, results.subject,
        coalesce(history.school_id, results.login) as school,
        results.score,
        results.test_score is not null and not results.marked as scored,
        count(*)::int as n
    from results
    left join school_logins as history on history.login = results.login
    where results.score is not null
    group by all
"""

_DIAGNOSTICS = """
    select
        results.year, results.domain as subject, results.grade,
        coalesce(history.school_id, results.login) as school,
        list_position(['insufficient', 'reduced', 'basic', 'advanced'], results.level) as score,
        count(*)::int as n
    from diagnostic_results_by_participant as results
    left join school_logins as history on history.login = results.login
    where results.present and results.level is not null and results.year between ? and ?
    group by all
"""

_EXAM_COUNTS = """
    select
        counts.year, counts.exam as kind, counts.subject,
        coalesce(history.school_id, counts.login) as school,
        sum(n_participants)::int as n,
        sum(n_mark_2)::int as mark_2, sum(n_mark_3)::int as mark_3,
        sum(n_mark_4)::int as mark_4, sum(n_mark_5)::int as mark_5,
        sum(n_below_threshold)::int as below, sum(n_above_60)::int as above,
        sum(mean_test_score * n_participants) / sum(n_participants) filter (where mean_test_score is not null)
            as mean_score
    from exam_counts_by_school as counts
    left join school_logins as history on history.login = counts.login
    where counts.year between ? and ?
    group by all
"""

_DIAGNOSTIC_COUNTS = """
    select
        counts.year, counts.domain as subject, counts.grade,
        coalesce(history.school_id, counts.login) as school,
        sum(n_insufficient)::int as level_1, sum(n_reduced)::int as level_2,
        sum(n_basic)::int as level_3, sum(n_advanced)::int as level_4
    from diagnostic_counts_by_school as counts
    left join school_logins as history on history.login = counts.login
    where counts.year between ? and ? and counts.pupil_group = 'все'
    group by all
"""


def procedure_key(kind: str, subject: str, grade: int) -> str:
    """Return the key of a procedure: an exam is known by its subject, ВПР and КДР by subject (domain) and grade."""
    return f"{kind} · {subject}" if kind in _EXAM_GRADES else f"{kind} · {subject} · {grade}"


def outcomes_by_school(snapshot: Snapshot, first_year: int, last_year: int, thresholds: ExamThresholds) -> pd.DataFrame:
    """Return one row per school × year × procedure.

    Parameters
    ----------
    snapshot : Snapshot
        The data.
    first_year, last_year : int
        Years, inclusive.
    thresholds : ExamThresholds
        Dated thresholds of exams.

    Returns
    -------
    DataFrame
        school, year, procedure, kind (ВПР, ОГЭ, ЕГЭ, КДР …), subject (domain of a КДР), grade, n (participants with an
        outcome), n_below (below the threshold: mark «2», or a test score under the minimum of that year; missing where
        the kind has no threshold), n_success («4» and «5»; more than the high score; basic and advanced level), mean
        (in standard deviations of the region's pupils in that procedure and year; missing when it cannot be known),
        mean_score (the same in marks, test scores, or places of levels), source (``participants`` or ``counts``). Where
        a school has both, its participants count.
    """
    years = [first_year, last_year]
    marks = mark_counts_by_school(snapshot, first_year, last_year).rename(columns={"mark": "score"})
    scores = [
        marks.assign(kind="ВПР", scored=False, source="participants"),
        _with_grade(snapshot.sql(_EXAMS, years)).assign(source="participants"),
        snapshot.sql(_DIAGNOSTICS, years).assign(kind="КДР", scored=False, source="participants"),
        _marks_of_counts(_with_grade(snapshot.sql(_EXAM_COUNTS, years))),
        _levels_of_counts(snapshot.sql(_DIAGNOSTIC_COUNTS, years)),
    ]
    known = _participants_first(pd.concat([_keyed(frame) for frame in scores if len(frame)] or [_nothing()]))
    moments = _moments(known)
    by_school = _from_scores(known, moments, thresholds)
    shares = _from_shares(_with_grade(snapshot.sql(_EXAM_COUNTS, years)), moments, thresholds)
    both = pd.concat([by_school, shares[~_in(shares, by_school)]], ignore_index=True) if len(shares) else by_school
    return both[COLUMNS].sort_values(KEYS, ignore_index=True)


def _nothing() -> pd.DataFrame:
    return pd.DataFrame(columns=[*COLUMNS, "score", "scored"])


def _with_grade(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(grade=frame["kind"].map(_EXAM_GRADES).astype("Int64"))


def _keyed(frame: pd.DataFrame) -> pd.DataFrame:
    keys = frame[["kind", "subject", "grade"]]
    number = keys.groupby(list(keys.columns), sort=False, dropna=False).ngroup()
    # A procedure is named once, not with every score.
    distinct = keys[~number.duplicated()].itertuples(index=False, name=None)
    names = pd.Index([procedure_key(*row) for row in distinct])[number]
    kept = ["school", "year", "kind", "subject", "grade", "score", "scored", "n", "source"]
    return frame.assign(procedure=names)[[*kept, "procedure"]]


def _marks_of_counts(frame: pd.DataFrame) -> pd.DataFrame:
    """Counts of marks as rows of scores; schools whose counts name no marks are left to :func:`_from_shares`."""
    marks = ["mark_2", "mark_3", "mark_4", "mark_5"]
    complete = frame[frame[marks].notna().all(axis=1)]
    long = complete.drop(columns="n").melt(["school", "year", "kind", "subject", "grade"], marks, "mark", "n")
    return long.assign(score=long["mark"].str[-1].astype(float), scored=False, source="counts").query("n > 0")


def _levels_of_counts(frame: pd.DataFrame) -> pd.DataFrame:
    levels = ["level_1", "level_2", "level_3", "level_4"]
    long = frame.melt(["school", "year", "subject", "grade"], levels, "level", "n").dropna(subset="n").query("n > 0")
    return long.assign(score=long["level"].str[-1].astype(float), kind="КДР", scored=False, source="counts")


def _participants_first(scores: pd.DataFrame) -> pd.DataFrame:
    """Drop counts of a school × year × procedure of which participants are known."""
    named = scores.loc[scores["source"] == "participants", KEYS].drop_duplicates()
    return scores[(scores["source"] == "participants") | ~_in(scores, named)].reset_index(drop=True)


def _in(frame: pd.DataFrame, other: pd.DataFrame) -> np.ndarray:
    return pd.MultiIndex.from_frame(frame[KEYS]).isin(pd.MultiIndex.from_frame(other[KEYS]))


def _moments(scores: pd.DataFrame) -> pd.DataFrame:
    """Mean and standard deviation over the region's pupils by procedure, year and kind of score."""
    weighted = scores.assign(
        score=scores["score"].astype(float),
        total=scores["score"].astype(float) * scores["n"].astype(float),
        square=scores["score"].astype(float) ** 2 * scores["n"].astype(float),
    )
    sums = weighted.groupby(["procedure", "year", "scored"])[["n", "total", "square"]].sum().astype(float)
    mean = sums["total"] / sums["n"]
    variance = (sums["square"] / sums["n"] - mean**2).clip(lower=0)
    return pd.DataFrame({"region_mean": mean, "region_sd": np.sqrt(variance).where(variance > 1e-12)}).reset_index()


def _judged(scores: pd.DataFrame, thresholds: ExamThresholds) -> pd.DataFrame:
    """Add whether each score is below the threshold and whether it is a success (1, 0, or missing: no such limit)."""
    below = np.full(len(scores), np.nan)
    success = np.full(len(scores), np.nan)
    score = scores["score"].to_numpy(dtype=float)
    groups = scores.groupby(["kind", "subject", "year", "scored"], sort=False).indices
    for (kind, subject, year, scored), rows in groups.items():
        if kind == "КДР":
            success[rows] = score[rows] > _HIGHEST_BELOW_BASIC
        elif kind == "ВПР":
            below[rows], success[rows] = score[rows] < _MARK_3, score[rows] > _MARK_3
        elif (limits := _limits(thresholds, kind, subject, int(year), bool(scored))) is not None:
            below[rows] = ~limits.minimum.reached(score[rows])
            if limits.high is not None:
                success[rows] = limits.high.reached(score[rows])
    return scores.assign(below=below, success=success)


def _limits(thresholds: ExamThresholds, kind: str, subject: str, year: int, scored: bool) -> Threshold | None:
    """Limits of an exam, if they are on the scale the result is given on."""
    try:
        found = thresholds.threshold(kind, subject, year)
    except SettingsError:
        return None
    return found if (found.scale == "test_score") == scored else None


def _from_scores(scores: pd.DataFrame, moments: pd.DataFrame, thresholds: ExamThresholds) -> pd.DataFrame:
    full = _judged(scores, thresholds).merge(moments, on=["procedure", "year", "scored"])
    score, n = full["score"].astype(float), full["n"].astype(float)
    full = full.assign(
        n=n,
        n_below=n * full["below"],
        n_success=n * full["success"],
        mean=n * (score - full["region_mean"]) / full["region_sd"],
        mean_score=n * score,
    )
    keys = ["school", "year", "procedure", "kind", "subject", "grade", "source"]
    columns = ["n", "n_below", "n_success", "mean", "mean_score"]
    grouped = full.groupby(keys, sort=False)[columns]
    # One result of unknown worth makes the count unknown: it must not pass for a smaller one.
    found = grouped.sum().where(grouped.count().eq(grouped.size(), axis=0))
    per_pupil = {name: found[name] / found["n"] for name in ("mean", "mean_score")}
    return found.assign(**per_pupil, n=found["n"].astype(int)).reset_index()


def _from_shares(counts: pd.DataFrame, moments: pd.DataFrame, thresholds: ExamThresholds) -> pd.DataFrame:
    """Schools whose counts name only those below the threshold and above the high score."""
    if counts.empty:
        return pd.DataFrame(columns=COLUMNS)
    names = [procedure_key(*row) for row in counts[["kind", "subject", "grade"]].itertuples(index=False, name=None)]
    scored = moments[moments["scored"].astype(bool)].drop(columns="scored")
    frame = counts.assign(procedure=names).merge(scored, on=["procedure", "year"], how="left")
    frame = frame.assign(
        n_below=frame["below"].astype(float),
        n_success=frame["above"].astype(float).where(_succeeds_above_60(frame, thresholds)),
        mean_score=frame["mean_score"].astype(float),
        mean=(frame["mean_score"].astype(float) - frame["region_mean"]) / frame["region_sd"],
        source="counts",
    )
    return frame[frame[["n_below", "n_success", "mean"]].notna().any(axis=1) & (frame["n"] > 0)]


def _succeeds_above_60(frame: pd.DataFrame, thresholds: ExamThresholds) -> np.ndarray:
    """Tell where «more than 60» is what success means: forms write a zero there for exams that end with a mark."""
    found = [
        _limits(thresholds, kind, subject, int(year), scored=True)
        for kind, subject, year in frame[["kind", "subject", "year"]].itertuples(index=False, name=None)
    ]
    return np.array([item is not None and item.high is not None and item.high.more_than == 60 for item in found], bool)
