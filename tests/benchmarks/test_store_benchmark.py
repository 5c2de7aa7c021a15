"""The store's benchmark on a region of six schools: its rows are as they should be, and both sides answer alike."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

import store as benchmark
import store_rows

SIZE = store_rows.Size(rows=6000, regions=2)
WORKS = store_rows.WORKS[:2]


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    folder = tmp_path_factory.mktemp("benchmark")
    with pytest.MonkeyPatch.context() as patch:
        for module in (store_rows, benchmark):
            patch.setattr(module, "YEARS", (2023, 2024), raising=False)
        patch.setattr(store_rows, "WORKS", WORKS)
        patch.setattr(store_rows, "SCHOOLS_OF_REGION", 48)
        patch.setattr(store_rows, "_RENAMED", 10)
        benchmark.fill(folder, SIZE)
        benchmark.write_plain(folder)
        yield folder


def test_the_number_of_rows_is_about_what_was_asked_for(filled):
    snapshot = benchmark.snapshot_of(filled, "clean")
    found = int(snapshot.sql(f"select count(*) as n from {store_rows.RESULTS}")["n"].iloc[0])
    assert found == pytest.approx(SIZE.rows, rel=0.15)


def test_corrections_hide_rows_and_do_not_add_schools(filled):
    question = "select count(distinct login)::int as schools, count(distinct load_id)::int as files from {} {}"
    question = question.format(store_rows.RESULTS, "where year = 2024")
    clean = benchmark.snapshot_of(filled, "clean").sql(question)
    corrected = benchmark.snapshot_of(filled, "corrected").sql(question)
    assert corrected["schools"].iloc[0] == clean["schools"].iloc[0]
    # Every work is sent again as a whole by one region and in part by the other.
    assert corrected["files"].iloc[0] >= clean["files"].iloc[0]
    assert benchmark.snapshot_of(filled, "corrected").version != benchmark.snapshot_of(filled, "clean").version


def test_a_filled_folder_is_not_filled_again(filled):
    before = benchmark.Store(filled / "store").snapshot().sequence
    benchmark.fill(filled, SIZE)
    assert benchmark.Store(filled / "store").snapshot().sequence == before


def test_a_folder_of_another_size_is_refused(filled):
    with pytest.raises(SystemExit, match="another number of rows"):
        benchmark.fill(filled, store_rows.Size(rows=600_000, regions=2))


@pytest.mark.parametrize("state", ["clean", "corrected"])
def test_both_sides_answer_alike(filled, state):
    found = benchmark.measure_speed(filled, state, 1)
    assert list(found) == list(benchmark.QUESTIONS)
    assert all(row["same"] for row in found.values())


def test_both_sides_read_the_same_municipality(filled):
    found = benchmark.measure_slices(filled, "corrected", 2)
    assert found["rows"] > 0
    assert set(found["times"]) == {"rows, store", "rows, plain", "marks, store", "marks, plain"}
