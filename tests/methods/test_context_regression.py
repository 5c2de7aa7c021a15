from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from context_region import FEATURES, one_year
from hypothesis import given, settings
from hypothesis import strategies as st

from oko_lib.methods.context_regression import LeftOut, between_variance, expected_results
from oko_lib.methods.result import RefusalReason

# 13 trials of the BCG vaccine (Colditz et al. 1994): cases and others among vaccinated, among not vaccinated, latitude.
TRIALS = [
    *((4, 119, 11, 128, 44), (6, 300, 29, 274, 55), (3, 228, 11, 209, 42), (62, 13536, 248, 12619, 52)),
    *((33, 5036, 47, 5761, 13), (180, 1361, 372, 1079, 44), (8, 2537, 10, 619, 19), (505, 87886, 499, 87892, 13)),
    *((29, 7470, 45, 7232, 27), (17, 1699, 65, 1600, 42), (186, 50448, 141, 27197, 18), (5, 2493, 3, 2338, 33)),
    (27, 16886, 29, 17825, 33),
]


def trials() -> pd.DataFrame:
    """Log risk ratios with their standard errors."""
    a, b, c, d, latitude = np.array(TRIALS, dtype=float).T
    return pd.DataFrame(
        {
            "school": range(13),
            "result": np.log(a / (a + b)) - np.log(c / (c + d)),
            "error": np.sqrt(1 / a - 1 / (a + b) + 1 / c - 1 / (c + d)),
            "latitude": latitude,
            "n": a + b + c + d,
        }
    )


def test_published_meta_regression():
    # metafor, rma(yi, vi, mods = ~ ablat, data = dat.bcg): tau^2 0.0764, 0.3132 without latitude, R^2 75.62 %
    found = expected_results(trials(), features=["latitude"], standard_error="error", minimum_schools=13)
    assert round(found.tau2, 3) == 0.076
    assert round(found.tau2_without_context, 3) == 0.313
    assert round(found.explained_between, 3) == 0.756
    assert round(found.intercept, 3) == 0.251
    assert round(found.coefficients["coefficient"].iloc[0], 4) == -0.0291
    row = found.coefficients.iloc[0]
    assert row["standardised"] == pytest.approx(row["coefficient"] * row["sd"])


def test_leave_one_out_is_what_a_fit_without_the_school_gives():
    frame, _, _ = one_year(np.random.default_rng(1), schools=60)
    found = expected_results(frame, features=FEATURES)
    schools = found.schools
    design = sm.add_constant(frame[FEATURES].astype(float))
    weight = 1 / (schools["standard_error"] ** 2 + found.tau2)
    for at in (0, 17, 59):
        others = schools.index != at
        fit = sm.WLS(schools["result"][others], design[others], weights=weight[others]).fit(
            cov_type="fixed scale"  # weights are inverse variances: the scale is one
        )
        row, x = schools.loc[at], design.loc[at]
        assert row["expected"] == pytest.approx(fit.params @ x)
        assert row["residual"] == pytest.approx(row["result"] - fit.params @ x)
        of_fit = x @ fit.normalized_cov_params @ x
        assert row["residual_error"] == pytest.approx(np.sqrt(of_fit + row["standard_error"] ** 2))
    left = weight * schools["residual"] ** 2
    means = [np.average(schools["result"].drop(i), weights=weight.drop(i)) for i in schools.index]
    assert found.r2_out_of_sample == pytest.approx(1 - left.sum() / (weight * (schools["result"] - means) ** 2).sum())


@pytest.mark.parametrize("schools", [40, 150])
def test_intervals_hold_the_planted_truth(schools):
    rng = np.random.default_rng(schools)
    held = []
    for _ in range(60):
        frame, predicted, own = one_year(rng, schools, unrelated=2)
        found = expected_results(frame, features=[*FEATURES, "unrelated0", "unrelated1"])
        s, c = found.schools, found.coefficients.set_index("feature")
        held.append(
            {
                "coefficient": c.loc["rural", "low"] <= -0.25 <= c.loc["rural", "high"],
                "no link": c.loc["unrelated0", "low"] <= 0 <= c.loc["unrelated0", "high"],
                "mean": (s["expected_mean_low"].le(predicted) & s["expected_mean_high"].ge(predicted)).mean(),
                "school": (s["expected_low"].le(predicted + own) & s["expected_high"].ge(predicted + own)).mean(),
                "residual": (s["residual_low"].le(own) & s["residual_high"].ge(own)).mean(),
                "shrunk": (s["shrunk_low"].le(own) & s["shrunk_high"].ge(own)).mean(),
                "error": ((s["shrunk"] - own) ** 2).mean() / ((s["residual"] - own) ** 2).mean(),
            }
        )
    mean = pd.DataFrame(held).astype(float).mean()
    assert mean[["mean", "school", "residual", "shrunk"]].between(0.92, 0.98).all()
    assert mean[["coefficient", "no link"]].between(0.87, 1.0).all()
    assert mean["error"] < 0.7


def test_an_overfitted_link_is_not_sold():
    rng = np.random.default_rng(4)
    out, inside = [], []
    for _ in range(30):
        frame, _, _ = one_year(rng, 60, beta=(0.0, 0.0), unrelated=5)
        found = expected_results(frame, features=[*FEATURES, *(f"unrelated{i}" for i in range(5))])
        out.append(found.r2_out_of_sample)
        inside.append(found.predicts)
    assert np.mean(out) < 0
    assert np.mean(inside) < 0.2
    frame, _, _ = one_year(rng, 200, beta=(-0.6, 0.3))
    strong = expected_results(frame, features=FEATURES)
    assert strong.predicts
    assert strong.r2_out_of_sample < strong.r2_adjusted < 1


def test_missing_is_not_zero():
    frame, _, _ = one_year(np.random.default_rng(5), 120, unrelated=1)
    frame.loc[3, "families"] = np.nan
    frame.loc[8, ["rural", "families"]] = np.inf
    frame.loc[9, "result"] = np.nan
    frame.loc[10, "n"] = 0
    frame.loc[20:, "unrelated0"] = np.nan
    found = expected_results(frame, features=[*FEATURES, "unrelated0"])
    assert found.n_schools == len(found.schools) == 116
    assert found.without_context.to_dict("list") == {
        "school": ["s003", "s008", "s009", "s010"],
        "reason": [LeftOut.FEATURE_MISSING, LeftOut.FEATURE_MISSING, LeftOut.NO_RESULT, LeftOut.NO_RESULT],
        "lacking": [("families",), ("rural", "families"), ("result",), ("standard_error",)],
    }
    # schools from s020 on lack it
    assert found.dropped.to_dict("list") == {
        "feature": ["unrelated0"],
        "reason": [LeftOut.MOSTLY_MISSING],
        "missing": [100],
    }
    zeros = expected_results(frame.fillna({"families": 0.0}), features=FEATURES)
    assert zeros.n_schools == 117


def test_exactly_half_missing_stays():
    frame, _, _ = one_year(np.random.default_rng(6), 80)
    frame.loc[:39, "families"] = np.nan
    assert expected_results(frame, features=FEATURES).n_schools == 40
    frame.loc[40, "families"] = np.nan
    found = expected_results(frame, features=FEATURES)
    assert found.n_schools == 80
    assert found.dropped["feature"].to_list() == ["families"]


def test_features_that_say_nothing_new_are_named():
    frame, _, _ = one_year(np.random.default_rng(7), 100)
    frame["same"] = 1000 - 40 * frame["families"] + frame["rural"]
    frame["constant"], frame["two schools"] = 5, 0.0
    frame.loc[:1, "two schools"] = 1
    found = expected_results(frame, features=["rural", "constant", "families", "same", "two schools"])
    assert dict(zip(found.dropped["feature"], found.dropped["reason"], strict=True)) == {
        "constant": LeftOut.CONSTANT,
        "same": LeftOut.COLLINEAR,
        "two schools": LeftOut.CONSTANT,
    }
    pd.testing.assert_frame_equal(found.schools, expected_results(frame, features=FEATURES).schools)


def test_refusals():
    rng = np.random.default_rng(8)
    frame, _, _ = one_year(rng, 29)
    few = expected_results(frame, features=FEATURES)
    assert (few.refusal.reason, few.refusal.found, few.refusal.needed) == (RefusalReason.TOO_FEW, 29, 30)
    assert few.schools.empty
    assert not few.predicts
    assert (
        few.schools.columns.to_list()
        == expected_results(one_year(rng, 40)[0], features=FEATURES).schools.columns.to_list()
    )
    frame, _, _ = one_year(rng, 39, unrelated=3)
    many = expected_results(frame, features=[*FEATURES, "unrelated0", "unrelated1", "unrelated2"])
    assert (many.refusal.found, many.refusal.needed) == (39, 40)  # eight schools per feature
    none = expected_results(frame.assign(rural=np.nan), features=["rural"])
    assert none.refusal.reason is RefusalReason.NO_DATA
    assert expected_results(frame.iloc[:0], features=FEATURES).refusal.reason is RefusalReason.NO_DATA
    assert expected_results(frame.assign(result=0.1), features=FEATURES).refusal.reason is RefusalReason.NO_VARIATION
    with pytest.raises(ValueError, match="twice"):
        expected_results(pd.concat([frame, frame]), features=FEATURES)
    with pytest.raises(ValueError, match="feature"):
        expected_results(frame, features=["rural", "rural"])
    with pytest.raises(ValueError, match="negative"):
        expected_results(frame.assign(n=-1), features=FEATURES)


def test_nullable_columns_and_names_of_its_own():
    frame, _, _ = one_year(np.random.default_rng(9), 60)
    plain = expected_results(frame, features=FEATURES)
    typed = frame.assign(rural=frame["rural"].astype(bool).astype("boolean"), n=frame["n"].astype("Int64"))
    typed = typed.rename(columns={"rural": "unit", "families": "standard_error", "school": "login"})
    found = expected_results(typed, features=["unit", "standard_error"], unit="login")
    assert found.schools["login"].to_list() == plain.schools["school"].to_list()
    np.testing.assert_allclose(found.schools["expected"], plain.schools["expected"])
    typed.loc[4, "unit"] = pd.NA
    assert expected_results(typed, features=["unit"], unit="login").without_context["login"].to_list() == ["s004"]


def test_between_variance_of_no_spread_is_zero():
    sampling = np.full(50, 0.04)
    y = np.sqrt(0.04) * 0.5 * np.tile([1.0, -1.0], 25)  # tighter than chance
    assert between_variance(y, sampling, np.ones((50, 1))) == 0


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.floats(-1e4, 1e4), st.floats(0.01, 1e4), st.booleans(), st.data())
def test_order_scale_and_missing_fields(seed, shift, scale, flip, data):
    frame, _, _ = one_year(np.random.default_rng(seed), 50)
    missing = data.draw(st.lists(st.integers(0, 49), max_size=10, unique=True))
    frame.loc[missing, "families"] = np.nan
    found = expected_results(frame, features=FEATURES)
    order = np.random.default_rng(seed + 1).permutation(50)
    changed = frame.iloc[order].assign(families=lambda f: shift + scale * (1 - 2 * flip) * f["families"])
    again = expected_results(changed, features=FEATURES[::-1])
    assert found.n_schools == 50 - len(missing)
    assert found.without_context["school"].to_list() == sorted(frame["school"].iloc[missing])
    numbers = found.schools.columns.drop("school")
    assert again.schools["school"].to_list() == found.schools["school"].to_list()
    np.testing.assert_allclose(again.schools[numbers], found.schools[numbers], rtol=1e-4, atol=1e-5)
    sign = -1 if flip else 1
    first = found.coefficients.set_index("feature").loc["families"]
    second = again.coefficients.set_index("feature").loc["families"]
    assert second["standardised"] == pytest.approx(sign * first["standardised"], rel=1e-3, abs=1e-5)
    assert second["coefficient"] * scale == pytest.approx(sign * first["coefficient"], rel=1e-3, abs=1e-5)
