from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from oko_lib.methods.context_matrix import Cell, context_matrix


def matrix(rows, **columns):
    frame = pd.DataFrame(rows, columns=["school", "context", "result", "result_low", "result_high"])
    return context_matrix(frame, context_border=50, result_border=0.0, **columns)


def test_four_cells_and_the_zone():
    found = matrix(
        [
            ("a", 20, -0.5, -0.9, -0.1),
            ("b", 20, 0.5, 0.1, 0.9),
            ("c", 80, -0.5, -0.9, -0.1),
            ("d", 80, 0.5, 0.1, 0.9),
            ("e", 20, -0.2, -0.5, 0.1),
            ("f", 20, -0.2, -0.4, 0.0),  # touches the border
            ("g", 50, 0.5, 0.1, 0.9),  # stands on the border
            ("h", np.nan, 0.5, 0.1, 0.9),
            ("i", 80, 0.5, np.nan, 0.9),
        ]
    )
    assert found.schools["cell"].to_list() == [
        *(Cell.DIFFICULT_LOW, Cell.DIFFICULT_HIGH, Cell.FAVOURABLE_LOW, Cell.FAVOURABLE_HIGH),
        *(Cell.UNDETERMINED, Cell.UNDETERMINED, Cell.UNDETERMINED, Cell.NO_DATA, Cell.NO_DATA),
    ]
    assert found.counts.to_dict() == {
        Cell.DIFFICULT_LOW: 1,
        Cell.DIFFICULT_HIGH: 1,
        Cell.FAVOURABLE_LOW: 1,
        Cell.FAVOURABLE_HIGH: 1,
        Cell.UNDETERMINED: 3,
        Cell.NO_DATA: 2,
    }
    assert found.n_schools == 7
    assert found.schools.loc[4, "context_side"] == "difficult"
    assert found.schools.loc[4, "result_side"] == "undetermined"


def test_intervals_may_be_left_out():
    rows = [("a", 20, -0.2, -0.5, 0.1)]
    assert matrix(rows, result_low=None, result_high=None).schools["cell"].iloc[0] is Cell.DIFFICULT_LOW
    with pytest.raises(ValueError, match="bounds"):
        matrix(rows, result_low=None)
    with pytest.raises(ValueError, match="twice"):
        matrix(rows * 2)
    assert matrix([]).n_schools == 0


@given(st.lists(st.tuples(st.floats(0, 100), st.floats(-1, 1), st.floats(0, 1)), max_size=50), st.randoms())
def test_wider_intervals_only_move_schools_into_the_zone(values, random):
    rows = [(f"s{i:02d}", c, r, r - w, r + w) for i, (c, r, w) in enumerate(values)]
    narrow = matrix(rows).schools.set_index("school")["cell"]
    wider = [(s, c, r, low - 0.1, high + 0.1) for s, c, r, low, high in rows]
    random.shuffle(wider)
    wide = matrix(wider).schools.set_index("school")["cell"]
    assert all(w is n or w is Cell.UNDETERMINED for w, n in zip(wide, narrow, strict=True))
    assert matrix(rows).counts.sum() == len(values)
