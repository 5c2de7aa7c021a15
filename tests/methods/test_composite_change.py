from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from oko_lib.methods.change import ChangeInterval, SchoolChanges
from oko_lib.methods.composite_change import composite_change, normal_scores
from oko_lib.methods.result import RefusalReason


def changes_of(z, names=None):
    """Changes with given z, as if judged with an infinite number of degrees of freedom."""
    z = np.asarray(z, dtype=float)
    units = pd.DataFrame({"z": z, "p_value": 2 * stats.norm.sf(np.abs(z))}, index=pd.Index(names or range(len(z))))
    units["trend_p"], units["trend_per_year"] = units["p_value"], -units["z"]
    return SchoolChanges(units, 0.0, 0.0, 0.0, None, (2024, 2025), len(z), ChangeInterval.NATURAL, 0.95)


def correlated(rng, schools, k, rho):
    common = rng.normal(size=(schools, 1))
    return np.sqrt(rho) * common + np.sqrt(1 - rho) * rng.normal(size=(schools, k))


def test_scores_keep_sign_and_p():
    np.testing.assert_allclose(normal_scores(changes_of([-2.5, 0.0, 1.0])), [-2.5, 0, 1], atol=1e-9)
    np.testing.assert_allclose(normal_scores(changes_of([-2.5, 1.0]), trend=True), [2.5, -1], atol=1e-9)
    assert normal_scores(changes_of([-2.5, np.nan])).index.tolist() == [0]


@pytest.mark.parametrize("rho", [0.0, 0.3, 0.8])
def test_noise_alone_is_called_at_most_at_the_level(rho):
    rng = np.random.default_rng(4)
    called, n = 0, 0
    for _ in range(40):
        z = correlated(rng, 150, 4, rho)
        found = composite_change({f"p{k}": changes_of(z[:, k]) for k in range(4)})
        called += (found.units["state"] != "indistinct").sum()
        n += len(found.units)
        assert found.correlation.iloc[0, 1] == pytest.approx(rho, abs=0.3)
    assert stats.binom.sf(called - 1, n, 0.05) > 0.001
    assert called > 0.02 * n


def test_agreeing_changes_add_up_and_correlated_ones_less():
    rng = np.random.default_rng(5)
    joined = {}
    for rho in (0.0, 0.8):
        z = correlated(rng, 1000, 4, rho)
        z[0] = 1.5
        joined[rho] = composite_change({f"p{k}": changes_of(z[:, k]) for k in range(4)}).units.loc[0, "z"]
    assert joined[0.0] == pytest.approx(4 * 1.5 / np.sqrt(4), rel=0.12)
    assert joined[0.8] == pytest.approx(4 * 1.5 / np.sqrt(4 + 12 * 0.8), rel=0.12)


def test_missing_procedures():
    rng = np.random.default_rng(6)
    z = correlated(rng, 60, 3, 0.2)
    z[1, 1:] = np.nan
    procedures = {f"p{k}": changes_of(z[:, k]) for k in range(3)}
    found = composite_change(procedures)
    assert found.units.loc[1, "n_procedures"] == 1
    assert found.units.loc[1, "z"] == pytest.approx(z[1, 0] / found.scale)
    assert found.n_schools == 59
    assert 1 not in composite_change(procedures, minimum_procedures=2).units.index


def test_an_unknown_pair_takes_the_middle_of_the_others():
    rng = np.random.default_rng(7)
    z = correlated(rng, 100, 3, 0.5)
    z[:50, 1], z[50:, 2] = np.nan, np.nan  # the second and third procedures never meet
    correlation = composite_change({f"p{k}": changes_of(z[:, k]) for k in range(3)}).correlation
    first, second = correlation.loc["p0", "p1"], correlation.loc["p0", "p2"]
    assert correlation.loc["p1", "p2"] == pytest.approx((first + second) / 2)


def test_too_few_common_schools_is_a_refusal():
    found = composite_change({"a": changes_of([1.0] * 19), "b": changes_of([1.0] * 19)})
    assert found.refusal.reason is RefusalReason.TOO_FEW
    assert (found.refusal.found, found.refusal.needed) == (19, 20)
    assert found.units["state"].isna().all()
    assert composite_change({}).refusal.reason is RefusalReason.NO_DATA


def test_one_procedure_alone_is_a_refusal():
    found = composite_change({"a": changes_of(np.linspace(-1, 1, 50))})
    assert found.refusal.reason is RefusalReason.NO_DATA
    assert found.units["z"].isna().all()


def test_schools_that_change_in_all_procedures_do_not_hide_themselves():
    rng = np.random.default_rng(8)
    z = rng.normal(size=(300, 4))
    z[:30] += 2.5
    found = composite_change({f"p{k}": changes_of(z[:, k]) for k in range(4)})
    off_diagonal = found.correlation.to_numpy()[np.triu_indices(4, 1)]
    assert off_diagonal.max() < 0.2  # 0.25 to 0.35 with them
    assert (found.units["state"][:30] == "growth").mean() > 0.9
