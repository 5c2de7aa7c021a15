"""Completion over a set of schools from sums by school is that from the pupils themselves."""

import numpy as np
import pandas as pd
import pytest

from oko_lib.methods.task_completion import point_sums, pooled_completion, task_completion

MAXIMA = [1, 2, 5, 1]


@pytest.fixture
def scores() -> tuple[pd.DataFrame, np.ndarray]:
    random = np.random.default_rng(5)
    school = random.choice([f"edu{number}" for number in range(12)], 400)
    points = random.binomial(MAXIMA, [0.3, 0.6, 0.5, 1.0], (400, 4)).astype(float)
    points[random.random((400, 4)) < 0.05] = np.nan
    points[school == "edu3", 1] = np.nan
    return pd.DataFrame(points, columns=["1", "2", "3К1", "4"]), school


@pytest.mark.parametrize("chosen", [range(12), [2, 3], [3], [1, 2, 3, 4, 5, 6]])
def test_sums_say_what_pupils_say(scores: tuple[pd.DataFrame, np.ndarray], chosen: range | list[int]) -> None:
    frame, school = scores
    names = [f"edu{number}" for number in chosen]
    inside = np.isin(school, names)
    from_pupils = task_completion(frame[inside], MAXIMA, np.zeros(inside.sum()), cluster=school[inside])
    from_sums = pooled_completion(point_sums(frame, MAXIMA, school).of(names))
    pd.testing.assert_frame_equal(from_sums, from_pupils.drop(columns="group"), rtol=1e-13)


def test_nobody_gives_no_rows(scores: tuple[pd.DataFrame, np.ndarray]) -> None:
    frame, school = scores
    found = pooled_completion(point_sums(frame, MAXIMA, school).of(["edu99"]))
    assert found.empty
    assert "completion" in found


def test_points_beyond_the_maximum_are_an_error() -> None:
    with pytest.raises(ValueError, match="between 0 and the maximum"):
        point_sums(pd.DataFrame({"1": [2.0]}), [1], ["edu1"])
