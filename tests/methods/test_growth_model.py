from __future__ import annotations

import time as clock
import warnings

import numpy as np
import pandas as pd
import pytest
from statsmodels.regression.mixed_linear_model import MixedLM

from oko_lib.methods import growth_likelihood
from oko_lib.methods.growth_likelihood import fit_random_lines
from oko_lib.methods.growth_model import growth_model, precision_weights
from oko_lib.methods.result import RefusalReason


def simulated(rng, schools, years=5, sd_level=0.12, sd_slope=0.03, natural=0.08, course=0.02):
    """Shares of schools with their true slopes; sizes of real schools."""
    n = np.clip(np.rint(22 * np.exp(rng.normal(size=schools))), 5, 170)[:, None] + np.zeros((schools, years))
    t = np.arange(years) - (years - 1) / 2
    slope = rng.normal(0, sd_slope, schools)
    y = 0.5 + course * t + rng.normal(0, sd_level, (schools, 1)) + slope[:, None] * t
    y = y + rng.normal(size=n.shape) * np.sqrt(0.25 / n + natural**2)
    rows = pd.DataFrame(
        {
            "school": np.repeat(np.arange(schools), years),
            "year": np.tile(2021 + np.arange(years), schools),
            "share": y.ravel(),
            "w": precision_weights(n.ravel(), 0.5, natural),
        }
    )
    return rows, slope


def _theta(fit):
    """Relative Cholesky factor of a fit in years."""
    factor = np.linalg.cholesky(fit.between / fit.scale)
    return factor[[0, 1, 1], [0, 0, 1]]


@pytest.mark.parametrize("sd_slope", [0.03, 0.08])
def test_it_is_the_likelihood_of_mixedlm(sd_slope):
    rng = np.random.default_rng(1)
    rows, _ = simulated(rng, 80, sd_slope=sd_slope)
    rows = rows.drop(index=rng.choice(len(rows), 40, replace=False))  # unbalanced
    y, w = rows["share"].to_numpy() * 5, rows["w"].to_numpy() / rows["w"].mean()
    time = rows["year"].to_numpy(float) - 2023
    fixed = pd.get_dummies(rows["year"]).to_numpy(float)
    school = rows["school"].rank(method="dense").to_numpy(int) - 1
    ours = fit_random_lines(y, fixed, time, school, w)
    root = np.sqrt(w)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = MixedLM(y * root, fixed * root[:, None], groups=school, exog_re=np.column_stack([root, root * time]))
        other = model.fit()
    assert other.converged
    assert ours.converged
    assert ours.notes == ()
    np.testing.assert_allclose(ours.between, other.cov_re, rtol=2e-3, atol=1e-4)
    assert ours.scale == pytest.approx(other.scale, rel=1e-3)
    np.testing.assert_allclose(ours.beta, other.fe_params, rtol=1e-4)
    np.testing.assert_allclose(np.sqrt(np.diag(ours.beta_cov)), other.bse_fe, rtol=0.01)
    predicted = np.array([other.random_effects[k] for k in range(school.max() + 1)])
    spread = np.array([np.asarray(other.random_effects_cov[k]) for k in range(school.max() + 1)])
    known = growth_likelihood._effects(_theta(ours), growth_likelihood._sums(y, fixed, time, school, w))
    np.testing.assert_allclose(known[0], predicted, atol=2e-3)
    np.testing.assert_allclose(known[1], spread, atol=2e-3)
    # Averaged over what the data allow, predictions hardly move and are less sure.
    assert np.corrcoef(ours.effects[:, 1], predicted[:, 1])[0, 1] > 0.97
    assert ours.effects_cov[:, 1, 1].mean() > spread[:, 1, 1].mean()
    # Ours is the likelihood of the rows as given, theirs of the rows scaled.
    assert ours.log_likelihood - np.log(w).sum() / 2 == pytest.approx(other.llf, abs=1e-3)


def test_planted_slopes_are_found_and_intervals_hold_them():
    rng = np.random.default_rng(2)
    held, raw_error, error, n = 0, [], [], 0
    for _ in range(8):
        rows, slope = simulated(rng, 150)
        found = growth_model(rows, weight="w")
        u = found.units
        held += ((u["slope_low"] <= slope) & (slope <= u["slope_high"])).sum()
        n += len(u)
        wide = rows.pivot_table(index="school", columns="year", values="share")
        centred = wide.columns.to_numpy(float) - 2023
        raw = wide.to_numpy() @ centred / (centred**2).sum()
        raw_error.append(np.mean((raw - 0.02 - slope) ** 2))
        error.append(np.mean((u["slope"] - slope) ** 2))
    assert 0.90 <= held / n <= 0.98
    assert np.mean(error) < 0.75 * np.mean(raw_error)


def test_parts_are_found_in_units_of_the_value():
    rows, _ = simulated(np.random.default_rng(3), 800)
    found = growth_model(rows, weight="w")
    assert found.sd_level == pytest.approx(0.12, rel=0.1)
    assert found.sd_slope == pytest.approx(0.03, rel=0.2)
    assert found.sd_residual == pytest.approx(1.0, rel=0.05)  # weights are whole precisions
    assert abs(found.correlation) < 0.15
    assert found.by_year["value"].diff().dropna().between(0.005, 0.035).all()
    assert (found.by_year["low"] < found.by_year["value"]).all()
    rows[["share"]] *= 100
    other = growth_model(rows, weight="w")
    assert other.sd_slope == pytest.approx(100 * found.sd_slope, rel=1e-3)
    np.testing.assert_allclose(other.units["slope"], 100 * found.units["slope"], rtol=1e-3, atol=1e-4)


def test_a_region_without_different_slopes_says_so():
    rng = np.random.default_rng(4)
    boundaries, noticed = [], 0
    for _ in range(10):
        rows, _ = simulated(rng, 60, sd_slope=0.0)
        found = growth_model(rows, weight="w")
        assert found.converged
        boundaries.append(found.boundary)
        noticed += ((found.units["slope_low"] > 0) | (found.units["slope_high"] < 0)).sum()
        if "slope_variance_zero" in found.boundary:
            assert found.sd_slope < 1e-3
            assert found.correlation is None
    assert noticed <= 0.01 * 10 * 60
    assert sum(bool(b) for b in boundaries) >= 3  # half of such regions lie on the boundary


def test_a_thousand_schools_take_seconds():
    rows, _ = simulated(np.random.default_rng(5), 1000)
    start = clock.process_time()
    assert growth_model(rows, weight="w").converged
    assert clock.process_time() - start < 5


def test_weak_schools_are_drawn_in_more():
    rng = np.random.default_rng(6)
    rows, _ = simulated(rng, 100)
    rows.loc[rows["school"] == 0, "w"] = 1e4
    rows = rows[(rows["school"] != 1) | (rows["year"] >= 2024)]
    u = growth_model(rows, weight="w").units
    assert u.loc[0, "reliability"] == u["reliability"].max()
    assert u.loc[1, "reliability"] < u["reliability"].median()
    assert u.loc[1, "n_years"] == 2


def test_refusals():
    rows, _ = simulated(np.random.default_rng(7), 19)
    found = growth_model(rows, weight="w")
    assert (found.refusal.reason, found.refusal.found) == (RefusalReason.TOO_FEW, 19)
    assert found.units["slope"].isna().all()
    assert not found.converged
    two_years, _ = simulated(np.random.default_rng(8), 50, years=2)
    assert growth_model(two_years, weight="w").refusal.reason is RefusalReason.TOO_FEW
    assert growth_model(rows.iloc[:0], weight="w").refusal.reason is RefusalReason.NO_DATA
    same, _ = simulated(np.random.default_rng(9), 40)
    assert growth_model(same.assign(share=0.5), weight="w").refusal.reason is RefusalReason.NO_VARIATION
    with pytest.raises(ValueError, match="more than one row"):
        growth_model(pd.concat([same, same]), weight="w")


def test_no_convergence_is_a_refusal_after_retries(monkeypatch):
    monkeypatch.setattr(growth_likelihood, "_is_flat", lambda theta, sums: False)
    rows, _ = simulated(np.random.default_rng(10), 40)
    found = growth_model(rows, weight="w")
    assert found.refusal.reason is RefusalReason.NOT_CONVERGED
    assert found.notes == ("retried:Powell", "retried:Nelder-Mead", "not_converged")
    assert found.units["slope"].isna().all()
    assert found.sd_slope is None


def test_a_place_with_slope_is_not_an_optimum():
    rows, _ = simulated(np.random.default_rng(11), 60)
    sums = growth_likelihood._sums(
        rows["share"].to_numpy(),
        np.eye(5)[rows["year"] - 2021],
        rows["year"].to_numpy(float) - 2023,
        rows["school"].to_numpy(),
        rows["w"].to_numpy(),
    )
    theta, converged, _ = growth_likelihood._search(sums)
    assert converged
    assert not growth_likelihood._is_flat(theta * 1.2, sums)
