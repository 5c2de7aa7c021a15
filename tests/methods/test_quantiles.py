"""Quick quantiles and Wilson's interval are those of scipy and statsmodels."""

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from oko_lib.methods.natural_fluctuation import natural_variance, weighted_quantile
from oko_lib.methods.proportions import wilson_bounds
from oko_lib.methods.quantiles import normal_quantile, student_quantile

DF = np.array([1, 1.5, 3.3, 30, 1e4, np.inf])


@pytest.mark.parametrize("probability", [0.025, 0.5, 0.9, 0.975, 0.999])
def test_quantiles_are_scipys(probability: float) -> None:
    assert normal_quantile(probability) == stats.norm.ppf(probability)
    np.testing.assert_array_equal(student_quantile(probability, DF), stats.t.ppf(probability, DF))


@pytest.mark.parametrize("level", [0.9, 0.95, 0.99])
def test_wilson_is_that_of_statsmodels(level: float) -> None:
    n = np.repeat([1.0, 2, 7, 30, 1000], 4)
    successes = n * np.tile([0, 0.3, 0.5, 1], 5)
    np.testing.assert_array_equal(
        wilson_bounds(successes, n, level), proportion_confint(successes, n, alpha=1 - level, method="wilson")
    )


@pytest.mark.parametrize("seed", range(20))
def test_natural_variance_is_where_the_quantile_of_z_crosses(seed: int) -> None:
    """At the answer the weighted quantile of \\|z\\| is that of the normal law, a little before it is still above."""
    random = np.random.default_rng(seed)
    chance, load = random.uniform(0.001, 0.05, 150), random.uniform(0.5, 2, 150)
    d = random.normal(size=150) * np.sqrt(chance + load * 0.05)
    tau2 = natural_variance(d, chance, load)
    assert 0.01 < tau2 < 0.2

    def above(value: float) -> list[bool]:
        # The weights of the last round, to which the answer belongs, move little: any near ones give the same side.
        supposed = load * tau2
        weight = supposed / (chance + supposed)
        weight = np.maximum(weight, 0.2 * weight.max())
        z = np.abs(d) / np.sqrt(chance + load * value)
        return [weighted_quantile(z, weight, q) > stats.norm.ppf((1 + q) / 2) for q in (0.5, 0.9)]

    assert not any(above(tau2 * 1.05))
    assert any(above(tau2 * 0.95))
    shuffled = random.permutation(150)
    assert natural_variance(d[shuffled], chance[shuffled], load[shuffled]) == pytest.approx(tau2, rel=1e-12)
