"""Properties of lifting works over mark borders, for any points."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oko_lib.demo.answers import answer_noise, leaked, push_over_borders, task_points
from oko_lib.demo.settings import load_demo_settings
from oko_lib.demo.works import Work, make_work, read_scales
from oko_lib.settings.loading import SettingsError
from oko_lib.settings.workspace import Workspace


@pytest.fixture(scope="module")
def work() -> Work:
    workspace = Workspace.at()
    demo = load_demo_settings(workspace)
    scales = read_scales(workspace.parameters / "scales" / "vpr_2021.csv")
    chosen = next(item for item in demo.works if (item.subject, item.grade) == ("Математика", 4))
    return make_work(chosen, scales["Математика", 4], demo.model.border_push, 0.0)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**32), chance=st.floats(0, 1), ability=st.floats(-3, 3))
def test_lifting(work: Work, seed: int, chance: float, ability: float) -> None:
    rng = np.random.default_rng(seed)
    before = task_points(np.full(60, ability), answer_noise((60, len(work.labels)), rng), work)
    after = push_over_borders(before, np.full((60, 3, 3), chance), 0.1, work, rng)
    low, high = before.sum(axis=1), after.sum(axis=1)
    assert (after >= before).all()
    assert (after <= work.max_points).all()
    changed = low != high
    distances = np.array([[border - score for border in work.borders] for score in low])
    near = ((distances >= 1) & (distances <= 3)).any(axis=1)
    assert near[changed].all()
    for border in work.borders:
        reached = changed & (low < border) & (low >= border - 3)
        assert np.isin(high[reached], (border, border + 1)).all()
    if chance == 1:
        assert not (near & ~changed).any()


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32), gain=st.floats(0, 3))
def test_more_ability_never_costs_points(work: Work, seed: int, gain: float) -> None:
    rng = np.random.default_rng(seed)
    ability, luck = rng.normal(size=40), answer_noise((40, len(work.labels)), rng)
    before, after = task_points(ability, luck, work), task_points(ability + gain, luck, work)
    assert (after >= before).all()
    known = rng.random(40) < 0.5
    assert (leaked(after, known, 0.7, work, rng)[~known] == after[~known]).all()


def test_points_that_do_not_fit_the_scale_are_refused() -> None:
    demo = load_demo_settings(Workspace.at())
    with pytest.raises(SettingsError, match="задания дают 38 баллов"):
        make_work(demo.works[0], (24, (10, 17, 22)), demo.model.border_push, 0.0)
