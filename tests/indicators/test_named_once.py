"""What is asked once per group must be what asking row by row gives."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from oko_lib.indicators.low_results.outcomes import _keyed, procedure_key
from oko_lib.indicators.objectivity.dynamics import MEASURES, agreement_dynamics
from oko_lib.indicators.talent.protocols import _quotas
from oko_lib.indicators.training_quality.tasks import _JOIN, _named
from oko_lib.indicators.vpr_tasks import _matrix
from oko_lib.methods.control_group import control_difference
from oko_lib.settings.norms import load_objectivity_norms
from oko_lib.settings.workspace import Workspace


class _Quotas:
    def quota(self, year: int, stage: str, subject: str, municipality_code: str | None) -> float | None:
        if subject == "Химия" and municipality_code is None:
            return None
        return (year - 2000) / 100 + len(stage) / 1000 + (0 if municipality_code is None else int(municipality_code))


def test_quotas_are_those_of_every_entry():
    rng = np.random.default_rng(3)
    entries = pd.DataFrame(
        {
            "year": rng.choice([2025, 2026], 400),
            "stage": rng.choice(["school", "municipal", "final"], 400),
            "subject": rng.choice(["Химия", "Физика", "Право"], 400),
        }
    )
    organiser = pd.Series(rng.choice(["", "1", "2", "3"], 400)).astype("str")
    asked = [
        _Quotas().quota(int(row.year), row.stage, row.subject, code or None)
        for row, code in zip(entries.itertuples(), organiser, strict=True)
    ]
    found = _quotas(entries, organiser, _Quotas())
    pd.testing.assert_series_equal(found, pd.Series(asked, dtype="float64"))
    assert found.isna().any()


def test_procedures_are_named_as_row_by_row():
    rng = np.random.default_rng(4)
    kinds = rng.choice(["ОГЭ", "ЕГЭ", "КДР"], 200)
    grade = [None if kind == "ЕГЭ" else int(each) for kind, each in zip(kinds, rng.choice([4, 6, 9], 200), strict=True)]
    frame = pd.DataFrame(
        {
            "school": "a", "year": 2026, "kind": kinds, "subject": rng.choice(["Математика", "Физика"], 200),
            "grade": pd.array(grade, dtype="Int64"), "score": 1.0, "scored": False, "n": 1, "source": "participants",
        },
        index=rng.permutation(200),
    )  # fmt: skip
    rows = frame[["kind", "subject", "grade"]].itertuples(index=False, name=None)
    found = _keyed(frame)
    assert found["procedure"].tolist() == [procedure_key(*row) for row in rows]
    assert found.index.equals(frame.index)


def test_names_of_units_are_taken_apart():
    cells = pd.DataFrame({"unit": [f"S2{_JOIN}5А", f"S1{_JOIN}5Б", f"S2{_JOIN}5А"]}, index=[7, 3, 5])
    named = _named(cells, "class")
    assert named["school"].tolist() == ["S2", "S1", "S2"]
    assert named["class_label"].tolist() == ["5А", "5Б", "5А"]
    assert named.index.tolist() == [7, 3, 5]


@pytest.mark.parametrize("kind", [list, lambda row: np.array(row, dtype=object)], ids=["list", "array"])
def test_scores_that_are_not_known_or_not_possible_are_missing(kind):
    form = pd.DataFrame({"task": ["1", "2"], "position": [1, 2], "max_score": [1.0, 2.0]})
    scores = [kind([1, None]), kind([0, 3]), kind([1, 2, 0])]  # the last has a task too many: not this form
    rows = pd.DataFrame({"task_scores": scores, "school": ["a", "b", "c"], "class_label": None})
    found = _matrix(rows, form, form)
    np.testing.assert_array_equal(found[["1", "2"]].to_numpy(), [[1, np.nan], [0, np.nan]])
    assert found["school"].tolist() == ["a", "b"]


def test_changes_of_agreement_are_the_differences_within_works_told_by_name(tmp_path):
    norms = load_objectivity_norms(Workspace.at(tmp_path))
    rng = np.random.default_rng(5)
    size = 4000
    marks = pd.DataFrame(
        {
            "year": rng.choice([2024, 2025, 2026], size),
            "school": pd.array([f"s{each:02}" for each in rng.integers(0, 25, size)], dtype="str"),
            "subject": pd.array(rng.choice(["РУ", "МА"], size), dtype="str"),
            "grade": rng.choice([5, 4, 6], size),
            "mark": pd.array(rng.integers(2, 6, size), dtype="Int32"),
            "journal_mark": pd.array(rng.integers(2, 6, size), dtype="Int32"),
        },
        index=rng.permutation(size),
    )
    marks.loc[rng.random(size) < 0.1, "mark"] = pd.NA
    works = [("РУ", 4), ("МА", 5)]
    found = agreement_dynamics(marks, works, [], norms)
    ends = marks[
        marks["year"].ne(2025) & marks["mark"].notna() & marks[["subject", "grade"]].apply(tuple, axis=1).isin(works)
    ]
    difference = ends["mark"] - ends["journal_mark"]
    happened = dict(
        zip(MEASURES, [difference < 0, difference == 0, difference > 0, difference <= -2, difference >= 2], strict=True)
    )
    assert set(found.changes) == set(MEASURES)
    for name, value in happened.items():
        expected = control_difference(
            ends.assign(value=value.astype(float), earlier=ends["year"] == 2024), "value", observed="earlier",
            unit="school", cells=("subject", "grade"), minimum_schools=int(norms.control_minimum_schools.value),
            level=norms.confidence_level.value,
        )  # fmt: skip
        assert found.changes[name] == expected.difference
        assert found.changes[name].given
