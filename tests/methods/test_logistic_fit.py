"""Logistic regression of shares against the general GLM of statsmodels."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import statsmodels.api as sm

from oko_lib.methods.logistic_fit import logistic_fit


def _glm(share: np.ndarray, weight: np.ndarray, design: np.ndarray) -> np.ndarray:
    with warnings.catch_warnings(), np.errstate(over="ignore"):
        warnings.simplefilter("ignore")
        return np.asarray(sm.GLM(share, design, family=sm.families.Binomial(), freq_weights=weight).fit().params)


def _predicted(design: np.ndarray, beta: np.ndarray) -> np.ndarray:
    with np.errstate(over="ignore"):
        return 1 / (1 + np.exp(-design @ beta))


@pytest.mark.parametrize("seed", range(40))
def test_random_curves_are_those_of_a_general_glm(seed: int) -> None:
    rng = np.random.default_rng(seed)
    rows, terms = int(rng.integers(2, 40)), int(rng.integers(1, 5))
    design = np.vander(np.linspace(-1, 1, rows), min(rows, terms))
    pupils = rng.integers(1, 4000, rows)
    chance = 1 / (1 + np.exp(-design @ rng.normal(0, 3, design.shape[1])))
    share = (rng.binomial(pupils, chance) + 0.3) / (pupils + 1)
    beta = logistic_fit(share, pupils + 1.0, design)
    np.testing.assert_allclose(beta, _glm(share, pupils + 1.0, design), rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("share", [1e-9, 1 - 1e-9], ids=["hardly ever", "nearly always"])
def test_rare_events_end_where_the_glm_ends(share: float) -> None:
    design = np.vander(np.linspace(-1, 1, 12), 4)
    shares, weight = np.full(12, share), np.full(12, 500.0)
    shares[3] = 0.001 if share < 0.5 else 0.999
    found, expected = logistic_fit(shares, weight, design), _glm(shares, weight, design)
    np.testing.assert_allclose(_predicted(design, found), _predicted(design, expected), rtol=0, atol=1e-9)


def test_a_constant_answers_with_the_weighted_share() -> None:
    share, weight = np.array([0.2, 0.8, 0.5]), np.array([10.0, 30.0, 60.0])
    beta = logistic_fit(share, weight, np.ones((3, 1)))
    assert 1 / (1 + np.exp(-beta[0])) == pytest.approx((share * weight).sum() / weight.sum(), abs=1e-10)
