"""Which reports are planned, and what is refused with which words."""

import pytest
from oko_sample_direction import DIRECTIONS, MUNICIPALITIES

from oko_lib.batch import Direction, Selection, direction, plan_reports
from oko_lib.batch.plan import available
from oko_lib.settings.loading import SettingsError
from oko_lib.store import Store


@pytest.fixture(scope="module")
def snapshot(stored):
    return Store(stored / "data" / "store").snapshot()


def ids(snapshot, **selection):
    return [spec.id for spec in plan_reports(snapshot, Selection(**selection), DIRECTIONS)]


def test_all_means_every_municipality_with_results_and_the_region(snapshot):
    assert ids(snapshot, all=True) == [
        "2026/region/sample_region",
        "2026/reg99_m002/sample",
        "2026/reg99_m003/sample",
        "2026/reg99_m001/sample",
    ]


def test_code_or_name_in_any_spelling(snapshot):
    for wanted in ("reg99_m001", "REG99_M001", "город Северск", "  ГОРОД   северск "):
        assert ids(snapshot, municipalities=(wanted,)) == ["2026/reg99_m001/sample"]


def test_the_same_municipality_twice_is_one_report(snapshot):
    assert ids(snapshot, municipalities=("reg99_m001", "город Северск")) == ["2026/reg99_m001/sample"]


def test_region_alone_and_an_earlier_year(snapshot):
    assert ids(snapshot, region=True) == ["2026/region/sample_region"]
    assert ids(snapshot, all=True, year=2025) == ["2025/region/sample_region", "2025/reg99_m004/sample"]


def test_a_direction_without_regional_notebook_has_no_regional_report(snapshot):
    alone = {"alone": Direction(name="alone", title_ru="Одно", notebook="sample.ipynb")}
    specs = plan_reports(snapshot, Selection(all=True), alone)
    assert all(not spec.is_region for spec in specs)
    assert len(specs) == 3


@pytest.mark.parametrize(
    ("selection", "words"),
    [
        ({"municipalities": ("reg99_m0001",)}, "Возможно, вы имели в виду «reg99_m001»"),
        ({"municipalities": ("Северский муниципальный раён",)}, "«Северский муниципальный район»"),
        ({"municipalities": ("reg99_m004",)}, "нет результатов ВПР за 2026"),
        ({"municipalities": ("Xyz",)}, "oko list"),
        ({"all": True, "year": 2030}, "Есть: 2025, 2026"),
        ({"all": True, "directions": ("sampel",)}, "«sample»"),
        ({}, "--all"),
    ],
)
def test_refusals_say_what_to_do(snapshot, selection, words):
    with pytest.raises(SettingsError, match=words):
        plan_reports(snapshot, Selection(**selection), DIRECTIONS)


def test_available_lists_those_without_results(snapshot):
    data = available(snapshot)
    assert data.years == [2025, 2026]
    assert data.empty == [("reg99_m004", MUNICIPALITIES["reg99_m004"])]
    assert set(data.municipalities["results"]) == {3}


def test_an_empty_store_is_refused_in_words(tmp_path):
    from oko_lib.store import StoreError

    with pytest.raises((SettingsError, StoreError), match="oko ingest"):
        plan_reports(Store(tmp_path).snapshot(), Selection(all=True), DIRECTIONS)


def test_every_known_direction_is_found_by_name():
    assert direction("objectivity").notebook == "objectivity.ipynb"
