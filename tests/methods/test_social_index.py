from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oko_lib.methods.result import RefusalReason
from oko_lib.methods.social_index import social_index

FIELDS = {"higher_education": 1, "single_parent": -1, "on_record": -1, "equipment": 1}


def passports(rng, schools=120, loading=0.8, noise=0.6):
    """Social passports made of one well-being per school; returns the frame and the well-being."""
    wellbeing = rng.normal(size=schools)
    frame = pd.DataFrame({"school": [f"s{i:03d}" for i in range(schools)]})
    for name, orientation in FIELDS.items():
        frame[name] = 30 + 10 * (loading * orientation * wellbeing + noise * rng.normal(size=schools))
    return frame, wellbeing


def test_planted_wellbeing_is_found():
    frame, wellbeing = passports(np.random.default_rng(1))
    found = social_index(frame, FIELDS)
    index = found.schools["index"]
    assert np.corrcoef(index, wellbeing)[0, 1] > 0.9
    assert (index.min(), index.max()) == (0, 100)
    assert wellbeing[index.idxmax()] > 1  # 100 is the most favourable
    # one factor: the correlations of fields are 0.64, the first root is 1 + 3 * 0.64
    assert found.explained == pytest.approx((1 + 3 * 0.64) / 4, abs=0.06)
    assert found.explained_by_chance < 0.36
    assert found.weights["agrees"].all()
    assert (found.weights["weight"] ** 2).sum() == pytest.approx(1)
    assert found.weights["weight"].between(found.weights["low"], found.weights["high"]).all()
    assert (found.schools["low"].le(index) & index.le(found.schools["high"])).all()


def test_two_fields_by_hand():
    # r = 0.8: roots 1.8 and 0.2, weights 1/sqrt 2 each
    x = np.array([-1.0, 1.0, -1.0, 1.0, 0.0])
    y = 0.8 * x + 0.6 * np.array([1.0, 1.0, -1.0, -1.0, 0.0])
    frame = pd.DataFrame({"school": range(5), "a": x, "b": -y})
    found = social_index(frame, {"a": 1, "b": -1}, minimum_schools=5, minimum_fields=2, draws=20, level=0.01)
    np.testing.assert_allclose(found.weights["weight"], [np.sqrt(0.5)] * 2)
    assert found.explained == pytest.approx(0.9)
    score = x + y  # equal spreads, equal weights
    np.testing.assert_allclose(found.schools["index"], 100 * (score - score.min()) / np.ptp(score))


def test_unrelated_fields_make_no_index():
    rng = np.random.default_rng(2)
    refused = []
    for _ in range(20):
        frame = pd.DataFrame(rng.normal(size=(60, 4)), columns=list(FIELDS)).assign(school=range(60))
        found = social_index(frame, FIELDS, minimum_explained=0.0)
        refused.append(found.refusal is not None)
        assert not found.refusal or found.schools.empty
    assert np.mean(refused) >= 0.8
    weak = social_index(passports(rng, loading=0.3, noise=1.0)[0], FIELDS)
    assert weak.refusal.reason is RefusalReason.NO_VARIATION
    assert weak.refusal.found == weak.explained < weak.refusal.needed == 0.4


def test_weight_against_orientation_is_reported():
    frame, _ = passports(np.random.default_rng(3))
    found = social_index(frame, {**FIELDS, "equipment": -1})
    assert found.weights.set_index("field")["agrees"].to_dict() == {
        "higher_education": True,
        "single_parent": True,
        "on_record": True,
        "equipment": False,
    }
    np.testing.assert_allclose(found.schools["index"], social_index(frame, FIELDS).schools["index"])


def test_missing_is_not_zero():
    frame, _ = passports(np.random.default_rng(4), 100)
    frame["rare"], frame["constant"] = np.nan, 7.0
    frame.loc[:50, "rare"] = 1.0 * np.arange(51)
    frame.loc[4, "on_record"] = np.nan
    frame.loc[5, ["single_parent", "equipment"]] = [np.inf, np.nan]
    fields = {**FIELDS, "rare": 1, "constant": 1}
    found = social_index(frame, fields)
    assert found.n_schools == len(found.schools) == 98
    assert found.without_index.to_dict("list") == {
        "school": ["s004", "s005"],
        "lacking": [("on_record",), ("single_parent", "equipment")],
    }
    assert found.dropped.to_dict("list") == {
        "field": ["rare", "constant"],
        "reason": ["mostly_missing", "constant"],
        "missing": [49, 0],
    }
    pd.testing.assert_frame_equal(found.schools, social_index(frame.drop([4, 5]), FIELDS).schools)
    # exactly 30 % missing stays
    frame.loc[:69, "rare"], frame.loc[70:, "rare"] = np.arange(70) % 7, np.nan
    assert "rare" not in social_index(frame, fields).dropped["field"].to_list()


def test_refusals():
    frame, _ = passports(np.random.default_rng(5), 29)
    few = social_index(frame, FIELDS)
    assert (few.refusal.reason, few.refusal.found, few.refusal.needed) == (RefusalReason.TOO_FEW, 29, 30)
    frame, _ = passports(np.random.default_rng(5), 60)
    two = social_index(frame, {"higher_education": 1, "on_record": -1})
    assert (two.refusal.found, two.refusal.needed) == (2, 3)
    assert social_index(frame.iloc[:0], FIELDS).refusal.reason is RefusalReason.NO_DATA
    with pytest.raises(ValueError, match="orientation"):
        social_index(frame, {**FIELDS, "equipment": 0})
    with pytest.raises(ValueError, match="twice"):
        social_index(pd.concat([frame, frame]), FIELDS)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.01, 1000), st.floats(-1000, 1000), st.booleans())
def test_order_scale_and_orientation(seed, scale, shift, flip):
    frame, _ = passports(np.random.default_rng(seed), 40)
    found = social_index(frame, FIELDS, draws=30)
    sign = -1 if flip else 1
    changed = frame.sample(frac=1, random_state=seed).assign(
        single_parent=lambda f: shift + sign * scale * f["single_parent"]
    )
    again = social_index(changed, {**FIELDS, "single_parent": -sign}, draws=30)
    assert again.schools["school"].to_list() == found.schools["school"].to_list()
    columns = ["index", "low", "high"]
    np.testing.assert_allclose(again.schools[columns], found.schools[columns], atol=1e-5)
    assert again.explained == pytest.approx(found.explained)
    assert found.schools["index"].between(0, 100).all()
