from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from method_sizes import real_sizes

from oko_lib.methods.control_group import control_difference
from oko_lib.methods.result import RefusalReason


def region(rng, schools, observed, effect=0.0, icc=0.1, subjects=3):
    """Pupils of schools of real sizes; a school's effect is shared by its subjects."""
    n = real_sizes(rng, schools)
    under = np.zeros(schools, bool)
    under[rng.choice(schools, observed, replace=False)] = True
    school = rng.normal(0, np.sqrt(icc), schools)
    parts = []
    for subject in range(subjects):
        login = np.repeat(np.arange(schools), n)
        score = 5 * subject + (school + rng.normal(0, 0.15, schools))[login] + rng.normal(0, 0.95, len(login))
        parts.append(
            pd.DataFrame(
                {"login": login, "score": score + effect * ~under[login], "observed": under[login], "subject": subject}
            )
        )
    return pd.concat(parts, ignore_index=True).assign(grade=4, year=2025)


def test_slope_is_that_of_weighted_regression_with_cells():
    frame = region(np.random.default_rng(0), 80, 12, effect=0.5)
    found = control_difference(frame, "score")
    works = frame.groupby("login")["score"].transform("size")
    fit = smf.wls(
        "score ~ rest + C(subject)",
        frame.assign(rest=(~frame["observed"]).astype(float)),
        weights=1 / (1 + (works - 1) * found.icc),
    ).fit(cov_type="cluster", cov_kwds={"groups": frame["login"]})
    assert found.difference.value == pytest.approx(fit.params["rest"])
    assert found.standard_error == pytest.approx(fit.bse["rest"], rel=0.25)
    assert found.standard_error > fit.bse["rest"]  # few observed schools: the ordinary formula is too sure


def test_balanced_data_agree_with_the_clustered_formula():
    rng = np.random.default_rng(1)
    login = np.repeat(np.arange(400), 20)
    frame = pd.DataFrame({"login": login, "observed": login < 200, "subject": 1, "grade": 4, "year": 2025})
    frame["score"] = rng.normal(0, 0.3, 400)[login] + rng.normal(0, 1, 8000) + 0.2 * ~frame["observed"]
    found = control_difference(frame, "score")
    fit = smf.ols("score ~ rest", frame.assign(rest=(~frame["observed"]).astype(float))).fit(
        cov_type="cluster", cov_kwds={"groups": frame["login"]}, use_t=True
    )
    assert found.difference.value == pytest.approx(fit.params["rest"])
    assert found.standard_error == pytest.approx(fit.bse["rest"], rel=0.01)
    assert found.test.df == pytest.approx(398, rel=0.02)
    assert found.test.p_value == pytest.approx(fit.pvalues["rest"], abs=0.01)
    assert found.mean_rest - found.mean_observed == pytest.approx(found.difference.value)


@pytest.mark.parametrize(("schools", "observed"), [(60, 5), (120, 12)])
def test_size_on_clustered_clean_data(schools, observed):
    rng = np.random.default_rng(schools)
    p = np.array([control_difference(region(rng, schools, observed), "score").test.p_value for _ in range(200)])
    assert (p <= 0.05).mean() <= 0.085  # 200 regions: 0.05 and two standard errors


def test_planted_difference_is_found_and_covered():
    rng = np.random.default_rng(7)
    found = [control_difference(region(rng, 120, 25, effect=0.4), "score") for _ in range(60)]
    assert np.mean([f.test.p_value <= 0.05 for f in found]) > 0.8
    assert np.mean([f.difference.interval.low <= 0.4 <= f.difference.interval.high for f in found]) > 0.88
    assert np.mean([f.difference.value for f in found]) == pytest.approx(0.4, abs=0.05)


def test_shares_and_cells_of_one_group_only():
    rng = np.random.default_rng(8)
    frame = region(rng, 100, 20)
    frame["raised"] = rng.random(len(frame)) < np.where(frame["observed"], 0.05, 0.15)
    found = control_difference(frame, "raised")
    assert found.difference.value == pytest.approx(0.10, abs=0.03)
    assert found.test.p_value < 0.001
    lonely = frame.assign(subject=9, observed=False, raised=True)
    again = control_difference(pd.concat([frame, lonely]), "raised")
    assert again.difference.value == pytest.approx(found.difference.value)
    assert again.cells == found.cells == 3


def test_cells_remove_a_difference_of_subjects():
    # observed schools write the hard subject only three times as often: without cells this would look like an effect
    rng = np.random.default_rng(9)
    rows = []
    for school in range(80):
        observed = school < 20
        subjects = rng.random(40) < (0.75 if observed else 0.25)
        score = np.where(subjects, 0.0, 10.0) + rng.normal(0, 0.3) + rng.normal(0, 1, 40)
        rows.append(pd.DataFrame({"login": school, "observed": observed, "subject": subjects, "score": score}))
    frame = pd.concat(rows).assign(grade=4, year=2025)
    found = control_difference(frame, "score")
    assert abs(found.difference.value) < 0.4
    assert abs(found.mean_rest - found.mean_observed) > 4


def test_refusals():
    frame = region(np.random.default_rng(2), 40, 4)
    few = control_difference(frame, "score")
    assert (few.test.refusal.reason, few.test.refusal.found, few.test.refusal.needed) == (RefusalReason.TOO_FEW, 4, 5)
    assert not few.difference.given
    assert few.schools_observed == 4
    none = control_difference(frame.assign(observed=False), "score")
    assert none.difference.refusal.reason is RefusalReason.NO_DATA
    assert control_difference(frame.iloc[:0], "score").difference.refusal.reason is RefusalReason.NO_DATA
    flat = region(np.random.default_rng(2), 40, 10).assign(score=7.0)
    assert control_difference(flat, "score").difference.refusal.reason is RefusalReason.NO_VARIATION
