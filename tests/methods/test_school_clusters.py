from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import pdist, squareform
from sklearn.metrics import adjusted_rand_score, silhouette_samples

from oko_lib.methods.result import RefusalReason
from oko_lib.methods.school_clusters import adjusted_rand, silhouettes, ward_clusters

FEATURES = ["size", "families", "staff"]


def schools_of(rng, sizes, centres, spread=1.0):
    """Schools around planted centres; returns the frame and the planted group."""
    group = np.repeat(np.arange(len(sizes)), sizes)
    x = np.array(centres, dtype=float)[group] + spread * rng.normal(size=(len(group), len(FEATURES)))
    frame = pd.DataFrame(x, columns=FEATURES)
    frame.insert(0, "school", [f"s{i:03d}" for i in range(len(group))])
    return frame, group


CENTRES = [(0, 0, 0), (5, 0, 3), (0, 6, -3)]


def test_planted_clusters_are_found():
    frame, group = schools_of(np.random.default_rng(1), (30, 25, 15), CENTRES)
    found = ward_clusters(frame, FEATURES)
    assert found.k == 3
    assert adjusted_rand(found.schools["cluster"], group) > 0.95
    assert found.stability > 0.9
    assert (found.clusters["jaccard"] > 0.85).all()
    assert found.clusters["n"].to_list() == [30, 25, 15]  # numbered from the largest
    first = frame[found.schools["cluster"] == 1]
    np.testing.assert_allclose(found.clusters.loc[0, FEATURES].astype(float), first[FEATURES].mean())
    assert found.choice["k"].to_list() == [2, 3, 4, 5, 6]


def test_one_cloud_has_no_clusters():
    rng = np.random.default_rng(2)
    refused = []
    for correlated in (False, True):
        for _ in range(6):
            x = rng.normal(size=(60, 3)) * (0.4 if correlated else 1) + correlated * rng.normal(size=(60, 1))
            found = ward_clusters(pd.DataFrame(x, columns=FEATURES).assign(school=range(60)), FEATURES, draws=25)
            refused.append(found.refusal is not None and found.refusal.reason is RefusalReason.NO_VARIATION)
    assert np.mean(refused) >= 0.9


def test_unstable_clusters_are_refused():
    frame, _ = schools_of(np.random.default_rng(6), (30, 25), [(0, 0, 0), (2.5, 2.5, 2.5)])
    found = ward_clusters(frame, FEATURES, draws=30)
    assert found.k == 2
    assert found.stability < 0.999
    strict = ward_clusters(frame, FEATURES, draws=30, minimum_stability=0.999)
    assert strict.refusal.reason is RefusalReason.NO_VARIATION
    assert strict.refusal.needed == 0.999
    assert strict.refusal.found == strict.choice.loc[strict.choice["smallest"] >= 5, "stability"].max()
    assert strict.schools.empty


def test_small_groups_are_not_clusters():
    frame, _ = schools_of(np.random.default_rng(3), (60, 3), [(0, 0, 0), (12, 12, 12)])
    found = ward_clusters(frame, FEATURES, draws=40)
    assert found.refusal is not None
    assert not len(found.choice) or found.choice.set_index("k").loc[2, "smallest"] == 3
    assert ward_clusters(frame, FEATURES, minimum_cluster=3, draws=40).k == 2


def test_against_reference_implementation():
    rng = np.random.default_rng(4)
    for _ in range(20):
        first, second = rng.integers(0, 4, 30), rng.integers(0, 3, 30)
        assert adjusted_rand(first, second) == pytest.approx(adjusted_rand_score(first, second))
        points = rng.normal(size=(30, 3))
        distances = squareform(pdist(points))
        np.testing.assert_allclose(silhouettes(distances, first), silhouette_samples(points, first), atol=1e-12)
    assert adjusted_rand([1, 1, 2], [7, 7, 3]) == 1
    assert adjusted_rand([1, 1, 1], [1, 1, 1]) == 1
    # by hand: one pair together in both, two in the first, one in the second, of six
    assert adjusted_rand([1, 1, 2, 2], [1, 1, 2, 3]) == pytest.approx((1 - 1 / 3) / (1.5 - 1 / 3))


def test_silhouettes_by_hand():
    # points 0, 1 | 5: a = 1, b = 5 and 4; a cluster of one is 0
    distances = squareform(pdist(np.array([[0.0], [1.0], [5.0]])))
    np.testing.assert_allclose(silhouettes(distances, np.array([1, 1, 2])), [4 / 5, 3 / 4, 0])


def test_missing_is_not_zero_and_refusals():
    frame, _ = schools_of(np.random.default_rng(5), (25, 20), CENTRES[:2])
    frame.loc[2, "families"] = np.nan
    found = ward_clusters(frame, FEATURES, draws=40)
    assert found.n_schools == len(found.schools) == 44
    assert found.without_features.to_dict("list") == {"school": ["s002"], "lacking": [("families",)]}
    few = ward_clusters(frame.iloc[:30], FEATURES)
    assert (few.refusal.reason, few.refusal.found, few.refusal.needed) == (RefusalReason.TOO_FEW, 29, 30)
    assert few.schools.empty
    assert ward_clusters(frame.assign(staff=1), FEATURES).refusal.reason is RefusalReason.NO_VARIATION
    assert ward_clusters(frame.iloc[:0], FEATURES).refusal.reason is RefusalReason.NO_DATA
    with pytest.raises(ValueError, match="twice"):
        ward_clusters(pd.concat([frame, frame]), FEATURES)


@settings(max_examples=4, deadline=None)
@given(st.integers(0, 1000), st.floats(0.01, 1000), st.floats(-100, 100))
def test_order_and_scale_change_nothing(seed, scale, shift):
    frame, _ = schools_of(np.random.default_rng(seed), (18, 16), CENTRES[:2])
    found = ward_clusters(frame, FEATURES, draws=15)
    changed = frame.sample(frac=1, random_state=seed).assign(size=lambda f: shift + scale * f["size"])
    again = ward_clusters(changed, FEATURES, draws=15)
    assert again.k == found.k
    pd.testing.assert_frame_equal(again.schools, found.schools, atol=1e-6)
