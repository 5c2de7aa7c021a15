"""Looking back: forms of a moment, and what stays readable."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from store_samples import RESULTS
from store_workers import batch

from oko_lib.store import Store, StoreError


@pytest.fixture(scope="module")
def store(tmp_path_factory) -> Store:
    store = Store(tmp_path_factory.mktemp("as_of") / "store")
    for number in range(3):
        store.append(batch(number))
    return store


def test_every_form_of_a_moment(store):
    history = store.history()
    middle = history["loaded_at"].iloc[2].to_pydatetime()
    expected = store.snapshot(as_of=4).version
    assert len(store.snapshot(as_of=4).read(RESULTS)) == 12
    local_without_zone = middle.astimezone().replace(tzinfo=None)
    for as_of in (
        middle,
        middle.isoformat(),
        local_without_zone,
        local_without_zone.isoformat(),
        history["load_id"].iloc[2],  # a load stands for its batch
        history["load_id"].iloc[3],
        3,
    ):
        assert store.snapshot(as_of=as_of).version == expected, as_of


def test_a_day_means_its_end(store):
    today = store.history()["loaded_at"].iloc[-1].to_pydatetime().astimezone().date()
    now = store.snapshot().version
    assert store.snapshot(as_of=today).version == now
    assert store.snapshot(as_of=today.isoformat()).version == now
    assert store.snapshot(as_of=today - timedelta(days=2)).sequence == 0
    assert len(store.snapshot(as_of=date(2020, 1, 1)).read(RESULTS)) == 0


def test_nonsense_is_refused_with_what_is_allowed(store):
    with pytest.raises(StoreError, match=r"Не понял.*2026-11-22"):
        store.snapshot(as_of="вчера")
    for missing in (99, "00000001-ffffffff"):
        with pytest.raises(StoreError, match="нет загрузки"):
            store.snapshot(as_of=missing)


def test_a_clock_set_back_does_not_reorder_the_past(tmp_path, monkeypatch):
    import oko_lib.store.store as module

    store = Store(tmp_path / "store")
    store.append(batch(0))

    class Yesterday(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime.now(tz) - timedelta(days=1)

    monkeypatch.setattr(module, "datetime", Yesterday)
    store.append(batch(1))
    assert store.history()["loaded_at"].is_monotonic_increasing
    first = store.history()["loaded_at"].iloc[0].to_pydatetime()
    assert len(store.snapshot(as_of=first).loads()) == 2


def test_times_are_utc(store):
    assert store.snapshot().loaded_at.tzinfo is UTC
    assert str(store.history()["loaded_at"].dtype) == "datetime64[us, UTC]"
    assert str(store.snapshot().loads()["loaded_at"].dtype) == "datetime64[us, UTC]"
