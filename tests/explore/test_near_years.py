"""Other years come into memory while nobody acts, and only from the cache."""

import shutil
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from region import objectivity_region

from oko_lib.explore import near_years
from oko_lib.explore.directions import explored
from oko_lib.explore.explorer import Explorer
from oko_lib.explore.lens import Lens
from oko_lib.explore.near_years import NearYears
from oko_lib.indicators import regional
from oko_lib.indicators.objectivity.region import region_objectivity


@pytest.fixture
def lens(tmp_path, tmp_path_factory, monkeypatch) -> Lens:
    monkeypatch.setattr(regional, "_COMPUTED", {})
    monkeypatch.setattr(near_years, "_QUIET_SECONDS", 0.0)
    shutil.copytree(objectivity_region(tmp_path_factory).root, tmp_path / "регион", ignore=_not_cached)
    return Lens(tmp_path / "регион")


_not_cached = shutil.ignore_patterns("cache")


def nobody_asks():
    pytest.fail("заказано, хотя всё посчитано")


def compute(lens: Lens, *years: int) -> None:
    for year in years:
        region_objectivity(lens.session("objectivity", year))


def test_a_year_that_nobody_has_computed_is_waited_for(lens):
    compute(lens, 2026)
    missing = []
    near = NearYears(explored("objectivity"), lens, lambda: missing.append("заказано"))
    near.begin(2026, "")
    for _ in range(10):
        near.step()
    assert not near.done
    assert missing == ["заказано"]
    compute(lens, 2025, 2024)
    for _ in range(10):
        near.step()
    assert near.done


def test_a_change_of_year_then_reads_nothing(lens, monkeypatch):
    compute(lens, 2026, 2025, 2024)
    regional.forget()
    shown = Explorer("objectivity", lens)
    shown.start()
    near = NearYears(explored("objectivity"), lens, nobody_asks)
    near.begin(shown.choice.year, shown.choice.municipality)
    for _ in range(10):
        near.step()
    monkeypatch.setattr(regional, "_read", lambda path: pytest.fail(f"читается {path}"))
    for year in (2025, 2024):
        shown.controls.year.value = year
        assert shown.message.value == ""
        assert shown.choice.year == year


def test_whoever_acts_is_not_made_to_wait(lens, monkeypatch):
    compute(lens, 2026)
    near = NearYears(explored("objectivity"), lens, nobody_asks)
    monkeypatch.setattr(near_years, "_QUIET_SECONDS", 3600.0)
    near.begin(2026, "")
    before = len(near._steps)
    near.step()
    assert len(near._steps) == before


def test_without_memory_to_spare_nothing_is_taken(lens, monkeypatch):
    monkeypatch.setattr(near_years, "_MEMORY_LEFT", 1 << 60)
    near = NearYears(explored("objectivity"), lens, nobody_asks)
    near.begin(2026, "")
    near.step()
    assert near.done
    assert not regional._COMPUTED


def test_every_direction_says_what_it_reads(lens):
    """The general explorer reads the values of each direction, a part each."""
    for part in explored("indicators").parts:
        part(lens, 2026)
    assert {path.name.partition("-")[0] for path in regional._COMPUTED} >= {"values_objectivity", "objectivity"}
