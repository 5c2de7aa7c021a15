"""Outcomes of schools: every border of every procedure, counted by hand."""

import numpy as np
import pandas as pd
import pytest
from low_results_samples import (
    THRESHOLDS,
    YEAR,
    add,
    exam,
    exam_counts,
    login,
    outcomes,
    store,
    work,
    work_counts,
    written,
)

from oko_lib.indicators.low_results.outcomes import COLUMNS, outcomes_by_school, procedure_key
from oko_lib.indicators.low_results.results import results_by_school
from oko_lib.store import Store

A, B, C = login(0), login(1), login(2)
OGE, BASIC, PROFILE, RUSSIAN = (
    "ОГЭ · Математика",
    "ЕГЭ · Математика базовая",
    "ЕГЭ · Математика профильная",
    "ЕГЭ · Русский язык",
)
READING = "КДР · reading_literacy · 4"


def counted(found: pd.DataFrame, procedure: str, school: str = A, year: int = YEAR) -> tuple:
    row = found.loc[(school, year, procedure)]
    return row["n"], row["n_below"], row["n_success"]


@pytest.mark.parametrize(
    ("subject", "kind", "results", "expected"),
    [
        ("Математика", "ОГЭ", [2, 2, 3, 4, 5], (5, 2, 2)),
        ("Русский язык", "ОГЭ", [2, 3, 3, 3], (4, 1, 0)),
        ("Русский язык", "ЕГЭ", [23, 24, 60, 61], (4, 1, 1)),
        ("Математика профильная", "ЕГЭ", [26, 27, 60, 61, 100], (5, 1, 2)),
        ("Математика базовая", "ЕГЭ", [2, 3, 4, 5], (4, 1, 2)),
    ],
)
def test_borders_of_exams(tmp_path, subject, kind, results, expected):
    found = outcomes(store(tmp_path, exam_results_by_participant=exam(A, results, subject, kind)))
    assert counted(found, f"{kind} · {subject}") == expected
    row = found.loc[(A, YEAR, f"{kind} · {subject}")]
    assert row["mean_score"] == pytest.approx(np.mean(results))
    assert row["source"] == "participants"


def test_an_exam_without_a_high_limit_has_no_success_whoever_counted(tmp_path):
    rows = exam(A, [35, 36, 61], "Физика", "ЕГЭ")
    counts = exam_counts(B, 10, "Физика", "ЕГЭ", n_below_threshold=1, n_above_60=4)
    found = outcomes(store(tmp_path, exam_results_by_participant=rows, exam_counts_by_school=counts))
    for school, n, below in ((A, 3, 1), (B, 10, 1)):
        assert counted(found, "ЕГЭ · Физика", school)[:2] == (n, below)
        assert pd.isna(counted(found, "ЕГЭ · Физика", school)[2])


def test_basic_mathematics_counts_by_its_mark_also_where_points_stand_beside(tmp_path):
    rows = exam(A, [2, 3, 4, 5], "Математика базовая", "ЕГЭ").assign(test_score=[5, 9, 14, 20])
    assert counted(outcomes(store(tmp_path, exam_results_by_participant=rows)), BASIC) == (4, 1, 2)


def test_levels_of_diagnostic_works_have_no_threshold(tmp_path):
    found = outcomes(store(tmp_path, diagnostic_results_by_participant=work(A, "1122334")))
    n, below, success = counted(found, READING)
    assert (n, success) == (7, 3)
    assert pd.isna(below)
    assert found.loc[(A, YEAR, READING), "mean_score"] == pytest.approx((1 + 1 + 2 + 2 + 3 + 3 + 4) / 7)


def test_absent_pupils_count_nowhere(tmp_path):
    rows = [exam(A, [4, 5]), exam(A, [None, None], first=50, present=False)]
    works = work(A, ["basic", None, "reduced"])
    found = outcomes(store(tmp_path, exam_results_by_participant=rows, diagnostic_results_by_participant=works))
    assert counted(found, OGE) == (2, 0, 2)
    assert counted(found, READING)[0] == 2


def test_participants_win_over_counts_of_the_same_school_year_and_procedure_only(tmp_path):
    counts = [
        exam_counts(A, 100, n_mark_2=90, n_mark_3=10, n_mark_4=0, n_mark_5=0),
        exam_counts(A, 10, year=YEAR - 1, n_mark_2=1, n_mark_3=2, n_mark_4=3, n_mark_5=4),
        exam_counts(B, 10, n_mark_2=4, n_mark_3=3, n_mark_4=2, n_mark_5=1),
        exam_counts(A, 50, "Русский язык", "ЕГЭ", n_below_threshold=40, n_above_60=1, mean_test_score=20.0),
        exam_counts(B, 50, "Русский язык", "ЕГЭ", n_below_threshold=5, n_above_60=12, mean_test_score=55.0),
    ]
    people = [exam(A, [3, 4]), exam(A, [50, 70], "Русский язык", "ЕГЭ")]
    levels = [work_counts(A, (9, 0, 0, 0)), work_counts(B, (1, 2, 3, 4)), work_counts(B, (1, 0, 0, 0), group="delay")]
    workspace = store(
        tmp_path,
        exam_results_by_participant=people,
        exam_counts_by_school=counts,
        diagnostic_results_by_participant=work(A, "34"),
        diagnostic_counts_by_school=levels,
    )
    found = outcomes(workspace)
    assert counted(found, OGE) == (2, 0, 1)
    assert counted(found, OGE, A, YEAR - 1) == (10, 1, 7)
    assert counted(found, OGE, B) == (10, 4, 3)
    assert counted(found, RUSSIAN) == (2, 0, 1)
    assert counted(found, RUSSIAN, B) == (50, 5, 12)
    assert counted(found, READING)[::2] == (2, 2)
    assert counted(found, READING, B)[::2] == (10, 7)  # the group «все» alone
    assert found["source"].to_dict() == {
        (A, YEAR - 1, OGE): "counts",
        (A, YEAR, OGE): "participants",
        (A, YEAR, RUSSIAN): "participants",
        (A, YEAR, READING): "participants",
        (B, YEAR, OGE): "counts",
        (B, YEAR, RUSSIAN): "counts",
        (B, YEAR, READING): "counts",
    }


def test_counts_of_test_scores_stand_on_the_scale_of_the_regions_participants(tmp_path):
    people = exam(A, [40, 60], "Русский язык", "ЕГЭ")
    counts = exam_counts(B, 20, "Русский язык", "ЕГЭ", n_below_threshold=0, n_above_60=9, mean_test_score=65.0)
    found = outcomes(store(tmp_path, exam_results_by_participant=people, exam_counts_by_school=counts))
    assert found.loc[(A, YEAR, RUSSIAN), "mean"] == pytest.approx(0)
    assert found.loc[(B, YEAR, RUSSIAN), "mean"] == pytest.approx((65 - 50) / 10)


def test_counts_with_only_those_below_say_nothing_of_success(tmp_path):
    """Forms write a zero in «более 60» for exams with marks: it is no answer."""
    counts = [exam_counts(A, 20, n_below_threshold=3, n_above_60=0), exam_counts(B, 20, n_above_60=0)]
    found = outcomes(store(tmp_path, exam_counts_by_school=counts))
    assert counted(found, OGE)[:2] == (20, 3)
    assert pd.isna(counted(found, OGE)[2])
    assert (B, YEAR, OGE) not in found.index


def test_marks_that_are_not_all_given_are_not_taken_for_zeros(tmp_path):
    counts = exam_counts(A, 20, n_mark_2=3, n_mark_4=5)
    assert outcomes(store(tmp_path, exam_counts_by_school=counts)).empty


def test_a_school_under_an_old_and_a_new_login_is_one_school(tmp_path):
    rows = [exam("sch990001", [2, 3], year=YEAR - 1), exam("sch990001", [2, 4], first=70), exam(A, [3, 4, 5])]
    workspace = store(tmp_path, exam_results_by_participant=rows)
    history = {"login": "sch990001", "school_id": A, "valid_from": 2015, "valid_to": YEAR}
    add(workspace, "logins", school_logins=pd.DataFrame([history]))
    found = outcomes(workspace)
    assert list(found.index.get_level_values("school").unique()) == [A]
    assert counted(found, OGE) == (5, 1, 3)
    assert counted(found, OGE, A, YEAR - 1) == (2, 1, 0)


@pytest.mark.parametrize("kind", ["ОГЭ", "ЕГЭ"])
def test_a_year_without_a_known_minimum_has_no_count_below(tmp_path, kind):
    rows = exam(A, [23, 24, 70], "Русский язык", "ЕГЭ") if kind == "ЕГЭ" else exam(A, [2, 3, 5])
    others = tuple(entry for entry in THRESHOLDS.exams if entry.exam != kind)
    unknown = THRESHOLDS.model_copy(update={"exams": others})
    found = outcomes(store(tmp_path, exam_results_by_participant=rows), thresholds=unknown)
    n, below, success = counted(found, RUSSIAN if kind == "ЕГЭ" else OGE)
    assert n == 3
    assert pd.isna(below)
    assert pd.isna(success)


def test_one_result_of_unknown_worth_makes_the_count_unknown(tmp_path):
    """A mark where a test score belongs: nobody can say whether it is below."""
    rows = [exam(A, [20, 70], "Русский язык", "ЕГЭ"), exam(A, [None], "Русский язык", "ЕГЭ", first=9).assign(mark=3)]
    n, below, success = counted(outcomes(store(tmp_path, exam_results_by_participant=rows)), RUSSIAN)
    assert n == 3
    assert pd.isna(below)
    assert pd.isna(success)


def test_standardised_mean_is_zero_over_the_pupils_of_the_region(tmp_path_factory):
    found = outcomes(written(tmp_path_factory)).dropna(subset="mean").reset_index()
    scored = found[~((found["source"] == "counts") & (found["procedure"].isin([PROFILE, RUSSIAN])))]
    total = (scored["mean"] * scored["n"]).groupby([scored["procedure"], scored["year"]]).sum()
    assert len(total) == 24
    assert total.abs().max() < 1e-9
    # Each school differs: the zero is of the region, not of everybody.
    assert scored["mean"].abs().max() > 0.5


def test_equal_results_of_all_have_no_standardised_mean(tmp_path):
    found = outcomes(store(tmp_path, exam_results_by_participant=[exam(A, [3, 3]), exam(B, [3])]))
    assert found["mean"].isna().all()
    assert (found["mean_score"] == 3).all()


def test_nothing_in_the_years_gives_a_frame_with_all_columns(tmp_path):
    workspace = store(tmp_path, exam_results_by_participant=exam(A, [3], year=YEAR - 2))
    found = outcomes_by_school(Store(workspace.store).snapshot(), YEAR - 1, YEAR, THRESHOLDS)
    assert list(found.columns) == COLUMNS
    assert found.empty


def test_keys_of_procedures():
    assert procedure_key("ОГЭ", "Математика", 9) == OGE
    assert procedure_key("КДР", "reading_literacy", 4) == READING
    assert procedure_key("ВПР", "Русский язык", 5) == "ВПР · Русский язык · 5"


def test_joined_result_weighs_procedures_and_counts_pupils_once():
    rows = pd.DataFrame(
        [
            {"school": A, "year": YEAR, "procedure": "a", "grade": 9, "n": 30, "mean": 0.5},
            {"school": A, "year": YEAR, "procedure": "b", "grade": 9, "n": 10, "mean": -0.5},
            {"school": A, "year": YEAR, "procedure": "c", "grade": 4, "n": 20, "mean": 0.0},
            {"school": A, "year": YEAR, "procedure": "d", "grade": 4, "n": 99, "mean": np.nan},
        ]
    )
    (row,) = results_by_school(rows).itertuples()
    assert row.result == pytest.approx((15 - 5 + 0) / 60)
    assert (row.n, row.n_procedures) == (50, 3)
    assert row.high - row.result == pytest.approx(1.959964 / np.sqrt(50))
