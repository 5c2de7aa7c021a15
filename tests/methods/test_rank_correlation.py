import numpy as np
import pytest
from scipy import stats

from oko_lib.methods.rank_correlation import negative_correlation_p


def test_size_is_nominal_on_independent_ranks():
    rng = np.random.default_rng(20261122)
    r = np.array([stats.spearmanr(rng.normal(size=25), rng.normal(size=25)).statistic for _ in range(2000)])
    p = negative_correlation_p(r, np.full(2000, 25))
    assert np.mean(p < 0.05) == pytest.approx(0.05, abs=0.015)


def test_planted_negative_relation_is_found_and_positive_is_not():
    assert negative_correlation_p([-0.6, 0.6], [30, 30])[0] < 0.001
    assert negative_correlation_p([-0.6, 0.6], [30, 30])[1] > 0.999


def test_small_or_undefined_gives_no_answer():
    assert np.isnan(negative_correlation_p([-0.9, np.nan], [9, 40])).all()
