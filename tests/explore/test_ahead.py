"""Years nobody has looked at are computed beside, in order, out of everybody's way."""

import io
import shutil
import sys
import threading
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from region import objectivity_region

from oko_lib.batch.run_lock import run_lock
from oko_lib.explore import ahead, ahead_process
from oko_lib.explore.ahead_process import Orders, Piece, pieces_of, work
from oko_lib.explore.fresh_data import FreshData
from oko_lib.indicators import regional
from oko_lib.indicators.objectivity.region import region_objectivity
from oko_lib.indicators.session import open_session
from oko_lib.settings.workspace import Workspace

PATIENCE = 180.0


@pytest.fixture
def place(tmp_path, tmp_path_factory) -> Workspace:
    root = tmp_path / "рабочая папка"
    shutil.copytree(objectivity_region(tmp_path_factory).root, root, ignore=shutil.ignore_patterns("cache"))
    return Workspace.at(root)


@pytest.fixture
def computed(monkeypatch):
    """Pieces in the order in which they would have been computed."""
    found = []
    monkeypatch.setattr(Piece, "compute", lambda self, workspace, snapshot: found.append(self))
    return found


class Given:
    """Orders that are there from the beginning."""

    def __init__(self, *orders):
        self.orders = list(orders)

    def take(self, wait_seconds=0.0):
        return self.orders.pop(0) if self.orders else None


def wait_for(condition):
    until = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.05)


def is_cached(place: Workspace, year: int) -> bool:
    regional.forget()
    try:
        with regional.only_cached():
            region_objectivity(open_session(place.root, year=year))
    except regional.NotComputedError:
        return False
    return True


def test_an_order_asks_for_the_newest_years_first(place):
    snapshot = FreshData(place).snapshot
    assert pieces_of("objectivity", 2, snapshot) == [Piece("objectivity", 2026), Piece("objectivity", 2025)]
    values = pieces_of("indicators", 4, snapshot)
    assert [piece.year for piece in values] == sorted((piece.year for piece in values), reverse=True)
    assert {piece.direction for piece in values} >= {"objectivity", "training_quality"}
    assert all(piece.is_values for piece in values)
    assert pieces_of("такого нет", 4, snapshot) == []


def test_the_process_leaves_in_the_cache_what_kernels_look_for(place):
    process = ahead.order(place, "objectivity", 2)
    try:
        wait_for(lambda: is_cached(place, 2026) and is_cached(place, 2025))
        assert not is_cached(place, 2024)
    finally:
        process.stdin.close()
    assert process.wait(PATIENCE) == 0


def test_the_values_of_indicators_are_computed_for_the_general_explorer(place):
    from oko_lib.indicators.all_values import direction_values, valued_directions

    Piece("objectivity", 2026, is_values=True).compute(place, FreshData(place).snapshot)
    regional.forget()
    direction = next(item for item in valued_directions() if item.name == "objectivity")
    session = open_session(place.root, year=2026, norms=direction.norms, tables=direction.tables)
    with regional.only_cached():
        assert direction_values(direction, session).municipalities


def test_it_ends_with_whoever_ordered_amid_its_work(place):
    process = ahead.order(place, "objectivity", 3)
    process.stdin.close()
    assert process.wait(PATIENCE) == 0
    assert list((place.root / "data" / "cache").glob("*.pickle")) == []


def test_a_second_order_goes_to_the_same_process_and_a_dead_one_is_replaced(place):
    first = ahead.order(place, "objectivity", 1)
    assert ahead.order(place, "objectivity", 1) is first
    first.kill()
    first.wait()
    second = ahead.order(place, "objectivity", 1)
    try:
        assert second.pid != first.pid
        assert second.poll() is None
    finally:
        second.stdin.close()
        second.wait(PATIENCE)


def test_the_newest_order_is_done_first_and_nothing_twice(place, computed):
    work(place, Given(("objectivity", 3), ("talent", 3), ("objectivity", 1)), idle_seconds=0)
    assert computed == [Piece("objectivity", year) for year in (2026, 2025, 2024)]


def test_what_fails_stays_in_the_log_and_stops_nothing(place, monkeypatch, capsys):
    done = []

    def compute(self, workspace, snapshot):
        if self.year == 2026:
            raise ValueError("испорчено")
        done.append(self.year)

    monkeypatch.setattr(Piece, "compute", compute)
    work(place, Given(("objectivity", 2)), idle_seconds=0)
    assert done == [2025]
    assert "испорчено" in capsys.readouterr().err


def test_a_batch_goes_first(place, computed, monkeypatch):
    monkeypatch.setattr(ahead_process, "_PAUSE_SECONDS", 0.02)
    worker = threading.Thread(target=work, args=(place, Given(("objectivity", 1)), 0), daemon=True)
    with run_lock(place):
        worker.start()
        time.sleep(0.5)
        assert computed == []
    wait_for(lambda: computed)
    worker.join(PATIENCE)


def test_without_memory_to_spare_nothing_is_computed(place, computed, monkeypatch):
    monkeypatch.setattr(ahead_process, "_MEMORY_NEEDED", 1 << 60)
    work(place, Given(("objectivity", 1)), idle_seconds=0)
    assert computed == []


def test_orders_are_read_until_the_stream_ends():
    ended = threading.Event()
    orders = Orders(io.StringIO('{"direction": "talent", "years": 2}\nчепуха\n{"years": 1}\n[]\n'), ended.set)
    assert ended.wait(PATIENCE)
    assert orders.take() == ("talent", 2)
    assert orders.take() is None
    assert orders.take(0.01) is None


def test_outside_a_kernel_nothing_is_started(place, monkeypatch):
    def start(workspace):
        raise AssertionError(workspace)

    monkeypatch.setattr(ahead, "_start", start)
    ahead.read_ahead(place, "objectivity")
